"""Removing one person from all that a configuration keeps, and saying what was made with the records of that person."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.store import Store, write_bytes_atomically
from ehforecast.store.removal import Removed, remove_person
from ehforecast.tracking.folder_log import RECORD
from ehforecast.tracking.kept_runs import OUTDATED

OF_CHILDREN = ("estimates_*", "cards_*")
"""Steps that keep rows about single children: made again by the next run, without the person."""


def purge(settings: CouncilSettings, places: Places, *, person_id: str) -> Iterator[str]:
    """Remove one person, by pseudonym, and say what was done. The source must forget the person too.

    Runs made with the person's records are marked: their figures stand, their models are to be made again, and what
    they kept about single children is deleted. Raises `StoreError` where nobody of that id is there.
    """
    removed = remove_person(Store(places.store(settings)), person_id)
    for folder in (places.incoming(settings), places.synthetic(settings)):
        shutil.rmtree(folder, ignore_errors=True)  # what was read on the way in
    yield f"removed {sum(removed.rows.values()):,} rows: {', '.join(_told(removed))}"
    marked = [folder for folder in _runs(places.runs(settings)) if _rests_on(folder, removed)]
    for folder in marked:
        _mark(folder)
    yield f"{len(marked)} runs were made with these records and are marked; run the configuration again"
    yield "a later extract that still holds the person brings the rows back: remove them at the source too"


def _told(removed: Removed) -> Iterator[str]:
    return (f"{table} {rows:,}" for table, rows in sorted(removed.rows.items()))


def _runs(folder: Path) -> list[Path]:
    return [path.parent for path in sorted(folder.glob(f"*/{RECORD}"))]


def _rests_on(folder: Path, removed: Removed) -> bool:
    inputs = json.loads((folder / RECORD).read_text("utf-8"))["inputs"]
    return any(entry.get("parquet_sha256") in removed.files for entry in inputs)


def _mark(folder: Path) -> None:
    for pattern in OF_CHILDREN:
        for kept in folder.glob(pattern):
            shutil.rmtree(kept)
    because = "made with records of a person who has since been removed: make the models again"
    write_bytes_atomically(folder / OUTDATED, (json.dumps({"because": because}) + "\n").encode())
