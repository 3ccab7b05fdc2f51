"""The store of checked extracts."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ehforecast.contracts import COUNCIL_TABLES, CheckedExtract, Contract, QualityResult, load_contract
from ehforecast.contracts.typed_frames import arrow_schema, frame_from_arrow
from ehforecast.errors import SettingsError, StoreError
from ehforecast.store.council_extract import extracts_of_council, parquet_bytes
from ehforecast.store.files import make_private_folder, write_bytes_atomically
from ehforecast.store.known_by import Snapshot, find_neighbours, read_day, rows_known_by
from ehforecast.store.lock import only_writer
from ehforecast.store.manifest import MANIFEST_NAME, Manifest, StoredExtract, read_manifest


class Store:
    """Checked extracts in a folder: immutable Parquet files named by their content, and one manifest, replaced whole.

    The manifest is what the store holds: a file it does not name was left by a run that did not finish, and is ignored.
    Reading takes no lock. Nothing here reads the clock.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load(self, extract: CheckedExtract, *, received_on: str | None = None) -> bool:
        """Add one extract; False, and nothing changes, when the identical extract is already there."""
        return self.load_all([extract], received_on=received_on) == 1

    def load_all(self, extracts: Sequence[CheckedExtract], *, received_on: str | None = None) -> int:
        """Add several extracts in one change of the manifest: all or none. Says how many were new.

        A later extract of the same source table takes the earlier one's place in `table`; both stay in the manifest.
        """
        try:
            make_private_folder(self.folder)
            with only_writer(self.folder):
                return self._add(extracts, received_on)
        except OSError as error:
            raise StoreError(f"store {self.folder} cannot be written: {error.strerror}") from error

    def load_council(self, result: QualityResult, *, received_on: str | None = None) -> int:
        """Add a council's checked tables as the extract of the day they were checked as of; says how many were new.

        Earlier extracts stay, for `known_by`. Raises `StoreError` for an extract no later than one already there, save
        the identical one, which changes nothing.
        """
        return self.load_all(extracts_of_council(result), received_on=received_on)

    def known_by(self, on: date | str) -> Mapping[str, pd.DataFrame]:
        """Each of a council's tables as it was known on a day, typed, by key; empty where nothing was.

        The only view that models get: what was recorded later, and what was later corrected or deleted, is as it was.
        """
        day, manifest = read_day(on), self.manifest()
        return MappingProxyType(
            {name: self._known(load_contract(name), day, manifest=manifest) for name in COUNCIL_TABLES}
        )

    def _known(self, contract: Contract, day: date, *, manifest: Manifest) -> pd.DataFrame:
        earlier, later = find_neighbours(manifest.extracts_of(contract.name), day)
        return rows_known_by(
            contract, day, earlier=self._snapshot(earlier, contract), later=self._snapshot(later, contract)
        )

    def _snapshot(self, stored: StoredExtract | None, contract: Contract) -> Snapshot | None:
        if stored is None:
            return None
        return Snapshot(read_day(stored.extracted_on or ""), self._read(stored, contract))

    def _add(self, extracts: Sequence[CheckedExtract], received_on: str | None) -> int:
        manifest = self.manifest()
        for extract in extracts:
            if not manifest.holds(extract):
                self._refuse_if_not_later(extract, manifest)
                manifest = manifest.with_extracts((self._keep(extract, received_on),))
        new = len(manifest.extracts) - len(self.manifest().extracts)
        if new:
            write_bytes_atomically(self.folder / MANIFEST_NAME, manifest.to_bytes())
        return new

    def _refuse_if_not_later(self, extract: CheckedExtract, manifest: Manifest) -> None:
        """What was known when is told from extracts in their order; two of one day would contradict each other."""
        days = (stored.extracted_on for stored in manifest.extracts_of(extract.contract))
        last = max((day for day in days if day), default="")
        if extract.extracted_on and extract.extracted_on <= last:
            raise StoreError(
                f"store {self.folder} already holds an extract of {extract.contract} of {last}; one of "
                f"{extract.extracted_on} is not later: load extracts in their order, into a new store if need be"
            )

    def _keep(self, extract: CheckedExtract, received_on: str | None) -> StoredExtract:
        content = parquet_bytes(extract.frame, load_contract(extract.contract))
        sha256 = hashlib.sha256(content).hexdigest()
        parquet = f"{extract.contract}-{sha256}.parquet"
        write_bytes_atomically(self.folder / parquet, content)
        return StoredExtract(
            **{name: getattr(extract, name) for name in StoredExtract.model_fields if hasattr(extract, name)},
            received_on=received_on,
            parquet=parquet,
            parquet_sha256=sha256,
        )

    def manifest(self) -> Manifest:
        """Every extract received, in order; `is_superseded` tells which still count."""
        try:
            return read_manifest(self.folder)
        except OSError as error:
            raise StoreError(f"store {self.folder} cannot be read: {error.strerror}") from error

    def table(self, name: str) -> pd.DataFrame:
        """One contract's rows from the latest extract of each source table, typed, by key; empty if none came."""
        try:
            contract = load_contract(name)
        except SettingsError as error:
            raise StoreError(f"the store keeps no table {name}: {error}") from error
        parts = [self._read(stored, contract) for stored in self.manifest().current(name)]
        rows = pa.concat_tables([arrow_schema(contract).empty_table(), *parts])
        return frame_from_arrow(rows, contract).sort_values(list(contract.key), ignore_index=True)

    def _read(self, stored: StoredExtract, contract: Contract) -> pa.Table:
        if stored.contract_version != contract.version:
            raise StoreError(
                f"{stored.file_name} was stored under version {stored.contract_version} of contract {contract.name}, "
                f"now {contract.version}; ingest the file again"
            )
        try:
            content = (self.folder / stored.parquet).read_bytes()
        except OSError as error:
            raise StoreError(f"{self.folder / stored.parquet} cannot be read: {error.strerror}") from error
        if hashlib.sha256(content).hexdigest() != stored.parquet_sha256:
            raise StoreError(
                f"{self.folder / stored.parquet} is not what was stored; ingest {stored.file_name} into a new store"
            )
        return pq.read_table(io.BytesIO(content)).cast(arrow_schema(contract))
