"""The same period of the season before: the forecast that any method must beat."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.results import SEASONAL_NAIVE
from ehforecast.demand.steps import Step

SEASON_BEFORE = {
    Step.DAY: "the same day last week",
    Step.WEEK: "the same week last year",
    Step.FOUR_WEEKS: "the same four weeks last year",
    Step.MONTH: "the same month last year",
}
"""What the seasonal naive is in plain words."""


@dataclass(frozen=True)
class SeasonalNaive:
    """The last season's count of the same period, with normal ranges from past changes over a season.

    Formula: quantile ``y[t+h-mk] + z * s * sqrt(k)``, ``k = ceil(h/m)``, ``m`` periods a season (12 months, 52 weeks,
    7 days), ``s`` the root mean square of changes over ``m`` periods. Where the period is absent, the one a season
    before it stands in, or else the last season's mean.

    Source: Hyndman and Athanasopoulos (2021), *Forecasting: principles and practice*, 5.2 and 5.5.
    """

    name: str = SEASONAL_NAIVE
    label: str = SEASON_BEFORE[Step.MONTH]

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        values, season, steps = task.values, task.step.season, np.arange(task.horizon)
        last, before = values[-season:], values[-2 * season : -season]
        last = np.where(np.isnan(last), before if len(before) == len(last) else np.nan, last)
        last = np.where(np.isnan(last), np.nanmean(last, axis=0), last)
        middle = last[steps % season].T
        widths = _spread(values, season)[:, None] * np.sqrt(steps // season + 1)
        around = widths[:, :, None] * norm.ppf(np.asarray(task.levels))
        return np.asarray(np.maximum(middle[:, :, None] + around, 0.0), dtype=np.float64)


def label_at(method: Forecaster, step: Step) -> str:
    """A method in plain words; the seasonal naive's season depends on the step."""
    return SEASON_BEFORE[step] if method.name == SEASONAL_NAIVE else method.label


def _spread(values: Array, season: int) -> Array:
    """Root mean square of changes over a season; without any such pair, of departures from the mean, times sqrt(2)."""
    changes = np.square(values[season:] - values[:-season])
    pairs = np.sum(~np.isnan(changes), axis=0)
    from_pairs = np.nansum(changes, axis=0) / np.maximum(pairs, 1)
    return np.asarray(np.sqrt(np.where(pairs > 0, from_pairs, 2 * np.nanvar(values, axis=0))), dtype=np.float64)
