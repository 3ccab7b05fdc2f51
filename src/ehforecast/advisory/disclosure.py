"""How counts may be shown.

Capability A shows official aggregates that are already published, with the protection their publisher gave them. So
there are two rules only: nothing is shown finer than its publisher shows it, and a figure the publisher left out stays
out. No sum or total is derived here or in reports, since a sum beside its parts can undo a suppression.
"""

import math
from dataclasses import replace

from ehforecast.demand.results import DemandResult
from ehforecast.vocabulary.absence import AbsenceReason

ABSENCE_MEANINGS = {
    AbsenceReason.SUPPRESSED: "hidden by the publisher, because the number is small or would give one away",
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


def round_to_published_unit(result: DemandResult) -> DemandResult:
    """The same result with every forecast count at its area's published unit: whole numbers, or tens for England."""
    units = dict(zip(result.areas["area_code"], result.areas["rounded_to"], strict=True))
    unit = result.forecast["area_code"].map(units).astype(float).fillna(1).clip(lower=1)
    counts = (result.forecast["forecast_count"].astype(float) / unit).round() * unit
    return replace(result, forecast=result.forecast.assign(forecast_count=counts))
