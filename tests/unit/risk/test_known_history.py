"""Counts, latest rows and open spells as of many moments, against counting by hand and by loops."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.risk.known_history import NEVER, NOBODY, Moments, People, Stream, day_numbers

DAYS = st.integers(0, 40)
ROWS = st.lists(st.tuples(st.integers(-1, 3), DAYS, DAYS, DAYS), max_size=25)  # whom, happened, known after, ends after
ASKED = st.lists(st.tuples(st.integers(-1, 3), DAYS), min_size=1, max_size=12)
Row = tuple[int, int, int, int]


def ints(values: list[int]) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.array(values, dtype=np.int64)


def stream_of(rows: list[Row]) -> Stream:
    who, happened, lag, _ = (ints([row[place] for row in rows]) for place in range(4))
    return Stream.of(who, known=happened + lag, happened=happened, row=np.arange(len(rows)))


def known(rows: list[Row], who: int, day: int) -> list[int]:
    return [place for place, row in enumerate(rows) if who != NOBODY and row[0] == who and row[1] + row[2] <= day]


@given(rows=ROWS, asked=ASKED, window=st.integers(1, 30))
def test_counts_are_those_of_a_loop(rows: list[Row], asked: list[tuple[int, int]], window: int) -> None:
    stream, at = stream_of(rows), Moments.of(ints([a[0] for a in asked]), ints([a[1] for a in asked]))
    ends = ints([row[1] + row[3] for row in rows])
    ever, within, open_ = stream.count(at), stream.count_within(at, days=window), stream.count_open(at, end_known=ends)
    separate = stream.first_of_days().count_within(at, days=window)
    for place, (who, day) in enumerate(asked):
        there = known(rows, who, day)
        # Catches rows known only later, rows of somebody else, and answers in another order than the questions.
        assert ever[place] == len(there)
        # Catches a window a day too long or too short, and late records that enter after their window has passed.
        assert within[place] == sum(day - window < rows[row][1] for row in there)
        # Catches brothers and sisters on one form counted as several days.
        assert separate[place] == len({rows[row][1] for row in there if day - window < rows[row][1]})
        # Catches spells that end before they are known counted negative, and ends known later seen too early.
        assert open_[place] == sum(ends[row] > day for row in there)


@given(rows=ROWS, asked=ASKED, window=st.integers(1, 30))
def test_latest_and_first_are_those_of_a_loop(rows: list[Row], asked: list[tuple[int, int]], window: int) -> None:
    stream, at = stream_of(rows), Moments.of(ints([a[0] for a in asked]), ints([a[1] for a in asked]))
    latest, first = stream.latest(at), stream.first_happened(at, days=window)
    for place, (who, day) in enumerate(asked):
        there = known(rows, who, day)
        # Catches the row recorded last taken for the one that happened last.
        assert latest[place] == (max(there, key=lambda row: (rows[row][1], row)) if there else -1)
        # Catches a first day out of the future, from before the window, or of a row not yet known.
        assert first[place] == min((rows[row][1] for row in there if rows[row][1] > day - window), default=NEVER)


@given(rows=ROWS, asked=ASKED, members=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1), DAYS), max_size=8,
                                                  unique_by=lambda row: row[:2]))  # fmt: skip
def test_rows_of_groups_are_those_of_their_members(
    rows: list[Row], asked: list[tuple[int, int]], members: list[tuple[int, int, int]]
) -> None:
    since = ints([member[2] for member in members])
    belonging = Stream.of(
        ints([member[0] for member in members]), known=since, happened=since, row=np.arange(len(members))
    )
    group = ints([member[1] for member in members])
    at = Moments.of(ints([a[0] for a in asked]), ints([a[1] for a in asked]))
    counted = stream_of(rows).of_groups(belonging, group_of_row=group).count(at)
    for place, (wanted, day) in enumerate(asked):
        expected = sum(
            len(known(rows, who, day)) for who, of, from_day in members if of == wanted != NOBODY and from_day <= day
        )
        # Catches events of people who were not yet known to belong, and members lost or doubled.
        assert counted[place] == expected


def test_what_happened_last_is_told_though_it_was_recorded_first() -> None:
    rows = [
        (0, 10, 1, 0),
        (0, 5, 20, 0),
        (1, 3, 0, 0),
    ]  # the second happened before the first and was recorded after it
    stream, at = stream_of(rows), Moments.of(ints([0, 0, 1]), ints([12, 40, 40]))
    # Catches the latest record taken for the latest event, and one person's rows for another's.
    assert stream.latest(at).tolist() == [0, 0, 2]


def test_days_are_numbered_in_their_order() -> None:
    days = pd.to_datetime(pd.Series(["1900-01-01", "1970-01-01", "2024-02-29", None]))
    numbers = day_numbers(days)
    # Catches days before 1970 that would fall into somebody else's history, and absence taken for a day.
    assert (np.diff(numbers) > 0).all()
    assert numbers[0] > 0
    assert numbers[3] == NEVER
    # Catches a scale other than whole days.
    assert numbers[2] - numbers[1] == (days[2] - days[1]).days


def test_people_without_a_part_in_it_are_nobody() -> None:
    people = People.of(pd.Series(["A", "B"]), pd.Series(["C", "A", None]))
    # Catches strangers who share a number with somebody.
    assert people.numbers(pd.Series(["C", "X", None, "A"])).tolist() == [2, NOBODY, NOBODY, 0]
