"""What may lie in a published folder: one file for each rule, and the rule and the cure in the message."""

import hashlib
import json
from collections.abc import Iterable

import pytest

from ehforecast.advisory.publishing import MOST_BYTES, MOST_ROWS, check_files
from ehforecast.errors import ReleaseRefused

FACTS = {"title": "T", "purpose": "planning", "data_source": "Invented", "run_id": "run-1", "controls": "1 to 7 hidden"}
SOUND = b"month,people\r\n2024-01,30\r\n"
MEANINGS = {"month": "a month", "people": "how many"}


def rows(values: list[str], name: str = "words") -> bytes:
    return "\r\n".join([f"month,{name}", *(f"2024-01,{value}" for value in values), ""]).encode()


def report(given: dict[str, bytes], **facts: object) -> dict[str, bytes]:
    """Files with metadata that declare them all."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in given.items()}
    columns = {"words": "words", "person_id": "who", **MEANINGS}
    told = {**FACTS, "files": hashes, "tables": {"t": {"columns": columns}}, **facts}
    return given | {"metadata.json": json.dumps(told).encode()}


def refused(files: dict[str, bytes]) -> str:
    with pytest.raises(ReleaseRefused) as caught:
        check_files(files)
    return str(caught.value)


def test_a_report_of_counts_passes() -> None:
    # Catches a rule that no honest report can keep.
    check_files(report({"index.html": b"<p>", "t.csv": SOUND, "tables.xlsx": b"PK"}))
    described = {"t.csv": {"sha256": hashlib.sha256(SOUND).hexdigest(), "columns": MEANINGS}}
    # Catches the other way of declaring a file, with its columns.
    check_files({"t.csv": SOUND, "metadata.json": json.dumps({**FACTS, "files": described}).encode()})


def long_table(columns: str, rows: Iterable[str]) -> bytes:
    return "\r\n".join([columns, *rows, ""]).encode()


PLACES = [f"place {number // 80},2{number % 80:03}-01,{number % 7 * 5}" for number in range(MOST_ROWS + 1)]
CHILDREN = [f"place {number % 9},2024-{1 + number % 12:02},{number % 7}" for number in range(MOST_ROWS + 1)]
OF_SERIES = {"area_code": "series", "month": "a month", "period": "a time", "people": "how many"}


def test_a_long_table_of_series_passes() -> None:
    for time in ("month", "period"):
        table = long_table(f"area_code,{time},people", PLACES)
        # Catches the counts of a council with many series refused as if they listed children.
        check_files(report({"t.csv": table}, tables={"t": {"columns": OF_SERIES}}))


def test_a_long_table_of_children_is_refused_whatever_its_columns_are_called() -> None:
    for columns in ("area_code,month,people", "area_code,period,people"):
        files = report({"t.csv": long_table(columns, CHILDREN)}, tables={"t": {"columns": OF_SERIES}})
        # Catches children of one place and month, told apart by numbers alone, let out as if each were a count.
        assert "fewer rows in t.csv: at most 5,000" in refused(files)
    named = long_table("area,period,people", PLACES)
    meanings = OF_SERIES | {"area": "a place"}
    # Catches a long table let out that does not say of which series it is.
    assert "fewer rows in t.csv" in refused(report({"t.csv": named}, tables={"t": {"columns": meanings}}))


BROKEN = {
    "undeclared": (report({"t.csv": SOUND}) | {"stray.csv": SOUND}, "a declaration of file stray.csv: list it"),
    "changed": (report({"t.csv": SOUND}) | {"t.csv": SOUND + b"2024-02,40\r\n"}, "file t.csv as it was declared"),
    "gone": (report({"t.csv": SOUND}, files={"t.csv": hashlib.sha256(SOUND).hexdigest(), "u.csv": "0"}),
             "file u.csv, which is declared"),
    "no purpose": (report({"t.csv": SOUND}, purpose=" "), "'purpose' in metadata.json"),
    "no controls": (report({"t.csv": SOUND}, controls=""), "'controls' in metadata.json"),
    "no source": (report({"t.csv": SOUND}, data_source=None), "'data_source' in metadata.json"),
    "no metadata": ({"t.csv": SOUND}, "'run_id' in metadata.json"),
    "metadata of no kind": ({"metadata.json": b"[1]"}, "'run_id' in metadata.json"),
    "metadata that cannot be read": ({"metadata.json": b"{"}, "'run_id' in metadata.json"),
    "a pickle": (report({"model.pkl": b"x"}), "another kind of file than model.pkl"),
    "a large file": (report({"p.png": b"x" * (MOST_BYTES + 1)}), "a smaller file than p.png: at most 16 MB"),
    "many rows": (report({"t.csv": b"people\r\n" + b"30\r\n" * (MOST_ROWS + 1)}), "fewer rows in t.csv: at most 5,000"),
    "no rows at all": (report({"t.csv": b""}), "a table in t.csv: a header"),
    "ragged": (report({"t.csv": SOUND + b"2024-02\r\n"}), "a table in t.csv: a header, and as many fields"),
    "named like an id": (report({"t.csv": rows(["a"], "person_id")}), "without column person_id"),
    "pseudonyms": (report({"t.csv": rows([f"k3f{number:04}x" for number in range(30)])}), "its values read like ids"),
    "numbers of children": (report({"t.csv": rows([str(7_000_000 + 13 * n) for n in range(30)])}), "read like ids"),
    "no meaning": (report({"t.csv": SOUND}, tables={}), "the meaning of column month of t.csv"),
    "e-mail": (report({"t.csv": rows(["jo@example.org"])}), "without e-mail addresses in column words"),
    "postcode": (report({"t.csv": rows(["near E1 6AN"])}), "without postcodes in column words"),
    "UPN": (report({"t.csv": rows(["A123456789012"])}), "without pupil numbers in column words"),
    "NHS number": (report({"t.csv": rows(["no. 943 476 5919"])}), "without health service numbers in column words"),
}  # fmt: skip


@pytest.mark.parametrize(("files", "said"), BROKEN.values(), ids=BROKEN)
def test_each_rule_refuses_and_says_why(files: dict[str, bytes], said: str) -> None:
    message = refused(files)
    # Catches a rule that is not kept, or that does not say what to do.
    assert said in message
    # Catches a message that holds what must not get out.
    assert not any(value in message for value in ("jo@", "E1 6AN", "A1234", "943 476", "k3f0001x"))


@pytest.mark.parametrize(
    "values",
    [[f"2024-{month:02}-01" for month in range(1, 13)] * 2, [f"E{number:08}" for number in range(30)],
     [f"word {number}" for number in range(30)], ["north-1", "south-1"] * 30, [f"{n / 7:.4f}" for n in range(30)]],
    ids=["days", "areas", "words", "few", "shares"],
)  # fmt: skip
def test_what_is_no_id_passes(values: list[str]) -> None:
    # Catches an honest table of days, areas or words refused as if it listed children.
    check_files(report({"t.csv": rows(values)}))


def test_all_that_is_wrong_is_said_at_once() -> None:
    message = refused(report({"model.pkl": b"x", "t.csv": rows(["jo@example.org"], "person_id")}, purpose=""))
    # Catches a message that stops at the first of several.
    assert all(word in message for word in ("purpose", "model.pkl", "person_id", "e-mail"))
