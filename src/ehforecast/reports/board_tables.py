"""The tables of a board's pack. Every row carries its cell, the table's file and the line in it, to be cited."""

import re
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from ehforecast.demand.board_results import ALL, BoardResult
from ehforecast.reports.board_words import points_range, points_words, quarter_words, share_words, verdict_words
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import as_sentence, month_words
from ehforecast.vocabulary.need_levels import NeedLevel

_CELL = Column("cell", "Cell", "file and line of this row: cite it to say where a number is from")
_WHOLE = "whole council"
_LEVELS = tuple(level.value for level in NeedLevel)


def traced(
    name: str, caption: str, *, columns: Sequence[Column], rows: Iterable[Sequence[object]], folded: bool = False
) -> PageTable:
    """A table whose rows each name their own place: the file, and the line in it, the heading being line 1."""
    numbered = [(*row, f"{name}!{line}") for line, row in enumerate(rows, start=2)]
    return PageTable(name, caption, (*columns, _CELL), numbered, is_folded=folded)


def _shares(meaning: str) -> tuple[Column, Column, Column]:
    return (
        Column("value", "Share", meaning, "share"),
        Column("low", "From", "lower end of the 95% range that the number leaves", "share"),
        Column("high", "To", "upper end of the 95% range that the number leaves", "share"),
    )


_OF = Column("of", "Of", "how many were counted, to the nearest 5", "count")


def words_of(result: BoardResult) -> Mapping[str, str]:
    """What each measure is called."""
    return dict(zip(result.measures["measure"], result.measures["words"], strict=True))


def better_of(result: BoardResult) -> Mapping[str, str]:
    """Which way each measure should go."""
    return dict(zip(result.measures["measure"], result.measures["better"], strict=True))


def dashboard_table(result: BoardResult) -> PageTable:
    """Every measure: the latest quarter, a year before, the change, and the next quarter."""
    names, better = words_of(result), better_of(result)
    ahead = result.ahead.set_index("measure") if len(result.ahead) else pd.DataFrame()
    columns = (
        Column("measure", "Measure", "what is counted; its definition stands below"),
        Column("period", "Quarter", "the latest whole quarter that was followed for as long as the measure asks"),
        *_shares("of that quarter"),
        _OF,
        Column("earlier", "A year before", "share in the same quarter of the year before", "share"),
        Column("change", "Change", "in percentage points"),
        Column("change_range", "Could be, in points", "95% range of the change, in percentage points"),
        Column("verdict", "What it says", "rose or fell only where chance alone would hardly do it"),
        Column("ahead", "Next quarter", "80% range, if nothing changes"),
    )
    rows = [
        (
            names[row["measure"]], quarter_words(row["period"]), row["value"], row["low"], row["high"], row["of"],
            row["earlier"], points_words(row["change"]),
            points_range(row["change_low"], row["change_high"]),
            verdict_words(row["verdict"], better[row["measure"]]), _ahead_words(ahead, row["measure"]),
        )
        for row in result.changes.to_dict("records")
    ]  # fmt: skip
    return traced("dashboard", f"Measures of {result.council}, whole council", columns=columns, rows=_hidden(rows))


def _hidden(rows: Iterable[Sequence[object]]) -> list[list[object]]:
    """Numbers that may not be shown are marked as hidden, not as nothing to count."""
    return [["[c]" if isinstance(cell, float) and cell != cell else cell for cell in row] for row in rows]  # noqa: PLR0124


def _ahead_words(ahead: pd.DataFrame, measure: str) -> str:
    found = ahead[ahead.index == measure].to_dict("records")
    if not found:
        return "not told: too few quarters"
    row = found[0]
    return f"{share_words(float(row['low']))} to {share_words(float(row['high']))}"


def quarters_table(result: BoardResult, measures: Sequence[str], *, name: str = "quarters") -> PageTable:
    """Measures of the whole council, quarter by quarter."""
    rows = result.shares[result.shares["measure"].isin(measures) & result.shares["group"].eq(ALL)]
    columns = (
        Column("measure", "Measure", "what is counted"),
        Column("period", "Quarter", "calendar quarter"),
        Column("met", "Number", "for whom it is so, to the nearest 5", "count"),
        _OF,
        *_shares("number, of all counted"),
    )
    told = [
        (words_of(result)[row["measure"]], quarter_words(row["period"]), row["met"], row["of"], row["value"],
         row["low"], row["high"])
        for row in rows.to_dict("records")
    ]  # fmt: skip
    of = {"quarters": "All measures", "lead_quarters": "A lead professional", "led_by_quarters": "Who leads"}[name]
    caption = f"{of}, quarter by quarter, {result.council}"
    return traced(name, caption, columns=columns, rows=_hidden(told), folded=True)


def by_place_table(result: BoardResult) -> PageTable:
    """The latest quarter of every measure, place by place."""
    latest = result.shares.groupby("measure")["period"].transform("max")
    rows = result.shares[(result.shares["period"] == latest) & (result.shares["group"] != ALL)]
    columns = (
        Column("measure", "Measure", "what is counted"),
        Column("place", as_sentence(result.words["places"]), "where the family lived then"),
        Column("period", "Quarter", "latest that was followed"),
        *_shares("of that quarter"),
        _OF,
    )
    told = [
        (words_of(result)[row["measure"]], row["group"], quarter_words(row["period"]), row["value"], row["low"],
         row["high"], row["of"])
        for row in rows.to_dict("records")
    ]  # fmt: skip
    caption = f"The latest quarter by {result.words['places']}: small numbers, wide ranges"
    return traced("by_place", caption, columns=columns, rows=_hidden(told), folded=True)


def definitions_table(result: BoardResult) -> PageTable:
    """What each measure counts."""
    columns = (
        Column("words", "Measure", "its name"),
        Column("definition", "Definition", "what is counted, over what"),
        Column("dated_by", "Dated by", "the day that puts it into a quarter"),
        Column("follow_days", "Followed for", "days waited before it is counted", "count"),
        Column("better", "Better", "which way is better, if one is"),
        Column("data_until", "Data until", "day of the extract"),
    )
    rows = [
        (row["words"], row["definition"], row["dated_by"], row["follow_days"], row["better"] or "neither",
         result.data_until)
        for row in result.measures.to_dict("records")
    ]  # fmt: skip
    return traced("measures", "What each measure counts", columns=columns, rows=rows, folded=True)


def places_table(result: BoardResult) -> PageTable:
    """Each place: children, contacts of the last 12 months, and the forecast of the next."""
    people = result.people.set_index("group")
    columns = (
        Column("place", as_sentence(result.words["places"]), "and the whole, which they add up to"),
        Column("children", "Children living there", "latest year of the population table", "count"),
        Column("contacts", "Contacts, last 12 months", "to the nearest 5", "count"),
        Column("per_1000", "For each 1,000 children", "contacts in 12 months", "number"),
        Column("value", "Next months, middle", "contacts in all months ahead, to the nearest 5", "count"),
        Column("low", "From", "lower end of the 80% range", "count"),
        Column("high", "To", "upper end of the 80% range", "count"),
    )
    total = result.places[result.places["month"] == "total"].set_index("place") if len(result.places) else None
    rows = []
    for place in [*(name for name in people.index if name != ALL), ALL]:
        ends = ("value", "low", "high")
        ahead = [float("nan") if total is None else float(total.loc[place, end]) for end in ends]
        told = people.loc[place]
        rows.append((_WHOLE if place == ALL else place, told["children"], told["contacts"], told["per_1000"], *ahead))
    caption = f"Contacts by {result.words['places']}, {result.council}"
    return traced("places", caption, columns=columns, rows=_hidden(rows))


def places_months_table(result: BoardResult, *, place: str = "") -> PageTable:
    """The forecast of each place, or of one, month by month."""
    named = () if place else (Column("place", as_sentence(result.words["places"]), "and the whole"),)
    columns = (
        *named,
        Column("month", "Month", "the month"),
        Column("value", "Middle", "as many futures lie above as below; to the nearest 5", "count"),
        Column("low", "From", "lower end of the 80% range", "count"),
        Column("high", "To", "upper end of the 80% range", "count"),
    )
    rows = [
        (*([] if place else [_WHOLE if row["place"] == ALL else row["place"]]), month_words(row["month"]),
         *(row[name] for name in ("value", "low", "high")))
        for row in result.places[result.places["month"] != "total"].to_dict("records")
        if place in ("", row["place"])
    ]  # fmt: skip
    caption = "Contacts ahead, month by month"
    return traced("places_months", caption, columns=columns, rows=_hidden(rows), folded=not place)


def equality_table(result: BoardResult) -> PageTable:
    """Each group beside everybody else."""
    columns = (
        Column("group", "Group", "what children are told apart by, and the group as recorded; also those not recorded"),
        _OF,
        *_shares("of the group"),
        Column("gap", "Gap to everybody else", "in percentage points"),
        Column("gap_range", "Could be, in points", "95% range of the gap, in percentage points"),
        Column("verdict", "What it says", "higher or lower only where chance alone would hardly do it"),
    )
    told = [
        (
            f"{as_sentence(row['split'])}: {'everybody' if row['group'] == ALL else row['group']}", row["of"],
            row["value"], row["low"], row["high"],
            "none: the whole" if row["group"] == ALL else points_words(row["gap"]),
            "none: the whole" if row["group"] == ALL
            else points_range(row["gap_low"], row["gap_high"]),
            "The whole" if row["group"] == ALL else as_sentence(row["verdict"]),
        )
        for _, part in result.equality.groupby("split", sort=False)
        for row in sorted(part.to_dict("records"), key=lambda row: _in_order(str(row["group"])))
    ]  # fmt: skip
    name = words_of(result)[str(result.equality["measure"].iloc[0])]
    caption = f"{name}: {result.equality['period'].iloc[0]}, by group"
    return traced("equality", caption, columns=columns, rows=_hidden(told))


def _in_order(group: str) -> tuple[bool, list[tuple[int, str]]]:
    """Everybody first, then groups by their numbers and letters: "5 to 9" before "10 to 15"."""
    parts = re.split(r"(\d+)", group)
    return group != ALL, [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def after_help_table(result: BoardResult) -> PageTable:
    """What came to children in the 12 months after help, by need level at its start."""
    wide = result.after_help.pivot(index="need_level", columns="came", values="count")
    came = [name for name in dict.fromkeys(result.after_help["came"]) if name != ALL]
    there = [name for name in dict.fromkeys(result.after_help["need_level"]) if name != ALL]
    levels = sorted(there, key=lambda name: _LEVELS.index(name) if name in _LEVELS else len(_LEVELS))
    local = dict(zip(result.names["common"], result.names["local"], strict=True))
    columns = (
        Column("need_level", "Need at the start", "the council's own word, and the common one"),
        *(Column(name.replace(" ", "_"), as_sentence(name), "children, to the nearest 5", "count") for name in came),
        Column("children", "Children", "whose help ended, to the nearest 5", "count"),
    )
    rows = [
        (f"{local[level]} ({level.replace('_', ' ')})" if level in local else as_sentence(level.replace(ALL, "all")),
         *(float(wide.loc[level, name]) for name in came), float(wide.loc[level, ALL]))
        for level in [*levels, ALL]
    ]  # fmt: skip
    caption = "Children whose early help ended: what came in the 12 months after"
    return traced("after_help", caption, columns=columns, rows=_hidden(rows))
