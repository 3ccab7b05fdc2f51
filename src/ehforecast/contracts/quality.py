"""What checking several tables found: rows used and set aside, and each rule's answers. Counts, never values."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council_source import Notice, ReceivedFile
from ehforecast.contracts.rules import Severity
from ehforecast.contracts.typed_frames import arrow_schema, frame_from_arrow
from ehforecast.contracts.workspace import Workspace
from ehforecast.errors import Finding


@dataclass(frozen=True)
class RuleCount:
    """One rule of one table: how many rows it was judged on, how many broke it, how many it could not judge."""

    table: str
    rule: str
    column: str
    severity: Severity
    rows: int
    judged: int
    broken: int
    not_judged: int
    remedy: str


@dataclass(frozen=True)
class TableCount:
    """Rows of one table: `rows_in == rows_used + sum(set_aside.values())`, always.

    `set_aside` counts each row once, by the first rule of severity error that it broke.
    """

    table: str
    rows_in: int
    rows_used: int
    set_aside: Mapping[str, int]


@dataclass(frozen=True)
class CheckedRows:
    """The rows of one table after a check: two Parquet files, of those used and of those set aside."""

    used: Path
    set_aside: Path


class UsedFrames(Mapping[str, pd.DataFrame]):
    """The typed rows of each table, read anew at each look: nothing of them is held in between."""

    def __init__(self, rows: Mapping[str, CheckedRows]) -> None:
        self._rows = rows

    def __getitem__(self, table: str) -> pd.DataFrame:
        contract = load_contract(table)
        return frame_from_arrow(pq.read_table(self._rows[table].used).cast(arrow_schema(contract)), contract)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


class SetAsideFrames(UsedFrames):
    """The rows set aside of each table as text, with the rules that each broke; read anew at each look."""

    def __getitem__(self, table: str) -> pd.DataFrame:
        return read_set_aside(self._rows[table].set_aside)


def read_set_aside(path: Path) -> pd.DataFrame:
    """A file of rows set aside as a frame of text."""
    frame: pd.DataFrame = pq.read_table(path).to_pandas()
    return frame.astype("str")


@dataclass(frozen=True)
class QualityResult:
    """What a check found, and the files its rows lie in, which are there as long as the workspace of the check.

    `used` has the typed rows that broke no rule of severity error, in the order received. `set_aside` has the others as
    text, with a column `rules` that names every rule of severity error each broke. Both are read from the files at each
    look, so small tables are had as frames and large ones are never loaded. `files` are those received (none
    for frames); `covers_from` is the first day of a rolling window, absent where the extract is complete;
    `pseudonym_key` is the fingerprint of the key that made the ids, empty where they stand as received.
    """

    as_of: date
    tables: tuple[TableCount, ...]
    rules: tuple[RuleCount, ...]
    rows: Mapping[str, CheckedRows] = field(repr=False)
    workspace: Workspace = field(repr=False)
    layout: str = "council_tables"
    layout_version: str = "1.0.0"
    files: tuple[ReceivedFile, ...] = ()
    notices: tuple[Notice, ...] = ()
    covers_from: date | None = None
    pseudonym_key: str = ""

    @property
    def used(self) -> Mapping[str, pd.DataFrame]:
        """Typed rows of each table."""
        return UsedFrames(self.rows)

    @property
    def set_aside(self) -> Mapping[str, pd.DataFrame]:
        """Rows set aside of each table."""
        return SetAsideFrames(self.rows)

    def counts(self) -> pd.DataFrame:
        """One row per table and rule, those that nothing broke included."""
        return pd.DataFrame([asdict(count) for count in self.rules])

    def find_broken(self, severity: Severity, *, file: str = "") -> tuple[Finding, ...]:
        """Rules of a severity that some row broke, as findings a person can act on."""
        return tuple(
            Finding(file, count.table, count.column, count.rule, count.broken, count.remedy)
            for count in self.rules
            if count.severity == severity and count.broken
        )
