"""Steps of time that counts are made in: day, week, four weeks, month."""

from enum import StrEnum

import pandas as pd

from ehforecast.errors import ForecastError

DAYS_A_YEAR = 365.25


class Step(StrEnum):
    """How long one period is. The season is the number of periods after which a pattern is first expected to repeat."""

    DAY = "day"
    WEEK = "week"
    FOUR_WEEKS = "four_weeks"
    MONTH = "month"

    @property
    def season(self) -> int:
        """Periods in the season that a seasonal naive forecast and the scale of MASE go back by."""
        return {Step.DAY: 7, Step.WEEK: 52, Step.FOUR_WEEKS: 13, Step.MONTH: 12}[self]

    @property
    def plural(self) -> str:
        """Several of them, in words."""
        return "four-week periods" if self is Step.FOUR_WEEKS else f"{self.value}s"

    @property
    def periods_a_year(self) -> float:
        """Periods in a year."""
        return {Step.DAY: DAYS_A_YEAR, Step.WEEK: DAYS_A_YEAR / 7, Step.FOUR_WEEKS: DAYS_A_YEAR / 28, Step.MONTH: 12.0}[
            self
        ]


def step_of(periods: pd.PeriodIndex) -> Step:
    """The step of an index of periods. Raises `ForecastError` for any other length.

    >>> step_of(pd.period_range("2024-01-01", periods=2, freq="W-SUN"))
    <Step.WEEK: 'week'>
    """
    freq = periods.freqstr
    if freq.startswith("W-"):
        return Step.WEEK
    known = {"D": Step.DAY, "28D": Step.FOUR_WEEKS, "M": Step.MONTH}
    if freq not in known:
        raise ForecastError(f"periods of '{freq}' are not forecast; use days, weeks, four weeks (28D) or months")
    return known[freq]
