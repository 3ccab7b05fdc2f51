"""What kind of day each day is: working day, bank holiday, school day."""

from functools import cache

import pandas as pd

from ehforecast.errors import ForecastError
from ehforecast.reference.bank_holidays import FIRST_YEAR, LAST_YEAR, bank_holidays
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.nations import Nation


def days(
    first_year: int, last_year: int, *, nation: Nation = Nation.ENGLAND, plan: CalendarPlan | None = None
) -> pd.DataFrame:
    """One row per day of the calendar years asked for.

    Returns a frame indexed by date with ``bank_holiday`` (its name or empty), ``working_day`` (Monday to Friday, no
    bank holiday), ``school_holiday`` and ``school_day`` (a working day outside school holidays; pattern of
    `school_terms`). With a plan, its nation and its own school holidays count.

    Raises `ForecastError` for years outside 2000-2050, for which no bank holidays are known, and for years that a
    plan's own school holidays do not cover.

    >>> int(days(2024, 2024).working_day.sum())
    254
    """
    if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
        raise ForecastError(f"no calendar for {first_year} to {last_year}: it is known for {FIRST_YEAR} to {LAST_YEAR}")
    chosen = plan or CalendarPlan(nation)
    return pd.concat([_days_of(year, chosen) for year in range(first_year, last_year + 1)])


@cache
def _days_of(year: int, plan: CalendarPlan) -> pd.DataFrame:
    dates = pd.date_range(f"{year}-01-01", f"{year}-12-31", name="date")
    named = {pd.Timestamp(day): name for day, name in bank_holidays(year, plan.nation).items()}
    bank_holiday = pd.Series(dates.map(named), index=dates).fillna("")
    at_school_holiday = pd.Series(False, index=dates)
    for first, last in plan.school_holidays_of(year):
        at_school_holiday |= (dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))
    working_day = (dates.day_of_week < 5) & (bank_holiday == "")
    return pd.DataFrame(
        {
            "bank_holiday": bank_holiday,
            "working_day": working_day,
            "school_holiday": at_school_holiday,
            "school_day": working_day & ~at_school_holiday,
        }
    )
