"""A report built of sections: one layout for every page that is not the demand page, and its files.

To add a page: one function that returns a `Document` out of advice, and one test file. Tables become part of the page,
a CSV file each and a sheet of one workbook by themselves, so that the same figure stands everywhere.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ehforecast.advisory.disclosure import ABSENCE_MEANINGS
from ehforecast.advisory.protection import HIDDEN
from ehforecast.advisory.statement import CONTROLS, REVIEW_NOTE
from ehforecast.reports.chart import Chart
from ehforecast.reports.page_table import PageTable, sheets_of
from ehforecast.reports.template import page_from_template
from ehforecast.reports.workbook import Workbook, workbook_bytes
from ehforecast.version import __version__

PAGE, WORKBOOK, METADATA = "index.html", "tables.xlsx", "metadata.json"
HIDDEN_MEANING = "hidden, because the number is small or would give one away"
MARK_MEANINGS = {reason.shorthand: meaning for reason, meaning in reversed(ABSENCE_MEANINGS.items())} | {
    HIDDEN: HIDDEN_MEANING
}
"""Where reasons share a mark, the first one listed gives its meaning."""


@dataclass(frozen=True)
class Section:
    """One part of a page.

    Attributes:
        anchor: for links; a word.
        heading: of the section.
        paragraphs: of text, before tables.
        terms: pairs of a term and what it means.
        questions: a list of plain lines.
        tables, charts: in their order; a chart's numbers must stand in one of the tables.
    """

    anchor: str
    heading: str
    paragraphs: tuple[str, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    tables: tuple[PageTable, ...] = ()
    charts: tuple[Chart, ...] = ()


@dataclass(frozen=True)
class Document:
    """One report.

    Attributes:
        strap: the line beside the package's name: what kind of report.
        title: of the page.
        subtitle: of what and when.
        lead: its first sentence: the answer.
        facts: short pairs below it.
        statement: heading and paragraphs of what the report is and is not.
        never: what it must never be used for.
        sections: in their order.
        run_id, source: who made it from what.
        purpose: why it was made.
        extra: what its metadata say besides.
        reader: for whom it is, for the run's index.
        data_until: up to when its data reach: a month or a day, ISO 8601.
    """

    strap: str
    title: str
    subtitle: str
    lead: str
    facts: tuple[tuple[str, str], ...]
    statement: tuple[str, ...]
    never: tuple[str, ...]
    sections: tuple[Section, ...]
    run_id: str
    source: str
    purpose: str
    extra: Mapping[str, object] = field(default_factory=dict)
    reader: str = ""
    data_until: str = ""

    version = __version__
    review_note = REVIEW_NOTE

    @property
    def tables(self) -> list[PageTable]:
        """Every table of every section."""
        return [table for section in self.sections for table in section.tables]

    @property
    def marks(self) -> dict[str, str]:
        """The shorthand that stands in place of a figure in any table, with its meaning."""
        cells = {cell for table in self.tables for row in table.rows for cell in row if isinstance(cell, str)}
        shown = {cell for table in self.tables for _, row in table.shown for _, cell in row}
        return {mark: meaning for mark, meaning in MARK_MEANINGS.items() if mark in cells | shown}


def document_files(document: Document, *, beside: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The page, its tables as CSV and as one workbook, files `beside` it, and what explains them; by file name."""
    tables = {f"{table.name}.csv": table.csv() for table in document.tables}
    never = [f"It must never be used {use}." for use in document.never]
    made = f"Run: {document.run_id}. ehforecast {document.version}."
    cover = [
        *document.statement,
        *never,
        f"Purpose: {document.purpose}.",
        f"Source: {document.source}",
        made,
        REVIEW_NOTE,
    ]
    book = Workbook(
        f"{document.title}, {document.subtitle}",
        cover,
        sheets_of(document.tables),
        MARK_MEANINGS,
    )
    files = {PAGE: page_from_template("document.html", document).encode(), **tables, WORKBOOK: workbook_bytes(book)}
    files |= dict(beside or {})
    return files | {METADATA: _metadata(document, files)}


def _metadata(document: Document, files: Mapping[str, bytes]) -> bytes:
    told: dict[str, object] = {
        "title": document.title,
        "subtitle": document.subtitle,
        "lead": document.lead,
        "reader": document.reader,
        "data_until": document.data_until,
        "statement": list(document.statement),
        "never_to_be_used": list(document.never),
        "purpose": document.purpose,
        "data_source": document.source,
        "controls": CONTROLS,
        "review": REVIEW_NOTE,
        "run_id": document.run_id,
        "ehforecast_version": document.version,
        **document.extra,
        "tables": {table.name: _columns(table) for table in document.tables},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode()


def _columns(table: PageTable) -> dict[str, object]:
    return {"caption": table.caption, "columns": {column.name: column.meaning for column in table.columns}}


def missing_meanings(tables: Sequence[PageTable]) -> list[str]:
    """Columns that are not explained."""
    return [f"{table.name}.{column.name}" for table in tables for column in table.columns if not column.meaning.strip()]
