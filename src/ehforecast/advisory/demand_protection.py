"""Counts from a council's own records, made safe before they leave.

Published figures were protected by their publisher and stay as they are. What is counted from records was protected by
nobody: small counts are hidden, all others rounded, and whatever could give a hidden one back goes with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.ledger import Earlier, Release, cell_names, protect_beside
from ehforecast.advisory.protection import UK_STRICT, Rules
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.results import ALL_AREAS, SEASONAL_NAIVE, DemandResult
from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.areas import AreaLevel

RULES = UK_STRICT
"""What everything counted from records keeps to."""

WHOLE, TOTAL = "council", "total"
"""Level and code of the series that holds all of a council's records."""

SPLIT_BY = ("locality", "source", "source_group", "outcome", "need_level", "reason", "lead_organisation")
"""What series from records may be split by; a level names those it keeps, with " by " between them."""

FEWEST_MONTHS = 12
"""Months below which an earlier forecast's score against what came could give away single counts."""

SEASON = 12
"""Months that a forecast of a month may repeat."""

REPEATS_HIDDEN = (
    "A month of the last year is too small to be shown, and the best forecast there is would repeat it: that of the "
    "same month last year."
)
"""Why there is no forecast of a series that has one."""

_CODE = re.compile(r"[A-Z]\d{8}")
_LEVEL_SEPARATOR, _CODE_SEPARATOR = " by ", " | "


def is_counted_from_records(result: DemandResult) -> bool:
    """Whether any area is no area of official statistics: then its counts were protected by nobody yet.

    Told by codes and levels alone, so that nobody has to remember to say so.
    """
    areas = zip(result.areas["area_code"].astype(str), result.areas["area_level"].astype(str), strict=True)
    return any(not (_CODE.fullmatch(code) and level in [*AreaLevel]) for code, level in areas)


def split_of(code: str, level: str) -> dict[str, str] | None:
    """What a series from records is: its keys with their values; nothing where code and level do not fit.

    >>> split_of("north | 1A", "locality by source"), split_of("total", "council"), split_of("north", "planet")
    ({'locality': 'north', 'source': '1A'}, {}, None)
    """
    if level == WHOLE:
        return {} if code == TOTAL else None
    keys, values = level.split(_LEVEL_SEPARATOR), code.split(_CODE_SEPARATOR)
    if len(keys) != len(values) or not {*keys} <= {*SPLIT_BY}:
        return None
    return dict(zip(keys, values, strict=True))


def is_known_area(code: str, level: str, *, from_records: bool) -> bool:
    """Whether it is known what kind of area this is."""
    return split_of(code, level) is not None if from_records else level in [*AreaLevel]


def can_be_protected(result: DemandResult) -> bool:
    """Whether the kind of every area is known, each once, so that it is known which counts add up to which."""
    pairs = list(zip(result.areas["area_code"].astype(str), result.areas["area_level"].astype(str), strict=True))
    return len({code for code, _ in pairs}) == len(pairs) and all(split_of(*pair) is not None for pair in pairs)


@dataclass(frozen=True)
class SafeRecords:
    """A result whose counts from records are protected, and the tables that are told of them."""

    result: DemandResult
    counted: tuple[Release, ...]


def protect_records(
    result: DemandResult, *, rules: Rules = RULES, earlier: Earlier | None = None, run_id: str = ""
) -> SafeRecords:
    """The same result with every count from records hidden or rounded, and nothing beside that gives one back.

    Each month is protected by itself, over every area at once: a group hidden in a total is not worked out from the
    others. A month that differs from an earlier release by a few children shows the figures of that release. What was
    counted in the months before is the sum of what is shown of them, hidden where one of them is. Past months are not
    explained, since the parts add up to the count. Earlier forecasts are scored for all areas together alone, and
    scores are cut to three places. What is forecast stays: see `without_repeated_months`.
    """
    observed, counted = _protected_months(result, rules, earlier=earlier or Earlier(), run_id=run_id)
    safe = replace(
        result,
        areas=result.areas.assign(rounded_to=result.areas["rounded_to"].clip(lower=rules.round_to)),
        observed=observed,
        totals=_totals_before_of_what_is_shown(result, observed),
        completed=_protected_completed(result.completed, observed),
        explanation=_months_ahead(result.explanation, result),
        changes=_with_shown_counts(result.changes, observed),
        past_forecasts=_pooled_scores(result.past_forecasts),
    )
    scores = ("accuracy", "accuracy_ahead", "accuracy_by_origin", "past_forecasts")
    cut = {name: _cut(getattr(safe, name)) for name in scores}
    return SafeRecords(DemandResult.from_parts(safe.facts(), safe.frames() | cut), counted)


def without_repeated_months(safe: DemandResult) -> DemandResult:
    """The same result without forecasts that repeat last year's months where one of those is hidden.

    The middle of such a forecast is last year's month, its ranges are as wide in every month, and its total is the sum:
    eleven months would tell the twelfth. So all of it goes.
    """
    codes, areas = repeated_months(safe), safe.areas
    told = {name: getattr(safe, name) for name in ("forecast", "totals", "explanation", "changes")}
    kept = {name: table[~table["area_code"].isin(codes)] for name, table in told.items() if len(table)}
    aside = areas["area_code"].isin(codes)
    refused = areas.assign(
        forecaster=areas["forecaster"].mask(aside, ""), refusal=areas["refusal"].mask(aside, REPEATS_HIDDEN)
    )
    return DemandResult.from_parts(safe.facts(), safe.frames() | kept | {"areas": refused})


def repeated_months(result: DemandResult) -> set[str]:
    """Areas whose forecast repeats last year's months, of which one is hidden."""
    repeats = result.areas.loc[result.areas["forecaster"].eq(SEASONAL_NAIVE), "area_code"].astype(str)
    return set(repeats) & hidden_lately(result.observed, SEASON)


def hidden_lately(observed: pd.DataFrame, months: int) -> set[str]:
    """Areas with a hidden month among the last ones: their sum, beside the others, would give it away."""
    last = sorted(set(observed["month"]))[-months:]
    rows = observed[(observed["absent_because"] == AbsenceReason.SUPPRESSED) & observed["month"].isin(last)]
    return set(rows["area_code"].astype(str))


def hidden_last_season(result: DemandResult, safe: SafeCounts) -> set[str]:
    """Series of which a month of the last season may not be shown: what is made of their forecast could tell it.

    The whole council is `ALL`, as plans and packs call it.
    """
    months = sorted(set(result.observed["month"]))[-SEASON:]
    lately = replace(result, observed=result.observed[result.observed["month"].isin(months)])
    observed, _ = _protected_months(lately, RULES, earlier=safe.earlier, run_id=safe.run_id)
    return {ALL if code == TOTAL else code for code in hidden_lately(observed, SEASON)}


def unprotected(result: DemandResult, rules: Rules = RULES) -> Iterator[str]:
    """What shows, of a result counted from records, that its counts were not protected; for advice made by hand."""
    yield from rules.bare([result.observed["observed_count"]], of="from records")


def _protected_months(
    result: DemandResult, rules: Rules, *, earlier: Earlier, run_id: str
) -> tuple[pd.DataFrame, tuple[Release, ...]]:
    splits = {
        str(code): split_of(str(code), str(level)) or {}
        for code, level in zip(result.areas["area_code"], result.areas["area_level"], strict=True)
    }
    observed = result.observed.reset_index(drop=True)
    counts, reasons = observed["observed_count"].astype(float).to_numpy(), observed["absent_because"].astype(object)
    shown, why, counted = counts.copy(), reasons.to_numpy().copy(), []
    there = observed[~np.isnan(counts)]
    for month, rows in there.groupby("month", sort=True):
        table = _table(f"{result.measure} in {month}", rows, splits=splits)
        told = protect_beside([table], earlier, rules=rules, run_id=run_id, counts=table.name)
        figures = np.array([told.shown.get(name, np.nan) for name in cell_names(table)], dtype=np.float64)
        places = rows.index.to_numpy()
        shown[places] = figures
        why[places] = np.where(np.isnan(figures), str(AbsenceReason.SUPPRESSED), "")
        counted.append(told)
    return observed.assign(observed_count=shown, absent_because=why), tuple(counted)


def _table(name: str, rows: pd.DataFrame, *, splits: Mapping[str, Mapping[str, str]]) -> CountTable:
    used = tuple(key for key in SPLIT_BY if any(key in splits[str(code)] for code in rows["area_code"]))
    keys = used or SPLIT_BY[:1]  # the whole council alone is a table of one total
    cells = {key: [splits[str(code)].get(key, ALL) for code in rows["area_code"]] for key in keys}
    counts = rows["observed_count"].round().astype("int64").to_numpy()
    return CountTable(name, name, keys, pd.DataFrame(cells | {"count": counts}, index=rows.index))


def _totals_before_of_what_is_shown(result: DemandResult, observed: pd.DataFrame) -> pd.DataFrame:
    """Added up from figures that are shown, so that a total tells nothing they do not."""
    totals = result.totals
    if totals.empty:
        return totals
    last = sorted(set(observed["month"]))[-result.horizon :]
    sums = observed[observed["month"].isin(last)].groupby("area_code")["observed_count"].sum()
    aside = totals["area_code"].isin(hidden_lately(observed, result.horizon))
    shown = totals["area_code"].map(sums).where(totals["total_before"].notna())
    return totals.assign(
        total_before=shown.mask(aside),
        absent_because=totals["absent_because"].astype(object).mask(aside, str(AbsenceReason.SUPPRESSED)),
    )


def _protected_completed(completed: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    """Recorded counts as they are shown; months that are hidden are left out whole."""
    if completed.empty:
        return completed
    shown = _shown_counts(completed, observed)
    return completed.assign(recorded_count=shown)[~np.isnan(shown)].reset_index(drop=True)


def _with_shown_counts(changes: pd.DataFrame, observed: pd.DataFrame) -> pd.DataFrame:
    if changes.empty:
        return changes
    shown = _shown_counts(changes, observed)
    return changes.assign(observed_count=np.where(changes["observed_count"].isna(), np.nan, shown))


def _shown_counts(rows: pd.DataFrame, observed: pd.DataFrame) -> NDArray[np.float64]:
    by_month = observed.set_index(["area_code", "month"])["observed_count"].astype(float)
    found = by_month.reindex(pd.MultiIndex.from_frame(rows[["area_code", "month"]]))
    return np.asarray(found, dtype=np.float64)


def _months_ahead(explanation: pd.DataFrame, result: DemandResult) -> pd.DataFrame:
    if explanation.empty:
        return explanation
    return explanation[explanation["month"].isin(set(result.forecast["month"]))].reset_index(drop=True)


def _pooled_scores(scores: pd.DataFrame) -> pd.DataFrame:
    if scores.empty:
        return scores
    kept = (scores["area_code"] == ALL_AREAS) & (scores["months_ahead"] == 0) & (scores["months"] >= FEWEST_MONTHS)
    return scores[kept].reset_index(drop=True)


def _cut(scores: pd.DataFrame) -> pd.DataFrame:
    cut = [name for name in ("value", "standard_error") if name in scores]
    return scores.assign(**{name: scores[name].astype(float).round(3) for name in cut})
