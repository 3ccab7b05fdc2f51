"""Which series can honestly be forecast, and why the others cannot."""

from dataclasses import dataclass

import pandas as pd

from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of


@dataclass(frozen=True)
class Needs:
    """What a series must have before it is forecast, in periods of its step."""

    periods: int = 24
    """With a count: two whole years, so that a season can be told from a trend."""

    recent: int = 12
    """Looked back on when asking whether the series is still being recorded: a year."""

    recent_present: int = 8
    """Of those, with a count: two thirds."""

    @classmethod
    def for_step(cls, step: Step) -> "Needs":
        """The same spans of time at another step."""
        year = round(step.periods_a_year)
        return cls(2 * year, year, -(-2 * year // 3))


def find_refusals(series: SeriesSet, needs: Needs | None = None) -> dict[str, str]:
    """Areas that cannot be forecast, each with its reason in words; empty if all can."""
    needs = needs or Needs.for_step(step_of(series.periods))
    present, lately = series.counts.notna(), series.counts.iloc[-needs.periods :]
    periods, recent = present.sum(), present.iloc[-needs.recent :].sum()
    same = lately.max() == lately.min()
    doubtful = present.columns[(periods < needs.periods) | (recent < needs.recent_present) | same]
    return {code: _refusal(series.counts[code], int(recent[code]), needs=needs) for code in doubtful}


def forecastable(series: SeriesSet, needs: Needs | None = None) -> SeriesSet:
    """Only the areas that can be forecast."""
    refused = find_refusals(series, needs)
    return series.of_areas([code for code in series.counts.columns if code not in refused])


def _refusal(counts: "pd.Series[float]", recent: int, *, needs: Needs) -> str:
    step = step_of(pd.PeriodIndex(counts.index))
    one, many = step.value.replace("_", " "), step.plural
    present = counts.notna()
    number = int(present.sum())
    if number == 0:
        return f"no {one} has a count"
    if number < needs.periods:
        return f"only {number} {many} have a count; {needs.periods} are needed"
    if recent < needs.recent_present:
        last = pd.Period(present.index[present][-1])
        named = last.strftime("%B %Y") if step is Step.MONTH else str(last)
        return (
            f"only {recent} of the last {needs.recent} {many} have a count ({needs.recent_present} are needed); "
            f"the last one is {named}"
        )
    value = "zero" if counts.iloc[-needs.periods :].max() == 0 else "the same"
    return f"every count of the last {needs.periods} {many} is {value}"
