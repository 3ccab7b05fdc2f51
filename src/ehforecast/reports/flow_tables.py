"""The tables of the page on how families move."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ehforecast.demand.flow_results import ALL, ROLLING_MEASURES, FlowResult
from ehforecast.reports.flow_words import (
    destination_words,
    origin_words,
    period_words,
    place_words,
    trend_words,
    within_words,
)
from ehforecast.reports.page_table import NOT_CALCULABLE, Column, PageTable
from ehforecast.reports.words import as_sentence, month_words
from ehforecast.vocabulary.coded_words import coded_words

RANGE = (
    Column("low", "Range from", "lower end of the 95% range", "share", 1),
    Column("high", "Range to", "upper end of the 95% range", "share", 1),
)
SHARE = Column("share", "Share", "share of those on the left, worked out from rounded counts", "share", 1)


def flows_table(result: FlowResult) -> PageTable:
    """From where to where, over the whole time that could be followed."""
    rows = result.flows[result.flows["period"].eq(ALL) & result.flows["need_level"].eq(ALL)]
    return _flow_page_table("flows", "Where children went first, over the whole time", rows=rows, result=result)


def periods_table(result: FlowResult) -> PageTable:
    """The same by period."""
    rows = result.flows[result.flows["period"].ne(ALL) & result.flows["need_level"].eq(ALL)]
    caption = f"Where children went first, by {result.by} in which it began"
    return _flow_page_table("flows_by_period", caption, rows=rows, result=result)


def need_levels_table(result: FlowResult) -> PageTable:
    """The same by level of need, and by period too where that is told."""
    rows = result.flows[result.flows["need_level"].ne(ALL)]
    return _flow_page_table("flows_by_need", "Where children went first, by level of need", rows=rows, result=result)


def _flow_page_table(name: str, caption: str, *, rows: pd.DataFrame, result: FlowResult) -> PageTable:
    split = {"flows": (), "flows_by_period": ("period",), "flows_by_need": ("period", "need_level")}[name]
    first = {
        "period": Column("period", "Began in", "period in which it began"),
        "need_level": Column("need_level", "Level of need", "level of need as recorded when help began"),
    }
    columns = [
        Column("origin", "From", "where the child was"),
        *(first[key] for key in split),
        Column("destination", "To", "where the child went first"),
        Column("within", "Within", "time looked at"),
        Column("started", "Began", "children's spells that began, rounded", "count"),
        Column("moved", "Went there", "seen to go there in time, rounded", "count"),
        SHARE,
        *RANGE,
        Column("median_days", "Median days", "half of those who went there had gone by then", "number"),
        Column("median_range", "Median's range", "its 95% range, in days"),
    ]
    if bool(rows["reason"].ne("").any()):
        columns.append(Column("reason", "Why no share", "why no share is told, or [z] where one is"))
    shown = [_flow_row(row, [column.name for column in columns], result=result) for row in records(rows)]
    return PageTable(name, caption, columns, shown, is_folded=name != "flows")


def _flow_row(row: dict[str, object], names: Sequence[str], *, result: FlowResult) -> list[object]:
    origin, destination = str(row["origin"]), str(row["destination"])
    low, high = (float(row[name]) for name in ("median_low", "median_high"))  # type: ignore[arg-type] # numbers
    words = {
        "origin": origin_words(origin),
        "destination": destination_words(origin, destination),
        "within": within_words(result, origin, destination=destination),
        "period": period_words(str(row["period"])),
        "need_level": as_sentence(coded_words(str(row["need_level"]))),
        "median_range": f"{low:.0f} to {high:.0f}" if low == low else NOT_CALCULABLE,  # noqa: PLR0124 - is it a number
        "reason": str(row["reason"]) or NOT_CALCULABLE,
    }
    return [words.get(name, row.get(name)) for name in names]


def contrasts_table(result: FlowResult) -> PageTable:
    """Before and after each change."""
    columns = (
        Column("words", "What changed", "the question"),
        Column("changed_on", "On", "day of the change"),
        Column("origin", "From", "where the child was"),
        Column("destination", "To", "where the child went first"),
        Column("started_before", "Began before", "children's spells, rounded", "count"),
        Column("share_before", "Share before", "went there in time", "share", 1),
        Column("started_after", "Began after", "children's spells, rounded", "count"),
        Column("share_after", "Share after", "went there in time", "share", 1),
        Column("difference", "Difference in points", "after less before, in percentage points", "number", 1),
        Column("low", "Range from", "lower end of its 95% range", "number", 1),
        Column("high", "Range to", "upper end of its 95% range", "number", 1),
        Column("verdict", "What it shows", "whether it could be chance"),
    )
    rows = [
        [
            str(row["words"]), str(row["changed_on"]), origin_words(str(row["origin"])),
            destination_words(str(row["origin"]), str(row["destination"])), row["started_before"], row["share_before"],
            row["started_after"], row["share_after"], *points(row), trend_words(str(row["verdict"])),
        ]
        for row in records(result.contrasts)
    ]  # fmt: skip
    return PageTable("before_and_after", "Before and after a change", columns, rows)


def points(row: dict[str, object]) -> list[float]:
    """A difference and its range in percentage points."""
    return [100 * float(row[name]) for name in ("difference", "low", "high")]  # type: ignore[arg-type] # numbers


def rolling_table(result: FlowResult) -> PageTable:
    """Counts over the last 12 months, by month, of the whole council and each locality."""
    columns = (
        Column("measure", "What", "what is counted"),
        Column("locality", "Where", "locality"),
        Column("month", "12 months to", "last of the 12 months"),
        Column("count", "Count", "rounded", "count"),
        Column("families", "Different families", "rounded", "count"),
    )
    rows = [
        [
            as_sentence(coded_words(str(row["measure"]))), place_words(str(row["locality"])),
            month_words(str(row["month"])), row["count"], _families(row),
        ]
        for row in records(result.rolling)
    ]  # fmt: skip
    notes = (*(f"{as_sentence(coded_words(name))}: {words}." for name, words in ROLLING_MEASURES.items()), _FAMILIES_OF)
    return PageTable("rolling_counts", "Counts over the last 12 months", columns, rows, notes, is_folded=True)


def latest_rolling_table(result: FlowResult) -> PageTable:
    """The latest 12 months beside the 12 before."""
    last = str(result.rolling["month"].max())
    before = f"{int(last[:4]) - 1}{last[4:]}"
    columns = (
        Column("measure", "What", "what is counted"),
        Column("locality", "Where", "locality"),
        Column("now", f"12 months to {month_words(last)}", "count, rounded", "count"),
        Column("before", f"12 months to {month_words(before)}", "count, rounded", "count"),
        Column("families", "Different families", "in the latest 12 months, rounded", "count"),
    )
    then = result.rolling[result.rolling["month"] == before].set_index(["measure", "locality"])["count"]
    rows = [
        [
            as_sentence(coded_words(str(row["measure"]))), place_words(str(row["locality"])), row["count"],
            then.get((row["measure"], row["locality"]), "[x]"), _families(row),
        ]
        for row in records(result.rolling[result.rolling["month"] == last])
    ]  # fmt: skip
    return PageTable("rolling_now", "The latest 12 months, and the 12 before", columns, rows, (_FAMILIES_OF,))


_FAMILIES_OF = "Different families are counted of the whole council alone, since families move: [x] stands elsewhere."


def _families(row: Mapping[str, object]) -> object:
    return row["families"] if row["locality"] == ALL else "[x]"


def rolling_ahead_table(result: FlowResult) -> PageTable:
    """The rolling count in months to come."""
    columns = (
        Column("measure", "What", "what is counted"),
        Column("month", "12 months to", "last of the 12 months"),
        Column("middle", "Middle", "as many futures lie above as below", "count"),
        Column("low", "Range from", "lower end of the 80% range", "count"),
        Column("high", "Range to", "upper end of the 80% range", "count"),
    )
    wide = result.rolling_ahead.pivot(index=["measure", "month"], columns="level", values="value")
    rows = [
        [
            as_sentence(coded_words(str(row["measure"]))),
            month_words(str(row["month"])),
            *(row[q] for q in ("0.5", "0.1", "0.9")),
        ]
        for row in records(wide.reset_index())
    ]
    return PageTable("rolling_ahead", "The count over 12 months, forecast", columns, rows)


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of a frame."""
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]
