"""Removing one person from all that a configuration keeps, and saying what was made with the records of that person."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from ehforecast.pipelines.flows import CALENDAR, FLOWS
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.recorded import MODEL, record_outdated
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.pipelines.tracking_settings import TrackingConfig
from ehforecast.risk.bundle import OUTDATED as OUTDATED_MODEL
from ehforecast.store import Store, write_bytes_atomically
from ehforecast.store.removal import Removed, remove_person
from ehforecast.tracking.folder_log import RECORD
from ehforecast.tracking.kept_runs import OUTDATED

OF_CHILDREN = ("estimates_*", "cards_*", f"{FLOWS}/{CALENDAR}")
"""What runs keep about single children and families: made again by the next run, without the person."""

BECAUSE = "made with records of a person who has since been removed: make the models again"


def purge(settings: CouncilSettings, places: Places, *, person_id: str) -> list[str]:
    """Remove one person, by pseudonym, and say what was done. The source must forget the person too.

    Runs made with the person's records are marked, here and in the experiment record: their figures stand, their
    models are not opened any more, and what they kept about single children is deleted. All of that comes before the
    person leaves the store: broken off at any moment, the same command finds the person still and goes on. Nobody else
    may be writing to the runs. Raises `StoreError` where nobody of that id is there.
    """
    marked: list[int] = []

    def forget(removed: Removed) -> None:
        for folder in (places.incoming(settings), places.synthetic(settings)):
            shutil.rmtree(folder, ignore_errors=True)  # what was read on the way in
        runs = [folder for folder in _runs(places.runs(settings)) if _rests_on(folder, removed)]
        marked.extend(_mark(folder, settings.tracking) for folder in runs)

    removed = remove_person(Store(places.store(settings)), person_id, first=forget)
    return [
        f"removed {sum(removed.rows.values()):,} rows: {', '.join(_told(removed))}",
        f"{len(marked)} runs were made with these records and are marked; run the configuration again",
        f"{sum(marked)} models may have learned from them and are marked: they are not opened any more",
        "a later extract that still holds the person brings the rows back: remove them at the source too",
    ]


def _told(removed: Removed) -> Iterator[str]:
    return (f"{table} {rows:,}" for table, rows in sorted(removed.rows.items()))


def _runs(folder: Path) -> list[Path]:
    return [path.parent for path in sorted(folder.glob(f"*/{RECORD}"))]


def _rests_on(folder: Path, removed: Removed) -> bool:
    inputs = json.loads((folder / RECORD).read_text("utf-8"))["inputs"]
    return any(entry.get("parquet_sha256") in removed.files for entry in inputs)


def _mark(folder: Path, tracking: TrackingConfig) -> int:
    """Mark a run and every model it keeps; how many models."""
    for kept in [path for pattern in OF_CHILDREN for path in folder.glob(pattern)]:
        if kept.is_dir():
            shutil.rmtree(kept)
        else:
            kept.unlink()
    note = (json.dumps({"because": BECAUSE}) + "\n").encode()
    models = sorted(folder.glob(f"*/{MODEL}"))
    for path in (folder / OUTDATED, *(model / OUTDATED_MODEL for model in models)):
        write_bytes_atomically(path, note)
    record_outdated(folder, because=BECAUSE, tracking=tracking)
    return len(models)
