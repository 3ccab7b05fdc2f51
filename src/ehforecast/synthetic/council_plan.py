"""Which council to invent: its size, its years, and the faults planted in its records."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import SettingsError

FOLLOW_UP_MONTHS = 14
"""Simulated past the extract, so that what truly came is known for every row in it."""

_NAME_LENGTH = 8

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """A locality or hub by name, as large as the others beside it.

    From the day its hub opens the families it knows come `more` times as often for advice and help.
    """

    name: str
    share: float = 1.0
    opens_on: date | None = None
    more: float = 1.0


@dataclass(frozen=True)
class CouncilPlan:
    """Which council to invent.

    Attributes:
        seed: the same seed invents the same council.
        name: begins every key, so that councils can stand in one table.
        first_month: of its records, like 2018-04.
        years: of records.
        contacts_a_year: about how many; the rest of the council follows from it.
        localities: how many.
        places: localities by name, in place of so many without one.
        warm_up_years: simulated before the first month and left out, so that families do not all look new.
        faults: planted in the records, by name.
    """

    seed: int
    name: str = "K"
    first_month: str = "2018-04"
    years: int = 6
    contacts_a_year: int = 16_700
    localities: int = 4
    places: tuple[Place, ...] = ()
    warm_up_years: int = 6
    faults: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (self.name.isalnum() and self.name.isascii() and len(self.name) <= _NAME_LENGTH):
            raise SettingsError(f"a council's name is 1 to {_NAME_LENGTH} letters and digits")
        if min(self.years, self.contacts_a_year, self.localities, self.warm_up_years + 1) < 1:
            raise SettingsError("a council needs years, contacts and localities: each at least 1")
        if len({place.name for place in self.places}) < len(self.places):
            raise SettingsError("two localities of a council cannot share a name")
        if any(place.share <= 0 or place.more < 1 for place in self.places):
            raise SettingsError("a locality has a share above 0, and its hub brings more families, not fewer")

    @property
    def locality_names(self) -> tuple[str, ...]:
        """Of every locality."""
        unnamed = (f"locality_{number + 1}" for number in range(self.localities))
        return tuple(place.name for place in self.places) or tuple(unnamed)

    @property
    def locality_shares(self) -> Floats:
        """Of the families, by locality; of none where the localities have no names and are drawn alike."""
        shares = np.array([place.share for place in self.places])
        return shares / shares.sum() if len(shares) else shares

    @property
    def locality_sizes(self) -> dict[str, float]:
        """The share of all children in each locality."""
        names = self.locality_names
        shares = self.locality_shares if self.places else np.full(len(names), 1 / len(names))
        return {name: float(share) for name, share in zip(names, shares, strict=True)}

    @property
    def locality_factors(self) -> Floats:
        """How much more often known families come, by simulated month and locality: (months, localities)."""
        factors = np.ones((len(self.months), len(self.locality_names)))
        for column, place in enumerate(self.places):
            if place.opens_on is not None:
                factors[self.months.end_time >= pd.Timestamp(place.opens_on), column] = place.more
        return factors

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
