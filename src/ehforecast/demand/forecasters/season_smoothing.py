"""Seasonal-trend decomposition by loess (STL) of many series at once: every smoother in it is a matrix."""

from collections.abc import Sequence

import numpy as np

from ehforecast.demand.forecasters.interface import Array

ROUNDS = 5
"""Inner rounds of STL, as in statsmodels."""

SMALLEST_SPREAD = 1e-3
"""Of the weighted places, as a share of their range, below which a local line is not fitted (as in statsmodels)."""


def seasonal_parts(values: Array, period: int, *, window: int) -> Array:
    """The seasonal part of each series: (periods, series) -> same.

    STL with a locally constant season smoothed over `window` seasons, locally linear trend and low-pass filter, no
    robustness weights; equal to statsmodels ``STL(seasonal=window, seasonal_deg=0)`` to rounding (tested).

    Source: Cleveland, Cleveland, McRae and Terpenning (1990).
    """
    number = len(values)
    trend_window = _odd(1.5 * period / (1 - 1.5 / window))
    trend_smoother = loess_matrix(number, window=trend_window, degree=1)
    low_pass = loess_matrix(number, window=_odd(period + 1), degree=1)
    trend, seasonal = np.zeros_like(values), np.zeros_like(values)
    for _ in range(ROUNDS):
        cycles = _smooth_cycles(values - trend, period, window=window)
        seasonal = cycles[period:-period] - low_pass @ _moving_averages(cycles, period)
        trend = trend_smoother @ (values - seasonal)
    return seasonal


def loess_matrix(number: int, *, window: int, degree: int, places: Sequence[float] | None = None) -> Array:
    """The matrix (places, number) of local regressions with tricube weights on equally spaced points 1 .. number.

    Args:
        number: points.
        window: nearest points that get a weight; beyond `number` the bandwidth grows instead.
        degree: 0 (local mean) or 1 (local line).
        places: where to fit; every point if none given.
    """
    points = np.arange(1.0, number + 1)
    at = points if places is None else np.asarray(places, dtype=np.float64)
    width = min(window, number)
    first = np.clip(at - (width - 1) // 2, 1, number - width + 1)
    bandwidth = np.maximum(at - first, first + width - 1 - at) + max((window - number) // 2, 0)
    apart = np.abs(at[:, None] - points)
    inside = (points >= first[:, None]) & (points < first[:, None] + width) & (apart <= 0.999 * bandwidth[:, None])
    cubes = 1 - _cubed(apart / bandwidth[:, None])
    weights = np.where(inside, _cubed(cubes), 0.0)
    weights = np.where(inside & (apart <= 0.001 * bandwidth[:, None]), 1.0, weights)
    weights /= weights.sum(axis=1, keepdims=True)
    return _with_slope(weights, points, at=at) if degree else weights


def _cubed(values: Array) -> Array:
    return values * values * values


def _with_slope(weights: Array, points: Array, *, at: Array) -> Array:
    centre = weights @ points
    away = points - centre[:, None]
    spread = (weights * np.square(away)).sum(axis=1)
    sloped = np.sqrt(spread) > SMALLEST_SPREAD * (len(points) - 1)
    slope = np.where(sloped, (at - centre) / np.where(sloped, spread, 1.0), 0.0)
    return np.asarray(weights * (1 + slope[:, None] * away))


def _odd(least: float) -> int:
    """The smallest odd number above or at `least`; of an even whole number the next."""
    number = int(np.ceil(least))
    return number + (number % 2 == 0)


def _moving_averages(values: Array, period: int) -> Array:
    """Moving averages of `period`, `period` and 3 in turn: (periods, series) -> (periods - 2 * period, series)."""
    for length in (period, period, 3):
        sums = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0)])
        values = (sums[length:] - sums[:-length]) / length
    return values


def _smooth_cycles(values: Array, period: int, *, window: int) -> Array:
    """Each place in the season smoothed over seasons, one season more at each end: (periods + 2 * period, series)."""
    number = len(values)
    smoothed = np.empty((number + 2 * period, values.shape[1]))
    for seasons in {number // period, -(-number // period)}:
        starts = [start for start in range(period) if len(range(start, number, period)) == seasons]
        matrix = loess_matrix(seasons, window=window, degree=0, places=range(seasons + 2))
        for start in starts:
            smoothed[start::period] = matrix @ values[start::period]
    return smoothed
