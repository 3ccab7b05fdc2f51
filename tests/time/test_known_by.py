"""What was known on a day: change anything recorded later and nothing moves; and it is exactly what was held."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from council_sample import SOUND, Row, Tables, check
from hypothesis import given, settings
from hypothesis import strategies as st

from ehforecast.contracts import COUNCIL_TABLES, Contract, load_contract
from ehforecast.contracts.snapshots import Snapshot, build_known_rows, select_by_key
from ehforecast.contracts.sql import open_engine
from ehforecast.contracts.typed_frames import arrow_from_frame
from ehforecast.store import KnownTables, Store

START = date(2023, 1, 1)
CONTACTS = load_contract("contacts")
DAYS = st.integers(0, 12)

Written = dict[str, object]


def on(day: int | None) -> date | None:
    return None if day is None else START + timedelta(days=day)


@dataclass(frozen=True)
class History:
    """One contact as the office wrote it down: when it was entered, when its outcome was, when it was deleted."""

    entered: int
    locality: str
    outcome: str | None
    settled: int | None
    deleted: int | None = None

    def seen(self, key: str, day: int) -> Written | None:
        """What the office's system held on a day."""
        if day < self.entered or (self.deleted is not None and self.deleted <= day):
            return None
        is_settled = self.outcome is not None and self.settled is not None and self.settled <= day
        return {
            "contact_id": key, "person_id": "P1", "contact_on": START, "source": "2A", "locality": self.locality,
            "outcome": self.outcome if is_settled else None,
            "outcome_recorded_on": on(self.settled) if is_settled else None, "recorded_on": on(self.entered),
        }  # fmt: skip


@st.composite
def histories(draw: st.DrawFn, *, can_be_deleted: bool = False) -> dict[str, History]:
    found = {}
    for number in range(draw(st.integers(0, 5))):
        entered = draw(DAYS)
        settled = draw(st.none() | st.integers(0, 13))  # before its row too: a row entered late brings its outcome
        deleted = draw(st.none() | st.integers(entered + 1, 14)) if can_be_deleted else None
        outcome = None if settled is None else draw(st.sampled_from(["referral", "early_help"]))
        found[f"C{number}"] = History(entered, draw(st.sampled_from("ab")), outcome, settled, deleted)
    return found


def held(office: dict[str, History], day: int) -> dict[str, Written]:
    return {key: seen for key, history in office.items() if (seen := history.seen(key, day)) is not None}


def snapshot(rows: dict[str, Written], day: int, contract: Contract = CONTACTS) -> Snapshot:
    frame = pd.DataFrame(list(rows.values()), columns=list(contract.column_names), dtype=object)
    found = on(day)
    assert found is not None
    return Snapshot(found, arrow_from_frame(frame, contract))


def known(day: int, *snapshots: Snapshot) -> dict[str, Written]:
    asked = on(day)
    assert asked is not None
    with open_engine() as engine:
        build_known_rows(engine, CONTACTS, snapshots=snapshots, on=asked)
        rows = KnownTables(engine, asked).frame(select_by_key(CONTACTS)).to_dict("records")
    return {
        row["contact_id"]: {
            str(name): None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }
        for row in rows
    }


@settings(max_examples=60)
@given(office=histories(), first=DAYS, gap=st.integers(1, 6), ahead=st.integers(0, 6))
def test_it_is_exactly_what_was_held(office: dict[str, History], first: int, gap: int, ahead: int) -> None:
    earlier, later = snapshot(held(office, first), first), snapshot(held(office, first + gap), first + gap)
    day = first + min(ahead, gap - 1)
    # Catches a row or an outcome a day early or a day late, where nothing was changed in silence.
    assert known(day, earlier, later) == held(office, day)
    # Catches the same with one extract alone, which must do where nothing was deleted.
    assert known(day, later) == held(office, day)
    # Catches an extract of the very day that is not taken as it is.
    assert known(first, earlier, later) == held(office, first)


def by_hand(day: int, *, before: dict[str, Written], since: int, after: dict[str, Written]) -> dict[str, Written]:
    """The definition, row by row: what was held, and what was recorded since and by the day."""

    def came(written: object) -> bool:
        return isinstance(written, date) and on(since) < written <= on(day)  # type: ignore[operator]

    found = dict(before)
    for key, row in after.items():
        settled = row["outcome_recorded_on"]
        day_of_part = max(settled, row["recorded_on"]) if settled else None  # type: ignore[type-var]
        part = {name: row[name] if came(day_of_part) else None for name in ("outcome", "outcome_recorded_on")}
        if came(row["recorded_on"]):
            found[key] = row | part
        elif key in before and came(day_of_part):
            found[key] = before[key] | part
    return found


@settings(max_examples=60)
@given(
    offices=st.tuples(histories(can_be_deleted=True), histories(can_be_deleted=True)),
    first=DAYS, gap=st.integers(1, 6), ahead=st.integers(0, 5),
)  # fmt: skip
def test_it_is_the_definition_whatever_the_extracts_say(
    offices: tuple[dict[str, History], dict[str, History]], first: int, gap: int, ahead: int
) -> None:
    day = first + min(ahead, gap - 1)
    before, after = held(offices[0], first), held(offices[1], first + gap)  # two offices: all is corrected in silence
    found = known(day, snapshot(before, first), snapshot(after, first + gap))
    # Catches a correction, a deletion or a row entered with an old date that is known before the extract that shows it.
    assert found == by_hand(day, before=before, since=first, after=after)


def test_corrections_and_deletions_count_from_the_extract_that_shows_them() -> None:
    office = {"C0": History(0, "a", "referral", 2), "C1": History(1, "a", None, None, deleted=6)}
    corrected = {"C0": replace(office["C0"], locality="b", outcome="early_help"), "C1": office["C1"]}
    earlier, later = snapshot(held(office, 3), 3), snapshot(held(corrected, 9), 9)
    between, after = known(8, earlier, later), known(9, later)
    # Catches hindsight: nobody could know on day 8 on which day before 9 the contact was corrected or deleted.
    assert (between["C0"]["locality"], between["C0"]["outcome"], sorted(between)) == ("a", "referral", ["C0", "C1"])
    # Catches an error that is never put right, and a deleted contact that stays.
    assert (after["C0"]["locality"], after["C0"]["outcome"], sorted(after)) == ("b", "early_help", ["C0"])


def test_a_row_entered_again_is_read_anew() -> None:
    first = held({"C0": History(0, "a", "referral", 1)}, 3)
    again = held({"C0": History(5, "b", "early_help", 7)}, 9)
    views = [known(day, snapshot(first, 3), snapshot(again, 9)) for day in (4, 5, 7)]
    # Catches the old outcome shown beside the new row, and the new one before it was recorded.
    assert [(view["C0"]["locality"], view["C0"]["outcome"]) for view in views] == [
        ("a", "referral"), ("b", None), ("b", "early_help"),
    ]  # fmt: skip


AS_OF = date(2023, 3, 1)
"""Between what the sample recorded early and what it recorded late."""


def stamps(table: str) -> dict[str, str]:
    """The day of recording of each column that has one of its own."""
    return {column.name: column.recorded_on for column in load_contract(table).columns if column.recorded_on}


def with_other_future(table: str, rows: list[Row]) -> list[Row]:
    """The rows with everything recorded after the day changed: later rows doubled, later parts taken away."""
    changed = []
    for number, row in enumerate(rows):
        is_later = "recorded_on" in row and str(row["recorded_on"]) > str(AS_OF)
        parts = {name: None for name, day in stamps(table).items() if row[day] and str(row[day]) > str(AS_OF)}
        changed.append(row | parts)
        if is_later:
            key = load_contract(table).key[0]
            changed[-1] = row | {key: f"Z{number}"}
            changed.append(row | {key: f"Y{number}"})
    return changed


def view(folder: Path, tables: Tables, day: date = AS_OF) -> dict[str, pd.DataFrame]:
    store = Store(folder)
    store.load_council(check(tables))
    return dict(store.known_by(day))


def test_what_is_recorded_later_moves_nothing(tmp_path: Path) -> None:
    future = {table: with_other_future(table, rows) for table, rows in SOUND.items()}
    del future["workforce"], future["population"]  # figures without a key of one column: tried below
    # Catches a test that changes nothing.
    assert sum(rows != SOUND[table] for table, rows in future.items()) >= 4
    before = view(tmp_path / "one", SOUND)
    after = view(tmp_path / "two", {**future, "workforce": SOUND["workforce"], "population": SOUND["population"]})
    for table in COUNCIL_TABLES:
        # Catches one bit of a view that knows what came later: a row, an end, a reason, an order or a type.
        assert pa.Table.from_pandas(before[table]).equals(pa.Table.from_pandas(after[table]))
        pd.testing.assert_frame_equal(before[table], after[table])


def test_every_part_is_blank_until_its_day(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    for table, day in product(
        COUNCIL_TABLES, (date(2023, 2, 8), date(2023, 2, 21), date(2023, 6, 19), date(2024, 3, 30))
    ):
        frame = store.known_by(day)[table]
        for part, stamp in stamps(table).items():
            # Catches a part shown before the day it was recorded, or without it.
            assert (frame.loc[frame[part].notna(), stamp] <= pd.Timestamp(day)).all()
        if "recorded_on" in frame:
            expected = [row for row in SOUND[table] if str(row["recorded_on"]) <= str(day)]
            # Catches a row shown early, and one that is missing.
            assert len(frame) == len(expected)


@pytest.mark.parametrize(
    ("day", "months", "groups"),
    [("2023-01-30", 0, 0), ("2023-01-31", 1, 0), ("2023-12-30", 2, 0), ("2023-12-31", 2, 3), ("2024-03-31", 2, 3)],
)
def test_figures_without_a_day_of_recording_wait_for_their_end(
    tmp_path: Path, day: str, months: int, groups: int
) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    known_tables = store.known_by(day)
    # Catches staff of a month not over yet, and population estimates before they came out.
    assert (len(known_tables["workforce"]), len(known_tables["population"])) == (months, groups)
