"""The engine that reads and checks: DuckDB, closed to the network and, once the file is read, to the disk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb


@contextmanager
def open_engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine in memory that fetches no extension and spills nothing to disk."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "temp_directory": "",
    }
    engine = duckdb.connect(":memory:", config=config)
    try:
        yield engine
    finally:
        engine.close()


def close_to_the_disk(engine: duckdb.DuckDBPyConnection) -> None:
    """From here on no statement, whoever wrote it, reads or writes a file or undoes this."""
    engine.execute("SET enable_external_access=false")
    engine.execute("SET lock_configuration=true")


def quoted(name: str) -> str:
    """A name as an SQL identifier.

    >>> quoted("Not in need")
    '"Not in need"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: object) -> str:
    """A value as an SQL string.

    >>> literal("St John's")
    "'St John''s'"
    """
    return "'" + str(text).replace("'", "''") + "'"


def literals(texts: Iterable[object]) -> str:
    """Several values, separated by commas, for `IN (…)`."""
    return ", ".join(literal(text) for text in texts)
