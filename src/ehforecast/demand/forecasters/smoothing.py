"""Levels that follow a series, for many series at once, stepping over what is absent."""

import numpy as np

from ehforecast.demand.forecasters.interface import Array


def smoothed_levels(values: Array, weight: float) -> Array:
    """Simple exponential smoothing: after each month, ``level = weight * value + (1 - weight) * level before``.

    Args:
        values: (months, series); NaN where absent. An absent month leaves the level as it was.
        weight: of the newest month, above 0 and at most 1.

    Returns:
        (months, series); NaN before a series' first value. The level starts at the first value.

    Source: Brown (1959); equal to statsmodels `SimpleExpSmoothing` with that weight and start (tested).

    >>> smoothed_levels(np.array([[10.0], [np.nan], [20.0]]), 0.3).ravel().tolist()
    [10.0, 10.0, 13.0]
    """
    levels = np.empty_like(values)
    level = values[0]
    for month, value in enumerate(values):
        updated = np.where(np.isnan(level), value, weight * value + (1 - weight) * level)
        level = np.where(np.isnan(value), level, updated)
        levels[month] = level
    return levels


def running_means(values: Array, window: int | None = None) -> Array:
    """Mean of the values present in the last `window` months (all months if none given), after each month.

    Shapes as in `smoothed_levels`; NaN where no value is present.

    >>> running_means(np.array([[1.0], [3.0], [np.nan], [5.0]]), 2).ravel().tolist()
    [1.0, 2.0, 3.0, 5.0]
    """
    present = ~np.isnan(values)
    totals, numbers = np.cumsum(np.where(present, values, 0.0), axis=0), np.cumsum(present, axis=0).astype(float)
    if window is not None and window < len(values):
        totals[window:], numbers[window:] = totals[window:] - totals[:-window], numbers[window:] - numbers[:-window]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(numbers > 0, totals / numbers, np.nan)
