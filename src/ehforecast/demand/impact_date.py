"""Something that was done from a month on, in one series: whether enough is known before and after to measure it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError

HORIZONS = (3, 6, 12)
FEWEST_BEFORE = 24
"""Months needed before: two whole years, so that a season can be told from a change."""

PRESENT_BEFORE, PRESENT_AFTER = 0.8, 2 / 3
"""Share of the months before, and of those after, that must have a figure."""


@dataclass(frozen=True)
class Intervention:
    """Something that was done, or that changed, from a month on.

    Attributes:
        name: what it is called.
        area_code: the series it was done in.
        start: first month of it.
        neighbours: codes to hold it against; those most like it before where none are named.
        before: months of the past to look at.
    """

    name: str
    area_code: str
    start: pd.Period
    neighbours: tuple[str, ...] = ()
    before: int = 36


@dataclass(frozen=True)
class Dated:
    """An intervention in the series it was done in. Raises `ForecastError` where too little is known around it.

    Attributes:
        series: of all areas.
        done: the intervention.
        fewest: count of a usual month below which nothing is measured.
    """

    series: SeriesSet
    done: Intervention
    fewest: float

    def __post_init__(self) -> None:
        if step_of(self.series.periods) is not Step.MONTH:
            raise ForecastError("what changed after a date is measured by month; count by month")
        if self.done.area_code not in self.series.counts:
            raise ForecastError(f"no series for {self.done.area_code}")
        if not self.series.periods[0] < self.done.start <= self.series.periods[-1]:
            raise ForecastError(
                f"{self.done.start} is not within the months known: {self.series.periods[0]} to "
                f"{self.series.periods[-1]}"
            )
        self._check_past()
        if not self.horizons:
            raise ForecastError(
                f"only {len(self.series.periods) - self.start} months are known from {self.done.start} on; "
                f"{HORIZONS[0]} are needed, two thirds of them with a figure"
            )

    def _check_past(self) -> None:
        before = self.counts.iloc[: self.start]
        present = int(before.notna().sum())
        if present < FEWEST_BEFORE:
            raise ForecastError(
                f"only {present} months before {self.done.start} have a figure; {FEWEST_BEFORE} are needed, "
                "so that a season can be told from a change"
            )
        share = float(before.iloc[-self.before :].notna().mean())
        if share < PRESENT_BEFORE:
            raise ForecastError(
                f"{share:.0%} of the {self.before} months before {self.done.start} have a figure; "
                f"{PRESENT_BEFORE:.0%} are needed"
            )
        if float(before.median()) < self.fewest:
            raise ForecastError(f"too few in a usual month to tell a change: {self.fewest:g} are needed")

    @property
    def counts(self) -> "pd.Series[float]":
        return self.series.counts[self.done.area_code]

    @property
    def start(self) -> int:
        return int((self.done.start - self.series.periods[0]).n)

    @property
    def before(self) -> int:
        """Months of the past: those asked for, or what there is."""
        return min(self.done.before, self.start - self.first)

    @property
    def first(self) -> int:
        """Number of the first month with a figure."""
        return int(np.flatnonzero(self.counts.notna())[0])

    @cached_property
    def horizons(self) -> tuple[int, ...]:
        """Those that enough months are known for."""
        after = self.counts.iloc[self.start :].notna().to_numpy()
        return tuple(h for h in HORIZONS if len(after) >= h and after[:h].mean() >= PRESENT_AFTER)
