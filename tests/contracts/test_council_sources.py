"""Extracts that the engine reads itself: the same answers as from frames, in bounded memory, closed to other paths."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from council_sample import AS_OF, CONTACT, PERSON, SOUND, Row, Tables, broken, check
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ehforecast.contracts import COUNCIL_TABLES, QualityResult, check_council, council, load_contract
from ehforecast.contracts.council_source import CouncilSource, Relations
from ehforecast.contracts.pseudonyms import Pseudonyms, pseudonymous_columns
from ehforecast.contracts.rules import SQL_TYPES, Rule, column_rules, row_rules
from ehforecast.contracts.sql import close_to_the_disk, open_engine, without_values
from ehforecast.contracts.workspace import Workspace, temporary_workspace
from ehforecast.errors import ContractError, SettingsError, StoreError

KEY = bytes(range(32))


def write_source(tables: Tables, folder: Path, *, selects: Mapping[str, str] | None = None) -> CouncilSource:
    """The tables as CSV files and a source whose queries read them as they are, unless others are given."""
    views = {}
    for name, rows in tables.items():
        columns = list(load_contract(name).column_names)
        pd.DataFrame(rows, columns=columns, dtype="str").to_csv(folder / f"{name}.csv", index=False)
        types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
        path = folder / f"{name}.csv"
        views[f"source_{name}"] = f"FROM read_csv('{path}', columns = {{{types}}}, header = true)"
    found = {name: f"FROM source_{name}" for name in tables} | dict(selects or {})
    return CouncilSource("plain_tables", "1.0.0", (), AS_OF, None, (), found, {}, Relations({}, views))


def contents(result: QualityResult) -> dict[str, str]:
    paths = [path for rows in result.rows.values() for path in (rows.used, rows.set_aside)]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def many(rows: int) -> Tables:
    """Contacts of three people, some repeated, some of nobody, some unreadable, in no order."""
    contacts = [
        CONTACT | {"contact_id": f"C{number * 7919 % rows}", "person_id": f"P{number % 4}",
                   "source": "2A" if number % 11 else "?"}
        for number in range(rows)
    ]  # fmt: skip
    return {"people": [*SOUND["people"], PERSON], "contacts": [*contacts, *contacts[:3]]}


def counts(result: QualityResult) -> object:
    return result.tables, [(one.table, one.rule, one.judged, one.broken, one.not_judged) for one in result.rules]


CELL = st.one_of(
    st.none(), st.sampled_from(["P1", "P2", "C1", "21", "5D", "2023-02-30", "-1", " ", "infinity", "0999-01-01"]),
    st.dates(date(2010, 1, 1), date(2026, 1, 1)).map(str), st.text("aé'\" !,;", max_size=3),
)  # fmt: skip
CHANGE = st.tuples(st.sampled_from(COUNCIL_TABLES), st.integers(0, 9), st.integers(0, 99), CELL)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(CHANGE, max_size=12), repeats=st.lists(st.sampled_from(COUNCIL_TABLES), max_size=4))
def test_files_and_frames_give_the_same_answers(
    tmp_path: Path, changes: list[tuple[str, int, int, str | None]], repeats: list[str]
) -> None:
    tables: Tables = {name: [dict(row) for row in rows] for name, rows in SOUND.items()}
    for table in repeats:
        tables[table].append(dict(tables[table][0]))
    for table, line, column, cell in changes:
        row = tables[table][line % len(tables[table])]
        row[list(row)[column % len(row)]] = cell
    of_files = check_council(write_source(tables, tmp_path), as_of=AS_OF)
    # Catches a row lost, invented or counted twice on its way from a file.
    for count in of_files.tables:
        assert count.rows_in == len(tables[count.table]) == count.rows_used + sum(count.set_aside.values())
        assert len(of_files.used[count.table]) == count.rows_used
        assert len(of_files.set_aside[count.table]) == count.rows_in - count.rows_used
    # Catches two ways in that judge differently, or keep other rows.
    assert counts(of_files) == counts(check(tables))
    assert contents(of_files) == contents(check(tables))


def reference(tables: Tables) -> dict[str, list[list[str]]]:
    """The rules of severity error broken by each row, each put by itself, without our joins, bits or hashes."""
    with duckdb.connect() as engine:
        engine.execute(f"SET VARIABLE as_of = DATE '{AS_OF}'")
        found = {name: by_cells(engine, name, rows) for name, rows in tables.items()}
        for name, names in found.items():
            asked = [rule for rule in row_rules(load_contract(name), in_order_of="line") if rule.severity == "error"]
            for stage in (True, False):
                whole = [str(line) for line, rules in enumerate(names) if not rules]
                sound = f"(FROM {name} WHERE line IN ({', '.join(whole) or '-1'})) AS checked"
                rules = [rule for rule in asked if rule.is_about_repeats == stage and set(rule.tables) <= tables.keys()]
                add_broken(engine, sound, rules=rules, found=names)
    return found


def by_cells(engine: duckdb.DuckDBPyConnection, name: str, rows: Sequence[Row]) -> list[list[str]]:
    contract = load_contract(name)
    given_rows = [{key: text if (text or "").strip(" ") else None for key, text in row.items()} for row in rows]
    frame = pd.DataFrame(given_rows, columns=list(contract.column_names), dtype="str").assign(line=range(len(rows)))
    engine.register(f"given_{name}", frame)
    names: list[list[str]] = [[] for _ in rows]
    add_broken(engine, f"given_{name}", rules=column_rules(contract), found=names)
    typed = ", ".join(f"TRY_CAST({c.name} AS {SQL_TYPES[c.logical_type]}) AS {c.name}" for c in contract.columns)
    engine.execute(f"CREATE TABLE {name} AS SELECT line, {typed} FROM given_{name}")  # noqa: S608 - ours
    return names


def add_broken(
    engine: duckdb.DuckDBPyConnection, relation: str, *, rules: Sequence[Rule], found: list[list[str]]
) -> None:
    for rule in rules:
        answers = engine.execute(f"SELECT line, {rule.is_broken} FROM {relation}").fetchall()  # noqa: S608 - ours
        for line in (line for line, is_broken in answers if is_broken):
            found[line].append(rule.name)


def test_joins_and_masks_say_what_each_rule_says_by_itself(tmp_path: Path) -> None:
    tables = SOUND | many(400)
    result = check_council(write_source(tables, tmp_path), as_of=AS_OF)
    for name, rules in reference(tables).items():
        # Catches a rule that means something else once it is joined, hashed or put in bits with others.
        assert result.set_aside[name]["rules"].tolist() == ["; ".join(row) for row in rules if row]


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_rows_give_the_same_bytes(tmp_path: Path, threads: int) -> None:
    tables = many(130_000)
    found = []
    for number, memory in ((threads, 2.0), (2, 0.25)):
        folder = tmp_path / f"{number}-{memory}"
        (folder / "files").mkdir(parents=True)
        source = write_source(tables, folder / "files")
        space = Workspace(folder, memory_gib=memory, threads=number)
        found.append(contents(check_council(source, as_of=AS_OF, workspace=space)))
    # Catches files that depend on how many threads wrote them, or on how much memory there was.
    assert found[0] == found[1]


def test_rows_of_a_query_without_an_order_are_put_in_one(tmp_path: Path) -> None:
    joined = {
        "contacts": "SELECT c.* FROM source_contacts AS c "
        "JOIN (SELECT DISTINCT person_id FROM source_people) AS p ON c.person_id = p.person_id",
        "people": "SELECT DISTINCT * FROM source_people",
    }
    tables = many(130_000)
    found = []
    for place, rows in enumerate((tables["contacts"], tables["contacts"][::-1])):
        folder = tmp_path / str(place)
        folder.mkdir()
        source = write_source(tables | {"contacts": rows}, folder, selects=joined)
        found.append(check_council(source, as_of=AS_OF))
    # Catches an order that comes from the machine: the same rows, joined on the way, would be another extract.
    assert contents(found[0]) == contents(found[1])
    assert found[0].used["contacts"]["contact_id"].is_monotonic_increasing


def test_ids_are_replaced_before_anything_is_kept(tmp_path: Path) -> None:
    tables = SOUND | {"contacts": [*SOUND["contacts"], CONTACT | {"contact_id": "Canary", "source": "?"}]}
    pseudonyms = Pseudonyms(KEY)
    result = check_council(write_source(tables, tmp_path), as_of=AS_OF, pseudonyms=pseudonyms)
    # Catches a rule that pseudonyms break: references must still hold.
    assert broken(result) == {("contacts", "source_is_a_word_of_referral_source_code"): 1}
    for name in COUNCIL_TABLES:
        for column in load_contract(name).column_names:
            kept = set(result.used[name][column].dropna().astype("str"))
            received = {str(row[column]) for row in SOUND[name] if row[column]}
            is_id = column in pseudonymous_columns(load_contract(name))
            # Catches an id kept as it came, another column replaced, and codes other than those told elsewhere.
            if is_id:
                assert kept == {pseudonyms.pseudonym(column, text) for text in received}
            assert not is_id or not kept & received
    # Catches an id among the rows set aside.
    assert result.set_aside["contacts"]["contact_id"].tolist() == [pseudonyms.pseudonym("contact_id", "Canary")]


def test_numbers_set_aside_stand_as_they_came() -> None:
    team: Row = SOUND["workforce"][0] | {"headcount": "007", "month": "2023-01-02"}
    result = check({"workforce": [team]})
    # Catches a row that cannot be found again in the council's own system.
    assert result.set_aside["workforce"]["headcount"].tolist() == ["007"]


def test_a_damaged_file_is_refused_without_its_values(tmp_path: Path) -> None:
    source = write_source({"people": [PERSON, PERSON]}, tmp_path)
    with (tmp_path / "people.csv").open("a") as file:
        file.write('"Canary,1\n' * 3)
    with pytest.raises(ContractError, match=r"table all, .*every_row_can_be_read") as refused:
        check_council(source, as_of=AS_OF)
    # Catches DuckDB's own message, which quotes the line.
    assert "Canary" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("selects", "rule"),
    [
        ({"people": "SELECT person_id FROM source_people"}, "every_column_of_the_contract_is_there"),
        ({"visits": "SELECT 1 AS visit"}, "every_table_has_a_contract"),
    ],
)
def test_a_source_gives_the_columns_of_the_contracts(tmp_path: Path, selects: dict[str, str], rule: str) -> None:
    # Catches a layout that forgets a column, which would be read as absent.
    with pytest.raises(ContractError, match=rule):
        check_council(write_source({"people": [PERSON]}, tmp_path, selects=selects), as_of=AS_OF)


def test_the_file_is_read_once_and_then_closed(tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a\n1\n")
    space = temporary_workspace()
    with open_engine(space) as engine:
        close_to_the_disk(engine, space, files=[])
        # Catches an engine that spills or writes nowhere, and so could check nothing large.
        engine.sql("SELECT 1 AS a").write_parquet(str(space.folder / "mine.parquet"))
        refused = (
            f"FROM '{other}'",
            f"COPY (SELECT 1) TO '{other}'",
            f"FROM '{space.folder}/../{tmp_path.name}/other.csv'",
            f"SET allowed_directories = ['{tmp_path}']",
        )
        for statement in refused:
            # Catches a rule in a contract that could read or write anything else.
            with pytest.raises(duckdb.Error):
                engine.execute(statement)
    assert other.read_text() == "a\n1\n"


def test_a_workspace_of_its_own_goes_with_the_result() -> None:
    result = check(SOUND)
    folder = result.workspace.folder
    # Catches rows of people readable by others while they are looked at.
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.glob("*.parquet")} == {0o600}
    del result
    # Catches rows of people left in the temporary folder.
    assert not folder.exists()


@pytest.mark.parametrize("given_limits", [{"memory_gib": 0}, {"memory_gib": 4.5}, {"threads": 0}])
def test_memory_and_threads_have_limits(tmp_path: Path, given_limits: dict[str, float]) -> None:
    # Catches a run that takes the whole of a shared machine.
    with pytest.raises(SettingsError):
        replace(Workspace(tmp_path), **given_limits)


def test_what_ran_out_is_said_without_values(tmp_path: Path) -> None:
    small = Workspace(tmp_path, memory_gib=0.01)
    with open_engine(small) as engine, pytest.raises(StoreError, match="memory ran out"), without_values("checking"):
        engine.execute("SELECT list(i) FROM range(20000000) t(i)").fetchall()
    missing = tmp_path / "Canary.parquet"
    with (
        open_engine() as engine,
        pytest.raises(StoreError, match="the disk could") as refused,
        without_values("checking"),
    ):
        engine.read_parquet(str(missing))
    # Catches a bare error of the engine, and a path or value in it.
    assert "Canary" not in str(refused.value)


def test_memory_that_ran_out_is_no_fault_of_the_file() -> None:
    # Catches an analyst sent back for another extract because the machine was too small.
    with pytest.raises(duckdb.OutOfMemoryException), council._readable("contacts"):
        raise duckdb.OutOfMemoryException("no more")
