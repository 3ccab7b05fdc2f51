"""The same command on a Dask cluster of worker processes, whole and with one killed: equal to the byte, how long."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory

from measured import run_measured
from scale_council import Council, Row, rows_of

WORKERS = 2
CONTACTS = 10_000
TIMES_OF_DAY = {"made.json", ".lock"}
"""Files that say when a run was made; every other is compared to the byte."""

PROGRAM = """\
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    workers = {"n_workers": int(sys.argv[1]), "threads_per_worker": 1}
    with LocalCluster(**workers, host="127.0.0.1", dashboard_address=None) as made:
        where = made.scheduler_address.replace("tcp://", "dask://")
        print(where, *(nanny.pid for nanny in made.workers.values()), flush=True)
        sys.stdin.readline()
"""


def cluster(contacts: int = CONTACTS) -> Iterator[Row]:
    """Everything a configuration asks for: here, on a cluster, and on one that loses a worker in the middle."""
    with TemporaryDirectory() as place:
        council = Council.draw(Path(place), contacts, question="escalation_after_contact")
        local = run_measured(council.call("run", "month", run="local"))
        yield from rows_of("cluster", "local", figures=local.figures())
        here = content(council.folder / "local")
        for method in ("cluster", "cluster_worker_killed"):
            with local_cluster(Path(place)) as (where, pids):
                heard = _kills(pids[0]) if method != "cluster" else lambda _: None
                found = run_measured(council.call("run", "month", "--engine", where, run=method), heard=heard)
                killed = float(not _is_alive(pids[0]))
            differ = sum(here.get(name) != data for name, data in content(council.folder / method).items())
            missing = len(here.keys() - content(council.folder / method).keys())
            yield from rows_of("cluster", method, figures=found.figures() | {"ratio": found.seconds / local.seconds})
            yield ("cluster", method, "files_that_differ", float(differ + missing), f"of {len(here)} files")
            yield ("cluster", method, "workers_killed", killed, f"of {WORKERS}")


@contextmanager
def local_cluster(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A scheduler and worker processes on this machine: where it is, and the workers' processes."""
    (folder / "start_cluster.py").write_text(PROGRAM, "utf-8")
    command = [sys.executable, str(folder / "start_cluster.py"), str(WORKERS)]
    with Popen(command, stdin=PIPE, stdout=PIPE, text=True) as running:  # noqa: S603 - our own program
        assert running.stdout is not None  # noqa: S101 - a pipe was asked for
        where, *pids = running.stdout.readline().split()
        try:
            yield where, [int(pid) for pid in pids]
        finally:
            running.communicate("\n")


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but those that hold times."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name not in TIMES_OF_DAY]
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in files if "mlflow" not in path.parts
    }  # fmt: skip


def _kills(pid: int) -> Callable[[str], None]:
    """Kills a process when the first past forecast is told."""

    def hear(line: str) -> None:
        if " made 1 of" in line:
            os.kill(pid, signal.SIGKILL)

    return hear


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
