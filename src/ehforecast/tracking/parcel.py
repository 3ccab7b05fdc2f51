"""A run on its way to the experiment record: kept in files until it has arrived, so that it cannot be lost."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ehforecast.errors import StoreError
from ehforecast.store.files import make_private_folder, write_bytes_atomically
from ehforecast.tracking.experiment_run import ExperimentRun
from ehforecast.tracking.logged_model import LoggedTrees

UNSENT = "unsent"
"""The folder in a run's own that holds what has not arrived."""

_RUN, _ADDRESS, _FILES, _MODEL, _TREES = "experiment.json", "address.json", "files", "model.json", "trees.txt"


@dataclass(frozen=True)
class Parcel:
    """What is sent together.

    Attributes:
        run: settings and figures.
        uri: of the tracking server; empty for the store on this machine.
        files: released ones, by name.
        model: the trees, where they may be shown as a model.
        started_at: UTC, to the second; empty where it is not known.
        seconds: the step took.
        commit: of the checkout it was made from; empty where it is not known.
    """

    run: ExperimentRun
    uri: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict)
    model: LoggedTrees | None = None
    started_at: str = ""
    seconds: float = 0.0
    commit: str = ""

    def __post_init__(self) -> None:
        paths = [PurePosixPath(name.replace("\\", "/")) for name in self.files]
        if any(path.is_absolute() or ".." in path.parts or not path.name for path in paths):
            raise StoreError("a file for the experiment record leaves its folder; nothing was recorded")


def keep_parcel(folder: Path, parcel: Parcel) -> None:
    """Keep a parcel in place of an older one; it counts as kept when its run is there, which is written last."""
    if folder.is_dir():
        shutil.rmtree(folder)
    make_private_folder(folder)
    for name, data in parcel.files.items():
        write_bytes_atomically(folder / _FILES / name, data)
    if parcel.model is not None:
        write_bytes_atomically(folder / _TREES, parcel.model.text.encode())
        write_bytes_atomically(folder / _MODEL, parcel.model.about_json())
    way = {name: getattr(parcel, name) for name in ("uri", "started_at", "seconds", "commit")}
    write_bytes_atomically(folder / _ADDRESS, json.dumps(way, sort_keys=True).encode())
    write_bytes_atomically(folder / _RUN, parcel.run.to_json())


def read_parcel(folder: Path) -> Parcel:
    """A parcel that was kept. Raises `StoreError` where it is damaged."""
    try:
        way = json.loads((folder / _ADDRESS).read_text(encoding="utf-8"))
        model = None
        if (folder / _MODEL).is_file():
            model = LoggedTrees.from_json((folder / _MODEL).read_bytes(), text=(folder / _TREES).read_text("ascii"))
        files = {path.relative_to(folder / _FILES).as_posix(): path for path in (folder / _FILES).rglob("*")}
        found = {name: path.read_bytes() for name, path in sorted(files.items()) if path.is_file()}
        return Parcel(ExperimentRun.from_json((folder / _RUN).read_bytes()), files=found, model=model, **way)
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"what run {folder.parent.parent.name} would send is damaged; make the run again") from error


def find_parcels(runs: Path) -> list[Path]:
    """Folders of parcels that have not arrived, below folders of runs, in order."""
    return sorted(path.parent for path in runs.glob(f"*/{UNSENT}/*/{_RUN}"))


def forget_parcel(folder: Path) -> None:
    """It has arrived."""
    (folder / _RUN).unlink(missing_ok=True)  # first: without its run it is no parcel, whatever is left of it
    shutil.rmtree(folder, ignore_errors=True)
    if not any(folder.parent.iterdir()):
        folder.parent.rmdir()
