"""The same month last year: the forecast that any method must beat."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ehforecast.demand.forecasters.interface import Array, Task

SEASON = 12


@dataclass(frozen=True)
class SeasonalNaive:
    """Last year's count of the same month, with normal ranges from past year-on-year changes.

    Formula: quantile ``y[t+h-12k] + z * s * sqrt(k)``, ``k = ceil(h/12)``, ``s`` the root mean square of 12-month
    changes. Where last year's month is absent, the same month of the year before it stands in, or else the last twelve
    months' mean.

    Source: Hyndman and Athanasopoulos (2021), *Forecasting: principles and practice*, 5.2 and 5.5.
    """

    name: str = "seasonal_naive"
    label: str = "the same month last year"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        values = task.history.counts[list(task.areas)].to_numpy()
        last_year = np.where(np.isnan(values[-SEASON:]), values[-2 * SEASON : -SEASON], values[-SEASON:])
        last_year = np.where(np.isnan(last_year), np.nanmean(last_year, axis=0), last_year)
        steps = np.arange(task.horizon)
        middle = last_year[steps % SEASON].T
        spread = _spread(values)
        widths = spread[:, None] * np.sqrt(steps // SEASON + 1)
        around = widths[:, :, None] * norm.ppf(np.asarray(task.levels))
        return np.asarray(np.maximum(middle[:, :, None] + around, 0.0), dtype=np.float64)


def _spread(values: Array) -> Array:
    """Root mean square of 12-month changes; without any such pair, of departures from the mean, times sqrt(2)."""
    changes = np.square(values[SEASON:] - values[:-SEASON])
    pairs = np.sum(~np.isnan(changes), axis=0)
    from_pairs = np.nansum(changes, axis=0) / np.maximum(pairs, 1)
    return np.asarray(np.sqrt(np.where(pairs > 0, from_pairs, 2 * np.nanvar(values, axis=0))), dtype=np.float64)
