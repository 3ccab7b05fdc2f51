"""Ranges learned from past errors, pooled over areas after each is scaled by its own noise."""

from collections.abc import Sequence

import numpy as np

from ehforecast.demand.forecasters.interface import Array

NEIGHBOURING_HORIZONS = 1
"""Errors of horizons up to this many months away are pooled, so that ranges widen smoothly."""

PRIOR_MONTHS = 24.0
"""Weight of the pool, in months of data, when an area's own noise is estimated."""


def noise_scale(one_step_errors: Array) -> Array:
    """How noisy each series is: root mean square of its one-step errors, drawn towards the pool where history is short.

    Args:
        one_step_errors: (months, series), on the scale the ranges are made on; NaN where there is none.

    Returns:
        (series,), above zero. ``sqrt((n * own + 24 * pool) / (n + 24))`` on mean squares, pool = median over series.
        Errors beyond four times a series' median absolute error are counted as four times it, so that one recording
        change does not widen ranges for ever.
    """
    limit = 4.0 * np.nanmedian(np.abs(one_step_errors), axis=0)
    squares = np.square(np.clip(one_step_errors, -limit, limit))
    numbers = np.sum(~np.isnan(squares), axis=0)
    own = np.nansum(squares, axis=0) / np.maximum(numbers, 1)
    pool = np.median(own)
    return np.asarray(np.sqrt((numbers * own + PRIOR_MONTHS * pool) / (numbers + PRIOR_MONTHS)), dtype=np.float64)


def pooled_error_quantiles(errors: Sequence[Array], scale: Array, *, levels: Sequence[float]) -> Array:
    """Quantiles of scaled past errors for each horizon, pooled over series and origins.

    Args:
        errors: for each horizon 1, 2, ... an array (origins, series) of past errors; NaN where there is none.
        scale: (series,) noise of each series.
        levels: quantile levels.

    Returns:
        (horizon, levels), in units of `scale`; multiply by a series' scale to get its errors' quantiles.
    """
    scaled = [error / scale for error in errors]
    near = NEIGHBOURING_HORIZONS
    pools = [np.concatenate(scaled[max(0, step - near) : step + near + 1]).ravel() for step in range(len(scaled))]
    return np.stack([np.nanquantile(pool, levels) for pool in pools])
