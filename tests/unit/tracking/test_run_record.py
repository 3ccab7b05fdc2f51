"""What a run was: the same to the byte for the same inputs, another for any other."""

import dataclasses
import json
import re

import pytest

from ehforecast.tracking.run_record import RECORDED_PACKAGES, SOURCE, RunRecord, current_versions

RECORD = RunRecord(
    name="northmere",
    settings={"title": "Café", "forecast": {"horizon_months": 12, "forecasters": ["ets"]}},
    inputs=[{"file_name": "c6.csv", "file_sha256": "ab" * 32, "rows_in": 10}],
    data_until="2022-03",
    versions={"python": "3.11.7", "numpy": "2.3.0"},
)


def test_the_same_run_has_the_same_id() -> None:
    shuffled = RunRecord(
        name="northmere",
        settings={"forecast": {"forecasters": ["ets"], "horizon_months": 12}, "title": "Café"},
        inputs=[{"rows_in": 10, "file_sha256": "ab" * 32, "file_name": "c6.csv"}],
        data_until="2022-03",
        versions={"numpy": "2.3.0", "python": "3.11.7"},
    )
    # Catches an id that depends on the order in which keys were written, or on the process.
    assert shuffled.run_id == RECORD.run_id
    assert shuffled.to_json() == RECORD.to_json()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "ashby"},
        {"settings": {"title": "Café", "forecast": {"horizon_months": 11, "forecasters": ["ets"]}}},
        {"settings": {"title": "Cafe", "forecast": {"horizon_months": 12, "forecasters": ["ets"]}}},
        {"inputs": [{"file_name": "c6.csv", "file_sha256": "ac" * 32, "rows_in": 10}]},
        {"inputs": [{"file_name": "c6.csv", "file_sha256": "ab" * 32, "rows_in": 11}]},
        {"inputs": []},
        {"data_until": "2022-04"},
        {"versions": {"python": "3.11.7", "numpy": "2.3.1"}},
        {"versions": {"python": "3.12.0", "numpy": "2.3.0"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_other_run_has_another_id(change: dict[str, object]) -> None:
    # Catches a part of the record that the id does not cover: two different runs would share a folder.
    assert dataclasses.replace(RECORD, **change).run_id != RECORD.run_id  # type: ignore[arg-type]


def test_the_id_can_name_a_folder_and_tells_configuration_and_month() -> None:
    # Catches an id that a person cannot place, or a file system cannot hold.
    assert re.fullmatch(r"northmere-2022-03-[0-9a-f]{8}", RECORD.run_id)


def test_json_is_canonical() -> None:
    text = RECORD.to_json().decode("utf-8")
    # Catches JSON whose bytes depend on insertion order, indentation or escapes.
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert "Café" in text
    # Catches a field of the record that is not written.
    fields = {field.name for field in dataclasses.fields(RunRecord)}
    assert set(json.loads(text)) == fields | {"seeds", "contracts"}


def test_versions_are_those_that_numbers_depend_on() -> None:
    versions = current_versions()
    # Catches a package that makes numbers and is missing from the record.
    assert set(versions) == {"python", SOURCE, *RECORDED_PACKAGES}
    assert {"ehforecast", "numpy", "pandas", "scipy", "statsmodels"} <= set(versions)
    assert {"lightgbm", "scikit-learn", "shap", "fairlearn", "optuna", "mlflow"} <= set(versions)
    # Catches a version that is not one.
    assert re.fullmatch(r"[0-9a-f]{16}", versions.pop(SOURCE))
    assert all(re.match(r"\d+\.\d+", version) for version in versions.values())


def test_seeds_and_contracts_can_be_read_off() -> None:
    record = dataclasses.replace(
        RECORD,
        settings={"synthetic": {"seed": 7}, "assessment": {"seed": 0, "trials": 4}, "title": "seed"},
        inputs=[
            {"contract": "contacts", "contract_version": "1.1.0"},
            {"contract": "contacts", "contract_version": "1.0.0"},
            {"earlier_runs": ["a"]},
        ],
    )
    told = json.loads(record.to_json())
    # Catches a seed that a reader of the record would have to look for, and a word taken for one.
    assert told["seeds"] == record.seeds == {"assessment.seed": 0, "synthetic.seed": 7}
    # Catches a contract whose older version was read as well and is not told.
    assert told["contracts"] == {"contacts": ["1.0.0", "1.1.0"]}


@pytest.mark.parametrize(
    "place",
    ["/data/anna.lee/extract.csv", "~/extract.csv", "C:\\Data\\anna.lee\\extract.csv", "\\\\anna.lee\\c\\extract.csv"],
)
def test_no_place_of_a_machine_is_recorded(place: str) -> None:
    record = dataclasses.replace(RECORD, settings={"records": {"source": place, "files": [place]}})
    # Catches a user's name, a folder or a server in a record that is kept for years.
    assert b"anna.lee" not in record.to_json()
    assert json.loads(record.to_json())["settings"]["records"] == {"source": "extract.csv", "files": ["extract.csv"]}


def test_no_address_is_recorded() -> None:
    record = dataclasses.replace(RECORD, settings={"records": {"source": "postgresql://anna:secret@db.example/x"}})
    # Catches a password or a server in a record.
    assert json.loads(record.to_json())["settings"]["records"]["source"] == "postgresql://…"


def test_an_address_that_is_printed_counts() -> None:
    one, other = (
        dataclasses.replace(RECORD, settings={"transparency": {"website_url": f"https://northmere.example/{page}"}})
        for page in ("old", "new")
    )
    # Catches a corrected address taken for no change: the report with the old one would stand as finished.
    assert one.run_id != other.run_id


def test_where_a_run_is_logged_changes_nothing() -> None:
    logged = dataclasses.replace(RECORD, settings={**RECORD.settings, "tracking": {"mlflow": False}})
    # Catches a run that gets another id, and is made again, because its log was turned off.
    assert logged.run_id == RECORD.run_id
