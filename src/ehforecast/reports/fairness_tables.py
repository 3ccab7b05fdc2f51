"""The tables of the report for ethics panels."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ehforecast.advisory.protection import HIDDEN
from ehforecast.reports.fairness_words import (
    OF_SHARES,
    beyond_chance,
    gaps_once,
    group_words,
    measure_heading,
    place_of,
    plain,
)
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.words import as_sentence, per_cent
from ehforecast.risk.fairness_results import FairnessResult, MitigationResult

_ROUNDED = "rounded to 5; 1 to 7, and what would give them away, hidden"
_GROUP = Column("group", "Group", "what people are grouped by, and the group; not recorded is a group")
_EDGE = Column(
    "band_edge", "Edge", "an estimate at or above it is placed above; [z] where the measure has none", "plain", 4
)
_METRIC = Column("metric", "Measure", "what is measured; see the glossary")
_STANDING = Column("standing", "Standing", "whether a gap can be judged with so many people")
_POINTS = "points of a hundred for shares, log odds or plain numbers for others"


def _named(frame: pd.DataFrame) -> pd.DataFrame:
    """With groups in words."""
    pairs = zip(frame["view"], frame["group"], strict=True)
    return frame.assign(group=[group_words(str(view), str(group)) for view, group in pairs])


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Ages in their order, other groups as they come."""
    places = frame["group"].astype("str").map(place_of)
    views = frame["view"].astype("str")
    alone = ~views.str.contains(" x ", regex=False) & places.lt(float("inf")).groupby(views).transform("any")
    order = pd.DataFrame({"view": pd.factorize(views)[0], "place": places.where(alone, 0.0).to_numpy()})
    return frame.iloc[order.sort_values(["view", "place"], kind="stable").index]


def _range(kind: str, confidence: float, *, places: int = 0) -> tuple[Column, Column]:
    words = f"end of the {per_cent(confidence)} range, rounded outwards"
    is_share = kind == "share"
    return (
        Column("lower", "From", f"lower {words}", "share" if is_share else "number", places),
        Column("upper", "To", f"upper {words}", "share" if is_share else "number", places),
    )


def inventory_table(result: FairnessResult) -> PageTable:
    """Every characteristic, and what can be said of it."""
    columns = (
        Column("characteristic", "Characteristic", "protected by the Equality Act 2010, or asked about beside those"),
        Column("standing", "Standing", "assessed, too small, not recorded or not applicable"),
        Column("column", "Grouping", "the grouping it was looked at by"),
        Column("reason", "Why", "why nothing more can be said"),
        Column("people", "Recorded for", f"people it is recorded for, {_ROUNDED}", "count"),
    )
    words = {"characteristic": as_sentence, "column": lambda name: plain(name) or "none", "reason": _why}
    rows = rows_of(result.inventory, columns, words=words)
    return PageTable(
        "inventory", "All nine protected characteristics and three more, and their standing", columns, rows
    )


def _why(reason: str) -> str:
    return reason or "all its groups can be judged"


def groups_table(result: FairnessResult) -> PageTable:
    """Every group with how many people it has."""
    headings = {"people": "People", "positives": "With the outcome", "negatives": "Without",
                "outcome_unknown": "Outcome not known"}  # fmt: skip
    columns = (
        _GROUP,
        *(Column(name, words, f"{words.lower()}, {_ROUNDED}", "count") for name, words in headings.items()),
        _STANDING,
        Column("reason", "Why", "why it can or cannot be judged"),
    )
    rows = rows_of(
        _named(_in_order(result.groups)), columns, words={"reason": lambda reason: reason or "enough people"}
    )
    caption = "Groups, how many people they have, and whether their gaps can be judged"
    return PageTable("groups", caption, columns, rows, is_folded=True)


def measure_table(result: FairnessResult, metric: str) -> PageTable:
    """One measure in every group at every edge."""
    is_share = metric in OF_SHARES
    columns = (
        _GROUP,
        *((_EDGE,) if result.metrics.loc[result.metrics["metric"] == metric, "band_edge"].notna().any() else ()),
        Column(
            "value",
            "Figure",
            "the figure, from rounded counts",
            "share" if is_share else "number",
            1 if is_share else 2,
        ),
        *_range("share" if is_share else "number", result.confidence, places=0 if is_share else 2),
        Column("denominator", "Rests on", f"people it rests on, {_ROUNDED}", "count"),
        _STANDING,
    )
    shown = result.metrics[(result.metrics["metric"] == metric) & ~_is_crossed(result.metrics)]
    hidden = shown["standing"] == HIDDEN
    frame = _named(_in_order(shown)).astype(dict.fromkeys(("value", "lower", "upper", "denominator"), "object"))
    frame.loc[hidden, ["value", "lower", "upper", "denominator"]] = HIDDEN
    frame["standing"] = frame["standing"].where(~hidden, "hidden")
    return PageTable(metric, f"{measure_heading(metric)}, by group", columns, rows_of(frame, columns), is_folded=True)


def _is_crossed(frame: pd.DataFrame) -> "pd.Series[bool]":
    return frame["view"].astype("str").str.contains(" x ", regex=False)


def _gap_columns(result: FairnessResult) -> tuple[Column, ...]:
    chance = "chance of a gap so large where there is none"
    return (
        _GROUP,
        Column("compared_with", "Compared with", "another group, or everyone else"),
        _METRIC,
        _EDGE,
        Column("difference", "Gap", f"group less the compared: {_POINTS}"),
        Column("range", f"{per_cent(result.confidence)} range", "its range, rounded outwards"),
        Column("bounds", "Whoever the missing are", "between which ends the gap must lie, whoever the missing are"),
        Column("p_audit", "p, whole audit", f"{chance}, adjusted for all gaps tested in this audit", "number", 3),
    )


def _gap_rows(frame: pd.DataFrame, columns: Sequence[Column]) -> list[list[object]]:
    told = _named(frame)
    for name, ends in (
        ("difference", ("difference",)),
        ("range", ("lower", "upper")),
        ("bounds", ("lowest", "highest")),
    ):
        told[name] = [_points(row, ends) for row in told.to_dict("records")]
    return rows_of(told, columns, words={"metric": measure_heading, "compared_with": plain})


def _points(row: Mapping[Hashable, object], names: Sequence[str]) -> str:
    is_share = row["metric"] in OF_SHARES
    numbers = [float(row[name]) for name in names]  # type: ignore[arg-type] # numbers of a frame
    if not np.isfinite(numbers).all():
        return "[z]"
    said = [f"{100 * number:.0f}" if is_share else f"{number:.2f}" for number in numbers]
    said = ["0" if each == "-0" else each.replace("-", "\N{MINUS SIGN}") for each in said]
    return " to ".join(said)


def beyond_table(result: FairnessResult) -> PageTable:
    """Gaps that are larger than chance explains."""
    columns = _gap_columns(result)
    caption = "Gaps larger than chance explains: the surest first, and of those the largest"
    return PageTable("gaps_beyond_chance", caption, columns, _gap_rows(beyond_chance(result), columns))


def described_table(result: FairnessResult) -> PageTable:
    """Of each measure that is described and not tested, the largest gap whose range does not reach 0."""
    columns = tuple(column for column in _gap_columns(result) if column.name != "p_audit")
    gaps = gaps_once(result)
    sure = gaps["p_audit"].isna() & (gaps["lower"] * gaps["upper"] > 0) & ~_is_crossed(gaps)
    shown = gaps[sure & (gaps["metric"] != "false_discovery_rate")]
    size = shown["difference"].abs()
    largest = shown.loc[size.groupby(shown["metric"], sort=False).idxmax()]
    caption = "Described, not tested: of each measure the largest gap whose range does not reach 0"
    return PageTable("gaps_described", caption, columns, _gap_rows(largest, columns), (_DESCRIBED_NOTE,))


_DESCRIBED_NOTE = (
    "Chosen because they are the largest, so expect smaller ones of the next such people. They follow in part from how "
    "common the outcome is in each group."
)


def gaps_table(result: FairnessResult) -> PageTable:
    """Every gap that can be told."""
    columns = (*_gap_columns(result), _OWN_KIND)
    gaps = gaps_once(result)
    other_side = gaps["metric"] == "false_discovery_rate"  # all that precision is not
    shown = gaps[gaps["difference"].notna() & ~_is_crossed(gaps) & ~other_side]
    note = (
        "Gaps without a p are described, not tested. Gaps that rest on "
        "a hidden count, or cannot be calculated, are not "
        "listed; their groups are in the table of groups."
    )
    return PageTable(
        "gaps", "Every gap, tested or described", columns, _gap_rows(_in_order(shown), columns), (note,), is_folded=True
    )


_OWN_KIND = Column(
    "p_family", "p, own kind", "the same, adjusted for the gaps of its own grouping and kind alone", "number", 3
)


def crossed_table(result: FairnessResult) -> PageTable:
    """Crossed groups, each share pulled towards what all have in common."""
    columns = (
        _GROUP, _METRIC, _EDGE,
        Column("raw", "As counted", "the share as counted", "share", 1),
        Column("pooled", "Pulled together", "the share pulled towards what groups have in common", "share", 1),
        *_range("share", result.confidence),
        Column("denominator", "Rests on", f"people it rests on, {_ROUNDED}", "count"),
        _STANDING,
    )  # fmt: skip
    chosen = ("base_rate", "band_share", "false_negative_rate", "false_positive_rate")
    shown = result.pooled[result.pooled["metric"].isin(chosen) & result.pooled["pooled"].notna()]
    note = (
        "Small groups vary by chance, so each share is pulled towards the others, the more so the fewer people it has. "
        "Ranges are of the share pulled together. Groups that are too small, or hidden, are in the table of groups."
    )
    rows = rows_of(_named(shown), columns, words={"metric": measure_heading})
    return PageTable("crossed_groups", "Groups crossed", columns, rows, (note,), is_folded=True)


def missing_table(result: FairnessResult, *, overall: bool) -> PageTable:
    """How many were not recorded: of everyone, or, where anything is missing, by group, outcome and period."""
    columns = (
        Column("column", "Not recorded", "what was not recorded"),
        *(() if overall else (Column("level", "Among", "among whom"),)),
        Column("people", "People", f"people, {_ROUNDED}", "count"),
        Column("not_recorded", "Of them not recorded", f"how many, {_ROUNDED}", "count"),
        Column("share", "Share", "share not recorded, from rounded counts", "share", 1),
        *_range("share", result.confidence),
        *(
            ()
            if overall
            else (Column("p_value", "p, same for all", "chance of such differences if none", "number", 3),)
        ),
    )
    is_of_all = result.missing["by"] == "everyone"
    incomplete = set(result.missing.loc[is_of_all & (result.missing["not_recorded"] != 0), "column"])
    shown = result.missing[is_of_all if overall else ~is_of_all & result.missing["column"].isin(incomplete)]
    pairs = zip(shown["by"], shown["level"], strict=True)
    hidden = shown["not_recorded"] == HIDDEN
    told = shown.assign(level=[group_words(str(by), str(level)) for by, level in pairs])
    told = told.astype(dict.fromkeys(("share", "lower", "upper"), "object"))
    told.loc[hidden, ["share", "lower", "upper"]] = HIDDEN
    name, caption = (
        ("missing", "What was not recorded") if overall else ("missing_by", "What was not recorded, and for whom")
    )
    rows = rows_of(told, columns, words={"column": lambda text: as_sentence(plain(text))})
    return PageTable(name, caption, columns, rows, is_folded=not overall)


def coverage_table(result: FairnessResult) -> PageTable:
    """Groups among the people audited against the population."""
    columns = (
        _GROUP,
        Column("people", "People", f"people audited, {_ROUNDED}", "count"),
        Column("population", "Population", "people in the population, as given", "count"),
        Column("expected", "Expected", "people audited if groups came alike, rounded to 5", "count"),
        Column("ratio", "Times expected", "people over expected", "number", 2),
        *_range("number", result.confidence, places=2),
        Column("p_adjusted", "p", "chance of such a ratio if groups came alike, adjusted for all", "number", 3),
        _STANDING,
    )
    told = _named(result.coverage.assign(view=result.coverage["column"]))
    return PageTable(
        "coverage", "Who is among the people audited, beside the population", columns, rows_of(told, columns)
    )


def recording_table(result: FairnessResult) -> PageTable:
    """What figures would be, had outcomes been recorded otherwise."""
    columns = (
        Column("scenario", "If", "what is supposed"),
        _GROUP, _METRIC, _EDGE,
        Column("as_recorded", "As recorded", "the share as recorded", "share"),
        Column("supposed", "As supposed", "the share under the supposition", "share"),
        Column("difference_as_recorded", "Gap as recorded", ("points of a hundred above "
"everyone else; [z] if none"), "text"),
        Column("difference_supposed", "Gap as supposed", "the same under the supposition", "text"),
    )  # fmt: skip
    chosen = ("false_negative_rate", "false_positive_rate", "precision", "calibration_difference")
    shown = result.recording[result.recording["metric"].isin(chosen) & result.recording["as_recorded"].notna()]
    gaps = {name: [_points(row, (name,)) for row in shown.to_dict("records")]
            for name in ("difference_as_recorded", "difference_supposed")}  # fmt: skip
    rows = rows_of(_named(shown.assign(**gaps)), columns, words={"metric": measure_heading})
    return PageTable("recording", "Had outcomes been recorded otherwise", columns, rows)


def drift_table(result: FairnessResult) -> PageTable:
    """What changed between periods."""
    columns = (
        _GROUP,
        Column("period", "Period", "the later period"),
        Column("compared_period", "Compared with", "the earlier one"),
        _METRIC, _EDGE,
        Column("earlier", "Earlier", "figure in the earlier period", "number", 2),
        Column("later", "Later", "figure in the later period", "number", 2),
        Column("gap_change", "Change of the gap", "change of the gap to everyone else", "number", 2),
        Column("gap_lower", "From", "lower end of its range", "number", 2),
        Column("gap_upper", "To", "upper end of its range", "number", 2),
        Column("p_adjusted", "p", "chance of such a change if there is none, adjusted for all", "number", 3),
    )  # fmt: skip
    shown = result.drift[result.drift["earlier"].notna()]
    note = (
        "Shares are between 0 and 1. Groups that cannot be judged in "
        "both periods, and shares near 0 or 1, are left out."
    )
    rows = rows_of(_named(shown), columns, words={"metric": measure_heading})
    return PageTable("drift", "Change from one period to the next", columns, rows, (note,), is_folded=True)


def near_copies(result: FairnessResult) -> pd.DataFrame:
    """Columns that tell a group, with a range wholly above the line; a perfect copy has no range."""
    return result.proxies[result.proxies["lower"].fillna(result.proxies["auroc"]) >= result.near_copy]


def proxies_table(result: FairnessResult) -> PageTable:
    """How well one column alone tells a group."""
    columns = (
        Column("feature", "Column", "what the tool looks at"),
        Column("group", "Group", "the group it tells"),
        Column("auroc", "AUROC", "how well it tells the group: 0.5 not at all, 1 always", "number", 2),
        *_range("number", result.confidence, places=2),
        _STANDING,
    )
    shown = _named(result.proxies[result.proxies["auroc"].notna()].sort_values("auroc", ascending=False, kind="stable"))
    return PageTable("near_copies", "How well one column alone tells a group", columns,
                     rows_of(shown, columns, words={"feature": plain}), is_folded=True)  # fmt: skip


_OPTION_METRICS = ("balanced_accuracy", "gap_false_negative_rate", "gap_false_positive_rate", "band_share", "auroc",
                   "calibration_in_the_large", "brier")  # fmt: skip


def options_table(found: MitigationResult) -> PageTable:
    """What each option would do, one option a row."""
    columns = (
        Column("label", "Option", "what would be done; nothing of it was"),
        *(Column(name, measure_heading(name), f"{measure_heading(name).lower()}, with its range; [z] if not calculable")
          for name in _OPTION_METRICS),
        Column("placed_otherwise", "By chance", "people another throw of the dice would place otherwise", "share", 1),
    )  # fmt: skip
    rows = []
    for number, (_, own) in enumerate(found.options.groupby("option", sort=False), start=1):
        figures = {str(row["metric"]): _with_range(row) for row in own.to_dict("records")}
        first = own.iloc[0]
        cells = [figures.get(name, "[z]") for name in _OPTION_METRICS]
        rows.append([f"{number}. {first['label']}", *cells, float(first["placed_otherwise"])])
    return PageTable("options", "What each option would do, and would cost", columns, rows)


def _with_range(row: Mapping[Hashable, Any]) -> str:
    numbers = [float(row[name]) for name in ("value", "lower", "upper")]
    if not np.isfinite(numbers).all():
        return "[z]"
    places = 0 if row["metric"] in OF_SHARES else 2
    scaled = [100 * number if row["metric"] in OF_SHARES else number for number in numbers]
    said = [f"{round(number, places) + 0.0:.{places}f}".replace("-", "\N{MINUS SIGN}") for number in scaled]
    sign = "%" if row["metric"] in OF_SHARES else ""
    return f"{said[0]}{sign} ({said[1]} to {said[2]})"


def option_groups_table(found: MitigationResult) -> PageTable:
    """Errors of each group under each option."""
    labels = dict(zip(found.options["option"], found.options["label"], strict=True))
    columns = (
        Column("option", "Option", "what would be done"),
        Column("group", "Group", "the group"),
        _METRIC,
        Column("value", "Figure", "share, from rounded counts", "share", 1),
        *_range("share", found.confidence),
        Column("denominator", "Rests on", f"people it rests on, {_ROUNDED}", "count"),
        _STANDING,
    )
    shown = found.groups.assign(option=[labels[option] for option in found.groups["option"]])
    rows = rows_of(shown, columns, words={"metric": measure_heading, "group": plain})
    return PageTable("option_groups", "Each group's errors under each option", columns, rows, is_folded=True)
