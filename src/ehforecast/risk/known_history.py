"""What was known at many moments at once: counts, latest rows and open spells, each as of its own day.

Every row of a table is known from a day on, and stays known. Rows sorted by whom they concern and by that day answer
"how many were known by then" for a million moments by one binary search each; a row that leaves a count (its window
passed, its spell was known to have ended) is counted once more, sorted by the day on which it leaves. Nothing known
later than a moment can reach its answer, because no question looks to the right of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_BITS = 20
_SPAN = 1 << _BITS
_EPOCH = 1 << (_BITS - 1)  # 1 January 1970, so that days before it stay above 0
NEVER = _SPAN - 1
"""A day after all days."""

NOBODY = -1


def day_numbers(days: "pd.Series[pd.Timestamp]") -> Integers:
    """Whole days as numbers that keep their order; `NEVER` where absent."""
    numbers = days.to_numpy(dtype="datetime64[D]").astype(np.int64)
    absent = np.asarray(days.isna(), dtype=bool)
    return np.where(absent, NEVER, numbers + _EPOCH)


def word_numbers(column: "pd.Series[str]", words: Sequence[str]) -> Integers:
    """The place of each word among words; -1 where it is absent or not among them."""
    codes, found = pd.factorize(column)
    place = {word: number for number, word in enumerate(words)}
    return np.array([*(place.get(word, -1) for word in found), -1], dtype=np.int64)[codes]


@dataclass(frozen=True)
class People:
    """People by number."""

    ids: pd.Index

    @classmethod
    def of(cls, *person_ids: pd.Series) -> Self:
        """Everybody who stands in one of the columns."""
        return cls(pd.Index(pd.unique(pd.concat(person_ids, ignore_index=True).dropna())))

    def numbers(self, person_id: pd.Series) -> Integers:
        """The number of each person; `NOBODY` for one that is not among them, or absent."""
        return np.asarray(self.ids.get_indexer(pd.Index(person_id)), dtype=np.int64)


@dataclass(frozen=True)
class Moments:
    """Whom is asked about, and as of the end of which day; kept sorted, answered in the order given."""

    keys: Integers
    order: Integers

    @classmethod
    def of(cls, entity: Integers, day: Integers) -> Self:
        """Moments of the entities on the days; `NOBODY` knows nothing."""
        keys = (entity << _BITS) + day
        order = np.argsort(keys, kind="stable")
        return cls(keys[order], order)

    @property
    def firsts(self) -> Integers:
        """The key before all days of each moment's entity, in sorted order."""
        return (self.keys >> _BITS) << _BITS

    def given(self, answers: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Answers in sorted order, put into the order of the question."""
        out = np.empty_like(answers)
        out[self.order] = answers
        return out


@dataclass(frozen=True)
class Stream:
    """Rows of one kind by whom they concern, in the order in which they became known. `row` points into their table."""

    keys: Integers
    happened: Integers
    row: Integers

    @classmethod
    def of(cls, entity: Integers, *, known: Integers, happened: Integers, row: Integers) -> Self:
        """Rows known from a day on; those that concern nobody or were never known are left out."""
        there = np.flatnonzero((entity != NOBODY) & (known < NEVER))
        keys = (entity[there] << _BITS) + known[there]
        order = np.argsort(keys, kind="stable")
        there = there[order]
        return cls(keys[order], happened[there], row[there])

    @property
    def entity(self) -> Integers:
        """Whom each row concerns."""
        return self.keys >> _BITS

    @property
    def known(self) -> Integers:
        """The day from which each row is known."""
        return self.keys & (_SPAN - 1)

    def count(self, at: Moments) -> Floats:
        """Rows known by each moment."""
        seen = np.searchsorted(self.keys, at.keys, side="right")
        before = np.searchsorted(self.keys, at.firsts, side="left")
        return np.asarray(at.given((seen - before).astype(np.float64)))

    def count_within(self, at: Moments, *, days: int) -> Floats:
        """Rows known by each moment that happened on its day or one of the `days - 1` before.

        A row leaves the count `days` after it happened, or enters and leaves at once if it became known later than
        that.
        """
        return self._count_until(at, np.minimum(self.happened + days, NEVER))

    def first_of_days(self) -> Self:
        """Of all rows about one entity that happened on one day, the one that became known first."""
        order = np.lexsort([self.known, self.happened, self.entity])
        entity, happened = self.entity[order], self.happened[order]
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = (entity[1:] != entity[:-1]) | (happened[1:] != happened[:-1])
        kept = np.sort(order[is_first])
        return type(self)(self.keys[kept], self.happened[kept], self.row[kept])

    def count_open(self, at: Moments, *, end_known: Integers) -> Floats:
        """Rows known by each moment whose end was not known by it. `end_known` is by row of the table."""
        return self._count_until(at, end_known[self.row])

    def _count_until(self, at: Moments, leaves: Integers) -> Floats:
        leaving = np.sort((self.keys & ~(_SPAN - 1)) + np.maximum(self.known, leaves))
        seen = np.searchsorted(self.keys, at.keys, side="right")
        left = np.searchsorted(leaving, at.keys, side="right")
        return np.asarray(at.given((seen - left).astype(np.float64)))

    def latest(self, at: Moments) -> Integers:
        """The row of the table that happened last among those known by each moment; -1 where none was.

        Of several on one day, the one that comes last in the table.
        """
        by_time = np.lexsort([self.row, self.happened, self.entity])
        rank = np.empty_like(by_time)
        rank[by_time] = np.arange(len(by_time))
        leader = by_time[np.maximum.accumulate(rank)] if len(rank) else by_time
        place = np.searchsorted(self.keys, at.keys, side="right") - 1
        found = place >= np.searchsorted(self.keys, at.firsts, side="left")
        answers = np.full(len(at.keys), -1, dtype=np.int64)
        answers[found] = self.row[leader[place[found]]]
        return np.asarray(at.given(answers))

    def first_happened(self, at: Moments, *, days: int) -> Integers:
        """The first day, of each moment's day and the `days - 1` before, on which a row happened that was known by it.

        `NEVER` where there was none. Rows in the order in which they happened; those not yet known are stepped over.
        """
        by_day = np.lexsort([self.known, self.happened, self.entity])
        happened_at = (self.keys[by_day] & ~(_SPAN - 1)) + self.happened[by_day]
        place = np.searchsorted(happened_at, at.keys - days, side="right")
        answers = np.full(len(at.keys), NEVER, dtype=np.int64)
        looking = np.flatnonzero(place < len(happened_at))
        while len(looking):
            inside = happened_at[place[looking]] <= at.keys[looking]
            inside &= happened_at[place[looking]] >= at.firsts[looking]
            looking = looking[inside]
            row = by_day[place[looking]]
            is_known = self.keys[row] <= at.keys[looking]
            answers[looking[is_known]] = self.happened[row[is_known]]
            looking = looking[~is_known]
            place[looking] += 1
            looking = looking[place[looking] < len(happened_at)]
        return np.asarray(at.given(answers))

    def of_groups(self, members: "Stream", *, group_of_row: Integers) -> "Stream":
        """The same rows by group: each from the day on which it and the person's belonging to the group were both
        known.

        `members` is by person, one row per belonging; `group_of_row` tells which group each of its rows is about. Rows
        stay with a group that a person has left: they are part of its past.
        """
        first = np.searchsorted(members.entity, self.entity, side="left")
        number = np.searchsorted(members.entity, self.entity, side="right") - first
        mine = np.repeat(np.arange(len(self.keys)), number)
        ends = np.cumsum(number)
        theirs = np.arange(len(mine)) + np.repeat(first - (ends - number), number)
        known = np.maximum(self.known[mine], members.known[theirs])
        group = group_of_row[members.row[theirs]]
        return Stream.of(group, known=known, happened=self.happened[mine], row=self.row[mine])
