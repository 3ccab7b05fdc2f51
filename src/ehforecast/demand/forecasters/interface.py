"""What a forecaster is: it learns from a set of series and gives quantiles of what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.results import QUANTILE_LEVELS
from ehforecast.demand.series import SeriesSet

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Task:
    """What to forecast, and everything that may be learned from.

    Attributes:
        history: every series known at the origin; other areas may be borrowed from.
        areas: codes of the areas to forecast, each with a series in `history`.
        calendar: `month_calendar` covering history and future.
        horizon: months ahead.
        levels: quantile levels, ascending, each between 0 and 1.
    """

    history: SeriesSet
    areas: Sequence[str]
    calendar: pd.DataFrame
    horizon: int = 12
    levels: Sequence[float] = QUANTILE_LEVELS

    @property
    def past(self) -> pd.DataFrame:
        """The calendar of the months in the history."""
        return self.calendar.loc[self.history.months]

    @property
    def future_months(self) -> pd.PeriodIndex:
        """The months to forecast."""
        return pd.period_range(self.history.last_month + 1, periods=self.horizon, freq="M", name="month")

    @property
    def future(self) -> pd.DataFrame:
        """The calendar of the months to forecast."""
        return self.calendar.loc[self.future_months]


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
