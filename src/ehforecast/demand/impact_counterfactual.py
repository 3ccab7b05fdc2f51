"""What would have come: a series carried forward from before a date, with how far such a forecast is usually out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ehforecast.demand.breaks_noise import ANY_LEVEL, Array, Known, Places, UsualMoves, noise_variance

OVER_YEARS = UsualMoves(kept=0.25, drift=0.32)
"""How councils' referrals move over years: with more drift than from month to month, so that a level returns part of
the way. Of the drifts tried on all councils, 2012 to 2020 (0.17, 0.32, 0.5), the middle one was least out over 3, 6 and
12 months."""

NO_DRIFT = replace(OVER_YEARS, drift=0.0)

YEAR = 12
"""Periods of the year before that a change is held against where noise alone is thought of."""


@dataclass(frozen=True)
class Carried:
    """One series before and after a date.

    Attributes:
        path: logs expected after the date: (periods after,).
        fitted: logs of level and season before the date: (periods before,); NaN where absent.
        sizes: how far the mean of the first periods lay from what was expected, in logs, one for each horizon.
        errors: usual size of that, if noise, drift and season alone moved the series.
        chance_errors: standard error of the change from the year before, if noise alone moved the series.
    """

    path: Array
    fitted: Array
    sizes: Array
    errors: Array
    chance_errors: Array


def carry_forward(values: Array, before: int, *, horizons: Sequence[int], season: Array, usual_count: float) -> Carried:
    """Carry a series forward from its first `before` periods by best linear prediction.

    Formula: ``path = mean + C' K^-1 (before - mean)``, with K the covariance of level, season, drift and correlated
    noise before the date and C that between before and after. Nothing after the date is used but to compare. Absent
    periods before teach nothing; absent periods after are left out of the mean.

    Args:
        values: logs (before + after,); NaN where absent.
        season: covariance of season over the same periods.
        usual_count: typical count before.
    """
    times = np.arange(len(values), dtype=np.int64)
    there = times[:before][~np.isnan(values[:before])]
    known = Known(values[there], there, season[np.ix_(there, there)], usual_count=usual_count)
    variance = noise_variance(known, OVER_YEARS)
    covariance = variance * OVER_YEARS.shape(times) + season + ANY_LEVEL
    centre = known.values.mean()
    pulled = np.linalg.solve(covariance[np.ix_(there, there)], known.values - centre)
    expected = centre + covariance[:, there] @ pulled
    fitted = np.full(before, np.nan)
    fitted[there] = known.values - variance * NO_DRIFT.shape(there) @ pulled
    noise = variance * NO_DRIFT.shape(times)
    means = [mean_after(values, before, horizon=horizon) for horizon in horizons]
    year = np.isin(times, there[-YEAR:]) / len(there[-YEAR:])
    gaps = np.where(np.isnan(values), 0.0, values - expected)
    return Carried(
        expected[before:],
        fitted,
        np.array([mean @ gaps for mean in means]),
        np.array([_usual_error(covariance, there, mean=mean) for mean in means]),
        np.array([np.sqrt((mean - year) @ noise @ (mean - year)) for mean in means]),
    )


def mean_after(values: Array, before: int, *, horizon: int) -> Array:
    """Weights of the mean over the first `horizon` periods after the date, those that are absent left out."""
    place = np.arange(len(values))
    there = ~np.isnan(values) & (place >= before) & (place < before + horizon)
    return np.asarray(there / max(int(there.sum()), 1), dtype=np.float64)


def _usual_error(covariance: Array, there: Places, *, mean: Array) -> float:
    """Standard error of a mean's distance from what the past says of it."""
    shared = covariance[there] @ mean
    left = mean @ covariance @ mean - shared @ np.linalg.solve(covariance[np.ix_(there, there)], shared)
    return float(np.sqrt(max(float(left), 0.0)))
