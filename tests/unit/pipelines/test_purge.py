"""`ehforecast purge`: one person out of the store, and every run made with them says so."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest import mock

import pytest
from command_line import Answer, ehforecast
from recorded_runs import RISK, keep_forecast, keep_risk, one_run

from ehforecast.errors import ModelError
from ehforecast.pipelines import purge as purge_pipeline
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.recorded import record_outdated
from ehforecast.pipelines.sending import STORE, send_waiting, waiting
from ehforecast.pipelines.tracking_settings import TrackingConfig
from ehforecast.risk.bundle import open_bundle
from ehforecast.store import Store
from ehforecast.store.lock import only_writer
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.parcel import read_parcel
from ehforecast.tracking.run_record import RunRecord

CONFIG = """\
title: Front door of a made-up council
purpose: planning
records: {layout: plain_tables, pseudonyms: already_made}
synthetic: {seed: 7, first_month: 2019-04, years: 5, contacts_a_year: 400}
forecast: {measure: contacts, forecasters: [seasonal_naive], calendar: {covid: kept}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "made_up.yaml").write_text(CONFIG, "utf-8")
    for command in ("ingest", "forecast"):
        answer = ehforecast(command, tmp_path / "made_up.yaml", "--private", tmp_path / "private")
        assert answer.code == 0, answer.err
    return tmp_path


def purge(folder: Path, person: str) -> Answer:
    return ehforecast("purge", folder / "made_up.yaml", "--person", person, "--private", folder / "private")


def keep_model(folder: Path, run_id: str) -> None:
    """A question with its model beside the forecast of a run, sent to the experiment record."""
    log = FolderLog(folder / "private/made_up/runs")
    run = one_run(folder / "private", name="made_up")
    told = log.record_of(run_id)
    record = RunRecord(**{name: told[name] for name in ("name", "settings", "inputs", "data_until", "versions")})
    keep_risk(OneRun(record, log, run.reports), files=trees())
    assert record.run_id == run_id
    assert send_waiting(folder / "private", progress=lambda _: None) == 1


def trees() -> dict[str, bytes]:
    """Files of a model, as far as they are read."""
    return {"model.txt": b"tree", "facts.json": b'{"learned": {"encoder": {"names": ["a"]}}}'}


def marked_in_mlflow(folder: Path) -> set[str]:
    """Kinds of runs, and models, that are tagged as outdated."""
    with closing(sqlite3.connect(folder / "private" / STORE / "mlflow.db")) as database:
        runs = database.execute(
            "SELECT kind.value FROM tags kind JOIN tags mark USING (run_uuid)"
            " WHERE kind.key = 'kind' AND mark.key = 'outdated' AND mark.value LIKE 'made with records of a person%'"
        )
        models = database.execute("SELECT 'model' FROM logged_model_tags WHERE tag_key = 'outdated'")
        return {row[0] for row in (*runs, *models)}


def test_a_person_goes_and_runs_made_with_them_are_marked(folder: Path) -> None:
    store = Store(folder / "private/made_up/store")
    person = str(store.known_by("2024-03-31")["contacts"]["person_id"].iloc[0])
    run = next(path for path in (folder / "private/made_up/runs").iterdir() if path.is_dir())
    for step in ("estimates_harm", "cards_harm"):
        (run / step).mkdir()
        (run / step / "reasons.parquet").write_bytes(b"rows about children")
    (run / "flows").mkdir()
    (run / "flows" / "check_in_calendar.csv").write_bytes(b"rows about families")
    (run / "flows" / "flows.parquet").write_bytes(b"counts")
    keep_model(folder, run.name)
    answer = purge(folder, person)
    assert answer.code == 0, answer.err
    # Catches a person who is still known, or a removal that repeats who it was about.
    assert person not in set(store.known_by("2024-03-31")["people"]["person_id"])
    assert person not in answer.out + answer.err
    assert "1 runs were made with these records" in answer.out
    assert "1 models may have learned from them" in answer.out
    # Catches rows about single children or families that stay in a run, and figures that go with them.
    assert not list(run.glob("*_harm"))
    assert [path.name for path in (run / "flows").iterdir()] == ["flows.parquet"]
    assert (run / "forecast" / "facts.json").is_file()
    listed = ehforecast("runs", "--private", folder / "private").out
    # Catches a run that looks as good as before.
    assert "make the models again" in listed
    assert "because" in json.loads((run / "outdated.json").read_text("utf-8"))
    bundle = {path.name: path.read_bytes() for path in (run / RISK / "model").iterdir()}
    # Catches a model that is opened as before, by whoever was given its folder.
    with pytest.raises(ModelError, match="since been removed"):
        open_bundle(bundle)
    # Catches a run or a model in the experiment record that looks as good as before.
    assert marked_in_mlflow(folder) == {"forecast", "risk research", "model"}
    again = ehforecast("forecast", folder / "made_up.yaml", "--private", folder / "private")
    # Catches a run after the removal under the id of the one before.
    assert again.out.strip() != run.name


def test_a_removal_that_was_broken_off_goes_on(folder: Path) -> None:
    store = Store(folder / "private/made_up/store")
    person = str(store.known_by("2024-03-31")["contacts"]["person_id"].iloc[0])
    runs = folder / "private/made_up/runs"
    with mock.patch.object(purge_pipeline, "record_outdated", side_effect=OSError("broken off")):
        assert purge(folder, person).code == 5
    # Catches a person who is gone while runs made with their records are not marked: nobody could name them again.
    assert person in set(store.known_by("2024-03-31")["people"]["person_id"])
    with only_writer(runs):
        answer = purge(folder, person)
    # Catches a removal beside a run that has read the person already, and keeps it after the runs were marked.
    assert (answer.code, "is being written by another run" in answer.err) == (5, True)
    assert purge(folder, person).code == 0
    assert person not in set(store.known_by("2024-03-31")["people"]["person_id"])
    assert len(list(runs.glob("*/outdated.json"))) == 1


def test_nobody_is_removed_twice(folder: Path) -> None:
    # Catches an id that is not in the store answered as if somebody had been removed.
    assert purge(folder, "NOBODY").code == 5


def test_what_still_waits_to_be_sent_goes_without_its_model(tmp_path: Path) -> None:
    run = keep_forecast(one_run(tmp_path / "private"))
    keep_risk(run, files=trees())
    record_outdated(run.log.folder / run.run_id, because="a person was removed", tracking=TrackingConfig())
    parcels = [read_parcel(path) for path in waiting(tmp_path / "private")]
    # Catches a model sent after the person it learned from was removed, and released figures lost on the way.
    assert [parcel.model for parcel in parcels] == [None, None]
    assert all(parcel.run.tags["outdated"] == "a person was removed" and parcel.files for parcel in parcels)
    keep_risk(run, files=trees(), verdict="not met")
    record_outdated(run.log.folder / run.run_id, because="x", tracking=TrackingConfig())
    # Catches the trees sent as text instead.
    assert not [name for path in waiting(tmp_path / "private") for name in read_parcel(path).files if "trees" in name]
