"""The tables of a data-quality report as CSV and as one workbook, with what explains them: counts, never values."""

import hashlib
import json
from collections.abc import Mapping, Sequence

from ehforecast.reports.page_table import Column, PageTable
from ehforecast.reports.quality_page import STAYS_WITH_YOU, QualityFacts
from ehforecast.reports.words import as_sentence
from ehforecast.reports.workbook import Workbook, workbook_bytes
from ehforecast.version import __version__
from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.periods import day_words

WORKBOOK, METADATA = "tables.xlsx", "metadata.json"
_MEANINGS = {
    "extracted_on": "day of the extract, ISO 8601",
    "table": "table of a council's records, as its contract names it",
    "column": "column or columns that the rule is about",
    "rule": "what should have been true",
    "severity": "error: rows that break the rule are set aside; query: they are used, and somebody should look",
    "rows": "rows received; in columns.csv rows used",
    "rows_in": "rows received",
    "rows_used": "rows used",
    "rows_set_aside": "rows that broke a rule of severity error, each counted once: by the first rule it broke",
    "judged": "rows on which the rule could be judged",
    "broken": "rows that broke the rule; a row may break several",
    "not_judged": "rows on which the rule could not be judged: a cell or a table it needs is not there",
    "missing": "rows used in which the column is absent",
    "notice": "something to know about the extract as a whole",
    "count": "how often",
    "words": "the notice in words",
    "remedy": "what to do about it",
}
_COUNTS = {"rows", "rows_in", "rows_used", "rows_set_aside", "judged", "broken", "not_judged", "missing", "count"}
_NOT_APPLICABLE = {AbsenceReason.NOT_APPLICABLE.shorthand: "not applicable: there is nothing to tell"}


def quality_files(facts: QualityFacts, page: bytes) -> dict[str, bytes]:
    """The page, every table by file name, the same as a workbook, and `metadata.json`, which tells how each hashes."""
    tables = quality_tables(facts)
    files = {f"{table.name}.csv": table.csv() for table in tables}
    files |= {"index.html": page, WORKBOOK: _workbook(facts, tables)}
    return files | {METADATA: _metadata(facts, tables, files=files)}


def quality_tables(facts: QualityFacts) -> list[PageTable]:
    """Every table of the report."""
    return [_tables(facts), _rules(facts), _set_aside(facts), _columns(facts), _notices(facts)]


def _page_table(facts: QualityFacts, name: str, *, names: Sequence[str], rows: Sequence[Sequence[object]]) -> PageTable:
    """A table with the day of the extract before every row."""
    columns = [
        Column(one, as_sentence(one.replace("_", " ")), _MEANINGS[one], "count" if one in _COUNTS else "text")
        for one in ("extracted_on", *names)
    ]
    day = facts.result.as_of.isoformat()
    caption = f"{_CAPTIONS[name]}, extract of {day_words(facts.result.as_of)}"
    return PageTable(name, caption, columns, [[day, *row] for row in rows])


_CAPTIONS = {
    "tables": "Rows received, used and set aside, by table",
    "rules": "How often each rule was broken",
    "set_aside": "Rows set aside, by the first rule each broke",
    "columns": "How often each column is absent from the rows used",
    "notices": "What to know about the extract as a whole",
}


def _tables(facts: QualityFacts) -> PageTable:
    rows = [
        [count.table, count.rows_in, count.rows_used, sum(count.set_aside.values())] for count in facts.result.tables
    ]
    return _page_table(facts, "tables", names=("table", "rows_in", "rows_used", "rows_set_aside"), rows=rows)


def _rules(facts: QualityFacts) -> PageTable:
    names = ("table", "column", "rule", "severity", "rows", "judged", "broken", "not_judged", "remedy")
    rows = [[getattr(count, name) for name in names] for count in facts.result.rules]
    return _page_table(facts, "rules", names=names, rows=rows)


def _set_aside(facts: QualityFacts) -> PageTable:
    rows = [[count.table, rule, number] for count in facts.result.tables for rule, number in count.set_aside.items()]
    return _page_table(facts, "set_aside", names=("table", "rule", "rows_set_aside"), rows=rows)


def _columns(facts: QualityFacts) -> PageTable:
    rows = [[count.table, count.column, count.rows, count.missing] for count in facts.missing]
    return _page_table(facts, "columns", names=("table", "column", "rows", "missing"), rows=rows)


def _notices(facts: QualityFacts) -> PageTable:
    rows = [[notice.table, notice.name, notice.count, notice.words] for notice in facts.result.notices]
    return _page_table(facts, "notices", names=("table", "notice", "count", "words"), rows=rows)


def _workbook(facts: QualityFacts, tables: Sequence[PageTable]) -> bytes:
    title = f"Data quality, {facts.title}, extract of {day_words(facts.result.as_of)}"
    cover = [STAYS_WITH_YOU, f"Made by ehforecast {__version__}."]
    return workbook_bytes(Workbook(title, cover, [table.sheet() for table in tables if table.rows], _NOT_APPLICABLE))


def _metadata(facts: QualityFacts, tables: Sequence[PageTable], *, files: Mapping[str, bytes]) -> bytes:
    result = facts.result
    columns = {f"{table.name}.csv": {one.name: one.meaning for one in table.columns} for table in tables}
    told = {
        "statement": STAYS_WITH_YOU,
        "extracted_on": result.as_of.isoformat(),
        "layout": f"{result.layout} {result.layout_version}",
        "pseudonym_key": facts.pseudonym_key,
        "received_files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in result.files],
        "ehforecast_version": __version__,
        "text_rule": "text that a spreadsheet could take for a formula starts with an apostrophe",
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "columns": columns.get(name, {})}
            for name, data in files.items()
        },
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
