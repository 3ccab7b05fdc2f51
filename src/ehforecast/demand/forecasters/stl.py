"""Season by local smoothing (STL) on a series net of its calendar, then the theta method on what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.tsa.seasonal import STL

from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.regression_arima import GroupFit, calendar_fits, normal_quantiles
from ehforecast.demand.forecasters.theta import theta_forecast

SEASONAL_WINDOW = 11
"""Seasons that a season's shape is smoothed over (odd)."""


@dataclass(frozen=True)
class StlTheta:
    """Calendar effects out, season out by STL with a locally constant season, theta on the rest, last season repeated.

    STL's default, a locally linear season, overfits short histories: it loses a fifth of its accuracy on five years of
    weeks. A series shorter than two seasons is left to theta alone.

    Source: Cleveland, Cleveland, McRae and Terpenning (1990); statsmodels `STL`.
    """

    name: str = "stl_theta"
    label: str = "a season that changes slowly (STL) and a slowly moving level"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return self.from_fits(task, calendar_fits(task))

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        season, parts = task.step.season, []
        for fit in fits:
            seasonal = _seasons(fit.arima.remainder, season)
            mean, variance = theta_forecast(fit.arima.remainder - seasonal, task.horizon)
            repeated = seasonal[len(seasonal) - season + np.arange(task.horizon) % season].T
            parts.append((fit, mean + repeated + (fit.group.design.future @ fit.arima.coefficients).T, variance))
        return normal_quantiles(task, parts)


def _seasons(values: Array, season: int) -> Array:
    if len(values) <= 2 * season:
        return np.zeros_like(values)
    smoothed = [
        STL(column, period=season, seasonal=SEASONAL_WINDOW, seasonal_deg=0).fit().seasonal for column in values.T
    ]
    return np.column_stack(smoothed)
