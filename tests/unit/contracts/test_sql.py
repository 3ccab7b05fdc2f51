from pathlib import Path

import duckdb
import pytest

from ehforecast.contracts.sql import close_to_the_disk, literal, open_engine, quoted


def test_names_and_values_cannot_end_early() -> None:
    value = """'; DROP TABLE areas; --" """
    with open_engine() as engine:
        found = engine.execute(f"SELECT {literal(value)} AS {quoted(value)}")
        # Catches a name or a value that becomes a command.
        assert (found.description[0][0], found.fetchall()) == (value, [(value,)])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM '{file}'",
        "COPY (SELECT 1) TO '{file}'",
        "ATTACH '{file}'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
    ],
)
def test_a_closed_engine_stays_closed(statement: str, tmp_path: Path) -> None:
    file = tmp_path / "other.csv"
    file.write_text("a\n1\n")
    with open_engine() as engine:
        close_to_the_disk(engine)
        # Catches a rule in a contract that could read, write or fetch anything.
        with pytest.raises(duckdb.Error):
            engine.execute(statement.format(file=file))
    assert file.read_text() == "a\n1\n"


def test_engines_share_nothing() -> None:
    with open_engine() as one, open_engine() as other:
        one.execute("CREATE TABLE rows AS SELECT 1")
        # Catches two extracts read side by side that mix their rows.
        with pytest.raises(duckdb.CatalogException):
            other.execute("SELECT * FROM rows")
