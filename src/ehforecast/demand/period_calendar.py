"""Published facts about each period that move the number of contacts and referrals."""

import numpy as np
import pandas as pd
from dateutil.easter import easter

from ehforecast.reference.days import days
from ehforecast.reference.nations import Nation

NAMED_DAYS = (
    "christmas_eve", "christmas_day", "boxing_day", "between_christmas_and_new_year", "new_years_eve", "new_years_day",
    "day_after_new_year", "other_bank_holiday", "day_before_bank_holiday", "day_after_bank_holiday", "easter_sunday",
)  # fmt: skip
"""Days with an effect of their own; columns of `period_calendar`, in days."""

_FIXED = {1224: 0, 1225: 1, 1226: 2, 1227: 3, 1228: 3, 1229: 3, 1230: 3, 1231: 4, 101: 5, 102: 6}


def period_calendar(periods: pd.PeriodIndex, nation: Nation = Nation.ENGLAND) -> pd.DataFrame:
    """One row per period: how many days of each kind it holds.

    Columns: ``days``, ``working_days``, ``bank_holidays`` (on weekdays), ``school_days`` (days; NaN where the nation's
    pattern of terms is not known), ``holiday_share`` (share of working days in school holidays, 0 to 1) and the
    `NAMED_DAYS`. Raises `ForecastError` outside the years the calendar is known for.

    >>> period_calendar(pd.period_range("2024-08", periods=1, freq="M")).holiday_share.tolist()
    [1.0]
    """
    daily = _kinds_of_day(periods[0].start_time.year, periods[-1].end_time.year, nation=nation)
    starts = periods.start_time.to_numpy()
    number = np.searchsorted(starts, daily.index.to_numpy(), side="right") - 1
    inside = (number >= 0) & (daily.index.to_numpy() <= periods[-1].end_time.to_datetime64())
    counted = daily[inside].groupby(number[inside]).sum().set_axis(periods)
    if not nation.has_school_terms:
        counted["school_days"] = np.nan
    working = counted["working_days"].where(counted["working_days"] > 0)
    counted["holiday_share"] = (1.0 - counted["school_days"] / working).fillna(0.0)
    return counted


def calendar_ahead(past: pd.PeriodIndex, horizon: int, *, nation: Nation = Nation.ENGLAND) -> pd.DataFrame:
    """The calendar of past periods and of `horizon` more."""
    return period_calendar(pd.period_range(past[0], past[-1] + horizon, freq=past.freq, name=past.name), nation)


def _kinds_of_day(first_year: int, last_year: int, *, nation: Nation) -> pd.DataFrame:
    """One row per day, with 1 in the column of each kind it is."""
    daily = days(first_year, last_year, nation=nation)
    weekday = daily.index.day_of_week < 5  # type: ignore[attr-defined]
    holiday = daily["bank_holiday"] != ""
    kinds = {
        "days": np.ones(len(daily)),
        "working_days": daily["working_day"],
        "bank_holidays": holiday & weekday,
        "school_days": daily["school_day"],
    } | _named_days(daily, holiday)
    return pd.DataFrame(kinds, index=daily.index).astype(float)


def _named_days(daily: pd.DataFrame, holiday: "pd.Series[bool]") -> dict[str, "pd.Series[bool]"]:
    dates = pd.DatetimeIndex(daily.index)
    place = pd.Series(dates.month * 100 + dates.day, index=dates).map(_FIXED).fillna(-1)
    other = holiday & (place < 0)
    easters = [pd.Timestamp(easter(year)) for year in range(dates[0].year, dates[-1].year + 1)]
    named = {name: place == number for number, name in enumerate(NAMED_DAYS[:7])}
    return named | {
        "other_bank_holiday": other,
        "day_before_bank_holiday": other.shift(-1, fill_value=False) & ~holiday,
        "day_after_bank_holiday": other.shift(1, fill_value=False) & ~holiday,
        "easter_sunday": pd.Series(dates.isin(easters), index=dates),
    }
