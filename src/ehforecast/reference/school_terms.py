"""School holidays by rule: the common pattern of English councils, for councils that have not given their own dates.

There is no national calendar: each council, and since academies many a school, sets its own. The rule below is the
commonest pattern (195 school days a year, Education (School Day and School Year) Regulations 1999, five of them for
training). It is indicative: single councils differ by a week at half terms and Easter.
"""

from collections.abc import Iterator
from datetime import date, timedelta

from dateutil.easter import easter

_WEEK, _FRIDAY = timedelta(days=7), timedelta(days=4)


def school_holidays(year: int) -> tuple[tuple[date, date], ...]:
    """First and last day of each school holiday that touches a calendar year, in order.

    >>> [f"{first:%d %b}-{last:%d %b}" for first, last in school_holidays(2024)][1:3]
    ['19 Feb-23 Feb', '01 Apr-12 Apr']
    """
    return tuple(_holidays(year))


def _holidays(year: int) -> Iterator[tuple[date, date]]:
    yield date(year - 1, 12, 21), _christmas_ends(year)
    yield _week_of(_monday_on_or_after(date(year, 2, 15)))
    spring = _spring_monday(year)
    yield spring, spring + _WEEK + _FRIDAY
    yield _week_of(_monday_on_or_after(date(year, 5, 25)))
    yield date(year, 7, 24), date(year, 9, 2)
    yield _week_of(_monday_on_or_after(date(year, 10, 22)))
    yield date(year, 12, 21), _christmas_ends(year + 1)


def _christmas_ends(year: int) -> date:
    """A term that would begin on a Thursday or Friday begins on the Monday after."""
    return date(year, 1, 2) + timedelta(days={3: 4, 4: 3}.get(date(year, 1, 3).weekday(), 0))


def _spring_monday(year: int) -> date:
    """Two weeks from the first Monday of April, moved so that they hold or adjoin Easter Monday."""
    easter_sunday: date = easter(year)
    easter_monday = easter_sunday + timedelta(days=1)
    first_of_april = _monday_on_or_after(date(year, 4, 1))
    return min(max(first_of_april, easter_monday - 2 * _WEEK), easter_monday)


def _week_of(monday: date) -> tuple[date, date]:
    return monday, monday + _FRIDAY


def _monday_on_or_after(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)
