"""The shape of the year and the calendar, learned from all councils together."""

import numpy as np
import pandas as pd

from ehforecast.demand.forecasters.interface import Array
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError
from ehforecast.reference.shocks import in_covid

FEWEST_USUAL_MONTHS = 36
"""Months outside years touched by Covid from which the season is learned without those years."""


def season_pool(history: SeriesSet) -> pd.DataFrame:
    """Counts to learn the season from.

    Councils complete so far; without two of those, every complete series, or any.
    """
    councils, everyone = history.of_level("council").complete(), history.complete()
    chosen = councils if councils.counts.shape[1] > 1 else everyone
    return chosen.counts if chosen.counts.shape[1] else history.counts


def pooled_month_index(counts: pd.DataFrame, working_days: "pd.Series[float]") -> Array:
    """Twelve factors, January to December: referrals per working day in that month against the year's mean.

    Formula: total over series per working day, divided by its mean over the same reporting year (April to March),
    averaged over years by month, scaled to mean 1. Years touched by Covid are left out where three others are there. A
    month of the year never seen, or never with a count above 0, gets 1: a share of nought could not be divided by, and
    would say that nothing can ever come then.

    Args:
        counts: (months, series).
        working_days: by month, covering `counts`.

    Returns:
        (12,) factors with mean 1.
    """
    months = need_months(pd.PeriodIndex(counts.index))
    rate = counts.sum(axis=1) / working_days.loc[months].to_numpy()
    reporting_year = months.year - (months.month < 4)
    relative = rate / rate.groupby(reporting_year).transform("mean")
    usual = ~np.isin(reporting_year, reporting_year[in_covid(months).to_numpy()])
    if usual.sum() >= FEWEST_USUAL_MONTHS:
        relative, months = relative[usual], months[usual]
    by_month = relative.groupby(months.month).mean().reindex(range(1, 13)).replace(0.0, np.nan).fillna(1.0)
    return np.asarray(by_month / by_month.mean(), dtype=np.float64)


def need_months(periods: pd.PeriodIndex) -> pd.PeriodIndex:
    """The periods, if they are months; else `ForecastError`: the pooled season has twelve of them."""
    if step_of(periods) is not Step.MONTH:
        raise ForecastError(
            "pooled_smoothing, ets, calendar_regression and pooled_ensemble forecast months alone; for "
            f"{step_of(periods).plural} name other methods, such as theta"
        )
    return periods


def month_factors(index: Array, months: pd.PeriodIndex) -> Array:
    """The index's factor for each month: (months,)."""
    return np.asarray(index[months.month.to_numpy() - 1], dtype=np.float64)
