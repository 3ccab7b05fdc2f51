"""Synthetic records as Ofsted's Annex A lists: one CSV per list, dates as dd/mm/yyyy, of the months before the extract.

List 2 holds assessments of early help; ours are episodes: the start is the assessment's, completion is five weeks on.
Lists 9 to 11 (leaving care, adoption) have nothing in a synthetic council.
"""

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.synthetic.annex_a_words import ANSWERS, AnnexAWindow, source_words
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import write_frame
from ehforecast.vocabulary.answers import YesNoUnknown
from ehforecast.vocabulary.pathways import StatutoryStep

_DATE = "%d/%m/%Y"
_DAYS_TO_COMPLETION = 35

SHEETS = MappingProxyType(
    {
        "List 1": "Contacts", "List 2": "Early Help", "List 3": "Referrals", "List 4": "Assessments",
        "List 5": "Sec47 and ICPC", "List 6": "Children in Need", "List 7": "Child Protection",
        "List 8": "Children in Care",
    }
)  # fmt: skip
"""The two naming styles of the lists: as in Ofsted's sample, and as some tools name them."""


def write_annex_a(council: SyntheticCouncil, folder: Path, *, months: int = 6, named: bool = True) -> tuple[Path, ...]:
    """Write the lists as CSV files, under their names or, if not ``named``, as `List 1` to `List 8`."""
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        write_frame(frame, folder / (SHEETS[sheet] if named else sheet), file_format="csv", date_format=_DATE)
        for sheet, frame in annex_a_frames(council, months=months).items()
    )


def annex_a_frames(council: SyntheticCouncil, *, months: int = 6) -> dict[str, pd.DataFrame]:
    """Lists 1 to 8 of the last months before the extract."""
    first_on = pd.Timestamp(council.plan.extracted_on) + pd.Timedelta(days=1) - pd.DateOffset(months=months)
    window = AnnexAWindow(council, first_on)
    return {
        "List 1": _contacts(window),
        "List 2": _early_help(window),
        "List 3": _referrals(window),
        "List 4": _assessments(window),
        "List 5": _enquiries(window),
        "List 6": _children_in_need(window),
        "List 7": _protection_plans(window),
        "List 8": _care(window),
    }


def _contacts(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.recent("contacts", "contact_on")
    return pd.DataFrame(
        {
            **window.about(rows),
            "Date of Contact": rows["contact_on"],
            "Contact Source": rows["source"].map(source_words()),
        }
    )


def _early_help(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.recent("early_help_episodes", "started_on")
    completed = rows["started_on"] + pd.Timedelta(days=_DAYS_TO_COMPLETION)
    return pd.DataFrame(
        {
            **window.about(rows),
            "Assessment start date": rows["started_on"],
            "Assessment completion date": completed.where(completed <= window.last_on),
            "Organisation completing assessment": rows["lead_organisation"].str.replace("_", " "),
        }
    )


def _referrals(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.recent("referrals", "referral_on")
    return pd.DataFrame(
        {
            **window.about(rows),
            "Date of referral": rows["referral_on"],
            "Referral Source": rows["source"].map(source_words()),
            "Referral NFA?": rows["no_further_action"].map(ANSWERS),
            "Number of Referrals in Last 12 Months": _earlier(window, rows),
            "Allocated Team": "",
            "Allocated Worker": "",
        }
    )


def _earlier(window: AnnexAWindow, rows: pd.DataFrame) -> pd.Series:
    """Referrals of the same child in the 12 months before each."""
    every = window.council.tables["referrals"][["person_id", "referral_on"]]
    pairs = rows[["referral_id", "person_id", "referral_on"]].merge(every, on="person_id", suffixes=("", "_before"))
    days = (pairs["referral_on"] - pairs["referral_on_before"]).dt.days
    counts = pairs[(days > 0) & (days <= 365)].groupby("referral_id").size()
    return rows["referral_id"].map(counts).fillna(0).astype("Int64")


def _assessments(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.recent("assessments", "started_on")
    needed = rows["outcome_no_further_action"].map({"yes": "b) No", "no": "a) Yes", "unknown": "c) Unknown"})
    return pd.DataFrame(
        {
            **window.about(rows),
            "Does the Child have a Disability": window.disability(rows),
            "Continuous Assessment Start Date": rows["started_on"],
            "Child Seen During Continuous Assessment": "a) Yes",
            "Continuous Assessment Date of Authorisation": rows["completed_on"],
            "Was the child assessed as requiring LA children's social care support?": needed,
            "Allocated Team": "",
            "Allocated Worker": "",
        }
    )


def _enquiries(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.steps(StatutoryStep.SECTION_47)
    plans = window.steps(StatutoryStep.CHILD_PROTECTION_PLAN).drop_duplicates("referral_id").set_index("referral_id")
    started = pd.to_datetime(rows["referral_id"].map(plans["started_on"].to_dict()))
    planned = started.notna()
    return pd.DataFrame(
        {
            **window.about(rows),
            "Does the Child have a Disability": window.disability(rows),
            "Strategy discussion initiating Section 47 Enquiry Start Date": rows["started_on"],
            "Was an Initial Child Protection Conference deemed unnecessary?": _yes_or_no(~planned),
            "Date of Initial Child Protection Conference": started,
            "Did the Initial Child Protection Conference Result in a Child Protection Plan": _yes_or_no(planned),
        }
    )


def _yes_or_no(yes: pd.Series) -> pd.Series:
    words = np.where(yes, ANSWERS[YesNoUnknown.YES.value], ANSWERS[YesNoUnknown.NO.value])
    return pd.Series(words, index=yes.index, dtype="str")


def _children_in_need(window: AnnexAWindow) -> pd.DataFrame:
    """Referrals accepted and open in the window."""
    rows = window.council.tables["referrals"]
    open_ = rows["closed_on"].isna() | (rows["closed_on"] >= window.first_on)
    rows = rows[open_ & (rows["no_further_action"] == YesNoUnknown.NO.value)].reset_index(drop=True)
    status = np.where(rows["closed_on"].isna(), "c) Child in need plan", "e) Closed episode")
    return pd.DataFrame(
        {
            **window.about(rows),
            "Does the Child have a Disability": window.disability(rows),
            "CIN Start Date": rows["referral_on"],
            "Primary Need Code": rows["primary_need"],
            "CIN Closure Date": rows["closed_on"],
            "Reason for Closure": rows["close_reason"],
            "Case Status": pd.Series(status, dtype="str"),
        }
    )


def _protection_plans(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.steps(StatutoryStep.CHILD_PROTECTION_PLAN)
    dates = {"Child Protection Plan Start Date": rows["started_on"], "Child Protection Plan End Date": rows["ended_on"]}
    return pd.DataFrame({**window.about(rows), "Does the Child have a Disability": window.disability(rows), **dates})


def _care(window: AnnexAWindow) -> pd.DataFrame:
    rows = window.steps(StatutoryStep.LOOKED_AFTER)
    dates = {"Date Started to be Looked After": rows["started_on"], "Date Ceased to be Looked After": rows["ended_on"]}
    return pd.DataFrame({**window.about(rows), "Does the Child have a Disability": window.disability(rows), **dates})
