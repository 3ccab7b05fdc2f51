"""Workbooks made to harm, or damaged: each is refused before it is opened, by its rule, in little memory."""

import re
import shutil
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import extracts
import numpy as np
import pytest
import xlsxwriter

from ehforecast.contracts import workbook, workbook_cells
from ehforecast.contracts.read_council import read_council
from ehforecast.contracts.workbook import check_workbook
from ehforecast.errors import ContractError
from ehforecast.synthetic.annex_a_workbook import write_annex_a_workbook

LAST = date(2024, 3, 31)
SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
Parts = dict[str, bytes]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_annex_a_workbook(extracts.draw(), tmp_path_factory.mktemp("sound") / "sound.xlsx")


def rule_of(path: Path) -> str:
    with pytest.raises(ContractError) as refusal:
        read_council(path, extracted_on=LAST)
    (finding,) = refusal.value.findings
    # Catches a message without its file or its remedy.
    assert finding.file == path.name
    assert finding.remedy.endswith(".")
    return finding.rule


def changed(sound: Path, to: Path, change: Callable[[Parts], None]) -> Path:
    """A copy of the workbook with other parts."""
    with zipfile.ZipFile(sound) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    change(parts)
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return to


def put(name: str, content: bytes) -> Callable[[Parts], None]:
    return lambda parts: parts.update({name: content})


def without(name: str) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        del parts[name]

    return change


def repeat_a_text(parts: Parts) -> None:
    """Three thousand cells that point at one text of a hundred thousand letters; noise keeps it from packing well."""
    long = np.random.default_rng(1).bytes(50_000).hex().encode()
    insert(TEXTS, b"</sst>", b"<si><t>" + long + b"</t></si>")(parts)
    insert(SHEET, b"</sheetData>", _pointers(parts, 3_000))(parts)


def insert(name: str, before: bytes, content: bytes) -> Callable[[Parts], None]:
    def change(parts: Parts) -> None:
        assert before in parts[name]
        parts[name] = parts[name].replace(before, content + before, 1)

    return change


HOSTILE: dict[str, tuple[Callable[[Parts], None], str]] = {
    "macros": (put("xl/vbaProject.bin", b"x"), "a_workbook_has_no_macros"),
    "macro sheet": (put("xl/macrosheets/sheet1.xml", b"<x/>"), "a_workbook_has_no_macros"),
    "content type of macros": (
        insert("[Content_Types].xml", b"</Types>", b"<!-- application/vnd.ms-excel.sheet.macroEnabled.main+xml -->"),
        "a_workbook_has_no_macros",
    ),
    "external link": (put("xl/externalLinks/externalLink1.xml", b"<x/>"), "a_workbook_has_no_links_to_other_files"),
    "connection": (put("xl/connections.xml", b"<x/>"), "a_workbook_has_no_links_to_other_files"),
    "embedded object": (put("xl/embeddings/oleObject1.bin", b"x"), "a_workbook_has_no_links_to_other_files"),
    "DDE in a formula": (
        insert(SHEET, b"</sheetData>", b"<row r='9'><c r='A9'><f>cmd|'/c calc'!A0</f><v>1</v></c></row>"),
        "a_workbook_has_no_links_to_other_files",
    ),
    "DDE link": (put("xl/other.xml", b"<ddeLink ddeService='cmd'/>"), "a_workbook_has_no_links_to_other_files"),
    "entities": (
        put("xl/styles.xml", b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><x>&b;</x>"),
        "a_workbook_declares_no_entities",
    ),
    "UTF-16": (put("xl/styles.xml", "<x/>".encode("utf-16")), "a_workbook_is_written_in_utf_8"),
    "UTF-16 without mark": (put("xl/styles.xml", "<x/>".encode("utf-16-le")), "a_workbook_is_written_in_utf_8"),
    "zip slip": (put("../../etc/passwd", b"x"), "parts_of_a_workbook_stay_inside_it"),
    "absolute part": (put("/etc/passwd", b"x"), "parts_of_a_workbook_stay_inside_it"),
    "part of another drive": (put("C:\\x", b"x"), "parts_of_a_workbook_stay_inside_it"),
    "a cell at the far end": (
        insert(SHEET, b"</sheetData>", b"<row r='1048576'><c r='XFD1048576'><v>1</v></c></row>"),
        "a_sheet_has_a_bounded_number_of_cells",
    ),
    "cells without places": (
        insert(SHEET, b"</sheetData>", b"<row>" + b"<c/>" * 2_000_001 + b"</row>"),
        "a_workbook_expands_within_bounds",
    ),
    "a bomb": (put("xl/media/image1.png", b"\0" * 20_000_000), "a_workbook_expands_within_bounds"),
    "a text repeated": (repeat_a_text, "a_workbook_expands_within_bounds"),
    "no sheets": (without("xl/workbook.xml"), "the_file_is_a_whole_workbook"),
    "a sheet that is no XML": (put(SHEET, b"<worksheet><sheetData><row><c"), "the_file_is_a_whole_workbook"),
}


def _pointers(parts: Parts, number: int) -> bytes:
    last = len(re.findall(b"<si>", parts[TEXTS])) - 1
    noise = np.random.default_rng(2).integers(0, 10**6, number)
    cells = [
        f"<row r='{row}'><c r='A{row}' s='{noise[row - 20]}' t='s'><v>{last}</v></c></row>"
        for row in range(20, 20 + number)
    ]
    return "".join(cells).encode()


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_workbooks(sound: Path, tmp_path: Path, kind: str) -> None:
    change, rule = HOSTILE[kind]
    # Catches a workbook that runs, calls out, or fills the memory of whoever opens it.
    assert rule_of(changed(sound, tmp_path / "hostile.xlsx", change)) == rule


def test_a_sound_workbook_is_not_refused(sound: Path) -> None:
    # Catches limits so tight that an ordinary workbook fails them.
    check_workbook(sound)


def test_many_cells(monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    monkeypatch.setattr(workbook, "MOST_CELLS", 10)
    # Catches a limit that is not looked at.
    assert rule_of(sound) == "a_sheet_has_a_bounded_number_of_cells"


def test_large_workbooks(monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    monkeypatch.setattr(workbook, "LARGEST_EXPANDED", 1_000)
    # Catches a limit that is not looked at.
    assert rule_of(sound) == "a_workbook_expands_within_bounds"


def test_parts_told_of_twice(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "twice.xlsx"
    shutil.copy(sound, path)
    with zipfile.ZipFile(path, "a") as parts, pytest.warns(UserWarning, match="Duplicate"):
        parts.writestr(SHEET, b"<x/>")
    # Catches one reader looking through one part and another opening its double.
    assert rule_of(path) == "a_workbook_has_a_bounded_number_of_parts"


def test_old_and_encrypted_workbooks(tmp_path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504
    for content, rule in (
        (ole + "EncryptedPackage".encode("utf-16-le"), "a_workbook_is_not_encrypted"),
        (ole + b"Workbook", "a_workbook_is_xlsx"),
    ):
        path = tmp_path / "old.xls"
        path.write_bytes(content)
        # Catches a password asked of nobody, and an old format guessed at.
        assert rule_of(path) == rule


def test_a_part_packed_in_a_way_no_workbook_is(sound: Path, tmp_path: Path) -> None:
    path = tmp_path / "packed.xlsx"
    with zipfile.ZipFile(sound) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_BZIP2) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    # Catches a way of packing that unpacks without a bound.
    assert rule_of(path) == "the_file_is_a_whole_workbook"


def test_a_part_with_a_password(sound: Path, tmp_path: Path) -> None:
    content = bytearray(sound.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(mark)
        while place >= 0:
            content[place + offset] |= 1
            place = content.find(mark, place + 4)
    path = tmp_path / "locked.xlsx"
    path.write_bytes(bytes(content))
    # Catches a locked part that fails deep inside a reader.
    assert rule_of(path) == "a_workbook_is_not_encrypted"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_truncated_workbooks(sound: Path, tmp_path: Path, share: float) -> None:
    content = sound.read_bytes()
    path = tmp_path / "cut.xlsx"
    path.write_bytes(content[: int(len(content) * share)])
    # Catches half a workbook read as a whole one.
    assert rule_of(path) == "the_file_is_a_whole_workbook"


def test_a_part_that_lies_about_its_size(sound: Path, tmp_path: Path) -> None:
    path = changed(sound, tmp_path / "liar.xlsx", put(SHEET, b"<x>" + b"a" * 5_000_000 + b"</x>"))
    content = path.read_bytes()
    true, false = (5_000_007).to_bytes(4, "little"), (500).to_bytes(4, "little")
    assert content.count(true) == 2
    path.write_bytes(content.replace(true, false))
    # Catches sizes believed as they are declared.
    assert rule_of(path) == "the_file_is_a_whole_workbook"


def test_a_panic_of_the_reader_is_a_finding(monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    class Panic(BaseException):
        pass

    def panic(*_: object) -> None:
        raise Panic

    monkeypatch.setattr(workbook_cells, "_rows", panic)
    # Catches a crash of the library that ends the program.
    assert rule_of(sound) == "the_file_is_a_whole_workbook"


def test_being_stopped_is_no_finding(monkeypatch: pytest.MonkeyPatch, sound: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workbook_cells, "_rows", stop)
    # Catches a program that cannot be stopped.
    with pytest.raises(KeyboardInterrupt):
        read_council(sound, extracted_on=LAST)


def test_cells_as_text(tmp_path: Path) -> None:
    path = tmp_path / "cells.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet("List 1")
        day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        page.write_row(0, 0, [1, 1.5, "x", True])
        page.write_datetime(1, 0, date(2024, 3, 1), day)
        page.write_number(1, 1, 45352.5, day)
        page.write_formula(1, 2, "=1+1", value="2")
        page.write_number(1, 3, 45352, book.add_format({"num_format": "dd/mm/yyyy"}))
    # Catches numbers with a point that were not written, and days as numbers.
    assert workbook_cells.read_sheets(path) == {
        "List 1": [["1", "1.5", "x", "True"], ["2024-03-01", "2024-03-01 12:00:00", "2", "2024-03-01"]]
    }
