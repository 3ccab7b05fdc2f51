"""The algorithmic transparency record as a page, with its JSON."""

import json
from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.risk_advice import RISK_NEVER_USE_FOR
from ehforecast.advisory.transparency import HEADINGS_OF, KEYS_OF, Block, Field, TransparencyRecord
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.page_table import Column, PageTable

RECORD_JSON = "transparency_record.json"

TRANSPARENCY_STATEMENT = (
    (
        "This page says in the form of the UK Algorithmic Transparency Recording Standard what this tool is and does. "
        "What only people can say is marked where nobody has said it."
    ),
    "The tool gives advice to people. What they do is theirs to answer for.",
)


def write_transparency_record(record: TransparencyRecord, folder: Path) -> Path:
    """Write the page, its table and its JSON into a folder of their own; returns the path of the page."""
    told = (json.dumps(record.to_json(), indent=2, ensure_ascii=False) + "\n").encode()
    replace_folder(folder, document_files(transparency_document(record), beside={RECORD_JSON: told}))
    return folder / PAGE


def transparency_document(record: TransparencyRecord) -> Document:
    """The record of one tool."""
    return Document(
        strap="Algorithmic transparency record: advice to people, never a decision",
        title="What this tool is and does",
        subtitle=record.title,
        lead=_lead(record),
        facts=(
            ("Status", record.status.lower()),
            ("Answers not supplied", str(len(record.unanswered))),
            ("Models described", str(len(record.models))),
            ("Keys of the standard's version", KEYS_OF),
            ("Headings of version", HEADINGS_OF),
        ),
        statement=TRANSPARENCY_STATEMENT,
        never=RISK_NEVER_USE_FOR,
        sections=tuple(_sections(record)),
        run_id=record.run_id,
        source=record.data_source,
        purpose=record.purpose,
        reader="the public, once its answers are given",
        extra={"status": record.status.lower()},
    )


def _lead(record: TransparencyRecord) -> str:
    count = len(record.unanswered)
    if count:
        return (
            f"This is a draft: {count} answers that only people can give are not supplied, so it must not be published "
            "as the council's record."
        )
    return "Every answer is supplied and the record is cleared, so it can be published as the council's record."


def _sections(record: TransparencyRecord) -> Iterator[Section]:
    if record.unanswered:
        yield Section("open", "What is not supplied", (_OPEN,), lines=tuple(_named(record.unanswered)))
    for at, block in enumerate(record.blocks):
        yield Section(f"block-{at}", f"{block.number} {block.heading}", terms=_terms(block))
    yield Section("clearance", "Clearance before publishing", (_CLEARED,), terms=tuple(
        (line.heading, line.text) for line in record.clearance))  # fmt: skip
    yield Section("table", "The record as one table", tables=(_table(record),))


_OPEN = "Write these into the section transparency of the configuration, by the key in brackets."
_CLEARED = "The standard asks that the deploying team, the senior responsible owner and communications have agreed."


def _named(lines: tuple[Field, ...]) -> Iterator[str]:
    return (f"{line.heading} ({line.key})" for line in lines)


def _terms(block: Block) -> tuple[tuple[str, str], ...]:
    return tuple((f"{line.number} {line.heading}".strip(), line.text) for line in block.fields)


def _table(record: TransparencyRecord) -> PageTable:
    columns = (
        Column("heading", "Heading", "heading in version 4.0 of the standard"),
        Column("number", "Number", "number in the standard's table; [z] where version 4.0 has not confirmed one"),
        Column("key", "Key", "attribute key of version 3.0"),
        Column("answer", "Answer", "what is said"),
        Column("from", "From", "whether code or people answer it"),
    )
    rows = [
        [line.heading, line.number or "[z]", line.key, line.text, "people" if line.is_from_people else "code"]
        for block in record.blocks
        for line in block.fields
    ]
    return PageTable("transparency_record", "Every line of the record", columns, rows, is_folded=True)
