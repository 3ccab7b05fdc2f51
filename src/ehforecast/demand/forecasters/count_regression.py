"""Negative binomial regression on the calendar about a moving level: for counts, small ones above all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.stats import gamma, nbinom

from ehforecast.demand.forecasters.calendar_design import CalendarDesign, calendar_design
from ehforecast.demand.forecasters.gaps import Group, groups_of_equal_gaps
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.regression_arima import GroupFit

WEIGHTS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
PRIOR_SD = 0.05
"""Prior standard deviation, in logs, of a calendar effect that is not free."""

ROUNDS, NEWTON_STEPS = 3, 3
START = 14
SMALLEST_LEVEL = 0.05
LARGE_COUNT = 50.0
"""Mean from which the continuous gamma distribution stands in for the negative binomial; their quantiles then
lie within one of each other (tested)."""

LARGEST_EFFECT = 5.0
"""In logs: an effect that would multiply or divide the level by 150 is a fault of the fit, not of the year."""


@dataclass(frozen=True)
class CountFit:
    """Effects (regressors,) in logs with their covariance, the last level, its smoothing weight and the dispersion."""

    effects: Array
    covariance: Array
    level: float
    weight: float
    dispersion: float


@dataclass(frozen=True)
class CountRegression:
    """Counts are negative binomial about ``level * exp(calendar effects)``; the level is smoothed exponentially.

    Effects are estimated by penalised iteratively reweighted least squares with the level before each period as offset;
    level and effects take turns. Variance h periods on: ``(m + k m^2)(1 + (h - 1) a^2)`` plus that of the effects.

    Source: Hyndman (2002) and Snyder, Ord and Beaumont (2012) on local levels for counts; McCullagh and Nelder (1989).
    """

    name: str = "count_regression"
    label: str = "a regression for counts on the calendar about a moving level"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return _quantiles(task, groups_of_equal_gaps(task.values, calendar_design(task)))

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        return _quantiles(task, (fit.group for fit in fits))


def _quantiles(task: Task, groups: Iterable[Group]) -> Array:
    result, levels = np.empty((len(task.areas), task.horizon, len(task.levels))), np.asarray(task.levels)
    for group in groups:
        for place, column in enumerate(group.columns):
            fit = fit_counts(np.maximum(group.values[:, place], 0.0), group.design)
            result[column] = count_quantiles(*forecast_counts(fit, group.design), levels=levels)
    return result


def fit_counts(values: Array, design: CalendarDesign) -> CountFit:
    """Fit one series without gaps."""
    problem = _Problem(values, design, _precision(design))
    fit = CountFit(np.zeros(0), np.zeros(0), 0.0, 0.0, 0.02)
    effects, levels = np.zeros(design.past.shape[1] + 1), np.full(len(values), max(values.mean(), SMALLEST_LEVEL))
    for _ in range(ROUNDS):
        fit, effects, levels = problem.round(effects, levels, dispersion=fit.dispersion)
    return fit


def forecast_counts(fit: CountFit, design: CalendarDesign) -> tuple[Array, Array]:
    """Means and variances to come: each (horizon,)."""
    mean = np.maximum(fit.level * _multiplier(design.future, fit.effects), 1e-3)
    growth = 1 + np.arange(len(mean)) * fit.weight**2
    of_effects = np.square(mean) * np.einsum("hp,pq,hq->h", design.future, fit.covariance, design.future)
    return mean, (mean + fit.dispersion * np.square(mean)) * growth + of_effects


def count_quantiles(mean: Array, variance: Array, *, levels: Array) -> Array:
    """Quantiles (horizon, levels) of negative binomial counts of these means and variances."""
    variance = np.maximum(variance, mean * 1.001)
    size = np.square(mean) / (variance - mean)
    counts = nbinom.ppf(levels, size[:, None], (size / (size + mean))[:, None])
    smooth = gamma.ppf(levels, a=(np.square(mean) / variance)[:, None], scale=(variance / mean)[:, None])
    return np.asarray(np.where((mean > LARGE_COUNT)[:, None], smooth, counts), dtype=np.float64)


@dataclass(frozen=True)
class _Problem:
    values: Array
    design: CalendarDesign
    precision: Array

    def round(self, effects: Array, levels: Array, *, dispersion: float) -> tuple[CountFit, Array, Array]:
        """Effects given the level before each period, then the level given the effects."""
        inputs = np.column_stack([np.ones(len(self.values)), self.design.past])
        covariance: Array = np.zeros((len(effects), len(effects)))
        for _ in range(NEWTON_STEPS):
            linear = inputs @ effects
            expected = np.exp(np.clip(np.log(levels) + linear, -10, 20))
            weighted = inputs * (expected / (1 + dispersion * expected))[:, None]
            covariance = np.asarray(np.linalg.inv(weighted.T @ inputs + np.diag(self.precision)), dtype=np.float64)
            working = linear + (self.values - expected) / np.maximum(expected, 1e-6)
            effects = covariance @ (weighted.T @ working)
        shape = _multiplier(self.design.past, effects[1:])
        weight, last, before = _best_level(self.values, shape)
        excess = _dispersion(self.values, before * shape)
        fit = CountFit(effects[1:], covariance[1:, 1:], last, weight, excess)
        return fit, effects, np.maximum(before, SMALLEST_LEVEL)


def _precision(design: CalendarDesign) -> Array:
    return np.concatenate([[1e-6], np.where(design.is_free, 1e-6, 1.0 / PRIOR_SD**2)])


def _multiplier(inputs: Array, effects: Array) -> Array:
    return np.asarray(np.exp(np.clip(inputs @ effects, -LARGEST_EFFECT, LARGEST_EFFECT)), dtype=np.float64)


def _dispersion(values: Array, expected: Array) -> float:
    """Variance beyond Poisson as a share of the squared mean, by moments; robust to a shock of a few periods."""
    kept = slice(min(START, len(values) // 4), None)
    excess = (np.square(values - expected) - expected)[kept] / np.maximum(np.square(expected[kept]), 1e-6)
    return max(float(excess.mean()), 1e-5)


def _best_level(values: Array, shape: Array) -> tuple[float, float, Array]:
    """The smoothing weight with the least squared error, the last level, and the level before each period."""
    adjusted, kept = values / shape, slice(min(START, len(values) // 4), None)
    start = adjusted[:START].mean()
    levels = np.stack([lfilter([w], [1.0, w - 1.0], adjusted, zi=[(1 - w) * start])[0] for w in WEIGHTS])
    before = np.concatenate([np.full((len(WEIGHTS), 1), start), levels[:, :-1]], axis=1)
    expected = before * shape
    losses = (np.square(values - expected) / np.maximum(expected, 0.1))[:, kept].mean(axis=1)
    best = int(losses.argmin())
    return WEIGHTS[best], float(levels[best, -1]), before[best]
