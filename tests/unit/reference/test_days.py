"""Every day of a year once, and what kind of day it is."""

import pandas as pd
import pytest

from ehforecast.errors import ForecastError
from ehforecast.reference.bank_holidays import FIRST_YEAR, LAST_YEAR
from ehforecast.reference.days import days


def test_one_row_per_day_in_order() -> None:
    daily = days(2019, 2024)
    # Catches a day lost or repeated where years meet, and a leap day forgotten.
    assert daily.index.equals(pd.date_range("2019-01-01", "2024-12-31", name="date"))


def test_a_year_is_the_same_alone_and_among_others() -> None:
    # Catches a year whose days depend on which other years were asked for.
    pd.testing.assert_frame_equal(days(2020, 2022).loc["2021"], days(2021, 2021), check_freq=False)


def test_the_whole_known_range_is_given() -> None:
    # Catches a first or last year that is promised and missing.
    assert days(FIRST_YEAR, LAST_YEAR).index.year.unique().tolist() == list(range(FIRST_YEAR, LAST_YEAR + 1))


def test_every_day_is_weekend_bank_holiday_or_working_day() -> None:
    daily = days(2010, 2030)
    weekend = pd.Series(daily.index.day_of_week >= 5, index=daily.index)
    at_weekday = (daily["bank_holiday"] != "") & ~weekend
    # Catches a day that is of two kinds or none.
    assert (weekend.astype(int) + at_weekday.astype(int) + daily["working_day"].astype(int)).eq(1).all()


def test_a_school_day_is_a_working_day_outside_school_holidays() -> None:
    daily = days(2010, 2030)
    # Catches school on a bank holiday, at a weekend or in a holiday.
    assert daily["school_day"].equals(daily["working_day"] & ~daily["school_holiday"])


def test_numbers_of_well_known_months() -> None:
    daily = days(2022, 2024)
    working = daily["working_day"].groupby(daily.index.to_period("M")).sum()
    # Catches a wrong count that the identities above would not see (May 2024: 23 weekdays, two bank holidays).
    assert working["2024-05"] == 21
    # Catches June 2022 without its two jubilee days: 22 weekdays.
    assert working["2022-06"] == 20
    # Catches a coronation that was not proclaimed: May 2023 has 23 weekdays and three bank holidays.
    assert working["2023-05"] == 20
    # Catches a school day in August.
    assert daily.loc["2023-08", "school_day"].sum() == 0


def test_changing_what_was_given_changes_nothing_for_the_next() -> None:
    given = days(2021, 2021)
    given["working_day"] = False
    # Catches a cached frame handed out to be written on.
    assert days(2021, 2021)["working_day"].sum() == 253


@pytest.mark.parametrize(("first", "last"), [(FIRST_YEAR - 1, 2020), (2020, LAST_YEAR + 1), (2021, 2020), (1066, 1066)])
def test_years_outside_what_is_known_are_refused(first: int, last: int) -> None:
    # Catches a calendar that silently has no bank holidays.
    with pytest.raises(ForecastError, match=f"no calendar for {first} to {last}.*{FIRST_YEAR} to {LAST_YEAR}"):
        days(first, last)
