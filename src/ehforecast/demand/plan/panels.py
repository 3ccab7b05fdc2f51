"""Panels that sit every four weeks: thirteen a year, each day's cases on one agenda, none lost and none twice."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.errors import SettingsError

DAYS_BETWEEN = 28
PANELS_A_YEAR = 13

Array = NDArray[np.float64]


@dataclass(frozen=True)
class PanelPlan:
    """When panels sit and how much one can hear.

    Attributes:
        first_on: the day of some panel; every other is a multiple of four weeks away.
        capacity: cases one panel can hear.
        days_before: a case that comes within so many days before a panel waits for the next one, for its papers.
    """

    first_on: date
    capacity: int
    days_before: int = 0

    def __post_init__(self) -> None:
        if self.capacity < 1:
            raise SettingsError("key 'panels.capacity': a panel hears at least one case")
        if not 0 <= self.days_before < DAYS_BETWEEN:
            raise SettingsError(f"key 'panels.days_before': between 0 and {DAYS_BETWEEN - 1} days")

    def panel_of(self, days: pd.DatetimeIndex) -> pd.DatetimeIndex:
        """The day of the panel that hears a case that came on each day: the first that leaves time for its papers."""
        since = (days + pd.Timedelta(days=self.days_before) - pd.Timestamp(self.first_on)).days.to_numpy()
        whole = -(-since // DAYS_BETWEEN)
        return pd.DatetimeIndex(pd.Timestamp(self.first_on) + pd.to_timedelta(whole * DAYS_BETWEEN, unit="D"))

    def panels_between(self, first_on: date, last_on: date) -> list[date]:
        """The days on which panels sit, both ends included."""
        ahead = -(-(first_on - self.first_on).days // DAYS_BETWEEN)
        day, found = self.first_on + timedelta(days=ahead * DAYS_BETWEEN), []
        while day <= last_on:
            found.append(day)
            day += timedelta(days=DAYS_BETWEEN)
        return found


@dataclass(frozen=True)
class PanelLoad:
    """Agendas on every path: `cases` and `left_over` (heard at a later panel) are (paths, panels)."""

    panels: tuple[date, ...]
    cases: Array
    left_over: Array
    capacity: int

    @property
    def chance_over_capacity(self) -> Array:
        """Chance that new cases and those left over are more than a panel can hear: one per panel."""
        return np.asarray((self.left_over > 0).mean(axis=0))


def plan_panels(plan: PanelPlan, days: pd.DatetimeIndex, *, paths: Array, waiting_now: int = 0) -> PanelLoad:
    """Agendas from daily paths of cases.

    Args:
        plan: when panels sit.
        days: the days of the paths.
        paths: (paths, days) of cases that need a panel.
        waiting_now: cases left over from before.

    Only panels whose every day is among `days` are given; a case left over is heard first at the next panel.
    """
    heard_on = plan.panel_of(days)
    papers, span = pd.Timedelta(days=plan.days_before), pd.Timedelta(days=DAYS_BETWEEN - 1)
    whole = [
        day for day in heard_on.unique().sort_values() if day - papers - span >= days[0] and day - papers <= days[-1]
    ]
    cases = (
        np.stack([paths[:, heard_on == day].sum(axis=1) for day in whole], axis=1)
        if whole
        else np.zeros((len(paths), 0))
    )
    left, left_over = np.full(len(paths), float(waiting_now)), np.empty_like(cases)
    for k in range(cases.shape[1]):
        left = np.maximum(left + cases[:, k] - plan.capacity, 0.0)
        left_over[:, k] = left
    return PanelLoad(tuple(day.date() for day in whole), cases, left_over, plan.capacity)
