"""A council's tables a part of the families at a time, for what is asked of each family alone.

No feature and no follow-up looks beyond a person and the families it ever belonged to, but for what areas were like
(`place_history`), and at rows it refers to, which a slip of the pen may make somebody else's. So families that share a
person stay together, with whomever their rows refer to, and what is found part by part is what would be found at once.
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

_REFERENCES = (
    ("early_help_episodes", "contacts", "contact_id"),
    ("referrals", "contacts", "contact_id"),
    ("assessments", "referrals", "referral_id"),
)
"""Which table refers to which, by which key. Contracts query, but keep, a reference to a row of somebody else."""


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
    members = f"SELECT {_number('family_id')} AS family, {_number('person_id')} AS person FROM families"  # noqa: S608 - our own names
    links = known.frame(" UNION ALL ".join([members, *map(_referred, _REFERENCES)]) + " ORDER BY ALL").astype(np.int64)
    family, families = pd.factorize(links["family"], sort=True)
    person, people = pd.factorize(links["person"], sort=True)
    least = np.asarray(families)[least_of_linked(family, person)]
    return pd.DataFrame({"person": people, "part": least % parts})


def _referred(reference: tuple[str, str, str]) -> str:
    """The two people of each reference to a row of somebody else, as if they were a family."""
    table, other, key = reference
    pairs = f"SELECT {key}, a.person_id AS mine, b.person_id AS theirs FROM {table} a JOIN {other} b USING ({key})"  # noqa: S608 - our own names
    return " UNION ALL ".join(
        f"SELECT {_number(key)}, {_number(person)} FROM ({pairs}) WHERE mine <> theirs"  # noqa: S608 - our own names
        for person in ("mine", "theirs")
    )


def _number(key: str) -> str:
    """A key as a number of 63 bits: 10 million of them take 80 MB, as text they take ten times that."""
    return f"(hash({key}) >> 1)::BIGINT"


def _divided(table: str) -> str:
    return f"divided_{table}"
