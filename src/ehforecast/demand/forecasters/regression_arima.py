"""Regression on the calendar with ARIMA(1,1,1) errors, for many series at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.signal import lfilter
from scipy.stats import norm

from ehforecast.demand.forecasters.calendar_design import CalendarDesign, calendar_design
from ehforecast.demand.forecasters.gaps import Group, groups_of_equal_gaps
from ehforecast.demand.forecasters.interface import Array, Task

AR_GRID = (-0.2, 0.0, 0.15, 0.3, 0.45, 0.6, 0.75)
MA_GRID = (-0.98, -0.95, -0.9, -0.85, -0.8, -0.7, -0.6, -0.45, -0.3, 0.0)
GRID = tuple(product(AR_GRID, MA_GRID))
"""Coefficients tried: the profile is so flat between them that a finer search moves forecasts by under 1% (tested)."""

PRIOR_SHARE = 0.05
"""Prior standard deviation of a calendar effect that is not free, as a share of the series' level."""

BURN_IN = 5
"""First differences whose errors still depend on where the filter started."""


@dataclass(frozen=True)
class ArimaFit:
    """ARIMA(1,1,1) errors about a calendar regression, for several series.

    Attributes:
        coefficients: (regressors, series), counts per unit of the regressor.
        covariance: (series, regressors, regressors) of the coefficients.
        ar, ma: (series,).
        variance: (series,) of the one-step errors, counts squared.
        remainder: (periods, series), the series less its calendar effects.
    """

    coefficients: Array
    covariance: Array
    ar: Array
    ma: Array
    variance: Array
    remainder: Array


@dataclass(frozen=True)
class GroupFit:
    """Series estimated together, and their fit: what the calendar methods share."""

    group: Group
    arima: ArimaFit


def calendar_fits(task: Task) -> tuple[GroupFit, ...]:
    """Fit the calendar regression with ARIMA errors to every area of a task."""
    groups = groups_of_equal_gaps(task.values, calendar_design(task))
    return tuple(GroupFit(group, fit_arima(group.values, group.design)) for group in groups)


def normal_quantiles(task: Task, parts: Sequence[tuple[GroupFit, Array, Array]]) -> Array:
    """Quantiles from means and variances (series, horizon) of each group; never below 0."""
    normal = norm.ppf(np.asarray(task.levels))
    result = np.empty((len(task.areas), task.horizon, len(normal)))
    for fit, mean, variance in parts:
        result[fit.group.columns] = mean[:, :, None] + np.sqrt(variance)[:, :, None] * normal
    return np.maximum(result, 0.0)


@dataclass(frozen=True)
class RegressionArima:
    """Calendar effects as regressors, errors that drift and partly return: ARIMA(1,1,1), or ARIMA(0,1,1) where the
    autoregressive part does not pay for itself (BIC).

    Estimated by conditional least squares with the regression profiled out, over a grid of coefficients. Ranges are
    normal, from the errors' psi weights and the uncertainty of the calendar effects.

    Source: Hyndman and Athanasopoulos (2021), chapter 10; agrees with statsmodels `ARIMA` (tested).
    """

    name: str = "regression_arima"
    label: str = "a regression on the calendar with errors that drift (ARIMA)"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return self.from_fits(task, calendar_fits(task))

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        return normal_quantiles(task, [(fit, *forecast_arima(fit.arima, fit.group.design)) for fit in fits])


def fit_arima(values: Array, design: CalendarDesign) -> ArimaFit:
    """Fit each series (a column of `values`, without gaps) on the same design.

    Conditional least squares: at each AR and MA coefficient of the grid, differenced series and regressors are passed
    through the inverse of the error process, the effects solved for with their prior, and the least penalised sum of
    squares taken, series by series.
    """
    level = np.maximum(np.abs(values).mean(axis=0), 1e-9)
    problem = _Problem(np.diff(values / level, axis=0), np.diff(design.past, axis=0), _precision(design))
    guess = problem.changes.var(axis=0) / 2 + 1e-12
    number = len(problem.changes)
    costs = np.stack(
        [number * np.log(problem.solve(ar, ma, variance=guess).cost) + np.log(number) * (ar != 0) for ar, ma in GRID]
    )
    chosen = [GRID[place] for place in costs.argmin(axis=0)]
    solved = [problem.only(column).solve(*pair, variance=guess[[column]]) for column, pair in enumerate(chosen)]
    again = [
        problem.only(column).solve(*chosen[column], variance=first.variance) for column, first in enumerate(solved)
    ]
    coefficients = np.concatenate([solution.coefficients for solution in again], axis=1) * level
    return ArimaFit(
        coefficients=coefficients,
        covariance=np.concatenate([solution.covariance for solution in again]) * np.square(level)[:, None, None],
        ar=np.array([ar for ar, _ in chosen]),
        ma=np.array([ma for _, ma in chosen]),
        variance=np.concatenate([solution.variance for solution in again]) * np.square(level),
        remainder=values - design.past @ coefficients,
    )


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
    of_effects = np.einsum("hp,npq,hq->nh", since_last, fit.covariance, since_last)
    mean = fit.remainder[-1][:, None] + drifts + (design.future @ fit.coefficients).T
    return mean, of_errors + of_effects


@dataclass(frozen=True)
class _Solution:
    coefficients: Array
    covariance: Array
    variance: Array
    cost: Array


@dataclass(frozen=True)
class _Problem:
    changes: Array
    regressors: Array
    precision: Array

    def only(self, column: int) -> "_Problem":
        return _Problem(self.changes[:, [column]], self.regressors, self.precision)

    def solve(self, ar: float, ma: float, *, variance: Array) -> _Solution:
        """Effects given the error process, each series with the prior's weight at its own variance."""
        over, under = [1.0, -ar], [1.0, ma]
        target = lfilter(over, under, self.changes, axis=0)[BURN_IN:]
        inputs = lfilter(over, under, self.regressors, axis=0)[BURN_IN:]
        gram = inputs.T @ inputs + variance[:, None, None] * np.diag(self.precision)
        inverse = np.linalg.inv(gram)
        effects = np.einsum("npq,qn->pn", inverse, inputs.T @ target)
        squares = np.square(target - inputs @ effects).sum(axis=0)
        penalty = variance * (self.precision @ np.square(effects))
        used = min(inputs.shape[1], len(target) // 2)
        residual = squares / max(len(target) - used, 1) + 1e-12
        return _Solution(effects, inverse * residual[:, None, None], residual, squares + penalty)


def _precision(design: CalendarDesign) -> Array:
    return np.where(design.is_free, 1e-8, 1.0 / PRIOR_SHARE**2)
