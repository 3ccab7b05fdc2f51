"""From a council's records to moves: for each spell that begins, where the child went first and after how long."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.flow_results import ALL, ORIGINS
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.answers import NOT_RECORDED

Integers = NDArray[np.int64]

NEVER = np.iinfo(np.int64).max // 4
"""A day after all days."""

_SPAN = np.int64(1 << 20)
_END_REASONS = {"stepped_up": "stepped_up", "needs_met": "needs_met", "disengaged": "disengaged"}


@dataclass(frozen=True)
class FlowSettings:
    """What is looked at, and for how long.

    Attributes:
        days: time looked at after a spell begins.
        contact_days: the same after a contact.
        step_down_days: early help that is open when a referral closes, or begins within so many days after, counts as
            a step down; later it is early help again.
        settle_days: the last days before the extract are not counted, since not all of them is recorded yet.
    """

    days: int = 365
    contact_days: int = 90
    step_down_days: int = 60
    settle_days: int = 90

    def __post_init__(self) -> None:
        if min(self.days, self.contact_days, self.step_down_days) < 1 or self.settle_days < 0:
            raise ForecastError("flows are followed for at least one day")
        if self.step_down_days >= self.days:
            raise ForecastError("a step down comes sooner than the time looked at")

    def days_after(self, origin: str) -> int:
        """The time looked at after an origin."""
        return self.contact_days if origin == "contact" else self.days

    def as_days(self) -> dict[str, int]:
        """For results: by origin, and of a step down."""
        return {origin: self.days_after(origin) for origin in ORIGINS} | {"step_down": self.step_down_days}


@dataclass(frozen=True)
class Moves:
    """Spells and what came of each.

    Attributes:
        rows: ``origin, person_id, family`` (code), ``on`` (day the spell began), ``need_level`` (word, or `ALL` where
            the records hold none), ``place`` (1 and on: number within ``ORIGINS[origin]``; 0: none seen yet), ``days``
            (until then, or until the end of what is followed), ``followed`` (whether the whole time lies before
            `followed_until`).
        followed_until: last day that moves are counted to.
        settings: what was looked at.
    """

    rows: pd.DataFrame
    followed_until: date
    settings: FlowSettings


def find_moves(
    known: Mapping[str, pd.DataFrame], *, families: "pd.Series[str]", known_on: date, settings: FlowSettings
) -> Moves:
    """All spells in a point-in-time view, with where each went first.

    Args:
        known: tables as `Store.known_by` gives them.
        families: by person, who may not be parted (people who ever shared a family); one not named is alone.
        known_on: the day of the view.
    """
    until = known_on - timedelta(days=settings.settle_days)
    records = _Records(known, _day(until), settings)
    parts = [records.contact(), records.early_help(), records.early_help_closed(), records.statutory(),
             records.statutory_closed()]  # fmt: skip
    rows = pd.concat(parts, ignore_index=True)
    groups = rows["person_id"].map(families)
    codes = pd.factorize(groups.where(groups.notna(), rows["person_id"]).astype(str))[0]
    return Moves(rows.assign(family=codes), until, settings)


@dataclass(frozen=True)
class _Records:
    known: Mapping[str, pd.DataFrame]
    until: int
    settings: FlowSettings

    def contact(self) -> pd.DataFrame:
        rows = self.known["contacts"]
        on = _days(rows["contact_on"])
        later = {"early_help": self._helped(rows, on, same_day=True),
                 "statutory": self._referred(rows, on, same_day=True)}  # fmt: skip
        return self._spells("contact", rows, on=on, later=later)

    def early_help(self) -> pd.DataFrame:
        rows = self.known["early_help_episodes"]
        on, ended = _days(rows["started_on"]), _days(rows["ended_on"])
        why = rows["end_reason"].map(_END_REASONS).fillna("moved_or_other").to_numpy()
        later = {name: np.where(why == name, ended, NEVER) for name in ORIGINS["early_help"]}
        return self._spells("early_help", rows, on=on, later=later, need=rows["need_level"])

    def early_help_closed(self) -> pd.DataFrame:
        episodes = self.known["early_help_episodes"]
        rows = episodes[episodes["ended_on"].notna() & episodes["end_reason"].ne("stepped_up")]
        on = _days(rows["ended_on"])
        later = {"early_help_again": self._helped(rows, on), "statutory": self._referred(rows, on)}
        return self._spells("early_help_closed", rows, on=on, later=later, need=rows["need_level"])

    def statutory(self) -> pd.DataFrame:
        rows = self.known["referrals"]
        on, closed = _days(rows["referral_on"]), _days(rows["closed_on"])
        refused = rows["no_further_action"].eq("yes").fillna(value=False).to_numpy(dtype=bool)
        again = self._referred(rows, on)
        ends = np.where(refused & (closed == NEVER), on, closed)
        ends = np.where(again <= ends + 1, NEVER, ends)  # not closed: a new referral took its place
        later = {
            "no_further_action": np.where(refused, ends, NEVER),
            "closed": np.where(refused, NEVER, ends),
            "referred_again": again,
        }
        return self._spells("statutory", rows, on=on, later=later)

    def statutory_closed(self) -> pd.DataFrame:
        rows = self.known["referrals"][self.known["referrals"]["closed_on"].notna()]
        rows = rows[self._referred(rows, _days(rows["closed_on"])) > _days(rows["closed_on"]) + 1]
        on = _days(rows["closed_on"])
        helped = np.where(self._is_helped_at(rows, on), on, self._helped(rows, on))
        soon = helped - on <= self.settings.step_down_days
        later = {
            "stepped_down": np.where(soon, helped, NEVER),
            "early_help_later": np.where(soon, NEVER, helped),
            "statutory_again": self._referred(rows, on),
        }
        return self._spells("statutory_closed", rows, on=on, later=later)

    def _is_helped_at(self, rows: pd.DataFrame, on: Integers) -> NDArray[np.bool_]:
        """Whether early help that began after the referral is open on the day it closes."""
        episodes = self.known["early_help_episodes"]
        pairs = pd.DataFrame(
            {"person_id": rows["person_id"].to_numpy(), "row": np.arange(len(rows)), "on": on,
             "since": _days(rows["referral_on"])}
        ).merge(
            pd.DataFrame({"person_id": episodes["person_id"].to_numpy(), "starts": _days(episodes["started_on"]),
                          "ends": _days(episodes["ended_on"])}),
            on="person_id",
        )  # fmt: skip
        is_open = (pairs["starts"] > pairs["since"]) & (pairs["starts"] <= pairs["on"]) & (pairs["ends"] >= pairs["on"])
        found = np.zeros(len(rows), dtype=bool)
        found[pairs.loc[is_open, "row"].to_numpy()] = True
        return found

    def _helped(self, rows: pd.DataFrame, on: Integers, *, same_day: bool = False) -> Integers:
        episodes = self.known["early_help_episodes"]
        return first_after(rows["person_id"], on, later=(episodes["person_id"], _days(episodes["started_on"])),
                           same_day=same_day)  # fmt: skip

    def _referred(self, rows: pd.DataFrame, on: Integers, *, same_day: bool = False) -> Integers:
        referrals = self.known["referrals"]
        return first_after(rows["person_id"], on, later=(referrals["person_id"], _days(referrals["referral_on"])),
                           same_day=same_day)  # fmt: skip

    def _spells(
        self, origin: str, rows: pd.DataFrame, *, on: Integers, later: Mapping[str, Integers],
        need: "pd.Series[str] | None" = None,
    ) -> pd.DataFrame:  # fmt: skip
        """One row per spell. Of two moves on one day the later of `ORIGINS` counts: the statutory one."""
        moves = np.column_stack([later[name] for name in ORIGINS[origin]])
        last_first = moves[:, ::-1]
        place = moves.shape[1] - np.argmin(last_first, axis=1)
        moved_on = moves.min(axis=1, initial=NEVER)
        seen = moved_on <= self.until
        levels = np.full(len(rows), ALL, dtype=object) if need is None else _named(need)
        frame = pd.DataFrame(
            {
                "origin": origin,
                "person_id": rows["person_id"].to_numpy(),
                "on": on,
                "need_level": levels,
                "place": np.where(seen, place, 0),
                "days": np.where(seen, np.maximum(moved_on - on, 0), self.until - on),
                "followed": on + self.settings.days_after(origin) <= self.until,
            }
        )
        return frame[on <= self.until].assign(on=lambda kept: kept["on"].to_numpy().astype("datetime64[D]"))


def first_after(person: pd.Series, on: Integers, *, later: tuple[pd.Series, Integers], same_day: bool) -> Integers:
    """The day of each person's first later event after a day, or on it; `NEVER` where none came."""
    names = pd.Index(later[0].unique())
    own = names.get_indexer(person.to_numpy())
    times = np.sort(names.get_indexer(later[0].to_numpy()) * _SPAN + later[1])
    asked = own * _SPAN + on
    at = np.searchsorted(times, asked, side="left" if same_day else "right")
    found = times[np.minimum(at, len(times) - 1)] if len(times) else np.full(len(at), -1)
    is_own = (own >= 0) & (at < len(times)) & (found // _SPAN == own)
    return np.asarray(np.where(is_own, found % _SPAN, NEVER), dtype=np.int64)


def _days(values: pd.Series) -> Integers:
    """Whole days since 1970; `NEVER` where absent."""
    days = pd.to_datetime(values).to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), NEVER, days.astype(np.int64))


def _day(on: date) -> int:
    return on.toordinal() - date(1970, 1, 1).toordinal()


def _named(need: "pd.Series[str]") -> NDArray[np.object_]:
    return need.astype(object).where(need.notna(), NOT_RECORDED).to_numpy()
