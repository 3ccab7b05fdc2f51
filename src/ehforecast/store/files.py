"""Files that appear whole or not at all, readable by their owner only."""

import os
import tempfile
from pathlib import Path


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, each for the owner only (0700) whatever the umask."""
    if folder.is_dir():
        return
    make_private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def write_bytes_atomically(path: Path, data: bytes) -> None:
    """Replace a file with new content, for the owner only (0600): a crash leaves the old content or the new whole."""
    make_private_folder(path.parent)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o600)  # mkstemp asks for 0600, but the umask may have taken more away
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
