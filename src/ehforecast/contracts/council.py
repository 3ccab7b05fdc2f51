"""Checking a council's tables against their contracts and against each other."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType

import duckdb
import pandas as pd

from ehforecast.contracts.contract import Contract, load_contract
from ehforecast.contracts.council_rows import (
    any_broken,
    build_answers,
    build_cells,
    build_typed_rows,
    build_verdicts,
    load_text,
)
from ehforecast.contracts.quality import QualityResult, RuleCount, TableCount
from ehforecast.contracts.rules import Rule, column_rules, row_rules
from ehforecast.contracts.sql import close_to_the_disk, literal, open_engine, quoted
from ehforecast.contracts.typed_frames import frame_from_arrow
from ehforecast.errors import ContractError, Finding

COUNCIL_TABLES = (
    "people", "families", "contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors",
    "statutory_steps", "workforce", "population",
)  # fmt: skip
"""The tables of a council's extract, in the order in which they are checked and reported."""


def check_council(tables: Mapping[str, pd.DataFrame], *, as_of: date) -> QualityResult:
    """Check every row of a council's extract of one day, and set aside the rows that break a rule of severity error.

    Cells may be typed, or text with dates written year-month-day; a blank is absent. Rules between columns, rows and
    tables are judged on rows whose every cell is sound; of rows that repeat each other on the first alone. Tables are
    compared with all rows received of each other, those set aside too, so that one fault is reported once. A rule that
    needs a table that was not given, or a cell that is absent, could not be judged: it neither keeps nor breaks.
    Columns that no contract names are left behind. Raises `ContractError` for a table no contract describes and for a
    column that is not there.
    """
    contracts = {name: load_contract(name) for name in COUNCIL_TABLES if name in tables}
    _refuse_other_shapes(tables, contracts)
    with open_engine() as engine:
        for name, contract in contracts.items():
            load_text(engine, tables[name], contract=contract)
        engine.execute(f"SET VARIABLE as_of = CAST({literal(f'{as_of:%Y-%m-%d}')} AS DATE)")
        close_to_the_disk(engine)
        for contract in contracts.values():
            build_cells(engine, contract)
            build_typed_rows(engine, contract)
        rules = [count for contract in contracts.values() for count in _judge(engine, contract, given=contracts)]
        return QualityResult(
            as_of=as_of,
            tables=tuple(_count_rows(engine, name) for name in contracts),
            rules=tuple(rules),
            used=MappingProxyType({name: _used(engine, contract) for name, contract in contracts.items()}),
            set_aside=MappingProxyType({name: _set_aside(engine, name) for name in contracts}),
        )


def _refuse_other_shapes(tables: Mapping[str, pd.DataFrame], contracts: Mapping[str, Contract]) -> None:
    remedy = f"Name it as its contract does: {', '.join(COUNCIL_TABLES)}."
    findings = [
        Finding("", f"table {place} of those given", "", "every_table_has_a_contract", 1, remedy)
        for place, name in enumerate(tables, start=1)
        if name not in contracts
    ]
    findings += [
        Finding("", name, column, "every_column_of_the_contract_is_there", 1, "Add the column, empty if need be.")
        for name, contract in contracts.items()
        for column in contract.column_names
        if column not in tables[name].columns
    ]
    if findings:
        raise ContractError(findings)


def _judge(engine: duckdb.DuckDBPyConnection, contract: Contract, *, given: Mapping[str, Contract]) -> list[RuleCount]:
    """Every rule's answers on one table, and the table `verdicts_…`: per line, the rules of severity error it broke."""
    name = contract.name
    rules = row_rules(contract, in_order_of="line")
    repeats = [rule for rule in rules if rule.is_about_repeats]
    others = [rule for rule in rules if not rule.is_about_repeats and set(rule.tables) <= given.keys()]
    build_answers(engine, f"repeats_{name}", source=f"{name} AS checked WHERE is_sound", rules=repeats)
    once = f"line IN (SELECT line FROM repeats_{name} WHERE NOT ({any_broken(repeats)}))"
    build_answers(engine, f"answers_{name}", source=f"{name} AS checked WHERE {once}", rules=others)
    stages = [(f"cells_{name}", column_rules(contract)), (f"repeats_{name}", repeats), (f"answers_{name}", others)]
    build_verdicts(engine, name, stages=stages)
    counted: dict[str, tuple[int, int]] = {}
    for relation, judged in stages:
        counted |= _count(engine, relation, rules=judged)
    (rows,) = _numbers(engine, f"SELECT count(*) FROM cells_{name}")
    return [_rule_count(name, rule, rows=rows, counted=counted) for rule in (*column_rules(contract), *rules)]


def _count(engine: duckdb.DuckDBPyConnection, relation: str, *, rules: Sequence[Rule]) -> dict[str, tuple[int, int]]:
    """Rows judged and rows broken, by the name of the rule."""
    counts = [f"count({quoted(rule.name)}), count(*) FILTER ({quoted(rule.name)})" for rule in rules]
    numbers = _numbers(engine, f"SELECT {', '.join(counts)} FROM {relation}")
    return {rule.name: (numbers[2 * place], numbers[2 * place + 1]) for place, rule in enumerate(rules)}


def _numbers(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return tuple(int(number) for number in engine.execute(query).fetchall()[0])


def _rule_count(table: str, rule: Rule, *, rows: int, counted: Mapping[str, tuple[int, int]]) -> RuleCount:
    judged, broken = counted.get(rule.name, (0, 0))
    return RuleCount(table, rule.name, rule.column, rule.severity, rows, judged, broken, rows - judged, rule.remedy)


def _count_rows(engine: duckdb.DuckDBPyConnection, table: str) -> TableCount:
    """Received are the lines of the frame; used and set aside are counted apart, so that nothing adds up by itself."""
    (rows_in,) = _numbers(engine, f"SELECT count(*) FROM text_{table}")
    (used,) = _numbers(engine, f"SELECT count(*) FROM verdicts_{table} WHERE rules = ''")
    aside = engine.execute(
        f"SELECT split_part(rules, '; ', 1) AS rule, count(*) FROM verdicts_{table} WHERE rules <> '' "
        "GROUP BY rule ORDER BY rule"
    ).fetchall()
    return TableCount(table, rows_in, used, MappingProxyType({str(rule): int(count) for rule, count in aside}))


def _used(engine: duckdb.DuckDBPyConnection, contract: Contract) -> pd.DataFrame:
    columns = ", ".join(quoted(name) for name in contract.column_names)
    return frame_from_arrow(
        engine.sql(
            f"SELECT {columns} FROM {contract.name} JOIN verdicts_{contract.name} USING (line) "
            "WHERE rules = '' ORDER BY line"
        ).to_arrow_table(),
        contract,
    )


def _set_aside(engine: duckdb.DuckDBPyConnection, table: str) -> pd.DataFrame:
    frame: pd.DataFrame = engine.sql(
        f"SELECT rules, text_{table}.* EXCLUDE (line) FROM text_{table} JOIN verdicts_{table} USING (line) "
        "WHERE rules <> '' ORDER BY line"
    ).df()
    return frame
