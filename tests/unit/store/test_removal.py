"""Removing one person: every row about them goes, everybody else's stays, and the books still balance."""

from dataclasses import replace
from pathlib import Path

import extracts
import pandas as pd
import pyarrow.parquet as pq
import pytest

from ehforecast.contracts import COUNCIL_TABLES, check_council
from ehforecast.errors import StoreError
from ehforecast.store import Store
from ehforecast.store.removal import remove_person
from ehforecast.synthetic.council import SyntheticCouncil, draw_council


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return draw_council(extracts.PLAN)


@pytest.fixture
def store(council: SyntheticCouncil, tmp_path: Path) -> Store:
    store = Store(tmp_path / "store")
    store.load_council(check_council(council.tables, as_of=extracts.PLAN.extracted_on))
    return store


@pytest.fixture(scope="module")
def person(council: SyntheticCouncil) -> str:
    """Somebody whom most tables know: with an assessment, a plan and early help."""
    tables = council.tables
    factors = set(tables["assessment_factors"]["assessment_id"])
    assessed = set(tables["assessments"].loc[tables["assessments"]["assessment_id"].isin(factors), "person_id"])
    both = assessed & set(tables["early_help_episodes"]["person_id"]) & set(tables["statutory_steps"]["person_id"])
    return str(min(both))


def bytes_of(store: Store) -> bytes:
    """Everything in the store as text: compressed files say nothing about what is in them."""
    frames = [pq.read_table(path).to_pandas() for path in sorted(store.folder.glob("*.parquet"))]
    texts = [frame.astype("str").to_csv() for frame in frames]
    return "".join(texts).encode() + (store.folder / "manifest.json").read_bytes()


def test_nothing_of_the_person_is_left(store: Store, person: str) -> None:
    before = store.known_by(extracts.PLAN.extracted_on)
    assessments = set(before["assessments"].query("person_id == @person")["assessment_id"])
    removed = remove_person(store, person)
    left = bytes_of(store)
    # Catches a row, or a row that hangs on one (factors of an assessment), that is overlooked; old files left behind.
    assert person.encode() not in left
    assert all(str(one).encode() not in left for one in assessments)
    # Catches a table whose removal is not told.
    assert {"people", "contacts", "assessments", "assessment_factors"} <= set(removed.rows)


def test_everybody_else_stays(store: Store, person: str) -> None:
    day = extracts.PLAN.extracted_on
    before = store.known_by(day)
    removed = remove_person(store, person)
    after = store.known_by(day)
    for name in COUNCIL_TABLES:
        # Catches rows of other people that go too, families and siblings for instance.
        assert len(before[name]) - len(after[name]) == removed.rows.get(name, 0)
        if "person_id" in before[name]:
            theirs = before[name][before[name]["person_id"] != person].reset_index(drop=True)
            pd.testing.assert_frame_equal(theirs, after[name])
    # Catches books that no longer balance: the manifest refuses them when it is read.
    assert all(stored.rows_in >= stored.rows_used for stored in store.manifest().extracts)


def test_rows_set_aside_go_too(tmp_path: Path) -> None:
    plan = extracts.PLAN
    faulty = draw_council(replace(plan, faults=("referral_before_birth", "unknown_outcome", "recorded_before_contact")))
    store = Store(tmp_path / "store")
    store.load_council(check_council(faulty.tables, as_of=plan.extracted_on))
    aside = {name: store.set_aside(name) for name in COUNCIL_TABLES if name != "population"}
    name = next(name for name, rows in aside.items() if "person_id" in rows and len(rows))
    person = str(aside[name]["person_id"].iloc[0])
    counts = {stored.contract: sum(stored.set_aside.values()) for stored in store.manifest().extracts}
    remove_person(store, person)
    # Catches a person who is still in what was set aside.
    assert person not in set(store.set_aside(name)["person_id"])
    for stored in store.manifest().extracts:
        kept = 0 if stored.contract == "population" else len(store.set_aside(stored.contract))
        # Catches counts by rule that do not say what is there.
        assert sum(stored.set_aside.values()) == kept
    assert sum(counts.values()) > sum(sum(stored.set_aside.values()) for stored in store.manifest().extracts)


def test_somebody_who_is_not_there_changes_nothing(store: Store) -> None:
    before = bytes_of(store)
    # Catches a removal that says it was done where nobody was found, as for an id that is no pseudonym.
    with pytest.raises(StoreError, match="holds nobody of this id"):
        remove_person(store, "NOBODY")
    assert bytes_of(store) == before


def test_the_same_extract_does_not_bring_the_person_back(store: Store, council: SyntheticCouncil, person: str) -> None:
    remove_person(store, person)
    again = check_council(council.tables, as_of=extracts.PLAN.extracted_on)
    # Catches a person who returns with the file they were removed from.
    assert store.load_council(again) == 0
    assert person.encode() not in bytes_of(store)
