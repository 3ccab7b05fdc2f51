"""The engine that reads and checks: DuckDB, closed to the network and, once the files are read, to the disk."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ehforecast.contracts.workspace import Workspace
from ehforecast.errors import StoreError

Config = dict[str, str | bool | int | float | list[str]]


@contextmanager
def open_engine(workspace: Workspace | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """An engine that fetches no extension. What does not fit in memory goes to the workspace, if there is one."""
    config: Config = {"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    config["disabled_optimizers"] = "in_clause"  # which makes of long lists joins, in which rows lose their order
    config |= _limits(workspace) if workspace else {"temp_directory": ""}
    engine = duckdb.connect(":memory:", config=config)
    try:
        yield engine
    finally:
        engine.close()


def _limits(workspace: Workspace) -> Config:
    spill = workspace.spill_folder
    spill.mkdir(mode=0o700, exist_ok=True)
    spill.chmod(0o700)  # the umask may have taken more away
    return {
        "temp_directory": str(spill),
        "memory_limit": f"{workspace.memory_gib}GiB",
        "threads": max(2, workspace.threads),
    }


def close_to_the_disk(
    engine: duckdb.DuckDBPyConnection, workspace: Workspace | None = None, *, files: Iterable[Path] = ()
) -> None:
    """From here on no statement, whoever wrote it, undoes this or opens a file but those named and the workspace's."""
    if workspace:
        engine.execute(f"SET allowed_directories = [{literal(workspace.folder.resolve())}]")
    engine.execute(f"SET allowed_paths = [{literals(path.resolve() for path in files)}]")
    engine.execute("SET enable_external_access=false")
    engine.execute("SET lock_configuration=true")


@contextmanager
def without_values(work: str) -> Iterator[None]:
    """DuckDB's own messages may quote a record: of a failure for want of memory or disk only that is said."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise StoreError(f"{work}: memory ran out; give the engine more, or fewer threads") from None
    except duckdb.IOException:
        raise StoreError(f"{work}: the disk could not be written or read; it may be full") from None


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
