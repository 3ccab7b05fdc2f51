"""Rules that ask for another table, answered by one join instead of one query each: much quicker, the same answers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from ehforecast.contracts.rules import Rule
from ehforecast.contracts.sql import quoted

# The two shapes in which contracts ask for another table; any other is left as it is, which is slower but the same.
_IS_THERE = re.compile(
    r"EXISTS\s*\(SELECT 1 FROM (?P<table>\w+) AS known WHERE known\.(?P<key>\w+)\s*=\s*checked\.(?P<sought>\w+)\)"
)
_VALUE = re.compile(
    r"\(SELECT (?P<value>(?:min|max|bool_and|bool_or)(?P<of>\((?:(?!checked\.)[^()])*\))) FROM (?P<table>\w+) AS known"
    r" WHERE known\.(?P<key>\w+)\s*=\s*checked\.(?P<sought>\w+)\)"
)


@dataclass(frozen=True)
class Lookup:
    """Another table by one of its columns, which is to be that of a column of the row checked."""

    table: str
    key: str
    sought: str


@dataclass(frozen=True)
class Joined:
    """Rules that speak of joined columns, and the joins that give these columns to a relation named `checked`."""

    rules: tuple[Rule, ...]
    joins: str


def join_lookups(rules: Sequence[Rule], *, stands_once: Callable[[str, str], bool]) -> Joined:
    """The rules with each question to another table in the place of a column of a join on its key.

    `stands_once` says of a table and a column whether no value of it repeats; then its rows need no gathering.
    """
    asked: dict[Lookup, list[str]] = {}

    @cache
    def is_single(lookup: Lookup) -> bool:
        return stands_once(lookup.table, lookup.key)

    def answer(found: re.Match[str]) -> str:
        lookup = Lookup(found["table"], found["key"], found["sought"])
        values = asked.setdefault(lookup, [])
        number = list(asked).index(lookup)
        if "value" not in found.groupdict():
            return f"(lookup_{number}.key_{number} IS NOT NULL)"
        value = found["of"] if is_single(lookup) else found["value"]
        if value not in values:
            values.append(value)
        return f"lookup_{number}.value_{number}_{values.index(value)}"

    changed = [replace(rule, is_broken=_VALUE.sub(answer, _IS_THERE.sub(answer, rule.is_broken))) for rule in rules]
    joins = [
        _join(lookup, values, number=number, is_single=is_single(lookup))
        for number, (lookup, values) in enumerate(asked.items())
    ]
    return Joined(tuple(changed), " ".join(joins))


def _join(lookup: Lookup, values: Sequence[str], *, number: int, is_single: bool) -> str:
    """Column names of the join are none of a contract's, so that a rule's own names stay its own."""
    columns = "".join(f", {value} AS value_{number}_{place}" for place, value in enumerate(values))
    name, key = f"lookup_{number}", quoted(lookup.key)
    gathered = "" if is_single else f" GROUP BY {key}"
    return (
        f"LEFT JOIN (SELECT {key} AS key_{number}{columns} FROM {lookup.table} AS known WHERE {key} IS NOT NULL"
        f"{gathered}) AS {name} ON {name}.key_{number} = checked.{quoted(lookup.sought)}"
    )
