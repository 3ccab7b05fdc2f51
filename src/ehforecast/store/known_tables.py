"""A council's tables in an engine of their own, to be asked in SQL: for features and series that no frame can hold."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa

from ehforecast.contracts import COUNCIL_TABLES, load_contract
from ehforecast.contracts.sql import close_to_the_disk, open_engine, quoted, without_values
from ehforecast.contracts.typed_frames import arrow_from_frame, arrow_schema
from ehforecast.contracts.workspace import temporary_workspace
from ehforecast.errors import SettingsError
from ehforecast.store.days import read_day

_FRAME_TYPES = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}


class KnownTables:
    """Relations named as a council's tables, with the rows known on a day; they can be asked, not changed.

    Rows are read when asked for. Queries see nothing else of the disk, and write nothing.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, on: date) -> None:
        self._engine = engine
        self.on = on
        engine.execute(f"SET VARIABLE known_on = DATE '{on.isoformat()}'")

    @classmethod
    @contextmanager
    def from_frames(cls, tables: Mapping[str, pd.DataFrame], *, on: date | str) -> Iterator["KnownTables"]:
        """The same out of typed frames, which are taken to be what was known on the day; a table not given is empty."""
        workspace = temporary_workspace()
        with open_engine(workspace) as engine:
            for name in COUNCIL_TABLES:
                contract = load_contract(name)
                rows = arrow_from_frame(tables[name], contract) if name in tables else None
                engine.register(name, rows if rows is not None else arrow_schema(contract).empty_table())
            close_to_the_disk(engine, workspace)
            yield cls(engine, read_day(on))

    def frame(self, query: str) -> pd.DataFrame:
        """The answer as a frame, in the same few types whatever the engine counts in.

        Days are `datetime64[us]`, whole numbers `Int64`, other numbers `float64`, yes or no `boolean`, text `str`.
        """
        frame: pd.DataFrame = self.arrow(query).to_pandas(types_mapper=_FRAME_TYPES.get)
        return frame

    def arrow(self, query: str) -> pa.Table:
        """The answer as an Arrow table, of the types named at `frame`."""
        self._refuse_if_no_question(query)
        with without_values("asking the store"):
            found = self._engine.sql(query).to_arrow_table()
        return found.cast(pa.schema([(field.name, _plain(field.type)) for field in found.schema]))

    def batches(self, query: str) -> pa.RecordBatchReader:
        """The answer piece by piece, in the engine's own types, for what memory cannot hold."""
        self._refuse_if_no_question(query)
        return self._engine.sql(query).to_arrow_reader()

    def add(self, name: str, rows: pd.DataFrame | pa.Table) -> None:
        """Add a relation of your own, for example a cohort: whom to ask about, and on which day."""
        self._refuse_name(name)
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
        self._engine.register(name, table)

    def keep(self, name: str, query: str) -> None:
        """Keep the answer of a query as a relation, for queries to come; it may be larger than memory."""
        self._refuse_name(name)
        self._refuse_if_no_question(query)
        with without_values("asking the store"):
            self._engine.execute(f"CREATE OR REPLACE TEMP TABLE {quoted(name)} AS {query}")

    def _refuse_if_no_question(self, query: str) -> None:
        """What only reads cannot write over a file of the store."""
        kinds = [statement.type for statement in self._engine.extract_statements(query)]
        if kinds != [duckdb.StatementType.SELECT]:
            raise SettingsError("the store is asked with one SELECT at a time")

    def _refuse_name(self, name: str) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in COUNCIL_TABLES:
            raise SettingsError(
                "a relation of your own has a name in lower case letters, digits and underscores that no table has"
            )


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return pa.int64()
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pa.float64()
    if pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        return pa.timestamp("us")
    return kind
