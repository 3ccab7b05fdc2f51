"""One way to run independent pieces of work, wherever they run."""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Thread
from time import sleep
from typing import Any, TypeVar

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from joblib.externals.loky.process_executor import TerminatedWorkerError

from ehforecast.compute.cluster import cluster, is_cluster
from ehforecast.errors import EngineError, SettingsError

Item = TypeVar("Item")
Result = TypeVar("Result")
Spread = Callable[[Callable[..., Any], Iterable[Any]], Iterable[Any]]
"""What an engine is: `map`, and whatever does the same elsewhere."""

LOCAL = "local"
"""In this process, one piece after the other."""

_IN_USE: ContextVar[Spread] = ContextVar("engine", default=map)
"""Of this thread alone, so that pieces which have pieces of their own run those where they are."""

_PROCESSES = re.compile(r"processes(?::([1-9]\d{0,2}))?")


@contextmanager
def engine(where: str = LOCAL) -> Iterator[None]:
    """As long as it is entered, `map_each` runs its pieces there.

    Args:
        where: ``local``; ``processes``, as many as this machine has processors, or ``processes:4``; or the scheduler of
            a Dask cluster, ``dask://host:port``, or ``dask+tls://host:port`` with certificates as Dask is configured.

    It is no setting of any method and is handed to none: the same pieces give the same results anywhere. Raises
    `SettingsError` for an engine that there is none of.
    """
    if where == LOCAL:
        yield
        return
    with _other(where) as spread:
        before = _IN_USE.set(spread)
        try:
            yield
        finally:
            _IN_USE.reset(before)


def map_each(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """The function of each item, in the order of the items, by the engine in use; in this process where there is none.

    The function gives back all that it does: nothing it writes or changes is to be relied on, for a piece that is lost
    with its worker is run again.

    >>> list(map_each(abs, [-1, 2]))
    [1, 2]
    """
    yield from _IN_USE.get()(function, items)


@contextmanager
def _other(where: str) -> Iterator[Spread]:
    processes = _PROCESSES.fullmatch(where)
    if processes:
        with _processes(int(processes.group(1) or cpu_count())) as spread:
            yield spread
    elif is_cluster(where):
        with cluster(where) as spread:
            yield spread
    else:
        raise SettingsError(f"no engine '{where}'; there are: local, processes, processes:NUMBER, dask://HOST:PORT")


def end_with_the_parent() -> None:
    """Let a worker end where the program that asked for it was killed: nobody else would tell it to for minutes.

    It holds records in memory meanwhile. What ends a program in any other way ends its workers first.
    """
    Thread(target=_watch, args=(os.getppid(),), daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        sleep(1)
    os._exit(1)


@contextmanager
def _processes(number: int) -> Iterator[Spread]:
    """Worker processes; they end with the engine, with their memory, instead of idling for minutes."""

    def spread(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        with parallel_config(backend="loky", n_jobs=number, inner_max_num_threads=1, initializer=end_with_the_parent):
            parallel = Parallel(return_as="generator")
        try:
            yield from parallel(delayed(function)(item) for item in items)
        except TerminatedWorkerError:
            raise EngineError(
                "a process that did part of the work was killed, most likely for want of memory: run with fewer "
                "(--engine processes:1) or with --engine local"
            ) from None

    try:
        yield spread
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
