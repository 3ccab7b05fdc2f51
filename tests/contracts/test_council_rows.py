"""Whatever a council's tables hold, each row is used or set aside with the rules it broke."""

from collections.abc import Mapping
from datetime import date

import pandas as pd
import pytest
from council_sample import SOUND, Tables, check
from hypothesis import given, settings
from hypothesis import strategies as st

from ehforecast.contracts import COUNCIL_TABLES, QualityResult, council_rows
from ehforecast.contracts.council_rows import MOST_RULES
from ehforecast.errors import SettingsError

CELL = st.one_of(
    st.none(), st.sampled_from(["", "P1", "P2", "C1", "R1", "A1", "21", "5D", "RC9", "2023-02-30", "-1"]),
    st.dates(date(2010, 1, 1), date(2026, 1, 1)).map(str), st.text(max_size=3),
)  # fmt: skip
CHANGE = st.tuples(st.sampled_from(COUNCIL_TABLES), st.integers(0, 9), st.integers(0, 99), CELL)


@settings(max_examples=40)
@given(changes=st.lists(CHANGE, max_size=12), repeats=st.lists(st.sampled_from(COUNCIL_TABLES), max_size=4))
def test_rows_are_used_or_set_aside(changes: list[tuple[str, int, int, str | None]], repeats: list[str]) -> None:
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in SOUND.items()}
    for table in repeats:
        tables[table].append(dict(tables[table][0]))
    for table, line, column, cell in changes:
        row = tables[table][line % len(tables[table])]
        row[list(row)[column % len(row)]] = cell
    result = check(tables)
    lengths = {name: len(rows) for name, rows in tables.items()}
    # Catches a row lost, invented or counted twice, whatever the cells hold.
    assert {count.table: count.rows_in for count in result.tables} == lengths
    assert {count.table: count.rows_used + sum(count.set_aside.values()) for count in result.tables} == lengths
    assert {name: len(result.used[name]) + len(result.set_aside[name]) for name in result.used} == lengths
    assert _broken_by_name(result, "error") == _set_aside_by_name(result.set_aside)
    # Catches an answer that is none of the three.
    assert all(count.judged + count.not_judged == count.rows and count.broken <= count.judged for count in result.rules)


def _broken_by_name(result: QualityResult, severity: str) -> dict[tuple[str, str], int]:
    return {(c.table, c.rule): c.broken for c in result.rules if c.severity == severity and c.broken}


def _set_aside_by_name(frames: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str], int]:
    named = [(table, rule) for table, frame in frames.items() for rules in frame["rules"] for rule in rules.split("; ")]
    return {pair: named.count(pair) for pair in named}


def test_more_rules_than_bits_are_refused() -> None:
    # Catches a rule whose answer is lost because its bit is that of another.
    with pytest.raises(SettingsError, match=f"at most {MOST_RULES} rules"):
        council_rows._bits(["true"] * (MOST_RULES + 1))
    # Catches a table without rules whose every row is broken.
    assert council_rows._bits([]) == "0"


def test_rows_are_listed_by_table() -> None:
    used = check(SOUND).used
    # Catches a mapping that cannot be walked through.
    assert list(used) == list(COUNCIL_TABLES)
    assert len(used) == len(COUNCIL_TABLES)
