"""An audit as it may be shown: counts rounded, small ones hidden, and no figure that rests on a hidden count.

Shares are worked out again from rounded counts, and the ends of their ranges moved with them and rounded outwards to
whole per cents, so that a share says no more of the counts behind it than the counts that are shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ehforecast.advisory.fairness_counts import (
    OUTCOMES,
    SHARES,
    ToldCounts,
    cell_of,
    missing_cells,
    tell_counts,
)
from ehforecast.advisory.protection import HIDDEN, UK_STRICT, Rules
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.fairness_results import (
    EVERYONE_ELSE,
    NOT_RECORDED,
    TOO_SMALL,
    FairnessResult,
    MitigationResult,
)

FEW_IN_DRIFT = 0.08
"""A share of 100 people or more that lies nearer 0 or 1 than this may rest on 7 people or fewer."""

TOO_SMALL_TO_SHOW = "groups too small to show"

Row = dict[str, object]


def protect_audit(result: FairnessResult, *, rules: Rules = UK_STRICT) -> FairnessResult:
    """The same audit as it may be shown.

    Raises `ReleaseRefused` where small counts could be worked out, and of an audit of so few that nothing may be told.
    """
    whole = {"people": result.people, "clusters": result.clusters, "known outcomes": result.with_outcome}
    _refuse_few(whole, rules)
    told, _ = tell_counts(result, rules=rules)
    moved = _moved(result, told)
    return replace(
        result,
        people=_shown(result.people, rules),
        clusters=_shown(result.clusters, rules),
        with_outcome=_shown(result.with_outcome, rules),
        inventory=_rows(result.inventory, lambda row: _inventory(row, told)),
        groups=_unnamed(_rows(result.groups, lambda row: _group(row, told, has_outcome=bool(result.with_outcome)))),
        metrics=_rows(result.metrics, lambda row: _metric(row, moved)),
        gaps=_rows(result.gaps, lambda row: _gap(row, moved)),
        pooled=_rows(result.pooled, lambda row: _pooled(row, moved)),
        missing=_rows(result.missing[result.missing["people"].notna()], lambda row: _missing(row, told)),
        coverage=_coverage(result, told),
        recording=_rows(result.recording, lambda row: _recorded(row, moved)),
        drift=_drift(result.drift),
        proxies=_rows(result.proxies, lambda row: _if_told(row, told, figures=("auroc", "lower", "upper"))),
        statements=result.statements.iloc[:0],
    )


def protect_options(found: MitigationResult, *, rules: Rules = UK_STRICT) -> MitigationResult:
    """Options for mitigation as they may be shown. Raises `ReleaseRefused` of so few that nothing may be told."""
    _refuse_few({"test people": found.people}, rules)
    groups = _rows(found.groups, lambda row: _option(row, rules))
    return replace(found, people=_shown(found.people, rules), groups=groups, statements=found.statements.iloc[:0])


def _refuse_few(whole: Mapping[str, float], rules: Rules) -> None:
    few = [name for name, count in whole.items() if rules.hides(np.array([round(count)], dtype=np.int64))[0]]
    if few:
        raise ReleaseRefused([f"more than {rules.hide_up_to} {name}" for name in few])


Key = tuple[str, str, str, float]
Moved = Mapping[Key, tuple[float, float]]
"""By view, group, metric and edge: a figure as it may be shown, and how far that is from what it was; NaN if hidden."""


def _moved(result: FairnessResult, told: ToldCounts) -> Moved:
    found: dict[Key, tuple[float, float]] = {}
    for each in result.metrics.to_dict("records"):
        row = {str(name): value for name, value in each.items()}
        edge, metric, value = float(row["band_edge"]), str(row["metric"]), float(row["value"])
        cell = cell_of(str(row["view"]), str(row["group"]))
        new = _told_value(row, told.rules) if metric in SHARES else value
        is_told = told.may_tell(cell, metric, edge=edge) and np.isfinite(float(row["upper"]) - float(row["lower"]))
        found[_key(row)] = (new, new - value) if is_told else (np.nan, np.nan)
    return found


def _told_value(row: Mapping[str, object], rules: Rules) -> float:
    """A share out of rounded counts; NaN where one of its two counts is small."""
    value, people = float(row["value"]), float(row["denominator"])  # type: ignore[arg-type] # numbers of a frame
    if not np.isfinite(value) or people <= 0:
        return np.nan
    counts = np.array([round(value * people), round((1 - value) * people), round(people)], dtype=np.int64)
    if rules.hides(counts).any():
        return np.nan
    shown = rules.shown(counts)
    return float(min(shown[0] / shown[2], 1.0))


def _key(row: Mapping[str, object], *, group: str = "group") -> Key:
    edge = float(row["band_edge"])  # type: ignore[arg-type] # a number
    return str(row["view"]), str(row[group]), str(row["metric"]), -1.0 if np.isnan(edge) else edge


def _rows(frame: pd.DataFrame, change: Callable[[Row], Row]) -> pd.DataFrame:
    rows = [change({str(name): value for name, value in row.items()}) for row in frame.to_dict("records")]
    return pd.DataFrame(rows, columns=list(frame.columns)) if rows else frame.copy()


def _shown(count: float, rules: Rules) -> int:
    return int(rules.shown(np.array([round(count)], dtype=np.int64))[0])


def _or_hidden(count: float) -> object:
    return HIDDEN if np.isnan(count) else int(count)


def _ends(row: Row, by: float, *, names: Sequence[str] = ("lower", "upper"), share: bool = True) -> Row:
    """Ends moved with their figure, rounded outwards to whole per cents; those of a share kept from 0 to 1."""
    lower, upper = (float(row[name]) + by for name in names)  # type: ignore[arg-type] # numbers
    ends = np.floor(lower * 100 + 1e-9) / 100, np.ceil(upper * 100 - 1e-9) / 100
    kept = (max(ends[0], 0.0), min(ends[1], 1.0)) if share else ends
    return dict(zip(names, kept, strict=True))


def _inventory(row: Row, told: ToldCounts) -> Row:
    gone = missing_cells(str(row["column"]), "everyone", level="")[1]
    people = round(float(row["people"]))  # type: ignore[arg-type] # a number
    is_small = bool(told.rules.hides(np.array([people], dtype=np.int64))[0])
    is_told = not is_small and (gone in told.shown or not people)
    return row | {"people": _shown(people, told.rules) if is_told else HIDDEN}


def _group(row: Row, told: ToldCounts, *, has_outcome: bool) -> Row:
    cell = cell_of(str(row["view"]), str(row["group"]))
    counts = {column: told.count(cell, ("outcome", outcome)) for outcome, column in OUTCOMES.items()}
    if not has_outcome:
        counts = {"positives": 0.0, "negatives": 0.0, "outcome_unknown": told.count(cell)}
    return row | {name: _or_hidden(count) for name, count in ({"people": told.count(cell)} | counts).items()}


def _unnamed(groups: pd.DataFrame) -> pd.DataFrame:
    """Groups too small to show in one row for each grouping, without names: a rare value may itself tell who it is."""
    small = (groups["standing"] == TOO_SMALL) & (groups["group"] != NOT_RECORDED)
    number = small.groupby(groups["view"]).transform("sum")
    words = [f"{count} group{'' if count == 1 else 's'} of so few people that nothing is told" for count in number]
    reason = groups["reason"].where(~small, pd.Series(words, index=groups.index, dtype="str"))
    named = groups.assign(group=groups["group"].where(~small, TOO_SMALL_TO_SHOW), reason=reason)
    return named.drop_duplicates(["view", "group"], ignore_index=True)


def _metric(row: Row, moved: Moved) -> Row:
    value, by = moved[_key(row)]
    if np.isnan(value):
        was_told = np.isfinite(float(row["value"]))  # type: ignore[arg-type] # a number
        hidden = {"denominator": np.nan} | ({"standing": HIDDEN} if was_told else {})
        return row | {"value": np.nan, "lower": np.nan, "upper": np.nan} | hidden
    ends = _ends(row, by) if row["metric"] in SHARES else {}
    people = round(float(row["denominator"]) / 5) * 5  # type: ignore[arg-type] # a number
    return row | {"value": value, "denominator": people} | ends


_GAP_FIGURES = ("difference", "lower", "upper", "ratio", "ratio_lower", "ratio_upper", "lowest", "highest")


def _gap(row: Row, moved: Moved) -> Row:
    """A gap whose group, or whose compared group, is hidden is hidden; bounds and ratios are left out."""
    nothing = (np.nan, np.nan)
    value, by = moved.get(_key(row), nothing)
    to_named = row["compared_with"] != EVERYONE_ELSE
    other, other_by = moved.get(_key(row, group="compared_with"), nothing) if to_named else (0.0, 0.0)
    if np.isnan(value + other):
        return row | dict.fromkeys(_GAP_FIGURES, np.nan) | dict.fromkeys(("p_value", "p_family", "p_audit"), np.nan)
    unshown: Row = dict.fromkeys(("ratio", "ratio_lower", "ratio_upper"), np.nan)
    if row["metric"] not in SHARES:
        return row | unshown
    difference = float(row["difference"]) + by - other_by  # type: ignore[arg-type] # a number
    bounds = _ends(row, by - other_by, names=("lowest", "highest"), share=False)
    return row | unshown | {"difference": difference} | bounds | _ends(row, by - other_by, share=False)


def _pooled(row: Row, moved: Moved) -> Row:
    value, by = moved.get(_key(row), (np.nan, np.nan))
    if np.isnan(value):
        return row | dict.fromkeys(("raw", "pooled", "lower", "upper", "denominator"), np.nan)
    pooled = min(max(float(row["pooled"]) + by, 0.0), 1.0)  # type: ignore[arg-type] # a number
    people = round(float(row["denominator"]) / 5) * 5  # type: ignore[arg-type] # a number
    return row | {"raw": value, "pooled": pooled, "denominator": people} | _ends(row, by)


def _missing(row: Row, told: ToldCounts) -> Row:
    level, gone = missing_cells(str(row["column"]), str(row["by"]), level=str(row["level"]))
    people, absent = told.count(level), told.count(gone)
    share = min(absent / people, 1.0) if people else np.nan
    if np.isnan(share):
        return row | {"people": _or_hidden(people), "not_recorded": HIDDEN, "share": np.nan,
                      "lower": np.nan, "upper": np.nan}  # fmt: skip
    ends = _ends(row, share - float(row["share"]))  # type: ignore[arg-type] # a number
    return row | {"people": int(people), "not_recorded": int(absent), "share": share} | ends


def _coverage(result: FairnessResult, told: ToldCounts) -> pd.DataFrame:
    whole = dict(result.coverage.groupby("column")["population"].sum())
    recorded = {str(row["column"]): float(row["people"]) for row in result.inventory.to_dict("records")}

    def change(row: Row) -> Row:
        column = str(row["column"])
        cell, gone = cell_of(column, str(row["group"])), missing_cells(column, "everyone", level="")[1]
        people = 0.0 if row["people"] == 0 else told.count(cell)
        if np.isnan(people) or gone not in told.shown:
            hidden = dict.fromkeys(("expected", "ratio", "lower", "upper", "p_adjusted"), np.nan)
            return row | hidden | {"people": _or_hidden(people)}
        share = float(row["population"]) / float(whole[column])  # type: ignore[arg-type] # numbers
        expected = share * _shown(recorded[column], told.rules)
        ratio = people / expected
        ends = _ends(row, ratio - float(row["ratio"]), share=False)  # type: ignore[arg-type] # a number
        told_ends = {"lower": max(float(ends["lower"]), 0.0), "upper": ends["upper"]}  # type: ignore[arg-type]
        return row | {"people": int(people), "expected": _shown(expected, told.rules), "ratio": ratio} | told_ends

    return _rows(result.coverage, change)


def _recorded(row: Row, moved: Moved) -> Row:
    """Suppositions in whole points, where the group's own figure may be told."""
    edge = float(row["band_edge"])  # type: ignore[arg-type] # a number
    value, by = moved.get(_key(row | {"band_edge": edge}), (np.nan, np.nan))
    names = ("as_recorded", "supposed", "difference_as_recorded", "difference_supposed")
    return row | {name: np.round(float(row[name]) + by, 2) if np.isfinite(value) else np.nan for name in names}  # type: ignore[arg-type]


def _drift(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes in whole points, for groups that can be judged in both periods, but where few may be counted."""
    judged = frame["p_value"].notna().groupby([frame[n] for n in ("view", "group", "period")]).transform("any")
    score = ~frame["metric"].isin(SHARES)
    few = [((frame[name] > 0) & (frame[name] < FEW_IN_DRIFT)) | ((frame[name] < 1) & (frame[name] > 1 - FEW_IN_DRIFT))
           for name in ("earlier", "later")]  # fmt: skip
    told = judged.astype(bool) & (score | ~(few[0] | few[1]))
    names = ["earlier", "later", "change", "lower", "upper", "gap_change", "gap_lower", "gap_upper"]
    return frame.assign(**{name: frame[name].astype("float64").round(2).where(told) for name in names})


def _if_told(row: Row, told: ToldCounts, *, figures: Sequence[str]) -> Row:
    cell = cell_of(str(row["view"]), str(row["group"]))
    return row if cell in told.shown else row | dict.fromkeys(figures, np.nan)


def _option(row: Row, rules: Rules) -> Row:
    value = _told_value(row, rules)
    if np.isnan(value):
        return row | dict.fromkeys(("value", "lower", "upper", "denominator"), np.nan)
    ends = _ends(row, value - float(row["value"]))  # type: ignore[arg-type] # a number
    return row | {"value": value, "denominator": _shown(float(row["denominator"]), rules)} | ends  # type: ignore[arg-type]
