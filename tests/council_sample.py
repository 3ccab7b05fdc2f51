"""A small council that keeps every rule, as text, for tests to break."""

from datetime import date

import pandas as pd

from ehforecast.contracts import QualityResult, check_council
from ehforecast.contracts.workspace import Workspace

Row = dict[str, str | None]
Tables = dict[str, list[Row]]

AS_OF = date(2024, 3, 31)
PERSON: Row = {
    "person_id": "P1", "birth_month": "2012-05-01", "sex": "female", "ethnicity": "WBRI", "disability": "none",
    "care_experienced": "no", "died_on": None, "recorded_on": "2023-01-10",
}  # fmt: skip
DIED = PERSON | {"person_id": "P3", "birth_month": "2014-02-01", "died_on": "2023-11-30"}
CONTACT: Row = {
    "contact_id": "C1", "person_id": "P1", "contact_on": "2023-01-09", "source": "2A", "locality": "north",
    "outcome": "referral", "outcome_recorded_on": "2023-01-12", "recorded_on": "2023-01-10",
}  # fmt: skip
OPEN_CONTACT = CONTACT | {"contact_id": "C2", "person_id": "P2", "outcome": None, "outcome_recorded_on": None}
EPISODE: Row = {
    "episode_id": "E1", "person_id": "P2", "contact_id": "C2", "started_on": "2023-02-01", "need_level": "targeted",
    "reason": "domestic_abuse", "lead_organisation": "school", "lead_professional_on": "2023-02-09",
    "ended_on": "2023-06-01", "end_reason": "needs_met", "end_recorded_on": "2023-06-20", "locality": "north",
    "recorded_on": "2023-02-03",
}  # fmt: skip
OPEN = {"ended_on": None, "end_reason": None, "end_recorded_on": None}
REFERRAL: Row = {
    "referral_id": "R1", "person_id": "P1", "contact_id": "C1", "referral_on": "2023-01-12", "source": "2A",
    "no_further_action": "no", "primary_need": "N1", "closed_on": "2023-09-01", "close_reason": "RC8",
    "closed_recorded_on": "2023-09-05", "recorded_on": "2023-01-12",
}  # fmt: skip
NOT_CLOSED = {"closed_on": None, "close_reason": None, "closed_recorded_on": None}
ASSESSMENT: Row = {
    "assessment_id": "A1", "person_id": "P1", "referral_id": "R1", "started_on": "2023-01-13",
    "completed_on": "2023-02-20", "completed_recorded_on": "2023-02-22", "outcome_no_further_action": "no",
    "recorded_on": "2023-01-13",
}  # fmt: skip
FACTOR: Row = {"assessment_id": "A1", "factor": "16A", "recorded_on": "2023-02-22"}
STEP: Row = {
    "step_id": "S1", "person_id": "P1", "referral_id": "R1", "step": "section_47", "started_on": "2023-02-21",
    "ended_on": "2023-03-10", "ended_recorded_on": "2023-03-12", "recorded_on": "2023-02-22",
}  # fmt: skip
TEAM: Row = {
    "team": "front_door", "role": "social_worker", "month": "2023-01-01", "headcount": "4",
    "full_time_equivalent": "3.5", "cases_held": "60",
}  # fmt: skip
GROUP: Row = {
    "locality": "all", "year": "2022", "age_band": "5_9", "sex": "male", "ethnicity_group": "white", "children": "40",
}  # fmt: skip

SOUND: Tables = {
    "people": [PERSON, PERSON | {"person_id": "P2", "disability": "AUT"}, DIED],
    "families": [
        {"family_id": "F1", "person_id": "P1", "from_on": "2023-01-10", "recorded_on": "2023-01-10"},
        {"family_id": "F1", "person_id": "P2", "from_on": "2023-01-10", "recorded_on": "2023-01-10"},
    ],
    "contacts": [CONTACT, OPEN_CONTACT],
    "early_help_episodes": [
        EPISODE,
        EPISODE | OPEN | {"episode_id": "E2", "contact_id": None, "started_on": "2023-07-01",
                          "recorded_on": "2023-07-05"},
    ],
    "referrals": [
        REFERRAL,
        REFERRAL | NOT_CLOSED | {"referral_id": "R2", "contact_id": None, "referral_on": "2023-10-01",
                                 "recorded_on": "2023-10-02"},
    ],
    "assessments": [ASSESSMENT],
    "assessment_factors": [FACTOR, FACTOR | {"factor": "24A"}],
    "statutory_steps": [
        STEP,
        STEP | {"step_id": "S2", "started_on": "2023-10-02", "ended_on": None, "ended_recorded_on": None,
                "recorded_on": "2023-10-02", "referral_id": "R2"},
    ],
    "workforce": [TEAM, TEAM | {"month": "2023-02-01"}],
    "population": [
        GROUP, GROUP | {"locality": "north", "children": "25"}, GROUP | {"locality": "south", "children": "15"},
    ],
}  # fmt: skip


def check(tables: Tables, *, as_of: date = AS_OF) -> QualityResult:
    return check_council({name: pd.DataFrame(rows, dtype="str") for name, rows in tables.items()}, as_of=as_of)


def check_in(workspace: Workspace, tables: Tables, as_of: date) -> QualityResult:
    frames = {name: pd.DataFrame(rows, dtype="str") for name, rows in tables.items()}
    return check_council(frames, as_of=as_of, workspace=workspace)


def broken(result: QualityResult) -> dict[tuple[str, str], int]:
    return {(count.table, count.rule): count.broken for count in result.rules if count.broken}
