"""What the store can receive: an extract, and two files that hold its rows, those used and those set aside."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ehforecast.contracts import CheckedExtract, QualityResult, load_contract
from ehforecast.contracts.council_source import ReceivedFile
from ehforecast.contracts.typed_frames import arrow_from_frame
from ehforecast.contracts.workspace import Workspace
from ehforecast.store.files import hash_file


@dataclass(frozen=True)
class Receivable:
    """One table of one extract: where it came from, its rows by count, and the files with its rows and their hashes."""

    contract: str
    contract_version: str
    layout: str
    layout_version: str
    table: str
    file_name: str
    file_sha256: str
    file_bytes: int
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]
    extracted_on: str | None
    covers_from: str | None
    files: tuple[ReceivedFile, ...]
    used_file: Path
    used_sha256: str
    set_aside_file: Path
    set_aside_sha256: str
    pseudonym_key: str = ""


def receivable_tables(result: QualityResult, *, covers_from: date | None) -> list[Receivable]:
    """Each table of a checked council as an extract of the day it was checked as of.

    It is told from others by the rows used and set aside, not by the files they came from: under another pseudonym key
    or code map the same files are another extract.
    """
    return [_of_council(result, place, covers_from=covers_from) for place in range(len(result.tables))]


def _of_council(result: QualityResult, place: int, *, covers_from: date | None) -> Receivable:
    count = result.tables[place]
    contract, rows = load_contract(count.table), result.rows[count.table]
    used, aside = hash_file(rows.used), hash_file(rows.set_aside)
    return Receivable(
        contract=contract.name,
        contract_version=contract.version,
        layout=result.layout,
        layout_version=result.layout_version,
        table=count.table,
        file_name=count.table,
        file_sha256=hashlib.sha256(f"{used} {aside}".encode()).hexdigest(),
        file_bytes=rows.used.stat().st_size,
        rows_in=count.rows_in,
        rows_used=count.rows_used,
        set_aside=dict(count.set_aside),
        extracted_on=f"{result.as_of:%Y-%m-%d}",
        covers_from=f"{covers_from:%Y-%m-%d}" if covers_from else None,
        files=result.files,
        used_file=rows.used,
        used_sha256=used,
        set_aside_file=rows.set_aside,
        set_aside_sha256=aside,
        pseudonym_key=result.pseudonym_key,
    )


def receivable_extracts(extracts: Sequence[CheckedExtract], workspace: Workspace) -> list[Receivable]:
    """Extracts held in memory, their rows written to the workspace. The same rows give the same bytes."""
    return [_of_memory(extract, workspace.folder / f"{place}") for place, extract in enumerate(extracts)]


def _of_memory(extract: CheckedExtract, path: Path) -> Receivable:
    used, aside = path.with_suffix(".used"), path.with_suffix(".aside")
    pq.write_table(arrow_from_frame(extract.frame, load_contract(extract.contract)), used, compression="zstd")
    rows = pa.Table.from_pandas(extract.set_aside_rows.astype("str"), preserve_index=False)
    pq.write_table(rows.replace_schema_metadata(None), aside, compression="zstd")
    names = set(Receivable.__dataclass_fields__) & set(CheckedExtract.__dataclass_fields__)
    return Receivable(
        **{name: getattr(extract, name) for name in names},
        covers_from=None,
        files=(),
        used_file=used,
        used_sha256=hash_file(used),
        set_aside_file=aside,
        set_aside_sha256=hash_file(aside),
    )
