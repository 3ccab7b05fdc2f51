import json
import os
from dataclasses import replace
from pathlib import Path

import dfe_tables
import pandas as pd
import pytest

from ehforecast.contracts import CheckedExtract, load_contract
from ehforecast.errors import StoreError
from ehforecast.store import Store
from ehforecast.store import store as store_module
from ehforecast.store.lock import only_writer


@pytest.fixture(scope="module")
def extracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CheckedExtract]:
    files = dfe_tables.write_all(tmp_path_factory.mktemp("files"))
    return {table: dfe_tables.read(path) for table, path in files.items()}


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> CheckedExtract:
    """The publisher's next file: a year more."""
    table = dfe_tables.referrals_by_month((2020, 2021, 2022, 2023))
    name = dfe_tables.FILE_NAMES["referrals_by_month"].replace("2022", "2023")
    return dfe_tables.read(dfe_tables.write_table(table, tmp_path_factory.mktemp("later") / name))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "data" / "store")


def content(store: Store) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in store.folder.iterdir()}


def test_what_is_loaded_comes_back(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    for extract in extracts.values():
        # Catches a new extract reported as old.
        assert store.load(extract)
    # Catches a type, a value, a missing value or an order lost on disk.
    pd.testing.assert_frame_equal(store.table("indicators"), extracts["referrals_and_rereferrals"].frame)
    both = [extracts["referrals_by_month"].frame, extracts["referrals_by_source"].frame]
    by_key = pd.concat(both).sort_values(list(load_contract("demand_counts").key), ignore_index=True)
    pd.testing.assert_frame_equal(store.table("demand_counts"), by_key)


def test_the_manifest_says_where_everything_came_from(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    extract = extracts["referrals_by_month"]
    store.load(extract, received_on="2026-11-23")
    (stored,) = json.loads((store.folder / "manifest.json").read_text())["extracts"]
    # Catches a table whose source, rules or rows could not be traced.
    for name in ("contract", "contract_version", "layout", "layout_version", "table", "file_name", "file_sha256"):
        assert stored[name] == getattr(extract, name)
    assert (stored["rows_in"], stored["rows_used"], stored["set_aside"]) == (30, 30, {})
    # Catches a clock inside: the day is the caller's to say.
    assert stored["received_on"] == "2026-11-23"


def test_loading_twice_changes_nothing(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load_all(list(extracts.values()), received_on="2026-11-23")
    before = content(store)
    # Catches a second copy of the same extract, or a file touched for nothing.
    assert [store.load(extract, received_on="2026-12-24") for extract in extracts.values()] == [False] * 3
    assert store.load_all(list(extracts.values())) == 0
    assert content(store) == before


def test_the_same_extract_twice_in_one_load_is_kept_once(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    extract = extracts["referrals_by_month"]
    # Catches duplicates that arrive together.
    assert store.load_all([extract, extract]) == 1
    assert len(store.manifest().extracts) == 1


def test_a_later_extract_takes_the_place_of_the_earlier(
    store: Store, extracts: dict[str, CheckedExtract], later: CheckedExtract
) -> None:
    store.load_all(list(extracts.values()))
    store.load(later)
    monthly = store.table("demand_counts").query("referral_source == 'all'").reset_index(drop=True)
    # Catches years counted twice, and the new year left out.
    pd.testing.assert_frame_equal(monthly, later.frame)
    # Catches other tables being superseded with it.
    manifest = store.manifest()
    assert [manifest.is_superseded(stored) for stored in manifest.extracts] == [True, False, False, False]
    # Catches an earlier extract that came back by being loaded again after the later one.
    assert not store.load(extracts["referrals_by_month"])
    assert store.table("demand_counts")["period_start"].max() == pd.Timestamp("2023-03-01")


def test_the_same_file_under_new_rules_is_a_new_extract(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    extract = extracts["referrals_by_month"]
    store.load(extract)
    # Catches rows that were checked by old rules only.
    assert store.load(replace(extract, contract_version="9.0.0"))
    assert store.load(replace(extract, layout_version="9.0.0"))
    assert len(store.manifest().extracts) == 3


def test_rows_kept_under_another_version_are_not_given_out(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load(replace(extracts["referrals_by_month"], contract_version="0.9.0"))
    # Catches old rows taken for rows of the contract now in force.
    with pytest.raises(StoreError, match=r"stored under version 0\.9\.0 .* ingest the file again"):
        store.table("demand_counts")


@pytest.mark.parametrize("name", ["demand_counts", "indicators"])
def test_a_table_nothing_came_for_is_empty_and_typed(name: str, store: Store) -> None:
    table = store.table(name)
    # Catches a caller's first query failing on a column that has no type yet, and a store made by looking at it.
    assert (len(table), tuple(table.columns)) == (0, load_contract(name).column_names)
    assert str(table["period_start"].dtype) == "datetime64[us]"
    assert not store.folder.exists()


def test_an_unknown_table_is_refused(store: Store) -> None:
    # Catches a misspelt table read as an empty one.
    with pytest.raises(StoreError, match=r"keeps no table visits: .* contacts, demand_counts"):
        store.table("visits")


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, extracts: dict[str, CheckedExtract]) -> None:
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    for store in stores:
        store.load_all(list(extracts.values()))
    files = [{name: data for name, (data, _) in content(store).items()} for store in stores]
    # Catches a clock, a path or an order of the machine in a stored file: names are hashes of the content.
    assert files[0] == files[1]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o777])
def test_only_the_owner_can_read(umask: int, store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.folder.parent.parent.mkdir(exist_ok=True)
    before = os.umask(umask)
    try:
        store.load(extracts["referrals_by_month"])
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (store.folder.parent, *store.folder.parent.rglob("*"))}
    # Catches records left open to others on a shared machine, or closed to their owner.
    assert {name: mode for name, mode in modes.items() if mode != (0o700 if name in {"data", "store"} else 0o600)} == {}


def test_all_extracts_are_kept_or_none(
    store: Store, extracts: dict[str, CheckedExtract], later: CheckedExtract, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.load(extracts["referrals_by_month"])
    before, table = store.manifest(), store.table("demand_counts")
    written: list[Path] = []

    def fails_at_the_third(source: Path, path: Path) -> None:
        written.append(path)
        if len(written) == 3:  # the first table's rows used and set aside are there, the second's are not
            raise OSError(28, "No space left on device")
        path.write_bytes(source.read_bytes())

    monkeypatch.setattr(store_module, "copy_file_atomically", fails_at_the_third)
    with pytest.raises(StoreError, match="cannot be written: No space left on device"):
        store.load_all([later, extracts["referrals_by_source"]])
    # Catches half a load: a new table listed, or an old one gone.
    assert store.manifest() == before
    pd.testing.assert_frame_equal(store.table("demand_counts"), table)
    monkeypatch.undo()
    # Catches a store that what was left behind has made unusable.
    assert store.load_all([later, extracts["referrals_by_source"]]) == 2


def test_a_second_writer_is_refused(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load(extracts["referrals_by_month"])
    before = content(store)
    with only_writer(store.folder):
        # Catches two runs writing one manifest, of which one would be lost.
        with pytest.raises(StoreError, match="is being written by another run"):
            store.load(extracts["referrals_by_source"])
        # Catches readers being locked out with the writers.
        assert len(store.table("demand_counts")) == 390
    # Catches a refused writer that leaves something behind.
    assert content(store) == before
    # Catches a lock that outlives its holder.
    assert store.load(extracts["referrals_by_source"])


def damage_manifest(store: Store, **changes: object) -> None:
    path = store.folder / "manifest.json"
    content = json.loads(path.read_text())
    content["extracts"][0] |= changes
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    "changes",
    [
        {"rows_used": 29},
        {"rows_in": -1, "rows_used": -1},
        {"parquet": "../../elsewhere.parquet"},
        {"file_sha256": "0"},
        {"contract": None},
        {"note": "added by hand"},
    ],
)
def test_a_damaged_manifest_is_refused(
    changes: dict[str, object], store: Store, extracts: dict[str, CheckedExtract]
) -> None:
    store.load(extracts["referrals_by_month"])
    damage_manifest(store, **changes)
    # Catches rows that do not add up, or a file outside the store, being believed.
    with pytest.raises(StoreError, match=r"manifest\.json is damaged \(1 faults\)|is damaged \(2 faults\)"):
        store.table("demand_counts")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format_version": 2, "extracts": []}', "\0"])
def test_a_manifest_of_another_kind_is_refused(text: str, store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load(extracts["referrals_by_month"])
    (store.folder / "manifest.json").write_text(text)
    before = content(store)
    # Catches a store that starts afresh over one it could not read.
    with pytest.raises(StoreError, match="is damaged"):
        store.load(extracts["referrals_by_source"])
    assert content(store) == before


def test_a_parquet_file_that_was_changed_is_refused(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load(extracts["referrals_by_month"])
    path = store.folder / store.manifest().extracts[0].parquet
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    # Catches a forecast from rows that nobody checked.
    with pytest.raises(StoreError, match="is not what was stored"):
        store.table("demand_counts")


def test_a_parquet_file_that_is_gone_is_missed(store: Store, extracts: dict[str, CheckedExtract]) -> None:
    store.load(extracts["referrals_by_month"])
    (store.folder / store.manifest().extracts[0].parquet).unlink()
    # Catches missing rows passing for no rows.
    with pytest.raises(StoreError, match="cannot be read: No such file"):
        store.table("demand_counts")


def test_a_store_that_is_a_file_is_refused(tmp_path: Path, extracts: dict[str, CheckedExtract]) -> None:
    (tmp_path / "store").write_text("x")
    # Catches an error of the system reaching the user bare.
    with pytest.raises(StoreError, match="cannot be written: File exists"):
        Store(tmp_path / "store").load(extracts["referrals_by_month"])
    with pytest.raises(StoreError, match="cannot be read: Not a directory"):
        Store(tmp_path / "store").manifest()
