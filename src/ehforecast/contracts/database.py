"""Tables straight from a database: streamed into private Parquet files, in batches, in a session that only reads."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable
from urllib.parse import SplitResult, parse_qs, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
from adbc_driver_postgresql import StatementOptions, dbapi

from ehforecast.contracts.source_file import EVERY_COLUMN
from ehforecast.contracts.sql import quoted
from ehforecast.errors import ContractError, Finding, SettingsError

SCHEMES = ("postgresql", "postgres")
HOW_TO = "docs/how-to/connect_a_database.md"
BATCH_BYTES = 4 * 2**20
"""What the server sends before a batch is written out: all that is in memory of a table at any time, about."""

_SESSION = (
    "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY",
    "SET DateStyle = 'ISO'",
    "SET TimeZone = 'Europe/London'",
)
"""All tables are read as they were at one moment, nothing can be written, and dates are written one way."""

_WHAT_THERE_IS = """
    SELECT relation.relname, attribute.attname, has_column_privilege(relation.oid, attribute.attnum, 'SELECT'),
        attribute.atttypid = 'timestamptz'::regtype
    FROM pg_catalog.pg_class AS relation
    JOIN pg_catalog.pg_namespace AS space ON space.oid = relation.relnamespace
    JOIN pg_catalog.pg_attribute AS attribute ON attribute.attrelid = relation.oid
    WHERE space.nspname = $1 AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND attribute.attnum > 0 AND NOT attribute.attisdropped
    ORDER BY relation.relname, attribute.attnum
"""

_REASONS = MappingProxyType(
    {
        "password": "the server did not take the password; put it into PGPASSWORD or ~/.pgpass, not into the address",
        "pg_hba": "the server does not let this user in from this machine; ask its administrator",
        "role ": "the server knows no such user",
        "database ": "the server has no such database",
        "translate host": "there is no host of that name",
        "timeout": "no server answered in time",
        "Connection refused": "no server answers there; is it running, and is the port right?",
        "No such file": "no server answers there; is it running, and is the folder of its socket right?",
    }
)
"""What the driver says, by a part of it that holds nothing of the address, in words for an analyst."""


@runtime_checkable
class ArrowStream(Protocol):
    """Anything that hands out Arrow record batches one by one: a reader of pyarrow, ADBC, arrow-odbc or DuckDB."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


@dataclass(frozen=True)
class Database:
    """A database of a council's records and the schema its tables lie in. Its address is never printed whole."""

    url: str = field(repr=False)
    schema: str = "public"

    def __post_init__(self) -> None:
        scheme = _parts(self.url).scheme
        if scheme not in SCHEMES:
            raise SettingsError(
                f"databases of kind '{scheme[:20]}' are not read directly, only postgresql://; for others see {HOW_TO}"
            )

    @property
    def place(self) -> str:
        """Where it is, without user, password and options."""
        parts = _parts(self.url)
        host = parts.hostname or parse_qs(parts.query).get("host", ["the local machine"])[0]
        return f"PostgreSQL at {host}, database {parts.path.strip('/') or 'of the user'}, schema {self.schema}"

    @property
    def has_password(self) -> bool:
        """Whether the address holds a password, which belongs elsewhere."""
        parts = _parts(self.url)
        return parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True)

    def fetch(
        self, wanted: Mapping[str, Collection[str]], folder: Path, *, required: Collection[str] = ()
    ) -> dict[str, Path]:
        """Stream tables into `<table>.parquet` files in a private folder; give the file of each table that is there.

        `wanted` names the columns to ask for by table, an empty collection for all that may be read; what is not named
        never leaves the server. Every value comes as text, dates year-month-day, as in a CSV file. Raises
        `SettingsError` if nothing answers at the address, and `ContractError` for a required table that is missing and
        for a wanted one that may not be read.
        """
        with self._session() as connection:
            there = _tables_of(connection, self.schema)
            findings = [*self._missing(wanted, required, there=there), *self._closed(wanted, there=there)]
            if findings:
                raise ContractError(findings)
            chosen = {table: _chosen(there.get(table, []), columns) for table, columns in wanted.items()}
            return {
                table: self._save(connection, table, folder=folder, columns=columns)
                for table, columns in chosen.items()
                if columns
            }

    @contextmanager
    def _session(self) -> Iterator[Any]:
        try:
            with dbapi.connect(self.url, autocommit=True) as connection:
                with connection.cursor() as cursor:
                    for statement in _SESSION:
                        cursor.execute(statement)
                connection.adbc_connection.set_autocommit(False)
                yield connection
        except dbapi.DatabaseError as error:
            # The driver's own message may quote the address with its password; it must not reach the user.
            raise SettingsError(f"{self.place}: {_reason(str(error))}") from None

    def _missing(
        self, wanted: Collection[str], required: Collection[str], *, there: Collection[str]
    ) -> Iterator[Finding]:
        remedy = "Check the name of the schema in the configuration, and the rights of the user to see it."
        for table in required:
            if table not in there:
                yield Finding(self.place, table, EVERY_COLUMN, "the_table_is_in_the_database", 1, remedy)
        if not required and not any(table in there for table in wanted):
            yield Finding(self.place, "all", EVERY_COLUMN, "a_table_of_the_layout_is_in_the_database", 1, remedy)

    def _closed(
        self, wanted: Mapping[str, Collection[str]], *, there: "Mapping[str, list[_ServerColumn]]"
    ) -> Iterator[Finding]:
        remedy = f"Ask for it: GRANT USAGE ON SCHEMA {self.schema}, and GRANT SELECT on the table, for this user."
        for table, columns in wanted.items():
            closed = [column.name for column in _chosen(there.get(table, []), columns) if not column.may_be_read]
            if closed:
                place = ", ".join(closed) if columns else EVERY_COLUMN
                yield Finding(self.place, table, place, "the_table_may_be_read", len(closed), remedy)

    def _save(self, connection: Any, table: str, *, folder: Path, columns: "Sequence[_ServerColumn]") -> Path:  # noqa: ANN401 - has no types
        path = folder / f"{table}.parquet"
        cells = ", ".join(column.as_text for column in columns)
        query = f"SELECT {cells} FROM {quoted(self.schema)}.{quoted(columns[0].table)}"
        limits = {StatementOptions.BATCH_SIZE_HINT_BYTES.value: BATCH_BYTES}
        with connection.cursor(adbc_stmt_kwargs=limits) as cursor:
            try:
                cursor.execute(query)
            except dbapi.DatabaseError:
                raise _broken_off(self.place, table) from None
            save_batches(cursor.fetch_record_batch(), path, source=self.place)
        return path


@dataclass(frozen=True)
class _ServerColumn:
    """A column as the server has it; `table` as the server spells it."""

    table: str
    name: str
    may_be_read: bool
    has_time_zone: bool

    @property
    def as_text(self) -> str:
        name = quoted(self.name)
        value = f"({name} AT TIME ZONE 'Europe/London')" if self.has_time_zone else name
        return f"CAST({value} AS text) AS {quoted(self.name.lower())}"


def save_batches(batches: ArrowStream, path: Path, *, source: str = "the database") -> int:
    """Write record batches to a Parquet file readable by its owner only, one at a time; say how many rows they had.

    For any database with an Arrow reader: see docs/how-to/connect_a_database.md.
    """
    reader = pa.RecordBatchReader.from_stream(batches)
    schema = pa.schema([column.remove_metadata() for column in reader.schema])  # without a driver's notes on its types
    rows = 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file, pq.ParquetWriter(file, schema, compression="zstd") as writer:
        for batch in _received(reader, source=source, table=path.stem):
            writer.write_batch(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            rows += batch.num_rows
    return rows


def _received(reader: pa.RecordBatchReader, *, source: str, table: str) -> Iterator[pa.RecordBatch]:
    while True:
        try:
            batch = reader.read_next_batch()
        except StopIteration:
            return
        except (OSError, pa.ArrowException, dbapi.DatabaseError):
            # The server's own message may quote a value.
            raise _broken_off(source, table) from None
        yield batch


def _broken_off(source: str, table: str) -> ContractError:
    remedy = "The server stopped sending; try again, and look at its own log if it stops again."
    return ContractError([Finding(source, table, EVERY_COLUMN, "the_table_can_be_read_to_its_end", 1, remedy)])


def _tables_of(connection: Any, schema: str) -> dict[str, list[_ServerColumn]]:  # noqa: ANN401 - has no types
    """The columns of every table and view of a schema, by the table's name in lower case."""
    with connection.cursor() as cursor:
        cursor.execute(_WHAT_THERE_IS, (schema,))
        columns = [_ServerColumn(*row) for row in cursor.fetchall()]
    tables: dict[str, list[_ServerColumn]] = {}
    for column in columns:
        tables.setdefault(column.table.lower(), []).append(column)
    return tables


def _chosen(columns: Sequence[_ServerColumn], wanted: Collection[str]) -> Sequence[_ServerColumn]:
    """The columns wanted; where none is named, those that may be read, or all if none may."""
    if not wanted:
        return [column for column in columns if column.may_be_read] or columns
    names = {name.lower() for name in wanted}
    return [column for column in columns if column.name.lower() in names]


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - it is checked only when it is asked for
    except ValueError:
        raise SettingsError(
            "the address of the database cannot be read: postgresql://user@host:5432/database"
        ) from None
    return parts


def _reason(message: str) -> str:
    found = next((words for part, words in _REASONS.items() if part in message), "")
    return found or "the server could not be reached with this address; check it with psql"
