"""A table as given: a CSV or Parquet file or a sheet, whose it is by its headers, and its view in the engine."""

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa

from ehforecast.contracts.council_layout import CouncilLayout, SourceTable
from ehforecast.contracts.council_translations import cell, day
from ehforecast.contracts.source_file import EVERY_COLUMN
from ehforecast.contracts.sql import literal, quoted
from ehforecast.errors import Finding


@dataclass(frozen=True)
class GivenTable:
    """One table of an extract as it came. `label` is what it is called in messages; `cells` is set for a sheet."""

    label: str
    stem: str
    kind: Literal["csv", "parquet", "sheet"]
    path: Path
    header: tuple[str, ...]
    cells: pa.Table | None = None


def plain_words(text: str) -> str:
    """A name without case, punctuation and differences of spaces.

    >>> plain_words("Referral NFA?"), plain_words("ssd_contacts")
    ('referral nfa', 'ssd contacts')
    """
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


def columns_in(given: GivenTable, table: SourceTable) -> dict[str, list[int]]:
    """For each column of the layout the places in the header that name it: one if all is well."""
    headers = [plain_words(header) for header in given.header]
    return {
        name: [
            place
            for place, header in enumerate(headers)
            if header in {plain_words(word) for word in (name, *column.also)}
        ]
        for name, column in table.columns.items()
    }


def is_named_as(given: GivenTable, name: str, *, table: SourceTable) -> bool:
    """Whether a file or sheet is called as the table: by whole words, anywhere in a longer name of a file or sheet."""
    stem = f" {plain_words(given.stem)} "
    return any(f" {plain_words(word)} " in stem for word in (name, *table.named))


def holds_table(given: GivenTable, table: SourceTable) -> bool:
    """Whether the header has every column that must be there."""
    found = columns_in(given, table)
    return all(found[name] for name, column in table.columns.items() if column.required)


def find_header_faults(given: GivenTable, name: str, *, table: SourceTable) -> list[Finding]:
    """Columns that must be there and are not, and columns that are there twice."""
    found = columns_in(given, table)
    faults = []
    for column, places in found.items():
        called = (table.columns[column].also or (column,))[0]
        if len(places) > 1:
            remedy = "Remove or rename all but the right one."
            faults.append(Finding(given.label, name, called, "a_column_stands_once", len(places) - 1, remedy))
        elif not places and table.columns[column].required:
            remedy = "Add the column, empty if need be, or get the file again."
            faults.append(Finding(given.label, name, called, "every_column_of_the_table_is_there", 1, remedy))
    return faults


def build_view(given: GivenTable, name: str, *, layout: CouncilLayout) -> str:
    """The query of a table under the layout's column names: cells as text, days year-month-day. Others stay out."""
    table = layout.tables[name]
    found = columns_in(given, table)
    cells = ", ".join(
        _cell(given, places, missing=(*layout.missing, *table.columns[column].missing)) + f" AS {quoted(column)}"
        for column, places in found.items()
    )
    days = [
        f"{day(quoted(column), missing_days=layout.missing_days)} AS {quoted(column)}"
        for column, told in table.columns.items()
        if told.days and found[column]
    ]
    replaced = f" REPLACE ({', '.join(days)})" if days else ""
    return f"SELECT *{replaced} FROM (SELECT {cells} FROM {scan(given, name)})"


def _cell(given: GivenTable, places: Sequence[int], *, missing: Sequence[str]) -> str:
    if not places:
        return "NULL::VARCHAR"
    return cell(quoted(column_name(given, places[0])), missing=missing)


def column_name(given: GivenTable, place: int) -> str:
    """Name in a scan of the column at a place of the header."""
    return given.header[place] if given.kind == "parquet" else f"c{place}"


def scan(given: GivenTable, name: str, *, keep_rejects: bool = False) -> str:
    """The table function that reads the table, or the relation that holds its sheet."""
    # The engine reads * ? [ in a path as wildcards.
    path = literal(glob.escape(str(given.path)))
    if given.kind == "sheet":
        return sheet_relation(name)
    if given.kind == "parquet":
        return f"read_parquet({path}, hive_partitioning = false)"
    columns = ", ".join(f"{literal(f'c{place}')}: 'VARCHAR'" for place in range(len(given.header)))
    rejects = ", store_rejects = true" if keep_rejects else ""
    return (
        f"read_csv({path}, columns = {{{columns}}}, auto_detect = false, header = false, skip = 1, delim = ',', "
        f"quote = '\"', escape = '\"', strict_mode = true, compression = 'none'{rejects})"
    )


def sheet_relation(name: str) -> str:
    """Name of the relation of a sheet's cells."""
    return f"source_sheet_{name}"


def find_table_faults(given: Mapping[str, list[GivenTable]], layout: CouncilLayout) -> list[Finding]:
    """Tables that must be there and are not, and tables that are there twice."""
    faults = [
        Finding(
            layout.title, name, EVERY_COLUMN, "a_required_table_is_there", 1,
            f"Put it beside the others; it is called {' or '.join(table.named)}.",
        )
        for name, table in layout.tables.items()
        if table.required and not given.get(name)
    ]  # fmt: skip
    faults += [
        Finding(
            ", ".join(one.label for one in several), name, EVERY_COLUMN, "a_table_is_there_once", len(several) - 1,
            "Keep one of them.",
        )
        for name, several in given.items()
        if len(several) > 1
    ]  # fmt: skip
    return faults
