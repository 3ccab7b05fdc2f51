"""The truth behind an extract as tables of its own: true risks, needs, localities, months."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.clocks import as_dates
from ehforecast.synthetic.extract import Extract
from ehforecast.synthetic.families import DAYS_A_YEAR, lives_with_abuse
from ehforecast.synthetic.histories import EARLY_HELP, REFERRAL, STEPPED_UP
from ehforecast.synthetic.keys import named_keys, scrambled_keys
from ehforecast.synthetic.true_risks import came_within, help_risk, referral_risk
from ehforecast.synthetic.true_transitions import true_transitions

Tables = dict[str, pd.DataFrame]
Integers = npt.NDArray[np.int64]


def truth_tables(extract: Extract, recorded: Tables) -> Tables:
    """True risks of every end of help and referral in the extract, and what they come from.

    - ``ends_of_help``: by episode: ``true_escalation_risk`` and ``came_escalation`` (referred within 12 months after an
      end that was not a step up; else absent), the same without closer watching, ``true_help_risk`` and ``came_help``;
    - ``referrals``: ``true_referral_risk`` and ``came_referral`` (the next referral within 12 months);
    - ``needs``: by person, what the family truly faces, and the parts of the log rate that records show and do not;
    - ``needs_at_help``: by episode, the child's age and what the child lives with when it begins;
    - ``localities`` and ``months``: true effects and levels;
    - ``transitions``: where children truly went from each place in the service, and when (`true_transitions`).

    What came counts events after the day of the extract too.
    """
    seen = extract.seen(recorded)
    return {
        "ends_of_help": _ends_of_help(extract, seen["early_help_episodes"]),
        "referrals": _referrals(extract, seen["referrals"]),
        "needs": _needs(extract, seen),
        "needs_at_help": _needs_at_help(extract, seen["early_help_episodes"]),
        "localities": _localities(extract),
        "months": _months(extract),
        "transitions": true_transitions(recorded, extract.plan),
    }


def _ends_of_help(extract: Extract, seen: pd.DataFrame) -> pd.DataFrame:
    events = extract.events
    ends = events.ends_of_help()
    stepped_up = events.history.episodes.end_reason[events.help_forms.arrival] == STEPPED_UP
    risk = referral_risk(ends, events.world, same_month=True)
    unwatched = referral_risk(ends, events.world, same_month=True, watched=False)
    came = came_within(ends, events.later(REFERRAL))
    columns = {
        "person_id": scrambled_keys(extract.name + "P", ends.child),
        "ended_on": as_dates(ends.on),
        "true_escalation_risk": np.where(stepped_up, np.nan, risk),
        "true_escalation_risk_unwatched": np.where(stepped_up, np.nan, unwatched),
        "came_escalation": pd.Series(came, dtype="boolean").mask(stepped_up),
        "true_help_risk": help_risk(ends, events.world),
        "came_help": pd.Series(came_within(ends, events.later(EARLY_HELP)), dtype="boolean"),
    }
    return _in_extract(pd.DataFrame(columns), seen, key="episode_id", prefix=extract.name + "E")


def _referrals(extract: Extract, seen: pd.DataFrame) -> pd.DataFrame:
    events = extract.events
    referrals = events.referrals()
    columns = {
        "person_id": scrambled_keys(extract.name + "P", referrals.child),
        "referral_on": as_dates(referrals.on),
        "true_referral_risk": referral_risk(referrals, events.world, same_month=False),
        "came_referral": pd.Series(came_within(referrals, events.later(REFERRAL)), dtype="boolean"),
    }
    return _in_extract(pd.DataFrame(columns), seen, key="referral_id", prefix=extract.name + "R")


def _in_extract(full: pd.DataFrame, seen: pd.DataFrame, *, key: str, prefix: str) -> pd.DataFrame:
    """The rows that are in the extract, under its keys."""
    rows = full.iloc[seen.index].reset_index(drop=True)
    rows.insert(0, key, named_keys(prefix, np.arange(len(rows))))
    return rows


def _needs(extract: Extract, seen: Tables) -> pd.DataFrame:
    families, children = extract.events.world.families, extract.events.world.families.children
    child = np.unique(np.concatenate([frame["child"] for frame in seen.values() if "child" in frame.columns]))
    family = children.family[child]
    entered = extract.events.history.entered_on[family]
    return pd.DataFrame(
        {
            "person_id": scrambled_keys(extract.name + "P", child),
            "family_id": scrambled_keys(extract.name + "F", family),
            "age_at_first_contact_years": (entered - extract.events.world.birthdays[child]) / DAYS_A_YEAR,
            "ethnicity": pd.Series(families.ethnicity[family], dtype="str"),
            "disabled": children.disabled[child],
            "domestic_abuse": families.domestic_abuse[family],
            "adult_mental_health": families.adult_mental_health[family],
            "substance_misuse": families.substance_misuse[family],
            "recorded_part": families.rates.recorded_part[family],
            "unrecorded_part": families.rates.unrecorded_part[family],
        }
    )


def _needs_at_help(extract: Extract, seen: pd.DataFrame) -> pd.DataFrame:
    world = extract.events.world
    child, started_on = seen["child"].to_numpy(), seen["started_on"].to_numpy()
    family = world.families.children.family[child]
    age = (started_on - world.birthdays[child]) / DAYS_A_YEAR
    return pd.DataFrame(
        {
            "episode_id": named_keys(extract.name + "E", np.arange(len(seen))),
            "age_years": age,
            "domestic_abuse": lives_with_abuse(world.families, child, age=age, truth=extract.truth.families),
            "adult_mental_health": world.families.adult_mental_health[family],
            "substance_misuse": world.families.substance_misuse[family],
        }
    )


def _localities(extract: Extract) -> pd.DataFrame:
    effects = extract.events.world.families.locality_effects
    names = pd.Series(extract.plan.locality_names, dtype="str")
    return pd.DataFrame({"locality": names, "log_referral_rate_effect": effects})


def _months(extract: Extract) -> pd.DataFrame:
    calendar, seen = extract.events.world.calendar, extract.plan.seen
    return pd.DataFrame(
        {
            "month": extract.plan.months[seen].start_time.astype("datetime64[us]"),
            "level": calendar.levels[seen] / calendar.levels[seen].mean(),
            "calendar": calendar.month_factors[seen] / calendar.disturbances[seen],
            "disturbance": calendar.disturbances[seen],
        }
    )
