"""What of an earlier run stands: what is as its step left it, and nothing else."""

import hashlib
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from recorded_runs import one_run

from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.standing import Step, find_standing, is_done, take_over, write_done
from ehforecast.reports.folder import replace_folder

STEP, KEY = Step("flows", list, keeps=("flows",)), "what it rests on"
CALENDAR = "check_in_calendar.csv"


def write_page(folder: Path, *, run_id: str) -> Path:
    page = b"<p>thirty</p>"
    told = {"title": "T", "purpose": "planning", "data_source": "Invented", "run_id": run_id, "controls": "rounded"}
    metadata = told | {"files": {"index.html": hashlib.sha256(page).hexdigest()}}
    replace_folder(folder, {"index.html": page, "metadata.json": json.dumps(metadata).encode()})
    return folder / "index.html"


@pytest.fixture
def made(tmp_path: Path) -> OneRun:
    """A run with one finished step."""
    run = one_run(tmp_path / "private")
    run.keep("flows", {"seed": 1}, frames={"flows": pd.DataFrame({"shown": [30]})})
    (run.step("flows") / CALENDAR).write_bytes(b"due_on,family\n")
    page = way_out(run).publish("flows", partial(write_page, run_id=run.run_id))
    write_done(STEP, run, pages=[page], key=KEY)
    return run


@pytest.fixture
def later(made: OneRun) -> OneRun:
    """A later run, whose step rests on the same."""
    return replace(made, record=replace(made.record, data_until="2030-01"))


def test_a_step_as_it_was_left_stands(made: OneRun, later: OneRun) -> None:
    (made.step("flows") / CALENDAR).write_bytes(b"due_on,family\n2024-05-01,done\n")
    (made.step("flows") / "results.json").write_bytes(b"{}")
    # Catches a step made again because somebody ticked off their own list, or notes were added to.
    assert is_done(STEP, made)
    assert find_standing(STEP, later, key=KEY) == made.run_id
    take_over(STEP, later, made_by=made.run_id)
    # Catches a step taken over that the next run would not find whole.
    assert is_done(STEP, later)
    # Catches a step that stands though it rests on something else, or stands in itself.
    assert find_standing(STEP, later, key="something else") == ""
    assert find_standing(STEP, replace(made, reports=made.reports / "elsewhere"), key=KEY) == ""


@pytest.mark.parametrize("name", ["facts.json", "flows.parquet"])
def test_a_kept_result_that_is_not_as_it_was_left_does_not_stand(made: OneRun, later: OneRun, name: str) -> None:
    kept = made.step("flows") / name
    whole = kept.read_bytes()
    kept.write_bytes(whole + b"\n")
    # Catches a result that somebody wrote in, read by later steps and taken over into every later run.
    assert (is_done(STEP, made), find_standing(STEP, later, key=KEY)) == (False, "")
    kept.unlink()
    # Catches one that is gone.
    assert (is_done(STEP, made), find_standing(STEP, later, key=KEY)) == (False, "")
    kept.write_bytes(whole)
    assert is_done(STEP, made)


@pytest.mark.parametrize(
    "written", ["", "{", "[]", '{"files": ["flows/index.html"], "kept": {}}', '{"files": {"a": "b"}}']
)
def test_what_was_not_written_down_whole_is_not_done(made: OneRun, later: OneRun, written: str) -> None:
    (made.step("flows") / "done.json").write_text(written, "utf-8")
    # Catches a traceback, or a step taken for finished, where the note of it is damaged.
    assert (is_done(STEP, made), find_standing(STEP, later, key=KEY)) == (False, "")


def test_what_somebody_put_beside_a_report_stays_there(made: OneRun, later: OneRun) -> None:
    (made.report("flows") / "notes.txt").write_bytes(b"mine")
    take_over(STEP, later, made_by=made.run_id)
    # Catches a file that no step made going out in every later report, or stopping every later run.
    assert sorted(path.name for path in later.report("flows").iterdir()) == ["index.html", "metadata.json"]
