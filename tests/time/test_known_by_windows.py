"""Extracts that are rolling windows: a row that is too old to be in one is not deleted, and nothing is known early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from council_sample import CONTACT, SOUND, check
from hypothesis import given, settings
from hypothesis import strategies as st

from ehforecast.contracts import load_contract
from ehforecast.contracts.snapshots import Snapshot, build_known_rows, build_last_rows, select_by_key
from ehforecast.contracts.sql import open_engine
from ehforecast.contracts.typed_frames import arrow_from_frame
from ehforecast.errors import SettingsError
from ehforecast.store import KnownTables, Store

START = date(2023, 1, 1)
CONTACTS = load_contract("contacts")
NEVER = date(1, 1, 1)
Written = Mapping[str, object]


def on(day: int) -> date:
    return START + timedelta(days=day)


@dataclass(frozen=True)
class Extract:
    """Rows by key as one extract shows them, its day, and the day it is complete from."""

    day: date
    rows: Mapping[str, Written]
    covers_from: date | None = None

    def tells_of(self, row: Written) -> bool:
        return self.covers_from is None or happened(row) >= self.covers_from

    def snapshot(self) -> Snapshot:
        frame = pd.DataFrame(list(self.rows.values()), columns=list(CONTACTS.column_names), dtype=object)
        return Snapshot(self.day, arrow_from_frame(frame, CONTACTS), self.covers_from)


def happened(row: Written) -> date:
    days = (row["contact_on"], row["recorded_on"])
    return min(day for day in days if isinstance(day, date))


def row_of(key: str, contact: int, entered: int, settled: int | None, locality: str) -> dict[str, object]:
    return {
        "contact_id": key, "person_id": "P1", "contact_on": on(contact), "source": "2A", "locality": locality,
        "outcome": None if settled is None else f"referral-{locality}",
        "outcome_recorded_on": None if settled is None else on(settled), "recorded_on": on(entered),
    }  # fmt: skip


def asked(extracts: Sequence[Extract], day: date | None) -> dict[str, Written]:
    with open_engine() as engine:
        snapshots = [extract.snapshot() for extract in extracts]
        if day is None:
            build_last_rows(engine, CONTACTS, snapshots=snapshots)
        else:
            build_known_rows(engine, CONTACTS, snapshots=snapshots, on=day)
        frame = KnownTables(engine, day or date.max).frame(select_by_key(CONTACTS))
    return {
        row["contact_id"]: {
            str(name): None if pd.isna(value) else value.date() if isinstance(value, pd.Timestamp) else value
            for name, value in row.items()
        }
        for row in frame.to_dict("records")
    }


def nearest(extracts: Sequence[Extract], key: str) -> tuple[Written, date] | None:
    """The row as the nearest extract that tells of it has it, and that extract's day."""
    silent: list[Extract] = []
    for extract in extracts:
        row = extract.rows.get(key)
        if row is not None:
            return None if any(nearer.tells_of(row) for nearer in silent) else (row, extract.day)
        silent.append(extract)
    return None


def by_hand(extracts: Sequence[Extract], day: date) -> dict[str, Written]:
    """The definition in `contracts.known_rows`, key by key."""
    before = sorted((one for one in extracts if one.day <= day), key=lambda one: one.day, reverse=True)
    after = sorted((one for one in extracts if one.day > day), key=lambda one: one.day)
    found = {}
    for key in {key for extract in extracts for key in extract.rows}:
        held, come = nearest(before, key), nearest(after, key)
        known = known_row(held, come[0] if come else None, before=before, day=day)
        if known is not None:
            found[key] = known
    return found


def known_row(
    held: tuple[Written, date] | None, come: Written | None, *, before: Sequence[Extract], day: date
) -> Written | None:
    row, shown_on = held or (None, NEVER)
    if come is None:
        return row
    since = max([shown_on, *(extract.day for extract in before if extract.tells_of(come))])

    def is_new(recorded: object) -> bool:
        return isinstance(recorded, date) and since < recorded <= day

    settled, entered = come["outcome_recorded_on"], come["recorded_on"]
    part_on = max(settled, entered) if isinstance(settled, date) and isinstance(entered, date) else None
    part = {name: come[name] if is_new(part_on) else None for name in ("outcome", "outcome_recorded_on")}
    if is_new(entered):
        return {**come, **part}
    return {**row, **part} if row is not None and is_new(part_on) else row


@st.composite
def rows(draw: st.DrawFn, until: int) -> dict[str, Written]:
    found = {}
    for key in draw(st.sets(st.sampled_from(["C0", "C1", "C2", "C3"]))):
        contact = draw(st.integers(0, until))
        settled = draw(st.none() | st.integers(0, until))
        found[key] = row_of(key, contact, draw(st.integers(0, until)), settled, draw(st.sampled_from("ab")))
    return found


@st.composite
def extracts_that_agree_on_nothing(draw: st.DrawFn) -> list[Extract]:
    days = sorted(draw(st.sets(st.integers(1, 16), min_size=1, max_size=4)))
    return [
        Extract(on(day), draw(rows(day)), draw(st.none() | st.integers(0, day).map(on)))
        for day in days
    ]  # fmt: skip


@settings(max_examples=60)
@given(extracts=extracts_that_agree_on_nothing(), day=st.integers(0, 18))
def test_it_is_the_definition_whatever_the_extracts_say(extracts: list[Extract], day: int) -> None:
    # Catches a row deleted, brought back, or known a day early or late, through any number of windows.
    assert asked(extracts, on(day)) == by_hand(extracts, on(day))


@settings(max_examples=40)
@given(extracts=extracts_that_agree_on_nothing())
def test_the_last_rows_are_those_known_on_the_last_day(extracts: list[Extract]) -> None:
    # Catches a table of now that loses what a window leaves out, or that keeps what one deleted.
    assert asked(extracts, None) == by_hand(extracts, extracts[-1].day)


@settings(max_examples=30)
@given(
    office=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 2), st.none() | st.integers(0, 3)), max_size=6),
    first=st.integers(3, 8), gaps=st.lists(st.integers(1, 6), min_size=1, max_size=4), ahead=st.integers(0, 30),
)  # fmt: skip
def test_windows_that_overlap_lose_nothing(
    office: list[tuple[int, int, int | None]], first: int, gaps: list[int], ahead: int
) -> None:
    """An office that changes nothing in silence, extracted whole once, then by windows that reach back far enough."""
    lag = 3  # everything is recorded within three days, so a window that begins three days before the last sees it all

    def held(day: int) -> dict[str, Written]:
        return {
            f"C{number}": row_of(f"C{number}", contact, contact + late,
                                 contact + settled if settled is not None and contact + settled <= day else None, "a")
            for number, (contact, late, settled) in enumerate(office)
            if contact + late <= day
        }  # fmt: skip

    days = [first]
    for gap in gaps:
        days.append(days[-1] + gap)
    extracts = [Extract(on(first), held(first))]
    for before, day in pairwise(days):
        seen = {key: row for key, row in held(day).items() if happened(row) >= on(before - lag)}
        extracts.append(Extract(on(day), seen, on(before - lag)))
    day = min(ahead, days[-1])
    expected = {
        key: row | dict.fromkeys(("outcome", "outcome_recorded_on"))
        if isinstance(row["outcome_recorded_on"], date)
        and max(row["outcome_recorded_on"], row["recorded_on"]) > on(day)  # type: ignore[type-var]
        else row
        for key, row in held(day).items()
    }
    # Catches history that ends where the last window begins.
    assert asked(extracts, on(day)) == expected


def test_the_store_keeps_what_a_window_leaves_out(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_council(check(SOUND))
    recent = CONTACT | {"contact_id": "C9", "contact_on": "2024-04-02", "recorded_on": "2024-04-02",
                        "outcome_recorded_on": "2024-04-03"}  # fmt: skip
    windowed = check({"people": SOUND["people"], "contacts": [recent]}, as_of=date(2024, 4, 30))
    assert store.load_council(windowed, covers_from="2023-11-01") == 2
    for view in (store.known_by("2024-04-30")["contacts"], store.table("contacts")):
        # Catches six months of records taking the place of all that came before them.
        assert view["contact_id"].tolist() == ["C1", "C2", "C9"]
    # Catches a row known before it was recorded, when a window comes later.
    assert store.known_by("2024-04-01")["contacts"]["contact_id"].tolist() == ["C1", "C2"]
    # Catches a window that is not written down.
    assert {stored.covers_from for stored in store.manifest().extracts} == {None, "2023-11-01"}
    complete = check({"contacts": [recent]}, as_of=date(2024, 5, 31))
    store.load_council(complete)
    # Catches a complete extract that no longer shows deletions.
    assert store.known_by("2024-05-31")["contacts"]["contact_id"].tolist() == ["C9"]


def test_a_window_begins_before_its_extract(tmp_path: Path) -> None:
    # Catches days given in the wrong order, after which nothing would ever count as deleted.
    with pytest.raises(SettingsError, match="complete only from a day after"):
        Store(tmp_path / "store").load_council(check({"contacts": SOUND["contacts"]}), covers_from="2024-04-01")
