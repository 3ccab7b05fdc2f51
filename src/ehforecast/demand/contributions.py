"""What a forecaster may say about how its forecast is made up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SHAPE_PARTS = ("season", "calendar", "event")
"""Parts that come and go with the calendar; a part that is not given is nought."""


@dataclass(frozen=True)
class Effect:
    """One calendar effect in words: a ratio to what it is compared with, and its 95% interval."""

    name: str
    ratio: float
    low: float
    high: float
    what: str
    """For example "a working day in the school holidays"."""
    compared_with: str
    """For example "a school day"."""

    @property
    def words(self) -> str:
        """One sentence.

        >>> Effect("holidays", 0.8, 0.78, 0.82, "a working day in the school holidays", "a school day").words
        'a working day in the school holidays carries 0.80 of a school day (0.78 to 0.82)'
        """
        return f"{self.what} carries {self.ratio:.2f} of {self.compared_with} ({self.low:.2f} to {self.high:.2f})"


@dataclass(frozen=True)
class Contributions:
    """Parts of a forecast on the log scale.

    Attributes:
        past, ahead: by name of `SHAPE_PARTS`, (areas, past periods) and (areas, horizon); each about nought over a
            year, so that what is left is the level.
        past_level: (areas, past periods), logs of the level after each period; NaN before the first count.
        effects: one by one.
    """

    past: Mapping[str, Array]
    ahead: Mapping[str, Array]
    past_level: Array
    effects: tuple[Effect, ...] = field(default=())
