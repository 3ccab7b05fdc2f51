"""A council's tables as known on a day, asked in SQL: lazily, in few types, and closed to everything else."""

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from council_sample import AS_OF, CONTACT, SOUND, check

from ehforecast.contracts import COUNCIL_TABLES, QualityResult
from ehforecast.errors import SettingsError, StoreError
from ehforecast.store import KnownTables, Store

DAY = date(2023, 3, 1)


@pytest.fixture(scope="module")
def sound() -> QualityResult:
    return check(SOUND)


@pytest.fixture
def store(tmp_path: Path, sound: QualityResult) -> Store:
    store = Store(tmp_path / "store")
    store.load_council(sound)
    return store


def test_the_engine_knows_what_the_frames_know(store: Store) -> None:
    frames = store.known_by(DAY)
    with store.known_by_engine(DAY) as known, KnownTables.from_frames(frames, on="2023-03-01") as copy:
        for name in COUNCIL_TABLES:
            counted = [view.frame(f"FROM {name} ORDER BY ALL") for view in (known, copy)]
            # Catches two views of one day that differ, and frames taken in with other types.
            pd.testing.assert_frame_equal(*counted)
            assert len(counted[0]) == len(frames[name])
        # Catches a day that a query cannot ask for, or another than that of the view.
        assert known.on == copy.on == DAY
        assert known.frame("SELECT getvariable('known_on') AS day")["day"].tolist() == [pd.Timestamp(DAY)]


def test_a_table_not_given_is_empty() -> None:
    with KnownTables.from_frames({}, on=DAY) as known:
        # Catches a query that fails where nothing is known yet.
        assert known.frame("SELECT contact_on FROM contacts").dtypes["contact_on"] == "datetime64[us]"


def test_answers_have_few_types(store: Store) -> None:
    query = """
        SELECT count(*) AS n, sum(headcount) AS people, CAST(1.5 AS DECIMAL(5, 2)) AS exact, avg(headcount) AS mean,
               max(month) AS month, now() AS moment, max(team) AS team, bool_or(headcount > 3) AS has,
               CAST(1 AS UTINYINT) AS small
        FROM workforce
    """
    with store.known_by_engine(AS_OF) as known:
        types = {name: str(kind) for name, kind in known.frame(query).dtypes.items()}
    # Catches Decimals, days of another unit, or counts that turn into floats where a value is missing.
    assert types == {
        "n": "Int64", "people": "Int64", "exact": "float64", "mean": "float64", "month": "datetime64[us]",
        "moment": "datetime64[us]", "team": "str", "has": "boolean", "small": "Int64",
    }  # fmt: skip


def test_a_relation_of_ones_own_can_be_added_and_an_answer_kept(store: Store) -> None:
    with store.known_by_engine(DAY) as known:
        known.add("cohort", pd.DataFrame({"person_id": ["P1", "P9"]}))
        known.add("weights", pa.table({"person_id": ["P1"], "weight": [2.0]}))
        known.keep("contacts_of_cohort", "SELECT c.* FROM contacts c JOIN cohort USING (person_id)")
        known.keep("contacts_of_cohort", "SELECT * FROM contacts_of_cohort WHERE contact_on IS NOT NULL")
        found = known.frame("SELECT contact_id, weight FROM contacts_of_cohort JOIN weights USING (person_id)")
        # Catches a cohort that cannot be joined, and an answer kept as another.
        assert found.to_dict("records") == [{"contact_id": "C1", "weight": 2.0}]
        # Catches answers too large for memory that could only be had whole.
        assert sum(batch.num_rows for batch in known.batches("SELECT * FROM range(300000)")) == 300_000
        for name in ("contacts", "Cohort", "x; DROP TABLE cohort"):
            # Catches a table of the council replaced by a caller's own, and a name that is a command.
            with pytest.raises(SettingsError, match="a relation of your own"):
                known.add(name, pd.DataFrame({"a": np.arange(2)}))
            with pytest.raises(SettingsError, match="a relation of your own"):
                known.keep(name, "SELECT 1")


def test_asking_changes_nothing(store: Store, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    (kept,) = store.folder.glob("people-*.parquet")
    before = {path.name: path.read_bytes() for path in store.folder.glob("*.*")}
    statements = (
        f"COPY (SELECT 1) TO '{kept}'", "DROP VIEW people", "SELECT 1; SELECT 2",
        "SET VARIABLE known_on = DATE '2030-01-01'", "",
    )  # fmt: skip
    with store.known_by_engine(DAY) as known:
        for statement in statements:
            # Catches a query that writes over a file of the store, or moves the day.
            with pytest.raises(SettingsError, match="one SELECT at a time"):
                known.frame(statement)
            with pytest.raises(SettingsError, match="one SELECT at a time"):
                known.batches(statement)
        # Catches a query that reads what is not the store's.
        with pytest.raises(duckdb.Error):
            known.frame(f"FROM '{other}'")
        # Catches a second command behind a name.
        with pytest.raises((SettingsError, duckdb.Error)):
            known.keep("mine", f"SELECT 1; COPY (SELECT 1) TO '{kept}'")
    # Catches a reader that leaves something behind.
    assert {path.name: path.read_bytes() for path in store.folder.glob("*.*")} == before
    assert not list(store.folder.glob(".workspace-*"))


def test_rows_changed_after_they_were_stored_are_not_read(store: Store) -> None:
    (kept,) = store.folder.glob("people-*.parquet")
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreError, match="is not what was stored"), store.known_by_engine(DAY):
        pass


def test_a_store_that_may_only_be_read_can_be_asked(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.access", lambda *_: False)
    # Catches a reader who needs the right to write.
    assert len(store.known_by(AS_OF)["people"]) == len(SOUND["people"])


def test_rows_set_aside_are_kept_with_the_rules_they_broke(tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    bad = CONTACT | {"contact_id": "C9", "source": "?", "recorded_on": "31/12/2022"}
    store.load_council(check(SOUND | {"contacts": [*SOUND["contacts"], bad, CONTACT]}))
    aside = store.set_aside("contacts")
    # Catches rows that cannot be found again, a rule left out, and text that was changed on its way.
    assert aside["rules"].tolist() == [
        "source_is_a_word_of_referral_source_code; recorded_on_is_a_date",
        "each_contact_stands_once",
    ]
    assert aside.drop(columns="rules").iloc[0].dropna().to_dict() == {name: text for name, text in bad.items() if text}
    assert len(store.set_aside("people")) == 0
    with pytest.raises(StoreError, match="has received no table visits"):
        store.set_aside("visits")
    (kept,) = store.folder.glob("contacts_set_aside-*.parquet")
    # Catches quarantined rows readable by others.
    assert kept.stat().st_mode & 0o777 == 0o600
    kept.write_bytes(b"?")
    # Catches rows that somebody changed passing for those that were set aside.
    with pytest.raises(StoreError, match="is not what was stored"):
        store.set_aside("contacts")
