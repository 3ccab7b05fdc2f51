"""Published facts about each period that move the number of contacts and referrals."""

import numpy as np
import pandas as pd
from dateutil.easter import easter

from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.days import days
from ehforecast.reference.shocks import ShockTreatment

NAMED_DAYS = (
    "christmas_eve", "christmas_day", "boxing_day", "between_christmas_and_new_year", "new_years_eve", "new_years_day",
    "day_after_new_year", "other_bank_holiday", "day_before_bank_holiday", "day_after_bank_holiday", "easter_sunday",
)  # fmt: skip
"""Days with an effect of their own; columns of `period_calendar`, in days."""

EVENT, SHIFT, SHOCK = "event_", "shift_", "shock"
"""What the columns of a council's own events, of its level shifts and of shocks begin with."""

_FIXED = {1224: 0, 1225: 1, 1226: 2, 1227: 3, 1228: 3, 1229: 3, 1230: 3, 1231: 4, 101: 5, 102: 6}


def period_calendar(periods: pd.PeriodIndex, plan: CalendarPlan | None = None) -> pd.DataFrame:
    """One row per period: how many days of each kind it holds.

    Columns: ``days``, ``working_days``, ``bank_holidays`` (on weekdays), ``school_days`` (days; NaN where the nation's
    pattern of terms is not known), ``holiday_share`` (share of working days in school holidays, 0 to 1), the
    `NAMED_DAYS`, ``event_<name>`` (days of each event of the plan), ``shift_<date>`` (share of days since each level
    shift) and ``shock`` (share of days in shocks that get effects of their own). Raises `ForecastError` outside the
    years the calendar is known for.

    >>> period_calendar(pd.period_range("2024-08", periods=1, freq="M")).holiday_share.tolist()
    [1.0]
    """
    plan = plan or CalendarPlan()
    daily = _kinds_of_day(periods[0].start_time.year, periods[-1].end_time.year, plan=plan)
    starts = periods.start_time.to_numpy()
    number = np.searchsorted(starts, daily.index.to_numpy(), side="right") - 1
    inside = (number >= 0) & (daily.index.to_numpy() <= periods[-1].end_time.to_datetime64())
    counted = daily[inside].groupby(number[inside]).sum().set_axis(periods)
    if not plan.has_school_terms:
        counted["school_days"] = np.nan
    working = counted["working_days"].where(counted["working_days"] > 0)
    counted["holiday_share"] = (1.0 - counted["school_days"] / working).fillna(0.0)
    shares = [name for name in counted.columns if name.startswith((SHIFT, SHOCK))]
    counted[shares] = counted[shares].div(counted["days"], axis=0)
    return counted


def calendar_ahead(past: pd.PeriodIndex, horizon: int, *, plan: CalendarPlan | None = None) -> pd.DataFrame:
    """The calendar of past periods and of `horizon` more."""
    return period_calendar(pd.period_range(past[0], past[-1] + horizon, freq=past.freq, name=past.name), plan)


def events_not_seen(calendar: pd.DataFrame, past: pd.PeriodIndex) -> tuple[str, ...]:
    """Events and level shifts that come but never came: nothing is known of their effect, so none is forecast."""
    own = [name for name in calendar.columns if name.startswith((EVENT, SHIFT))]
    seen = calendar.loc[past, own].std() > 0
    comes = calendar[own].std() > 0
    return tuple(name.partition("_")[2] for name in own if comes[name] and not seen[name])


def _kinds_of_day(first_year: int, last_year: int, *, plan: CalendarPlan) -> pd.DataFrame:
    """One row per day, with 1 in the column of each kind it is."""
    daily = days(first_year, last_year, plan=plan)
    weekday = daily.index.day_of_week < 5  # type: ignore[attr-defined]
    holiday = daily["bank_holiday"] != ""
    kinds = {
        "days": np.ones(len(daily)),
        "working_days": daily["working_day"],
        "bank_holidays": holiday & weekday,
        "school_days": daily["school_day"],
    } | _named_days(daily, holiday)
    kinds |= _own_days(pd.DatetimeIndex(daily.index), plan)
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


def _own_days(dates: pd.DatetimeIndex, plan: CalendarPlan) -> dict[str, "pd.Series[bool]"]:
    """What the council told of: its events, its level shifts, and the shocks that get effects of their own."""
    kinds: dict[str, pd.Series[bool]] = {
        f"{EVENT}{name}": pd.Series(False, index=dates) for name in plan.event_spans_of(dates[0].year)
    }
    for year in range(dates[0].year, dates[-1].year + 1):
        for name, spans in plan.event_spans_of(year).items():
            for first, last in spans:
                kinds[f"{EVENT}{name}"] |= (dates >= pd.Timestamp(first)) & (dates <= pd.Timestamp(last))
    for day in plan.level_shifts:
        kinds[f"{SHIFT}{day.isoformat()}"] = dates.to_series() >= pd.Timestamp(day)
    months, shocked = dates.to_period("M"), np.zeros(len(dates), dtype=bool)
    for shock in plan.shocks:
        if shock.treatment is ShockTreatment.OWN_EFFECTS:
            shocked |= shock.holds(months).to_numpy()
    return kinds | {SHOCK: pd.Series(shocked, index=dates).astype(bool)}
