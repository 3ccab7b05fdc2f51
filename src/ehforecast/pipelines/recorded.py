"""Write down what a step came to as soon as it is done: results, released files, times; and lay it ready to be sent."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ehforecast.advisory.risk_advice import MET
from ehforecast.pipelines.experiments import RISK, experiment_of
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.tracking_settings import TrackingConfig
from ehforecast.risk.tree_text import read_trees
from ehforecast.tracking.folder_log import FACTS, FolderLog
from ehforecast.tracking.logged_model import LoggedTrees, trees_of_bundle
from ehforecast.tracking.made import Stopwatch
from ehforecast.tracking.parcel import UNSENT, Parcel, keep_parcel
from ehforecast.tracking.step_notes import RESULTS, StepNotes, headline_of, keep_notes, read_notes, released_files

SENT_KINDS = (".csv", ".json", ".html")
"""Kinds of released files that the experiment record shows."""

LARGEST_FILE = 16 * 2**20
FEWEST_IN_A_LEAF = 10
"""Trees with a leaf that rests on fewer rows go nowhere: such a leaf is a memory of somebody."""

CARD = "model_card_"
"""What the report of a question's model card is called, before the question."""

MODEL, TREES_TEXT = "model", "model/trees.txt"


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
    notes = StepNotes(step, headline_of(facts, experiment), released_files(run.report(step)), experiment=experiment)
    keep_notes(run.step(step), notes, made=watch.stop())


def record_release(log: FolderLog, run_id: str, *, step: str, report: Path, tracking: TrackingConfig) -> None:
    """Write down the files of a report that was published after its step was made."""
    folder = log.folder / run_id / step
    notes = read_notes(folder)
    keep_notes(folder, replace(notes, released=released_files(report)))
    _lay_ready(folder, report=report, tracking=tracking)


def _lay_ready(folder: Path, *, report: Path, tracking: TrackingConfig) -> None:
    """Lay a step with an experiment ready to be sent, in place of what was laid ready of it before."""
    notes = read_notes(folder)
    if notes.experiment is None or not tracking.mlflow:
        return
    files, trees = _released(report), None if tracking.uri else _trees(folder, notes.experiment.settings)
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


def _trees(folder: Path, settings: Mapping[str, str]) -> LoggedTrees | None:
    """The trees of a step's model bundle, where every leaf rests on enough rows."""
    files = {path.name: path.read_bytes() for path in sorted((folder / MODEL).glob("*")) if path.is_file()}
    if not files:
        return None
    trees = trees_of_bundle(files, lightgbm_version=settings["version.lightgbm"])
    leaves = [int(tree.leaf_counts.min()) for tree in read_trees(trees.text) if tree.splits]
    return trees if min(leaves, default=0) >= FEWEST_IN_A_LEAF else None


def _when(made: Mapping[str, Any]) -> dict[str, Any]:
    code = made.get("code") or {}
    commit = str(code.get("commit", ""))
    known = commit if re.fullmatch(r"[0-9a-f]{40,64}", commit) else ""
    return {
        "started_at": str(made.get("started_at", "")),
        "seconds": float(made.get("seconds", 0.0)),
        "commit": known,
    }
