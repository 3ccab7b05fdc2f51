"""The same commands on a Dask cluster of several processes, one of them killed: nothing is lost or doubled."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import content, ehforecast
from dask_cluster import HERE, Workers, local_cluster

from ehforecast.compute.cluster import _check_workers, _result, versions_here
from ehforecast.errors import EngineError, SettingsError

pytest.importorskip("distributed", reason="Dask is not installed: pip install 'ehforecast[cluster]'")

CONFIG = """\
title: Records of a synthetic council
purpose: research
records: {layout: plain_tables, pseudonyms: already_made}
synthetic: {seed: 3, first_month: 2018-04, years: 6, contacts_a_year: 1500}
forecast:
  measure: contacts
  keys: [source_group]
  forecasters: [seasonal_naive, pooled_smoothing, theta]
  calendar: {covid: kept}
tracking: {mlflow: false}
"""
PIECES = """\
import sys
import threading
from pathlib import Path
from pieces_of_work import end_once
from ehforecast.compute.engine import engine, map_each
with engine(sys.argv[1]):
    print(list(map_each(end_once, [(Path(sys.argv[2]), number) for number in range(30)])))
print([thread.name for thread in threading.enumerate()])
"""
NOBODY = """\
import threading
from ehforecast.compute import cluster
from ehforecast.compute.engine import engine
cluster.SECONDS_TO_ANSWER = 1
from ehforecast.errors import EngineError, SettingsError
try:
    with engine("dask://127.0.0.1:9"):
        print("somebody")
except SettingsError as error:
    print(error)
print(threading.active_count())
"""
ENVIRONMENT = os.environ | {
    "PYTHONPATH": str(HERE),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__TCP": "600s",  # a machine at full load is not a cluster lost
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Workers]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))
        with local_cluster() as found:
            yield found


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration whose records are in the store, with a forecast made here."""
    path = tmp_path_factory.mktemp("council") / "small.yaml"
    path.write_text(CONFIG, "utf-8")
    for command in ("ingest", "forecast"):
        assert ehforecast(command, path, "--private", path.parent / "private").code == 0
    return path


def kept(runs: Path) -> dict[str, bytes]:
    """All that is kept of runs but the times they took."""
    return {name: data for name, data in content(runs).items() if Path(name).name != "made.json"}


def program(script: str, *arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )


def is_alive(pid: int) -> bool:
    """Another test may have killed it: a cluster lives as long as its module, and tests come in any order."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.acceptance("scale")
def test_a_forecast_on_a_cluster_that_loses_a_worker_is_the_same_to_the_byte(config: Path, cluster: Workers) -> None:
    private = config.parent / "private"
    runs, main = private / "small" / "runs", "from ehforecast.cli import main; main()"
    here = kept(runs)
    with program(main, "forecast", config, "--private", private, "--engine", cluster.where) as running:
        assert running.stderr is not None
        said = []
        for line in running.stderr:
            said.append(line)
            if " 1 of" in line:
                os.kill(next(pid for pid in cluster.pids if is_alive(pid)), signal.SIGKILL)
    # Catches a run that ends when a worker does.
    assert running.returncode == 0, "".join(said)
    # Catches a past forecast lost or counted twice, and any number that hangs on where it was worked out.
    assert kept(runs) == here


@pytest.mark.acceptance("scale")
def test_a_piece_that_was_lost_is_done_again_and_given_once(cluster: Workers, tmp_path: Path) -> None:
    with program(PIECES, cluster.where, tmp_path) as running:
        given, said = running.communicate(timeout=120)
    # Catches pieces lost, doubled or out of order after a worker was killed in the middle of one.
    assert (given.splitlines()[0], running.returncode) == (str(list(range(30))), 0), said
    # Catches a thread of Dask's that is left running, and makes the interpreter abort at its end.
    assert given.splitlines()[1] == "['MainThread']"
    # Catches Dask's own words on the screen.
    assert said == ""
    # Catches a test in which nothing was lost: piece 3 was begun twice.
    assert (tmp_path / "3").read_text("ascii") == "xx"
    tries = Counter(len(path.read_text("ascii")) for path in tmp_path.iterdir())
    # Catches a cluster that begins everything anew for one lost piece.
    assert tries[1] >= 20


def test_nobody_at_the_address_is_said_in_words() -> None:
    with program(NOBODY) as running:
        given, said = running.communicate(timeout=120)
    # Catches a traceback of sockets where the address is wrong.
    assert given.startswith("no Dask scheduler answers at dask://127.0.0.1:9"), said
    # Catches a thread that is left behind, and makes the interpreter abort at its end.
    assert given.splitlines()[-1] == "1", given


class PlayedFuture:
    """A piece of work whose result is asked for: each time the next of what it is told, an error or a result."""

    def __init__(self, *told: object, status: str = "pending") -> None:
        self.told, self.status = list(told), status

    def result(self, timeout: float) -> object:
        assert timeout > 0
        following = self.told.pop(0)
        if isinstance(following, Exception):
            raise following
        return following


def test_a_piece_that_the_cluster_gives_up_is_said_in_words() -> None:
    distributed = pytest.importorskip("distributed")
    for error in (distributed.KilledWorker("piece", None, 3), distributed.comm.CommClosedError("gone")):
        # Catches a traceback of the cluster's own in place of what to do.
        with pytest.raises(EngineError, match="cluster lost"):
            _result(PlayedFuture(error), client=PlayedClient())
    # Catches a refusal of ours reported as the cluster's fault.
    with pytest.raises(SettingsError, match="ours"):
        _result(PlayedFuture(SettingsError("ours")), client=PlayedClient())


def test_workers_that_do_not_come_back_are_not_waited_for_for_ever() -> None:
    pytest.importorskip("distributed")
    slow = TimeoutError()
    # Catches a run that never ends because every worker is gone.
    with pytest.raises(EngineError, match="no worker any more"):
        _result(PlayedFuture(slow, slow), client=PlayedClient(threads=(0, 0)))
    # Catches a piece given up that only takes long, or while a worker that was lost is being started anew.
    patient = PlayedFuture(slow, slow, slow, slow, "done")
    assert _result(patient, client=PlayedClient(threads=(1, 0, 2, 1))) == "done"
    # Catches a piece's own error taken for one that is slow, and waited for for ever.
    with pytest.raises(TimeoutError):
        _result(PlayedFuture(slow, status="error"), client=PlayedClient())


class PlayedClient:
    """A client whose workers say of themselves what it is told; `threads` they have at each look."""

    def __init__(
        self, *told: dict[str, str], fault: type[Exception] | None = None, threads: tuple[int, ...] = ()
    ) -> None:
        self.told, self.fault, self.threads = told, fault, list(threads)

    def nthreads(self) -> dict[str, int]:
        return {"a": self.threads.pop(0)}

    def wait_for_workers(self, number: int, timeout: float) -> None:
        if len(self.told) < number:
            raise TimeoutError(timeout)

    def run(self, _: object) -> dict[str, dict[str, str]]:
        if self.fault:
            raise self.fault
        return {f"worker {place}": there for place, there in enumerate(self.told)}


def test_workers_with_other_versions_are_refused() -> None:
    here = dict(versions_here())
    # Catches workers that are the same and are turned away.
    _check_workers(PlayedClient(here, here), "dask://a:1")
    # Catches numbers made by another version on one of the workers.
    with pytest.raises(SettingsError, match=r"other versions.*: numpy, python;"):
        _check_workers(PlayedClient(here, here | {"numpy": "1.0", "python": "3.10.0"}), "dask://a:1")
    # Catches a scheduler without workers that is waited for.
    with pytest.raises(SettingsError, match="no worker"):
        _check_workers(PlayedClient(), "dask://a:1")
    # Catches workers that could not even read the question.
    with pytest.raises(SettingsError, match="no ehforecast"):
        _check_workers(PlayedClient(here, fault=ModuleNotFoundError), "dask://a:1")
