"""Synthetic tables written as they are: one file per table, the plainest layout an extract can have."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pandas as pd

FileFormat = Literal["csv", "parquet"]


def write_plain(
    tables: Mapping[str, pd.DataFrame], folder: Path, *, file_format: FileFormat = "csv"
) -> tuple[Path, ...]:
    """Write each table into the folder (made if missing) under its own name; dates as year-month-day."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(write_frame(frame, folder / name, file_format=file_format) for name, frame in tables.items())


def write_frame(frame: pd.DataFrame, stem: Path, *, file_format: FileFormat, date_format: str = "%Y-%m-%d") -> Path:
    """Write one frame; the ending follows the format."""
    path = stem.with_name(f"{stem.name}.{file_format}")
    if file_format == "csv":
        frame.to_csv(path, index=False, date_format=date_format, lineterminator="\n")
    else:
        frame.to_parquet(path, index=False)
    return path
