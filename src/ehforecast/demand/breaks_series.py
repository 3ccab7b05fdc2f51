"""Series as breaks are looked for in them: logs of daily rates, without the calendar or what all share."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.demand.breaks_noise import Array
from ehforecast.demand.period_calendar import NAMED_DAYS, period_calendar
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.vocabulary.areas import AreaLevel

SMALLEST_COUNT = 0.5
"""Stands for a count of nought, which has no logarithm."""

HOLIDAY_EFFECT = float(np.log(0.80))
"""A working day in school holidays against one in term. Source: England's councils, referrals by month, 126 months
without Covid (95% interval 0.78 to 0.82)."""

FEWEST_OTHERS = 10
"""Councils from which on what they share is taken from them and not from a calendar alone."""

HARMONICS = {Step.WEEK: 4, Step.FOUR_WEEKS: 3}
WITH_OTHERS, ALONE = 0.3, 1.0
"""How much of the season's usual size may be left once what all councils share is taken off."""

MONTH_SIZE, HARMONIC_SIZE, HOLIDAY_SIZE, NAMED_SIZE = 0.2, 0.15, 0.3, 0.2
"""Usual size, in logs, of a month's effect, a wave's, that of a period wholly in holidays, and of a named day's."""


@dataclass(frozen=True)
class AdjustedSeries:
    """Series with what is known of the calendar taken off.

    Attributes:
        values: (periods, areas) logs; NaN where absent.
        season: covariance of the season still in them: (periods, periods), for each area.
        usual: (periods, areas) what was taken off, so that ``values + usual`` is the log of the count.
        by_others: whether what other councils share was taken off each area.
    """

    values: pd.DataFrame
    season: dict[str, Array]
    usual: pd.DataFrame
    by_others: dict[str, bool]


def adjusted_series(series: SeriesSet, plan: CalendarPlan | None = None) -> AdjustedSeries:
    """Logs per working day, less what the other councils share, or less the usual effect of school holidays.

    Councils are held against the mean of the other councils, where there are ten or more: the season, the calendar and
    national shocks go with it. Every other series has the calendar alone. What is taken off a month uses that month
    and earlier ones only.
    """
    calendar = period_calendar(series.periods, plan)
    if step_of(series.periods) is Step.DAY:
        raise ForecastError("breaks are looked for by week, four weeks or month; days are too noisy")
    days = calendar["working_days"].clip(lower=SMALLEST_COUNT)
    rates = series.counts.clip(lower=SMALLEST_COUNT).div(days, axis=0)
    logs = pd.DataFrame(np.log(rates.to_numpy(dtype=np.float64)), index=rates.index, columns=rates.columns)
    councils = series.areas.index[series.areas["area_level"] == AreaLevel.COUNCIL]
    shared = shared_by_others(logs[councils]) if len(councils) > FEWEST_OTHERS else pd.DataFrame(index=logs.index)
    alone = HOLIDAY_EFFECT * calendar["holiday_share"]
    taken = pd.DataFrame({code: shared.get(code, alone) for code in logs.columns})
    by_others = {str(code): code in shared for code in logs.columns}
    seasons = {share: season_covariance(calendar, share) for share in (WITH_OTHERS, ALONE)}
    return AdjustedSeries(
        logs - taken,
        {code: seasons[WITH_OTHERS if held else ALONE] for code, held in by_others.items()},
        taken.add(np.log(days), axis=0),
        by_others,
    )


def shared_by_others(logs: pd.DataFrame) -> pd.DataFrame:
    """For each council, how the mean of all others moved: changes of those present in both months, added up."""
    changes = logs.diff().iloc[1:]
    there = changes.notna()
    total, number = changes.sum(axis=1), there.sum(axis=1)
    others = (number.to_numpy()[:, None] - there.to_numpy()).clip(min=1)
    moves = (total.to_numpy()[:, None] - changes.fillna(0.0).to_numpy()) / others
    added = np.vstack([np.zeros(logs.shape[1]), np.cumsum(moves, axis=0)])
    return pd.DataFrame(added, index=logs.index, columns=logs.columns)


def season_covariance(calendar: pd.DataFrame, share: float) -> Array:
    """Covariance of season and calendar, each effect thought to be nought give or take its usual size.

    Returns (periods, periods).
    """
    periods = pd.PeriodIndex(calendar.index)
    step = step_of(periods)
    holidays = calendar["holiday_share"].to_numpy()[:, None] * HOLIDAY_SIZE
    columns = [holidays, *(_months(periods) if step is Step.MONTH else _waves(periods, calendar, step=step))]
    sizes = share * np.hstack(columns)
    return np.asarray(sizes @ sizes.T)


def _months(periods: pd.PeriodIndex) -> list[Array]:
    return [(periods.month.to_numpy()[:, None] == np.arange(1, 13)) * MONTH_SIZE]


def _waves(periods: pd.PeriodIndex, calendar: pd.DataFrame, *, step: Step) -> list[Array]:
    middle = periods.start_time + (periods.end_time - periods.start_time) / 2
    turns = 2 * np.pi * middle.day_of_year.to_numpy()[:, None] / 365.25 * np.arange(1, HARMONICS[step] + 1)
    named = calendar[list(NAMED_DAYS)].to_numpy(dtype=np.float64)
    return [np.sin(turns) * HARMONIC_SIZE, np.cos(turns) * HARMONIC_SIZE, named * NAMED_SIZE]
