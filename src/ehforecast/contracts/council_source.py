"""A council's extract, understood but not yet checked: its files, what is said of it, and its tables as SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import duckdb
import pyarrow as pa


@dataclass(frozen=True)
class ReceivedFile:
    """One file as received. `rows` are those of the table in it, or of all its sheets that were read."""

    name: str
    sha256: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Notice:
    """Something to know about an extract: a name that is its message, the table, a count, words. Never a value."""

    name: str
    table: str
    count: int
    words: str


@dataclass(frozen=True)
class Relations:
    """What selects speak of: tables in memory, views in their order, and tables to be made once from views."""

    in_memory: Mapping[str, pa.Table]
    views: Mapping[str, str]
    made: Mapping[str, str] = field(default_factory=dict)

    def register(self, engine: duckdb.DuckDBPyConnection, *, with_rows: bool = True) -> None:
        """Create them in the engine, which must still be open to the disk; without rows what is made stays empty."""
        for name, table in self.in_memory.items():
            engine.register(name, table)
        for name, query in self.views.items():
            engine.execute(f"CREATE VIEW {name} AS {query}")
        for name, query in self.made.items():
            engine.execute(f"CREATE TABLE {name} AS {query}{'' if with_rows else ' LIMIT 0'}")


@dataclass(frozen=True)
class CouncilSource:
    """One extract of one council, as its layout reads it.

    `selects` has, for each contract table that the source holds, a query that gives exactly the contract's columns as
    text, days as year-month-day, absent cells as NULL; a cell that could not be translated stands as it was written, so
    that the contract's rules set its row aside. `covers_from` is the first day of a rolling window. `not_held` says of
    each column that does not come through why. `register` makes what the queries speak of; files are read when used.
    """

    layout: str
    layout_version: str
    files: tuple[ReceivedFile, ...]
    extracted_on: date
    covers_from: date | None
    notices: tuple[Notice, ...]
    selects: Mapping[str, str]
    not_held: Mapping[str, Mapping[str, str]]
    relations: Relations
    translated: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def register(self, engine: duckdb.DuckDBPyConnection) -> None:
        """Create in an engine that may still read files what the selects speak of; every name begins with source_."""
        self.relations.register(engine)
