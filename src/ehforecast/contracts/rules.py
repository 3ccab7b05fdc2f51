"""Rules: what a contract asks of each row, as SQL, and how often a table breaks each. A rule's name is its message."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb
import pandas as pd
from open_data_contract_standard.model import DataQuality

from ehforecast.contracts.contract import Column, Contract, LogicalType, custom_properties, load_vocabulary
from ehforecast.contracts.sql import literal, literals, open_engine, quoted
from ehforecast.errors import Finding, SettingsError
from ehforecast.vocabulary.dated_codes import DatedCode

SQL_TYPES: dict[LogicalType, str] = {"string": "VARCHAR", "date": "DATE", "integer": "BIGINT", "number": "DOUBLE"}
# The shapes stop DuckDB's casts from being kind: it reads '3.7' as the whole number 4, and '1e3' and '1_000' as 1000.
_SHAPES: dict[LogicalType, str] = {"integer": r"-?\d+", "number": r"-?\d+(\.\d+)?"}
_NOUNS: dict[LogicalType, str] = {"date": "a_date", "integer": "a_whole_number", "number": "a_number"}
_REMEDIES: dict[LogicalType, str] = {
    "date": "Write dates as year-month-day.",
    "integer": "Write digits alone.",
    "number": "Write digits with at most one decimal point.",
}
Severity = Literal["error", "query"]
_SEVERITIES: dict[str, Severity] = {"error": "error", "query": "query"}
SOURCE_COLUMN = "source_column"
"""Column of a checked table that names where in the source file a row's figure came from; no part of any contract."""


@dataclass(frozen=True)
class Rule:
    """One thing that must be true of each row.

    `is_broken` is an SQL expression: true for a row that breaks it, NULL for one that cannot be judged. `tables` are
    the other tables it looks at. A row that breaks a rule of severity `error` cannot be used; a `query` asks people to
    look.
    """

    name: str
    column: str
    is_broken: str
    remedy: str
    severity: Severity = "error"
    tables: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()

    @property
    def is_about_repeats(self) -> bool:
        """Whether it compares rows that share the columns `repeated`."""
        return bool(self.repeated)


def column_rules(contract: Contract) -> tuple[Rule, ...]:
    """What each cell must be, judged on the text as received: given, of its type and range, an allowed word."""
    return tuple(rule for column in contract.columns for rule in _rules_of_column(column))


def row_rules(contract: Contract, *, in_order_of: str = "") -> tuple[Rule, ...]:
    """What must be true between the columns of a row, and of rows together, judged on typed rows.

    Of rows that repeat each other the first is kept; `in_order_of` names the column that says which is first.
    """
    in_force = [_in_force_rule(column) for column in contract.columns if column.in_force_on]
    return (*in_force, *(_row_rule(quality, contract, in_order_of=in_order_of) for quality in contract.quality))


def check_table(frame: pd.DataFrame, contract: Contract, *, file: str) -> tuple[Finding, ...]:
    """What in a table breaks its contract: nothing if it keeps it. Dates may be typed or written year-month-day."""
    missing = [name for name in contract.column_names if name not in frame.columns]
    if missing:
        return tuple(
            Finding(file, contract.name, name, "every_column_of_the_contract_is_there", 1, "Add the column.")
            for name in missing
        )
    with open_engine() as engine:
        engine.register("given", _as_text(frame, contract))
        engine.execute(f"CREATE TABLE checked AS SELECT *, '' AS {SOURCE_COLUMN} FROM given")
        return find_broken_rules(engine, "checked", contract=contract, file=file, table=contract.name)


def _as_text(frame: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    text = pd.DataFrame(index=frame.index)
    for name in contract.column_names:
        values = frame[name]
        is_typed_date = pd.api.types.is_datetime64_any_dtype(values)
        written = values.dt.strftime("%Y-%m-%d") if is_typed_date else values.astype("str")
        text[name] = written.where(values.notna(), None).astype("str")
    return text


def find_broken_rules(
    engine: duckdb.DuckDBPyConnection, relation: str, *, contract: Contract, file: str, table: str
) -> tuple[Finding, ...]:
    """Findings on a relation of text columns named as in the contract, plus `source_column`.

    Rules between columns are judged only on rows whose every cell is sound, so that one fault is reported once.
    """
    cells = column_rules(contract)
    broken = _count_broken(engine, relation, rules=cells)
    unsound = " OR ".join(f"coalesce({rule.is_broken}, false)" for rule in cells)
    typed = ", ".join(
        f"TRY_CAST({quoted(column.name)} AS {SQL_TYPES[column.logical_type]}) AS {quoted(column.name)}"
        for column in contract.columns
    )
    sound = f"(SELECT {typed}, {SOURCE_COLUMN} FROM {relation} WHERE NOT ({unsound}))"
    alone = [rule for rule in row_rules(contract) if not rule.tables]
    broken += _count_broken(engine, sound, rules=alone)
    return tuple(Finding(file, table, column, rule.name, count, rule.remedy) for rule, column, count in broken)


def _count_broken(
    engine: duckdb.DuckDBPyConnection, relation: str, *, rules: Sequence[Rule]
) -> list[tuple[Rule, str, int]]:
    """How often each rule is broken, by the column of the source file it is broken in (else the rule's own column)."""
    judged = ", ".join(f"({rule.is_broken}) AS broken_{number}" for number, rule in enumerate(rules))
    counts = ", ".join(f"count(*) FILTER (WHERE broken_{number})" for number in range(len(rules)))
    query = (
        f"SELECT {SOURCE_COLUMN}, {counts} FROM (SELECT {SOURCE_COLUMN}, {judged} FROM {relation}) "
        f"GROUP BY {SOURCE_COLUMN} ORDER BY {SOURCE_COLUMN}"
    )
    found: Counter[tuple[Rule, str]] = Counter()
    for source_column, *numbers in engine.execute(query).fetchall():
        for rule, count in zip(rules, numbers, strict=True):
            found[rule, source_column or rule.column] += count
    return [(rule, column, count) for (rule, column), count in found.items() if count]


def typed_cell(column: Column) -> str:
    """SQL of a cell in its type, words as an enumeration, out of its text; absent where the text is none of it."""
    kind = f"ENUM ({literals(column.words)})" if column.words else SQL_TYPES[column.logical_type]
    return f"TRY_CAST({quoted(column.name)} AS {kind})"


def is_blank(column: str) -> str:
    """SQL of whether a cell is absent or empty. Most cells are told at their first byte."""
    name = quoted(column)
    return f"({name} IS NULL OR ({name} < '!' AND trim({name}) = ''))"


def _rules_of_column(column: Column) -> list[Rule]:
    rules = []
    if column.is_required:
        missing = is_blank(column.name)
        rules.append(Rule(f"{column.name}_is_given", column.name, missing, "Fill in every row of this column."))
    if column.logical_type != "string":
        rules.append(_type_rule(column))
    if column.words:
        rules.append(_vocabulary_rule(column))
    rules.extend(_allowed_values_rule(column, quality) for quality in column.quality)
    return rules


def _type_rule(column: Column) -> Rule:
    """One rule for type and range, so that its name says all the cell must be: a_whole_number_of_zero_or_more."""
    name = quoted(column.name)
    value = typed_cell(column)
    broken = [_is_misshapen(column, value)]
    message = f"{column.name}_is_{_NOUNS[column.logical_type]}"
    if column.minimum is not None:
        broken.append(f"{value} < {column.minimum}")
        message += f"_of_{_number_words(column.minimum)}_or_more"
    if column.exclusive_minimum is not None:
        broken.append(f"{value} <= {column.exclusive_minimum}")
        message += f"_above_{_number_words(column.exclusive_minimum)}"
    is_broken = f"({name} IS NOT NULL AND ({' OR '.join(broken)}))"
    return Rule(message, column.name, is_broken, column.remedy or _REMEDIES[column.logical_type])


def _is_misshapen(column: Column, value: str) -> str:
    """A day is one that is written as DuckDB would write it, which is told four times faster than by a pattern."""
    name = quoted(column.name)
    if column.logical_type == "date":
        return f"strlen({name}) <> 10 OR CAST({value} AS VARCHAR) IS DISTINCT FROM {name}"
    return f"NOT regexp_full_match({name}, '{_SHAPES[column.logical_type]}') OR {value} IS NULL"


def _number_words(number: float) -> str:
    return {0: "zero", 1: "one"}.get(int(number), f"{number:g}") if number == int(number) else f"{number:g}"


def _vocabulary_rule(column: Column) -> Rule:
    noun = re.sub(r"(?<!^)(?=[A-Z])", "_", column.vocabulary.partition(".")[2]).lower()
    return Rule(
        f"{column.name}_is_a_word_of_{noun}",
        column.name,
        f"({quoted(column.name)} IS NOT NULL AND {typed_cell(column)} IS NULL)",
        f"Use one of: {', '.join(column.words)}.",
    )


def _allowed_values_rule(column: Column, quality: DataQuality) -> Rule:
    allowed = (quality.arguments or {}).get("validValues")
    if quality.metric != "invalidValues" or not allowed:
        raise SettingsError(f"column {column.name}: a quality rule of a column lists its validValues")
    is_broken = f"({quoted(column.name)} NOT IN ({literals(allowed)}))"
    name = quality.name or ""
    return Rule(name, column.name, is_broken, _remedy(quality), _severity(quality.severity, name))


def _in_force_rule(column: Column) -> Rule:
    """A code with dates is used between them, by the day of the column named in the contract."""
    codes = load_vocabulary(column.vocabulary)
    if not issubclass(codes, DatedCode):
        raise SettingsError(f"column {column.name}: the codes of {column.vocabulary} have no dates")
    dated = [code for code in codes if code.valid_from or code.valid_to]
    cases = " ".join(f"WHEN {literal(code.value)} THEN {_is_between(code, column.in_force_on)}" for code in dated)
    return Rule(
        f"{column.name}_is_in_force_on_{column.in_force_on}",
        column.name,
        f"(NOT CASE {quoted(column.name)} {cases} ELSE true END)" if dated else "false",
        f"Use a code that was in use on the day of {column.in_force_on}.",
        _severity(column.in_force_severity, column.name),
    )


def _is_between(code: DatedCode, day: str) -> str:
    bounds = [(">=", code.valid_from), ("<=", code.valid_to)]
    return " AND ".join(f"{quoted(day)} {sign} DATE '{bound:%Y-%m-%d}'" for sign, bound in bounds if bound)


def _row_rule(quality: DataQuality, contract: Contract, *, in_order_of: str) -> Rule:
    kind = quality.metric if quality.type == "library" else quality.engine
    if kind not in {"duplicateValues", "duckdb"} or not quality.name:
        raise SettingsError(f"contract {contract.name}: a quality rule has a name and is duplicateValues or for duckdb")
    is_broken = _is_repeated(quality, in_order_of) if kind == "duplicateValues" else f"(NOT ({quality.implementation}))"
    custom = custom_properties(quality.customProperties)
    named = [name for name in contract.column_names if re.search(rf"\b{name}\b", is_broken)]
    return Rule(
        quality.name,
        str(custom.get("column", ", ".join(named))),
        is_broken,
        _remedy(quality),
        _severity(quality.severity, quality.name),
        tuple(custom.get("tables", ())),
        repeated=tuple((quality.arguments or {})["properties"]) if kind == "duplicateValues" else (),
    )


def _severity(word: str | None, name: str) -> Severity:
    found = _SEVERITIES.get(word or "")
    if found is None:
        raise SettingsError(f"{name}: severity is error or query")
    return found


def _is_repeated(quality: DataQuality, in_order_of: str) -> str:
    columns = ", ".join(quoted(name) for name in (quality.arguments or {})["properties"])
    order = f" ORDER BY {quoted(in_order_of)}" if in_order_of else ""
    return f"(row_number() OVER (PARTITION BY {columns}{order}) > 1)"


def _remedy(quality: DataQuality) -> str:
    return str(custom_properties(quality.customProperties).get("remedy", ""))
