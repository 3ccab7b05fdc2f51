"""Send what runs have laid ready to the experiment record. What cannot be sent now waits for the next run."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ehforecast.errors import StoreError
from ehforecast.store.files import make_private_folder
from ehforecast.store.lock import only_writer
from ehforecast.tracking.mlflow_log import MlflowLog
from ehforecast.tracking.parcel import find_parcels, forget_parcel, read_parcel

STORE = "mlflow"
"""The folder of the experiment record, within the private one."""

LONGEST_WAIT = 30.0
"""Seconds for another run that is sending."""

Progress = Callable[[str], None]


def waiting(private: Path) -> list[Path]:
    """What lies ready, of every configuration."""
    return [parcel for runs in sorted(private.glob("*/runs")) for parcel in find_parcels(runs)]


def send_waiting(private: Path, *, progress: Progress) -> int:
    """Send all that lies ready; returns how many runs were recorded anew. It never fails a run: it says what waits."""
    if not waiting(private):
        return 0
    try:
        with _alone(private / STORE):
            sent = _send_all(private, progress=progress)
    except (StoreError, OSError) as error:
        why = error if isinstance(error, StoreError) else error.strerror
        progress(f"experiment record: {why}. The run is whole in its files.")
        sent = 0
    if sent:
        progress(f"experiment record: {sent} sent; 'ehforecast ui' shows them")
    if left := len(waiting(private)):
        progress(f"experiment record: {left} wait; the next run sends them, or 'ehforecast runs --send'")
    return sent


def _send_all(private: Path, *, progress: Progress) -> int:
    """Each by itself: a damaged one holds up no other, and a server that does not answer is not asked again."""
    sent, silent = 0, set[str]()
    for folder in waiting(private):
        try:
            parcel = read_parcel(folder)
            if parcel.uri in silent:
                continue
            silent.add(parcel.uri)  # until it has answered
            sent += MlflowLog(private / STORE, uri=parcel.uri).send(parcel)
            silent.discard(parcel.uri)
            forget_parcel(folder)
        except StoreError as error:
            progress(f"experiment record: {error}")
    return sent


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One sender at a time; another is waited for."""
    make_private_folder(folder)
    ends = time.monotonic() + LONGEST_WAIT
    with ExitStack() as held:
        while not _held(held, folder):
            if time.monotonic() > ends:
                raise StoreError("the experiment record is being written by another run")
            time.sleep(0.2)
        yield


def _held(held: ExitStack, folder: Path) -> bool:
    try:
        held.enter_context(only_writer(folder))
    except StoreError:
        return False
    return True
