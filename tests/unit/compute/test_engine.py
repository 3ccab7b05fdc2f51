"""Pieces of work in this process, in several, and in ones that are killed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pieces_of_work import end_itself, in_process, inner, refuse

from ehforecast.compute.cluster import cluster, versions_here
from ehforecast.compute.engine import engine, map_each
from ehforecast.errors import EngineError, SettingsError


def test_without_an_engine_work_is_done_here_in_order() -> None:
    # Catches work that is spread, or loses its order, though nobody asked for an engine.
    assert list(map_each(in_process, range(5))) == [(n * n, os.getpid()) for n in range(5)]


def test_processes_give_the_same_in_the_same_order() -> None:
    with engine("processes:2"):
        found = list(map_each(in_process, range(20)))
        nested = list(map_each(inner, [2, 2]))
    # Catches results in the order in which they were finished, lost or given twice.
    assert [square for square, _ in found] == [n * n for n in range(20)]
    # Catches an engine that works in this process after all.
    assert os.getpid() not in {pid for _, pid in found}
    # Catches pieces that start processes of their own inside a worker.
    assert all(len(set(pids)) == 1 for pids in nested)
    # Catches an engine that goes on after its block.
    assert {pid for _, pid in map_each(in_process, range(3))} == {os.getpid()}


def test_frames_come_back_to_the_bit() -> None:
    frames = [pd.DataFrame(np.random.default_rng(seed).normal(size=(50, 3)) / 3) for seed in range(6)]
    with engine("processes:2"):
        found = list(map_each(pd.DataFrame.cumsum, frames))
    for frame, spread in zip(frames, found, strict=True):
        # Catches numbers that lose bits on their way.
        pd.testing.assert_frame_equal(frame.cumsum(), spread, check_exact=True)


def test_an_error_in_a_piece_comes_out_as_it_is() -> None:
    # Catches a refusal that turns into a fault of the engine, with another exit code.
    with engine("processes:2"), pytest.raises(SettingsError, match="piece 0 cannot be done"):
        list(map_each(refuse, range(4)))


def test_a_killed_process_is_said_in_words() -> None:
    # Catches a run that waits for ever, or goes on without a piece, when a process is killed for want of memory.
    with engine("processes:2"), pytest.raises(EngineError, match=r"killed.*--engine local"):
        list(map_each(end_itself, range(8)))


KILLED = """
import os, sys
from ehforecast.compute.engine import engine, map_each
with engine("processes:2"):
    print(*map_each(lambda _: os.getpid(), range(4)), flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks for processes where Linux lists them")
def test_workers_end_with_a_program_that_is_killed() -> None:
    program = subprocess.Popen([sys.executable, "-c", KILLED], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with program:
        assert program.stdout is not None
        workers = {Path("/proc") / pid for pid in program.stdout.readline().split()}
        assert workers
        assert all(path.is_dir() for path in workers)
        program.kill()
    until = time.monotonic() + 30
    while any(path.is_dir() for path in workers) and time.monotonic() < until:
        time.sleep(0.2)
    # Catches workers that keep records in memory for minutes after the program they worked for was killed.
    assert [path.name for path in workers if path.is_dir()] == []


@pytest.mark.parametrize("where", ["threads", "processes:0", "processes:x", "processes:2000", "Local", "spark://a:1"])
def test_an_unknown_engine_is_refused(where: str) -> None:
    # Catches a misspelt engine that silently runs somewhere else.
    with pytest.raises(SettingsError, match="no engine"), engine(where):
        pass


def test_a_cluster_needs_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    # Catches an ImportError for those who installed the package without the extra.
    with pytest.raises(SettingsError, match=r"ehforecast\[cluster\]"), cluster("dask://127.0.0.1:9"):
        pass


def test_versions_name_what_results_hang_on() -> None:
    here = versions_here()
    # Catches a check that would pass workers with another numpy, or without the package.
    assert here["numpy"] == np.__version__
    assert "not installed" not in here.values()


def test_processes_end_with_their_engine() -> None:
    script = (
        "import os\n"
        "from ehforecast.compute.engine import engine, map_each\n"
        "with engine('processes:2'):\n"
        "    pids = {one for one in map_each(lambda _: os.getpid(), range(8))}\n"
        "print(*pids)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        pids = [int(one) for one in running.stdout.readline().split()]
        gone = _wait_until_gone(pids)
        running.communicate("\n")
    # Catches worker processes, with copies of records, that stay for minutes after the command is done with them.
    assert pids
    assert gone


def _wait_until_gone(pids: list[int]) -> bool:
    for _ in range(100):
        if not any(_is_alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
