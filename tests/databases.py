"""A real PostgreSQL for tests: the one that $EHFORECAST_TEST_DATABASE names, each test in a schema of its own."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pytest
from adbc_driver_postgresql import dbapi

VARIABLE = "EHFORECAST_TEST_DATABASE"


@dataclass(frozen=True)
class Schema:
    """A schema of the test database: its address and its name."""

    url: str
    name: str

    def run(self, *statements: str) -> None:
        """Run statements with this schema first on the path."""
        with dbapi.connect(self.url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in (f'SET search_path = "{self.name}"', *statements):
                cursor.execute(statement)

    def load(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Make tables out of frames."""
        with dbapi.connect(self.url) as connection, connection.cursor() as cursor:
            for name, frame in tables.items():
                rows = pa.Table.from_pandas(frame, preserve_index=False)
                cursor.adbc_ingest(name, rows, mode="create", db_schema_name=self.name)
            connection.commit()


@contextmanager
def schema_of_its_own() -> Iterator[Schema]:
    """An empty schema, dropped at the end; skips, with the reason, where there is no database."""
    url = os.environ.get(VARIABLE)
    if not url:
        pytest.skip(f"no PostgreSQL: ${VARIABLE} names none (`.ci/run` starts one)")
    schema = Schema(url, f"test_{uuid4().hex[:12]}")
    schema.run(f'CREATE SCHEMA "{schema.name}"')
    try:
        yield schema
    finally:
        schema.run(f'DROP SCHEMA "{schema.name}" CASCADE')
