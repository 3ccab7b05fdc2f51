"""One table of a page, in the three forms in which it leaves: on the page, as CSV, and as a sheet."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.reports.safe_csv import csv_bytes
from ehforecast.reports.words import as_sentence, per_cent, plain_number, whole
from ehforecast.reports.workbook import LONGEST_NAME, SheetTable
from ehforecast.vocabulary.absence import AbsenceReason

Kind = Literal["text", "count", "share", "number", "plain"]
NOT_CALCULABLE = AbsenceReason.NOT_APPLICABLE.shorthand


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        name: in CSV files.
        heading: on the page.
        meaning: what it holds, in a sentence; explained beside the CSV.
        kind: how a cell is shown; a share lies between 0 and 1 and is shown as per cent; a plain number has no more
            decimal places than it needs.
        places: decimal places of a share or number, at most of a plain one.
    """

    name: str
    heading: str
    meaning: str
    kind: Kind = "text"
    places: int = 0

    def shown(self, cell: object) -> str:
        """A cell as it stands on the page; text stays as it is, a missing number becomes its shorthand."""
        if isinstance(cell, str):
            return cell
        value = float(cell)  # type: ignore[arg-type] # whatever is no text is a number
        if value != value:  # noqa: PLR0124 - a missing number is not equal to itself
            return NOT_CALCULABLE
        if self.kind == "plain":
            return plain_number(value, places=self.places)
        if self.kind == "share":
            return per_cent(value, places=self.places)
        return (
            whole(value)
            if self.kind == "count"
            else f"{round(value, self.places) + 0.0:,.{self.places}f}".replace("-", "\N{MINUS SIGN}")
        )

    def kept(self, cell: object) -> object:
        """The same figure in a CSV or sheet: not more exact than on the page."""
        if isinstance(cell, str):
            return cell
        value = float(cell)  # type: ignore[arg-type] # whatever is no text is a number
        if value != value:  # noqa: PLR0124
            return NOT_CALCULABLE
        # A share is rounded as the per cent it is shown as: 0.475 is 48% on the page, and must be 0.48 here.
        per_cent_places = round(value * 100, self.places) / 100
        return round(per_cent_places, self.places + 2) if self.kind == "share" else round(value, self.places)


@dataclass(frozen=True)
class PageTable:
    """One table; the first column names the rows.

    Attributes:
        name: of its CSV file, in words joined by "_".
        caption: what it shows, of whom and when.
        columns: of the table.
        rows: one cell per column: text, or a number.
        notes: what to know, each a sentence.
        is_folded: whether the page shows it only when asked to.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]]
    notes: tuple[str, ...] = field(default=())
    is_folded: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise SettingsError(f"table {self.name} has rows with more or fewer cells than columns")

    @property
    def shown(self) -> list[tuple[str, list[tuple[Column, str]]]]:
        """Each row's name and its other cells with their columns."""
        return [(self.columns[0].shown(row[0]), self._shown(row)) for row in self.rows]

    def _shown(self, row: Sequence[object]) -> list[tuple[Column, str]]:
        return [(column, column.shown(cell)) for column, cell in zip(self.columns[1:], row[1:], strict=True)]

    @property
    def kept_rows(self) -> list[list[object]]:
        """The rows as they are kept in files."""
        return [[column.kept(cell) for column, cell in zip(self.columns, row, strict=True)] for row in self.rows]

    def csv(self) -> bytes:
        """As CSV."""
        return csv_bytes([column.name for column in self.columns], self.kept_rows)

    def sheet(self) -> SheetTable:
        """As a sheet; a cell without text says so by its shorthand."""
        rows = [[NOT_CALCULABLE if cell == "" else cell for cell in row] for row in self.kept_rows]
        name = as_sentence(self.name) if "_" in self.name else f"{as_sentence(self.name)}_table"
        return SheetTable(name, self.caption, [column.heading for column in self.columns], rows, self.notes)


def sheets_of(tables: Iterable[PageTable]) -> list[SheetTable]:
    """A sheet for each table with rows. Names too long for a spreadsheet are cut, and numbered where two become one."""
    sheets: dict[str, SheetTable] = {}
    for table in tables:
        if not table.rows:
            continue
        whole, number = table.sheet(), 1
        name = whole.sheet[:LONGEST_NAME].rstrip("_")
        while name in sheets:
            number += 1
            name = f"{whole.sheet[: LONGEST_NAME - 3].rstrip('_')}_{number}"
        sheets[name] = replace(whole, sheet=name)
    return list(sheets.values())


def rows_of(
    frame: pd.DataFrame, columns: Sequence[Column], *, words: Mapping[str, Callable[[str], str]] | None = None
) -> list[list[object]]:
    """The cells of a frame's columns of those names, some of them put into words."""
    chosen = words or {}
    return [
        [
            chosen[column.name](str(row[column.name])) if column.name in chosen else row[column.name]
            for column in columns
        ]
        for row in frame.to_dict("records")
    ]
