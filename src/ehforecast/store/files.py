"""Files that appear whole or not at all, readable by their owner only."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_CHUNK = 1 << 20
PARTIAL = ".tmp"
"""Ending of a file that has not got its name yet."""


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each for the owner only (0700) whatever the umask."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Replace a file with new content, for the owner only (0600): a crash leaves the old content or the new whole."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(data)

    _appear_whole(path, write)


def copy_file_atomically(source: Path, path: Path) -> None:
    """The same with the content of another file, which stays; of any size."""

    def write(temporary: Path) -> None:
        shutil.copyfile(source, temporary)

    _appear_whole(path, write)


def remove_partial_files(folder: Path) -> None:
    """Remove what killed writers left anywhere below a folder. Nobody else may be writing there."""
    for path in folder.rglob(f".*{PARTIAL}"):
        path.unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file of any size."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()


def _appear_whole(path: Path, write: Callable[[Path], None]) -> None:
    make_private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=PARTIAL)
    os.close(handle)
    temporary = Path(name)
    try:
        temporary.chmod(0o600)  # mkstemp asks for 0600, but the umask may have taken more away
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make a rename in a folder survive a power cut; Windows has no such call and needs none."""
    if os.name == "nt":  # pragma: no cover
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
