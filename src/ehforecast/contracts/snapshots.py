"""Views of a council's tables out of several extracts: as known on a day, and as the last extract tells of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from ehforecast.contracts.contract import Contract
from ehforecast.contracts.known_rows import Shown, select_held_rows, select_known_rows
from ehforecast.contracts.sql import literal, quoted
from ehforecast.contracts.typed_frames import arrow_schema


@dataclass(frozen=True)
class Snapshot:
    """One table as one extract showed it: rows in memory or in a Parquet file; silent on some before `covers_from`."""

    extracted_on: date
    rows: pa.Table | Path
    covers_from: date | None = None


def neighbours(snapshots: Sequence[Snapshot], on: date) -> tuple[list[Snapshot], list[Snapshot]]:
    """The extracts that tell what was known on a day: those by then and those after, nearest first.

    Each way it goes on only until an extract that is complete: what lies behind that one adds nothing.
    """
    in_order = sorted(snapshots, key=lambda snapshot: snapshot.extracted_on)
    earlier = [snapshot for snapshot in reversed(in_order) if snapshot.extracted_on <= on]
    later = [snapshot for snapshot in in_order if snapshot.extracted_on > on]
    return _until_complete(earlier), _until_complete(later)


def _until_complete(nearest_first: Sequence[Snapshot]) -> list[Snapshot]:
    complete = [place for place, snapshot in enumerate(nearest_first) if snapshot.covers_from is None]
    return list(nearest_first[: complete[0] + 1] if complete else nearest_first)


def build_known_rows(
    engine: duckdb.DuckDBPyConnection, contract: Contract, *, snapshots: Sequence[Snapshot], on: date
) -> None:
    """A view named as the contract, of the rows known on a day.

    Before the first extract, what was deleted by then cannot be seen.
    """
    earlier, later = neighbours(snapshots, on)
    shown = _register(engine, contract, snapshots=[*earlier, *later])
    query = select_known_rows(contract, earlier=shown[: len(earlier)], later=shown[len(earlier) :])
    _build(engine, contract, query=query)


def build_last_rows(engine: duckdb.DuckDBPyConnection, contract: Contract, *, snapshots: Sequence[Snapshot]) -> None:
    """A view named as the contract, of the rows as the last extract tells of them."""
    earlier, _ = neighbours(snapshots, date.max)
    shown = _register(engine, contract, snapshots=earlier)
    _build(engine, contract, query=f"SELECT * EXCLUDE (shown_on) FROM ({select_held_rows(contract, shown)})")


def _build(engine: duckdb.DuckDBPyConnection, contract: Contract, *, query: str) -> None:
    """Where nothing is known the view is empty, and has its types none the less."""
    engine.register(f"{contract.name}_types", arrow_schema(contract).empty_table())
    engine.execute(f"CREATE TEMP VIEW {contract.name} AS SELECT * FROM {contract.name}_types UNION ALL ({query})")


def _register(engine: duckdb.DuckDBPyConnection, contract: Contract, *, snapshots: Sequence[Snapshot]) -> list[Shown]:
    return [_relation(engine, contract, snapshot=snapshot, place=place) for place, snapshot in enumerate(snapshots)]


def _relation(engine: duckdb.DuckDBPyConnection, contract: Contract, *, snapshot: Snapshot, place: int) -> Shown:
    name = f"{contract.name}_shown_{place}"
    if isinstance(snapshot.rows, Path):
        columns = ", ".join(quoted(column.name) for column in contract.columns)
        engine.execute(f"CREATE TEMP VIEW {name} AS SELECT {columns} FROM read_parquet({literal(snapshot.rows)})")
    else:
        engine.register(name, snapshot.rows)
    return Shown(name, snapshot.extracted_on, snapshot.covers_from)


def select_by_key(contract: Contract) -> str:
    """The query of all rows of such a view, by key."""
    return f"SELECT * FROM {contract.name} ORDER BY {', '.join(quoted(name) for name in contract.key)}"
