"""One run: all that a configuration makes of what its store holds, under one id, kept and published in one folder each.

The id follows from the configuration, the store's extracts and the versions alone. So every command about the same
question and the same data adds to the same run, and a run whose data, settings or versions differ is another one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ehforecast.errors import StoreError
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.store import Store, StoredExtract, make_private_folder
from ehforecast.store.files import hash_file
from ehforecast.store.lock import only_writer
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions


@dataclass(frozen=True)
class OneRun:
    """A run and where its steps are kept and published."""

    record: RunRecord
    log: FolderLog
    reports: Path

    @property
    def run_id(self) -> str:
        """Its id."""
        return self.record.run_id

    @property
    def published(self) -> Path:
        """The folder of all its reports, with their index."""
        return self.reports / self.run_id

    @property
    def private(self) -> Path:
        """The folder of all that it keeps."""
        return self.log.folder / self.run_id

    def step(self, name: str) -> Path:
        """The private folder of one step."""
        return self.private / name

    def report(self, name: str) -> Path:
        """The published folder of one report."""
        return self.published / name

    def keep(self, step: str, facts: Mapping[str, object], *, frames: Mapping[str, pd.DataFrame]) -> None:
        """Keep what a step found."""
        self.log.save(self.record, facts, frames=frames, step=step)


@contextmanager
def alone(runs: Path) -> Iterator[None]:
    """Be the only command that writes to the runs of a configuration, given by their folder.

    Two would write the same files, a run sweeps away what others have not finished, and new records would come in
    between two of its steps. Raises `StoreError` where another is at work.
    """
    if not runs.parent.is_dir():  # nothing was brought in yet, so there is nothing to write; what is wrong is said then
        yield
        return
    make_private_folder(runs)
    with only_writer(runs):
        yield


def current_run(settings: Settings | CouncilSettings, places: Places) -> OneRun:
    """The run of a configuration on what its store holds now. Raises `StoreError` where the store is empty."""
    store = Store(places.store(settings))
    extracts = _read(settings, store)
    if not extracts:
        raise StoreError(f"store {store.folder} holds nothing yet; run 'ehforecast ingest' first")
    if isinstance(settings, CouncilSettings):
        data_until = last_extract(store).isoformat()
    else:
        data_until = _last_month(store, measure=settings.forecast.measure)
    record = RunRecord(
        name=settings.name,
        settings=settings.model_dump(mode="json"),
        inputs=[*(stored.model_dump(mode="json") for stored in extracts), *_files_beside(settings)],
        data_until=data_until,
        versions=current_versions(),
    )
    return OneRun(record, FolderLog(places.runs(settings)), places.reports)


def last_extract(store: Store, table: str = "") -> date:
    """The day of the latest extract, of one table or of any. Raises `StoreError` where there is none."""
    days = [
        stored.extracted_on
        for stored in store.manifest().extracts
        if stored.extracted_on and table in {"", stored.contract}
    ]
    if not days:
        of = f" of table {table}" if table else ""
        raise StoreError(f"store {store.folder} holds no records{of} yet; run 'ehforecast ingest' first")
    return date.fromisoformat(max(days))


def _read(settings: Settings | CouncilSettings, store: Store) -> Sequence[StoredExtract]:
    """What a run reads: of figures the latest of each table; of records every extract, for each says what was known."""
    manifest = store.manifest()
    if isinstance(settings, CouncilSettings):
        return manifest.extracts
    return [stored for stored in manifest.extracts if not manifest.is_superseded(stored)]


def _files_beside(settings: Settings | CouncilSettings) -> Iterator[Mapping[str, object]]:
    """Files that a step reads without the store: reviews of open cases."""
    if not isinstance(settings, CouncilSettings) or settings.flows is None:
        return
    for name, review in settings.flows.reviews.items():
        if review.file is not None and (path := settings.at(review.file)).is_file():
            told = {"table": f"review {name}", "extracted_on": review.on.isoformat()}
            yield told | {"file_name": path.name, "file_sha256": hash_file(path)}


def _last_month(store: Store, *, measure: str) -> str:
    rows = store.table("demand_counts")
    months = rows.loc[rows["measure"].eq(measure) & rows["period_step"].eq("month"), "period_start"]
    return str((rows["period_start"] if months.empty else months).max().to_period("M"))
