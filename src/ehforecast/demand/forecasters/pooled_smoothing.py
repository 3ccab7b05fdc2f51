"""A slowly moving level for each area, with the season of all councils: the simple method that is hard to beat."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.demand.forecasters.interface import Array, IntervalKind, Task
from ehforecast.demand.forecasters.past_errors import noise_scale, pooled_error_quantiles
from ehforecast.demand.forecasters.pooled_season import month_factors, pooled_month_index, season_pool
from ehforecast.demand.forecasters.smoothing import smoothed_levels

SMALLEST_LEVEL = 0.02
"""Referrals per working day below which a level is not believed, so that a logarithm exists."""


@dataclass(frozen=True)
class PooledSmoothing:
    """Exponential smoothing of referrals per working day, adjusted by a month index pooled over councils.

    Formula: ``middle = level * month index * working days``; ``level`` is simple exponential smoothing, weight 0.3, of
    ``count / (month index * working days)``. Ranges: quantiles of past log errors by horizon, pooled over councils,
    times each area's own noise.

    Source: the published-statistics benchmark of this project (pooled absolute error 0.177-0.178 of volume).
    """

    weight: float = 0.3
    name: str = "pooled_smoothing"
    label: str = "a slowly moving level with the season of all councils"

    def interval_kind(self, _: Task, /) -> IntervalKind:
        """See `NamesItsIntervals`."""
        return IntervalKind.PAST_ERRORS

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        index = pooled_month_index(season_pool(task.history), task.calendar["working_days"])
        divisor = month_factors(index, task.history.periods) * task.past["working_days"].to_numpy()
        adjusted = task.history.counts.to_numpy() / divisor[:, None]
        levels = smoothed_levels(adjusted, self.weight)
        errors = _log_errors(adjusted, levels, horizon=task.horizon)
        scale = noise_scale(errors[0])
        wanted = task.history.counts.columns.get_indexer(pd.Index(list(task.areas)))
        spread = np.exp(scale[wanted, None, None] * pooled_error_quantiles(errors, scale, levels=task.levels))
        multiplier = month_factors(index, task.future_periods) * task.future["working_days"].to_numpy()
        middle = levels[-1][wanted, None] * multiplier
        return np.asarray(middle[:, :, None] * spread / spread[:, :, [_middle(task)]], dtype=np.float64)


def _middle(task: Task) -> int:
    """The published middle is the method's own point, so that it can be compared with the published benchmark."""
    return int(np.argmin(np.abs(np.asarray(task.levels) - 0.5)))


def _log_errors(adjusted: Array, levels: Array, *, horizon: int) -> list[Array]:
    """Past errors by horizon: log of what came over the level before, (origins, series)."""
    actual, level = np.log(np.maximum(adjusted, SMALLEST_LEVEL)), np.log(np.maximum(levels, SMALLEST_LEVEL))
    return [actual[step:] - level[:-step] for step in range(1, horizon + 1)]
