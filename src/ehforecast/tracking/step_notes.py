"""What a step of a run came to, in one line and one list: its headline figures, and every file that was released.

Kept in `results.json` beside the step, the same to the byte when the step is made again; times lie in `made.json`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ehforecast.errors import StoreError
from ehforecast.store.files import hash_file, write_bytes_atomically
from ehforecast.tracking.experiment_run import ExperimentRun
from ehforecast.tracking.made import MADE, Made

RESULTS, EXPERIMENT = "results.json", "experiment.json"
LONGEST_HEADLINE = 80

_GROUPED = re.compile("/|^choice ")


@dataclass(frozen=True)
class StepNotes:
    """One step of a kept run, as lists and comparisons need it.

    Attributes:
        step: its name.
        headline: figures and short words, by name.
        released: SHA-256 of every file of its report, by name.
        made: times and machine; empty where they were not kept.
        experiment: settings, figures and parts, as sent to the experiment record; None where the step has none.
    """

    step: str
    headline: Mapping[str, object] = field(default_factory=dict)
    released: Mapping[str, str] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    experiment: ExperimentRun | None = None


def keep_notes(folder: Path, notes: StepNotes, *, made: Made | None = None) -> None:
    """Write down what a step came to, into its folder; the times stay as they were where none are given."""
    if notes.experiment is not None:
        write_bytes_atomically(folder / EXPERIMENT, notes.experiment.to_json())
    told = {"headline": dict(notes.headline), "released": dict(notes.released)}
    write_bytes_atomically(folder / RESULTS, (json.dumps(told, indent=2, sort_keys=True) + "\n").encode())
    if made is not None:
        write_bytes_atomically(folder / MADE, made.to_json())


def read_notes(folder: Path) -> StepNotes:
    """The notes of a step; what was not kept is empty. Raises `StoreError` for a damaged file."""
    results, made = _read(folder / RESULTS), _read(folder / MADE)
    kept = folder / EXPERIMENT
    experiment = ExperimentRun.from_json(kept.read_bytes()) if kept.is_file() else None
    return StepNotes(folder.name, results.get("headline", {}), results.get("released", {}), made, experiment)


def released_files(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a report by its name; nothing where there is none."""
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return {path.relative_to(folder).as_posix(): hash_file(path) for path in files}


def headline_of(facts: Mapping[str, object], experiment: ExperimentRun | None = None) -> dict[str, object]:
    """What of a step's facts fits in a line; what is sent to the experiment record where there is any.

    Of figures those of the whole: none of a group, a fold, or of the dates that methods were chosen on.
    """
    if experiment is not None:
        steps = {figure.name for figure in experiment.figures if figure.step}
        plain = [figure for figure in experiment.drawable() if not _GROUPED.search(figure.name)]
        return {**experiment.tags, **{figure.name: figure.value for figure in plain if figure.name not in steps}}
    short = (bool, int, float, str)
    told = {name: value for name, value in facts.items() if isinstance(value, short)}
    return {name: value for name, value in told.items() if len(str(value)) <= LONGEST_HEADLINE}


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path.name} of step {path.parent.name} is damaged; make the run again") from error
    return found if isinstance(found, dict) else {}
