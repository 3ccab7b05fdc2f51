"""Private folders inside the store for rows on their way in or out, and the sweeping of what killed runs left."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from ehforecast.errors import StoreError
from ehforecast.store.files import PARTIAL
from ehforecast.store.lock import only_writer
from ehforecast.store.manifest import Manifest

_PREFIX = ".workspace-"
_ATTEMPTS = 3


@contextmanager
def private_workspace(store: Path) -> Iterator[Path]:
    """A folder (0700) inside the store, which others can tell is in use, and which goes at the end."""
    with ExitStack() as stack:
        folder = _lock_new_folder(store, stack)
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        yield folder


def _lock_new_folder(store: Path, stack: ExitStack) -> Path:
    """A writer that sweeps may take a folder away in the moment before it is locked: then another is made."""
    for _ in range(_ATTEMPTS):
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=store))
        folder.chmod(0o700)  # mkdtemp asks for 0700, but the umask may have taken more away
        with suppress(StoreError, FileNotFoundError):
            stack.enter_context(only_writer(folder))
            return folder
    raise StoreError(f"store {store} is being written by another run; wait until it has finished")


def sweep(store: Path, manifest: Manifest) -> None:
    """Remove what a run that was killed has left: rows of people lie in no file that the manifest does not name.

    Only the holder of the store's lock may do this. Workspaces in use are known by their own lock and left alone. Where
    there is no manifest nobody can tell which rows are the store's, so none are removed.
    """
    named = manifest.file_names()
    for path in store.iterdir():
        if path.name.startswith(_PREFIX):
            _remove_if_not_in_use(path)
        elif path.suffix == PARTIAL or (named and path.suffix == ".parquet" and path.name not in named):
            path.unlink(missing_ok=True)


def _remove_if_not_in_use(folder: Path) -> None:
    with suppress(StoreError, FileNotFoundError), only_writer(folder):  # refused if in use: its holder removes it
        shutil.rmtree(folder, ignore_errors=True)
