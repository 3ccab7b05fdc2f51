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

LEVEL_AND_SLOPE = 2
"""Numbers that theta itself fits."""

LEAST_LEFT = 0.25
"""Share of periods that always counts as left for the errors, however many effects there are."""

START = 10
"""Periods whose mean the level starts from, and whose errors do not count."""


@dataclass(frozen=True)
class Theta(CalendarMethod):
    """Simple exponential smoothing plus half the slope of a straight line, after calendar effects are taken out.

    Formula: ``level + b (h - 1 + (1 - (1 - a)^n) / a)``, ``b`` half the least squares slope; variance
    ``s^2 (1 + (h - 1) a^2)``, that of the ARIMA(0,1,1) it is equal to, and that of the calendar effects. (statsmodels
    0.15 `ThetaModel` uses another variance, whose 80% ranges hold 98% of the time.)

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
            parts.append((fit, mean + fit.calendar_ahead.T, with_calendar_doubt(fit, variance)))
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


def with_calendar_doubt(fit: GroupFit, variance: Array) -> Array:
    """The variance (series, horizon) of a series net of calendar effects that were estimated, not known.

    The effects are uncertain themselves, in a period ahead as against a usual season. And they were fitted to the
    errors that the variance was taken from, which so came out too small: by the share of periods that effects, level
    and slope take up, for the effects the trace of the matrix that fits them (Hastie, Tibshirani and Friedman 2009,
    7.6).
    """
    design, calendar = fit.group.design, ~fit.is_drift
    past, ahead = design.past[:, calendar], design.future[:, calendar]
    covariance = fit.arima.covariance[:, calendar][:, :, calendar]
    apart, about = ahead - past[-design.step.season :].mean(axis=0), past - past.mean(axis=0)
    of_effects = ((apart @ covariance) * apart).sum(axis=2)
    noise = np.maximum(fit.arima.variance, np.finfo(np.float64).tiny)
    taken = (covariance * (about.T @ about)).sum(axis=(1, 2)) / noise
    left = np.clip(1 - (taken + LEVEL_AND_SLOPE) / len(past), LEAST_LEFT, 1)
    return np.asarray(variance / left[:, None] + of_effects, dtype=np.float64)


def _smooth(values: Array, weight: float, *, start: Array) -> tuple[Array, Array]:
    """The last level, and the one-step errors after the first period."""
    levels, _ = lfilter([weight], [1.0, weight - 1.0], values, axis=0, zi=((1 - weight) * start)[None, :])
    return levels[-1], values[1:] - levels[:-1]
