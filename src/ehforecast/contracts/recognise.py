"""Which table of a layout a file holds, and whether its columns are the ones that table has."""

import csv
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase

import duckdb

from ehforecast.contracts.layout import Layout, TableLayout
from ehforecast.contracts.source_file import NOT_KNOWN, SourceFile, refuse
from ehforecast.errors import ContractError, Finding

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class TableInFile:
    """Which table of which layout is read from which file."""

    file: SourceFile
    layout: Layout
    name: str

    @property
    def table(self) -> TableLayout:
        """What the layout says about the table."""
        return self.layout.tables[self.name]

    def finding(self, column: str, *, rule: str, remedy: str, count: int = 1) -> Finding:
        """A finding in this table of this file."""
        return Finding(self.file.name, self.name, column, rule, count, remedy)


def file_is_named_as(table: TableLayout, file_name: str) -> bool:
    """Whether the publisher names files of that table so."""
    return any(fnmatchcase(file_name.casefold(), pattern.casefold()) for pattern in table.file_names)


def describe_tables(layout: Layout) -> str:
    """The tables a layout reads, in words for a remedy."""
    tables = "; ".join(f"{table.title} (files {', '.join(table.file_names)})" for table in layout.tables.values())
    return f"This layout reads: {tables}."


def check_header(file: SourceFile, layout: Layout) -> None:
    """Refuse a file whose first line is no header of the layout: another delimiter, another table, no header at all.

    Names in such a line are not repeated in the message: they may be values.
    """
    if _looks_like_header(file.header, layout):
        return
    first_line = ",".join(file.header)
    for delimiter, name in _OTHER_DELIMITERS.items():
        if _looks_like_header(next(csv.reader([first_line], delimiter=delimiter)), layout):
            remedy = f"The file seems to be separated by {name}; save it as comma-separated values."
            raise refuse(file.name, rule="fields_are_separated_by_commas", remedy=remedy)
    remedy = f"Its first line does not name the columns of one. {describe_tables(layout)}"
    raise refuse(file.name, rule="the_file_is_a_table_this_layout_reads", remedy=remedy)


def _looks_like_header(fields: list[str] | tuple[str, ...], layout: Layout) -> bool:
    present = set(fields) & set(layout.identifying_columns)
    return len(present) > len(layout.identifying_columns) / 2


def recognise_table(engine: duckdb.DuckDBPyConnection, file: SourceFile, *, layout: Layout) -> str:
    """Name of the table a file holds, by the words in its category column, which must agree with the file's name."""
    categories = _categories(engine, file, layout=layout)
    by_category = {table.category: name for name, table in layout.tables.items()}
    if not categories.keys() & by_category.keys():
        remedy = f"It is about something else. {describe_tables(layout)}"
        raise refuse(file.name, rule="the_file_is_a_table_this_layout_reads", remedy=remedy)
    (category, _), *others = categories.most_common()
    name = by_category.get(category, "")
    if others or not name:
        remedy = f"Column {layout.category_column} holds {len(categories)} kinds of rows; get the file again."
        raise refuse(file.name, rule="the_file_holds_one_table", remedy=remedy)
    named_as = [other for other, table in layout.tables.items() if file_is_named_as(table, file.name)]
    if named_as and name not in named_as:
        remedy = f"It holds {layout.tables[name].title}, but is named as {layout.tables[named_as[0]].title}."
        raise refuse(file.name, rule="the_name_of_the_file_agrees_with_its_content", remedy=remedy)
    return name


def _categories(engine: duckdb.DuckDBPyConnection, file: SourceFile, *, layout: Layout) -> Counter[str]:
    if layout.category_column not in file.header:
        remedy = _near(layout.category_column, list(file.header), lead="The file has")
        column = layout.category_column
        raise ContractError([Finding(file.name, NOT_KNOWN, column, "every_column_of_the_table_is_there", 1, remedy)])
    number = file.header.index(layout.category_column)
    rows = engine.execute(f"SELECT c{number}, count(*) FROM raw GROUP BY ALL ORDER BY ALL").fetchall()
    if not rows:
        raise refuse(
            file.name, rule="the_file_has_rows", remedy="It holds a header and nothing below; get the file again."
        )
    return Counter(dict(rows))


def check_columns(what: TableInFile) -> None:
    """Refuse a header with a column missing, unknown or named twice; all of them are reported together."""
    header, expected = what.file.header, what.layout.columns_of(what.name)
    missing = [name for name in expected if name not in header]
    unknown = [name for name in dict.fromkeys(header) if name not in expected]
    twice = {name: count for name, count in Counter(header).items() if count > 1}
    findings = [
        what.finding(name, rule="every_column_of_the_table_is_there", remedy=_near(name, unknown, lead="The file has"))
        for name in missing
    ]
    findings += [
        what.finding(name or "(no name)", rule="every_column_is_known", remedy=_near(name, missing, lead="Is it"))
        for name in unknown
    ]
    findings += [
        what.finding(name, rule="no_column_is_named_twice", remedy="Keep the right one.", count=count - 1)
        for name, count in twice.items()
    ]
    if findings:
        raise ContractError(findings)


def _near(name: str, candidates: list[str], *, lead: str) -> str:
    near = get_close_matches(name, candidates, n=1)
    return f"{lead} {near[0]}?" if near else "Get the file as published, or correct the layout."
