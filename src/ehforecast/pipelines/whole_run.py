"""Everything a configuration asks for, step by step: read the data, then each step that has a section.

A step that was finished with the same data, settings and versions, and whose files are as it left them, is not made
again: a run that was broken off goes on where it stopped, and a new month makes anew only what rests on it.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from ehforecast.pipelines import assess, documents, flows, forecast, pack, past, plan, publish
from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.estimate import told_before
from ehforecast.pipelines.figures import figures, ingest_figures
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.one_run import OneRun, current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.store import make_private_folder, write_bytes_atomically
from ehforecast.store.lock import only_writer

AnySettings = Settings | CouncilSettings
Progress = Callable[[str], None]
DONE = "done.json"


@dataclass(frozen=True)
class Step:
    """One step: the section that asks for it, and what makes its reports; it returns their pages."""

    section: str
    make: Callable[..., Sequence[Path]]


def whole_run(settings: AnySettings, places: Places, *, data: Path | None, progress: Progress) -> Path:
    """Read the data, do every step the configuration has a section for, and return the run's index page.

    Raises `StoreError` where another run of the same configuration is under way: two would write the same files.
    """
    if isinstance(settings, CouncilSettings):
        # With a section for published figures the folder given holds those, and records are where the section says.
        ingest_records(settings, places, given=Given(None if settings.figures else data), progress=progress)
        ingest_figures(settings, places, data=data, progress=progress)
    else:
        ingest(settings, places, data=data, progress=progress)
    folder = places.runs(settings)
    make_private_folder(folder)
    with only_writer(folder):
        return _steps(settings, places, progress=progress)


def _steps(settings: AnySettings, places: Places, *, progress: Progress) -> Path:
    run = current_run(settings, places)
    asked = [step for step in STEPS if getattr(settings, step.section, None) is not None]
    if words := told_before([step.section for step in asked if not _is_done(step, run)], _contacts(run)):
        progress(words)
    for number, step in enumerate(asked, start=1):
        if _is_done(step, run):
            progress(f"step {number} of {len(asked)}, {step.section}: finished before with the same data and settings")
            continue
        progress(f"step {number} of {len(asked)}, {step.section}")
        with recorded(run):
            pages = step.make(settings, places, progress=progress)
        write_bytes_atomically(run.step(step.section) / DONE, _written(pages, run))
    return run.write_index()


def _contacts(run: OneRun) -> int:
    """Of the latest extract of a council's records."""
    numbers = [int(str(stored["rows_used"])) for stored in run.record.inputs if stored["contract"] == "contacts"]
    return numbers[-1] if numbers else 0


def _forecast(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    run_id = forecast.forecast(settings, places, progress=progress)
    return [publish.publish(settings, places, run_id=run_id)]


def _assess(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return assess.assess_records(cast("CouncilSettings", settings), places, progress=progress)


def _plan(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [plan.plan(settings, places, progress=progress)]


def _figures(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return figures(cast("CouncilSettings", settings), places, progress=progress)


def _past(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    if past.lacks_figures(settings, places):
        progress("what changed: skipped, for it is asked of published figures and none were given with --data")
        return []
    return [past.changes(settings, places, progress=progress)]


def _flows(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [flows.flows(cast("CouncilSettings", settings), places, progress=progress)]


def _pack(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [pack.pack(cast("CouncilSettings", settings), places, progress=progress)]


def _papers(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return documents.write_documents(cast("CouncilSettings", settings), places, progress=progress)


STEPS = (
    Step("forecast", _forecast),
    Step("plan", _plan),
    Step("figures", _figures),
    Step("past", _past),
    Step("flows", _flows),
    Step("pack", _pack),
    Step("assessment", _assess),
    Step("records", _papers),
)
"""In the order in which they are done: what planners wait for stands first."""


def _written(pages: Sequence[Path], run: OneRun) -> bytes:
    """Every file of the reports, with its hash."""
    files = [path for page in pages for path in sorted(page.parent.rglob("*")) if path.is_file()]
    hashes = {path.relative_to(run.published).as_posix(): _sha256(path) for path in files}
    return (json.dumps({"files": hashes}, indent=2, sort_keys=True) + "\n").encode()


def _is_done(step: Step, run: OneRun) -> bool:
    """Whether every file the step left is there, to the byte."""
    try:
        files = json.loads((run.step(step.section) / DONE).read_text("utf-8"))["files"]
        return bool(files) and all(_sha256(run.published / name) == sha256 for name, sha256 in files.items())
    except (OSError, ValueError, KeyError):
        return False


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
