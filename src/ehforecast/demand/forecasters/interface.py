"""What a forecaster is: it learns from a set of series and gives quantiles of what comes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

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


class IntervalKind(StrEnum):
    """Where a forecast's ranges come from."""

    NATIVE = "native"
    """The method's own formula."""

    PAST_ERRORS = "past_errors"
    """Quantiles of the method's past errors."""

    CALIBRATED = "calibrated"
    """The method's own, stretched by how well such ranges held before (conformal)."""


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


@runtime_checkable
class PastForecaster(Forecaster, Protocol):
    """A forecaster that can say cheaply what it would have forecast earlier, with what it shares over dates."""

    def with_past(self, task: Task, lengths: Sequence[int], *, levels: Sequence[float]) -> tuple[Array, Array]:
        """`quantiles` of the task, and what they would have been.

        Args:
            task: as for `quantiles`.
            lengths: ascending numbers of first periods, each the history of an earlier forecast.
            levels: quantile levels of the earlier forecasts.

        Returns:
            (areas, horizon, levels of the task) and (lengths, areas, horizon, levels); NaN where a series was too
            short.
        """


@runtime_checkable
class NamesItsIntervals(Protocol):
    """A forecaster whose ranges are not simply its own."""

    def interval_kind(self, task: Task, /) -> IntervalKind:
        """Where the ranges for this task come from."""


def interval_kind(forecaster: Forecaster, task: Task) -> IntervalKind:
    """Where a forecaster's ranges for a task come from."""
    return forecaster.interval_kind(task) if isinstance(forecaster, NamesItsIntervals) else IntervalKind.NATIVE
