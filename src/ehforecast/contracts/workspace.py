"""Where the engine may put rows that do not fit in memory, and how much of the machine it may take."""

import shutil
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

from ehforecast.errors import SettingsError

DEFAULT_MEMORY_GIB = 2.0
LARGEST_MEMORY_GIB = 4.0


@dataclass(frozen=True)
class Workspace:
    """A private folder that is there already, a limit of memory in GiB (at most 4), and a number of threads.

    The engine takes at least two threads, for one alone would divide the same rows into other Parquet row groups.
    """

    folder: Path
    memory_gib: float = DEFAULT_MEMORY_GIB
    threads: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.memory_gib <= LARGEST_MEMORY_GIB:
            raise SettingsError(f"the engine's memory is above 0 and at most {LARGEST_MEMORY_GIB:g} GiB")
        if self.threads < 1:
            raise SettingsError("the engine needs at least one thread")

    @property
    def spill_folder(self) -> Path:
        """Where the engine puts what does not fit in memory."""
        return self.folder / "spill"


def temporary_workspace() -> Workspace:
    """A workspace in a private folder (0700) among the system's temporary ones, which goes when nothing holds this."""
    folder = Path(tempfile.mkdtemp(prefix="ehforecast-"))
    folder.chmod(0o700)  # mkdtemp asks for 0700, but the umask may have taken more away
    workspace = Workspace(folder)
    weakref.finalize(workspace, shutil.rmtree, folder, ignore_errors=True)
    return workspace
