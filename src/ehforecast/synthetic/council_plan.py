"""Which council to invent: its size, its years, and the faults planted in its records."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from ehforecast.errors import SettingsError

FOLLOW_UP_MONTHS = 14
"""Simulated past the extract, so that what truly came is known for every row in it."""

_NAME_LENGTH = 8


@dataclass(frozen=True)
class CouncilPlan:
    """Which council to invent. ``name`` begins every key, so that councils can stand in one table."""

    seed: int
    name: str = "K"
    first_month: str = "2018-04"
    years: int = 6
    contacts_a_year: int = 16_700
    localities: int = 4
    warm_up_years: int = 6
    """Simulated before the first month and left out, so that families do not all look new."""
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.name.isalnum() and self.name.isascii() and len(self.name) <= _NAME_LENGTH):
            raise SettingsError(f"a council's name is 1 to {_NAME_LENGTH} letters and digits")
        if min(self.years, self.contacts_a_year, self.localities, self.warm_up_years + 1) < 1:
            raise SettingsError("a council needs years, contacts and localities: each at least 1")

    @property
    def starts_on(self) -> date:
        """The first day in the tables."""
        return pd.Period(self.first_month, "M").start_time.date()

    @property
    def extracted_on(self) -> date:
        """The day of the extract: nothing recorded later is in the tables."""
        return (pd.Period(self.first_month, "M") + 12 * self.years).start_time.date() - timedelta(days=1)

    @property
    def months(self) -> pd.PeriodIndex:
        """All months that are simulated, the unseen ones before and after included."""
        first = pd.Period(self.first_month, "M") - 12 * self.warm_up_years
        return pd.period_range(first, periods=12 * (self.warm_up_years + self.years) + FOLLOW_UP_MONTHS, freq="M")

    @property
    def seen(self) -> slice:
        """Which of the simulated months are in the tables."""
        return slice(12 * self.warm_up_years, 12 * (self.warm_up_years + self.years))
