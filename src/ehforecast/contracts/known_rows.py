"""Which rows of a table, and which parts of them, had been recorded by a day: the contract's answer as SQL."""

from ehforecast.contracts.contract import Column, Contract
from ehforecast.contracts.sql import quoted


def select_known_rows(contract: Contract) -> str:
    """The query of the rows known on a day, out of the extract before that day and the one after it.

    It reads the relations `earlier` and `later` and the variables `known_on`, the day, and `since`, the day of the
    earlier extract. What `earlier` holds was held then and is known. A row of `later` is taken if it was recorded after
    `since` and by `known_on`, in place of the earlier one of the same key; so is each part with a day of recording of
    its own. Whatever else differs between the two was changed on a day nobody knows, and counts from `later` on.
    """
    days = {column.recorded_on for column in contract.columns if column.recorded_on}
    stamped = "".join(f", {_day_of_part(day, contract)} AS {quoted(_name(day))}" for day in sorted(days))
    columns = ", ".join(f"{_value(column)} AS {quoted(column.name)}" for column in contract.columns)
    same = " AND ".join(f"held.{quoted(name)} = come.{quoted(name)}" for name in contract.key)
    return f"""
        SELECT {columns}
        FROM (SELECT *, true AS is_held FROM earlier) AS held
        FULL JOIN (SELECT *, {contract.recorded_on} AS day_of_row{stamped} FROM later) AS come ON {same}
        WHERE is_held OR {_has_come("day_of_row")}
        ORDER BY {", ".join(quoted(name) for name in contract.key)}
    """


def _name(day: str) -> str:
    return f"day_of_{day}"


def _day_of_part(day: str, contract: Contract) -> str:
    """A part cannot have been recorded before its row."""
    return f"CASE WHEN {quoted(day)} IS NOT NULL THEN greatest({quoted(day)}, {contract.recorded_on}) END"


def _has_come(day: str) -> str:
    return (
        f"coalesce(come.{quoted(day)} > getvariable('since') AND come.{quoted(day)} <= getvariable('known_on'), false)"
    )


def _value(column: Column) -> str:
    name = quoted(column.name)
    if not column.recorded_on:
        return f"CASE WHEN {_has_come('day_of_row')} THEN come.{name} ELSE held.{name} END"
    part = _has_come(_name(column.recorded_on))
    return f"CASE WHEN {part} THEN come.{name} WHEN {_has_come('day_of_row')} THEN NULL ELSE held.{name} END"
