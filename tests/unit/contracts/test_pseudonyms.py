"""Pseudonyms: the same in Python and in the engine, apart by kind and project, and a key that leaves no trace."""

import copy
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ehforecast.contracts.contract import load_contract
from ehforecast.contracts.council import COUNCIL_TABLES
from ehforecast.contracts.pseudonyms import KINDS, Pseudonyms, pseudonymous_columns
from ehforecast.contracts.sql import close_to_the_disk, open_engine
from ehforecast.errors import SettingsError

KEY = bytes(range(100, 132))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)


@pytest.fixture(scope="module")
def pseudonyms() -> Pseudonyms:
    return Pseudonyms(KEY)


@pytest.fixture(scope="module")
def engine(pseudonyms: Pseudonyms) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_engine() as engine:
        pseudonyms.prepare(engine)
        close_to_the_disk(engine)
        yield engine


def in_engine(engine: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms, column: str, text: str | None) -> str | None:
    code = pseudonyms.expression(column, "given")
    query = f"SELECT {code} FROM (SELECT CAST($1 AS VARCHAR) AS given)"  # noqa: S608 - what is tested is the query
    return engine.execute(query, [text]).fetchall()[0][0]


@given(st.lists(TEXTS, max_size=30))
@example(["", " \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f", "\x00", "a\x00b", "\x00 \x00", "\u00a0ID\u2003", "\x7f", "\x85"])
@example(
    [
        "\ufb01\ufb00 \u1e9e \xdf \u0130 \u0131 \u212a",
        "e\u0301",
        "\u0345\u0301",
        "\xe9" * 300,
        "x" * 5_000,
        "'; --",
        "$1",
    ]
)
def test_engine_and_python_agree_bit_for_bit(texts: list[str]) -> None:
    pseudonyms = Pseudonyms(KEY)
    with open_engine() as engine:  # one for each example: what lives longer is held until the end of the program
        pseudonyms.prepare(engine)
        close_to_the_disk(engine)
        engine.register("given", pa.table({"text": pa.array(texts, pa.string())}))
        query = f"SELECT {pseudonyms.expression('person_id', 'text')} FROM given"  # noqa: S608 - it is what is tested
        coded = [code for (code,) in engine.execute(query).fetchall()]
    # Catches any text for which one person would have two codes, depending on where it was computed.
    assert coded == [pseudonyms.pseudonym("person_id", text) for text in texts]


def test_a_pseudonym_is_hmac_sha_256(pseudonyms: Pseudonyms) -> None:
    sub_key = hmac.new(KEY, b"ehforecast pseudonym 1\0\0person", hashlib.sha256).digest()
    code = pseudonyms.pseudonym("person_id", "P00012345")
    # Catches a change of the formula: every pseudonym in every store would change with it, and people would be lost.
    assert code == hmac.new(sub_key, b"p00012345", hashlib.sha256).hexdigest()[:32]
    assert code == "17bcd768e98fb505ac541cfe3d86c22a"


def test_absent_ids_stay_absent(engine: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    for blank in (None, "", "  \t", "\u00a0\u3000"):
        # Catches a blank that becomes somebody: all rows without an id would be about one person.
        assert pseudonyms.pseudonym("person_id", blank) is None
        assert in_engine(engine, pseudonyms, "person_id", blank) is None


@pytest.mark.parametrize("text", [" ab-12", "AB-12\r\n", "Ab-12", "\uff21\uff22-12", "ab-\uff11\uff12", "ab-12\u00a0"])
def test_one_id_in_several_spellings_is_one_person(pseudonyms: Pseudonyms, text: str) -> None:
    # Catches one child counted as two because an export padded, widened or capitalised an id.
    assert pseudonyms.pseudonym("person_id", text) == pseudonyms.pseudonym("person_id", "ab-12")


@pytest.mark.parametrize("text", ["ab-13", "ab12", "ab- 12", "0ab-12", "ab-120"])
def test_other_ids_are_other_people(pseudonyms: Pseudonyms, text: str) -> None:
    # Catches a canonical form that throws away what tells ids apart: leading zeros, hyphens, spaces inside.
    assert pseudonyms.pseudonym("person_id", text) != pseudonyms.pseudonym("person_id", "ab-12")


def test_kinds_projects_and_keys_are_apart(engine: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    others = [Pseudonyms(KEY, project="research"), Pseudonyms(KEY[::-1])]
    codes = [pseudonyms.pseudonym(f"{kind}_id", "1234") for kind in KINDS]
    codes += [other.pseudonym("person_id", "1234") for other in others]
    # Catches an id of a contact that could be matched with that of a person, or one project's people with another's.
    assert len(set(codes)) == len(codes)
    # Catches the engine taking the key of another kind.
    assert [in_engine(engine, pseudonyms, f"{kind}_id", "1234") for kind in KINDS] == codes[: len(KINDS)]
    # Catches a fingerprint that would let extracts under different keys be mixed, or one that is itself a pseudonym.
    assert len({pseudonyms.fingerprint, *(other.fingerprint for other in others), *codes}) == 3 + len(codes)


def test_every_id_of_every_contract_has_a_kind(pseudonyms: Pseudonyms) -> None:
    columns = {column for table in COUNCIL_TABLES for column in pseudonymous_columns(load_contract(table))}
    # Catches an id that a contract adds and that would be kept as received.
    assert {column.removesuffix("_id") for column in columns} == set(KINDS)
    assert all(column.endswith("_id") for column in columns)
    # Catches the words of an event, such as a date or a code, replaced as if they were ids.
    with pytest.raises(SettingsError, match="column contact_on holds no id of a known kind"):
        pseudonyms.pseudonym("contact_on", "2023-01-01")
    with pytest.raises(SettingsError, match="column upn holds no id"):
        pseudonyms.expression("upn", "upn")


def test_the_key_is_in_nothing_that_can_be_read(pseudonyms: Pseudonyms) -> None:
    said = f"{pseudonyms!r} {pseudonyms} {pseudonyms.expression('person_id', 'x')} {pseudonyms.fingerprint}"
    # Catches the key in a log, a query or a manifest.
    assert KEY.hex() not in said
    assert repr(KEY)[2:-1] not in said
    # Catches the key written out with an object that holds it.
    for write in (ForkingPickler.dumps, copy.copy, copy.deepcopy, json.dumps):
        with pytest.raises(TypeError):
            write(pseudonyms)
    # Catches another way to the key by the usual ways of looking into an object.
    assert not hasattr(pseudonyms, "__dict__")
    assert not hasattr(pseudonyms, "key")


def test_the_engine_keeps_no_key_in_text(pseudonyms: Pseudonyms) -> None:
    with open_engine() as engine:
        pseudonyms.prepare(engine)
        engine.execute("CREATE TABLE ids AS SELECT 'P1' AS id")
        query = f"SELECT {pseudonyms.expression('person_id', 'id')} AS id FROM ids"  # noqa: S608 - it is what is tested
        engine.execute(f"CREATE VIEW coded AS {query}")
        kept = str(engine.execute("SELECT sql FROM duckdb_views()").fetchall())
        kept += str(engine.execute(f"EXPLAIN {query}").fetchall())
        kept += str(engine.execute("SELECT * FROM duckdb_settings()").fetchall())
        kept += str(engine.execute("SELECT * FROM duckdb_variables()").fetchall())
        everything = engine.execute("SELECT * FROM pseudonym_pads").fetchall()
    sub_keys = [bytes(byte ^ 0x36 for byte in inner)[:32] for _, inner, _ in everything]
    # Catches a test that would not know the sub-keys if it saw them.
    assert hmac.new(KEY, b"ehforecast pseudonym 1\0\0person", hashlib.sha256).digest() in sub_keys
    for secret in (KEY, *sub_keys, *(pad for _, *pads in everything for pad in pads)):
        # Catches a key in a stored query, a plan, a setting or a variable.
        assert secret.hex() not in kept.lower()
        assert repr(secret)[2:-1] not in kept
    # Catches the key itself inside the engine: sub-keys of one project are all it needs.
    assert KEY not in sub_keys


def test_a_key_file_of_its_owner_is_read(tmp_path: Path, pseudonyms: Pseudonyms) -> None:
    file = tmp_path / "pseudonym.key"
    file.write_text(KEY.hex().upper() + "\n", "utf-8")
    file.chmod(0o600)
    # Catches a key that changes on its way: capitals or the end of the line.
    assert Pseudonyms.from_file(file).fingerprint == pseudonyms.fingerprint
    assert Pseudonyms.from_environment({"KEY": f" {KEY.hex()} "}, "KEY").fingerprint == pseudonyms.fingerprint
    # Catches a project that does not reach the codes.
    assert Pseudonyms.from_file(file, project="research").fingerprint != pseudonyms.fingerprint


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such rights")
@pytest.mark.parametrize("rights", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, rights: int) -> None:
    file = tmp_path / "pseudonym.key"
    file.write_text(KEY.hex(), "utf-8")
    file.chmod(rights)
    # Catches a secret that is none.
    with pytest.raises(SettingsError, match=r"may be read by others than its owner; .*chmod 600"):
        Pseudonyms.from_file(file)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pass word",
        KEY.hex()[:-2],
        KEY.hex()[:-1],
        KEY.hex() + "0",
        "g" * 64,
        "\uff10\uff10" * 32,
        "00" * 32,
        "01" * 40,
    ],
)
def test_what_is_no_random_key_is_refused_without_printing_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "pseudonym.key"
    file.write_text(text, "utf-8")
    file.chmod(0o600)
    for read in (lambda: Pseudonyms.from_file(file), lambda: Pseudonyms.from_environment({"KEY": text}, "KEY")):
        # Catches a password, a cut-off key or zeros taken for a key.
        with pytest.raises(SettingsError, match=r"hexadecimal digits|at least 32 random bytes") as caught:
            read()
        # Catches a key shown on the screen because it was one digit short; and no word on how to make one.
        assert not text or text not in str(caught.value)
        assert "secrets.token_hex(32)" in str(caught.value)


def test_a_key_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path / "none.key", tmp_path):
        # Catches a traceback, or a run without pseudonyms because the key was missing.
        with pytest.raises(SettingsError, match=f"there is no pseudonym key file {path}"):
            Pseudonyms.from_file(path)
    with pytest.raises(SettingsError, match="environment variable KEY is not set"):
        Pseudonyms.from_environment({}, "KEY")
    file = tmp_path / "pseudonym.key"
    file.write_text(KEY.hex(), "utf-8")

    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    # Catches a traceback where the system says no.
    with pytest.raises(SettingsError, match=r"cannot be read: Permission denied"):
        Pseudonyms.from_file(file)
