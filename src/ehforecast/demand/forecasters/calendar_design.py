"""Calendar regressors: the shape of the week and the year, named days, and periods of shock."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.period_calendar import NAMED_DAYS
from ehforecast.demand.steps import DAYS_A_YEAR, Step
from ehforecast.reference.shocks import in_covid

HARMONICS = {Step.DAY: (3, 10), Step.WEEK: (6, 12), Step.FOUR_WEEKS: (3, 6), Step.MONTH: (0, 0)}
"""Sine and cosine pairs for the shape of the year, with short and with long history; months have twelve
effects instead."""

LONG_HISTORY_YEARS = {Step.DAY: 4.0, Step.WEEK: 3.0, Step.FOUR_WEEKS: 5.0, Step.MONTH: 0.0}

_NOT_BY_WEEK = ("boxing_day", "easter_sunday", "day_before_bank_holiday")

TOLD_APART = {
    Step.DAY: NAMED_DAYS,
    Step.WEEK: tuple(name for name in NAMED_DAYS if name not in _NOT_BY_WEEK),
    Step.FOUR_WEEKS: ("easter_sunday",),
    Step.MONTH: ("easter_sunday",),
}
"""Named days whose effects can be told apart at each step: a week that holds one often holds its neighbour too."""


@dataclass(frozen=True)
class CalendarDesign:
    """Regressors of past and future periods, centred on the past so that a series keeps its level.

    Attributes:
        past: (periods, regressors).
        future: (horizon, regressors).
        names: of the regressors.
        is_free: which of them are estimated without a prior: shapes that every series may have in any size.
    """

    past: Array
    future: Array
    names: tuple[str, ...]
    is_free: "np.ndarray[tuple[int], np.dtype[np.bool_]]"


def calendar_design(task: Task) -> CalendarDesign:
    """The regressors of a task: week (daily steps), year, named days, school days, and one for each period of shock."""
    past = task.history.periods
    periods = pd.period_range(past[0], periods=len(past) + task.horizon, freq=past.freq, name=past.name)
    calendar, step = task.calendar.loc[periods], task.step
    harmonics = HARMONICS[step][len(past) / step.periods_a_year >= LONG_HISTORY_YEARS[step]]
    blocks = [
        (_shape_of_week(periods, step) | _months(periods, step), True),
        (
            _harmonics(periods, harmonics) | dict(_working_time(calendar, step)) | dict(_named_days(calendar, step)),
            False,
        ),
        (_shocks(past, periods), True),
    ]
    columns = {name: column for block, _ in blocks for name, column in block.items()}
    is_free = np.array([free for block, free in blocks for _ in block], dtype=bool)
    matrix = np.column_stack(list(columns.values())) if columns else np.empty((len(periods), 0))
    centred = matrix - matrix[: len(past)].mean(axis=0)
    varies = centred[: len(past)].std(axis=0) > 0
    names = tuple(name for name, kept in zip(columns, varies, strict=True) if kept)
    return CalendarDesign(centred[: len(past), varies], centred[len(past) :, varies], names, is_free[varies])


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


def _shocks(past: pd.PeriodIndex, periods: pd.PeriodIndex) -> dict[str, Array]:
    """One regressor for each week (or longer period) of the Covid window, so that nothing is learned from it."""
    months = past.end_time.to_period("M")
    blocks = past.end_time.to_period("W-SUN") if past.freqstr == "D" else past
    shocked = in_covid(months).to_numpy()
    if shocked.all():
        return {}
    named = pd.Series(np.where(shocked, blocks.astype(str), ""), index=past).reindex(periods, fill_value="")
    return {f"shock_{block}": (named == block).to_numpy(dtype=float) for block in named[named != ""].unique()}
