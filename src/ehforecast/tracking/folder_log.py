"""Run records and their results in a private folder: always there, no server needed."""

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ehforecast.errors import StoreError
from ehforecast.store.files import copy_file_atomically, write_bytes_atomically
from ehforecast.tracking.made import MADE
from ehforecast.tracking.run_record import RunRecord
from ehforecast.tracking.step_notes import RESULTS

RECORD, FACTS, LATEST = "record.json", "facts.json", "latest"
NOTES = (RESULTS, MADE)


class FolderLog:
    """Runs under one folder, one subfolder each, and below it one for each step; the last written is the latest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(
        self, record: RunRecord, facts: Mapping[str, object], *, frames: Mapping[str, pd.DataFrame], step: str
    ) -> Path:
        """Keep a step of a run: its facts (JSON) and result frames (Parquet), then the record, then its name."""
        folder = self.folder / record.run_id / step
        for name, frame in frames.items():
            write_bytes_atomically(folder / f"{name}.parquet", _parquet(frame))
        kept = {"facts": dict(facts), "frames": sorted(frames)}
        write_bytes_atomically(folder / FACTS, json.dumps(kept, indent=2, sort_keys=True).encode())
        self._save_record(record)
        return folder

    def take_over(self, record: RunRecord, *, made_by: str, steps: Sequence[str]) -> None:
        """Keep for a run what an earlier one kept, all files of the steps that the patterns name."""
        kept = [path for steps_named in steps for path in (self.folder / made_by).glob(f"{steps_named}/**/*")]
        for path in sorted((path for path in kept if path.is_file()), key=_order):
            copy_file_atomically(path, self.folder / record.run_id / path.relative_to(self.folder / made_by))
        self._save_record(record)

    def _save_record(self, record: RunRecord) -> None:
        write_bytes_atomically(self.folder / record.run_id / RECORD, record.to_json())
        write_bytes_atomically(self.folder / LATEST, record.run_id.encode())

    def latest(self) -> str:
        """The id of the run saved last. Raises `StoreError` if there is none."""
        path = self.folder / LATEST
        if not path.is_file():
            raise StoreError("no run is kept yet for this configuration; run 'ehforecast forecast' first")
        return path.read_text(encoding="utf-8").strip()

    def runs(self, step: str = "*") -> list[str]:
        """The ids of all runs that kept a step whole, in order of name: by configuration, then by last day of data."""
        whole = {path.parent.parent.name for path in self.folder.glob(f"*/{step}/{FACTS}")}
        return sorted(run_id for run_id in whole if (self.folder / run_id / RECORD).is_file())

    def record_of(self, run_id: str) -> dict[str, Any]:
        """What was recorded of a run. Raises `StoreError` if it is not there whole."""
        path = self._folder_of(run_id) / RECORD
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            missing = {"settings", "inputs", "data_until"} - set(record)
        except (OSError, ValueError, TypeError) as error:
            raise _damaged(run_id) from error
        if missing:
            raise _damaged(run_id)
        return record

    def load(self, run_id: str, step: str) -> tuple[dict[str, object], dict[str, pd.DataFrame]]:
        """The facts and frames of one step of a run. Raises `StoreError` if it is not there whole."""
        folder = self._folder_of(run_id) / step
        if not (folder / FACTS).is_file():
            raise StoreError(f"run {run_id} has kept no step '{step}'; 'ehforecast run' makes what is missing")
        try:
            kept = json.loads((folder / FACTS).read_text(encoding="utf-8"))
            return kept["facts"], {name: pd.read_parquet(folder / f"{name}.parquet") for name in kept["frames"]}
        except (OSError, ValueError, KeyError) as error:  # a file is missing, or is not text, JSON or Parquet
            raise _damaged(run_id) from error

    def _folder_of(self, run_id: str) -> Path:
        folder = self.folder / run_id
        if Path(run_id).name != run_id or not (folder / RECORD).is_file():
            raise StoreError(f"run {run_id} is not kept in {self.folder.name}; 'ehforecast forecast' makes one")
        return folder


def _order(path: Path) -> tuple[bool, bool, str]:
    """Facts say that a step is kept, notes that its facts are noted: each comes after what it speaks of."""
    return path.name in NOTES, path.name == FACTS, path.as_posix()


def _damaged(run_id: str) -> StoreError:
    return StoreError(f"run {run_id} is damaged; 'ehforecast forecast' makes it again")


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
