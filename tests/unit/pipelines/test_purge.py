"""`ehforecast purge`: one person out of the store, and every run made with them says so."""

import json
from pathlib import Path

import pytest
from command_line import Answer, ehforecast

from ehforecast.store import Store

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


def test_a_person_goes_and_runs_made_with_them_are_marked(folder: Path) -> None:
    store = Store(folder / "private/made_up/store")
    person = str(store.known_by("2024-03-31")["contacts"]["person_id"].iloc[0])
    run = next(path for path in (folder / "private/made_up/runs").iterdir() if path.is_dir())
    for step in ("estimates_harm", "cards_harm"):
        (run / step).mkdir()
        (run / step / "reasons.parquet").write_bytes(b"rows about children")
    answer = purge(folder, person)
    assert answer.code == 0, answer.err
    # Catches a person who is still known, or a removal that repeats who it was about.
    assert person not in set(store.known_by("2024-03-31")["people"]["person_id"])
    assert person not in answer.out + answer.err
    assert "1 runs were made with these records" in answer.out
    # Catches rows about single children that stay in a run, and figures that go with them.
    assert not list(run.glob("*_harm"))
    assert (run / "forecast" / "facts.json").is_file()
    listed = ehforecast("runs", "--private", folder / "private").out
    # Catches a run that looks as good as before.
    assert "make the models again" in listed
    assert "because" in json.loads((run / "outdated.json").read_text("utf-8"))
    again = ehforecast("forecast", folder / "made_up.yaml", "--private", folder / "private")
    # Catches a run after the removal under the id of the one before.
    assert again.out.strip() != run.name


def test_nobody_is_removed_twice(folder: Path) -> None:
    # Catches an id that is not in the store answered as if somebody had been removed.
    assert purge(folder, "NOBODY").code == 5
