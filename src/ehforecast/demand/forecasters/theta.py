"""The theta method on a series net of its calendar: a slow level and half a trend."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_method import TREND, CalendarMethod, calendar_parts
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.regression_arima import normal_quantiles

WEIGHTS = (0.01, 0.03, *(round(0.05 * step, 2) for step in range(1, 20)))
"""Smoothing weights tried."""

START = 10
"""Periods whose mean the level starts from, and whose errors do not count."""


@dataclass(frozen=True)
class Theta(CalendarMethod):
    """Simple exponential smoothing plus half the slope of a straight line, after calendar effects are taken out.

    Formula: ``level + b (h - 1 + (1 - (1 - a)^n) / a)``, ``b`` half the least squares slope; variance
    ``s^2 (1 + (h - 1) a^2)``, that of the ARIMA(0,1,1) it is equal to. (statsmodels 0.15 `ThetaModel` uses another
    variance, whose 80% ranges hold 98% of the time.)

    Source: Assimakopoulos and Nikolopoulos (2000); Hyndman and Billah (2003).
    """

    name: str = "theta"
    label: str = "a slowly moving level and half a trend, net of the calendar (theta)"

    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """See `CalendarMethod.parts`."""
        mean, _ = theta_forecast(fit.without_calendar, fit.horizon)
        return calendar_parts(fit) | {TREND: mean - mean[:, [0]]}

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        parts = []
        for fit in fits:
            mean, variance = theta_forecast(fit.without_calendar, task.horizon)
            parts.append((fit, mean + fit.calendar_ahead.T, variance))
        return normal_quantiles(task, parts)


def theta_forecast(values: Array, horizon: int) -> tuple[Array, Array]:
    """Means and variances to come of series without season or gaps: (periods, series) -> twice (series, horizon)."""
    number = len(values)
    place = np.arange(number) - (number - 1) / 2
    drift = (place @ values) / (place @ place) / 2
    start = values[:START].mean(axis=0)
    skipped = min(START, number // 4)
    fits = [_smooth(values, weight, start=start) for weight in WEIGHTS]
    losses = np.stack([np.square(errors[skipped:]).mean(axis=0) for _, errors in fits])
    chosen, series = losses.argmin(axis=0), np.arange(values.shape[1])
    weight = np.asarray(WEIGHTS)[chosen]
    level = np.stack([last for last, _ in fits])[chosen, series]
    ahead = np.arange(1, horizon + 1)
    drifts = drift[:, None] * (ahead - 1 + ((1 - (1 - weight) ** number) / weight)[:, None])
    variance = losses[chosen, series][:, None] * (1 + (ahead - 1) * np.square(weight)[:, None])
    return level[:, None] + drifts, variance


def _smooth(values: Array, weight: float, *, start: Array) -> tuple[Array, Array]:
    """The last level, and the one-step errors after the first period."""
    levels, _ = lfilter([weight], [1.0, weight - 1.0], values, axis=0, zi=((1 - weight) * start)[None, :])
    return levels[-1], values[1:] - levels[:-1]
