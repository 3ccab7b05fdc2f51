"""School holidays by rule: ordered, around Easter, and leaving as many school days as the law asks for."""

from datetime import date, timedelta

import pytest
from dateutil.easter import easter

from ehforecast.reference.days import days
from ehforecast.reference.school_terms import school_holidays

YEARS = range(2010, 2041)
WEEKEND = timedelta(days=2)


@pytest.mark.parametrize("year", YEARS)
def test_an_academic_year_has_190_to_199_school_days(year: int) -> None:
    daily = days(year, year + 1)
    # Catches a holiday lost or counted twice: the law asks for 190 days with pupils and five for training.
    assert 190 <= daily.loc[f"{year}-09-01" : f"{year + 1}-08-31", "school_day"].sum() <= 199


@pytest.mark.parametrize("year", YEARS)
def test_holidays_are_ordered_and_apart(year: int) -> None:
    ends = [day for holiday in school_holidays(year) for day in holiday]
    # Catches holidays out of order, overlapping, or ending before they begin.
    assert ends == sorted(set(ends))


@pytest.mark.parametrize("year", YEARS)
def test_easter_lies_in_or_beside_the_spring_holiday(year: int) -> None:
    first, last = school_holidays(year)[2]
    good_friday, easter_monday = easter(year) - timedelta(days=2), easter(year) + timedelta(days=1)
    # Catches a spring holiday that leaves school days between itself and Easter.
    assert first - WEEKEND <= good_friday + timedelta(days=1)
    assert easter_monday <= last + WEEKEND + timedelta(days=1)
    # Catches a spring holiday of another length than two weeks, Monday to Friday.
    assert first.weekday() == 0
    assert last - first == timedelta(days=11)


@pytest.mark.parametrize("year", YEARS)
def test_half_terms_are_one_week_in_their_month(year: int) -> None:
    holidays = school_holidays(year)
    for (first, last), month in ((holidays[1], 2), (holidays[3], 5), (holidays[5], 10)):
        # Catches a half term of another length, or one that does not begin on a Monday of its month.
        assert (first.weekday(), last - first, first.month) == (0, timedelta(days=4), month)


@pytest.mark.parametrize("year", YEARS)
def test_summer_holds_all_of_august(year: int) -> None:
    first, last = school_holidays(year)[4]
    # Catches a summer that leaves school days in August, the month the rule exists for.
    assert first < date(year, 8, 1)
    assert last > date(year, 8, 31)


@pytest.mark.parametrize("year", YEARS)
def test_the_year_ends_and_begins_in_the_same_christmas_holiday(year: int) -> None:
    # Catches two calendar years that disagree about the holiday between them.
    assert school_holidays(year)[-1] == school_holidays(year + 1)[0]


def test_no_term_begins_on_a_thursday_or_friday() -> None:
    # Catches a Christmas holiday that ends for two days of school before a weekend (2020: 3 January is a Friday).
    assert school_holidays(2020)[0][1] == date(2020, 1, 5)
    assert school_holidays(2019)[0][1] == date(2019, 1, 6)
    assert school_holidays(2018)[0][1] == date(2018, 1, 2)
