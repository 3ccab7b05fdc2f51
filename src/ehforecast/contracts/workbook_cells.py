"""The sheets of a checked workbook as tables of text, for the engine."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
from python_calamine import CalamineWorkbook

from ehforecast.contracts.source_file import refuse
from ehforecast.contracts.workbook import check_workbook

_MOST_LINES_ABOVE = 20
"""Lines of title and guidance that may stand above a header."""

Row = Sequence[object]


def read_sheets(path: Path) -> dict[str, list[list[str]]]:
    """Every sheet of a workbook as rows of text, in their order. The workbook is looked through before it is opened."""
    check_workbook(path)
    damaged = refuse(
        path.name, rule="the_file_is_a_whole_workbook", remedy="It is damaged; open it, save it as .xlsx, try again."
    )
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets = {
                name: [[cell_text(value) for value in row] for row in _rows(workbook, name)]
                for name in workbook.sheet_names
            }
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # noqa: BLE001 - a panic of the reader is no Exception
        raise damaged from None
    if not sheets:
        raise damaged
    return sheets


def _rows(workbook: CalamineWorkbook, name: str) -> Sequence[Row]:
    return workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)


def cell_text(value: object) -> str:
    """A cell as text: days year-month-day, whole numbers without a point.

    >>> from datetime import date
    >>> cell_text(date(2024, 3, 1)), cell_text(7.0), cell_text("x")
    ('2024-03-01', '7', 'x')
    """
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}" if value.time() != datetime.min.time() else f"{value:%Y-%m-%d}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def find_header(rows: Sequence[Sequence[str]], *, known: frozenset[str]) -> int:
    """The place of the row among the first that names most known columns (given in the same form as the cells)."""
    named = [sum(cell in known for cell in row) for row in rows[:_MOST_LINES_ABOVE]]
    return max(range(len(named)), key=named.__getitem__, default=0)


def cells_table(rows: Sequence[Sequence[str]], width: int) -> pa.Table:
    """Rows that are not wholly blank as columns c0, c1 …"""
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    columns = [
        pa.array([row[place] if place < len(row) else "" for row in kept], pa.string()) for place in range(width)
    ]
    return pa.table(columns, names=[f"c{place}" for place in range(width)])
