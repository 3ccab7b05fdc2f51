"""How many of a group go where first, and when: the Aalen-Johansen estimate with families as what is sampled.

Everybody begins in one place at day 0 and either goes to one of several places or is followed no longer. Who could not
be followed for the whole time counts for as long as they were.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ehforecast.demand.flow_intervals import Z, effective_cases, family_variance, wilson

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Estimate:
    """A chance with its standard error and 95% interval."""

    share: float
    error: float
    low: float
    high: float


@dataclass(frozen=True)
class Incidence:
    """Chances of having gone to each place first, by day.

    With Y(u) still there at day u, dN_k(u) of them going to k on that day, and S the share still there,
    F_k(t) = sum over u up to t of S(u-) dN_k(u) / Y(u). Those followed until day u and no longer are still there on day
    u. Source: Aalen and Johansen (1978), *Scandinavian Journal of Statistics* 5, 141-150.

    Attributes:
        days: whole days until the move, or until the end of what could be followed; 0 or more.
        place: number of the place gone to, 0 where followed no longer.
        families: code of each one's family.
        horizon: last day looked at; the estimate stands where somebody could be followed until then.

    >>> moved = Incidence(np.array([3, 5, 9, 9]), np.array([1, 2, 0, 0]), np.array([0, 1, 2, 3]), horizon=9)
    >>> moved.share(1), moved.share(2)
    (0.25, 0.25)
    """

    days: Integers
    place: Integers
    families: Integers
    horizon: int

    @property
    def _inside(self) -> NDArray[np.bool_]:
        return (self.place > 0) & (self.days <= self.horizon)

    def _there(self) -> Array:
        """Y(u): how many are still there at each day."""
        gone = np.bincount(np.minimum(self.days, self.horizon + 1), minlength=self.horizon + 2)
        return np.asarray(len(self.days) - np.concatenate([[0], np.cumsum(gone)])[: self.horizon + 1], dtype=float)

    def _moves(self, place: int | None) -> Array:
        rows = self._inside & ((self.place == place) if place is not None else True)
        return np.bincount(self.days[rows], minlength=self.horizon + 1).astype(float)

    def _hazard(self, place: int | None) -> Array:
        there = self._there()
        return np.divide(self._moves(place), there, out=np.zeros_like(there), where=there > 0)

    def _still_before(self) -> Array:
        """S(u-)."""
        still = np.cumprod(1 - self._hazard(None))
        return np.concatenate([[1.0], still[:-1]])

    def curve(self, place: int) -> Array:
        """F_k at each day from 0 to the horizon."""
        return np.cumsum(self._still_before() * self._hazard(place))

    def share(self, place: int) -> float:
        """F_k at the horizon."""
        return float(self.curve(place)[-1]) if len(self.days) else float("nan")

    def influence(self, place: int, day: int) -> Array:
        """How much each one moves F_k at a day: its infinitesimal jackknife value, with mean 0.

        With nobody lost this is 1 less the share for those who went there, and less the share for the others.
        Source: Efron and Tibshirani (1993), *An introduction to the bootstrap*, chapter 11; as in R's `survival`.
        """
        there, all_hazard, curve = self._there() / len(self.days), self._hazard(None), self.curve(place)
        per_move = np.divide(self._still_before(), there, out=np.zeros_like(there), where=there > 0)
        left = there * (1 - all_hazard)
        lost = np.divide(curve[day] - curve, left, out=np.zeros_like(there), where=left > 1e-12)
        until = np.minimum(self.days, day)
        in_time = self._inside & (self.days <= day)
        own = in_time & (self.place == place)
        to_place = own * per_move[until] - np.cumsum(per_move * self._hazard(place))[until]
        away = in_time * lost[until] - np.cumsum(lost * all_hazard)[until]
        return np.asarray(to_place - away)

    def estimate(self, place: int) -> Estimate:
        """The chance at the horizon, with its interval: Wilson's for as many cases as have the same standard error."""
        share = self.share(place)
        variance = family_variance(self.influence(place, self.horizon), self.families)
        families = len(np.unique(self.families))
        cases = effective_cases(share, variance, cases=len(self.days), families=families)
        return Estimate(share, float(np.sqrt(variance)), *wilson(share, cases))

    def median(self, place: int) -> tuple[float, float, float]:
        """Median days of those who go there in time, with its 95% interval; NaN where nobody does.

        The interval turns that of the share gone by the median into days. Source: Woodruff (1952), *JASA* 47, 635-646.
        """
        curve = self.curve(place)
        if not len(self.days) or curve[-1] <= 0:
            return float("nan"), float("nan"), float("nan")
        gone = curve / curve[-1]
        middle = int(np.argmax(gone >= 0.5))
        own = self.influence(place, middle) - gone[middle] * self.influence(place, self.horizon)
        error = np.sqrt(family_variance(own / curve[-1], self.families))
        ends = (np.argmax(gone >= min(max(0.5 + sign * Z * error, 1e-9), 1.0 - 1e-9)) for sign in (-1, 1))
        low, high = (float(end) for end in ends)
        return float(middle), low, high
