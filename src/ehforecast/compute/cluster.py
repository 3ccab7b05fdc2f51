"""A Dask cluster that is already there: reached, held to the same versions as this process, and let go."""

import asyncio
import logging
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from ehforecast.errors import EngineError, SettingsError

if TYPE_CHECKING:
    from distributed import Client, Future

SCHEMES = {"dask://": "tcp://", "dask+tls://": "tls://"}

SAME_EVERYWHERE = ("ehforecast", "numpy", "scipy", "pandas", "statsmodels", "scikit-learn", "lightgbm", "joblib")
"""Packages on whose versions results hang."""

LOGS = ("distributed", "distributed.client", "distributed.gc", "tornado.application", "asyncio")
"""Where Dask and its event loop speak: each has a level of its own."""

SECONDS_TO_ANSWER = 15
SECONDS_BETWEEN_LOOKS = 60
"""While a piece is waited for: a cluster that has no worker at two looks running has none that will come back."""

PIECES_AHEAD = 3
"""Pieces handed out for each thread of the cluster: enough to keep it busy, few enough for the scheduler's memory."""


def is_cluster(where: str) -> bool:
    """Whether an engine's address is that of a Dask scheduler."""
    return where.startswith(tuple(SCHEMES))


@contextmanager
def cluster(where: str) -> Iterator[Callable[[Callable[..., Any], Iterable[Any]], Iterator[Any]]]:
    """What runs pieces on the cluster at an address, once every worker is known to have the versions that are here.

    Not joblib's own Dask backend: that waits for ever for a piece which the cluster has given up. Raises
    `SettingsError` where Dask is not installed, nobody answers, there is no worker, or versions differ.
    """
    try:
        from distributed import Client  # noqa: PLC0415 - an extra that few install, and a second to load
    except ImportError:
        raise SettingsError(
            "a Dask cluster needs the extra 'cluster': pip install 'ehforecast[cluster]'; --engine processes does not"
        ) from None
    scheme = next(scheme for scheme in SCHEMES if where.startswith(scheme))
    address = SCHEMES[scheme] + where.removeprefix(scheme)
    with _quiet(), _event_loop() as loop:
        try:
            client = Client(address, timeout=SECONDS_TO_ANSWER, set_as_default=False, loop=loop)
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(f"no Dask scheduler answers at {where}: {error}") from None
        try:
            _check_workers(client, where)
            yield lambda function, items: _spread(client, function, items=items)
        finally:
            with suppress(TimeoutError):  # every result is here, and the loop ends whatever the cluster says
                client.close()


@contextmanager
def _event_loop() -> Iterator[Any]:
    """An event loop in a thread that is over when this is.

    Dask's own is a daemon, which is left running where it does not end in time. A daemon that is at work, or writes to
    the screen, while the interpreter ends makes Python abort, after everything was done and kept.
    """
    loops, running, over = list[Any](), Event(), asyncio.Event()

    async def run() -> None:
        loops.append(sys.modules["tornado.ioloop"].IOLoop.current())  # Dask's, loaded with it
        running.set()
        await over.wait()

    thread = Thread(target=lambda: asyncio.run(run()), name="Dask client")
    thread.start()
    running.wait()
    try:
        yield loops[0]
    finally:
        loops[0].add_callback(over.set)
        thread.join()


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Dask's own warnings between the lines of progress: what matters of them is said in words of ours."""
    before = {log: log.level for log in map(logging.getLogger, LOGS)}
    for log in before:
        log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for log, level in before.items():
            log.setLevel(level)


def _spread(client: "Client", function: Callable[..., Any], *, items: Iterable[Any]) -> Iterator[Any]:
    """Results in the order of the items. What goes out stays with the scheduler until its result is here."""
    ahead = PIECES_AHEAD * max(1, _threads(client))
    waiting: deque[Future[Any]] = deque()
    try:
        for item in items:
            waiting.append(client.submit(function, item, pure=False))
            if len(waiting) >= ahead:
                yield _result(waiting.popleft(), client=client)
        while waiting:
            yield _result(waiting.popleft(), client=client)
    finally:
        client.cancel(list(waiting))


def _result(future: "Future[Any]", *, client: "Client") -> object:
    distributed = sys.modules["distributed"]
    lost = (distributed.KilledWorker, distributed.client.FutureCancelledError, distributed.comm.CommClosedError)
    try:
        return _waited_for(future, client=client)
    except lost:
        raise EngineError(
            "the cluster lost a piece of the work again and again, most likely for want of memory on its workers, or "
            "it went away: see its own log, or run with --engine local"
        ) from None


def _waited_for(future: "Future[Any]", *, client: "Client") -> object:
    """The result of a piece. Dask itself waits for ever for workers that never come back."""
    there = True
    while True:
        try:
            return future.result(timeout=SECONDS_BETWEEN_LOOKS)
        except TimeoutError:
            if future.status == "error":  # the piece's own
                raise
            before, there = there, _threads(client) > 0
            if not before and not there:
                raise EngineError("the cluster has no worker any more: see its own log") from None


def _threads(client: "Client") -> int:
    return sum(client.nthreads().values())


def _check_workers(client: "Client", where: str) -> None:
    try:
        client.wait_for_workers(1, timeout=SECONDS_TO_ANSWER)
    except TimeoutError:
        raise SettingsError(f"the Dask scheduler at {where} has no worker") from None
    try:
        by_worker = client.run(versions_here)
    except ImportError:
        raise SettingsError(f"workers of {where} have no ehforecast: install the same version there") from None
    here = versions_here()
    wrong = sorted({name for there in by_worker.values() for name in here if there.get(name) != here[name]})
    if wrong:
        raise SettingsError(
            f"workers of {where} have other versions than this machine, so results could differ: {', '.join(wrong)}; "
            "install the same lock file everywhere"
        )


def versions_here() -> Mapping[str, str]:
    """Python's version and those of `SAME_EVERYWHERE`, in this process."""
    found = {"python": ".".join(map(str, sys.version_info[:3]))}
    for name in SAME_EVERYWHERE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
