"""The runs that a private folder keeps, of every configuration, and finding one by its id."""

import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ehforecast.errors import StoreError
from ehforecast.tracking.folder_log import FACTS, RECORD
from ehforecast.tracking.parcel import UNSENT
from ehforecast.tracking.step_notes import StepNotes, read_notes

RUNS, OUTDATED, DONE = "runs", "outdated.json", "done.json"
SHORTEST_PART = 4
"""Signs of an id that are enough where only one run has them."""


@dataclass(frozen=True)
class KeptRun:
    """One kept run.

    Attributes:
        run_id: its id.
        folder: where it is kept.
        record: what it was made from; see `run_record.RunRecord`.
        steps: what each step came to, by name.
        waiting: steps not yet sent to the experiment record.
        papers: SHA-256 of every file that a finished step of the whole run published.
    """

    run_id: str
    folder: Path
    record: Mapping[str, Any]
    steps: Mapping[str, StepNotes]
    waiting: tuple[str, ...] = ()
    papers: Mapping[str, str] = field(default_factory=dict)

    @property
    def outdated_because(self) -> str:
        """Why its models must not be used any more; empty where they may."""
        path = self.folder / OUTDATED
        return str(json.loads(path.read_text("utf-8"))["because"]) if path.is_file() else ""

    @property
    def made_at(self) -> str:
        """When its last step was made, UTC; empty where that was not kept."""
        return max((str(notes.made.get("started_at", "")) for notes in self.steps.values()), default="")

    @property
    def seconds(self) -> float:
        """All its steps took. Those begun at the same moment were made together, and count once."""
        took: dict[str, float] = {}
        for notes in self.steps.values():
            began = str(notes.made.get("started_at", ""))
            took[began] = max(took.get(began, 0.0), float(notes.made.get("seconds", 0.0)))
        return sum(took.values())

    @property
    def released(self) -> dict[str, str]:
        """SHA-256 of every file released, by report and name; of steps that only write papers too."""
        noted = {
            f"{step}/{name}": sha256 for step, notes in self.steps.items() for name, sha256 in notes.released.items()
        }
        return dict(self.papers) | noted


def kept_runs(private: Path, *, name: str = "") -> list[KeptRun]:
    """Every run that is there whole, of one configuration or of all, the latest made last."""
    records = sorted(private.glob(f"{name or '*'}/{RUNS}/*/{RECORD}"))
    return sorted((read_run(path.parent) for path in records), key=lambda run: (run.made_at, run.run_id))


def read_run(folder: Path) -> KeptRun:
    """One run. Raises `StoreError` where its record is damaged."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        whole = {"name", "settings", "inputs", "data_until", "versions"} <= set(record)
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(folder) from error
    if not whole:
        raise _damaged(folder)
    steps = {path.parent.name: read_notes(path.parent) for path in sorted(folder.glob(f"*/{FACTS}"))}
    waiting = tuple(sorted(path.name for path in (folder / UNSENT).glob("*") if path.is_dir()))
    return KeptRun(folder.name, folder, record, steps, waiting, _papers(folder))


def _papers(folder: Path) -> dict[str, str]:
    try:
        done = [json.loads(path.read_text(encoding="utf-8"))["files"] for path in sorted(folder.glob(f"*/{DONE}"))]
        return {str(name): str(sha256) for files in done for name, sha256 in files.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _damaged(folder) from error


def find_run(private: Path, given: str) -> KeptRun:
    """The run of an id, or of a part of it that only one has. Raises `StoreError` that says which are near."""
    folders = {path.parent.name: path.parent for path in private.glob(f"*/{RUNS}/*/{RECORD}")}
    if given in folders:
        return read_run(folders[given])
    part = [run_id for run_id in folders if len(given) >= SHORTEST_PART and given in run_id]
    if len(part) == 1:
        return read_run(folders[part[0]])
    if not folders:
        raise StoreError(f"no run is kept in {private.name} yet; 'ehforecast run' makes one")
    near = sorted(part) or difflib.get_close_matches(given, sorted(folders), n=3, cutoff=0.5)
    found = f"; did you mean {' or '.join(near[:3])}?" if near else ""
    how = "several runs have" if part else "no run has"
    raise StoreError(f"{how} the id '{given}'{found} 'ehforecast runs' lists them" if found else (
        f"{how} the id '{given}'; 'ehforecast runs' lists them"
    ))  # fmt: skip


def _damaged(folder: Path) -> StoreError:
    return StoreError(f"the record of run {folder.name} is damaged; make the run again")
