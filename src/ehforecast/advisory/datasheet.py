"""The datasheet of a council's records: what they are, what was set aside and why, and what they cannot hold.

Sections follow Gebru et al. (2021), *Datasheets for datasets*. Words come from the data contracts; counts from the
store's manifest, rounded, small ones hidden.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.protection import HIDDEN
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.advisory.statement import Purpose
from ehforecast.contracts import Contract
from ehforecast.errors import ReleaseRefused

Count = int | str
"""A count as it may be shown: rounded, or `HIDDEN`."""

TABLES = ("table", "what", "grain", "rows_used", "set_aside", "extracts", "purpose", "limitations")
COLUMNS = ("table", "column", "meaning", "sensitivity", "permitted_use", "minimisation", "usual_lag", "known_gaps",
           "not_recorded")  # fmt: skip
RULES = ("table", "rule", "rows")

DATASHEET_STATEMENT = (
    (
        "This page says what the records are that everything else in this run rests on: who made them, what they miss, "
        "and what was set aside. It holds no row and no value of a record."
    ),
    "Records are what services wrote down for their own reasons. They are not a picture of families' lives.",
)
DATASHEET_NEVER_USE_FOR = (
    "as proof that the records are complete or right",
    "to judge the work of a person, a team or a council",
    "to find out anything about a child or a family",
)


@dataclass(frozen=True)
class TableAccount:
    """What the store says of one table.

    Attributes:
        contract: of the table.
        rows_used: over the latest extract.
        set_aside: rows by the rule they broke.
        extracts: how many the store has received.
        absent: by column, rows used in which it is absent.
    """

    contract: Contract = field(repr=False)
    rows_used: int
    set_aside: Mapping[str, int]
    extracts: int
    absent: Mapping[str, int]


@dataclass(frozen=True)
class Datasheet:
    """A datasheet, counts protected. One that lacks its evidence cannot be made.

    Attributes:
        tables, columns, rules: `TABLES`, `COLUMNS`, `RULES`.
        title: of the configuration.
        extracted_on: day of the latest extract.
        layout: which the files had.
        are_pseudonyms: whether ids were replaced by keyed codes on the way in.
        is_invented: whether the records are synthetic.
        purpose, run_id, data_source: as printed.
    """

    tables: pd.DataFrame
    columns: pd.DataFrame
    rules: pd.DataFrame
    title: str
    extracted_on: str
    layout: str
    are_pseudonyms: bool
    is_invented: bool
    purpose: str
    run_id: str
    data_source: str

    def __post_init__(self) -> None:
        missing = [*_missing(self)]
        if missing:
            raise ReleaseRefused(missing)


@dataclass(frozen=True)
class Received:
    """What is said of all tables together: as in `Datasheet`."""

    title: str
    extracted_on: str
    layout: str
    are_pseudonyms: bool
    is_invented: bool
    purpose: str
    run_id: str
    data_source: str


def make_datasheet(
    accounts: Sequence[TableAccount], *, received: Received, safe: SafeCounts | None = None
) -> Datasheet:  # fmt: skip
    """The datasheet of a store's tables, its counts as ``safe`` may show them.

    Raises `ReleaseRefused` listing what is missing.
    """
    told = [(account, _shown(account, safe or SafeCounts())) for account in accounts]
    tables = pd.DataFrame([_table_row(*each) for each in told], columns=list(TABLES))
    columns = pd.DataFrame([row for each in told for row in _column_rows(*each)], columns=list(COLUMNS))
    rules = pd.DataFrame(
        [(account.contract.name, *pair) for account, shown in told for pair in shown.by_rule.items()],
        columns=list(RULES),
    )
    return Datasheet(tables, columns, rules, **vars(received))


@dataclass(frozen=True)
class _Shown:
    """Counts of a table's rows as they may be shown."""

    rows_used: Count
    set_aside: Count
    by_rule: Mapping[str, Count]
    absent: Mapping[str, Count]


def _shown(account: TableAccount, safe: SafeCounts) -> _Shown:
    """Each held against earlier datasheets by itself: another day's extract with a few rows more tells the same."""
    of = f"rows of {account.contract.name}"
    aside = {rule: rows for rule, rows in sorted(account.set_aside.items()) if rows}
    used = _counts(of, "part", {ALL: account.rows_used}, safe=safe)
    broke = _counts(f"{of} set aside", "rule", aside | {ALL: sum(aside.values())}, safe=safe)
    absent = [(name, rows) for name, rows in account.absent.items() if rows]
    columns = {name: _counts(f"{of} without {name}", "column", {name: rows}, safe=safe) for name, rows in absent}
    by_rule = {rule: rows for rule, rows in broke.items() if rule != ALL}
    return _Shown(used[ALL], broke[ALL], by_rule, {name: found[name] for name, found in columns.items()})


def _counts(population: str, split: str, counts: Mapping[str, int], *, safe: SafeCounts) -> dict[str, Count]:  # noqa: PLR0917
    rows = pd.DataFrame({split: list(counts), "count": np.array(list(counts.values()), dtype=np.int64)})
    shown = safe.shown([CountTable(population, population, (split,), rows)])[0]
    return {name: HIDDEN if np.isnan(count) else int(count) for name, count in zip(counts, shown, strict=True)}


def _table_row(account: TableAccount, shown: _Shown) -> tuple[object, ...]:
    document = account.contract.document
    table = (document.schema_ or [])[0]
    said = document.description
    return (
        account.contract.name,
        table.description or "",
        table.dataGranularityDescription or "",
        shown.rows_used,
        shown.set_aside,
        account.extracts,
        (said.purpose if said else "") or "",
        (said.limitations if said else "") or "",
    )


def _column_rows(account: TableAccount, shown: _Shown) -> Iterator[tuple[object, ...]]:
    for column in account.contract.columns:
        yield (
            account.contract.name,
            column.name,
            column.meaning,
            column.classification,
            column.permitted_use,
            column.minimisation,
            column.usual_recording_lag,
            column.known_gaps,
            _share(shown.absent.get(column.name, 0), shown.rows_used),
        )


def _share(absent: Count, rows: Count) -> float:
    """Out of the counts as shown, so that it tells no more than they do; absent where either is hidden."""
    if isinstance(absent, str) or isinstance(rows, str) or not rows:
        return float("nan")
    return min(absent / rows, 1.0)


def _missing(sheet: Datasheet) -> Iterator[str]:
    if sheet.purpose not in [purpose.value for purpose in Purpose]:
        yield "a purpose from the closed list"
    told = {"the id of the run": sheet.run_id, "the source of the data": sheet.data_source, "a title": sheet.title}
    yield from (name for name, text in told.items() if not text.strip())
    if sheet.tables.empty:
        yield "at least one table"
    for frame, names in (("tables", ("what", "limitations")), ("columns", ("meaning", "permitted_use"))):
        blank = int((getattr(sheet, frame)[list(names)] == "").any(axis=1).sum())
        if blank:
            yield f"{' and '.join(names)} of {blank} {frame}: write them into the data contracts"
    counts = [*sheet.tables["rows_used"], *sheet.tables["set_aside"], *sheet.rules["rows"]]
    if any(count != HIDDEN and (count % 5 or 0 < count < 8) for count in counts):
        yield "counts that are rounded and hidden where small"
