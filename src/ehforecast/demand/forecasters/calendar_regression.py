"""Regression with calendar and pooled season, and a level that returns part of the way to where it used to be."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS
from statsmodels.regression.quantile_regression import QuantReg

from ehforecast.demand.forecasters.interface import Array, IntervalKind, Task
from ehforecast.demand.forecasters.past_errors import noise_scale, pooled_error_quantiles
from ehforecast.demand.forecasters.pooled_season import need_months, season_pool
from ehforecast.demand.forecasters.pooled_smoothing import SMALLEST_LEVEL
from ehforecast.demand.forecasters.smoothing import running_means, smoothed_levels
from ehforecast.reference.shocks import in_covid

BURN_IN = 12
"""Months before a level is used to learn from."""

HORIZON_GROUPS = ((1, 1), (2, 3), (4, 6), (7, 9), (10, 12))
"""Months ahead that share one set of weights; beyond twelve the last group's weights serve."""

WEIGHT_TOLERANCE = 1e-4
"""Change of the weights at which the median regression stops: a hundredth of their usual standard error."""


@dataclass(frozen=True)
class CalendarRegression:
    """National season and calendar by least squares; each area's level by median regression pooled over areas.

    Stage 1, on the national total of complete councils, Covid months left out: log referrals per working day on
    reporting year, month of the year and the share of working days in school holidays.
    Stage 2, on every area, in logs and net of stage 1: the level h months on is the smoothed level (weight 0.3) plus a
    weighted sum of how far a slow level (0.1), a fast level (0.6), the last twelve months and the whole past differ
    from it. The weights are those with the least absolute error over all councils and past months, one set for each
    group of horizons. Ranges: quantiles of scaled past errors, pooled over councils, times each area's own noise.

    Source: statsmodels OLS and QuantReg; Montero-Manso and Hyndman (2021) on why pooled (global) regressions do well.
    """

    name: str = "calendar_regression"
    label: str = "a regression on calendar, season and recent levels, learned from all councils"

    def interval_kind(self, _: Task, /) -> IntervalKind:
        """See `NamesItsIntervals`."""
        return IntervalKind.PAST_ERRORS

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        effect = calendar_effects(season_pool(task.history), task.calendar)
        rate = task.history.counts.to_numpy() / task.past["working_days"].to_numpy()[:, None]
        adjusted = np.log(np.maximum(rate, SMALLEST_LEVEL)) - effect.loc[task.history.periods].to_numpy()[:, None]
        base, departures = _levels(adjusted)
        weights = _level_weights(adjusted, base, departures=departures, horizon=task.horizon)
        fitted = [base + departures @ weight for weight in weights]
        errors = [adjusted[step:][BURN_IN:] - fitted[step - 1][:-step][BURN_IN:] for step in range(1, task.horizon + 1)]
        scale = noise_scale(errors[0])
        wanted = task.history.counts.columns.get_indexer(pd.Index(list(task.areas)))
        middle = np.stack([level[-1][wanted] for level in fitted], axis=1)
        spread = scale[wanted, None, None] * pooled_error_quantiles(errors, scale, levels=task.levels)
        ahead = effect.loc[task.future_periods].to_numpy() + np.log(task.future["working_days"].to_numpy(dtype=float))
        return np.asarray(np.exp(middle[:, :, None] + spread + ahead[None, :, None]))


def calendar_effects(pool: pd.DataFrame, calendar: pd.DataFrame) -> "pd.Series[float]":
    """Season and calendar effect of each month of `calendar`, in logs of referrals per working day, mean 0
    over the past.

    Args:
        pool: counts (months, series) to learn from; their sum is used.
        calendar: `period_calendar` covering past and future.
    """
    months = need_months(pd.PeriodIndex(pool.index))
    reporting_year = pd.Series(months.year - (months.month < 4), index=months)
    rate = np.log(np.maximum(pool.sum(axis=1) / calendar.loc[months, "working_days"], SMALLEST_LEVEL))
    kept = ~in_covid(months) if int((~in_covid(months)).sum()) > 2 * BURN_IN else pd.Series(True, index=months)
    years = pd.get_dummies(reporting_year[kept], dtype=float)
    design = _seasonal_design(calendar)
    fit = OLS(rate[kept], pd.concat([years, design.loc[months][kept]], axis=1)).fit()
    effect = design @ fit.params[design.columns]
    return pd.Series(effect - effect.loc[months].mean(), index=calendar.index)


def _seasonal_design(calendar: pd.DataFrame) -> pd.DataFrame:
    months = pd.PeriodIndex(calendar.index)
    named = pd.get_dummies(pd.Categorical(months.month, categories=range(1, 13)), prefix="month", dtype=float)
    return named.iloc[:, 1:].set_index(months).assign(holiday_share=calendar["holiday_share"])


def _levels(adjusted: Array) -> tuple[Array, Array]:
    """The smoothed level (months, areas) and how far four other levels differ from it (months, areas, 4)."""
    base = smoothed_levels(adjusted, 0.3)
    others = (
        smoothed_levels(adjusted, 0.1), smoothed_levels(adjusted, 0.6), running_means(adjusted, 12),
        running_means(adjusted),
    )  # fmt: skip
    return base, np.stack([other - base for other in others], axis=-1)


def _level_weights(adjusted: Array, base: Array, *, departures: Array, horizon: int) -> Sequence[Array]:
    """For each horizon, the weights of the departures that would have had the least absolute error so far."""
    by_group = {
        group: _group_weights(adjusted, base, departures=departures, group=group)
        for group in HORIZON_GROUPS
        if group[0] <= horizon
    }
    last = max(by_group)
    return [by_group[_group_of(step, last)] for step in range(1, horizon + 1)]


def _group_of(step: int, last: tuple[int, int]) -> tuple[int, int]:
    return next((group for group in HORIZON_GROUPS if group[0] <= step <= group[1] and group <= last), last)


def _group_weights(adjusted: Array, base: Array, *, departures: Array, group: tuple[int, int]) -> Array:
    changes, reasons = [], []
    for step in range(group[0], group[1] + 1):
        changes.append((adjusted[step:] - base[:-step])[BURN_IN:].ravel())
        reasons.append(departures[:-step][BURN_IN:].reshape(-1, departures.shape[-1]))
    change, reason = np.concatenate(changes), np.concatenate(reasons)
    known = ~np.isnan(change) & ~np.isnan(reason).any(axis=1)
    return np.asarray(QuantReg(change[known], reason[known]).fit(q=0.5, p_tol=WEIGHT_TOLERANCE).params)
