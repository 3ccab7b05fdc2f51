"""What came of each index event: the first outcome event after the estimate, and for how long one would have been seen.

This is the outcome view: all that is known by the extract. No feature may be made here, and nothing here is imported by
`features`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.index_events import find_index_events
from ehforecast.risk.known_history import NEVER, Booleans, Integers, Moments, People, Stream, day_numbers
from ehforecast.risk.outcome_settings import IndexExclusion, OutcomeSettings
from ehforecast.risk.outcome_steps import find_outcome_events

Tables = Mapping[str, pd.DataFrame]

MOVED_END, TRANSFERRED = "moved", "RC5"
_NEEDED: tuple[IndexExclusion, ...] = ("no_day_of_estimate", "not_followed")
"""Without a day there is no estimate, and without follow-up no outcome: no question can do without these."""


@dataclass(frozen=True)
class FollowUp:
    """Index events that stay, with what came of them, and what was left out by which reason.

    Attributes:
        rows: `event_id`, `person_id`, `place` (row of the event's own table), `happened_on`, `index_on`, `event_days`,
            `event_step`, `followed_days` and `follow_up_ended_by`.
        index_events: how many there were before any was left out.
        left_out: index events by reason.
        outcomes_left_out: later events that do not count, by reason.
        without_birth_month: rows whose 18th birthday is not known, so that it could not end their follow-up.
    """

    rows: pd.DataFrame
    index_events: int
    left_out: Mapping[IndexExclusion, int]
    outcomes_left_out: Mapping[str, int]
    without_birth_month: int


def follow_up(tables: Tables, question: OutcomeSettings, *, extracted_on: date) -> FollowUp:
    """Follow every index event of a question to its outcome or to the end of follow-up; there may be none."""
    events = find_index_events(tables, question.index_event)
    outcomes, set_aside = find_outcome_events(tables, question)
    asked = _Asked(tables, question, extracted_on, events, outcomes)
    rows, left_out = _leave_out(asked.rows(), asked.reasons())
    births = _of_person(rows["person_id"], tables["people"], column="birth_month")
    return FollowUp(rows, len(asked.events), left_out, set_aside, without_birth_month=int(births.isna().sum()))


def followed_until(question: OutcomeSettings, extracted_on: date) -> date:
    """The last day on which an outcome event would have been recorded by the extract."""
    return extracted_on - timedelta(days=question.recording_lag_days)


def check_some_are_followed(question: OutcomeSettings, *, index_events: int, left_out: Mapping[str, int]) -> None:
    """Refuse a council without an index event that is followed; says how many there were and where they went."""
    if not index_events:
        raise SettingsError(f"the tables hold no {question.index_event}: there is nothing to estimate")
    if sum(left_out.values()) == index_events:
        told = ", ".join(f"{name} {count}" for name, count in left_out.items() if count)
        raise SettingsError(f"no index event is left to follow, out of {index_events}: {told}")


@dataclass(frozen=True)
class _Asked:
    """One question asked of one council's tables, all its index events, and the events that count as its outcome."""

    tables: Tables
    question: OutcomeSettings
    extracted_on: date
    events: pd.DataFrame
    outcomes: pd.DataFrame

    @cached_property
    def _people(self) -> People:
        return People.of(self.events["person_id"])

    @cached_property
    def _person(self) -> Integers:
        return self._people.numbers(self.events["person_id"])

    @cached_property
    def _index_day(self) -> Integers:
        return day_numbers(self.events["index_on"])

    def _by_person_and_day(self, person_id: pd.Series, day: pd.Series) -> Stream:
        """Events of the outcome view, known from the day they happened: it looks back from the extract."""
        on = day_numbers(day)
        return Stream.of(self._people.numbers(person_id), known=on, happened=on, row=np.arange(len(on)))

    @cached_property
    def _came(self) -> Stream:
        return self._by_person_and_day(self.outcomes["person_id"], self.outcomes["happened_on"])

    def _first_after_estimate(self, stream: Stream) -> Integers:
        """The row of each person's first event after the day of the estimate; -1 where none came."""
        at = Moments.of(self._person, self._index_day)
        place = np.searchsorted(stream.keys, at.keys, side="right")
        found = np.searchsorted(stream.keys, at.firsts + NEVER, side="right") > place
        answers = np.full(len(self._person), -1, dtype=np.int64)
        answers[found] = stream.row[place[found]]
        return np.asarray(at.given(answers))

    @cached_property
    def _ends(self) -> pd.DataFrame:
        """The last day followed, by what ends it; absent where that does not."""
        people, person_id = self.tables["people"], self.events["person_id"]
        birth = _of_person(person_id, people, column="birth_month")
        last = pd.Timestamp(followed_until(self.question, self.extracted_on))
        ends = {
            "extract": pd.Series(last, index=self.events.index),
            "18th birthday": birth + pd.DateOffset(years=18) - pd.Timedelta(days=1),
            "death": _of_person(person_id, people, column="died_on"),
        }
        if self.question.move_ends_follow_up:
            ends["moved away"] = self._moved_on()
        return pd.DataFrame(ends).astype("datetime64[us]")

    def _moved_on(self) -> pd.Series:
        """The first day after the estimate on which the records say that the child moved away."""
        helped, referred = self.tables["early_help_episodes"], self.tables["referrals"]
        moved = helped.loc[helped["end_reason"].eq(MOVED_END).fillna(value=False), ["person_id", "ended_on"]]
        sent = referred.loc[referred["close_reason"].eq(TRANSFERRED).fillna(value=False), ["person_id", "closed_on"]]
        moves = pd.concat(
            [moved.set_axis(["person_id", "on"], axis=1), sent.set_axis(["person_id", "on"], axis=1)],
            ignore_index=True,
        )
        place = self._first_after_estimate(self._by_person_and_day(moves["person_id"], moves["on"]))
        return pd.Series(moves["on"].reindex(place).to_numpy(), index=self.events.index)

    def rows(self) -> pd.DataFrame:
        """Every index event with what came of it."""
        events = self.events
        first = self.outcomes.reindex(self._first_after_estimate(self._came)).set_axis(events.index)
        until = self._ends.min(axis=1)
        followed = (until - events["index_on"]).dt.days.astype("float64")
        event_days = (first["happened_on"] - events["index_on"]).dt.days.astype("float64")
        seen = event_days <= followed
        ended_by = self._ends.eq(until, axis=0).idxmax(axis=1).astype("str")
        return events.drop(columns=["is_referral", "is_outcome", "has_moved"]).assign(
            event_days=event_days.where(seen),
            event_step=first["step"].where(seen),
            followed_days=followed,
            follow_up_ended_by=ended_by,
        )

    def reasons(self) -> dict[IndexExclusion, "pd.Series[bool]"]:
        """Which index events each exclusion of the question would leave out, in the order of `IndexExclusion`."""
        events, ends = self.events, self._ends
        index_on = events["index_on"]
        all_reasons: dict[IndexExclusion, pd.Series[bool]] = {
            "no_day_of_estimate": index_on.isna(),
            "same_day_duplicate": _same_day(events, "happened_on") | _same_day(events, "index_on"),
            "aged_18_or_over": ends["18th birthday"] < index_on,
            "died_before": ends["death"] < index_on,
            "moved_away": events["has_moved"],
            "ended_by_the_outcome": events["is_outcome"],
            "open_to_statutory_services": pd.Series(self._has_open_referral(), index=events.index),
            "outcome_before_the_estimate": pd.Series(self._too_early(), index=events.index),
            "not_followed": ends["extract"] < index_on,
        }
        return {name: mask for name, mask in all_reasons.items() if name in {*self.question.exclusions, *_NEEDED}}

    def _too_early(self) -> Booleans:
        """Whether an outcome event came with the index event or after it, and no later than the day of the estimate.

        A referral that is itself the index event is not one.
        """
        happened = day_numbers(self.events["happened_on"])
        is_itself = self.events["is_referral"].to_numpy(dtype=np.int64)
        by_estimate = self._came.count(Moments.of(self._person, self._index_day))
        return np.asarray(by_estimate > self._came.count(Moments.of(self._person, happened - 1 + is_itself)))

    def _has_open_referral(self) -> Booleans:
        """Whether a referral of the child was open, as known by the end of the day of the estimate."""
        referrals = self.tables["referrals"]
        on = day_numbers(referrals["referral_on"])
        known = np.maximum(on, day_numbers(referrals["recorded_on"]))
        person = self._people.numbers(referrals["person_id"])
        stream = Stream.of(person, known=known, happened=on, row=np.arange(len(referrals)))
        end_known = np.maximum(day_numbers(referrals["closed_on"]), day_numbers(referrals["closed_recorded_on"]))
        return np.asarray(stream.count_open(Moments.of(self._person, self._index_day), end_known=end_known) > 0)


def _same_day(events: pd.DataFrame, column: str) -> "pd.Series[bool]":
    """Whether an earlier row of the table is about the same person and day."""
    return events.duplicated(["person_id", column]) & events[column].notna()


def _of_person(person_id: pd.Series, people: pd.DataFrame, *, column: str) -> pd.Series:
    """A column of people by row of events; there may be no row."""
    by_person = people.drop_duplicates("person_id").set_index("person_id")[column]
    return by_person.reindex(person_id).set_axis(person_id.index)


def _leave_out(
    rows: pd.DataFrame, reasons: Mapping[IndexExclusion, "pd.Series[bool]"]
) -> tuple[pd.DataFrame, dict[IndexExclusion, int]]:
    left = pd.Series(False, index=rows.index)
    counts: dict[IndexExclusion, int] = {}
    for name, mask in reasons.items():
        counts[name] = int((mask & ~left).sum())
        left |= mask
    return rows[~left].sort_values(["index_on", "event_id"], ignore_index=True), counts
