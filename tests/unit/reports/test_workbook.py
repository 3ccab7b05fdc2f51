"""Spreadsheets that keep the Government Analysis Function's checklist, read back as a reader's program would."""

import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree as ET

import pytest
from python_calamine import CalamineWorkbook

from ehforecast.errors import SettingsError
from ehforecast.reports.page_table import Column, PageTable, sheets_of
from ehforecast.reports.workbook import SheetTable, Workbook, workbook_bytes

FORMULA = '=HYPERLINK("x")'
TABLE = SheetTable(
    "Referrals_by_month",
    "Referrals of Northmere by month, April 2023 to June 2023",
    ("Month", "Referrals", "Share (%)"),
    [("2023-04", 120, 12.5), ("2023-05", "[c]", "[c]"), (FORMULA, -3, "@x")],
    ["Counts of 1 to 7 are hidden."],
)
OTHER = SheetTable("Accuracy_by_area", "Accuracy", ("Area", "Held"), [("Northmere", 0.81)])
BOOK = Workbook(
    "Referrals of Northmere",
    ["Advice to people; never a decision.", "Run abc."],
    [TABLE, OTHER],
    {"[c]": "hidden", "[x]": "not there"},
)


@pytest.fixture(scope="module")
def data() -> bytes:
    return workbook_bytes(BOOK)


@pytest.fixture(scope="module")
def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        return {name: packed.read(name).decode("utf-8") for name in packed.namelist()}


def sheets(parts: dict[str, str]) -> Iterator[tuple[str, ET.Element]]:
    yield from (
        (name, ET.fromstring(text))  # noqa: S314 - a file of our own
        for name, text in parts.items()
        if "worksheets/sheet" in name and "_rels" not in name
    )


def tags(root: ET.Element) -> set[str]:
    return {element.tag.rpartition("}")[2] for element in root.iter()}


def test_cover_contents_and_notes_come_first(data: bytes) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    # Catches a workbook that opens on a table without saying what it is.
    assert book.sheet_names == ["Cover", "Contents", "Notes", "Referrals_by_month", "Accuracy_by_area"]
    assert book.get_sheet_by_name("Cover").to_python() == [
        ["Referrals of Northmere"],
        ["Advice to people; never a decision."],
        ["Run abc."],
    ]
    contents = book.get_sheet_by_name("Contents").to_python()
    # Catches a sheet that is not listed, or listed under another title.
    assert [row for row in contents if row[0] in {TABLE.sheet, OTHER.sheet}] == [
        [TABLE.sheet, TABLE.title],
        [OTHER.sheet, OTHER.title],
    ]


def test_what_was_written_is_what_is_read(data: bytes) -> None:
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Referrals_by_month").to_python()
    # Catches numbers turned to text, negatives quoted, formulas alive, and cells a column off.
    assert rows[0][0] == TABLE.title
    assert rows[2:] == [
        ["Month", "Referrals", "Share (%)"],
        ["2023-04", 120.0, 12.5],
        ["2023-05", "[c]", "[c]"],
        ["'" + FORMULA, -3.0, "'@x"],
    ]


def test_one_marked_table_a_sheet(parts: dict[str, str]) -> None:
    tables = [ET.fromstring(parts[name]) for name in parts if name.startswith("xl/tables/")]  # noqa: S314 - our own
    names = [table.get("name") for table in tables]
    # Catches a table that a screen reader cannot find, or two of one name.
    assert sorted(names) == sorted({"Table_of_contents", "Notes_and_marks", TABLE.sheet, OTHER.sheet})
    # Catches a table shaped like a cell's name, which loses its mark, or not beginning in column A.
    assert not [name for name in names if re.fullmatch(r"[A-Za-z]{1,3}[0-9]+", name or "")]
    assert all((table.get("ref") or "").startswith("A3:") for table in tables)
    # Catches filters.
    assert not any("autoFilter" in tags(table) for table in tables)


def test_nothing_merged_hidden_frozen_linked_or_run(parts: dict[str, str]) -> None:
    for _, sheet in sheets(parts):
        # Catches what trips a screen reader, and a formula that a reader's program would run.
        assert not tags(sheet) & {
            "mergeCell",
            "f",
            "hyperlink",
            "pane",
            "drawing",
            "dataValidation",
            "conditionalFormatting",
        }
        assert not [row for row in sheet.iter() if row.get("hidden") == "1"]
        # Catches a cursor left somewhere down the sheet.
        assert {one.get("activeCell", "A1") for one in sheet.iter() if one.tag.endswith("selection")} <= {"A1"}
    # Catches macros, pictures and links to other files.
    assert not [name for name in parts if re.search(r"vba|media|externalLink|drawing", name)]


def test_properties_say_title_subject_and_language(parts: dict[str, str]) -> None:
    core = parts["docProps/core.xml"]
    # Catches a file that says "Book1", and one that differs with the clock.
    assert "<dc:title>Referrals of Northmere</dc:title>" in core
    assert "<dc:subject>Advice to people; never a decision.</dc:subject>" in core
    assert "2000-01-01T00:00:00Z" in core
    # Catches a screen reader left to guess the language.
    assert "en-GB" in parts["docProps/custom.xml"]


def test_the_same_tables_give_the_same_bytes(data: bytes) -> None:
    # Catches a time or a random name in the file.
    assert workbook_bytes(BOOK) == data


def test_a_mark_is_explained_if_and_only_if_it_is_used(data: bytes) -> None:
    notes = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("Notes").to_python()
    # Catches a mark without a meaning, and a legend of marks that do not occur.
    assert ["Shorthand", "[c]", "hidden"] in notes
    assert not [row for row in notes if row[1] == "[x]"]
    assert ["Note", TABLE.sheet, "Counts of 1 to 7 are hidden."] in notes
    with pytest.raises(SettingsError, match=r"no meaning for \[z\]"):
        workbook_bytes(Workbook("t", ["c"], [SheetTable("A_table", "t", ("a",), [("[z]",)])], {}))


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (SheetTable("T1", "t", ("a",), [(1,)]), "a name of words"),
        (SheetTable("A_" + "x" * 40, "t", ("a",), [(1,)]), "a name of words"),
        (SheetTable("A_table", "t", ("a", "a"), [(1, 2)]), "each heading once"),
        (SheetTable("A_table", "t", ("a",), []), "at least one row"),
        (SheetTable("A_table", "t", ("a", "b"), [(1,)]), "as many cells"),
        (SheetTable("A_table", "t", ("a",), [(None,)]), "no blank cell"),
        (SheetTable("A_table", "t", ("a",), [(float("nan"),)]), "no blank cell"),
        (SheetTable("A_table", "t", ("a",), [(" ",)]), "no blank cell"),
    ],
)
def test_a_table_not_everybody_can_read_is_refused(table: SheetTable, words: str) -> None:
    # Catches a sheet that breaks the checklist and is written all the same.
    with pytest.raises(SettingsError, match=words):
        workbook_bytes(Workbook("t", ["c"], [table], {}))


def test_long_names_are_cut_and_kept_apart() -> None:
    names = [f"least_change_of_a_front_door_for_{who}" for who in ("families", "schools", "the_police")]
    tables = [
        PageTable(name, name, (Column("month", "Month", "a month"),), [("2024-01",)]) for name in [*names, "empty"]
    ]
    tables[-1] = PageTable("empty_table", "Nothing", (Column("month", "Month", "a month"),), [])
    sheets = sheets_of(tables)
    # Catches a run that ends for the length of somebody's words, two sheets of one name, and an empty sheet.
    found = CalamineWorkbook.from_filelike(
        io.BytesIO(workbook_bytes(Workbook("Changes", ["Advice."], sheets, {"[c]": "hidden"})))
    )
    assert len({*found.sheet_names}) == len(names) + 3
    # Catches a table whose caption is lost with its name.
    assert [sheet.title for sheet in sheets] == names
