"""Season by local smoothing (STL) on a series net of its calendar, then the theta method on what is left."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.tsa.seasonal import STL

from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_method import (
    DAY_OF_WEEK,
    TIME_OF_YEAR,
    TREND,
    CalendarMethod,
    calendar_parts,
)
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.regression_arima import normal_quantiles
from ehforecast.demand.forecasters.season_smoothing import seasonal_parts
from ehforecast.demand.forecasters.theta import theta_forecast, with_calendar_doubt
from ehforecast.demand.steps import Step

SEASONAL_WINDOW = 11
"""Seasons that a season's shape is smoothed over (odd)."""

LONGEST_TOGETHER = 700
"""Periods up to which all series are smoothed together; beyond, the matrices cost more than statsmodels' own passes."""


@dataclass(frozen=True)
class StlTheta(CalendarMethod):
    """Calendar effects out, season out by STL with a locally constant season, theta on the rest, last season repeated.

    STL's default, a locally linear season, overfits short histories: it loses a fifth of its accuracy on five years of
    weeks. A series shorter than two seasons is left to theta alone.

    Source: Cleveland, Cleveland, McRae and Terpenning (1990); statsmodels `STL`, to which ours is equal (tested).
    """

    name: str = "stl_theta"
    label: str = "a season that changes slowly (STL) and a slowly moving level"

    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """See `CalendarMethod.parts`."""
        repeated, mean, _ = self._forecast(fit)
        parts = calendar_parts(fit) | {TREND: mean - mean[:, [0]]}
        season = DAY_OF_WEEK if fit.group.design.step is Step.DAY else TIME_OF_YEAR
        return parts | {season: parts.get(season, np.zeros_like(mean)) + repeated}

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        parts = []
        for fit in fits:
            repeated, mean, variance = self._forecast(fit)
            parts.append((fit, mean + repeated + fit.calendar_ahead.T, with_calendar_doubt(fit, variance)))
        return normal_quantiles(task, parts)

    def _forecast(self, fit: GroupFit) -> tuple[Array, Array, Array]:
        """The last season repeated, and mean and variance of the rest: each (series, horizon)."""
        values, season, horizon = fit.without_calendar, fit.group.design.step.season, fit.horizon
        seasonal = _seasons(values, season)
        repeated = seasonal[len(seasonal) - season + np.arange(horizon) % season].T
        return (repeated, *theta_forecast(values - seasonal, horizon))


def _seasons(values: Array, season: int) -> Array:
    if len(values) <= 2 * season:
        return np.zeros_like(values)
    if len(values) <= LONGEST_TOGETHER:
        return seasonal_parts(values, season, window=SEASONAL_WINDOW)
    smoothed = [
        STL(column, period=season, seasonal=SEASONAL_WINDOW, seasonal_deg=0).fit().seasonal for column in values.T
    ]
    return np.column_stack(smoothed)
