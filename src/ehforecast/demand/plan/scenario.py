"""What if: named changes to inputs, run forward again beside the base. An assumption, never a forecast.

A scenario changes what goes into the plan from a date on (volume, shares, people) and everything is worked out again
from the same random numbers, so the difference from the base is the change's own. It never patches a result.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.capacity import Array, Capacity, Volume, WorkSettings, check_series, plan_capacity
from ehforecast.demand.plan.staffing import StaffSteps
from ehforecast.errors import SettingsError

LABEL: Literal["assumption, not a forecast"] = "assumption, not a forecast"
_A_DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class VolumeChange:
    """Counts of some series multiplied from a day on: a source grows, a hub opens, a policy sends a share elsewhere.

    Attributes:
        series: whose counts change; every one that is named must be forecast.
        factor: 1.1 for ten in a hundred more, 0.8 for a fifth sent elsewhere.
        begins: first day of the change; nothing before it moves.
        ends: last day; absent for good.
        moves_to: series that receive what these lose; absent where it leaves the front door (or comes from outside it).
    """

    series: tuple[str, ...]
    factor: Assumption
    begins: date
    ends: date | None = None
    moves_to: str | None = None


@dataclass(frozen=True)
class StaffChange:
    """Hours of work available multiplied from a day on: posts filled or lost, sickness, leave."""

    factor: Assumption
    begins: date
    ends: date | None = None


@dataclass(frozen=True)
class Scenario:
    """A named set of changes.

    Attributes:
        name: short, for tables.
        words: what would happen, in a sentence.
        volume: changes to what comes; applied in order.
        staff: changes to who is there.
    """

    name: str
    words: str
    volume: tuple[VolumeChange, ...] = ()
    staff: tuple[StaffChange, ...] = ()


@dataclass(frozen=True)
class Difference:
    """Scenario less base, path by path: ``period, measure, level, value``; and both alone under the same columns."""

    name: str
    words: str
    label: Literal["assumption, not a forecast"]
    base: pd.DataFrame
    changed: pd.DataFrame
    difference: pd.DataFrame


def run_scenario(scenario: Scenario, volume: Volume, *, work: WorkSettings) -> Difference:
    """The plan with and without the changes, and the difference with its range.

    Raises `SettingsError` for a change to a series that is not forecast, or that begins after the plan ends.
    """
    _check(scenario, volume)
    base = plan_capacity(volume, work)
    changed = plan_capacity(
        change_volume(volume, scenario.volume, seed=work.seed),
        work,
        hours_factor=_hours_factor(scenario, volume, seed=work.seed),
    )
    return Difference(
        scenario.name, scenario.words, LABEL, base.to_frame(), changed.to_frame(), _less(changed, base).to_frame()
    )


def _check(scenario: Scenario, volume: Volume) -> None:
    last_on = volume.periods[-1].end_time.date()
    changes: tuple[VolumeChange | StaffChange, ...] = (*scenario.volume, *scenario.staff)
    for change in changes:
        if change.begins > last_on:
            raise SettingsError(f"key 'scenarios.{scenario.name}': a change begins after the plan ends ({last_on})")
        if change.ends is not None and change.ends < change.begins:
            raise SettingsError(f"key 'scenarios.{scenario.name}': a change ends before it begins")
        if change.factor.low < 0:
            raise SettingsError(f"key 'scenarios.{scenario.name}': a factor must not be below zero")
    for change in scenario.volume:
        named = (*change.series, *([change.moves_to] if change.moves_to else []))
        check_series(volume, named, key=f"scenarios.{scenario.name}")


def change_volume(volume: Volume, changes: Sequence[VolumeChange], *, seed: int) -> Volume:
    """The volume after the changes, each prorated over the days of a period on which it holds."""
    paths = volume.paths.copy()
    for change in changes:
        factor = change.factor.draw(len(paths), seed=seed)[:, None]
        holds = share_of_period(volume.periods, begins=change.begins, ends=change.ends)
        for code in change.series:
            place = volume.series.index(code)
            added = paths[:, place] * (factor - 1) * holds
            paths[:, place] += added
            if change.moves_to:
                paths[:, volume.series.index(change.moves_to)] -= added
    return replace(volume, paths=np.maximum(paths, 0.0))


def share_of_period(periods: pd.PeriodIndex, *, begins: date, ends: date | None) -> Array:
    """The share of each period's days from one day to another, both included."""
    first = periods.start_time.to_numpy("datetime64[D]")
    after = periods.end_time.to_numpy("datetime64[D]") + _A_DAY
    low = np.maximum(first, np.datetime64(begins))
    high = np.minimum(after, np.datetime64(ends) + _A_DAY) if ends else after
    return np.asarray(np.clip((high - low).astype(float), 0.0, None) / (after - first).astype(float))


def _hours_factor(scenario: Scenario, volume: Volume, *, seed: int) -> Array:
    factor = np.ones((len(volume.paths), len(volume.periods)))
    for change in scenario.staff:
        holds = share_of_period(volume.periods, begins=change.begins, ends=change.ends)
        factor *= 1 + (change.factor.draw(len(volume.paths), seed=seed)[:, None] - 1) * holds
    return factor


def staff_steps(scenario: Scenario, volume: Volume, *, seed: int) -> StaffSteps | None:
    """From which day how many of the workers are there; none where the scenario leaves them as they are."""
    if not scenario.staff:
        return None
    first = volume.periods[0].start_time.date()
    days = {0.0}
    for change in scenario.staff:
        days |= {max(float((change.begins - first).days), 0.0)}
        days |= {float((change.ends - first).days + 1)} if change.ends else set()
    starts = np.array(sorted(days))
    factors = np.ones((len(volume.paths), len(starts)))
    for change in scenario.staff:
        last = np.inf if change.ends is None else (change.ends - first).days
        holds = (starts >= (change.begins - first).days) & (starts <= last)
        factors[:, holds] *= change.factor.draw(len(volume.paths), seed=seed)[:, None]
    return StaffSteps(starts, factors)


def _less(changed: Capacity, base: Capacity) -> Capacity:
    """Path by path, so that what both share cancels."""
    values = {
        name: getattr(changed, name) - value for name, value in vars(base).items() if isinstance(value, np.ndarray)
    }
    return Capacity(periods=base.periods, **values)
