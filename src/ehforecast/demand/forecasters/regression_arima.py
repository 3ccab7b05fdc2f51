"""Regression on the calendar with ARIMA(1,1,1) errors, for many series at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm

from ehforecast.demand.forecasters.arima_fit import ArimaFit, GroupFit
from ehforecast.demand.forecasters.calendar_design import CalendarDesign
from ehforecast.demand.forecasters.calendar_method import TREND, CalendarMethod, calendar_parts
from ehforecast.demand.forecasters.interface import Array, Task


def normal_quantiles(task: Task, parts: Sequence[tuple[GroupFit, Array, Array]]) -> Array:
    """Quantiles from means and variances (series, horizon) of each group; never below 0."""
    normal = norm.ppf(np.asarray(task.levels))
    result = np.full((len(task.areas), task.horizon, len(normal)), np.nan)
    for fit, mean, variance in parts:
        result[fit.group.columns] = mean[:, :, None] + np.sqrt(variance)[:, :, None] * normal
    return np.asarray(np.maximum(result, 0.0), dtype=np.float64)


@dataclass(frozen=True)
class RegressionArima(CalendarMethod):
    """Calendar effects as regressors, errors that drift and partly return: ARIMA(1,1,1), or ARIMA(0,1,1) where the
    autoregressive part does not pay for itself (BIC).

    Estimated by conditional least squares with the regression profiled out, over a grid of coefficients. Ranges are
    normal, from the errors' psi weights and the uncertainty of the calendar effects.

    Source: Hyndman and Athanasopoulos (2021), chapter 10; agrees with statsmodels `ARIMA` (tested).
    """

    name: str = "regression_arima"
    label: str = "a regression on the calendar with errors that drift (ARIMA)"

    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """See `CalendarMethod.parts`."""
        drift = fit.group.design.future[:, fit.is_drift] @ fit.arima.coefficients[fit.is_drift]
        now = fit.group.design.past[-1, fit.is_drift] @ fit.arima.coefficients[fit.is_drift]
        return calendar_parts(fit) | {TREND: (drift - now).T}

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        return normal_quantiles(task, [(fit, *forecast_arima(fit.arima, fit.group.design)) for fit in fits])


def forecast_arima(fit: ArimaFit, design: CalendarDesign) -> tuple[Array, Array]:
    """Means and variances to come: each (series, horizon)."""
    horizon = len(design.future)
    changes = np.diff(fit.remainder, axis=0)
    last_error = np.array(
        [
            lfilter([1, -ar], [1, ma], changes[:, column])[-1]
            for column, (ar, ma) in enumerate(zip(fit.ar, fit.ma, strict=True))
        ]
    )
    ahead = np.arange(horizon)
    first_change = fit.ar * changes[-1] + fit.ma * last_error
    drifts = np.cumsum(first_change[:, None] * fit.ar[:, None] ** ahead, axis=1)
    weights = 1.0 + np.cumsum(
        (fit.ar + fit.ma)[:, None] * fit.ar[:, None] ** np.maximum(ahead - 1, 0) * (ahead > 0), axis=1
    )
    of_errors = fit.variance[:, None] * np.cumsum(np.square(weights), axis=1)
    since_last = design.future - design.past[-1]
    of_effects = ((since_last @ fit.covariance) * since_last).sum(axis=2)
    mean = fit.remainder[-1][:, None] + drifts + (design.future @ fit.coefficients).T
    return mean, of_errors + of_effects
