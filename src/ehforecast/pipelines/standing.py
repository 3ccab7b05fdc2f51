"""What of earlier runs still stands: a step that rests on the same data, settings and versions is not made again.

Its reports and all that it kept are taken over to the byte, where both are as it left them, and its reports go out once
more by the one way. They name the run that made them. So a new month of records leaves alone what rests on published
figures, and a changed section what it is not read for; what a step reads is told in `whole_run`.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Flag
from pathlib import Path
from typing import Any

from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.recorded import MODEL
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.store import write_bytes_atomically
from ehforecast.store.files import hash_file
from ehforecast.tracking.folder_log import FACTS, RECORD
from ehforecast.tracking.kept_runs import DONE, OUTDATED
from ehforecast.tracking.run_record import recorded_settings

AnySettings = Settings | CouncilSettings


class Data(Flag):
    """Which extracts of a council's store a step reads."""

    RECORDS = 1
    """The council's own; they have a day."""

    FIGURES = 2
    """Published ones."""

    ALL = 3


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes:
        section: that asks for it.
        make: makes its reports and returns their pages.
        keeps: its private folders, as patterns.
        reads: which extracts, given the settings.
        beside: sections of other steps that it reads too; None for all of them: then it stands in no other run.
    """

    section: str
    make: Callable[..., Sequence[Path]]
    keeps: tuple[str, ...] = ()
    reads: Callable[[AnySettings], Data] = lambda _: Data.ALL
    beside: tuple[str, ...] | None = None


OF_STEPS = frozenset(
    {"forecast", "plan", "figures", "past", "flows", "pack", "assessment", "explanations", "fairness", "transparency"}
)
"""Sections that some steps read and others do not. Every other section counts for all of them."""

OF_RECORDS = frozenset({"records", "synthetic"})
"""Sections that say where a council's records come from."""


def rests_on(step: Step, settings: AnySettings, *, run: OneRun) -> str:
    """The hash of everything a step is made from: the extracts and sections it reads, and the versions."""
    data = step.reads(settings) if isinstance(settings, CouncilSettings) else Data.ALL
    own = OF_STEPS if step.beside is None else {step.section, *step.beside}
    left_out = (OF_STEPS - own) | (frozenset() if data & Data.RECORDS else OF_RECORDS)
    resolved = recorded_settings(run.record.settings)
    told = {
        "step": step.section,
        "settings": {name: value for name, value in resolved.items() if name not in left_out},
        "inputs": [one for one in run.record.inputs if data & (Data.RECORDS if one["extracted_on"] else Data.FIGURES)],
        "versions": dict(run.record.versions),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write_done(step: Step, run: OneRun, *, pages: Sequence[Path], key: str) -> None:
    """Write down that a step is finished: what it published and kept, each file with its hash, and what it rests on."""
    published = [path for page in pages for path in page.parent.rglob("*") if path.is_file()]
    told = {"files": _hashes(published, below=run.published), "kept": _kept(step, run.private), "rests_on": key}
    _keep_done(step, run, told=told)


def is_done(step: Step, run: OneRun) -> bool:
    """Whether every file the step left is there, to the byte."""
    return _is_whole(_done(run.step(step.section) / DONE), published=run.published, private=run.private)


def find_standing(step: Step, run: OneRun, *, key: str) -> str:
    """The id of an earlier run whose step rests on the same and is there whole; empty where there is none."""
    for path in sorted(run.log.folder.glob(f"*/{step.section}/{DONE}")):
        folder, told = path.parent.parent, _done(path)
        if told.get("rests_on") != key or folder.name == run.run_id:
            continue
        is_sound = (folder / RECORD).is_file() and not (folder / OUTDATED).is_file()
        if is_sound and _is_whole(told, published=run.reports / folder.name, private=folder):
            return folder.name
    return ""


def take_over(step: Step, run: OneRun, *, made_by: str) -> None:
    """Let a step of an earlier run stand in this one: what it kept, its reports, and last that it is done.

    What else lies in the folders of its reports is nobody's, and stays there.
    """
    published, done = run.reports / made_by, _done(run.log.folder / made_by / step.section / DONE)
    run.log.take_over(run.record, made_by=made_by, steps=step.keeps)
    reports: dict[str, dict[str, bytes]] = {}
    for name in sorted(done["files"]):
        report, _, file = name.partition("/")
        reports.setdefault(report, {})[file] = (published / name).read_bytes()
    for report, files in reports.items():
        way_out(run).take_over(report, files)
    _keep_done(step, run, told=done)


def _keep_done(step: Step, run: OneRun, *, told: Mapping[str, object]) -> None:
    write_bytes_atomically(run.step(step.section) / DONE, (json.dumps(told, indent=2, sort_keys=True) + "\n").encode())


def _kept(step: Step, folder: Path) -> dict[str, str]:
    """The hashes of what a step kept for others to read: not notes, which may be added to, nor papers to write in."""
    paths = [path for pattern in step.keeps for path in folder.glob(f"{pattern}/**/*") if path.is_file()]
    read = [path for path in paths if path.name == FACTS or path.suffix == ".parquet" or path.parent.name == MODEL]
    return _hashes(read, below=folder)


def _hashes(paths: Sequence[Path], *, below: Path) -> dict[str, str]:
    return {path.relative_to(below).as_posix(): hash_file(path) for path in sorted(paths)}


def _done(path: Path) -> dict[str, Any]:
    """What was written down of a finished step; nothing where it is not there whole."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    is_sound = isinstance(told, dict) and all(isinstance(told.get(name), dict) for name in ("files", "kept"))
    return told if is_sound else {}


def _is_whole(done: Mapping[str, Any], *, published: Path, private: Path) -> bool:
    """Whether what a finished step published and kept is as it left it; a step that published nothing never is."""
    if not done.get("files"):
        return False
    return _are_there(published, done["files"]) and _are_there(private, done["kept"])


def _are_there(folder: Path, files: Mapping[str, str]) -> bool:
    return all((folder / name).is_file() and hash_file(folder / name) == sha256 for name, sha256 in files.items())
