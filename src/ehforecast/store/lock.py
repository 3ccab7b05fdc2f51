"""One writer at a time."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ehforecast.errors import StoreError

if sys.platform == "win32":  # pragma: no cover
    import msvcrt
else:
    import fcntl


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the folder's write lock; raises `StoreError` at once when another process or object holds it.

    The operating system holds the lock on an empty file and lets go when the holder ends, however it ends: unlike a
    file with a process number in it, it cannot be left behind by a crash.
    """
    lock = folder / ".lock"
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        lock.chmod(0o600)  # the umask may have taken more away
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        if sys.platform == "win32":  # pragma: no cover
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StoreError(f"{folder} is being written by another run; wait until it has finished") from error
