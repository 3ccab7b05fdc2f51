"""Scores of forecast distributions: identities between them are what the tests hold them to."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Array = npt.NDArray[np.float64]

FAR_OUT = 8.0
"""Normal place of a value beyond a forecast that knows no uncertainty."""


def quantile_loss(actual: Array, quantiles: Array, *, levels: Sequence[float]) -> Array:
    """Twice the pinball loss, averaged over levels: how far off a whole forecast distribution was, in counts.

    Formula: ``mean over p of 2 * max(p * (y - q), (p - 1) * (y - q))``; with the nine deciles an approximation of the
    continuous ranked probability score. For the median alone it is the absolute error.

    Args:
        actual: (...,) what came.
        quantiles: (..., levels).
        levels: quantile levels, each between 0 and 1.

    Returns:
        (...,), 0 or more; NaN where `actual` is.

    Source: Koenker and Bassett (1978); Gneiting and Raftery (2007).

    >>> quantile_loss(np.array([10.0]), np.array([[7.0]]), levels=[0.5]).tolist()
    [3.0]
    """
    level, error = np.asarray(levels), actual[..., None] - quantiles
    return np.asarray(np.mean(2 * np.maximum(level * error, (level - 1) * error), axis=-1))


def interval_score(actual: Array, *, low: Array, high: Array, coverage: float) -> Array:
    """Width of a range, and what is added when it misses: ``(u - l) + 2 / a * (l - y)+ + 2 / a * (y - u)+``.

    In counts; `a` is 1 less the coverage. The mean of two quantile losses, at the two ends, divided by `a`. Lowest on
    average for the true quantiles. NaN where `actual` is.

    Source: Winkler (1972); Gneiting and Raftery (2007), 6.2.

    >>> interval_score(np.array([12.0]), low=np.array([5.0]), high=np.array([10.0]), coverage=0.8).round(6).tolist()
    [25.0]
    """
    outside = np.maximum(low - actual, 0.0) + np.maximum(actual - high, 0.0)
    missed = 2.0 / (1.0 - coverage) * outside
    return np.asarray(np.where(np.isnan(actual), np.nan, high - low + missed))


def seasonal_scale(counts: Array, season: int = 12) -> Array:
    """Mean absolute change on the period a season before, the unit of MASE: (periods, series) -> (series,).

    NaN for a series without such a pair. Source: Hyndman and Koehler (2006).
    """
    return _mean_of_pairs(np.abs(_seasonal_changes(counts, season)))


def squared_seasonal_scale(counts: Array, season: int = 12) -> Array:
    """Mean squared change on the period a season before, the unit of RMSSE, squared. As in `seasonal_scale`."""
    return _mean_of_pairs(np.square(_seasonal_changes(counts, season)))


def probability_below(actual: Array, quantiles: Array, *, levels: Sequence[float]) -> Array:
    """The share of a forecast distribution below a number: (...,) and (..., levels) -> (...,), between 0 and 1.

    Straight lines on the normal scale between quantiles, and beyond the outermost ones. Where several quantiles are the
    number itself, the middle of their levels.
    """
    normal = norm.ppf(np.asarray(levels))
    places = _places(actual.ravel(), quantiles.reshape(-1, quantiles.shape[-1]), normal=normal)
    return np.asarray(norm.cdf(places).reshape(actual.shape))


def randomised_pit(actual: Array, quantiles: Array, *, levels: Sequence[float], rng: np.random.Generator) -> Array:
    """Where what came fell in the forecast distribution of a count: even on 0 to 1 if the distribution was right.

    A count holds a whole piece of probability, from the share below half a count less to that below half a count more;
    a place in it is drawn. Without the draw small counts look as if ranges were too wide. NaN where `actual` is.

    Source: Czado, Gneiting and Held (2009).
    """
    below = probability_below(np.maximum(actual - 0.5, -0.5), quantiles, levels=levels)
    below = np.where(actual <= 0, 0.0, below)
    above = probability_below(actual + 0.5, quantiles, levels=levels)
    return np.asarray(below + rng.random(actual.shape) * (above - below))


def _seasonal_changes(counts: Array, season: int) -> Array:
    return np.asarray(counts[season:] - counts[:-season])


def _mean_of_pairs(changes: Array) -> Array:
    pairs = np.sum(~np.isnan(changes), axis=0)
    return np.asarray(np.where(pairs > 0, np.nansum(changes, axis=0) / np.maximum(pairs, 1), np.nan))


def _places(values: Array, quantiles: Array, *, normal: Array) -> Array:
    """Places of values (rows,) on the normal scale, given quantiles (rows, levels)."""
    number, rows = len(normal), np.arange(len(values))
    below, up_to = (quantiles < values[:, None]).sum(axis=1), (quantiles <= values[:, None]).sum(axis=1)
    sums = np.concatenate([[0.0], np.cumsum(normal)])
    at_steps = (sums[up_to] - sums[below]) / np.maximum(up_to - below, 1)
    lowest, highest = (quantiles <= quantiles[:, :1]).sum(axis=1), (quantiles < quantiles[:, -1:]).sum(axis=1) - 1
    right = np.clip(np.where(below == 0, lowest, below), 1, number - 1)
    left = np.clip(np.where(below == number, highest, right - 1), 0, number - 2)
    start, width = quantiles[rows, left], quantiles[rows, right] - quantiles[rows, left]
    slope = (normal[right] - normal[left]) / np.where(width > 0, width, 1.0)
    between = np.where(width > 0, normal[left] + (values - start) * slope, np.sign(values - start) * FAR_OUT)
    known = ~np.isnan(values) & ~np.isnan(quantiles).any(axis=1)
    return np.where(known, np.where(up_to > below, at_steps, between), np.nan)
