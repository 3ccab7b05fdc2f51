"""From a publisher's wide table to canonical rows, in SQL over text: lines, figures, rows.

`lines` has one row per line of the file whose level is used, with the area it is about; `figures` one per cell of
figures; `rows` one per canonical row of the contract. Everything stays text until the contract has been checked.
"""

import duckdb
import pandas as pd

from ehforecast.contracts.contract import Column, Contract
from ehforecast.contracts.layout import Layout, TableLayout
from ehforecast.contracts.recognise import TableInFile
from ehforecast.contracts.rules import SOURCE_COLUMN, SQL_TYPES
from ehforecast.contracts.sql import literal, literals, quoted
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.vocabulary.periods import calendar_year

LEVEL_IS_NOT_USED = "geographic_level_is_one_this_layout_uses"
"""The rule of lines that are set aside."""


def build_source(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> None:
    """`source`: the lines of the file under their own column names, and why a line is set aside (else empty)."""
    columns = ", ".join(f"c{number} AS {quoted(name)}" for number, name in enumerate(what.file.header))
    levels = what.layout.geographic_levels
    set_aside = f"{quoted(levels.column)} IN ({literals(levels.set_aside)})" if levels.set_aside else "false"
    engine.execute(f"""
        CREATE TABLE source AS
        SELECT line, CASE WHEN {set_aside} THEN {literal(LEVEL_IS_NOT_USED)} ELSE '' END AS set_aside_rule, *
        FROM (SELECT line, {columns} FROM raw)
    """)


def build_areas(engine: duckdb.DuckDBPyConnection, register: AreaRegister) -> None:
    """`areas`: every code of the register, with the code, name, level and parent the area is published under now."""
    current = [(area, register[register.current_code(area.code)]) for area in register]
    frame = pd.DataFrame(
        [(area.code, now.code, now.name, area.name, now.level.value, now.parent_code) for area, now in current],
        columns=["code", "area_code", "area_name", "name_under_code", "area_level", "parent_code"],
        dtype="str",
    )
    engine.register("given_areas", frame)
    engine.execute("CREATE TABLE areas AS SELECT * FROM given_areas")
    engine.unregister("given_areas")


def build_lines(engine: duckdb.DuckDBPyConnection, layout: Layout) -> None:
    """`lines`: what each line in use is about. Columns in `text_` are as received; the area's are empty if unknown."""
    levels, year = layout.geographic_levels, layout.reporting_year
    engine.execute(f"""
        CREATE TABLE lines AS
        SELECT line, text_level, text_year, text_identifier, text_code, text_name, code_column, rounded_to, area_levels,
               CASE WHEN regexp_full_match(text_year, '[12]\\d{{3}}') THEN CAST(text_year AS INTEGER) END AS year,
               row_number() OVER (
                   PARTITION BY text_level, coalesce(area_code, text_code), text_year ORDER BY line) AS appearance,
               areas.* EXCLUDE (code)
        FROM (SELECT line,
                     {quoted(levels.column)} AS text_level,
                     {quoted(year.column)} AS text_year,
                     {quoted(year.identifier_column)} AS text_identifier,
                     {_by_level(layout, "code_column", as_column=True)} AS text_code,
                     {_by_level(layout, "name_column", as_column=True)} AS text_name,
                     {_by_level(layout, "code_column")} AS code_column,
                     CAST({_by_level(layout, "rounded_to")} AS INTEGER) AS rounded_to,
                     {_area_levels(layout)} AS area_levels
              FROM source WHERE set_aside_rule = '')
        LEFT JOIN areas ON areas.code = text_code
    """)


def _by_level(layout: Layout, attribute: str, *, as_column: bool = False) -> str:
    """An expression that picks what the layout says for the level of a line."""
    write = quoted if as_column else literal
    levels = layout.geographic_levels
    picked = {word: write(str(getattr(level, attribute))) for word, level in levels.used.items()}
    cases = (f"WHEN {literal(word)} THEN {expression}" for word, expression in picked.items())
    return f"CASE {quoted(levels.column)} {' '.join(cases)} END"


def _area_levels(layout: Layout) -> str:
    levels = layout.geographic_levels
    cases = (f"WHEN {literal(word)} THEN [{literals(level.area_levels)}]" for word, level in levels.used.items())
    return f"CASE {quoted(levels.column)} {' '.join(cases)} END"


def build_figures(engine: duckdb.DuckDBPyConnection, what: TableInFile) -> None:
    """`figures`: every cell of figures of the lines in use, as a number in text or the reason there is none."""
    columns = ", ".join(quoted(name) for name in what.table.figure_columns)
    symbols = " ".join(f"WHEN {literal(mark)} THEN {literal(reason)}" for mark, reason in what.layout.symbols.items())
    engine.execute(f"""
        CREATE TABLE figures AS
        SELECT line, {SOURCE_COLUMN}, absent_because, number, try_cast(number AS DOUBLE) AS value
        FROM (SELECT line, {SOURCE_COLUMN}, CASE cell {symbols} END AS absent_because,
                     CASE WHEN regexp_full_match(cell, '-?\\d+(\\.\\d+)?') THEN cell END AS number
              FROM (UNPIVOT (SELECT line, {columns} FROM source WHERE set_aside_rule = '')
                    ON {columns} INTO NAME {SOURCE_COLUMN} VALUE cell))
    """)


def build_rows(engine: duckdb.DuckDBPyConnection, table: TableLayout, *, contract: Contract, sound_lines: str) -> None:
    """`rows`: the canonical rows of sound lines and readable cells, as text, with the column each figure came from."""
    _build_meanings(engine, table, sound_lines=sound_lines)
    given = {"area_code", "area_name", "area_level", "period_start", "period_end", "absent_because"}
    columns = ", ".join(
        f"{_origin(column, table, given=given)} AS {quoted(column.name)}" for column in contract.columns
    )
    engine.execute(f"""
        CREATE TABLE rows AS
        SELECT {columns}, {SOURCE_COLUMN}
        FROM figures
        JOIN (SELECT * FROM lines WHERE {sound_lines}) USING (line)
        JOIN meanings USING ({SOURCE_COLUMN}, year)
        WHERE number IS NOT NULL OR absent_because IS NOT NULL
    """)


def _origin(column: Column, table: TableLayout, *, given: set[str]) -> str:
    if column.name in given:
        return column.name
    if column.name == table.figure:
        return "number"
    if column.name == "rounded_to":
        return "coalesce(column_rounded_to, CAST(rounded_to AS VARCHAR))"
    return f"meanings.{quoted('gives_' + column.name)}"


def _build_meanings(engine: duckdb.DuckDBPyConnection, table: TableLayout, *, sound_lines: str) -> None:
    """`meanings`: for each figure column and year, the period it covers and the words of the contract it stands for."""
    years = [row[0] for row in engine.execute(f"SELECT DISTINCT year FROM lines WHERE {sound_lines}").fetchall()]
    words = dict.fromkeys(name for column in table.columns.values() for name in (*table.gives, *column.gives))
    records = []
    for name, column in table.columns.items():
        gives = {**table.gives, **column.gives}
        rounded_to = None if column.rounded_to is None else str(column.rounded_to)
        for year in years:
            start, end = _period(year, column.month)
            records.append((name, year, start, end, rounded_to, *(gives.get(word) for word in words)))
    fixed = [SOURCE_COLUMN, "year", "period_start", "period_end", "column_rounded_to"]
    frame = pd.DataFrame(records, columns=[*fixed, *(f"gives_{word}" for word in words)])
    engine.register("given_meanings", frame)
    text = ", ".join(f"CAST({quoted(name)} AS VARCHAR) AS {quoted(name)}" for name in frame.columns if name != "year")
    engine.execute(f"CREATE TABLE meanings AS SELECT CAST(year AS INTEGER) AS year, {text} FROM given_meanings")
    engine.unregister("given_meanings")


def _period(year: int, month: int | None) -> tuple[str, str]:
    """First and last day of a month of a reporting year, or of the whole year."""
    first, last = (4, 3) if month is None else (month, month)
    start = pd.Timestamp(calendar_year(year, first), first, 1)
    end = pd.Timestamp(calendar_year(year, last), last, 1) + pd.offsets.MonthEnd()
    return f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}"


def select_typed_rows(contract: Contract) -> str:
    """The query of the canonical rows in their types, in the order of the contract's key."""
    columns = ", ".join(
        f"CAST({quoted(column.name)} AS {SQL_TYPES[column.logical_type]}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    return f"SELECT {columns} FROM rows ORDER BY {', '.join(quoted(name) for name in contract.key)}"
