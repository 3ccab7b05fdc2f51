import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from council_sample import AS_OF, CONTACT, PERSON, SOUND, Tables, check

from ehforecast.contracts import COUNCIL_TABLES, QualityResult, load_contract
from ehforecast.contracts.typed_frames import arrow_schema
from ehforecast.errors import SettingsError, StoreError
from ehforecast.store import Store
from ehforecast.store.days import read_day

LATER = date(2024, 4, 30)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture(scope="module")
def sound() -> QualityResult:
    return check(SOUND)


def content(store: Store) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in store.folder.iterdir()}


def test_what_is_loaded_is_known_on_its_day(store: Store, sound: QualityResult) -> None:
    # Catches a table lost on its way.
    assert store.load_council(sound, received_on="2024-04-02") == len(COUNCIL_TABLES)
    for name, frame in store.known_by(AS_OF).items():
        by_key = sound.used[name].sort_values(list(load_contract(name).key), ignore_index=True)
        # Catches a value, a type or a row changed by the store or by the look back.
        pd.testing.assert_frame_equal(frame, by_key)


def test_an_empty_store_knew_nothing(store: Store) -> None:
    view = store.known_by("2024-03-31")
    # Catches a table left out where nothing is known, which code that follows would have to expect.
    assert list(view) == list(COUNCIL_TABLES)
    assert {len(frame) for frame in view.values()} == {0}
    # Catches an empty table without its columns.
    assert {name: list(frame) for name, frame in view.items()} == {
        name: arrow_schema(load_contract(name)).names for name in COUNCIL_TABLES
    }


def test_the_same_extract_twice_changes_nothing(store: Store, sound: QualityResult) -> None:
    store.load_council(sound)
    before = content(store)
    # Catches an extract received twice that counts twice.
    assert store.load_council(check(SOUND)) == 0
    assert content(store) == before


def test_the_same_rows_on_a_later_day_are_an_extract_of_that_day(store: Store, sound: QualityResult) -> None:
    store.load_council(sound)
    # Catches an unchanged table taken for one that was not extracted: its deletions and corrections would be missed.
    assert store.load_council(check(SOUND, as_of=LATER)) == len(COUNCIL_TABLES)
    days = [extract["extracted_on"] for extract in json.loads((store.folder / "manifest.json").read_text())["extracts"]]
    # Catches an extract whose day is lost.
    assert days == ["2024-03-31"] * len(COUNCIL_TABLES) + ["2024-04-30"] * len(COUNCIL_TABLES)
    # Catches both extracts counted in the table of now.
    assert len(store.table("contacts")) == len(SOUND["contacts"])


@pytest.mark.parametrize("as_of", [AS_OF, date(2024, 3, 30)])
def test_an_extract_that_is_not_later_is_refused(store: Store, sound: QualityResult, as_of: date) -> None:
    store.load_council(sound)
    before = content(store)["manifest.json"]
    other: Tables = {"people": SOUND["people"], "contacts": [*SOUND["contacts"], CONTACT | {"contact_id": "Canary"}]}
    with pytest.raises(StoreError, match=r"contacts of 2024-03-31; one of .* is not later") as refused:
        store.load_council(check({"contacts": other["contacts"]}, as_of=as_of))
    # Catches a child's value in a message, and a refused extract of which a part was kept.
    assert "Canary" not in str(refused.value)
    assert content(store)["manifest.json"] == before


def test_rows_set_aside_are_counted_by_rule(store: Store) -> None:
    store.load_council(check({"people": [PERSON, PERSON, PERSON | {"person_id": "P2", "ethnicity": "?"}]}))
    (stored,) = store.manifest().extracts
    # Catches rows that leave no trace.
    assert (stored.rows_in, stored.rows_used, dict(stored.set_aside)) == (
        3, 1, {"each_person_stands_once": 1, "ethnicity_is_a_word_of_ethnicity": 1},
    )  # fmt: skip


def test_only_the_neighbours_of_a_day_are_read(store: Store, sound: QualityResult) -> None:
    store.load_council(sound)
    store.load_council(check({"people": SOUND["people"]}, as_of=LATER))
    store.load_council(check({"people": SOUND["people"][:1]}, as_of=date(2024, 5, 31)))
    views = [
        store.known_by(day)["people"] for day in ("2024-03-30", "2024-03-31", "2024-05-30", "2024-05-31", "2025-01-01")
    ]
    # Catches an extract of another day than the last before or the first after.
    assert [len(view) for view in views] == [3, 3, 3, 1, 1]


@pytest.mark.parametrize("given", ["2024-03-31", date(2024, 3, 31), pd.Timestamp("2024-03-31T09:00")])
def test_a_day_may_be_given_in_many_ways(given: str | date) -> None:
    # Catches a time of day that would hide what was recorded on the day itself.
    assert read_day(given) == date(2024, 3, 31)


def test_a_day_is_written_year_month_day(store: Store) -> None:
    # Catches a day read as a month.
    with pytest.raises(SettingsError, match="year-month-day"):
        store.known_by("31/03/2024")
