"""The later events that count as an outcome, each with its day, out of all that is known by the extract."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ehforecast.risk.known_history import Moments, People, Stream, day_numbers
from ehforecast.risk.outcome_settings import OutcomeSettings, OutcomeStep

Tables = Mapping[str, pd.DataFrame]

RE_REFERRAL_DAYS = 365
"""DfE: a referral within 12 months of a previous referral of the same child."""

_TO_EARLY_HELP, _OTHER_COUNCIL = "RC9", "5C"
_COLUMNS = ["person_id", "happened_on", "step"]


def find_outcome_events(tables: Tables, question: OutcomeSettings) -> tuple[pd.DataFrame, dict[str, int]]:
    """`person_id`, `happened_on` and `step` of every event that counts, and how many do not by which reason."""
    found = pd.concat([_find(step, tables) for step in question.steps], ignore_index=True)
    reasons = {
        "planned_step_down": is_planned_step_down(found, tables["referrals"], within_days=question.step_down_days),
        "from_another_council": found["source"].eq(_OTHER_COUNCIL),
    }
    does_not_count, set_aside = pd.Series(False, index=found.index), {}
    for reason in question.outcome_exclusions:
        set_aside[str(reason)] = int((reasons[reason] & ~does_not_count).sum())
        does_not_count |= reasons[reason]
    return found.loc[~does_not_count, _COLUMNS].reset_index(drop=True), set_aside


def _find(step: OutcomeStep, tables: Tables) -> pd.DataFrame:
    rows, day = _rows_of(step, tables)
    source = rows["source"] if step.endswith("referral") else pd.Series("", index=rows.index, dtype="str")
    columns = {"person_id": rows["person_id"], "happened_on": rows[day], "step": step, "source": source}
    return pd.DataFrame(columns, index=rows.index)


def _rows_of(step: OutcomeStep, tables: Tables) -> tuple[pd.DataFrame, str]:
    """The rows of a step, and the column of the day on which it happened."""
    contacts, steps = tables["contacts"], tables["statutory_steps"]
    if step.endswith("referral"):
        return _referrals_of(step, tables), "referral_on"
    if step == "early_help_episode":
        return tables["early_help_episodes"], "started_on"
    if step == "early_help_contact":
        return contacts[contacts["outcome"].eq("early_help").fillna(value=False)], "contact_on"
    return steps[steps["step"].eq(step)], "started_on"


def _referrals_of(step: OutcomeStep, tables: Tables) -> pd.DataFrame:
    referrals = tables["referrals"]
    if step == "accepted_referral":
        return referrals[is_accepted(referrals, tables["assessments"])]
    return referrals[is_re_referral(referrals)] if step == "re_referral" else referrals


def is_accepted(referrals: pd.DataFrame, assessments: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a referral was accepted: further action followed, or it is not known but an assessment began."""
    was_assessed = referrals["referral_id"].isin(assessments["referral_id"])
    return referrals["no_further_action"].eq("no") | (referrals["no_further_action"].eq("unknown") & was_assessed)


def is_re_referral(referrals: pd.DataFrame, *, within_days: int = RE_REFERRAL_DAYS) -> "pd.Series[bool]":
    """DfE's definition: a referral within 12 months of a previous referral of the same child.

    Referrals of one child on one day are one referral. The share among a year's referrals is the published rate.

    >>> days = pd.to_datetime(["2023-01-01", "2023-06-01", "2024-06-02", "2023-06-01"])
    >>> is_re_referral(pd.DataFrame({"person_id": ["A", "A", "A", "B"], "referral_on": days})).tolist()
    [False, True, False, False]
    """
    once = referrals[["person_id", "referral_on"]].drop_duplicates().sort_values(["person_id", "referral_on"])
    since = once.groupby("person_id")["referral_on"].diff().dt.days
    marked = once.assign(is_return=since.le(within_days))
    joined = referrals[["person_id", "referral_on"]].merge(marked, on=["person_id", "referral_on"], how="left")
    return joined["is_return"].set_axis(referrals.index)


def is_planned_step_down(events: pd.DataFrame, referrals: pd.DataFrame, *, within_days: int) -> "pd.Series[bool]":
    """Whether help began within so many days after a referral of the child was closed to early help."""
    closed = referrals[referrals["close_reason"].eq(_TO_EARLY_HELP).fillna(value=False)]
    people, on = People.of(events["person_id"]), day_numbers(closed["closed_on"])
    stream = Stream.of(people.numbers(closed["person_id"]), known=on, happened=on, row=np.arange(len(closed)))
    at = Moments.of(people.numbers(events["person_id"]), day_numbers(events["happened_on"]))
    soon = stream.count_within(at, days=within_days + 1) > 0
    return events["step"].eq("early_help_episode") & pd.Series(soon, index=events.index)
