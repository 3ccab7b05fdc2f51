"""What a forecaster is: it learns from a set of series and gives quantiles of what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.results import QUANTILE_LEVELS
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What to forecast, and everything that may be learned from.

    Attributes:
        history: every series known at the origin; other areas may be borrowed from.
        areas: codes of the areas to forecast, each with a series in `history`.
        calendar: `period_calendar` covering history and future.
        horizon: periods ahead.
        levels: quantile levels, ascending, each between 0 and 1.
    """

    history: SeriesSet
    areas: Sequence[str]
    calendar: pd.DataFrame
    horizon: int = 12
    levels: Sequence[float] = QUANTILE_LEVELS

    @property
    def step(self) -> Step:
        """How long one period is."""
        return step_of(self.history.periods)

    @property
    def values(self) -> Array:
        """Past counts of the areas to forecast: (periods, areas); NaN where absent."""
        return self.history.counts[list(self.areas)].to_numpy(dtype=np.float64)

    @property
    def past(self) -> pd.DataFrame:
        """The calendar of the periods in the history."""
        return self.calendar.loc[self.history.periods]

    @property
    def future_periods(self) -> pd.PeriodIndex:
        """The periods to forecast."""
        known = self.history.periods
        return pd.period_range(known[-1] + 1, periods=self.horizon, freq=known.freq, name=known.name)

    @property
    def future(self) -> pd.DataFrame:
        """The calendar of the periods to forecast."""
        return self.calendar.loc[self.future_periods]


class Forecaster(Protocol):
    """A method of forecasting. Adding one is one file with such a class and one line in `registry`."""

    @property
    def name(self) -> str:
        """Short name used in tables and settings."""

    @property
    def label(self) -> str:
        """The method in plain words."""

    def quantiles(self, task: Task) -> Array:
        """Quantiles of the counts to come: shape (areas, horizon, levels), ascending along levels, 0 or more."""
