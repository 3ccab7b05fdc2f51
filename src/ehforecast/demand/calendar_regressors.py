"""Published facts about each month that move the number of referrals."""

import pandas as pd

from ehforecast.reference.days import days


def month_calendar(first: pd.Period, last: pd.Period) -> pd.DataFrame:
    """One row per month from `first` to `last`, indexed by monthly period.

    Columns: ``working_days``, ``bank_holidays`` (on weekdays), ``school_days`` (days), ``holiday_share`` (share of
    working days that fall in school holidays, 0 to 1). Raises `ForecastError` outside the years the calendar is known
    for.

    >>> month_calendar(pd.Period("2024-08", "M"), pd.Period("2024-08", "M")).holiday_share.tolist()
    [1.0]
    """
    daily = days(first.year, last.year)
    dates = pd.DatetimeIndex(daily.index)
    by_month = dates.to_period("M")
    on_weekday = (daily["bank_holiday"] != "") & (dates.day_of_week < 5)
    monthly = pd.DataFrame(
        {
            "working_days": daily["working_day"].groupby(by_month).sum(),
            "bank_holidays": on_weekday.groupby(by_month).sum(),
            "school_days": daily["school_day"].groupby(by_month).sum(),
        }
    ).loc[first:last]
    monthly["holiday_share"] = 1.0 - monthly["school_days"] / monthly["working_days"]
    return monthly.rename_axis("month")
