"""A Dask cluster of worker processes on this machine, as a program: says where it is, ends with its input.

It is a program because tests themselves may open no socket.
"""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Workers:
    """The engine's name of a cluster, and its worker processes."""

    where: str
    pids: tuple[int, ...]


@contextmanager
def local_cluster(workers: int = 3) -> Iterator[Workers]:
    """A cluster for as long as it is needed."""
    with subprocess.Popen(
        [sys.executable, __file__, str(workers)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        assert running.stdout is not None
        where, *pids = running.stdout.readline().split()
        yield Workers(where, tuple(map(int, pids)))
        running.communicate("\n", timeout=60)


def main() -> None:
    """Start, say where, wait."""
    import dask  # noqa: PLC0415 - not needed to start it
    from distributed import LocalCluster  # noqa: PLC0415

    dask.config.set({"distributed.comm.timeouts.tcp": "600s"})  # a machine at full load is not a worker lost
    sys.path.insert(0, str(HERE))
    with LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        pids = [nanny.pid for nanny in cluster.workers.values()]
        where = cluster.scheduler_address.replace("tcp://", "dask://")
        sys.stdout.write(" ".join(map(str, (where, *pids))) + "\n")
        sys.stdout.flush()
        sys.stdin.readline()


if __name__ == "__main__":
    main()
