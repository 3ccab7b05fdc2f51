"""Methods averaged, quantile by quantile."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_method import CalendarMethod, calendar_parts
from ehforecast.demand.forecasters.calendar_regression import CalendarRegression
from ehforecast.demand.forecasters.count_regression import CountRegression
from ehforecast.demand.forecasters.interface import Array, Forecaster, IntervalKind, Task, interval_kind
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.forecasters.stl import StlTheta
from ehforecast.demand.forecasters.theta import Theta
from ehforecast.demand.steps import Step


@dataclass(frozen=True)
class PooledEnsemble:
    """The mean of the two pooled methods' quantiles at each level: one is better in quiet years, one after breaks.

    Source: Lichtendahl, Grushka-Cockayne and Winkler (2013).
    """

    members: Sequence[Forecaster] = (PooledSmoothing(), CalendarRegression())
    name: str = "pooled_ensemble"
    label: str = "the average of two methods learned from all councils"

    def interval_kind(self, task: Task, /) -> IntervalKind:
        """See `NamesItsIntervals`."""
        return interval_kind(self.members[0], task)

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return np.asarray(np.mean([member.quantiles(task) for member in self.members], axis=0), dtype=np.float64)


@dataclass(frozen=True)
class CalendarEnsemble(CalendarMethod):
    """The mean of several calendar methods' quantiles at each level, with equal weights.

    Averaging quantiles keeps the shape of a distribution; averaging probabilities would widen it. On the real series of
    `benchmarks/` no single method is best everywhere. A season smoothed by itself joins where the season is a year:
    with days it is a week, and the shape of the year would be lost.

    Source: Lichtendahl, Grushka-Cockayne and Winkler (2013).
    """

    members: Sequence[CalendarMethod] = (RegressionArima(), CountRegression(), Theta())
    yearly_members: Sequence[CalendarMethod] = (StlTheta(),)
    name: str = "calendar_ensemble"
    label: str = "the average of four methods that know the calendar"

    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """See `CalendarMethod.from_fits`."""
        forecasts = [member.from_fits(task, fits) for member in self._members_for(task)]
        return np.asarray(np.mean(forecasts, axis=0), dtype=np.float64)

    def parts_from(self, task: Task, fits: Sequence[GroupFit]) -> dict[str, Array]:
        """See `CalendarMethod.parts_from`: the mean of what the members say."""
        by_member = [member.parts_from(task, fits) for member in self._members_for(task)]
        names = dict.fromkeys(name for parts in by_member for name in parts)
        nothing = np.zeros((len(task.areas), task.horizon))
        return {name: np.mean([parts.get(name, nothing) for parts in by_member], axis=0) for name in names}

    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """See `CalendarMethod.parts`."""
        return calendar_parts(fit)

    def _members_for(self, task: Task) -> Sequence[CalendarMethod]:
        return self.members if task.step is Step.DAY else (*self.members, *self.yearly_members)
