"""The facts of a data-quality report for tests: a small council with some rules broken, and one with nearly all."""

from dataclasses import replace
from datetime import date

import pandas as pd
from council_sample import AS_OF, CONTACT, PERSON, SOUND, Tables

from ehforecast.contracts import QualityResult, check_council, load_contract
from ehforecast.contracts.council_source import Notice, ReceivedFile
from ehforecast.contracts.missing import count_missing
from ehforecast.reports import QualityFacts
from ehforecast.store import StoredExtract
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.faults import FAULTS
from ehforecast.synthetic.row_faults import ROW_FAULTS

NOTICES = (
    Notice("early_help_is_a_selection", "", 1, "Only children with a later referral are there."),
    Notice("values_without_a_translation", "contacts", 1_234, "These rows were set aside; add the words to the maps."),
    Notice("locality_is_not_held", "contacts", 1, "the dataset has no place of a contact."),
)
FILES = (ReceivedFile("ssd_contacts.csv", "ab" * 32, 4_096, 3),)
BROKEN: Tables = SOUND | {
    "people": [*SOUND["people"], PERSON | {"person_id": "P9", "birth_month": None}],
    "contacts": [
        *SOUND["contacts"],
        *(CONTACT | {"contact_id": f"C{number}", "source": "11X"} for number in range(7, 10)),
        CONTACT | {"contact_id": "C10", "recorded_on": "2022-12-01"},
    ],
}
"""Errors: three unknown sources, one contact recorded before its day. A query: a person without a month of birth."""


def checked(tables: Tables, *, as_of: date = AS_OF) -> QualityResult:
    frames = {
        name: pd.DataFrame(rows, columns=load_contract(name).column_names, dtype="str") for name, rows in tables.items()
    }
    return replace(check_council(frames, as_of=as_of), files=FILES, notices=NOTICES)


def facts_of(result: QualityResult, *, title: str = "Records of Northmere", extracts: int = 0) -> QualityFacts:
    kept = [stored(result, f"{2024 - year}-03-31") for year in range(extracts)]
    return QualityFacts(
        title=title,
        result=result,
        missing=count_missing(result),
        pseudonym_key="",
        extracts=[extract for day in kept for extract in day],
    )


def stored(result: QualityResult, day: str) -> list[StoredExtract]:
    """What a store would say of an extract; only what the report reads is filled in."""
    return [
        StoredExtract.model_construct(contract=count.table, extracted_on=day, rows_used=count.rows_used)
        for count in result.tables
    ]


def facts_of_everything_broken() -> QualityFacts:
    """A synthetic council with every fault that breaks a rule, two extracts in the store."""
    names = tuple(fault.name for fault in ROW_FAULTS if fault.name in FAULTS and fault.name != "duplicate_person")
    plan = CouncilPlan(seed=5, years=2, contacts_a_year=6_000, warm_up_years=2, faults=names)
    result = check_council(draw_council(plan).tables, as_of=plan.extracted_on)
    return facts_of(
        replace(result, files=FILES * 12, notices=NOTICES * 3), title="Records of Ashby Vale " * 4, extracts=3
    )
