"""Negative binomial regression on the calendar about a moving level: for counts, small ones above all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import lfilter
from scipy.special import gammaincinv
from scipy.stats import nbinom

from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_method import CalendarMethod, part_of
from ehforecast.demand.forecasters.interface import Array, Task

WEIGHTS = (0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8)
COARSE_WEIGHTS = WEIGHTS[1::3]
"""Smoothing weights tried: all of them once the effects have settled, a few before."""

PLAUSIBLE = (-0.9, 20.0)
"""Effects as shares of the level, before their logarithm is taken."""

ROUNDS = 3
"""Turns of effects and level; they start from the calendar regression, which is near."""

START = 14
SMALLEST_LEVEL = 0.05
LARGE_COUNT = 50.0
"""Mean from which the continuous gamma distribution stands in for the negative binomial; their quantiles then
lie within one of each other (tested)."""

TINY_LOG = 1e-9

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
class CountRegression(CalendarMethod):
    """Counts are negative binomial about ``level * exp(calendar effects)``; the level is smoothed exponentially.

    Effects are estimated by penalised iteratively reweighted least squares with the level before each period as offset;
    level and effects take turns. Variance h periods on: ``(m + k m^2)(1 + (h - 1) a^2)`` plus that of the effects.

    Source: Hyndman (2002) and Snyder, Ord and Beaumont (2012) on local levels for counts; McCullagh and Nelder (1989).
    """

    name: str = "count_regression"
    label: str = "a regression for counts on the calendar about a moving level"

    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """See `CalendarMethod.parts`. Effects multiply; what they add together is shared out by their logarithms."""
        calendar = ~fit.is_drift
        named = [
            part_of(name, kind)
            for name, kind, kept in zip(fit.group.design.names, fit.group.design.kinds, calendar, strict=True)
            if kept
        ]
        result = {name: np.zeros((len(fit.group.columns), fit.horizon)) for name in named}
        for place in range(len(fit.group.columns)):
            counts, future = fit_counts(fit, place)
            logs = future * counts.effects
            total = logs.sum(axis=1)
            added = counts.level * (_multiplier(future, counts.effects) - 1)
            share = np.where(np.abs(total) > TINY_LOG, added / np.where(total == 0, 1.0, total), counts.level)
            for name, log in zip(named, logs.T, strict=True):
                result[name][place] += share * log
        return result

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        result, levels = np.full((len(task.areas), task.horizon, len(task.levels)), np.nan), np.asarray(task.levels)
        for fit in fits:
            for place, column in enumerate(fit.group.columns):
                result[column] = count_quantiles(*forecast_counts(*fit_counts(fit, place)), levels=levels)
        return result


def fit_counts(given: GroupFit, place: int) -> tuple[CountFit, Array]:
    """Fit one series of a group, and its future regressors. Marked periods are left out: the level steps over them."""
    group, arima, calendar = given.group, given.arima, ~given.is_drift
    kept = ~group.design.marks.any(axis=1)
    values = np.maximum(group.values[kept, place], 0.0)
    average = max(values.mean(), SMALLEST_LEVEL)
    mean = np.log1p(np.clip(arima.prior_mean[calendar, place], *PLAUSIBLE))
    start = np.log1p(np.clip(arima.coefficients[calendar, place] / average, *PLAUSIBLE))
    problem = _Problem(values, group.design.past[kept][:, calendar], mean, np.square(arima.prior_sd[calendar, place]))
    fit = CountFit(start, np.zeros(0), average, 0.0, 0.02)
    levels = np.full(len(values), average)
    for number in range(ROUNDS):
        fit, levels = problem.round(fit, levels, weights=WEIGHTS if number == ROUNDS - 1 else COARSE_WEIGHTS)
    return fit, group.design.future[:, calendar]


def forecast_counts(fit: CountFit, future: Array) -> tuple[Array, Array]:
    """Means and variances to come: each (horizon,)."""
    mean = np.maximum(fit.level * _multiplier(future, fit.effects), 1e-3)
    growth = 1 + np.arange(len(mean)) * fit.weight**2
    of_effects = np.square(mean) * ((future @ fit.covariance) * future).sum(axis=1)
    return mean, (mean + fit.dispersion * np.square(mean)) * growth + of_effects


def count_quantiles(mean: Array, variance: Array, *, levels: Array) -> Array:
    """Quantiles (horizon, levels) of negative binomial counts of these means and variances."""
    variance = np.maximum(variance, mean * 1.001)
    result, large = np.empty((len(mean), len(levels))), mean > LARGE_COUNT
    size = np.square(mean) / (variance - mean)
    chance = size / (size + mean)
    result[~large] = nbinom.ppf(levels, size[~large, None], chance[~large, None])
    shape, scale = np.square(mean) / variance, variance / mean
    result[large] = gammaincinv(shape[large, None], levels) * scale[large, None]
    return result


@dataclass(frozen=True)
class _Problem:
    values: Array
    regressors: Array
    prior_mean: Array
    prior_variance: Array

    @cached_property
    def _inputs(self) -> Array:
        return np.column_stack([np.ones(len(self.values)), self.regressors])

    @cached_property
    def _precision(self) -> Array:
        return np.concatenate([[1e-6], 1.0 / self.prior_variance])

    def round(self, given: CountFit, levels: Array, *, weights: Sequence[float]) -> tuple[CountFit, Array]:
        """Effects given the level before each period (one step of scoring), then the level given the effects."""
        inputs, precision = self._inputs, self._precision
        linear = self.regressors @ given.effects
        expected = levels * np.exp(np.clip(linear, -LARGEST_EFFECT, LARGEST_EFFECT))
        weighted = inputs * (expected / (1 + given.dispersion * expected))[:, None]
        covariance = np.asarray(np.linalg.inv(weighted.T @ inputs + np.diag(precision)), dtype=np.float64)
        working = linear + (self.values - expected) / np.maximum(expected, 1e-6)
        prior = precision * np.concatenate([[0.0], self.prior_mean])
        effects = (covariance @ (weighted.T @ working + prior))[1:]
        shape = _multiplier(self.regressors, effects)
        weight, last, before = _best_level(self.values, shape, weights=weights)
        fit = CountFit(effects, covariance[1:, 1:], last, weight, _dispersion(self.values, before * shape))
        return fit, np.maximum(before, SMALLEST_LEVEL)


def _multiplier(inputs: Array, effects: Array) -> Array:
    return np.asarray(np.exp(np.clip(inputs @ effects, -LARGEST_EFFECT, LARGEST_EFFECT)), dtype=np.float64)


def _dispersion(values: Array, expected: Array) -> float:
    """Variance beyond Poisson as a share of the squared mean, by moments; robust to a shock of a few periods."""
    kept = slice(min(START, len(values) // 4), None)
    excess = (np.square(values - expected) - expected)[kept] / np.maximum(np.square(expected[kept]), 1e-6)
    return max(float(excess.mean()), 1e-5)


def _best_level(values: Array, shape: Array, *, weights: Sequence[float]) -> tuple[float, float, Array]:
    """The smoothing weight with the least squared error, the last level, and the level before each period."""
    adjusted, kept = values / shape, slice(min(START, len(values) // 4), None)
    start = adjusted[:START].mean()
    levels = np.stack([lfilter([w], [1.0, w - 1.0], adjusted, zi=[(1 - w) * start])[0] for w in weights])
    before = np.concatenate([np.full((len(weights), 1), start), levels[:, :-1]], axis=1)
    expected = before * shape
    losses = (np.square(values - expected) / np.maximum(expected, 0.1))[:, kept].mean(axis=1)
    best = int(losses.argmin())
    return weights[best], float(levels[best, -1]), before[best]
