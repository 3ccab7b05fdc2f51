"""Tables straight from a real PostgreSQL: streamed, read only, minimised at the source, and silent about passwords."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from databases import Schema, schema_of_its_own

from ehforecast.contracts.database import Database, save_batches
from ehforecast.errors import ContractError, SettingsError

SECRET = "sw0rdfish-canary"  # noqa: S105 - planted, to be looked for


@pytest.fixture
def schema() -> Iterator[Schema]:
    with schema_of_its_own() as schema:
        yield schema


@pytest.fixture
def database(schema: Schema) -> Database:
    return Database(schema.url, schema.name)


def rows(path: Path) -> list[dict[str, object]]:
    return pq.read_table(path).to_pylist()


def test_every_value_comes_as_it_would_stand_in_a_csv_file(schema: Schema, database: Database, tmp_path: Path) -> None:
    schema.run(
        'CREATE TABLE "SSD_Odd" ("Id" bigint, born date, seen timestamp, logged timestamptz, form json, code char(5),'
        " amount numeric(9, 2), yes boolean, label varchar(9))",
        "INSERT INTO \"SSD_Odd\" VALUES (12345678901234, '2012-05-01', '2023-01-10 09:30', '2023-07-01 23:30+00',"
        " '{\"A\": \"Y\"}', 'N1', 7.50, true, NULL), (2, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, '')",
    )
    files = database.fetch({"ssd_odd": ()}, tmp_path)
    # Catches a bigint made a float, a padded code, an infinite date that breaks the reading, a blank taken for absent,
    # a stamp late on a summer evening in London dated by another clock, and names that differ in capitals only.
    assert rows(files["ssd_odd"]) == [
        {"id": "12345678901234", "born": "2012-05-01", "seen": "2023-01-10 09:30:00", "logged": "2023-07-02 00:30:00",
         "form": '{"A": "Y"}', "code": "N1", "amount": "7.50", "yes": "true", "label": None},
        {"id": "2", "born": "infinity", "seen": None, "logged": None, "form": None, "code": None, "amount": None,
         "yes": None, "label": ""},
    ]  # fmt: skip
    # Catches rows of people left readable by others on the machine.
    assert files["ssd_odd"].stat().st_mode & 0o777 == 0o600


def test_only_what_is_asked_for_leaves_the_server(schema: Schema, database: Database, tmp_path: Path) -> None:
    schema.load({"ssd_person": pd.DataFrame({"pers_person_id": ["P1"], "pers_surname": [SECRET]})})
    schema.load({"ssd_letters": pd.DataFrame({"text": [SECRET]}), "ssd_empty": pd.DataFrame({"a": ["x"]}).iloc[:0]})
    wanted = {"ssd_person": ["PERS_PERSON_ID", "pers_dob"], "ssd_empty": ["a"], "ssd_contacts": ["b"]}
    files = database.fetch(wanted, tmp_path)
    # Catches names and free text copied although nothing reads them, and tables that nobody asked for.
    assert {name: rows(path) for name, path in files.items()} == {
        "ssd_person": [{"pers_person_id": "P1"}],
        "ssd_empty": [],
    }
    assert not any(SECRET.encode() in path.read_bytes() for path in tmp_path.iterdir())


def test_the_session_can_write_nothing(schema: Schema, database: Database) -> None:
    schema.run("CREATE TABLE ssd_person (pers_person_id text)")
    with database._session() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('transaction_isolation')")
        # Catches a session that could change the council's records, or one that reads each table at another moment.
        assert cursor.fetchall() == [("on", "repeatable read")]
        with pytest.raises(SettingsError), database._session() as other, other.cursor() as writing:
            writing.execute(f'DELETE FROM "{schema.name}".ssd_person')  # noqa: S608 - the schema is ours


def test_a_missing_table_is_named(schema: Schema, database: Database, tmp_path: Path) -> None:
    schema.load({"ssd_person": pd.DataFrame({"pers_person_id": ["P1"]})})
    with pytest.raises(ContractError) as caught:
        database.fetch({"ssd_person": (), "ssd_contacts": ()}, tmp_path, required=["ssd_person", "ssd_contacts"])
    # Catches a run on half of a database, or a refusal that does not say which table is not there.
    assert [(finding.table, finding.rule) for finding in caught.value.findings] == [
        ("ssd_contacts", "the_table_is_in_the_database")
    ]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ContractError, match=r"schema elsewhere.*rule 'a_table_of_the_layout_is_in_the_database'"):
        # Catches a mistyped schema answered with an empty extract.
        Database(schema.url, "elsewhere").fetch({"ssd_person": ()}, tmp_path)


def test_a_table_that_may_not_be_read_is_named(schema: Schema, tmp_path: Path) -> None:
    reader = f"reader_{schema.name[-8:]}"
    schema.run(
        "CREATE TABLE ssd_person (pers_person_id text, pers_surname text)",
        "CREATE TABLE ssd_contacts (cont_contact_id text)",
        f"CREATE ROLE {reader} LOGIN PASSWORD '{SECRET}'",
        f'GRANT USAGE ON SCHEMA "{schema.name}" TO {reader}',
        f"GRANT SELECT (pers_person_id) ON ssd_person TO {reader}",
    )
    database = Database(schema.url.replace("//ehforecast", f"//{reader}"), schema.name)
    try:
        # Catches a right to some columns taken for none.
        assert set(database.fetch({"ssd_person": ["pers_person_id"]}, tmp_path)) == {"ssd_person"}
        with pytest.raises(ContractError) as caught:
            database.fetch({"ssd_person": ["pers_surname"], "ssd_contacts": ()}, tmp_path)
        # Catches a permission that looks like a missing table, or a traceback of the driver.
        assert [(finding.table, finding.column, finding.rule) for finding in caught.value.findings] == [
            ("ssd_person", "pers_surname", "the_table_may_be_read"),
            ("ssd_contacts", "all", "the_table_may_be_read"),
        ]
        assert "GRANT SELECT" in str(caught.value)
    finally:
        schema.run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")


def test_a_table_that_breaks_off_is_named_without_its_values(
    schema: Schema, database: Database, tmp_path: Path
) -> None:
    schema.run(
        "CREATE TABLE raw AS SELECT i::text AS id FROM generate_series(1, 50000) AS i",
        f"ALTER TABLE raw ALTER id SET DEFAULT '{SECRET}'",
        "INSERT INTO raw DEFAULT VALUES",
        "CREATE VIEW ssd_person AS SELECT id::int AS pers_person_id FROM raw",
        "CREATE VIEW ssd_contacts AS SELECT 1 / (SELECT count(*) - 50001 FROM raw) AS cont_contact_id",
    )
    with pytest.raises(ContractError, match=r"rule 'the_table_can_be_read_to_its_end' broken 1 time") as caught:
        database.fetch({"ssd_person": ()}, tmp_path)
    # Catches the server's message, which quotes the value, on somebody's screen or in a log, as a cause too.
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    with pytest.raises(ContractError, match=r"table ssd_contacts.*rule 'the_table_can_be_read_to_its_end'"):
        # Catches the same where the server stops before the first row.
        database.fetch({"ssd_contacts": ()}, tmp_path)


def test_a_table_that_cannot_be_asked_for_is_named(schema: Schema, database: Database, tmp_path: Path) -> None:
    wrapper = f"nothing_{schema.name[-8:]}"
    schema.run(
        f"CREATE FOREIGN DATA WRAPPER {wrapper}",
        f"CREATE SERVER {wrapper} FOREIGN DATA WRAPPER {wrapper}",
        f"CREATE FOREIGN TABLE ssd_person (pers_person_id text) SERVER {wrapper}",
    )
    try:
        # Catches the driver's own error for a table that is listed and cannot be read, such as another server's.
        with pytest.raises(ContractError, match=r"table ssd_person.*rule 'the_table_can_be_read_to_its_end'"):
            database.fetch({"ssd_person": ()}, tmp_path)
    finally:
        schema.run(f"DROP FOREIGN DATA WRAPPER {wrapper} CASCADE")


def test_a_long_table_goes_through_memory_in_pieces(schema: Schema, tmp_path: Path) -> None:
    schema.run(
        "CREATE TABLE ssd_contacts AS SELECT i AS cont_contact_id, repeat(md5(i::text), 8) AS text"
        " FROM generate_series(1, 400000) AS i",
        "CREATE TABLE ssd_person AS SELECT * FROM ssd_contacts LIMIT 40000",
    )
    script = (
        "import json, resource, sys; from pathlib import Path; from ehforecast.contracts.database import Database\n"
        "files = Database(sys.argv[1], sys.argv[2]).fetch({sys.argv[3]: ()}, Path(sys.argv[4]))\n"
        "print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))"
    )
    peaks = [
        float(
            json.loads(
                subprocess.run(
                    [sys.executable, "-c", script, schema.url, schema.name, table, tmp_path],
                    check=True, capture_output=True, text=True,
                ).stdout
            )
        )
        for table in ("ssd_person", "ssd_contacts")
    ]  # fmt: skip
    # Catches a table held in memory whole: the long one is 105 MB of text, the batches are 4 MiB.
    assert peaks[1] - peaks[0] < 40
    file = pq.ParquetFile(tmp_path / "ssd_contacts.parquet")
    # Catches rows lost between batches, and a test on a table that fits in one.
    assert file.metadata.num_rows == 400_000
    assert file.metadata.num_row_groups > 10


def test_an_existing_file_is_not_written_over(schema: Schema, database: Database, tmp_path: Path) -> None:
    schema.load({"ssd_person": pd.DataFrame({"pers_person_id": ["P1"]})})
    (tmp_path / "ssd_person.parquet").write_text("mine", "utf-8")
    # Catches a file of somebody's replaced, or rows written through a link into another folder.
    with pytest.raises(FileExistsError):
        database.fetch({"ssd_person": ()}, tmp_path)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://reader:{}@127.0.0.1:1/records", "127.0.0.1, database records, schema public: no server answers"),
        ("postgresql://reader:{}@/records?host=/nowhere/at/all", "no server answers there"),
        ("postgresql://reader:{}@nowhere.invalid/records", "nowhere.invalid, database records"),
        ("postgresql://reader@127.0.0.1:1?password={}", "database of the user"),
        ("mssql+pyodbc://reader:{}@server/records", "'mssql+pyodbc' are not read directly"),
        ("{}", "kind '' are not read directly"),
        ("postgresql://reader:{}@[::1/records", "address of the database cannot be read"),
        ("postgresql://reader:{}@server:port/records", "address of the database cannot be read"),
        ("postgresql://reader:{}@127.0.0.1/records?nonsense=1", "check it with psql"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_without_its_password(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Database(url.format(SECRET)).fetch({"ssd_person": ()}, tmp_path)
    # Catches a traceback, or a refusal that does not say what to look at.
    assert said in str(caught.value)
    # Catches the password on the screen, in a log or in the error behind the error.
    assert SECRET not in f"{caught.value} {caught.value.__cause__}"
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_an_address_is_never_printed() -> None:
    database = Database(f"postgresql://reader:{SECRET}@server:5432/records?sslmode=require", "ssd")
    # Catches a password in a log of objects; the user's name is nobody's business either.
    assert SECRET not in f"{database!r} {database} {database.place}"
    assert database.place == "PostgreSQL at server, database records, schema ssd"
    assert "reader" not in repr(database)


@pytest.mark.parametrize(
    ("url", "is_there"),
    [("postgresql://a:b@c/d", True), ("postgresql://a:@c/d", True), ("postgresql://a@c/d?password=", True),
     ("postgresql://a@c/d?passfile=/e", False), ("postgresql://a@c:1/d", False)],
)  # fmt: skip
def test_a_password_in_an_address_is_seen(url: str, is_there: bool) -> None:
    # Catches a password that a configuration would carry into a repository unseen.
    assert Database(url).has_password is is_there


def test_wrong_password_and_unknown_names_are_told_apart(schema: Schema, tmp_path: Path) -> None:
    for url, said in (
        (schema.url.replace("//ehforecast", "//nobody_at_all"), "no such user"),
        (schema.url.replace("/postgres?", "/no_records?"), "no such database"),
    ):
        if url == schema.url:
            pytest.skip("the address of the test database is not that of .ci/run")
        # Catches an analyst sent to the wrong person for help.
        with pytest.raises(SettingsError, match=said):
            Database(url).fetch({"ssd_person": ()}, tmp_path)


def test_batches_of_any_other_reader_are_saved(tmp_path: Path) -> None:
    table = pa.table({"cont_contact_id": pa.array(range(10)), "text": ["x"] * 10})
    reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=3))
    # Catches rows lost between batches, or a count that is not theirs.
    assert save_batches(reader, tmp_path / "ssd_contacts.parquet") == 10
    assert pq.read_table(tmp_path / "ssd_contacts.parquet").equals(table)
    # Catches records of people left readable by others, whatever the umask says.
    old = os.umask(0)
    try:
        save_batches(table.to_reader(), tmp_path / "again.parquet")
    finally:
        os.umask(old)
    assert (tmp_path / "again.parquet").stat().st_mode & 0o777 == 0o600
