"""Planted faults that no contract can see and an audit should: bias, a proxy, a shift, a leak."""

import numpy as np
import pandas as pd

from ehforecast.synthetic.fault import Fault, Ground, Tables
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity

BIASED_GROUP = EthnicGroup.BLACK
LABEL_BIAS_SHARE = 0.35
PROXY_SHARE = 0.85
SHIFT_SHARE = 0.40
_CODES = tuple(code.value for code in Ethnicity if code.group is BIASED_GROUP)


def _of_group(ground: Ground) -> "pd.Series[bool]":
    """People who truly belong to the group, whatever is recorded."""
    needs = ground.truth["needs"].set_index("person_id")["ethnicity"]
    return ground.tables["people"]["person_id"].map(needs).isin(_CODES)


def _members(ground: Ground) -> "pd.Series[str]":
    return ground.tables["people"].loc[_of_group(ground), "person_id"]


def _label_bias(ground: Ground) -> tuple[Tables, int]:
    """A share of the group's referrals was never recorded, nor what followed: the label undercounts them."""
    referrals = ground.tables["referrals"]
    hidden = referrals["person_id"].isin(_members(ground)) & (ground.rng.random(len(referrals)) < LABEL_BIAS_SHARE)
    gone = referrals.loc[hidden, "referral_id"]
    assessments = ground.tables["assessments"]
    gone_assessments = assessments.loc[assessments["referral_id"].isin(gone), "assessment_id"]
    steps, factors = ground.tables["statutory_steps"], ground.tables["assessment_factors"]
    changed = {
        "referrals": referrals[~hidden],
        "assessments": assessments[~assessments["referral_id"].isin(gone)],
        "statutory_steps": steps[~steps["referral_id"].isin(gone)],
        "assessment_factors": factors[~factors["assessment_id"].isin(gone_assessments)],
    }
    return {**ground.tables, **{name: frame.reset_index(drop=True) for name, frame in changed.items()}}, len(gone)


def _proxy_field(ground: Ground) -> tuple[Tables, int]:
    """The group's episodes mostly lie with one lead organisation, which then stands for the group."""
    episodes = ground.tables["early_help_episodes"]
    moved = episodes["person_id"].isin(_members(ground)) & (ground.rng.random(len(episodes)) < PROXY_SHARE)
    return ground.put("early_help_episodes", "lead_organisation", places=np.flatnonzero(moved), values="other"), int(
        moved.sum()
    )


def _level_shift(ground: Ground) -> tuple[Tables, int]:
    """From the middle of the window on, a share of contacts that led nowhere is no longer recorded."""
    contacts = ground.tables["contacts"]
    months = ground.truth["months"]["month"]
    since = contacts["contact_on"] >= months.iloc[len(months) // 2]
    led_nowhere = contacts["outcome"].isin(["no_further_action", "information_and_advice"])
    hidden = since & led_nowhere & (ground.rng.random(len(contacts)) < SHIFT_SHARE)
    return {**ground.tables, "contacts": contacts[~hidden].reset_index(drop=True)}, int(hidden.sum())


def _leakage_field(ground: Ground) -> tuple[Tables, int]:
    """The need level of episodes was overwritten with `statutory` when a referral came after their end."""
    came = ground.truth["ends_of_help"].set_index("episode_id")["came_escalation"]
    later = ground.tables["early_help_episodes"]["episode_id"].map(came).fillna(value=False).to_numpy(dtype=bool)
    return ground.put("early_help_episodes", "need_level", places=np.flatnonzero(later), values="statutory"), int(
        later.sum()
    )


def _ethnicity_missing_by_group(ground: Ground) -> tuple[Tables, int]:
    """Half of the group's recorded ethnicities are missing: unknown is no longer like the rest."""
    known = _of_group(ground) & ground.tables["people"]["ethnicity"].isin(_CODES)
    lost = known & (ground.rng.random(len(known)) < 0.5)
    return ground.put("people", "ethnicity", places=np.flatnonzero(lost), values="not_recorded"), int(lost.sum())


MODEL_FAULTS = (
    Fault("label_bias", "referrals", "referral_id", "recorded for every group alike", _label_bias),
    Fault("proxy_field", "early_help_episodes", "lead_organisation", "tells nothing of ethnicity", _proxy_field),
    Fault("level_shift", "contacts", "contact_on", "recorded alike in all months", _level_shift),
    Fault("leakage_field", "early_help_episodes", "need_level", "as known when recorded", _leakage_field),
    Fault(
        "ethnicity_missing_by_group", "people", "ethnicity", "missing alike in all groups", _ethnicity_missing_by_group
    ),
)
