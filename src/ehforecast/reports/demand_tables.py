"""The tables of a demand report as CSV and as one workbook, and the metadata that explains them."""

import hashlib
import json
from collections.abc import Mapping, Sequence

import pandas as pd

from ehforecast.advisory import Advice
from ehforecast.advisory.disclosure import ABSENCE_MEANINGS
from ehforecast.advisory.evidence import REQUIRED_COLUMNS, use_until
from ehforecast.advisory.reading import area_rows, forecast_tables, label_of
from ehforecast.advisory.statement import ADVISORY_STATEMENT, CONTROLS, NEVER_USE_FOR, REVIEW_NOTE
from ehforecast.demand.results import DemandResult
from ehforecast.reports.demand_answer import answer
from ehforecast.reports.demand_parts import (
    AREA_CODE,
    AREA_NAME,
    MONTH,
    RANGE_LEVELS,
    evidence_tables,
    names_of,
    range_columns,
)
from ehforecast.reports.forecast_places import places_tables
from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.words import measure_named
from ehforecast.reports.workbook import Workbook, workbook_bytes
from ehforecast.version import __version__
from ehforecast.vocabulary.absence import AbsenceReason

PAGE, WORKBOOK, METADATA = "index.html", "tables.xlsx", "metadata.json"

LEAD = "How many {counted} to expect in each month ahead, how sure we can be, and how well such forecasts did before."

METRICS = (
    "wape: sum of misses over sum of counts; mase: mean miss over that of the same month last year, before the "
    "forecast; rmsse: the same of squared misses, as a root; wql: weighted quantile loss; bias: sum of forecasts less "
    "counts, over sum of counts, above 0 where forecasts were too high; coverage50, coverage80, coverage95: share of "
    "months inside that range; interval_score50, interval_score80, interval_score95: width of that range plus what "
    "fell outside it, over sum of counts, lower is better; with total_ before it, of the total of all months ahead"
)


def demand_files(advice: Advice, page: bytes) -> dict[str, bytes]:
    """The page, every table by file name, the same as a workbook, and what explains and seals them."""
    tables = page_tables(advice)
    files = (
        {PAGE: page} | {f"{table.name}.csv": table.csv() for table in tables} | {WORKBOOK: _workbook(advice, tables)}
    )
    return files | {METADATA: _metadata(advice, tables, files=files)}


def page_tables(advice: Advice) -> list[PageTable]:
    """All tables, the four that every report has first."""
    result = advice.result
    first = [_forecast(result), _observed(result), _accuracy(result), _areas(result)]
    return [*first, *evidence_tables(result), *places_tables(advice)]


def _forecast(result: DemandResult) -> PageTable:
    tables = forecast_tables(result)
    rows = [
        [area.code, area.name, str(month), *counts]
        for area in area_rows(result)
        if not area.refusal
        for month, counts in tables[area.code][list(RANGE_LEVELS)].iterrows()
    ]
    return PageTable(
        "forecast", "Forecast by area and month", (AREA_CODE, AREA_NAME, MONTH, *range_columns("the forecast")), rows
    )


def _observed(result: DemandResult) -> PageTable:
    columns = (
        AREA_CODE, AREA_NAME, MONTH,
        Column("observed_count", "Counted", "what was counted, or a mark where there is no figure: see absent_marks",
               "count"),
        Column("absent_because", "Absent because", "why there is no figure, else empty"),
        Column("status", "Status", "provisional where records of the month are still coming in, else empty"),
    )  # fmt: skip
    names, late = names_of(result), result.completed
    incomplete = set() if late.empty else set(zip(late["area_code"], late["month"], strict=True))
    table = result.observed.sort_values(["area_code", "month"])[REQUIRED_COLUMNS["observed"]]
    rows = [
        [code, names[code], month, AbsenceReason(reason).shorthand if reason else count, reason,
         "provisional" if (code, month) in incomplete else ""]
        for code, month, count, reason in table.itertuples(index=False, name=None)
    ]  # fmt: skip
    return PageTable("observed", "Counted by area and month", columns, rows)


def _accuracy(result: DemandResult) -> PageTable:
    columns = (
        AREA_CODE, AREA_NAME,
        Column("stage", "Stage", "choice: earlier forecasts, used to choose the method; report: later ones, used to "
               "test it"),
        Column("forecaster", "Method", "method: see methods"), Column("metric", "Figure", METRICS),
        Column("value", "Value", "value of the figure, a share or a ratio; [z] where it cannot be calculated", "number",
               6),
        Column("standard_error", "Standard error", "of coverage, the dates forecasts were made from being the sample; "
               "else [z]", "number", 6),
        Column("months", "Months", "forecast months scored", "count"),
        Column("origins", "Dates", "dates forecasts were made from", "count"),
        Column("first_origin", "First date", "last month known at the first such date, ISO 8601"),
        Column("last_origin", "Last date", "last month known at the last such date, ISO 8601"),
    )  # fmt: skip
    names = names_of(result)
    table = result.accuracy.assign(area_name=result.accuracy["area_code"].map(names))
    if "standard_error" not in table:
        table["standard_error"] = float("nan")  # runs kept before there was one
    return PageTable("accuracy", "Accuracy of past forecasts", columns, _cells(table, columns))


def _areas(result: DemandResult) -> PageTable:
    columns = (
        AREA_CODE, AREA_NAME,
        Column("area_level", "Level", "country, region, sub_region or council, or what a council's records are split "
               "by"),
        Column("rounded_to", "Rounded to", "unit that counts of the area are shown in", "count"),
        Column("forecaster", "Method", "method: see methods; empty where there is no forecast"),
        Column("refusal", "No forecast because", "why there is no forecast, else empty"),
        Column("note", "Note", "what to know about the area's figures, else empty"),
    )  # fmt: skip
    return PageTable("areas", "Areas", columns, _cells(result.areas, columns))


def _cells(table: pd.DataFrame, columns: Sequence[Column]) -> list[list[object]]:
    return [[row[column.name] for column in columns] for row in table.to_dict("records")]


def _workbook(advice: Advice, tables: Sequence[PageTable]) -> bytes:
    title = f"{measure_named(advice.result.measure).title} forecast, data up to {advice.result.data_until}"
    never = [f"It must never be used {use}." for use in NEVER_USE_FOR]
    made = f"Run: {advice.run_id}. ehforecast {__version__}."
    cover = [
        ADVISORY_STATEMENT,
        *never,
        f"Purpose: {advice.purpose}.",
        f"Source: {advice.data_source}",
        made,
        REVIEW_NOTE,
    ]
    meanings = {reason.shorthand: meaning for reason, meaning in reversed(ABSENCE_MEANINGS.items())}
    return workbook_bytes(Workbook(title, cover, [table.sheet() for table in tables if table.rows], meanings))


def _metadata(advice: Advice, tables: Sequence[PageTable], *, files: Mapping[str, bytes]) -> bytes:
    result, columns = advice.result, {f"{table.name}.csv": _meanings(table) for table in tables}
    measure = measure_named(result.measure)
    facts = {
        "title": f"{measure.title} forecast",
        "subtitle": f"{result.horizon} months ahead",
        "lead": answer(result),
        "reader": advice.reader,
        "statement": ADVISORY_STATEMENT,
        "never_to_be_used": list(NEVER_USE_FOR),
        "purpose": advice.purpose,
        "measure": result.measure,
        "data_until": result.data_until,
        "use_until": use_until(result.data_until),
        "horizon_months": result.horizon,
        "data_source": advice.data_source,
        "controls": CONTROLS,
        "review": REVIEW_NOTE,
        "run_id": advice.run_id,
        "ehforecast_version": __version__,
        "methods": label_of(result),
        "absent_marks": {reason.value: f"{reason.shorthand} {meaning}" for reason, meaning in ABSENCE_MEANINGS.items()},
        "text_rule": "text that a spreadsheet could take for a formula starts with an apostrophe",
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "columns": columns.get(name, {})}
            for name, data in files.items()
        },
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _meanings(table: PageTable) -> dict[str, str]:
    return {column.name: column.meaning for column in table.columns}
