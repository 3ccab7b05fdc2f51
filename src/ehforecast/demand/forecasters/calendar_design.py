"""Calendar regressors: the shape of the week and the year, named days, and periods of shock."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd

from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.period_calendar import EVENT, NAMED_DAYS, SHIFT, SHOCK
from ehforecast.demand.steps import DAYS_A_YEAR, Step

HARMONICS = {Step.DAY: 16, Step.WEEK: 12, Step.FOUR_WEEKS: 6, Step.MONTH: 0}
"""Sine and cosine pairs for the shape of the year; months have twelve effects instead. How much of them is believed is
learned from the panel (`calendar_priors`)."""

_NOT_BY_WEEK = ("boxing_day", "easter_sunday", "day_before_bank_holiday")

TOLD_APART = {
    Step.DAY: NAMED_DAYS,
    Step.WEEK: tuple(name for name in NAMED_DAYS if name not in _NOT_BY_WEEK),
    Step.FOUR_WEEKS: ("easter_sunday",),
    Step.MONTH: ("easter_sunday",),
}
"""Named days whose effects can be told apart at each step: a week that holds one often holds its neighbour too."""


class EffectKind(StrEnum):
    """What a regressor stands for."""

    SHAPE = "shape"
    """Day of the week or month of the year: may have any size."""

    HARMONIC = "harmonic"
    """A wave of the year."""

    NAMED = "named"
    """Named days, school days, working days."""

    EVENT = "event"
    """An event of the council's own."""

    SHIFT = "shift"
    """A change of level on a known day: may have any size."""

    DRIFT = "drift"
    """Steady growth or decline."""


HALF = 0.5
"""Share of a period in a shock from which it counts as shocked."""

DRIFT = "drift"
"""Name of the regressor that is the time since the middle of the past, in years."""


@dataclass(frozen=True)
class CalendarDesign:
    """Regressors of past and future periods, centred on the past so that a series keeps its level.

    Attributes:
        past: (periods, regressors).
        future: (horizon, regressors).
        names: of the regressors.
        kinds: what each regressor is, which says how large its effect may be.
        marks: (periods, blocks), 1 where a period belongs to a block that nothing is learned from: a week of a shock,
            or a single absent period.
        step: how long a period is.
    """

    past: Array
    future: Array
    names: tuple[str, ...]
    kinds: tuple[EffectKind, ...]
    marks: Array
    step: Step

    def at(self, length: int) -> "CalendarDesign":
        """The design as it stood when only the first `length` periods were past."""
        everything = np.concatenate([self.past, self.future])
        future = everything[length : length + len(self.future)]
        return replace(self, past=self.past[:length], future=future, marks=self.marks[:length])


def calendar_design(task: Task) -> CalendarDesign:
    """The regressors of a task: week (daily steps), year, named days, school days, drift; periods of shock marked."""
    past = task.history.periods
    periods = pd.period_range(past[0], periods=len(past) + task.horizon, freq=past.freq, name=past.name)
    calendar, step = task.calendar.loc[periods], task.step
    blocks = {
        EffectKind.SHAPE: _shape_of_week(periods, step) | _months(periods, step),
        EffectKind.HARMONIC: _harmonics(periods, HARMONICS[step]),
        EffectKind.NAMED: dict(_working_time(calendar, step)) | dict(_named_days(calendar, step)),
        EffectKind.EVENT: _own_days(calendar),
        EffectKind.SHIFT: _level_shifts(calendar),
        EffectKind.DRIFT: {DRIFT: np.arange(len(periods)) / step.periods_a_year},
    }
    columns = {name: column for block in blocks.values() for name, column in block.items()}
    kinds = [kind for kind, block in blocks.items() for _ in block]
    matrix = np.column_stack(list(columns.values()))
    centred = matrix - matrix[: len(past)].mean(axis=0)
    varies = centred[: len(past)].std(axis=0) > 0
    return CalendarDesign(
        centred[: len(past), varies],
        centred[len(past) :, varies],
        tuple(name for name, kept in zip(columns, varies, strict=True) if kept),
        tuple(kind for kind, kept in zip(kinds, varies, strict=True) if kept),
        _shocks(past, calendar.loc[past, SHOCK].to_numpy() >= HALF),
        step,
    )


def _shape_of_week(periods: pd.PeriodIndex, step: Step) -> dict[str, Array]:
    if step is not Step.DAY:
        return {}
    weekday = periods.day_of_week.to_numpy()
    return {f"weekday_{day}": (weekday == day).astype(float) - (weekday == 6) for day in range(6)}


def _months(periods: pd.PeriodIndex, step: Step) -> dict[str, Array]:
    if step is not Step.MONTH:
        return {}
    month = periods.month.to_numpy()
    return {f"month_{number}": (month == number).astype(float) - (month == 12) for number in range(1, 12)}


def _harmonics(periods: pd.PeriodIndex, number: int) -> dict[str, Array]:
    middle = periods.start_time + (periods.end_time - periods.start_time) / 2
    turn = 2 * np.pi * (middle.day_of_year.to_numpy() + middle.hour.to_numpy() / 24) / DAYS_A_YEAR
    return {
        f"{wave.__name__}_{multiple}": wave(multiple * turn)
        for multiple in range(1, number + 1)
        for wave in (np.sin, np.cos)
    }


def _working_time(calendar: pd.DataFrame, step: Step) -> Iterator[tuple[str, Array]]:
    if calendar["school_days"].notna().all():
        yield "school_days", (calendar["school_days"] / calendar["days"]).to_numpy()
    if step in (Step.FOUR_WEEKS, Step.MONTH):
        yield "working_days", (calendar["working_days"] / calendar["days"]).to_numpy()
        yield "days", (calendar["days"] / calendar["days"].mean() - 1.0).to_numpy()


def _named_days(calendar: pd.DataFrame, step: Step) -> Iterator[tuple[str, Array]]:
    for name in TOLD_APART[step]:
        yield name, calendar[name].to_numpy()


def _own_days(calendar: pd.DataFrame) -> dict[str, Array]:
    """Share of each period in an event of the council's own."""
    days = calendar["days"].to_numpy()
    return {name: calendar[name].to_numpy() / days for name in map(str, calendar) if name.startswith(EVENT)}


def _level_shifts(calendar: pd.DataFrame) -> dict[str, Array]:
    return {name: calendar[name].to_numpy() for name in map(str, calendar) if name.startswith(SHIFT)}


def _shocks(past: pd.PeriodIndex, shocked: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Array:
    """One block for each week (or longer period) of shock, so that nothing is learned from it."""
    if shocked.all() or not shocked.any():
        return np.zeros((len(past), 0))
    blocks = past.end_time.to_period("W-SUN") if past.freqstr == "D" else past
    number = blocks.astype("int64").to_numpy()
    return np.asarray((number[:, None] == np.unique(number[shocked])) & shocked[:, None], dtype=np.float64)
