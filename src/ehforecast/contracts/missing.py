"""How often each column of the rows used is absent, told by the files themselves: no row is read for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from ehforecast.contracts.quality import QualityResult


@dataclass(frozen=True)
class MissingCount:
    """In how many rows used a column is absent."""

    table: str
    column: str
    rows: int
    missing: int


def count_missing(result: QualityResult) -> tuple[MissingCount, ...]:
    """Every column of every table that was checked, in the order of the contracts."""
    return tuple(
        MissingCount(count.table, column, count.rows_used, missing)
        for count in result.tables
        for column, missing in absent_cells(result.rows[count.table].used).items()
    )


def absent_cells(path: Path) -> Mapping[str, int]:
    """Absent cells of a Parquet file by column, out of the counts that it keeps for each group of rows."""
    file = pq.read_metadata(path)
    groups = [file.row_group(number) for number in range(file.num_row_groups)]
    return {
        name: sum(group.column(place).statistics.null_count for group in groups)
        for place, name in enumerate(file.schema.to_arrow_schema().names)
    }
