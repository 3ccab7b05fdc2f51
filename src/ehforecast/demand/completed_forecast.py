"""Forecasts that know the latest periods are incomplete: a forecaster that wraps a forecaster."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd

from ehforecast.compute.engine import map_each
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.late_records import Completed
from ehforecast.demand.quantile_functions import mix_quantiles


@dataclass(frozen=True)
class WithLateRecords:
    """The base method's forecasts from several possible true counts of the latest periods, mixed with equal weights.

    A mixture of distributions, not an average of quantiles: what is not known about the past widens the ranges.
    Past forecasts (tasks that end earlier than the completed series) are left to the base method.

    Source: Rubin (1987) on multiple imputation.
    """

    base: Forecaster
    completed: Completed

    @property
    def name(self) -> str:
        """Short name used in tables and settings."""
        return f"{self.base.name}_completed"

    @property
    def label(self) -> str:
        """The method in plain words."""
        return f"{self.base.label}, with the latest periods completed for late records"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        if task.history.last_period != self.completed.series.last_period:
            return self.base.quantiles(task)
        forecasts = map_each(partial(self._of_draw, task), self.completed.draws)
        return mix_quantiles(np.stack(list(forecasts)), task.levels)

    def _of_draw(self, task: Task, draw: Array) -> Array:
        return self.base.quantiles(_with_counts(task, self.completed, draw=draw))


def _with_counts(task: Task, completed: Completed, *, draw: Array) -> Task:
    """The task with one possible truth in place of the latest counts, for the nodes that are in it."""
    drawn = pd.DataFrame(draw, index=completed.periods, columns=completed.series.counts.columns)
    counts = task.history.counts.copy()
    shared = [code for code in counts.columns if code in drawn]
    known = counts.loc[drawn.index, shared].notna()
    counts.loc[drawn.index, shared] = drawn[shared].where(known)
    return replace(task, history=replace(task.history, counts=counts))
