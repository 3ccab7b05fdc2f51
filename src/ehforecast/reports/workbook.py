"""Tables as a spreadsheet that follows the Government Analysis Function's rules for accessible spreadsheets.

A cover, a list of contents, notes, and one marked table a sheet, from column A, with one row of headings; no merged,
hidden or blank cells, no colours that mean something, no formulas. What has no figure holds its shorthand.
"""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from ehforecast.errors import SettingsError
from ehforecast.reports.safe_csv import neutral

LONGEST_NAME = 31
"""Letters of a sheet's name that a spreadsheet takes."""

_CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)  # the same bytes on every run
_MADE_NO_DATE = "A time of making is left out, so that the same run gives the same file."
_SHEET = re.compile(r"[A-Z][A-Za-z0-9]*(_[A-Za-z0-9]+)+")
_SHORTHAND = re.compile(r"\[[a-z]+\]")
_NARROWEST, _WIDEST = 10, 60


@dataclass(frozen=True)
class SheetTable:
    """One table on a sheet of its own.

    Attributes:
        sheet: name of sheet and table: words joined by "_", so that it cannot be taken for a cell ("Accuracy_by_area").
        title: what the table shows, of whom and when.
        columns: headings, each once.
        rows: numbers, words, or a shorthand in brackets where there is no figure; never blank.
        notes: what a reader must know, each a sentence.
    """

    sheet: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Workbook:
    """A spreadsheet's cover and tables.

    Attributes:
        title: of the workbook, also in its properties.
        cover: lines of the first sheet below the title: purpose, limits, source, run.
        tables: one sheet each.
        meanings: of each shorthand that may occur, by its mark; listed if and only if it does.
    """

    title: str
    cover: Sequence[str]
    tables: Sequence[SheetTable]
    meanings: Mapping[str, str]


def workbook_bytes(workbook: Workbook) -> bytes:
    """The file. Raises `SettingsError` for a table that cannot be read by everybody."""
    for table in workbook.tables:
        _check(table)
    used = sorted({mark for table in workbook.tables for mark in _marks(table)})
    unknown = [mark for mark in used if mark not in workbook.meanings]
    if unknown:
        raise SettingsError(f"spreadsheet '{workbook.title}': no meaning for {', '.join(unknown)}")
    memory = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(memory, options) as book:
        book.set_properties(
            {"title": workbook.title, "subject": workbook.cover[0], "comments": _MADE_NO_DATE, "created": _CREATED}
        )
        book.set_custom_property("Language", "en-GB")
        bold, wrapped = (
            book.add_format({"bold": True, "font_size": 14}),
            book.add_format({"text_wrap": True, "valign": "top"}),
        )
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
        _write_lines(book.add_worksheet("Cover"), [workbook.title, *workbook.cover], title=bold, wrapped=wrapped)
        contents = [(table.sheet, table.title) for table in workbook.tables]
        listed = SheetTable(
            "Table_of_contents", "Contents", ("Sheet", "What it shows"), [("Notes_and_marks", "Notes"), *contents]
        )
        _write_table(book.add_worksheet("Contents"), listed, title=bold, head=head)
        notes = _notes(workbook, used)
        _write_table(book.add_worksheet("Notes"), notes, title=bold, head=head)
        for table in workbook.tables:
            _write_table(book.add_worksheet(table.sheet), table, title=bold, head=head)
    return memory.getvalue()


def _check(table: SheetTable) -> None:
    problems = [
        (
            f"a name of words joined by '_', at most {LONGEST_NAME} letters",
            not _SHEET.fullmatch(table.sheet) or len(table.sheet) > LONGEST_NAME,
        ),
        ("each heading once", len({*table.columns}) < len(table.columns)),
        ("at least one row", not table.rows),
        ("as many cells in a row as headings", any(len(row) != len(table.columns) for row in table.rows)),
        (
            "no blank cell: a shorthand says why there is no figure",
            any(_is_blank(cell) for row in table.rows for cell in row),
        ),
    ]
    broken = [problem for problem, is_broken in problems if is_broken]
    if broken:
        raise SettingsError(f"sheet '{table.sheet}' needs {'; '.join(broken)}")


def _is_blank(cell: object) -> bool:
    return cell is None or cell != cell or not str(cell).strip()  # noqa: PLR0124 - a missing number is not equal to itself


def _marks(table: SheetTable) -> set[str]:
    return {str(cell) for row in table.rows for cell in row if isinstance(cell, str) and _SHORTHAND.fullmatch(cell)}


def _notes(workbook: Workbook, used: Sequence[str]) -> SheetTable:
    rows: list[tuple[object, ...]] = [("Shorthand", mark, workbook.meanings[mark]) for mark in used]
    rows += [("Note", table.sheet, note) for table in workbook.tables for note in table.notes]
    return SheetTable("Notes_and_marks", "Notes and shorthand", ("Kind", "Mark or sheet", "Meaning"),
                      rows or [("Note", "All sheets", "No notes and no shorthand are needed.")])  # fmt: skip


def _write_lines(sheet: Worksheet, lines: Sequence[str], *, title: Format, wrapped: Format) -> None:
    sheet.set_column(0, 0, 90)
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, str(neutral(line)), title if row == 0 else wrapped)


def _write_table(sheet: Worksheet, table: SheetTable, *, title: Format, head: Format) -> None:
    """Title in A1, a line that says what is on the sheet, the marked table below."""
    sheet.write_string(0, 0, str(neutral(table.title)), title)
    sheet.write_string(1, 0, "This sheet holds one table. Notes and shorthand are explained on the sheet Notes.")
    first, last = 2, 2 + len(table.rows)
    sheet.add_table(
        first, 0, last, len(table.columns) - 1,
        {"name": table.sheet, "autofilter": False, "style": None,
         "columns": [{"header": str(neutral(name)), "header_format": head} for name in table.columns]},
    )  # fmt: skip
    for number, row in enumerate(table.rows, start=first + 1):
        for column, cell in enumerate(row):
            value = neutral(cell)
            if isinstance(value, int | float):
                sheet.write_number(number, column, value)
            else:
                sheet.write_string(number, column, str(value))
    for column in range(len(table.columns)):
        widest = max(len(str(row[column])) for row in [table.columns, *table.rows])
        sheet.set_column(column, column, min(max(widest + 2, _NARROWEST), _WIDEST))
