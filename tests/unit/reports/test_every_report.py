"""What holds for every kind of report: the same numbers in page, CSV and workbook, and every file explained."""

import csv
import html
import importlib
import io
import json
import pkgutil
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from every_report import FORBIDDEN, REPORTS, pages_below
from python_calamine import CalamineWorkbook

import ehforecast.reports
from ehforecast.advisory.publishing import check_files
from ehforecast.advisory.statement import REVIEW_NOTE
from ehforecast.reports import palette

Cells = list[list[str]]
Written = Callable[[str], Path]
NAMES_OF_THE_SERVICE = "never a decision|no further action|escalation after early help|whether action followed is known"
"""Words of the statement, of statute, and of the names of a question and a rule."""

UNPUBLISHED = {"quality", "quality of few"}
"""For the analyst alone: it is kept in the private area, so it does not go through the release rules."""


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return pages_below(tmp_path_factory.mktemp("every"))


def kinds_with_tables() -> list[str]:
    return [kind for kind in REPORTS if kind != "index"]


def test_every_way_of_writing_a_report_is_here() -> None:
    named = {name for name, _ in REPORTS.values()}
    found = set()
    for module in pkgutil.iter_modules(ehforecast.reports.__path__):
        content = vars(importlib.import_module(f"ehforecast.reports.{module.name}"))
        found |= {
            name
            for name, one in content.items()
            if name.startswith("write_") and getattr(one, "__module__", "") == f"ehforecast.reports.{module.name}"
        }
    # Catches a new page that no test of accessibility, numbers or safety looks at.
    assert found - named == set()


def csv_tables(folder: Path) -> dict[str, Cells]:
    return {
        path.stem: list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"))))
        for path in sorted(folder.glob("*.csv"))
    }


def sheets(path: Path) -> dict[str, tuple[str, Cells]]:
    """Title and marked table of each sheet, by the table's name in words."""
    book = CalamineWorkbook.from_path(str(path))
    found = {}
    for name in book.sheet_names:
        if name not in ("Cover", "Contents", "Notes"):
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            found[name.lower().removesuffix("_table")] = (
                str(rows[0][0]),
                [[plain(c) for c in row] for row in rows[2:]],
            )
    return found


def plain(cell: object) -> str:
    return f"{cell:g}" if isinstance(cell, int | float) else str(cell)


def same(one: str, other: str) -> bool:
    """One cell as CSV and as a sheet has it: the same number, the same words; a cell without text is marked there."""
    try:
        return float(one) == pytest.approx(float(other), rel=1e-5)
    except ValueError:
        return (one or "[z]") == other


@pytest.mark.parametrize("kind", kinds_with_tables())
def test_csv_and_workbook_hold_the_same(kind: str, written: Written) -> None:
    folder = written(kind).parent
    tables, book = csv_tables(folder), sheets(folder / "tables.xlsx")
    filled = {name: rows for name, rows in tables.items() if len(rows) > 1}
    # Catches a table in one form that is not in the other.
    assert set(filled) == set(book)
    assert filled
    for name, rows in filled.items():
        shown = book[name][1]
        # Catches rows or columns lost on the way.
        assert [len(row) for row in rows] == [len(row) for row in shown], name
        different = [(a, b) for row, other in zip(rows[1:], shown[1:], strict=True)
                     for a, b in zip(row, other, strict=True) if not same(a, b)]  # fmt: skip
        # Catches a figure that is not the same in both.
        assert different == [], name


class Tables:
    """Captions and cells of a page's tables, read from its markup."""

    def __init__(self, markup: str, read: Callable[[str], object]) -> None:
        self.page = read(markup)

    def __iter__(self) -> Iterator[tuple[str, Cells]]:
        for table in self.page.all("table"):  # type: ignore[attr-defined] # a reader of the tests
            rows = [[cell.text for cell in row.all("th", "td")] for row in table.all("tr")]
            yield table.first("caption").text, rows


def agrees(shown: str, kept: str) -> bool:
    """Whether a cell on the page is the one in the file, at the page's own precision."""
    if shown == kept or (kept == "" and shown == ""):
        return True
    number = re.fullmatch(r"(over |under )?([\N{MINUS SIGN}-]?)([\d,]+(?:\.(\d+))?)(%?)", shown)
    if number is None:
        return shown.removeprefix("'") == kept.removeprefix("'")
    value = float(number[3].replace(",", "")) * (-1 if number[2] else 1)
    share = 100.0 if number[5] else 1.0
    # Half of the last place shown, or all of it where the page says only "over" or "under".
    slack = (1.0 if number[1] else 0.5) * 10.0 ** -len(number[4] or "")
    return abs(value - float(kept) * share) <= slack + 1e-9


@pytest.mark.parametrize("kind", kinds_with_tables())
def test_page_and_csv_hold_the_same(kind: str, written: Written, read: Callable[[str], object]) -> None:
    folder = written(kind).parent
    book = {title: csv_tables(folder)[name] for name, (title, _) in sheets(folder / "tables.xlsx").items()}
    both = [(caption, rows, book[caption]) for caption, rows in Tables(written(kind).read_text("utf-8"), read)
            if caption in book]  # fmt: skip
    if kind not in {"forecast", *UNPUBLISHED}:
        # Catches a test that compares nothing: pages of this layout show every table they are published with.
        assert {caption for caption, _, _ in both} == set(book)
    for caption, shown, kept in both:
        different = [(a, b) for row, other in zip(shown[1:], kept[1:], strict=True)
                     for a, b in zip(row, other, strict=True) if not agrees(a, b)]  # fmt: skip
        # Catches a figure on the page that is not the one in the files.
        assert different == [], caption


@pytest.mark.parametrize("kind", [kind for kind in kinds_with_tables() if kind not in UNPUBLISHED])
def test_every_published_report_keeps_the_rules(kind: str, written: Written) -> None:
    files = {path.name: path.read_bytes() for path in written(kind).parent.iterdir()}
    # Catches a report that could not be published, and one that was not checked.
    check_files(files)
    told = json.loads(files["metadata.json"])
    # Catches a report that looks reviewed when nobody has reviewed it.
    assert REVIEW_NOTE in html.unescape(files["index.html"].decode())
    assert told["review"] == REVIEW_NOTE
    # Catches a report that says nothing of itself on the index of its run.
    assert all(str(told[name]).strip() for name in ("title", "lead", "reader", "purpose", "run_id", "data_source"))


@pytest.mark.parametrize("kind", kinds_with_tables())
def test_workbooks_keep_to_the_rules_for_everybody(kind: str, written: Written) -> None:
    path = written(kind).parent / "tables.xlsx"
    book = CalamineWorkbook.from_path(str(path))
    # Catches a workbook without cover, contents or notes, or with a sheet that contents do not list.
    assert book.sheet_names[:3] == ["Cover", "Contents", "Notes"]
    listed = [row[0] for row in book.get_sheet_by_name("Contents").to_python()[3:]]
    assert listed == ["Notes_and_marks", *book.sheet_names[3:]]
    used = {
        cell for _, rows in sheets(path).values() for row in rows for cell in row if re.fullmatch(r"\[[a-z]\]", cell)
    }
    explained = {row[1] for row in book.get_sheet_by_name("Notes").to_python()[3:] if row[0] == "Shorthand"}
    # Catches a mark nobody explains, and one explained that is not there.
    assert used == explained
    with ZipFile(path) as zipped:
        inside = {name: zipped.read(name).decode("utf-8", "replace") for name in zipped.namelist()}
    together = "".join(text for name, text in inside.items() if name.startswith("xl/worksheets/sheet"))
    # Catches merged or hidden cells, filters, frozen panes, formulas, links, pictures and macros.
    for word in ("<mergeCell", "hidden=", "<autoFilter", "<pane", "<f>", "<hyperlink", "<drawing"):
        assert word not in together, word
    assert not any("media" in name or "vba" in name or "externalLink" in name for name in inside)
    # Catches a sheet with more than one marked table, or none.
    assert len([name for name in inside if name.startswith("xl/tables/")]) == len(book.sheet_names) - 1
    assert "<dc:title>" in inside["docProps/core.xml"]
    assert "en-GB" in inside["docProps/custom.xml"]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str = "#FFFFFF") -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", list(REPORTS))
def test_colours_can_be_told_from_the_page(kind: str, written: Written) -> None:
    drawings = "".join(re.findall(r"<svg.*?</svg>", written(kind).read_text("utf-8"), re.DOTALL))
    letters = {found.upper() for text in re.findall(r"<text[^>]*>", drawings)
               for found in re.findall(r"fill: (#\w{6})", text)}  # fmt: skip
    # Catches a label too pale for many: 4.5 to 1 is the least.
    assert {colour for colour in letters if contrast(colour) < 4.5} == set()
    strokes = {found.upper() for found in re.findall(r"stroke: (#\w{6})", drawings)}
    # Catches a line too pale to be seen, 3 to 1 being the least; grid lines mean nothing and may be pale, white parts.
    assert {colour for colour in strokes if contrast(colour) < 3} <= {palette.PALE_GREY, "#FFFFFF"}
    # Catches a colour that nobody measured.
    assert letters | strokes <= {one for one in vars(palette).values() if isinstance(one, str)} | {"#FFFFFF", "#000000"}


@pytest.mark.parametrize("kind", list(REPORTS))
def test_every_mark_on_a_page_is_explained_there(kind: str, written: Written, read: Callable[[str], object]) -> None:
    page = read(written(kind).read_text("utf-8"))
    used = {mark for cell in page.all("td") for mark in re.findall(r"\[[a-z]\]", cell.text)}  # type: ignore[attr-defined] # same
    said = " ".join(one.text for one in page.all("dt", "dd", "p"))  # type: ignore[attr-defined] # a reader of the tests
    # Catches a [c] or a [z] that nobody on the page explains.
    assert {mark for mark in used if mark not in said} == set()


@pytest.mark.parametrize("kind", list(REPORTS))
def test_no_page_speaks_as_if_it_decided(kind: str, written: Written, read: Callable[[str], object]) -> None:
    text = read(written(kind).read_text("utf-8")).text  # type: ignore[attr-defined] # a reader of the tests
    # Catches a page that tells people what to do, puts them in an order, or calls a number fair.
    assert FORBIDDEN.findall(re.sub(NAMES_OF_THE_SERVICE, "", text, flags=re.IGNORECASE)) == []
