"""Synthetic records as an Annex A workbook: a sheet per list, real dates, under either style of sheet names."""

from pathlib import Path
from types import MappingProxyType

import pandas as pd
import xlsxwriter

from ehforecast.synthetic.annex_a_files import SHEETS, annex_a_frames
from ehforecast.synthetic.council import SyntheticCouncil

_OTHER_HEADERS = MappingProxyType(
    {
        "Age of Child (Years)": "Age",
        "Date of referral": "Date of Referral",
        "Referral NFA?": "Referral  NFA",
        "Child Unique ID": "CHILD UNIQUE ID",
        "Organisation completing assessment": "Organisation Completing Assessment ",
    }
)
_GUIDANCE = "Annex A, child-level data. One row per event."


def write_annex_a_workbook(
    council: SyntheticCouncil, path: Path, *, months: int = 6, named: bool = False, other_headers: bool = False
) -> Path:
    """Write the lists as sheets `List 1` to `List 8`, or ``named`` by what they hold.

    ``other_headers`` spells headers as some councils do, puts a line of guidance above them, and writes days as text.
    """
    with xlsxwriter.Workbook(path) as workbook:
        form = workbook.add_format({"num_format": "dd/mm/yyyy"})
        for sheet, frame in annex_a_frames(council, months=months).items():
            page = workbook.add_worksheet(SHEETS[sheet] if named else sheet)
            first = 2 if other_headers else 0
            if other_headers:
                page.write_string(0, 0, _GUIDANCE)
            _write_rows(
                page, frame.rename(columns=dict(_OTHER_HEADERS)) if other_headers else frame, first=first, form=form
            )
    return path


def _write_rows(
    page: xlsxwriter.worksheet.Worksheet,
    frame: pd.DataFrame,
    *,
    first: int,
    form: xlsxwriter.format.Format,
) -> None:
    for column, name in enumerate(frame.columns):
        page.write_string(first, column, name)
        for row, value in enumerate(frame[name], start=first + 1):
            if pd.isna(value):
                continue
            if isinstance(value, pd.Timestamp):
                _write_day(page, value, place=(row, column), form=None if first else form)
            elif isinstance(value, str):
                page.write_string(row, column, value)
            else:
                page.write_number(row, column, value)


def _write_day(
    page: xlsxwriter.worksheet.Worksheet,
    value: pd.Timestamp,
    *,
    place: tuple[int, int],
    form: xlsxwriter.format.Format | None,
) -> None:
    """A real date in the format given, or text without one."""
    if form is None:
        page.write_string(*place, f"{value:%d/%m/%Y}")
    else:
        page.write_datetime(*place, value.to_pydatetime(), form)
