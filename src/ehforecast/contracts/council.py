"""Checking a council's tables against their contracts and against each other, without ever holding them whole."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from types import MappingProxyType
from typing import Any

import duckdb
import pandas as pd

from ehforecast.contracts.contract import Contract, load_contract
from ehforecast.contracts.council_notices import unmapped_notices
from ehforecast.contracts.council_rows import (
    Answers,
    answer_rules,
    build_rows,
    build_verdicts,
    count_set_aside,
    find_repeats,
    register_frame,
    write_set_aside,
    write_used,
)
from ehforecast.contracts.council_source import CouncilSource
from ehforecast.contracts.pseudonyms import Pseudonyms
from ehforecast.contracts.quality import CheckedRows, QualityResult, RuleCount, TableCount
from ehforecast.contracts.rules import Rule, column_rules, row_rules
from ehforecast.contracts.sql import close_to_the_disk, literal, open_engine, without_values
from ehforecast.contracts.workspace import Workspace, temporary_workspace
from ehforecast.errors import ContractError, Finding

COUNCIL_TABLES = (
    "people", "families", "contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors",
    "statutory_steps", "workforce", "population",
)  # fmt: skip
"""The tables of a council's extract, in the order in which they are checked and reported."""

CouncilTables = Mapping[str, pd.DataFrame] | CouncilSource


def check_council(
    tables: CouncilTables, *, as_of: date, pseudonyms: Pseudonyms | None = None, workspace: Workspace | None = None
) -> QualityResult:
    """Check every row of a council's extract of one day, and set aside the rows that break a rule of severity error.

    The extract is frames by table, or a source, whose files the engine reads itself. Cells may be typed, or text with
    dates written year-month-day; a blank is absent. Ids become pseudonyms before anything is kept. Rules between
    columns, rows and tables are judged on rows whose every cell is sound; of rows that repeat each other on the first
    alone. Tables are compared with all rows received of each other, those set aside too, so that one fault is reported
    once. A rule that needs a table that was not given, or a cell that is absent, could not be judged: it neither keeps
    nor breaks. Columns that no contract names are left behind.

    The rows stay in files of the workspace; without one, in a private temporary folder that goes with the result.
    Raises `ContractError` for a table no contract describes, a column that is not there, and files that cannot be read.
    """
    space = workspace or temporary_workspace()
    with open_engine(space) as engine, without_values("checking the extract"):
        cells = _read_all(engine, tables, pseudonyms=pseudonyms)
        engine.execute(f"SET VARIABLE as_of = CAST({literal(f'{as_of:%Y-%m-%d}')} AS DATE)")
        close_to_the_disk(engine, space)
        rules = [count for name in cells for count in _judge(engine, load_contract(name), cells=cells)]
        rows = {name: _paths(space, name) for name in cells}
        counts = [_write(engine, load_contract(name), received=cells[name].rows, rows=rows[name]) for name in cells]
        origin = _origin(engine, tables, rows=rows)
    origin["pseudonym_key"] = pseudonyms.fingerprint if pseudonyms else ""
    return QualityResult(as_of, tuple(counts), tuple(rules), MappingProxyType(rows), space, **origin)


def _origin(
    engine: duckdb.DuckDBPyConnection, tables: CouncilTables, *, rows: Mapping[str, CheckedRows]
) -> dict[str, Any]:
    if not isinstance(tables, CouncilSource):
        return {}
    told = {name: getattr(tables, name) for name in ("layout", "layout_version", "files", "covers_from")}
    unmapped = unmapped_notices(engine, tables, rows={name: one.set_aside for name, one in rows.items()})
    return {**told, "notices": (*tables.notices, *unmapped)}


def _read_all(
    engine: duckdb.DuckDBPyConnection, tables: CouncilTables, *, pseudonyms: Pseudonyms | None
) -> dict[str, Answers]:
    """Every table into the engine; the answers of the rules about its cells, by table, in the order of checking."""
    if pseudonyms:
        pseudonyms.prepare(engine)
    selects = _selects(engine, tables)
    found = {}
    for name in COUNCIL_TABLES:
        if name in selects:
            with _readable(name):
                found[name] = build_rows(engine, load_contract(name), select=selects[name], pseudonyms=pseudonyms)
    return found


def _selects(engine: duckdb.DuckDBPyConnection, tables: CouncilTables) -> Mapping[str, str]:
    """A query of each table's text, after the engine was given what they speak of."""
    if not isinstance(tables, CouncilSource):
        _refuse_other_shapes({name: list(frame.columns) for name, frame in tables.items()})
        return {name: register_frame(engine, frame, contract=load_contract(name)) for name, frame in tables.items()}
    with _readable("all"):
        tables.register(engine)
        columns = {name: engine.sql(select).columns for name, select in tables.selects.items()}
    _refuse_other_shapes(columns)
    return tables.selects


@contextmanager
def _readable(table: str) -> Iterator[None]:
    """DuckDB's own message may quote the row it could not read; it must not reach the user."""
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.IOException):
        raise  # no fault of the file: see `without_values`
    except duckdb.Error:
        remedy = "A file seems damaged or of another layout; get the extract again."
        raise ContractError([Finding("of the extract", table, "all", "every_row_can_be_read", 1, remedy)]) from None


def _refuse_other_shapes(columns: Mapping[str, Sequence[object]]) -> None:
    remedy = f"Name it as its contract does: {', '.join(COUNCIL_TABLES)}."
    findings = [
        Finding("", f"table {place} of those given", "", "every_table_has_a_contract", 1, remedy)
        for place, name in enumerate(columns, start=1)
        if name not in COUNCIL_TABLES
    ]
    findings += [
        Finding("", name, column, "every_column_of_the_contract_is_there", 1, "Add the column, empty if need be.")
        for name in COUNCIL_TABLES
        if name in columns
        for column in load_contract(name).column_names
        if column not in columns[name]
    ]
    if findings:
        raise ContractError(findings)


def _judge(engine: duckdb.DuckDBPyConnection, contract: Contract, *, cells: Mapping[str, Answers]) -> list[RuleCount]:
    """Every rule's answers on one table, and the table `verdicts_…`: the lines set aside, with the rules they broke."""
    asked = row_rules(contract, in_order_of="rowid")
    repeats = find_repeats(engine, contract, rules=[rule for rule in asked if rule.is_about_repeats])
    others = [rule for rule in asked if not rule.is_about_repeats and set(rule.tables) <= cells.keys()]
    answers = answer_rules(engine, contract, rules=others, repeats=repeats)
    stages = (cells[contract.name], repeats, answers)
    build_verdicts(engine, contract, stages=stages)
    counted = {
        rule.name: (stage.judged(place), stage.broken(place))
        for stage in stages
        for place, rule in enumerate(stage.rules)
    }
    rows = cells[contract.name].rows
    return [_rule_count(contract.name, rule, rows=rows, counted=counted) for rule in (*column_rules(contract), *asked)]


def _rule_count(table: str, rule: Rule, *, rows: int, counted: Mapping[str, tuple[int, int]]) -> RuleCount:
    judged, broken = counted.get(rule.name, (0, 0))
    return RuleCount(table, rule.name, rule.column, rule.severity, rows, judged, broken, rows - judged, rule.remedy)


def _paths(workspace: Workspace, table: str) -> CheckedRows:
    return CheckedRows(workspace.folder / f"{table}.parquet", workspace.folder / f"{table}_set_aside.parquet")


def _write(engine: duckdb.DuckDBPyConnection, contract: Contract, *, received: int, rows: CheckedRows) -> TableCount:
    """Received are the rows read; used are those written, so that nothing adds up by itself."""
    aside = count_set_aside(engine, contract)
    write_set_aside(engine, contract, path=rows.set_aside)
    used = write_used(engine, contract, path=rows.used)
    return TableCount(contract.name, received, used, MappingProxyType(aside))
