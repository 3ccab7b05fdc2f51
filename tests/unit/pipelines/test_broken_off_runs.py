"""A run that is killed, short of disk or kept from writing leaves what was there before or what should come, whole."""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from command_line import content

CONFIG = """\
title: Front door of a made-up council
purpose: planning
records: {layout: plain_tables, pseudonyms: already_made}
synthetic: {seed: 7, first_month: 2019-04, years: 5, contacts_a_year: 400}
forecast: {measure: contacts, forecasters: [seasonal_naive], calendar: {covid: kept}}
tracking: {mlflow: false}
"""
PROGRAM = [sys.executable, "-c", "from ehforecast.cli import main; main()", "run", "made_up.yaml"]
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
NOT_COMPARED = ("made.json", ".lock")
"""Declared time fields, and the empty file that locks."""


def start(folder: Path, *, more: tuple[str, ...] = (), **options: object) -> subprocess.Popen[str]:
    """Start the command. Its coverage is not measured: that takes long, and may not fit on a full disk."""
    (folder / "made_up.yaml").write_text(CONFIG, "utf-8")
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    return subprocess.Popen(
        [*PROGRAM, *more], cwd=folder, env={**env, **ONE_THREAD}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, **options,  # type: ignore[call-overload] # options of Popen
    )  # fmt: skip


def kept(folder: Path) -> dict[str, bytes]:
    """All that counts of a run: what is kept, what is published."""
    found = content(folder / "private", folder / "reports")
    return {name: data for name, data in found.items() if Path(name).name not in NOT_COMPARED}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], float]:
    """What a run leaves that nobody disturbed, and how long it took."""
    folder = tmp_path_factory.mktemp("whole")
    began = time.monotonic()
    run = start(folder)
    _, said = run.communicate()
    assert run.returncode == 0, said
    assert half_reports(folder) == []
    return kept(folder), time.monotonic() - began


def half_reports(folder: Path) -> list[str]:
    """Published reports whose files are not those their metadata name, to the byte.

    One that is still being written lies beside its place, under a name that begins with a dot, and is no report yet.
    """
    wrong = []
    for metadata in (folder / "reports").glob("*/[!.]*/metadata.json"):
        told = json.loads(metadata.read_text("utf-8"))["files"]
        hashes = {name: entry["sha256"] if isinstance(entry, dict) else entry for name, entry in told.items()}
        found = {path.name: path.read_bytes() for path in metadata.parent.iterdir() if path != metadata}
        if {name: hashlib.sha256(data).hexdigest() for name, data in found.items()} != hashes:
            wrong.append(metadata.parent.name)
    return wrong


def leave_unfinished_files(folder: Path) -> None:
    """As writers that are killed while they write leave them."""
    for place in ("runs/some_run/forecast", "ledger"):
        left = folder / "private" / "made_up" / place / ".forecast.parquet.abc.tmp"
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b"PAR1")


@pytest.mark.acceptance("trust")
@pytest.mark.timeout(6_000)  # 200 runs, where asked for
def test_a_run_killed_at_any_point_is_finished_by_the_next(
    whole: tuple[dict[str, bytes], float],
    tmp_path: Path,
    request: pytest.FixtureRequest,
    record_figure: Callable[..., None],
) -> None:
    points = 200 if request.config.getoption("--acceptance") else 3
    chance, after, finished, resumed = np.random.default_rng(11), "", 0, 0
    for point in range(points):
        folder = tmp_path / str(finished)
        folder.mkdir(exist_ok=True)
        run = start(folder)
        try:
            run.communicate(timeout=chance.uniform(0.2, 1.1) * whole[1])
            assert run.returncode == 0
        except subprocess.TimeoutExpired:
            run.kill()
            run.communicate()
        # Catches a report with some files of one run and some of another, or with half a file.
        assert half_reports(folder) == [], f"point {point}"
        if run.returncode == 0:
            finished += 1
            # Catches a run that took something half done for whole.
            assert kept(folder) == whole[0]
            shutil.rmtree(folder)
    folder = tmp_path / "last"
    folder.mkdir()
    run = start(folder)
    time.sleep(0.7 * whole[1])
    run.kill()
    run.communicate()
    leave_unfinished_files(folder)
    for _ in range(2):
        run = start(folder)
        _, after = run.communicate()
        assert run.returncode == 0, after
        resumed += "finished before with the same data and settings" in after
    # Catches a run that cannot be finished once it was broken off, or ends in something else.
    assert kept(folder) == whole[0]
    # Catches finished steps that are done again, or passed over in silence.
    assert resumed >= 1
    record_figure("runs killed at random points", points - finished, "outputs old or new, never between")


@pytest.mark.timeout(1_200)
def test_two_runs_at_once_do_not_mix(whole: tuple[dict[str, bytes], float], tmp_path: Path) -> None:
    runs = [start(tmp_path) for _ in range(2)]
    said = [run.communicate()[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    # Catches two runs that write the same files, or one that waits for ever.
    assert codes in ([0, 0], [0, 5]), said
    if codes == [0, 5]:
        assert any("is being written by another run" in words for words in said)
    assert kept(tmp_path) == whole[0]


@pytest.mark.timeout(1_200)  # three whole runs, beside whatever else the machine does
def test_a_full_disk_is_told_and_leaves_no_half_report(whole: tuple[dict[str, bytes], float], tmp_path: Path) -> None:
    limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))  # noqa: E731 - as Popen takes it
    run = start(tmp_path, preexec_fn=limit)
    _, said = run.communicate()
    # Catches a traceback where the disk is full, or success.
    assert run.returncode not in {0, 1}, said
    assert "Traceback" not in said
    assert half_reports(tmp_path) == []
    again = start(tmp_path)
    _, said = again.communicate()
    # Catches a folder that is of no use afterwards.
    assert again.returncode == 0, said
    assert kept(tmp_path) == whole[0]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="asks for a file system where nobody may write")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    run = start(tmp_path, more=("--private", "/proc/ehforecast"))
    _, said = run.communicate()
    # Catches a traceback where only a permission is missing: nobody may write there, not even root.
    assert (run.returncode, "/proc/ehforecast" in said, "Traceback" in said) == (5, True, False)
