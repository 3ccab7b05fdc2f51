"""How many contacts of a kind each area had had by any day, as then known: counted once, asked for every event."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from ehforecast.risk import features_kinds as kinds
from ehforecast.risk.features_kinds import EventKind
from ehforecast.risk.known_history import NEVER, Floats, Integers, word_numbers

YEAR, QUARTER = 365, 91
WHOLE = -1
"""The number of the council among its areas."""

ASKED_OF_CONTACTS = ("locality", "contact_on", "recorded_on", "outcome", "outcome_recorded_on")
"""The columns that are looked at."""

_ASKED = ((kinds.CONTACT, QUARTER), (kinds.CONTACT, YEAR), (kinds.TO_REFERRAL, YEAR), (kinds.WITH_OUTCOME, YEAR))


@dataclass(frozen=True)
class PlaceHistory:
    """Contacts of the last days, by area and for the whole council, as known on the evening of any day.

    Attributes:
        localities: the areas, in the order of their numbers.
        on: for each kind and number of days, the days on which a count changes.
        counts: likewise, a row for each area and a last one for the council, a column before all days and one for each.
    """

    localities: tuple[str, ...]
    on: Mapping[tuple[EventKind, int], Integers]
    counts: Mapping[tuple[EventKind, int], Floats]

    @classmethod
    def of(cls, contacts: pd.DataFrame) -> Self:
        """Out of all contacts of a council."""
        localities = tuple(sorted(str(place) for place in contacts["locality"].dropna().unique()))
        place = word_numbers(contacts["locality"], localities)
        changes = {asked: _changes(contacts, place, asked=asked, places=len(localities)) for asked in _ASKED}
        return cls(
            localities,
            {asked: on for asked, (on, _) in changes.items()},
            {asked: counts for asked, (_, counts) in changes.items()},
        )

    def count(self, kind: EventKind, place: Integers, *, on: Integers, days: int = YEAR) -> Floats:
        """Contacts of a kind in each area in the last days of each day; `WHOLE` stands for the council."""
        column = np.searchsorted(self.on[kind, days], on, side="right")
        return np.asarray(self.counts[kind, days][place, column])


def _changes(
    contacts: pd.DataFrame, place: Integers, *, asked: tuple[EventKind, int], places: int
) -> tuple[Integers, Floats]:
    """A contact enters the count on the day it is known, and leaves it so many days after it happened."""
    kind, days = asked
    happened, known = kind.days(contacts)
    there = known < NEVER
    entered, area = known[there], place[there]
    left = np.minimum(np.maximum(entered, happened[there] + days), NEVER)
    on = np.unique(np.concatenate([entered, left]))
    change = _by_place(area, entered, on=on, places=places) - _by_place(area, left, on=on, places=places)
    by_day = np.cumsum(change, axis=1)
    return on, np.pad(np.vstack([by_day[:places], by_day.sum(axis=0)]), ((0, 0), (1, 0)))


def _by_place(area: Integers, day: Integers, *, on: Integers, places: int) -> Floats:
    """How often each area, and last no area, stands on each day."""
    cell = np.where(area < 0, places, area) * len(on) + np.searchsorted(on, day)
    counted = np.bincount(cell, minlength=(places + 1) * len(on))
    return counted.astype(np.float64).reshape(places + 1, len(on))
