"""What the methods that start from the calendar regression have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ehforecast.demand.contributions import Contributions
from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_account import calendar_account
from ehforecast.demand.forecasters.calendar_design import EffectKind
from ehforecast.demand.forecasters.calendar_fits import calendar_fits, earlier_fits
from ehforecast.demand.forecasters.interface import Array, Task

LEVEL, TREND = "level", "trend"
DAY_OF_WEEK, MONTH_OF_YEAR, TIME_OF_YEAR = "day_of_week", "month_of_year", "time_of_year"


class CalendarMethod(ABC):
    """A forecaster that starts from the calendar regression, so that several methods and dates can share one fit."""

    name: str
    label: str

    @abstractmethod
    def from_fits(self, task: Task, fits: Sequence[GroupFit]) -> Array:
        """Quantiles as in `Forecaster.quantiles`, from fits already made; NaN for a series without a fit."""

    @abstractmethod
    def parts(self, fit: GroupFit) -> dict[str, Array]:
        """What all but the level adds to the middle of the forecasts, in counts: name -> (series, horizon)."""

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        return self.from_fits(task, calendar_fits(task))

    def with_past(self, task: Task, lengths: Sequence[int], *, levels: Sequence[float]) -> tuple[Array, Array]:
        """See `PastForecaster.with_past`."""
        *earlier, now = earlier_fits(task, lengths)
        then = replace(task, levels=tuple(levels))
        past = [self.from_fits(then, fits) for fits in earlier]
        shape = (len(lengths), len(task.areas), task.horizon, len(levels))
        return self.from_fits(task, now), np.stack(past) if past else np.empty(shape)

    def contributions(self, task: Task) -> Contributions:
        """Season, calendar and events of the regression that all calendar methods start from, on the log scale."""
        return calendar_account(task, calendar_fits(task))

    def counts_by_part(self, task: Task) -> dict[str, Array]:
        """What each part adds to the middle of each forecast, in counts: name -> (areas, horizon); sums to the median.

        Calendar effects are against an average period of the past.
        """
        return self.parts_from(task, calendar_fits(task))

    def parts_from(self, task: Task, fits: Sequence[GroupFit]) -> dict[str, Array]:
        """`counts_by_part` from fits already made. The level is what the other parts leave of the median."""
        result: dict[str, Array] = {LEVEL: self.from_fits(replace(task, levels=(0.5,)), fits)[:, :, 0]}
        for fit in fits:
            for name, values in self.parts(fit).items():
                part = result.setdefault(name, np.zeros_like(result[LEVEL]))
                part[fit.group.columns] += values
                result[LEVEL][fit.group.columns] -= values
        return result


def calendar_parts(fit: GroupFit) -> dict[str, Array]:
    """Calendar effects to come, in counts, against an average period: name -> (series, horizon)."""
    design, parts = fit.group.design, dict[str, Array]()
    for place, (name, kind) in enumerate(zip(design.names, design.kinds, strict=True)):
        if kind is not EffectKind.DRIFT:
            effect = np.outer(fit.arima.coefficients[place], design.future[:, place])
            part = part_of(name, kind)
            parts[part] = parts[part] + effect if part in parts else effect
    return parts


def part_of(name: str, kind: EffectKind) -> str:
    """The part a regressor belongs to: waves and days of the week make sense only together."""
    if kind is EffectKind.HARMONIC:
        return TIME_OF_YEAR
    if kind is EffectKind.SHAPE:
        return DAY_OF_WEEK if name.startswith("weekday") else MONTH_OF_YEAR
    return name
