"""The events after which an estimate is made, each with the day by which the council's system held all of it."""

from collections.abc import Callable, Mapping

import pandas as pd

from ehforecast.risk.outcome_settings import IndexEvent

OWN_TABLE: Mapping[IndexEvent, str] = {
    "early_help_closure": "early_help_episodes",
    "front_door_contact": "contacts",
    "referral": "referrals",
}


def find_index_events(tables: Mapping[str, pd.DataFrame], kind: IndexEvent) -> pd.DataFrame:
    """One row per event, in the order of its own table, `place` being its row there.

    `happened_on` is the closure, the contact or the referral. `index_on` is the first day on whose evening all of the
    event was on record; absent where a part still is not. `is_outcome`: it led to children's social care itself.
    """
    events = _BY_KIND[kind](tables[OWN_TABLE[kind]])
    events.insert(2, "place", range(len(events)))
    return events[events["happened_on"].notna()].reset_index(drop=True)


def _closures(episodes: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": episodes["episode_id"],
            "person_id": episodes["person_id"],
            "happened_on": episodes["ended_on"],
            "index_on": _last_of(episodes, "ended_on", "end_recorded_on", "recorded_on"),
            "is_outcome": episodes["end_reason"].eq("stepped_up").fillna(value=False),
            "has_moved": episodes["end_reason"].eq("moved").fillna(value=False),
            "is_referral": False,
        }
    )


def _contacts(contacts: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": contacts["contact_id"],
            "person_id": contacts["person_id"],
            "happened_on": contacts["contact_on"],
            "index_on": _last_of(contacts, "contact_on", "outcome_recorded_on", "recorded_on"),
            "is_outcome": contacts["outcome"].eq("referral").fillna(value=False),
            "has_moved": False,
            "is_referral": False,
        }
    )


def _referrals(referrals: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "event_id": referrals["referral_id"],
            "person_id": referrals["person_id"],
            "happened_on": referrals["referral_on"],
            "index_on": _last_of(referrals, "referral_on", "recorded_on"),
            "is_outcome": False,
            "has_moved": False,
            "is_referral": True,
        }
    )


def _last_of(table: pd.DataFrame, *columns: str) -> "pd.Series[pd.Timestamp]":
    """The latest of several days; absent where one of them is."""
    return table[list(columns)].max(axis=1, skipna=False)


_BY_KIND: Mapping[IndexEvent, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "early_help_closure": _closures,
    "front_door_contact": _contacts,
    "referral": _referrals,
}
