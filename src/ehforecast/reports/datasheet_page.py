"""The datasheet of a council's records as a page."""

from collections.abc import Iterator
from pathlib import Path

from ehforecast.advisory.datasheet import DATASHEET_NEVER_USE_FOR, DATASHEET_STATEMENT, Datasheet
from ehforecast.reports.document import PAGE, Document, Section, document_files
from ehforecast.reports.folder import replace_folder
from ehforecast.reports.page_table import Column, PageTable, rows_of
from ehforecast.reports.words import as_sentence, rule_words, whole
from ehforecast.vocabulary.coded_words import coded_words
from ehforecast.vocabulary.periods import day_words


def write_datasheet(sheet: Datasheet, folder: Path) -> Path:
    """Write the page and its tables into a folder of their own; returns the path of the page."""
    replace_folder(folder, document_files(datasheet_document(sheet)))
    return folder / PAGE


def datasheet_document(sheet: Datasheet) -> Document:
    """The datasheet of one run."""
    return Document(
        strap="Datasheet of the records: advice to people, never a decision",
        title="Where the figures come from",
        subtitle=sheet.title,
        lead=_lead(sheet),
        facts=(
            ("Extract of", day_words(sheet.extracted_on)),
            ("Layout", sheet.layout.replace("_", " ")),
            ("Tables", whole(len(sheet.tables))),
            ("Columns described", whole(len(sheet.columns))),
            ("Rules that set rows aside", whole(len(sheet.rules))),
        ),
        statement=DATASHEET_STATEMENT,
        never=DATASHEET_NEVER_USE_FOR,
        sections=tuple(_sections(sheet)),
        run_id=sheet.run_id,
        source=sheet.data_source,
        purpose=sheet.purpose,
        reader="analysts and panels",
        data_until=sheet.extracted_on,
    )


def _lead(sheet: Datasheet) -> str:
    what = "invented records: no family stands behind them" if sheet.is_invented else "a council's own records"
    aside = (
        "No row was set aside."
        if sheet.rules.empty
        else f"Rows were set aside by {len(sheet.rules)} rules, which the table below names."
    )
    return f"These figures rest on {what}, as extracted on {day_words(sheet.extracted_on)}. {aside}"


def _sections(sheet: Datasheet) -> Iterator[Section]:
    yield Section("motivation", "Why the records exist", (_WHY,), terms=tuple(_purposes(sheet)))
    yield Section("composition", "What they consist of", (_WHAT,), tables=(_tables_table(sheet),))
    yield Section("missing", "What they do not hold", (_ABSENT,), terms=tuple(_limits(sheet)),
                  tables=(_missing_table(sheet),))  # fmt: skip
    yield Section("collection", "How they were collected", lines=tuple(_collection(sheet)))
    rules = _rules_table(sheet)
    yield Section("cleaning", "What was set aside", (_ASIDE if rules.rows else _NONE_ASIDE,),
                  tables=(rules,) if rules.rows else ())  # fmt: skip
    yield Section("uses", "What each column may be used for", (_USES,), tables=(_columns_table(sheet),))
    yield Section("distribution", "Who may have them", lines=_DISTRIBUTION)
    yield Section("maintenance", "How they are kept up", lines=_MAINTENANCE)


_WHY = "Nobody wrote these records for research. Each table exists because a service needed it."
_WHAT = "Counts are of the latest extract, rounded to 5; 1 to 7 are hidden."
_ABSENT = (
    "Families who were never noticed are in none of these tables. What each table misses is said in its contract; the "
    "share of rows in which a column is empty is counted."
)
_ASIDE = "A row that breaks a rule is kept apart with the rule it broke, and never put right by guessing."
_NONE_ASIDE = "No row of this extract broke a rule that would set it aside."
_USES = (
    "Feature: may be looked at by a model. Audit only: for checks of for whom estimates are worse, never for a model. "
    "Key: links rows. Dropped: read and not kept."
)
_DISTRIBUTION = (
    "The records stay in the private area of the council's own machine, readable by their owner only.",
    "What leaves are counts and shares that passed the checks of this package, each listed in a ledger.",
)
_MAINTENANCE = (
    "A later extract is kept beside the earlier ones, so that what was known on each day can still be told.",
    "Contracts have versions; a change of rule or meaning changes the version.",
)


def _purposes(sheet: Datasheet) -> Iterator[tuple[str, str]]:
    for row in sheet.tables.to_dict("records"):
        yield as_sentence(str(row["table"]).replace("_", " ")), str(row["purpose"])


def _limits(sheet: Datasheet) -> Iterator[tuple[str, str]]:
    for row in sheet.tables.to_dict("records"):
        yield as_sentence(str(row["table"]).replace("_", " ")), str(row["limitations"])


def _collection(sheet: Datasheet) -> Iterator[str]:
    yield "Written by workers of many services into case systems, at the time or later, under local habits."
    yield f"Taken out of the case system on {day_words(sheet.extracted_on)}, and read by layout."
    yield (
        "Ids were replaced by keyed codes on the way in; the key is kept apart."
        if sheet.are_pseudonyms
        else "Ids stand as they were received: they were codes already, or are invented."
    )


def _tables_table(sheet: Datasheet) -> PageTable:
    columns = (
        Column("table", "Table", "the table"),
        Column("what", "What", "what it holds"),
        Column("grain", "One row is", "what one row stands for"),
        Column("rows_used", "Rows used", "rounded to 5; 1 to 7 hidden", "count"),
        Column("set_aside", "Rows set aside", "rounded to 5; 1 to 7 hidden", "count"),
        Column("extracts", "Extracts", "how many were received", "count"),
    )
    rows = rows_of(sheet.tables, columns, words={"table": _plain})
    return PageTable("tables_received", "The tables of the extract", columns, rows)


def _missing_table(sheet: Datasheet) -> PageTable:
    columns = (
        Column("column", "Column", "table and column"),
        Column("not_recorded", "Empty", "share of rows used in which it is empty", "share", 1),
        Column("known_gaps", "Known gaps", "what it is known to miss"),
    )
    shown = sheet.columns[sheet.columns["not_recorded"] > 0].sort_values("not_recorded", ascending=False)
    named = shown.assign(column=[f"{_plain(str(t))}: {_plain(str(c)).lower()}" for t, c in zip(
        shown["table"], shown["column"], strict=True)])  # fmt: skip
    caption = "Columns with empty cells, the emptiest first"
    note = "An empty cell can be right: a closing date of help that has not ended is empty."
    return PageTable("empty_cells", caption, columns, rows_of(named, columns), (note,), is_folded=True)


def _rules_table(sheet: Datasheet) -> PageTable:
    columns = (
        Column("rule", "Rule that was broken", "the rule, as what should have been true"),
        Column("table", "Table", "the table"),
        Column("rows", "Rows", "rounded to 5; 1 to 7 hidden", "count"),
    )
    rows = rows_of(sheet.rules, columns, words={"table": _plain, "rule": rule_words})
    return PageTable("set_aside", "Rows set aside, by the rule they broke", columns, rows)


def _columns_table(sheet: Datasheet) -> PageTable:
    columns = (
        Column("column", "Column", "table and column"),
        Column("meaning", "What it is", "in words"),
        Column("sensitivity", "Sensitivity", "classification in the contract"),
        Column("permitted_use", "May be used as", "key, feature, audit only or dropped"),
        Column("minimisation", "How little is kept", "in words"),
        Column("usual_lag", "Usually recorded after", "in words"),
    )
    named = sheet.columns.assign(
        column=[f"{_plain(str(t))}: {_plain(str(c)).lower()}" for t, c in zip(
            sheet.columns["table"], sheet.columns["column"], strict=True)],
        permitted_use=[coded_words(str(use)) for use in sheet.columns["permitted_use"]],
        sensitivity=[coded_words(str(kind)) for kind in sheet.columns["sensitivity"]],
    )  # fmt: skip
    rows = [[str(cell) or "[z]" for cell in row] for row in rows_of(named, columns)]
    return PageTable("columns_described", "Every column, and what it may be used for", columns, rows, is_folded=True)


def _plain(name: str) -> str:
    return as_sentence(name.replace("_", " "))
