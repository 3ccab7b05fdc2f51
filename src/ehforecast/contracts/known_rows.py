"""Which rows of a table, and which parts of them, had been recorded by a day: the contract's answer as SQL.

Definition. An extract tells of every row it shows, and of every row whose day is on or after the day from which it is
complete. The day of a row is the earliest of its required dates. What is known on a day:

- A row is as the last extract on or before the day that tells of it has it; absent there, it is not known (deleted).
- From the first extract after the day that tells of the row come the row, if it was recorded since that last extract
  and by the day, and each part with a day of recording of its own likewise. If no extract on or before the day tells
  of the row, all that was recorded by the day comes.
- Whatever else differs between the two was changed on a day nobody knows, and counts from the later extract on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ehforecast.contracts.contract import Column, Contract
from ehforecast.contracts.sql import quoted


@dataclass(frozen=True)
class Shown:
    """A relation of the rows of one extract, its day, and the first day it is complete from; none if all of it is."""

    relation: str
    extracted_on: date
    covers_from: date | None = None


def day_of_row(contract: Contract, alias: str) -> str:
    """SQL for the day of a row: the earliest of its required dates, or its day of recording where it has none."""
    days = [column.name for column in contract.columns if column.logical_type == "date" and column.is_required]
    named = ", ".join(f"{alias}.{quoted(name)}" for name in days)
    return f"least({named})" if days else f"({contract.recorded_on})"


def select_held_rows(contract: Contract, shown: Sequence[Shown]) -> str:
    """The query of rows as the extracts tell of them, nearest first, with the day of the extract each is from.

    A row comes from the nearest extract that shows it, unless a nearer one should have shown it and does not.
    """
    columns = ", ".join(quoted(column.name) for column in contract.columns)
    if not shown:
        empty = ", ".join(f"NULL AS {quoted(column.name)}" for column in contract.columns)
        return f"SELECT {empty}, NULL AS shown_on WHERE false"
    nearest, *others = shown
    rows = f"SELECT {columns}, {_date(nearest.extracted_on)} AS shown_on FROM {nearest.relation}"
    if nearest.covers_from is None or not others:
        return rows
    same = " AND ".join(f"nearer.{quoted(name)} = further.{quoted(name)}" for name in contract.key)
    return (
        f"{rows} UNION ALL SELECT * FROM ({select_held_rows(contract, others)}) AS further "
        f"WHERE {day_of_row(contract, 'further')} < {_date(nearest.covers_from)} "
        f"AND NOT EXISTS (SELECT 1 FROM {nearest.relation} AS nearer WHERE {same})"
    )


def select_known_rows(contract: Contract, *, earlier: Sequence[Shown], later: Sequence[Shown]) -> str:
    """The rows known on the day in the variable `known_on`, out of extracts by then and later, nearest first."""
    columns = ", ".join(quoted(column.name) for column in contract.columns)
    if not later:
        return f"SELECT {columns} FROM ({select_held_rows(contract, earlier)})"
    values = ", ".join(f"{_value(column)} AS {quoted(column.name)}" for column in contract.columns)
    same = " AND ".join(f"held.{quoted(name)} = come.{quoted(name)}" for name in contract.key)
    held = f"(SELECT * EXCLUDE (shown_on), shown_on AS held_since FROM ({select_held_rows(contract, earlier)})) AS held"
    come = f"({_stamped(contract, earlier=earlier, later=later)}) AS come"
    joined = f"{held} FULL JOIN {come}" if earlier else f"{come} LEFT JOIN {held}"
    return f"SELECT {values} FROM {joined} ON {same} WHERE held_since IS NOT NULL OR {_has_come('day_of_row')}"


def _stamped(contract: Contract, *, earlier: Sequence[Shown], later: Sequence[Shown]) -> str:
    """Later rows with the days on which they and their parts were recorded, and the last extract before that tells."""
    days = {column.recorded_on for column in contract.columns if column.recorded_on}
    stamped = "".join(f", {_day_of_part(day, contract)} AS {quoted(_name(day))}" for day in sorted(days))
    return (
        f"SELECT *, {contract.recorded_on} AS day_of_row{stamped}, {_told_on(contract, earlier)} AS told_on "
        f"FROM ({select_held_rows(contract, later)}) AS told"
    )


def _told_on(contract: Contract, earlier: Sequence[Shown]) -> str:
    """The last extract by then that is complete from the row's day on: what it should show is no news."""
    day = day_of_row(contract, "told")
    tells = [f"{day} >= {_date(shown.covers_from)}" if shown.covers_from else "true" for shown in earlier]
    days = [_date(shown.extracted_on) for shown in earlier]
    cases = " ".join(f"WHEN {condition} THEN {day}" for condition, day in zip(tells, days, strict=True))
    return f"CASE {cases or 'WHEN false THEN NULL'} ELSE DATE '0001-01-01' END"


def _date(day: date) -> str:
    return f"DATE '{day.isoformat()}'"


def _name(day: str) -> str:
    return f"day_of_{day}"


def _day_of_part(day: str, contract: Contract) -> str:
    """A part cannot have been recorded before its row."""
    return f"CASE WHEN {quoted(day)} IS NOT NULL THEN greatest({quoted(day)}, {contract.recorded_on}) END"


def _has_come(day: str) -> str:
    found = f"come.{quoted(day)}"
    return f"coalesce({found} > greatest(held_since, told_on) AND {found} <= getvariable('known_on'), false)"


def _value(column: Column) -> str:
    name = quoted(column.name)
    if not column.recorded_on:
        return f"CASE WHEN {_has_come('day_of_row')} THEN come.{name} ELSE held.{name} END"
    part = _has_come(_name(column.recorded_on))
    return f"CASE WHEN {part} THEN come.{name} WHEN {_has_come('day_of_row')} THEN NULL ELSE held.{name} END"
