"""The files of an extract: found in a folder, read as far as their headers, and told apart by layout."""

import glob
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import duckdb

from ehforecast.contracts.council_layout import CouncilLayout
from ehforecast.contracts.given_tables import (
    GivenTable,
    find_header_faults,
    find_table_faults,
    holds_table,
    is_named_as,
    plain_words,
)
from ehforecast.contracts.received_bytes import (
    FileBytes,
    check_ordinary,
    check_parquet_frame,
    read_csv_header,
    read_hash,
    read_text_bytes,
)
from ehforecast.contracts.source_file import EVERY_COLUMN, NOT_KNOWN, refuse
from ehforecast.contracts.sql import literal, open_engine
from ehforecast.contracts.workbook_cells import cells_table, find_header, read_sheets
from ehforecast.errors import ContractError, Finding, SettingsError

_MOST_FILES = 1_000
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb"})
_TABLES = frozenset({".csv", ".parquet"})

Files = dict[str, FileBytes]


def find_files(path: Path) -> list[Path]:
    """The tables and workbooks of an extract: all in a folder, or the one file named. Links are refused."""
    if path.is_symlink():
        raise refuse(path.name, rule="the_extract_is_no_link", remedy="Name the folder or workbook itself.")
    if not path.exists():
        raise refuse(path.name, rule="the_extract_exists", remedy="Nothing has that name; check the path.")
    found = sorted(path.iterdir())[: _MOST_FILES + 1] if path.is_dir() else [path]
    files = [
        file for file in found if file.suffix.lower() in _WORKBOOKS | _TABLES and not file.name.startswith(("~$", "."))
    ]
    if not files or len(found) > _MOST_FILES:
        remedy = f"Name a folder of CSV or Parquet files, or a workbook (.xlsx); at most {_MOST_FILES} files."
        raise refuse(path.name, rule="the_extract_holds_tables", remedy=remedy)
    for file in files:
        check_ordinary(file)
    return files


def open_files(files: Iterable[Path], *, known_headers: frozenset[str]) -> tuple[list[GivenTable], Files]:
    """Every table in the files, with its header, and what identifies each file."""
    given: list[GivenTable] = []
    read: Files = {}
    for file in files:
        tables, read[file.name] = open_file(file, known_headers=known_headers)
        given += tables
    return given, read


def open_file(path: Path, *, known_headers: frozenset[str]) -> tuple[list[GivenTable], FileBytes]:
    """The tables in one file: one, or those of a workbook's sheets."""
    try:
        if path.suffix.lower() in _WORKBOOKS:
            content = read_hash(path)
            return _open_workbook(path, known_headers), content
        if path.suffix.lower() == ".parquet":
            check_parquet_frame(path)
            content = read_hash(path)
            return [GivenTable(path.name, path.stem, "parquet", path, _parquet_header(path))], content
        content = read_text_bytes(path)
        return [GivenTable(path.name, path.stem, "csv", path, read_csv_header(path))], content
    except OSError as error:
        remedy = f"The system says: {error.strerror}. Check who may read it."
        raise refuse(path.name, rule="the_file_can_be_read", remedy=remedy) from error


def _open_workbook(path: Path, known_headers: frozenset[str]) -> list[GivenTable]:
    sheets = []
    for name, rows in read_sheets(path).items():
        place = find_header([[plain_words(cell) for cell in row] for row in rows[:20]], known=known_headers)
        header = tuple(rows[place]) if rows else ()
        cells = cells_table(rows[place + 1 :], len(header))
        sheets.append(GivenTable(f"{path.name}", name, "sheet", path, header, cells))
    return sheets


def _parquet_header(path: Path) -> tuple[str, ...]:
    try:
        with open_engine() as engine:
            query = f"DESCRIBE SELECT * FROM read_parquet({literal(glob.escape(str(path)))}, hive_partitioning = false)"
            return tuple(str(row[0]) for row in engine.execute(query).fetchall())
    except duckdb.Error:
        raise refuse(path.name, rule="the_file_is_whole_parquet", remedy="It is damaged; export it again.") from None


def sort_tables(given: Iterable[GivenTable], layout: CouncilLayout) -> dict[str, list[GivenTable]]:
    """The tables of the layout that are there, by name and by header."""
    found: dict[str, list[GivenTable]] = {}
    for one in given:
        for name, table in layout.tables.items():
            if is_named_as(one, name, table=table) and holds_table(one, table):
                found.setdefault(name, []).append(one)
    return found


def recognise(given: list[GivenTable], layouts: Mapping[str, CouncilLayout]) -> CouncilLayout:
    """The one layout whose tables are there. None and several are refused: nobody could say which columns mean what."""
    claims = {name: sort_tables(given, layout) for name, layout in layouts.items()}
    complete = [name for name, found in claims.items() if found]
    if len(complete) == 1:
        return layouts[complete[0]]
    if complete:
        titles = " and ".join(layouts[name].title for name in complete)
        rule, remedy = "an_extract_has_one_layout", f"It holds tables of {titles}; separate them or name the layout."
    else:
        titles = ", ".join(layout.title for layout in layouts.values())
        rule, remedy = "an_extract_has_a_layout_that_is_read", f"No table has the name and columns of one of: {titles}."
    raise ContractError([Finding(_labels(given), NOT_KNOWN, EVERY_COLUMN, rule, max(len(complete), 1), remedy)])


def _labels(given: list[GivenTable]) -> str:
    labels = list(dict.fromkeys(one.label for one in given))
    return ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if labels[3:] else "")


def choose_tables(given: list[GivenTable], layout: CouncilLayout) -> dict[str, GivenTable]:
    """The table of the extract for each of the layout's tables that it has; everything wrong with them is refused."""
    named = {
        name: [one for one in given if is_named_as(one, name, table=table)] for name, table in layout.tables.items()
    }
    sorted_ = sort_tables(given, layout)
    best = {name: sorted_.get(name) or _nearly(several, sorted_) for name, several in named.items()}
    faults = find_table_faults(best, layout)
    faults += [
        fault
        for name, several in best.items()
        for one in several[:1]
        for fault in find_header_faults(one, name, table=layout.tables[name])
    ]
    if faults:
        raise ContractError(faults)
    return {name: several[0] for name, several in best.items() if several}


def _nearly(several: list[GivenTable], taken: Mapping[str, list[GivenTable]]) -> list[GivenTable]:
    """Tables of the name whose columns are not all there, save those that are another table of the layout."""
    others = [id(one) for used in taken.values() for one in used]
    return [one for one in several if id(one) not in others and one.header]


def staged(name: str, path: Path, *, known_headers: frozenset[str]) -> tuple[GivenTable, FileBytes]:
    """A table that somebody else named: read as the table of that name, whatever its file is called."""
    check_ordinary(path)
    (table, *_), content = open_file(path, known_headers=known_headers)
    return replace(table, stem=name), content


def layout_of_name(name: str, layouts: Mapping[str, CouncilLayout]) -> CouncilLayout:
    """The layout asked for. Raises `SettingsError` if there is none."""
    if name not in layouts:
        raise SettingsError(f"there is no layout {name} for council records; there are: {', '.join(layouts)}")
    return layouts[name]
