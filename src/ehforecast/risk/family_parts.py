"""A council's tables a part of the families at a time, for what is asked of each family alone.

No feature and no follow-up looks beyond a person and the families it ever belonged to, but for what areas were like
(`place_history`). So families that share a person stay together, and what is found part by part is what would be found
at once.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ehforecast.contracts import load_contract
from ehforecast.contracts.typed_frames import frame_from_arrow
from ehforecast.risk.linked_families import least_of_linked
from ehforecast.store import KnownTables

OF_PEOPLE = ("people", "families", "contacts", "early_help_episodes", "referrals", "assessments", "statutory_steps")
FACTORS = "assessment_factors"
"""Of an assessment, and so of its person."""


def tables_in_parts(known: KnownTables, parts: int) -> Iterator[dict[str, pd.DataFrame]]:
    """The tables of so many parts of the families, typed and by key as `Store.known_by` has them.

    Which family lies in which part hangs on the keys alone. Memory holds one part, beside two numbers for each row of
    the table of families.
    """
    known.add("part_of_person", _parts_of_people(known, parts))
    number = _number("person_id")
    for table in OF_PEOPLE:
        part = f"coalesce(part, {number} % {parts}) AS part"
        known.keep(
            _divided(table),
            f"SELECT {table}.*, {part} FROM {table} LEFT JOIN part_of_person ON person = {number}",  # noqa: S608 - ours
        )
    assessed = f"(SELECT assessment_id, part FROM {_divided('assessments')})"  # noqa: S608 - ours
    known.keep(
        _divided(FACTORS),
        f"SELECT {FACTORS}.*, coalesce(part, 0) AS part FROM {FACTORS} LEFT JOIN {assessed} USING (assessment_id)",  # noqa: S608 - ours
    )
    for part_number in range(parts):
        yield {table: _part(known, table, number=part_number) for table in (*OF_PEOPLE, FACTORS)}


def _part(known: KnownTables, table: str, *, number: int) -> pd.DataFrame:
    contract = load_contract(table)
    query = f"SELECT * EXCLUDE (part) FROM {_divided(table)} WHERE part = {number} ORDER BY {', '.join(contract.key)}"  # noqa: S608 - our own names
    return frame_from_arrow(known.arrow(query), contract)


def _parts_of_people(known: KnownTables, parts: int) -> pd.DataFrame:
    """``person, part`` of everybody with a family: two families of one number only share a part, which is no fault."""
    links = known.frame(
        f"SELECT {_number('family_id')} AS family, {_number('person_id')} AS person FROM families ORDER BY ALL"  # noqa: S608 - our own names
    ).astype(np.int64)
    family, families = pd.factorize(links["family"], sort=True)
    person, people = pd.factorize(links["person"], sort=True)
    least = np.asarray(families)[least_of_linked(family, person)]
    return pd.DataFrame({"person": people, "part": least % parts})


def _number(key: str) -> str:
    """A key as a number of 63 bits: 10 million of them take 80 MB, as text they take ten times that."""
    return f"(hash({key}) >> 1)::BIGINT"


def _divided(table: str) -> str:
    return f"divided_{table}"
