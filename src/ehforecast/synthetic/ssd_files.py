"""Synthetic records in the Standard Safeguarding Dataset's tables, columns and outcome shapes (v1.4.5).

The dataset has no place for the day of recording, localities, need levels, lead professionals and care: they are lost.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import FileFormat, write_frame
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.pathways import ContactOutcome, StatutoryStep
from ehforecast.vocabulary.protected_groups import Disability
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

_DATE_AND_TIME = "%Y-%m-%d %H:%M:%S"
_PLACEHOLDER = "SSD_PH"

CONTACT_KEYS = (
    "NEW_REFERRAL_FLAG", "EXISTING_REFERRAL_FLAG", "CP_ENQUIRY_FLAG", "NFA_FLAG", "NON_AGENCY_ADOPTION_FLAG",
    "PRIVATE_FOSTERING_FLAG", "ADVICE_FLAG", "MISSING_FLAG", "OLA_CP_FLAG", "OTHER_OUTCOMES_EXIST_FLAG",
)  # fmt: skip
REFERRAL_KEYS = (
    "SINGLE_ASSESSMENT_FLAG", "NFA_FLAG", "STRATEGY_DISCUSSION_FLAG", "CLA_REQUEST_FLAG", "NON_AGENCY_ADOPTION_FLAG",
    "PRIVATE_FOSTERING_FLAG", "CP_TRANSFER_IN_FLAG", "CP_CONFERENCE_FLAG", "CARE_LEAVER_FLAG",
    "OTHER_OUTCOMES_EXIST_FLAG",
)  # fmt: skip
ASSESSMENT_KEYS = (
    "NFA_FLAG", "NFA_S47_END_FLAG", "STRATEGY_DISCUSSION_FLAG", "CLA_REQUEST_FLAG", "PRIVATE_FOSTERING_FLAG",
    "LEGAL_ACTION_FLAG", "PROV_OF_SERVICES_FLAG", "PROV_OF_SB_CARE_FLAG", "SPECIALIST_ASSESSMENT_FLAG",
    "REFERRAL_TO_OTHER_AGENCY_FLAG", "OTHER_ACTIONS_FLAG", "OTHER_OUTCOMES_EXIST_FLAG",
)  # fmt: skip
_OUTCOME_KEY = {
    ContactOutcome.NO_FURTHER_ACTION.value: "NFA_FLAG",
    ContactOutcome.INFORMATION_AND_ADVICE.value: "ADVICE_FLAG",
    ContactOutcome.EARLY_HELP.value: "OTHER_OUTCOMES_EXIST_FLAG",
    ContactOutcome.REFERRAL.value: "NEW_REFERRAL_FLAG",
}

Shape = Callable[[Iterable[str]], str]
Frames = dict[str, pd.DataFrame]
Dialect = Callable[[Frames], Frames]


def factors_as_list(factors: Iterable[str]) -> str:
    """From version 1.3.9: ``["1A", "2B"]``."""
    return json.dumps(list(factors))


def factors_as_object(factors: Iterable[str]) -> str:
    """The planned form: ``{"1A": "Yes"}``."""
    return json.dumps(dict.fromkeys(factors, "Yes"))


def factors_with_repeated_key(factors: Iterable[str]) -> str:
    """Before version 1.3.9: one key, again and again."""
    return "{" + ", ".join(f'"FACTOR": {json.dumps(factor)}' for factor in factors) + "}"


FACTOR_SHAPES = MappingProxyType(
    {"list": factors_as_list, "object": factors_as_object, "repeated_key": factors_with_repeated_key}
)


def write_ssd(
    council: SyntheticCouncil,
    folder: Path,
    *,
    file_format: FileFormat = "csv",
    factor_shape: str = "list",
    dialect: Dialect | None = None,
) -> tuple[Path, ...]:
    """Write one council as a folder of SSD tables.

    ``factor_shape`` is one of `FACTOR_SHAPES`; a ``dialect`` rewrites the tables as one case system fills them, see
    `ehforecast.synthetic.ssd_dialects`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    frames = ssd_frames(council, factor_shape=FACTOR_SHAPES[factor_shape])
    frames = dialect(frames) if dialect else frames
    return tuple(
        write_frame(frame, folder / name, file_format=file_format, date_format=_DATE_AND_TIME)
        for name, frame in frames.items()
    )


def ssd_frames(council: SyntheticCouncil, *, factor_shape: Shape = factors_as_list) -> dict[str, pd.DataFrame]:
    """The tables of the dataset that the council has something for."""
    tables = council.tables
    return {
        "ssd_person": _person(tables["people"]),
        "ssd_disability": _disability(tables["people"]),
        "ssd_family": _family(tables["families"]),
        "ssd_contacts": _contacts(tables["contacts"]),
        "ssd_early_help_episodes": _early_help(tables["early_help_episodes"]),
        "ssd_cin_episodes": _cin_episodes(tables["referrals"]),
        "ssd_cin_assessments": _cin_assessments(tables["assessments"]),
        "ssd_assessment_factors": _factors(tables["assessment_factors"], shape=factor_shape),
        **_steps(tables["statutory_steps"]),
    }


def _outcome(keys: tuple[str, ...], chosen: str) -> str:
    return json.dumps({key: "Y" if key == chosen else "N" for key in keys})


def _letters(answers: pd.Series) -> pd.Series:
    return answers.map({"yes": "Y", "no": "N"})


def _person(people: pd.DataFrame) -> pd.DataFrame:
    sex = people["sex"].map({"male": "M", "female": "F"}).fillna("U")
    return pd.DataFrame(
        {
            "pers_person_id": people["person_id"],
            "pers_sex": sex,
            "pers_gender": people["sex"].map({"male": "M", "female": "F", "neither": "I"}).fillna("U"),
            "pers_ethnicity": people["ethnicity"].where(people["ethnicity"] != Ethnicity.NOT_RECORDED.value),
            "pers_dob": people["birth_month"],
            "pers_death_date": people["died_on"],
        }
    )


def _disability(people: pd.DataFrame) -> pd.DataFrame:
    known = people[people["disability"] != Disability.NOT_RECORDED.value]
    return pd.DataFrame(
        {
            "disa_table_id": "D" + known["person_id"],
            "disa_person_id": known["person_id"],
            "disa_disability_code": known["disability"].replace({Disability.NONE.value: "NONE"}),
        }
    )


def _family(families: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "fami_table_id": "F" + families["person_id"],
            "fami_family_id": families["family_id"],
            "fami_person_id": families["person_id"],
        }
    )


def _contacts(contacts: pd.DataFrame) -> pd.DataFrame:
    shapes = {outcome: _outcome(CONTACT_KEYS, key) for outcome, key in _OUTCOME_KEY.items()}
    return pd.DataFrame(
        {
            "cont_contact_id": contacts["contact_id"],
            "cont_person_id": contacts["person_id"],
            "cont_contact_date": contacts["contact_on"],
            "cont_contact_source_code": contacts["source"],
            "cont_contact_source_desc": _descriptions(contacts["source"]),
            "cont_contact_outcome_json": contacts["outcome"].map(shapes),
        }
    )


def _descriptions(codes: pd.Series) -> pd.Series:
    return codes.map({code.value: code.meaning for code in ReferralSourceCode})


def _early_help(episodes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "earl_episode_id": episodes["episode_id"],
            "earl_person_id": episodes["person_id"],
            "earl_episode_start_date": episodes["started_on"],
            "earl_episode_end_date": episodes["ended_on"],
            "earl_episode_reason": episodes["reason"],
            "earl_episode_end_reason": episodes["end_reason"],
            "earl_episode_organisation": episodes["lead_organisation"],
            "earl_episode_worker_id": _PLACEHOLDER,
        }
    )


def _cin_episodes(referrals: pd.DataFrame) -> pd.DataFrame:
    shapes = {"yes": _outcome(REFERRAL_KEYS, "NFA_FLAG"), "no": _outcome(REFERRAL_KEYS, "SINGLE_ASSESSMENT_FLAG")}
    return pd.DataFrame(
        {
            "cine_referral_id": referrals["referral_id"],
            "cine_person_id": referrals["person_id"],
            "cine_referral_date": referrals["referral_on"],
            "cine_cin_primary_need_code": referrals["primary_need"],
            "cine_referral_source_code": referrals["source"],
            "cine_referral_source_desc": _descriptions(referrals["source"]),
            "cine_referral_outcome_json": referrals["no_further_action"].map(shapes),
            "cine_referral_nfa": _letters(referrals["no_further_action"]),
            "cine_close_reason": referrals["close_reason"],
            "cine_close_date": referrals["closed_on"],
            "cine_referral_team": _PLACEHOLDER,
            "cine_referral_worker_id": _PLACEHOLDER,
        }
    )


def _cin_assessments(assessments: pd.DataFrame) -> pd.DataFrame:
    answers = assessments["outcome_no_further_action"]
    shapes = {"yes": _outcome(ASSESSMENT_KEYS, "NFA_FLAG"), "no": _outcome(ASSESSMENT_KEYS, "PROV_OF_SERVICES_FLAG")}
    return pd.DataFrame(
        {
            "cina_assessment_id": assessments["assessment_id"],
            "cina_person_id": assessments["person_id"],
            "cina_referral_id": assessments["referral_id"],
            "cina_assessment_start_date": assessments["started_on"],
            "cina_assessment_child_seen": "Y",
            "cina_assessment_auth_date": assessments["completed_on"],
            "cina_assessment_outcome_json": answers.map(shapes),
            "cina_assessment_outcome_nfa": _letters(answers),
            "cina_assessment_team": _PLACEHOLDER,
            "cina_assessment_worker_id": _PLACEHOLDER,
        }
    )


def _factors(factors: pd.DataFrame, *, shape: Shape) -> pd.DataFrame:
    grouped = factors.groupby("assessment_id")["factor"].agg(list)
    return pd.DataFrame(
        {
            "cinf_table_id": "T" + grouped.index.astype("str"),
            "cinf_assessment_id": grouped.index,
            "cinf_assessment_factors_json": [shape(codes) for codes in grouped],
        }
    )


def _steps(steps: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "ssd_s47_enquiry": _step(steps, StatutoryStep.SECTION_47, prefix="s47e_s47", key="enquiry"),
        "ssd_cin_plans": _step(steps, StatutoryStep.CHILD_IN_NEED_PLAN, prefix="cinp_cin_plan", key=""),
        "ssd_cp_plans": _step(steps, StatutoryStep.CHILD_PROTECTION_PLAN, prefix="cppl_cp_plan", key=""),
    }


def _step(steps: pd.DataFrame, step: StatutoryStep, *, prefix: str, key: str) -> pd.DataFrame:
    """One kind of step; columns begin with the table's short name."""
    rows, short = steps[steps["step"] == step.value], prefix[:4]
    return pd.DataFrame(
        {
            f"{prefix}_{key}_id" if key else f"{prefix}_id": rows["step_id"],
            f"{short}_referral_id": rows["referral_id"],
            f"{short}_person_id": rows["person_id"],
            f"{prefix}_start_date": rows["started_on"],
            f"{prefix}_end_date": rows["ended_on"],
        }
    )
