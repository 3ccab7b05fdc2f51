"""Methods averaged, quantile by quantile."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ehforecast.demand.forecasters.calendar_regression import CalendarRegression
from ehforecast.demand.forecasters.count_regression import CountRegression
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.regression_arima import GroupFit, RegressionArima, calendar_fits
from ehforecast.demand.forecasters.theta import Theta


class CalendarMethod(Forecaster, Protocol):
    """A forecaster that starts from the calendar regression, so that several can share one fit of it."""

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """Quantiles as in `Forecaster.quantiles`, from fits already made for the same task."""


@dataclass(frozen=True)
class PooledEnsemble:
    """The mean of the two pooled methods' quantiles at each level: one is better in quiet years, one after breaks.

    Source: Lichtendahl, Grushka-Cockayne and Winkler (2013).
    """

    members: Sequence[Forecaster] = (PooledSmoothing(), CalendarRegression())
    name: str = "pooled_ensemble"
    label: str = "the average of two methods learned from all councils"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return np.asarray(np.mean([member.quantiles(task) for member in self.members], axis=0), dtype=np.float64)


@dataclass(frozen=True)
class CalendarEnsemble:
    """The mean of several calendar methods' quantiles at each level, with equal weights.

    Averaging quantiles keeps the shape of a distribution; averaging probabilities would widen it. On the real series of
    `benchmarks/` no single method is best everywhere, and weights learned on past forecasts gain under 1.2%.

    Source: Lichtendahl, Grushka-Cockayne and Winkler (2013).
    """

    members: Sequence[CalendarMethod] = (RegressionArima(), CountRegression(), Theta())
    name: str = "calendar_ensemble"
    label: str = "the average of three methods that know the calendar"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        fits = calendar_fits(task)
        forecasts = [member.from_fits(task, fits) for member in self.members]
        return np.asarray(np.mean(forecasts, axis=0), dtype=np.float64)
