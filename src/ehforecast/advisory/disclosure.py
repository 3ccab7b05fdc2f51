"""How counts may be shown.

Official aggregates that are already published keep the protection their publisher gave them: nothing is shown finer
than its publisher shows it, and a figure the publisher left out stays out. Counts from a council's own records are
protected in `demand_protection` before they come here. No sum or total is derived here or in reports, since a sum
beside its parts can undo a suppression; an area with a hidden month has no total at all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from ehforecast.demand.results import DemandResult
from ehforecast.vocabulary.absence import AbsenceReason

ABSENCE_MEANINGS = {
    AbsenceReason.SUPPRESSED: "hidden, because the number is small or would give one away",
    AbsenceReason.NOT_AVAILABLE: "not available: there is no figure, or none that could be used",
    AbsenceReason.NOT_APPLICABLE: "not applicable: there is nothing to count",
    AbsenceReason.LOW_RELIABILITY: "left out by the publisher because it is not reliable enough",
    AbsenceReason.BLANK: "not available: the publisher left the cell blank",
}


def shown_count(count: float, absent_because: str) -> str:
    """A count as it may be printed: a whole number, or the shorthand of why there is none. Absent is never 0.

    >>> shown_count(1204.0, ""), shown_count(float("nan"), "suppressed"), shown_count(0.0, "")
    ('1,204', '[c]', '0')
    """
    return AbsenceReason(absent_because).shorthand if math.isnan(count) else f"{count:,.0f}"


COUNT_COLUMNS = {
    "forecast": ("forecast_count",),
    "totals": ("total_count", "total_before"),
    "explanation": ("count",),
    "changes": ("earlier_count", "observed_count", "latest_count", "change", "new_data", "level", "calendar", "rest"),
    "completed": ("recorded_count", "completed_count", "quantile_count"),
}
"""By table of a result, the columns that hold counts of an area."""


def round_to_published_unit(result: DemandResult) -> DemandResult:
    """The same result with every count at its area's published unit: whole numbers, or tens for England.

    What past months are made of adds up to their count, so it is left out for areas with a suppressed month.
    """
    units = dict(zip(result.areas["area_code"], result.areas["rounded_to"], strict=True))
    rounded = {
        name: _rounded(getattr(result, name), columns, units=units)
        for name, columns in COUNT_COLUMNS.items()
        if not getattr(result, name).empty
    }
    return _without_hidden_parts(DemandResult.from_parts(result.facts(), {**result.frames(), **rounded}))


def _rounded(table: pd.DataFrame, columns: Sequence[str], *, units: Mapping[str, int]) -> pd.DataFrame:
    unit = table["area_code"].map(units).astype(float).fillna(1).clip(lower=1)
    # Nought is added so that nothing is shown as minus nought.
    return table.assign(**{name: (table[name].astype(float) / unit).round() * unit + 0.0 for name in columns})


def _without_hidden_parts(result: DemandResult) -> DemandResult:
    if result.explanation.empty:
        return result
    suppressed = result.observed["absent_because"] == AbsenceReason.SUPPRESSED
    hidden = result.explanation["area_code"].isin(set(result.observed.loc[suppressed, "area_code"]))
    ahead = result.explanation["month"].isin(set(result.forecast["month"]))
    return replace(result, explanation=result.explanation[ahead | ~hidden].reset_index(drop=True))
