"""Where children truly went from each place in the service, out of everything that happened and not what was recorded.

Counted by pairing each spell with the first later event, on all that the simulation drew, 14 months past the extract
included, so that every spell in the extract's years is followed for a whole year and nothing is late or missing.
"""

import numpy as np
import pandas as pd

from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.vocabulary.answers import YesNoUnknown

DAYS = 365
"""Time looked at after a spell begins."""

CONTACT_DAYS = 90
"""The same after a contact."""

STEP_DOWN_DAYS = 60
"""Early help so soon after a referral closed is a step down."""

ALL, STAYED = "all", "none_of_these"
_MOVED_OR_OTHER = {"moved": "moved_or_other", "other": "moved_or_other"}

Tables = dict[str, pd.DataFrame]


def true_transitions(recorded: Tables, plan: CouncilPlan) -> pd.DataFrame:
    """True moves, counted: ``origin, quarter`` ("2019-Q2" or `ALL`), ``need_level`` (or `ALL`), ``destination``.

    With ``started`` (children's spells that began in the quarter), ``moved`` (of them, went there first in time) and
    ``median_days`` (until then). Need levels are those recorded.
    """
    helped = recorded["early_help_episodes"].rename(columns={"started_on": "on"})
    referred = recorded["referrals"].rename(columns={"referral_on": "on"})
    spells = [
        _contacts(recorded["contacts"], helped=helped, referred=referred),
        _helped(helped),
        _ends_of_help(helped, referred=referred),
        _referred(referred),
        _closed(referred, helped=helped),
    ]
    first, last = (np.datetime64(day, "D").astype(np.int64) for day in (plan.starts_on, plan.extracted_on))
    every = pd.concat(spells, ignore_index=True)
    return _counted(every[every["on"].between(first, last) & (every["began_on"] >= first)])


def _contacts(contacts: pd.DataFrame, *, helped: pd.DataFrame, referred: pd.DataFrame) -> pd.DataFrame:
    rows = contacts.rename(columns={"contact_on": "on"})
    later = {"statutory": _wait(rows, referred, same_day=True), "early_help": _wait(rows, helped, same_day=True)}
    return _first(rows, "contact", later=later, within=CONTACT_DAYS)


def _helped(helped: pd.DataFrame) -> pd.DataFrame:
    wait = helped["ended_on"] - helped["on"]
    why = helped["end_reason"].replace(_MOVED_OR_OTHER)
    later = {str(reason): wait.where(why == reason) for reason in why.unique()}
    return _first(helped, "early_help", later=later, need=helped["need_level"])


def _ends_of_help(helped: pd.DataFrame, *, referred: pd.DataFrame) -> pd.DataFrame:
    rows = helped[helped["end_reason"] != "stepped_up"]
    ends = rows.assign(began_on=rows["on"], on=rows["ended_on"])
    later = {"statutory": _wait(ends, referred), "early_help_again": _wait(ends, helped)}
    return _first(ends, "early_help_closed", later=later, need=rows["need_level"])


def _referred(referred: pd.DataFrame) -> pd.DataFrame:
    again = _wait(referred, referred)
    closes = referred["closed_on"] - referred["on"]
    closes = closes.where(~(again <= closes + 1))
    refused = referred["no_further_action"] == YesNoUnknown.YES.value
    later = {"referred_again": again, "no_further_action": closes.where(refused), "closed": closes.where(~refused)}
    return _first(referred, "statutory", later=later)


def _closed(referred: pd.DataFrame, *, helped: pd.DataFrame) -> pd.DataFrame:
    ends = referred.assign(began_on=referred["on"], on=referred["closed_on"])
    again = _wait(ends, referred)
    ends, again = ends[~(again <= 1)], again[~(again <= 1)]
    latest = pd.merge_asof(
        ends.sort_values("on").reset_index(names="place"),
        helped[["child", "on", "ended_on"]].rename(columns={"on": "helped_on"}).sort_values("helped_on"),
        left_on="on", right_on="helped_on", by="child",
    ).set_index("place")  # fmt: skip
    is_open = (latest["helped_on"] > latest["began_on"]) & (latest["ended_on"] >= latest["on"])
    wait = _wait(ends, helped).mask(is_open.reindex(ends.index), 0)
    later = {
        "statutory_again": again,
        "stepped_down": wait.where(wait <= STEP_DOWN_DAYS),
        "early_help_later": wait.where(wait > STEP_DOWN_DAYS),
    }
    return _first(ends, "statutory_closed", later=later)


def _wait(rows: pd.DataFrame, later: pd.DataFrame, *, same_day: bool = False) -> "pd.Series[float]":
    """Days from each row to the same child's first later event; absent where none came."""
    paired = pd.merge_asof(
        rows[["child", "on"]].sort_values("on").reset_index(names="place"),
        later[["child", "on"]].rename(columns={"on": "later_on"}).sort_values("later_on"),
        left_on="on", right_on="later_on", by="child", direction="forward", allow_exact_matches=same_day,
    ).set_index("place")  # fmt: skip
    return (paired["later_on"] - paired["on"]).reindex(rows.index).astype("float64")


def _first(
    rows: pd.DataFrame, origin: str, *, later: "dict[str, pd.Series[float]]", within: int = DAYS,
    need: "pd.Series[str] | str" = ALL,
) -> pd.DataFrame:  # fmt: skip
    """Where each spell went first in time; on a tie the place named first."""
    waits = pd.DataFrame({name: wait.astype("float64") for name, wait in later.items()})
    waits = waits.where(waits <= within)
    went = waits.notna().any(axis=1)
    return pd.DataFrame(
        {
            "origin": origin,
            "on": rows["on"],
            "began_on": rows.get("began_on", rows["on"]),
            "need_level": need,
            "destination": waits.fillna(np.inf).idxmin(axis=1).where(went, STAYED),
            "wait": waits.min(axis=1),
        }
    )


def _counted(spells: pd.DataFrame) -> pd.DataFrame:
    quarter = pd.PeriodIndex(spells["on"].to_numpy().astype("datetime64[D]").astype("datetime64[ns]"), freq="Q")
    named = spells.assign(quarter=[f"{one.year}-Q{one.quarter}" for one in quarter])
    parts = [named, named.assign(quarter=ALL), named.assign(need_level=ALL), named.assign(quarter=ALL, need_level=ALL)]
    has_levels = named["need_level"] != ALL
    every = pd.concat([parts[0][has_levels], parts[1][has_levels], *parts[2:]])
    keys = ["origin", "quarter", "need_level"]
    moved = every.groupby([*keys, "destination"])["wait"].agg(moved="size", median_days="median").reset_index()
    started = every.groupby(keys).size().rename("started").reset_index()
    return moved.merge(started, on=keys)[[*keys, "destination", "started", "moved", "median_days"]]
