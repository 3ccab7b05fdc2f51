"""What changed in a council's own records, made safe before it leaves: small counts hidden, others rounded."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ehforecast.advisory import demand_protection
from ehforecast.advisory.demand_protection import RULES, protect_records, unprotected
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.demand.past_results import PastResult
from ehforecast.demand.results import DemandResult
from ehforecast.vocabulary.absence import AbsenceReason

AROUND = 12
"""Months on each side of a break from which its typical counts are taken."""

PLACES = 2
"""Decimal places that ratios and effects are cut to: finer ones could give single counts away."""


def is_counted_from_records(result: PastResult) -> bool:
    """Whether any area is no area of official statistics: then its counts were protected by nobody yet."""
    return demand_protection.is_counted_from_records(_as_demand(result))


def unprotected_past(result: PastResult) -> Iterator[str]:
    """What shows, of a result counted from records, that its counts were not protected; for advice made by hand."""
    if is_counted_from_records(result):
        yield from unprotected(_as_demand(result))


@dataclass(frozen=True)
class SafePast:
    """What may be shown of a result, and the tables of counts from records that it tells, for the ledger."""

    result: PastResult
    counted: tuple[Release, ...]


def protect_past(result: PastResult, *, earlier: Earlier | None = None, run_id: str = "") -> SafePast:
    """The same result with every count from records hidden or rounded, and nothing beside that gives one back.

    Months are protected as in a report of demand. Typical counts, totals and paths are rounded, and hidden where one of
    their months is. Ratios and effects are cut to two places.
    """
    shown = protect_records(_as_demand(result), earlier=earlier, run_id=run_id)
    safe = shown.result.observed
    hidden = safe[safe["absent_because"] == AbsenceReason.SUPPRESSED]
    months = {(str(row["area_code"]), str(row["month"])) for row in hidden.to_dict("records")}
    past = replace(
        result,
        observed=safe,
        breaks=_protected_breaks(result.breaks, safe, months=months),
        singles=_protected_singles(result.singles, months),
        windows=_cut(result.windows, ("ratio", "low", "high", "after_ratio", "after_low", "after_high")),
        estimates=_protected_estimates(result, months),
        paths=_protected_paths(result, safe),
        placebos=_cut(result.placebos, ("effect",)),
    )
    return SafePast(past, shown.counted)


def _as_demand(result: PastResult) -> DemandResult:
    """The counts alone, as the protection of demand takes them."""
    areas, nothing = result.areas.assign(rounded_to=1), pd.DataFrame()
    return DemandResult(result.measure, result.data_until, 1, areas, result.observed, nothing, nothing, nothing)


def _cut(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    if frame.empty:
        return frame
    return frame.assign(**{name: frame[name].astype(float).round(PLACES) for name in columns})


def _rounded(values: pd.Series) -> pd.Series:
    """To the nearest that counts are shown in; what would be small is hidden."""
    shown = (values.astype(float) / RULES.round_to).round() * RULES.round_to
    return shown.mask(shown <= RULES.hide_up_to)


def _protected_breaks(breaks: pd.DataFrame, safe: pd.DataFrame, *, months: set[tuple[str, str]]) -> pd.DataFrame:
    if breaks.empty:
        return breaks
    cut = _cut(breaks, ("ratio", "low", "high", "ratio_found"))
    periods = list(dict.fromkeys(safe["month"].astype(str)))
    touched = np.array([_is_near(row, periods, months=months) for row in breaks.to_dict("records")])
    return cut.assign(**{name: _rounded(cut[name]).mask(touched) for name in ("before_count", "after_count")})


def _is_near(row: dict[object, object], periods: list[str], *, months: set[tuple[str, str]]) -> bool:
    """Whether a hidden month may be among those that a break's typical counts are the mean of."""
    place = periods.index(str(row["month"]))
    around = periods[max(place - AROUND, 0) : place + AROUND]
    return any((str(row["area_code"]), month) in months for month in around)


def _protected_singles(singles: pd.DataFrame, months: set[tuple[str, str]]) -> pd.DataFrame:
    """A hidden month that stands out is left out whole: how far it does so would say what it holds."""
    shown = [(str(row["area_code"]), str(row["month"])) not in months for row in singles.to_dict("records")]
    return _cut(singles[np.array(shown, dtype=bool)].reset_index(drop=True), ("ratio",))


def _protected_estimates(result: PastResult, months: set[tuple[str, str]]) -> pd.DataFrame:
    if result.estimates.empty:
        return result.estimates
    cut = _cut(result.estimates, ("effect", "low", "high", "detectable_fall", "detectable_rise"))
    areas = result.changes.set_index("change")["area_code"].astype(str)
    after = result.paths[result.paths["is_after"].astype(bool)]
    spans = {str(name): sorted(set(rows["month"].astype(str))) for name, rows in after.groupby("change")}
    touched = [
        any((areas[row["change"]], month) in months for month in spans[str(row["change"])][: int(row["months"])])
        for row in cut.to_dict("records")
    ]
    totals = ("observed_total", "expected_total")
    return cut.assign(**{name: _rounded(cut[name]).mask(np.array(touched)) for name in totals})


def _protected_paths(result: PastResult, safe: pd.DataFrame) -> pd.DataFrame:
    if result.paths.empty:
        return result.paths
    areas = result.changes.set_index("change")["area_code"].astype(str)
    keys = pd.MultiIndex.from_arrays([result.paths["change"].map(areas), result.paths["month"].astype(str)])
    shown = safe.set_index(["area_code", "month"])["observed_count"].astype(float)
    return result.paths.assign(
        observed_count=shown.reindex(keys).to_numpy(), expected_count=_rounded(result.paths["expected_count"])
    )
