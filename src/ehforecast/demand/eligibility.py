"""Which series can honestly be forecast, and why the others cannot."""

from dataclasses import dataclass

import pandas as pd

from ehforecast.demand.series import SeriesSet


@dataclass(frozen=True)
class Needs:
    """What a monthly series must have before it is forecast."""

    months: int = 24
    """Months with a count: two whole years, so that a season can be told from a trend."""

    recent_months: int = 12
    """Months looked back on when asking whether the series is still being recorded."""

    recent_present: int = 8
    """Of those, months with a count."""


def find_refusals(series: SeriesSet, needs: Needs | None = None) -> dict[str, str]:
    """Areas that cannot be forecast, each with its reason in words; empty if all can."""
    needs = needs or Needs()
    present = series.counts.notna()
    months, recent = present.sum(), present.iloc[-needs.recent_months :].sum()
    silent = ~(series.counts.iloc[-needs.months :] > 0).any()
    doubtful = present.columns[(months < needs.months) | (recent < needs.recent_present) | silent]
    return {code: _refusal(present[code], int(recent[code]), needs=needs) for code in doubtful}


def forecastable(series: SeriesSet, needs: Needs | None = None) -> SeriesSet:
    """Only the areas that can be forecast."""
    refused = find_refusals(series, needs)
    return series.of_areas([code for code in series.counts.columns if code not in refused])


def _refusal(present: "pd.Series[bool]", recent: int, *, needs: Needs) -> str:
    months = int(present.sum())
    if months == 0:
        return "no month has a count"
    if months < needs.months:
        return f"only {months} months have a count; {needs.months} are needed"
    if recent < needs.recent_present:
        last = present.index[present][-1]
        return (
            f"only {recent} of the last {needs.recent_months} months have a count ({needs.recent_present} are needed); "
            f"the last one is {last.strftime('%B %Y')}"
        )
    return f"every count of the last {needs.months} months is zero"
