"""A council's table inside the engine: its cells as text, which of them are sound, and its rows in their types."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb
import pandas as pd
import pyarrow as pa

from ehforecast.contracts.contract import Contract
from ehforecast.contracts.rules import SQL_TYPES, Rule, column_rules
from ehforecast.contracts.sql import literal, quoted


def load_text(engine: duckdb.DuckDBPyConnection, frame: pd.DataFrame, *, contract: Contract) -> None:
    """`text_…`: the columns of the contract as text, blank cells absent, with the number of the line."""
    given = pa.table({name: _arrow(frame[name]) for name in contract.column_names})
    cells = ", ".join(_text(name, given.schema.field(name).type) for name in contract.column_names)
    engine.register("given", given.append_column("line", pa.array(range(len(frame)), pa.int64())))
    engine.execute(f"CREATE TABLE text_{contract.name} AS SELECT line, {cells} FROM given")
    engine.unregister("given")


def _arrow(values: pd.Series) -> pa.ChunkedArray:
    """A column for the engine; one of mixed types, which Arrow refuses, as text."""
    try:
        found = pa.chunked_array([pa.Array.from_pandas(values)])
    except pa.ArrowException:
        found = pa.chunked_array([pa.array([None if pd.isna(value) else str(value) for value in values], pa.string())])
    return found


def _text(name: str, kind: pa.DataType) -> str:
    cell = quoted(name)
    if pa.types.is_temporal(kind):
        return f"strftime({cell}, '%Y-%m-%d') AS {cell}"
    return f"CASE WHEN trim(CAST({cell} AS VARCHAR)) <> '' THEN CAST({cell} AS VARCHAR) END AS {cell}"


def build_cells(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """`cells_…`: per line, whether each rule about single cells is broken."""
    rules = [replace(rule, is_broken=f"coalesce({rule.is_broken}, false)") for rule in column_rules(contract)]
    build_answers(engine, f"cells_{contract.name}", source=f"text_{contract.name}", rules=rules)


def build_answers(engine: duckdb.DuckDBPyConnection, table: str, *, source: str, rules: Sequence[Rule]) -> None:
    """A table of one line per row judged and one column per rule: true where it is broken, NULL if not to be judged."""
    answers = "".join(f", {rule.is_broken} AS {quoted(rule.name)}" for rule in rules)
    engine.execute(f"CREATE TABLE {table} AS SELECT line{answers} FROM {source}")


def any_broken(rules: Sequence[Rule]) -> str:
    """SQL over a table of answers: whether any of the rules is broken."""
    return " OR ".join(quoted(rule.name) for rule in rules) or "false"


def build_typed_rows(engine: duckdb.DuckDBPyConnection, contract: Contract) -> None:
    """The table under its own name: every line in its types, an unsound cell absent, and whether all were sound."""
    typed = ", ".join(
        f"TRY_CAST({quoted(column.name)} AS {SQL_TYPES[column.logical_type]}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    engine.execute(
        f"CREATE TABLE {contract.name} AS SELECT line, {typed}, NOT ({any_broken(column_rules(contract))}) AS is_sound "
        f"FROM text_{contract.name} JOIN cells_{contract.name} USING (line)"
    )


def build_verdicts(
    engine: duckdb.DuckDBPyConnection, table: str, *, stages: Sequence[tuple[str, Sequence[Rule]]]
) -> None:
    """`verdicts_…`: per line, the names of the rules of severity error it broke; empty for a row that is used."""
    errors = ", ".join(
        f"CASE WHEN {quoted(rule.name)} THEN {literal(rule.name)} END"
        for _, rules in stages
        for rule in rules
        if rule.severity == "error"
    )
    (first, _), *later = stages
    joined = " ".join(f"LEFT JOIN {relation} USING (line)" for relation, _ in later)
    engine.execute(
        f"CREATE TABLE verdicts_{table} AS SELECT line, concat_ws('; ', {errors}) AS rules FROM {first} {joined}"
    )
