"""Keeping in touch: when a check-in with each family that left early help falls due.

Dates follow from the day help closed and from the children's ages, by rule alone. Every family that closed is there, no
estimate is looked at, and the only order is that of dates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.flow_incidence import Incidence
from ehforecast.demand.flow_results import ALL
from ehforecast.errors import ForecastError
from ehforecast.reference.days import days
from ehforecast.vocabulary.answers import NOT_RECORDED

YEAR_DAYS = 365

TRANSITIONS: Mapping[str, int] = {
    "starts school": 5,
    "moves to secondary school": 12,
    "leaves school at 16": 17,
}
"""Key transitions of childhood: the school year that begins on 1 September after the child's birthday before that one.

Who turns 5 in a school year starts school with it (England: the September after the fourth birthday)."""

ADULT = "turns 18"


@dataclass(frozen=True)
class CheckInPlan:
    """When families are asked how they are.

    Attributes:
        months_after: months after help closed; at least one of them within 12.
        at_transitions: whether key transitions within 12 months of closing bring one of their own.
        days_before_transition: how long before a transition.
        closed_within_days: closures so long before the day of the records, and later ones, are planned for.
    """

    months_after: tuple[int, ...] = (3, 6, 12)
    at_transitions: bool = True
    days_before_transition: int = 28
    closed_within_days: int = YEAR_DAYS

    def __post_init__(self) -> None:
        if not self.months_after or min(self.months_after) < 1 or min(self.months_after) > 12:
            raise ForecastError("a check-in plan asks every family at least once within 12 months of closing")
        if self.days_before_transition < 0 or self.closed_within_days < 1:
            raise ForecastError("a check-in plan looks some days back, and not past a transition")


def closures(known: Mapping[str, pd.DataFrame], *, families: "pd.Series[str]") -> pd.DataFrame:
    """Each family's closures of early help: ``family, closed_on, locality``; brothers and sisters close together.

    Every reason of ending counts: families that stepped up or moved are left to the people who read the calendar.
    """
    episodes = known["early_help_episodes"]
    ended = episodes[episodes["ended_on"].notna()]
    of_family = ended["person_id"].map(families)
    rows = pd.DataFrame(
        {
            "family": of_family.where(of_family.notna(), ended["person_id"]).astype(str).to_numpy(),
            "closed_on": pd.DatetimeIndex(ended["ended_on"]).normalize(),
            "locality": ended["locality"].astype(object).where(ended["locality"].notna(), NOT_RECORDED).to_numpy(),
        }
    )
    return rows.drop_duplicates(["family", "closed_on"]).sort_values(["closed_on", "family"], ignore_index=True)


def check_in_calendar(
    known: Mapping[str, pd.DataFrame], plan: CheckInPlan, *, families: "pd.Series[str]", known_on: date
) -> pd.DataFrame:
    """One row per family and check-in: ``due_on, family, locality, closed_on, reason``. Private: it names families.

    The latest closure of each family counts. Check-ins that fell due before the day of the records are kept: nobody
    says they were made. Due days on weekends and bank holidays move to the working day before. The order is by date.
    """
    day = pd.Timestamp(known_on)
    closed = closures(known, families=families)
    closed = closed[closed["closed_on"] > day - pd.Timedelta(days=plan.closed_within_days)]
    closed = closed.drop_duplicates("family", keep="last")
    parts = [_after_closing(closed, months) for months in plan.months_after]
    if plan.at_transitions:
        parts.append(_at_transitions(closed, known, families=families, plan=plan))
    rows = pd.concat(parts, ignore_index=True)
    rows = rows.assign(due_on=_on_working_days(rows["due_on"]))
    keys = ["due_on", "family", "locality", "closed_on"]
    told: pd.DataFrame = rows.groupby(keys)["reason"].agg("; ".join).reset_index()
    return told.sort_values(["due_on", "family"], kind="stable", ignore_index=True)


def _after_closing(closed: pd.DataFrame, months: int) -> pd.DataFrame:
    due_on = closed["closed_on"] + pd.DateOffset(months=months)
    return closed.assign(due_on=due_on, reason=f"{months} month{'s' if months > 1 else ''} after closing")


def _at_transitions(
    closed: pd.DataFrame, known: Mapping[str, pd.DataFrame], *, families: "pd.Series[str]", plan: CheckInPlan
) -> pd.DataFrame:
    """A while before each child's transition, where that is after closing and within 12 months of it."""
    people = known["people"].dropna(subset=["birth_month"])
    alive = people[people["died_on"].isna()] if "died_on" in people else people
    of_family = alive["person_id"].map(families)
    children = pd.DataFrame(
        {"family": of_family.where(of_family.notna(), alive["person_id"]).astype(str).to_numpy(),
         "born": pd.DatetimeIndex(alive["birth_month"])}
    )  # fmt: skip
    both = closed.merge(children, on="family")
    parts = [_ahead(both, _september(both["born"], age), name=name, plan=plan) for name, age in TRANSITIONS.items()]
    parts.append(_ahead(both, both["born"] + pd.DateOffset(years=18), name=ADULT, plan=plan))
    return pd.concat(parts, ignore_index=True).drop_duplicates(["family", "due_on", "reason"])


def _september(born: pd.Series, age: int) -> pd.Series:
    """The first of September of the school year in which somebody reaches an age."""
    late = (born.dt.month >= 9).astype(int)
    return pd.to_datetime(pd.DataFrame({"year": born.dt.year + age - 1 + late, "month": 9, "day": 1}))


def _ahead(both: pd.DataFrame, comes_on: pd.Series, *, name: str, plan: CheckInPlan) -> pd.DataFrame:
    due_on = comes_on - pd.Timedelta(days=plan.days_before_transition)
    in_time = (due_on > both["closed_on"]) & (due_on <= both["closed_on"] + pd.Timedelta(days=YEAR_DAYS))
    rows = both.assign(due_on=due_on, reason=f"before a child {name}")
    return rows.loc[in_time, ["family", "closed_on", "locality", "due_on", "reason"]]


def _on_working_days(due_on: pd.Series) -> pd.Series:
    """The day itself if it is a working day, else the one before: so that no check-in comes later than planned."""
    if due_on.empty:
        return due_on
    calendar = days(due_on.min().year - 1, due_on.max().year)
    working = pd.DatetimeIndex(calendar.index[calendar["working_day"]])
    return pd.Series(working[np.searchsorted(working, pd.DatetimeIndex(due_on), side="right") - 1], index=due_on.index)


def due_counts(calendar: pd.DataFrame, *, first_on: date, months: int = 12) -> pd.DataFrame:
    """The frame `FlowResult.check_ins`: check-ins due by week ahead, and by month and locality."""
    last_on = pd.Timestamp(first_on) + pd.DateOffset(months=months)
    ahead = calendar[(calendar["due_on"] > pd.Timestamp(first_on)) & (calendar["due_on"] <= last_on)]
    monday = ahead["due_on"] - pd.to_timedelta(ahead["due_on"].dt.day_of_week, unit="D")
    named = {"month": ahead["due_on"].dt.strftime("%Y-%m"), "week": monday.dt.strftime("%Y-%m-%d")}
    parts = [ahead.assign(due=due, step=step, locality=ALL) for step, due in named.items()]
    every = pd.concat([*parts, ahead.assign(due=named["month"], step="month")], ignore_index=True)
    return every.groupby(["step", "due", "locality"], as_index=False).size().rename(columns={"size": "count"})


def reason_counts(calendar: pd.DataFrame, *, first_on: date, months: int = 12) -> pd.DataFrame:
    """The frame `FlowResult.check_in_reasons`; a check-in for two reasons counts under both."""
    last_on = pd.Timestamp(first_on) + pd.DateOffset(months=months)
    ahead = calendar[(calendar["due_on"] > pd.Timestamp(first_on)) & (calendar["due_on"] <= last_on)]
    reasons = ahead["reason"].str.split("; ").explode()
    return reasons.value_counts().rename_axis("reason").rename("count").reset_index()


def compare_timings(
    returns: pd.DataFrame, *, timings: Sequence[int] = (30, 91, 182, 274), within_days: int = YEAR_DAYS
) -> pd.DataFrame:
    """The frame `FlowResult.timings`: before how many returns a check-in so many days after closing would come.

    Research on aggregates: it says when families come back, not whom to ask, and not that asking helps.

    Args:
        returns: moves out of closed early help: ``days``, ``place`` (0: did not come back), ``family`` codes.
        timings: days after closing.
        within_days: what counts as coming back.
    """
    came = returns[(returns["place"] > 0) & (returns["days"] <= within_days)]
    waits, families = came["days"].to_numpy(dtype=np.int64), came["family"].to_numpy(dtype=np.int64)
    return pd.DataFrame([_timing(waits, families, after=after) for after in timings])


def _timing(waits: NDArray[np.int64], families: NDArray[np.int64], *, after: int) -> dict[str, object]:
    later = (waits > after).astype(np.int64)
    told: dict[str, object] = {
        "timing": after, "words": f"{after} days after closing", "came_back": len(waits), "before": int(later.sum())
    }  # fmt: skip
    if not len(waits):
        return told | dict.fromkeys(("share", "low", "high"), float("nan"))
    found = Incidence(np.zeros_like(waits), later, families, 0).estimate(1)
    return told | {"share": found.share, "low": found.low, "high": found.high}
