"""The tables of a data-quality report as CSV, and the metadata that explains them: counts, never values."""

import hashlib
import json
from collections.abc import Mapping

from ehforecast import __version__
from ehforecast.reports.quality_page import STAYS_WITH_YOU, QualityFacts
from ehforecast.reports.safe_csv import csv_bytes

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


def quality_tables(facts: QualityFacts) -> dict[str, bytes]:
    """Every table of the report by file name, and `metadata.json`, which tells how each file must hash."""
    tables = {
        "tables.csv": _tables(facts),
        "rules.csv": _rules(facts),
        "set_aside.csv": _set_aside(facts),
        "columns.csv": _columns(facts),
        "notices.csv": _notices(facts),
    }
    return tables | {"metadata.json": _metadata(facts, tables)}


def _day(facts: QualityFacts) -> str:
    return facts.result.as_of.isoformat()


def _tables(facts: QualityFacts) -> bytes:
    rows = [
        [_day(facts), count.table, count.rows_in, count.rows_used, sum(count.set_aside.values())]
        for count in facts.result.tables
    ]
    return csv_bytes(["extracted_on", "table", "rows_in", "rows_used", "rows_set_aside"], rows)


def _rules(facts: QualityFacts) -> bytes:
    names = ["table", "column", "rule", "severity", "rows", "judged", "broken", "not_judged", "remedy"]
    rows = [[_day(facts), *(getattr(count, name) for name in names)] for count in facts.result.rules]
    return csv_bytes(["extracted_on", *names], rows)


def _set_aside(facts: QualityFacts) -> bytes:
    rows = [
        [_day(facts), count.table, rule, number]
        for count in facts.result.tables
        for rule, number in count.set_aside.items()
    ]
    return csv_bytes(["extracted_on", "table", "rule", "rows_set_aside"], rows)


def _columns(facts: QualityFacts) -> bytes:
    rows = [[_day(facts), count.table, count.column, count.rows, count.missing] for count in facts.missing]
    return csv_bytes(["extracted_on", "table", "column", "rows", "missing"], rows)


def _notices(facts: QualityFacts) -> bytes:
    rows = [[_day(facts), notice.table, notice.name, notice.count, notice.words] for notice in facts.result.notices]
    return csv_bytes(["extracted_on", "table", "notice", "count", "words"], rows)


def _metadata(facts: QualityFacts, tables: Mapping[str, bytes]) -> bytes:
    result = facts.result
    told = {
        "statement": STAYS_WITH_YOU,
        "extracted_on": _day(facts),
        "layout": f"{result.layout} {result.layout_version}",
        "pseudonym_key": facts.pseudonym_key,
        "received_files": [{"name": file.name, "sha256": file.sha256, "rows": file.rows} for file in result.files],
        "ehforecast_version": __version__,
        "text_rule": "text that a spreadsheet could take for a formula starts with an apostrophe",
        "files": {name: _file_facts(data) for name, data in tables.items()},
    }
    return (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _file_facts(data: bytes) -> dict[str, object]:
    columns = data.decode("utf-8").splitlines()[0].split(",")
    return {"sha256": hashlib.sha256(data).hexdigest(), "columns": {name: _MEANINGS[name] for name in columns}}
