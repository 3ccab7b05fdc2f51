"""A checked extract of a council's tables as the store keeps it: one entry per table, all of the same day."""

import hashlib
import io
import json

import pandas as pd
import pyarrow.parquet as pq

from ehforecast.contracts import CheckedExtract, Contract, QualityResult, TableCount, load_contract
from ehforecast.contracts.typed_frames import arrow_from_frame

LAYOUT = "council_tables"
LAYOUT_VERSION = "1.0.0"


def parquet_bytes(frame: pd.DataFrame, contract: Contract) -> bytes:
    """The same rows give the same bytes, so that a file can be named by its content."""
    buffer = io.BytesIO()
    pq.write_table(arrow_from_frame(frame, contract), buffer, compression="zstd")
    return buffer.getvalue()


def extracts_of_council(result: QualityResult) -> list[CheckedExtract]:
    """Each table of a checked council as an extract of the day it was checked as of.

    The rows came from memory: the hash is of the rows used and of how many were set aside by which rule.
    """
    return [_extract(count, result) for count in result.tables]


def _extract(count: TableCount, result: QualityResult) -> CheckedExtract:
    contract = load_contract(count.table)
    content = parquet_bytes(result.used[count.table], contract)
    counts = json.dumps(dict(count.set_aside), sort_keys=True).encode()
    return CheckedExtract(
        contract=contract.name,
        contract_version=contract.version,
        layout=LAYOUT,
        layout_version=LAYOUT_VERSION,
        table=count.table,
        file_name=count.table,
        file_sha256=hashlib.sha256(content + counts).hexdigest(),
        file_bytes=len(content),
        rows_in=count.rows_in,
        rows_used=count.rows_used,
        set_aside=dict(count.set_aside),
        frame=result.used[count.table],
        set_aside_rows=result.set_aside[count.table],
        extracted_on=f"{result.as_of:%Y-%m-%d}",
    )
