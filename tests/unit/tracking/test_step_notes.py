"""What a step came to: kept, read again, the same to the byte but for the declared times."""

import json
import os
import socket
from pathlib import Path

import pytest

from ehforecast.errors import StoreError
from ehforecast.tracking.experiment_run import ExperimentRun, Figure
from ehforecast.tracking.made import MADE, Stopwatch
from ehforecast.tracking.step_notes import StepNotes, headline_of, keep_notes, read_notes, released_files

EXPERIMENT = ExperimentRun(
    "council forecast",
    "run-1",
    "run-1",
    figures=(
        Figure("wape", 0.2),
        Figure("choice wape", 0.3),
        Figure("wape by area/X1", 0.4),
        Figure("by origin/wape", 0.5, 2),
        Figure("late", 0.1, 1),
        Figure("nothing", float("nan")),
    ),
    tags={"method": "ets"},
)
NOTES = StepNotes("forecast", {"wape": 0.2}, {"index.html": "ab"}, experiment=EXPERIMENT)


def test_the_headline_tells_of_the_whole_alone() -> None:
    # Catches a figure of a group, a fold or the dates of choice told as the run's, or one that is no number.
    assert headline_of({"measure": "referrals"}, EXPERIMENT) == {"method": "ets", "wape": 0.2}
    # Catches a step without an experiment that says nothing, or a whole bar text in one line.
    assert headline_of({"a": 1, "b": "short", "c": "x" * 200, "d": [1], "e": None}) == {"a": 1, "b": "short"}


def test_notes_are_read_as_they_were_kept(tmp_path: Path) -> None:
    made = Stopwatch().stop()
    keep_notes(tmp_path / "forecast", NOTES, made=made)
    found = read_notes(tmp_path / "forecast")
    # Catches anything lost on the way.
    assert (found.step, found.headline, found.released) == ("forecast", NOTES.headline, NOTES.released)
    assert found.experiment is not None
    assert found.experiment.to_json() == EXPERIMENT.to_json()
    assert found.made["started_at"] == made.started_at
    # Catches times that are lost when the report is published later.
    keep_notes(tmp_path / "forecast", NOTES)
    assert read_notes(tmp_path / "forecast").made["started_at"] == made.started_at


def test_a_step_without_notes_is_no_error(tmp_path: Path) -> None:
    # Catches an older run that makes the whole list fail.
    assert read_notes(tmp_path / "old") == StepNotes("old")


@pytest.mark.parametrize("name", ["results.json", "made.json", "experiment.json"])
def test_damaged_notes_are_named(tmp_path: Path, name: str) -> None:
    keep_notes(tmp_path / "forecast", NOTES, made=Stopwatch().stop())
    (tmp_path / "forecast" / name).write_bytes(b"{")
    # Catches a traceback out of a damaged file.
    with pytest.raises(StoreError, match="damaged"):
        read_notes(tmp_path / "forecast")


def test_only_the_declared_file_holds_times_and_machine(tmp_path: Path) -> None:
    for place in ("a", "b"):
        keep_notes(tmp_path / place, NOTES, made=Stopwatch().stop())
    same = {path.name for path in (tmp_path / "a").iterdir() if path.name != MADE}
    # Catches a time in a file that is promised to be the same to the byte.
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in same)
    told = (tmp_path / "a" / MADE).read_text()
    # Catches the name of the machine, its user or a folder among what is declared.
    assert socket.gethostname() not in json.loads(told)["machine"].values()
    assert str(tmp_path) not in told
    assert str(Path.home()) not in told
    assert {"code", "declared", "machine", "seconds", "started_at"} == set(json.loads(told))


def test_notes_are_for_their_owner_only(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        keep_notes(tmp_path / "private" / "forecast", NOTES, made=Stopwatch().stop())
    finally:
        os.umask(mask)
    # Catches notes that others may read under an open umask.
    assert all(path.stat().st_mode & 0o077 == 0 for path in [*(tmp_path / "private").rglob("*"), tmp_path / "private"])


def test_released_files_are_hashed_below_their_folder(tmp_path: Path) -> None:
    (tmp_path / "report" / "more").mkdir(parents=True)
    (tmp_path / "report" / "more" / "a.csv").write_bytes(b"abc")
    # Catches a file in a folder below that is released without being written down.
    assert released_files(tmp_path / "report") == {
        "more/a.csv": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    }
    # Catches a report not published yet taken for an error.
    assert released_files(tmp_path / "absent") == {}
