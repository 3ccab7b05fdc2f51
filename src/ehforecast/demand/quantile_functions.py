"""Forecast distributions given by a few quantiles: read, mixed and summed."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

Array = npt.NDArray[np.float64]

POINTS = 99
"""Places at which each distribution is read before several are mixed."""

SUM_DRAWS = 2000
"""Draws a sum's quantiles rest on: 80% ranges within about 2% of their width."""


def values_at(places: Array, quantiles: Array, *, levels: Sequence[float]) -> Array:
    """Values of distributions at places of the standard normal: (draws, n) and (n, levels) -> (draws, n).

    Straight lines between quantiles, and beyond the outermost ones; never below 0.
    """
    read = reading_matrix(places.ravel(), levels).reshape(*places.shape, -1)
    return np.asarray(np.maximum(np.einsum("dnl,nl->dn", read, quantiles), 0.0))


def reading_matrix(places: Array, levels: Sequence[float]) -> Array:
    """Weights (places, levels) of the quantiles that make the value at each place of the standard normal."""
    known = norm.ppf(np.asarray(levels))
    left = np.clip(np.searchsorted(known, places) - 1, 0, len(known) - 2)
    right_share = (places - known[left]) / (known[left + 1] - known[left])
    weights, rows = np.zeros((len(places), len(known))), np.arange(len(places))
    weights[rows, left], weights[rows, left + 1] = 1 - right_share, right_share
    return weights


def mix_quantiles(quantiles: Array, levels: Sequence[float]) -> Array:
    """Quantiles of the mixture of several distributions with equal weights.

    Args:
        quantiles: (distributions, ..., levels), ascending along levels.
        levels: quantile levels.

    Returns:
        (..., levels), 0 or more.

    >>> mix_quantiles(np.array([[[9.0, 10.0, 11.0]], [[9.0, 10.0, 11.0]]]), [0.1, 0.5, 0.9]).round(1)
    array([[ 9., 10., 11.]])
    """
    reading = reading_matrix(norm.ppf((np.arange(POINTS) + 0.5) / POINTS), levels)
    read = np.moveaxis(np.maximum(quantiles @ reading.T, 0.0), 0, -2)
    return np.moveaxis(np.quantile(read.reshape(*read.shape[:-2], -1), levels, axis=-1), 0, -1)


def sum_quantiles(quantiles: Array, *, levels: Sequence[float], persistence: float, seed: int = 20_260_401) -> Array:
    """Quantiles of the sum over periods, when errors persist from period to period.

    Draws of all periods together from a normal copula in which periods h < k correlate by
    ``persistence * sqrt(h / k)``: 0 for errors that have nothing to do with each other, 1 for a level that wanders.
    Summing quantiles instead would make ranges of a year far too wide, and treating months as unrelated too narrow.

    Args:
        quantiles: (areas, horizon, levels).

    Returns:
        (areas, levels).

    Source: Panagiotelis et al. (2023) on sums of forecast distributions by simulation.
    """
    ahead = np.arange(1, quantiles.shape[1] + 1)
    wander = np.sqrt(np.minimum.outer(ahead, ahead) / np.maximum.outer(ahead, ahead))
    factor = np.linalg.cholesky(persistence * wander + (1 - persistence + 1e-9) * np.eye(len(ahead)))
    half = np.random.default_rng(seed).standard_normal((SUM_DRAWS // 2, len(ahead))) @ factor.T
    places = np.concatenate([half, -half])
    sums = [values_at(places, of_area, levels=levels).sum(axis=1) for of_area in quantiles]
    return np.asarray(np.quantile(np.stack(sums), levels, axis=1).T)
