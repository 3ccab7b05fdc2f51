"""Opening a store from Python: one name, quick to import, and nothing of a record in what it prints."""

import json
import subprocess
import sys
from pathlib import Path

import extracts
import pandas as pd
import pytest
from council_way_in import WayIn

import ehforecast
from ehforecast.errors import StoreError
from ehforecast.synthetic.ssd_files import write_ssd


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> WayIn:
    folder = tmp_path_factory.mktemp("council")
    write_ssd(extracts.draw(), folder / "extract")
    way = WayIn(folder)
    way.ingest("source: extract", f"extracted_on: {extracts.PLAN.extracted_on}")
    return way


@pytest.mark.parametrize("inside", ["store", "."])
def test_a_store_is_opened_by_its_folder_or_the_one_above(way: WayIn, inside: str) -> None:
    folder = way.folder / "private" / "northmere" / inside
    known = ehforecast.open_store(str(folder)).known_by("2022-06-30")
    contacts = known["contacts"]
    # Catches another view than that of a day: nothing recorded later may be seen.
    assert len(contacts) > 100
    assert contacts["recorded_on"].max() == pd.Timestamp("2022-06-30")
    # Catches text where a data scientist expects days.
    assert contacts["contact_on"].dtype == "datetime64[us]"
    assert ehforecast.open_store(folder).known_by("2021-03-31")["contacts"].empty


def test_a_folder_without_a_store_is_refused(tmp_path: Path) -> None:
    # Catches an empty store given for a mistyped path: every table would be empty, and every figure nought.
    with pytest.raises(StoreError, match=r"there is no store in .*nowhere; `ehforecast ingest` makes one"):
        ehforecast.open_store(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_store_prints_no_record(way: WayIn) -> None:
    store = ehforecast.open_store(way.folder / "private" / "northmere")
    people = store.table("people")["person_id"]
    shown = f"{store!r} {store} {store.known_by('2023-03-31')!r}"
    # Catches rows of children printed in a notebook by looking at the store or at what was known.
    assert not any(person in shown for person in people.head(50))
    # Catches a print that says nothing at all.
    assert "people" in shown
    assert f"{len(people):,}" in shown


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = "import json, sys, ehforecast; dir(ehforecast); print(json.dumps(sorted(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    )
    # Catches a slow import for everybody because of one function.
    assert not {"pandas", "duckdb", "pyarrow", "pydantic"} & set(loaded)
