"""What is counted in an extract beside its checks: rows, placeholders, days written both ways, unmapped values."""

import glob
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import duckdb

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council_layout import CouncilLayout, Selection
from ehforecast.contracts.council_selects import Reading, given_contracts, relation
from ehforecast.contracts.council_source import CouncilSource, Notice
from ehforecast.contracts.council_translations import is_missing_day, month_comes_first, trimmed
from ehforecast.contracts.given_tables import GivenTable, column_name, columns_in, scan
from ehforecast.contracts.source_file import EVERY_COLUMN, refuse
from ehforecast.contracts.sql import literal, literals, quoted
from ehforecast.errors import ContractError, Finding

_FEWEST_TO_JUDGE = 20
SetAsideFiles = Mapping[str, Path]
"""The file of each table's rows that were set aside."""


@dataclass(frozen=True)
class TableMeasure:
    """Counts of one source table as it came: rows, placeholders, texts where an object was meant."""

    rows: int
    placeholders: int
    texts: int


def measure_table(
    engine: duckdb.DuckDBPyConnection, given: GivenTable, *, name: str, layout: CouncilLayout
) -> TableMeasure:
    """Read a table once, as it came. Raises `ContractError` for lines that cannot be read and days month first."""
    counts = {"rows": "count(*)", **_counts(given, name, layout=layout)}
    query = ", ".join(f"{count} AS {quoted(label)}" for label, count in counts.items())
    try:
        (numbers,) = engine.execute(f"SELECT {query} FROM {scan(given, name, keep_rejects=True)}").fetchall()
    except duckdb.Error:
        # DuckDB's own message may quote the line; it must not reach the user.
        remedy = "Its lines or pages are damaged, or cut short; export it again."
        raise refuse(given.label, rule="every_row_of_the_file_can_be_read", remedy=remedy) from None
    found = dict(zip(counts, numbers, strict=True))
    _refuse_rejected(engine, given, name=name)
    _refuse_mixed_days(given, name, layout=layout, found=found)
    placeholders = sum(number for label, number in found.items() if label.startswith("placeholder "))
    return TableMeasure(found["rows"], placeholders, found.get("texts", 0))


def _counts(given: GivenTable, name: str, *, layout: CouncilLayout) -> dict[str, str]:
    """SQL of each count about a column of a table."""
    counts = {}
    for column, places in columns_in(given, layout.tables[name]).items():
        if not places:
            continue
        given_cell = quoted(column_name(given, places[0]))
        cell = trimmed(given_cell)
        is_days = layout.tables[name].columns[column].days
        nothing = [f"{cell} IN ({literals(layout.missing)})"] if layout.missing else []
        if is_days:
            nothing.append(is_missing_day(cell, missing_days=layout.missing_days))
            counts[f"month first {column}"] = f"count(*) FILTER ({month_comes_first(given_cell)})"
        if nothing:
            counts[f"placeholder {column}"] = f"count(*) FILTER ({' OR '.join(nothing)})"
        if name in layout.outcomes and column == layout.outcomes[name].column:
            counts["texts"] = f"count(*) FILTER ({cell} <> '' AND {cell} NOT LIKE '{{%}}')"
    return counts


def _refuse_rejected(engine: duckdb.DuckDBPyConnection, given: GivenTable, *, name: str) -> None:
    if given.kind != "csv":
        return
    query = "SELECT count(DISTINCT line), min(line) FROM reject_errors"
    (found,) = engine.execute(query).fetchall()
    engine.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    count, first = found
    if count:
        rule = "every_line_has_as_many_fields_as_the_header"
        remedy = f"First in line {first}. A text with a comma or a line break needs quotes, and each quote its end."
        raise ContractError([Finding(given.label, name, EVERY_COLUMN, rule, count, remedy)])


def _refuse_mixed_days(given: GivenTable, name: str, *, layout: CouncilLayout, found: Mapping[str, int]) -> None:
    remedy = "Write every day as day/month/year or year-month-day: of 03/04 nobody could say which is the month."
    findings = [
        Finding(
            given.label, name, (told.also or (column,))[0], "days_are_not_written_month_first",
            found[f"month first {column}"], remedy,
        )
        for column, told in layout.tables[name].columns.items()
        if found.get(f"month first {column}")
    ]  # fmt: skip
    if findings:
        raise ContractError(findings)


def layout_notices(reading: Reading) -> list[Notice]:
    """What the layout says of every extract, and which of its tables are not in this one."""
    layout = reading.layout
    notices = [Notice(name, "", 1, words) for name, words in layout.notices.items()]
    for table, columns in layout.not_held.items():
        for column, why in columns.items():
            lag = reading.lags.get(table, 0)
            late = f", {lag} days later" if lag and "assumed" in why and "recorded" in column else ""
            notices.append(Notice(f"{column}_is_not_held", table, 1, f"{why}{late}."))
    notices += [
        Notice("a_table_is_not_in_the_extract", name, 1, "What it would hold is absent.")
        for name in layout.tables
        if name not in reading.present
    ]
    return notices


def placeholder_notices(measures: Mapping[str, TableMeasure]) -> list[Notice]:
    """How many cells held a placeholder, by table."""
    words = "Placeholders were read as absent."
    return [
        Notice("a_placeholder", name, one.placeholders, words) for name, one in measures.items() if one.placeholders
    ]


def counted_notices(engine: duckdb.DuckDBPyConnection, reading: Reading) -> list[Notice]:
    """Counts that the layout asks for."""
    notices = []
    for name, asked in reading.layout.counted.items():
        if asked.table in reading.present:
            count = _number(engine, f"SELECT count(*) FROM {relation(asked.table)} WHERE {asked.where}")
            notices += [Notice(name, asked.table, count, asked.words)] if count else []
    return notices


def translated_columns(reading: Reading) -> Mapping[str, tuple[str, ...]]:
    """By contract table, the columns of words that come from local values, where there are any."""
    found = {
        table: tuple(
            one.name
            for one in load_contract(table).columns
            if one.words and _is_translated(reading, table, column=one.name)
        )
        for table in given_contracts(reading)
    }
    return MappingProxyType({table: columns for table, columns in found.items() if columns})


def unmapped_notices(engine: duckdb.DuckDBPyConnection, source: CouncilSource, *, rows: SetAsideFiles) -> list[Notice]:
    """How many different values of a translated column are no word of the contract: such rows are all set aside."""
    return [
        Notice(
            f"{name}_has_values_that_no_code_map_knows", table, count,
            "Different values that stand for no word; their rows are set aside. Add them to the code map.",
        )
        for table, names in source.translated.items()
        for name, count in _unmapped(engine, table, names=names, path=rows[table]).items()
        if count
    ]  # fmt: skip


def _unmapped(engine: duckdb.DuckDBPyConnection, table: str, *, names: Sequence[str], path: Path) -> Mapping[str, int]:
    columns = [one for one in load_contract(table).columns if one.name in names]
    counts = ", ".join(
        f"count(DISTINCT {quoted(one.name)}) FILTER ({quoted(one.name)} NOT IN ({literals(one.words)}))"
        for one in columns
    )
    (numbers,) = engine.execute(f"SELECT {counts} FROM read_parquet({literal(glob.escape(str(path)))})").fetchall()
    return {one.name: count for one, count in zip(columns, numbers, strict=True)}


def _is_translated(reading: Reading, table: str, *, column: str) -> bool:
    """Whether a column comes from local values. Outcomes do only where some are no objects."""
    parts = [part for part in reading.layout.gives[table] if part.table in reading.present]
    fed = [part.columns[column] for part in parts if column in part.columns]
    return any(one.code_map and (one.via != "outcome" or reading.has_texts) for one in fed)


def selection_notices(engine: duckdb.DuckDBPyConnection, reading: Reading) -> list[Notice]:
    """Whether only early help of people known to social care is in the extract, as some exports have it."""
    told = reading.layout.selection
    if told is None:
        return []
    people, unknown = _people_with_help(engine, reading, told=told)
    if people >= _FEWEST_TO_JUDGE and unknown < told.suspected_below * people:
        words = (
            f"Of {people} people with early help only {unknown} have no record of social care: people known to early "
            "help alone seem to be left out, as the common export does. Ask for them; shares and risks are biased."
        )
        return [Notice("early_help_is_only_of_people_known_to_social_care", told.episodes, people - unknown, words)]
    words = f"Of {people} people with early help {unknown} have no record of social care."
    return [Notice("early_help_of_people_not_known_to_social_care", told.episodes, unknown, words)]


def _people_with_help(engine: duckdb.DuckDBPyConnection, reading: Reading, *, told: Selection) -> tuple[int, int]:
    known = " UNION ALL ".join(
        f"SELECT {quoted(person)} AS person FROM {relation(table)}"
        for table, person in told.social_care.items()
        if table in reading.present
    )
    helped = f"SELECT DISTINCT {quoted(told.person)} AS person FROM {relation(told.episodes)}"
    query = (
        f"SELECT count(*), count(*) FILTER (NOT is_known) FROM (SELECT person IN ({known}) AS is_known FROM ({helped}))"
    )
    (numbers,) = engine.execute(query).fetchall()
    return numbers[0], numbers[1]


def _number(engine: duckdb.DuckDBPyConnection, query: str) -> int:
    (numbers,) = engine.execute(query).fetchall()
    return int(numbers[0])
