"""The store of checked extracts."""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ehforecast.contracts import COUNCIL_TABLES, CheckedExtract, Contract, QualityResult, load_contract
from ehforecast.contracts.quality import read_set_aside
from ehforecast.contracts.snapshots import Snapshot, build_known_rows, build_last_rows, neighbours, select_by_key
from ehforecast.contracts.sql import close_to_the_disk, open_engine
from ehforecast.contracts.typed_frames import arrow_schema, frame_from_arrow
from ehforecast.contracts.workspace import DEFAULT_MEMORY_GIB, Workspace, temporary_workspace
from ehforecast.errors import SettingsError, StoreError
from ehforecast.store.days import read_day
from ehforecast.store.files import copy_file_atomically, hash_file, make_private_folder, write_bytes_atomically
from ehforecast.store.known_frames import KnownFrames
from ehforecast.store.known_tables import KnownTables
from ehforecast.store.lock import only_writer
from ehforecast.store.manifest import MANIFEST_NAME, Manifest, ReceivedFrom, StoredExtract, read_manifest
from ehforecast.store.receivable import Receivable, receivable_extracts, receivable_tables
from ehforecast.store.workspaces import private_workspace, sweep


class Store:
    """Checked extracts in a folder: immutable Parquet files named by their content, and one manifest, replaced whole.

    The manifest is what the store holds: a file it does not name was left by a run that did not finish; it is ignored,
    and removed by the next that writes. Reading takes no lock. Nothing here reads the clock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._writer: int | None = None

    def __repr__(self) -> str:
        extracts = self.manifest().extracts
        rows = ", ".join(f"{name} {used:,}" for name, used in {one.contract: one.rows_used for one in extracts}.items())
        return f"Store({str(self.folder)!r}; {len(extracts)} tables received; rows last used: {rows or 'none'})"

    @contextmanager
    def workspace(self, *, memory_gib: float = DEFAULT_MEMORY_GIB, threads: int = 2) -> Iterator[Workspace]:
        """Be the store's only writer, with a private folder inside it in which to check an extract before it is loaded.

        Rows are then never anywhere else. The folder goes at the end, or, if the run is killed, with the next writer.
        """
        with self._writing(), ExitStack() as held:
            with self._said_of_writing():
                folder = held.enter_context(private_workspace(self.folder))
            yield Workspace(folder, memory_gib=memory_gib, threads=threads)

    def load(self, extract: CheckedExtract, *, received_on: str | None = None) -> bool:
        """Add one extract; False, and nothing changes, when the identical extract is already there."""
        return self.load_all([extract], received_on=received_on) == 1

    def load_all(self, extracts: Sequence[CheckedExtract], *, received_on: str | None = None) -> int:
        """Add several extracts in one change of the manifest: all or none. Says how many were new.

        A later extract of the same source table takes the earlier one's place in `table`; both stay in the manifest.
        """
        with self.workspace() as workspace, self._said_of_writing():
            return self._add(receivable_extracts(extracts, workspace), received_on)

    def load_council(
        self, result: QualityResult, *, received_on: str | None = None, covers_from: date | str | None = None
    ) -> int:
        """Add a council's checked tables as the extract of the day they were checked as of; says how many were new.

        Earlier extracts stay, for `known_by`. `covers_from` is the first day from which a rolling window is complete
        (of an Annex A, six months back): rows before it that are absent count as not asked for, not as deleted. Without
        it, what the source says of itself counts. Raises `StoreError` for an extract no later than one already there,
        save the identical one, which changes nothing.
        """
        first_day = result.covers_from if covers_from is None else read_day(covers_from)
        if first_day and first_day > result.as_of:
            raise SettingsError("an extract cannot be complete only from a day after it was made")
        with self._writing():
            return self._add(receivable_tables(result, covers_from=first_day), received_on)

    def known_by(self, on: date | str) -> KnownFrames:
        """Each of a council's tables as it was known on a day, typed, by key; empty where nothing was.

        The only view that models get: what was recorded later, and what was later corrected or deleted, is as it was.
        """
        with self.known_by_engine(on) as known:
            return KnownFrames({name: _by_key(known, load_contract(name)) for name in COUNCIL_TABLES}, known.on)

    @contextmanager
    def known_by_engine(
        self, on: date | str, *, memory_gib: float = DEFAULT_MEMORY_GIB, threads: int = 2
    ) -> Iterator[KnownTables]:
        """The same to be asked in SQL, however large: rows stay in their files and are read as a query needs them."""
        day, manifest = read_day(on), self.manifest()
        with self._reading(memory_gib, threads) as workspace, open_engine(workspace) as engine:
            files = set[Path]()
            for contract in map(load_contract, COUNCIL_TABLES):
                snapshots = self._snapshots(contract, manifest, on=day)
                build_known_rows(engine, contract, snapshots=snapshots, on=day)
                files |= {snapshot.rows for snapshot in snapshots if isinstance(snapshot.rows, Path)}
            close_to_the_disk(engine, workspace, files=files)
            yield KnownTables(engine, day)

    def table(self, name: str) -> pd.DataFrame:
        """One contract's rows from the latest extract of each source table, typed, by key; empty if none came.

        A council's rows are as its last extract tells of them, those before a rolling window as the one before tells.
        """
        try:
            contract = load_contract(name)
        except SettingsError as error:
            raise StoreError(f"the store keeps no table {name}: {error}") from error
        manifest = self.manifest()
        if name in COUNCIL_TABLES:
            return self._last_rows(contract, manifest)
        kept, schema = [self._verified(stored, contract) for stored in manifest.current(name)], arrow_schema(contract)
        rows = pa.concat_tables([schema.empty_table(), *(pq.read_table(path).cast(schema) for path in kept)])
        return frame_from_arrow(rows, contract).sort_values(list(contract.key), ignore_index=True)

    def set_aside(self, table: str) -> pd.DataFrame:
        """Rows of the latest extract of a table that were set aside, as text, with the rules each broke.

        They are kept so that a person can see what to correct. They are records, and belong in no report.
        """
        if not self.manifest().extracts_of(table):
            raise StoreError(f"the store {self.folder} has received no table {table}")
        stored = self.manifest().extracts_of(table)[-1]
        if stored.set_aside_parquet is None or stored.set_aside_sha256 is None:
            raise StoreError(f"{stored.file_name} was stored without its rows set aside; ingest it into a new store")
        return read_set_aside(self._same(stored.set_aside_parquet, stored.set_aside_sha256, source=stored.file_name))

    def manifest(self) -> Manifest:
        """Every extract received, in order; `is_superseded` tells which still count."""
        try:
            return read_manifest(self.folder)
        except OSError as error:
            raise StoreError(f"store {self.folder} cannot be read: {error.strerror}") from error

    def _last_rows(self, contract: Contract, manifest: Manifest) -> pd.DataFrame:
        with self._reading(DEFAULT_MEMORY_GIB, 2) as workspace, open_engine(workspace) as engine:
            build_last_rows(engine, contract, snapshots=self._snapshots(contract, manifest, on=date.max))
            return _by_key(KnownTables(engine, date.max), contract)

    def _snapshots(self, contract: Contract, manifest: Manifest, *, on: date) -> list[Snapshot]:
        """The extracts that tell what was known on a day; only their files are read, and checked."""
        dated = [stored for stored in manifest.extracts_of(contract.name) if stored.extracted_on]
        shown = {stored.extracted_on: stored for stored in dated}
        told = [
            Snapshot(read_day(day or ""), self.folder / stored.parquet, _day_or_none(stored.covers_from))
            for day, stored in shown.items()
        ]
        earlier, later = neighbours(told, on)
        return [
            replace(snapshot, rows=self._verified(shown[f"{snapshot.extracted_on:%Y-%m-%d}"], contract))
            for snapshot in (*earlier, *later)
        ]

    @contextmanager
    def _reading(self, memory_gib: float, threads: int) -> Iterator[Workspace]:
        """A folder for what a query cannot hold in memory: in the store, or elsewhere where that may not be written."""
        if self.folder.is_dir() and os.access(self.folder, os.W_OK):
            with private_workspace(self.folder) as folder:
                yield Workspace(folder, memory_gib=memory_gib, threads=threads)
        else:
            workspace = temporary_workspace()
            yield replace(workspace, memory_gib=memory_gib, threads=threads)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the store's lock, once for all that one thread does with one workspace."""
        if self._writer == threading.get_ident():
            yield
            return
        with ExitStack() as held:
            with self._said_of_writing():
                make_private_folder(self.folder)
                held.enter_context(only_writer(self.folder))
                sweep(self.folder, self.manifest())
            self._writer = threading.get_ident()
            try:
                yield
            finally:
                self._writer = None

    @contextmanager
    def _said_of_writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(f"store {self.folder} cannot be written: {error.strerror}") from error

    def _add(self, received: Sequence[Receivable], received_on: str | None) -> int:
        with self._said_of_writing():
            manifest = self.manifest()
            for one in received:
                if not manifest.holds(one):
                    self._refuse_other_key(one, manifest)
                    self._refuse_if_not_later(one, manifest)
                    manifest = manifest.with_extracts((self._keep(one, received_on),))
            new = len(manifest.extracts) - len(self.manifest().extracts)
            if new:
                write_bytes_atomically(self.folder / MANIFEST_NAME, manifest.to_bytes())
        return new

    def _refuse_if_not_later(self, extract: Receivable, manifest: Manifest) -> None:
        """What was known when is told from extracts in their order; two of one day would contradict each other."""
        days = (stored.extracted_on for stored in manifest.extracts_of(extract.contract))
        last = max((day for day in days if day), default="")
        if extract.extracted_on and extract.extracted_on <= last:
            raise StoreError(
                f"store {self.folder} already holds an extract of {extract.contract} of {last}; one of "
                f"{extract.extracted_on} is not later: load extracts in their order, into a new store if need be"
            )

    def _refuse_other_key(self, extract: Receivable, manifest: Manifest) -> None:
        """Under another key the same person has another id: nobody could tell that they are one."""
        keys = {stored.pseudonym_key for stored in manifest.extracts if stored.contract in COUNCIL_TABLES}
        if extract.contract in COUNCIL_TABLES and keys - {extract.pseudonym_key}:
            raise StoreError(
                f"store {self.folder} holds extracts whose ids were made with another pseudonym key, or stand as "
                "received; use the same key, or a new store"
            )

    def _keep(self, extract: Receivable, received_on: str | None) -> StoredExtract:
        parquet = f"{extract.contract}-{extract.used_sha256}.parquet"
        aside = f"{extract.contract}_set_aside-{extract.set_aside_sha256}.parquet"
        copy_file_atomically(extract.used_file, self.folder / parquet)
        copy_file_atomically(extract.set_aside_file, self.folder / aside)
        same = set(StoredExtract.model_fields) & set(Receivable.__dataclass_fields__) - {"files"}
        return StoredExtract(
            **{name: getattr(extract, name) for name in same},
            files=tuple(ReceivedFrom.model_validate(asdict(file)) for file in extract.files),
            received_on=received_on,
            parquet=parquet,
            parquet_sha256=extract.used_sha256,
            set_aside_parquet=aside,
        )

    def _verified(self, stored: StoredExtract, contract: Contract) -> Path:
        if stored.contract_version != contract.version:
            raise StoreError(
                f"{stored.file_name} was stored under version {stored.contract_version} of contract {contract.name}, "
                f"now {contract.version}; ingest the file again"
            )
        return self._same(stored.parquet, stored.parquet_sha256, source=stored.file_name)

    def _same(self, name: str, sha256: str, *, source: str) -> Path:
        """A file of the store, if it still is what was stored."""
        path = self.folder / name
        try:
            found = hash_file(path)
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror}") from error
        if found != sha256:
            raise StoreError(f"{path} is not what was stored; ingest {source} into a new store")
        return path


def _by_key(known: KnownTables, contract: Contract) -> pd.DataFrame:
    return frame_from_arrow(known.arrow(select_by_key(contract)), contract)


def _day_or_none(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None
