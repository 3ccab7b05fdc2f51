"""Write down what a step came to as soon as it is done: results, released files, times; and lay it ready to be sent."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ehforecast.advisory.risk_advice import MET
from ehforecast.errors import StoreError
from ehforecast.pipelines.experiments import RISK, experiment_of
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.tracking_settings import TrackingConfig
from ehforecast.risk.explain_results import MembershipResult
from ehforecast.tracking.experiment_run import OUTDATED, ExperimentRun, as_setting
from ehforecast.tracking.folder_log import FACTS, FolderLog
from ehforecast.tracking.logged_model import LoggedTrees, trees_of_bundle
from ehforecast.tracking.made import Stopwatch
from ehforecast.tracking.parcel import UNSENT, Parcel, keep_parcel, read_parcel
from ehforecast.tracking.step_notes import (
    EXPERIMENT,
    RESULTS,
    StepNotes,
    headline_of,
    keep_notes,
    read_notes,
    released_files,
)

SENT_KINDS = (".csv", ".json", ".html")
"""Kinds of released files that the experiment record shows."""

LARGEST_FILE = 16 * 2**20
MEMBERSHIP = "membership_"
"""What the step is called that asks whether a question's model gives people away, before the question."""

CARD = "model_card_"
"""What the report of a question's model card is called, before the question."""

MODEL, TREES_TEXT = "model", "model/trees.txt"

KEPT_PRIVATE = "model kept private because"
"""The tag of a question whose trees go nowhere."""

NEVER_JUDGED = "it was never asked whether it gives away who was in its records"


@contextmanager
def recorded(run: OneRun) -> Iterator[None]:
    """Time what is made of a run meanwhile, and write down what each step came to. What fails leaves no note.

    It may stand within another: a step is noted once, when it has kept its result.
    """
    watch = Stopwatch()
    yield
    tracking = TrackingConfig.model_validate(run.record.settings.get("tracking") or {})
    for step in _not_noted(run.log.folder / run.run_id):
        _note(run, step, watch=watch)
        _lay_ready(run.step(step), report=run.report(step), tracking=tracking)
    for laid in sorted((run.log.folder / run.run_id / UNSENT).glob("*")):  # papers of a step may have come since
        _lay_ready(run.step(laid.name), report=run.report(laid.name), tracking=tracking)


def _not_noted(folder: Path) -> list[str]:
    """Steps that kept a result since they were last noted."""
    kept = sorted(folder.glob(f"*/{FACTS}"))
    return [path.parent.name for path in kept if _age(path.parent / RESULTS) < _age(path)]


def _age(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else -1


def _note(run: OneRun, step: str, *, watch: Stopwatch) -> None:
    facts, frames = run.log.load(run.run_id, step)
    experiment = experiment_of(run.log.record_of(run.run_id), run.run_id, step=step, facts=facts, frames=frames)
    if experiment is not None and (because := _kept_private(run, step)):
        experiment = _tagged(experiment, KEPT_PRIVATE, words=because)
    notes = StepNotes(step, headline_of(facts, experiment), released_files(run.report(step)), experiment=experiment)
    keep_notes(run.step(step), notes, made=watch.stop())


def _kept_private(run: OneRun, step: str) -> str:
    """Why the model of a question stays where it is; empty where it passed the gate, and for steps without one."""
    if not (run.step(step) / MODEL).is_dir():
        return ""
    try:
        gate = MembershipResult.from_parts(*run.log.load(run.run_id, step.replace(RISK, MEMBERSHIP, 1)))
    except (StoreError, TypeError):  # it is not there, or not whole
        return NEVER_JUDGED
    return "; ".join(gate.because)


def _tagged(experiment: ExperimentRun, name: str, *, words: str) -> ExperimentRun:
    return replace(experiment, tags={**experiment.tags, name: as_setting(words)})


def record_release(log: FolderLog, run_id: str, *, step: str, report: Path, tracking: TrackingConfig) -> None:
    """Write down the files of a report that was published after its step was made."""
    folder = log.folder / run_id / step
    notes = read_notes(folder)
    keep_notes(folder, replace(notes, released=released_files(report)))
    _lay_ready(folder, report=report, tracking=tracking)


def record_outdated(folder: Path, *, because: str, tracking: TrackingConfig) -> None:
    """Tag every experiment of a run, given by its private folder, as not to be used any more.

    What was sent is tagged where it lies, for which it is laid ready again; what still waits loses its model.
    """
    for path in sorted(folder.glob(f"*/{EXPERIMENT}")):
        notes = read_notes(path.parent)
        if notes.experiment is None:
            continue
        tagged = _tagged(notes.experiment, OUTDATED, words=because)
        keep_notes(path.parent, replace(notes, experiment=tagged))
        if tracking.mlflow:
            waits = folder / UNSENT / notes.step
            parcel = read_parcel(waits) if waits.is_dir() else Parcel(tagged, tracking.uri, **_when(notes.made))
            files = {name: data for name, data in parcel.files.items() if name != TREES_TEXT}
            keep_parcel(waits, replace(parcel, run=tagged, files=files, model=None))


def _lay_ready(folder: Path, *, report: Path, tracking: TrackingConfig) -> None:
    """Lay a step with an experiment ready to be sent, in place of what was laid ready of it before."""
    notes = read_notes(folder)
    if notes.experiment is None or not tracking.mlflow:
        return
    files, trees = _released(report), None if tracking.uri else _trees(folder, notes.experiment)
    passed = notes.headline.get("verdict") == MET
    if trees is not None and not passed:
        files[TREES_TEXT] = trees.text.encode("ascii")
    parcel = Parcel(
        notes.experiment, tracking.uri, files, trees if passed else None, **_when(notes.made),
    )  # fmt: skip
    keep_parcel(folder.parent / UNSENT / folder.name, parcel)


def _released(report: Path) -> dict[str, bytes]:
    folders = [report, report.with_name(report.name.replace(RISK, CARD, 1))]  # of a forecast both are the same
    files = sorted({path for folder in folders for path in folder.rglob("*") if path.is_file()})
    shown = [path for path in files if path.suffix in SENT_KINDS and path.stat().st_size <= LARGEST_FILE]
    return {path.relative_to(report.parent).as_posix(): path.read_bytes() for path in shown}


def _trees(folder: Path, experiment: ExperimentRun) -> LoggedTrees | None:
    """The trees of a step's model bundle, where they may be shown."""
    files = {path.name: path.read_bytes() for path in sorted((folder / MODEL).glob("*")) if path.is_file()}
    if not files or {KEPT_PRIVATE, OUTDATED} & set(experiment.tags):
        return None
    return trees_of_bundle(files, lightgbm_version=experiment.settings["version.lightgbm"])


def _when(made: Mapping[str, Any]) -> dict[str, Any]:
    code = made.get("code") or {}
    commit = str(code.get("commit", ""))
    known = commit if re.fullmatch(r"[0-9a-f]{40,64}", commit) else ""
    return {
        "started_at": str(made.get("started_at", "")),
        "seconds": float(made.get("seconds", 0.0)),
        "commit": known,
    }
