"""A council's table inside the engine: its cells as text, which rules each row breaks, and its rows in two files.

Answers are kept as the bits of a number, one bit per rule, and only for rows of which there is something to say: of 20
million sound rows nothing is written but the rows themselves.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from ehforecast.contracts.contract import Contract
from ehforecast.contracts.lookups import join_lookups
from ehforecast.contracts.pseudonyms import Pseudonyms, pseudonymous_columns
from ehforecast.contracts.rules import Rule, column_rules
from ehforecast.contracts.sql import literal, quoted
from ehforecast.contracts.typed_cells import TypedCells
from ehforecast.errors import SettingsError

MOST_RULES = 62
"""Bits of a whole number of the engine, less its sign and one to spare."""
_ROWS_AT_ONCE = 1 << 25  # of whose keys the hashes are sorted in memory: 8 bytes each, 256 MiB
# Steps of a plan that leave rows in the order of the files they come from. No join is among them.
_KEEPS_ORDER = {"PROJECTION", "FILTER", "UNNEST", "READ_CSV", "READ_CSV_AUTO", "READ_PARQUET", "PYTHON_ARROW_SCAN",
                "ARROW_SCAN", "SEQ_SCAN", "TABLE_SCAN", "COLUMN_DATA_SCAN", "DUMMY_SCAN", "EMPTY_RESULT"}  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """A stage of checking one table: its rules, how many rows they were put to, and how many gave each set of answers.

    `combinations` counts rows by the bits of the rules they broke and of those that could not be judged.
    """

    rules: tuple[Rule, ...]
    rows: int
    combinations: Mapping[tuple[int, int], int]

    def broken(self, place: int) -> int:
        """Rows that broke the rule at a place."""
        return sum(count for (broken, _), count in self.combinations.items() if broken >> place & 1)

    def judged(self, place: int) -> int:
        """Rows on which the rule at a place could be judged."""
        return self.rows - sum(count for (_, unjudged), count in self.combinations.items() if unjudged >> place & 1)

    @property
    def error_bits(self) -> int:
        """The bits of the rules of severity error."""
        return sum(1 << place for place, rule in enumerate(self.rules) if rule.severity == "error")


def register_frame(engine: duckdb.DuckDBPyConnection, frame: pd.DataFrame, *, contract: Contract) -> str:
    """Give the engine a frame; the query of its columns as text."""
    given = pa.table({name: _arrow(frame[name]) for name in contract.column_names})
    engine.register(f"given_{contract.name}", given)
    return f"SELECT {', '.join(_text(field) for field in given.schema)} FROM given_{contract.name}"


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    """A column for the engine; one of mixed types, which Arrow refuses, as text."""
    try:
        return pa.chunked_array([pa.Array.from_pandas(values)])
    except pa.ArrowException:
        return pa.chunked_array([pa.array([None if pd.isna(value) else str(value) for value in values], pa.string())])


def _text(field: pa.Field) -> str:
    cell = quoted(field.name)
    written = f"strftime({cell}, '%Y-%m-%d')" if pa.types.is_temporal(field.type) else f"CAST({cell} AS VARCHAR)"
    return f"{written} AS {cell}"


def build_rows(
    engine: duckdb.DuckDBPyConnection, contract: Contract, *, select: str, pseudonyms: Pseudonyms | None
) -> Answers:
    """The table, out of a query of its text: every row in its types, an unsound cell absent.

    `rows_…` holds it, words as enumerations; the view under its own name, of which rules ask, shows them as text.
    `cells_broken` has the bits of the rules about single cells that are broken; `received` the text of the row, where
    it cannot be written again from its types. Rows stand in the order of the query, or, if that is not fixed, by cells.
    """
    rules, cells = column_rules(contract), TypedCells(contract)
    names = [quoted(name) for name in contract.column_names]
    clean = ", ".join(f"CASE WHEN {cell} >= '!' OR trim({cell}) <> '' THEN {cell} END AS {cell}" for cell in names)
    query = (
        f"SELECT {cells.columns}, cells_broken, {cells.received} AS received "
        f"FROM (SELECT *, {_bits([cells.told_by(rule.is_broken) for rule in rules])} AS cells_broken "
        f"FROM (SELECT *{cells.casts} FROM (SELECT {_replaced(contract, pseudonyms)} "
        f"FROM (SELECT {clean} FROM ({select})))))"
    )
    order = "" if _is_in_order(engine, query) else f" ORDER BY {', '.join(cells.shown.values())}, received"
    (rows,) = _numbers(engine, f"CREATE TABLE rows_{contract.name} AS {query}{order}")
    shown = ", ".join(f"{cell} AS {quoted(name)}" for name, cell in cells.shown.items())
    engine.execute(
        f"CREATE VIEW {contract.name} AS SELECT rowid, {shown}, cells_broken, received FROM rows_{contract.name}"
    )
    return Answers(rules, rows, _combinations(engine, f"rows_{contract.name}", broken="cells_broken"))


def _is_in_order(engine: duckdb.DuckDBPyConnection, select: str) -> bool:
    """Whether the plan of a query is of nothing but steps known to keep the order of one file."""
    ((_, plan),) = engine.execute(f"EXPLAIN (FORMAT json) {select}").fetchall()
    steps = [json.loads(plan)[0]]
    for step in steps:
        steps.extend(step["children"])
    return all(step["name"].strip() in _KEEPS_ORDER for step in steps)


def _replaced(contract: Contract, pseudonyms: Pseudonyms | None) -> str:
    """The columns of a table with its ids, and no other cell, as pseudonyms where there is a key."""
    ids = pseudonymous_columns(contract) if pseudonyms else ()
    return ", ".join(
        f"{pseudonyms.expression(name, quoted(name))} AS {quoted(name)}" if pseudonyms and name in ids else quoted(name)
        for name in contract.column_names
    )


def _bits(conditions: Sequence[str]) -> str:
    """SQL for a number with a bit for each condition that is true."""
    if len(conditions) > MOST_RULES:
        raise SettingsError(f"a table can have at most {MOST_RULES} rules about cells, and as many about rows")
    if not conditions:
        return "0"
    bits = [f"CASE WHEN {condition} THEN {1 << place} ELSE 0 END" for place, condition in enumerate(conditions)]
    return f"CASE WHEN {' OR '.join(conditions)} THEN {' + '.join(bits)} ELSE 0 END"  # most rows break nothing


def _combinations(
    engine: duckdb.DuckDBPyConnection, relation: str, *, broken: str, unjudged: str = "0"
) -> Mapping[tuple[int, int], int]:
    query = f"SELECT {broken}, {unjudged}, count(*) FROM {relation} GROUP BY ALL"
    return Counter({(int(b), int(u)): int(count) for b, u, count in engine.execute(query).fetchall()})


def find_repeats(engine: duckdb.DuckDBPyConnection, contract: Contract, *, rules: Sequence[Rule]) -> Answers:
    """`repeats_…`: of the rows whose cells are sound, the lines of those that repeat an earlier one."""
    name = contract.name
    engine.execute(f"CREATE TABLE repeats_{name} (line BIGINT, broken BIGINT)")
    (rows,) = _numbers(engine, f"SELECT count(*) FROM {name} WHERE cells_broken = 0")
    for place, rule in enumerate(rules):
        key = f"hash({', '.join(quoted(column) for column in rule.repeated)})"
        again = _hashes_that_stand_again(engine, f"SELECT {key} AS hash FROM {name} WHERE cells_broken = 0", rows=rows)
        engine.register("again", pa.table({"hash": again}))
        engine.execute(
            f"INSERT INTO repeats_{name} SELECT line, {1 << place} FROM (SELECT rowid AS line, {rule.is_broken} "
            f"AS is_broken FROM {name} WHERE cells_broken = 0 AND {key} IN (FROM again)) WHERE is_broken"
        )
        engine.unregister("again")
    by_line = f"(SELECT line, sum(broken)::BIGINT AS broken FROM repeats_{name} GROUP BY line)"
    return Answers(tuple(rules), rows, _combinations(engine, by_line, broken="broken"))


def _hashes_that_stand_again(engine: duckdb.DuckDBPyConnection, query: str, *, rows: int) -> np.ndarray:
    """Equal keys have equal hashes, so only their rows need comparing. Sorting numbers is the quickest way."""
    found = [np.empty(0, np.uint64)]
    parts = 1 + rows // _ROWS_AT_ONCE
    for part in range(parts):
        few = f"SELECT hash FROM ({query}) WHERE hash % {parts} = {part}" if parts > 1 else query
        hashes = engine.sql(few).fetchnumpy()["hash"]
        hashes = np.sort(np.asarray(hashes, dtype=np.uint64))
        found.append(np.unique(hashes[1:][hashes[1:] == hashes[:-1]]))
    return np.concatenate(found)


def _stands_once(engine: duckdb.DuckDBPyConnection, table: str, *, column: str) -> bool:
    """Whether no value of a column repeats. Two of one hash are taken for a repeat, which is slower but the same."""
    given = f"FROM {table} WHERE {quoted(column)} IS NOT NULL"
    (rows,) = _numbers(engine, f"SELECT count(*) {given}")
    return not _hashes_that_stand_again(engine, f"SELECT hash({quoted(column)}) AS hash {given}", rows=rows).size


def answer_rules(
    engine: duckdb.DuckDBPyConnection, contract: Contract, *, rules: Sequence[Rule], repeats: Answers
) -> Answers:
    """`answers_…`: of the sound rows that stand once, those that break a rule, or of which one cannot be judged."""
    name = contract.name
    joined = join_lookups(rules, stands_once=lambda table, column: _stands_once(engine, table, column=column))
    asked = "".join(f", ({rule.is_broken}) AS rule_{place}" for place, rule in enumerate(joined.rules))
    broken = _bits([f"rule_{place}" for place in range(len(rules))])
    unjudged = _bits([f"rule_{place} IS NULL" for place in range(len(rules))])
    is_new = f" AND checked.rowid NOT IN (SELECT line FROM repeats_{name})" if repeats.combinations else ""
    engine.execute(
        f"CREATE TABLE answers_{name} AS SELECT * FROM (SELECT line, {broken} AS broken, {unjudged} AS unjudged "
        f"FROM (SELECT checked.rowid AS line{asked} FROM {name} AS checked {joined.joins} "
        f"WHERE cells_broken = 0{is_new})) WHERE broken <> 0 OR unjudged <> 0"
    )
    found = _combinations(engine, f"answers_{name}", broken="broken", unjudged="unjudged")
    return Answers(tuple(rules), repeats.rows - sum(repeats.combinations.values()), found)


def build_verdicts(engine: duckdb.DuckDBPyConnection, contract: Contract, *, stages: Sequence[Answers]) -> None:
    """`verdicts_…`: the lines that are set aside, each with the names of the rules of severity error it broke."""
    name = contract.name
    relations = (f"(SELECT rowid AS line, cells_broken AS broken FROM rows_{name})",
                 f"(SELECT line, sum(broken)::BIGINT AS broken FROM repeats_{name} GROUP BY line)",
                 f"answers_{name}")  # fmt: skip
    parts = [
        f"SELECT line, {_names(answers)} AS rules FROM {relation} WHERE broken & {answers.error_bits} <> 0"
        for relation, answers in zip(relations, stages, strict=True)
    ]
    engine.execute(f"CREATE TABLE verdicts_{name} AS {' UNION ALL '.join(parts)}")


def _names(answers: Answers) -> str:
    names = [
        f"CASE WHEN broken & {1 << place} <> 0 THEN {literal(rule.name)} END"
        for place, rule in enumerate(answers.rules)
        if rule.severity == "error"
    ]
    return f"concat_ws('; ', {', '.join(names)})" if names else "''"


def count_set_aside(engine: duckdb.DuckDBPyConnection, contract: Contract) -> dict[str, int]:
    """Rows set aside, each counted by the first rule it broke."""
    query = (
        f"SELECT split_part(rules, '; ', 1) AS rule, count(*) FROM verdicts_{contract.name} GROUP BY ALL ORDER BY ALL"
    )
    return {str(rule): int(count) for rule, count in engine.execute(query).fetchall()}


def write_set_aside(engine: duckdb.DuckDBPyConnection, contract: Contract, *, path: Path) -> int:
    """The rows set aside as text, with the rules each broke, in the order received; says how many."""
    cells = ", ".join(
        f"coalesce(received[{place}], CAST({quoted(name)} AS VARCHAR)) AS {quoted(name)}"
        for place, name in enumerate(contract.column_names, start=1)
    )
    query = (
        f"SELECT rules, {cells} FROM {contract.name} AS checked JOIN verdicts_{contract.name} ON checked.rowid = line "
        "ORDER BY line"
    )
    return _write(engine, query, path=path)


def write_used(engine: duckdb.DuckDBPyConnection, contract: Contract, *, path: Path) -> int:
    """The other rows in their types, in the order received; says how many. The rows set aside leave the table.

    A deletion first, and then a plain scan, because an outer join would cost the order, and a sort half as much again.
    """
    engine.execute(f"DELETE FROM rows_{contract.name} WHERE rowid IN (SELECT line FROM verdicts_{contract.name})")
    columns = ", ".join(quoted(name) for name in contract.column_names)
    return _write(engine, f"SELECT {columns} FROM rows_{contract.name}", path=path)


def _write(engine: duckdb.DuckDBPyConnection, query: str, *, path: Path) -> int:
    (rows,) = _numbers(engine, f"COPY ({query}) TO {literal(path)} (FORMAT parquet, COMPRESSION zstd)")
    path.chmod(0o600)
    return rows


def _numbers(engine: duckdb.DuckDBPyConnection, query: str) -> tuple[int, ...]:
    return tuple(int(number) for number in engine.execute(query).fetchall()[0])
