"""How a series moves without any break: noise, slow drift and season, as covariances of its logarithms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

ANY_LEVEL = 100.0
"""Variance of a level nothing is known of: in logs, a factor of e to the tenth either way."""

ANY_STEP = 1.0
"""Variance of a step already found: a factor of 2.7 either way."""

SPOILT = 1.0
"""Variance added to a period that stands out by itself, so that nothing is learned from it."""

MAD_TO_SD = 1.4826
"""A normal distribution's standard deviation over its median absolute deviation."""


@dataclass(frozen=True)
class UsualMoves:
    """How much a series moves by itself.

    Attributes:
        kept: share of one period's noise that is still there in the next (autocorrelation at lag 1).
        drift: standard deviation of a period's lasting change, over that of its noise.
        noise: standard deviation of the noise in logs, expected before a series is looked at, counts aside.
        noise_weight: how many periods that expectation counts for.

    Source of the defaults: England's councils, referrals by month, 2012 to 2022 (Department for Education, *Children in
    need* 2024): noise of 0.15 between a quarter above and below, autocorrelation 0.29.
    """

    kept: float = 0.3
    drift: float = 0.15
    noise: float = 0.15
    noise_weight: float = 6.0

    def shape(self, times: Places) -> Array:
        """Covariance of noise and drift over the variance of the noise: (periods, periods).

        >>> UsualMoves(kept=0.5, drift=0.0).shape(np.array([3, 4, 6])).tolist()
        [[1.0, 0.5, 0.125], [0.5, 1.0, 0.25], [0.125, 0.25, 1.0]]
        """
        since = times - times[0] + 1
        apart = np.abs(since[:, None] - since[None, :])
        return np.asarray(self.kept**apart + self.drift**2 * np.minimum(since[:, None], since[None, :]))

    def expected_variance(self, usual_count: float) -> float:
        """Of the noise of counts of this size, before the series is looked at: its own and that of counting."""
        return float(self.noise**2 + 1.0 / max(usual_count, 1.0))


def step_columns(times: Places, starts: Sequence[int]) -> Array:
    """One column for each step: 1 from its start on. (periods, steps)."""
    return np.asarray(times[:, None] >= np.asarray(list(starts), dtype=np.int64)[None, :], dtype=np.float64)


@dataclass(frozen=True)
class Known:
    """What is known of a series before a question is put to it.

    Attributes:
        values: logs, adjusted for the calendar: (periods,), none absent.
        times: number of each period, ascending; absent periods leave gaps.
        season: covariance of what season may still do: (periods, periods).
        steps: starts of steps already found.
        spoilt: periods that stand out by themselves.
        usual_count: typical count.
    """

    values: Array
    times: Places
    season: Array
    steps: tuple[int, ...] = ()
    spoilt: tuple[int, ...] = ()
    usual_count: float = 100.0

    def fixed_covariance(self) -> Array:
        """Of everything but noise and drift: any level, season, steps found, spoilt periods."""
        steps = step_columns(self.times, self.steps)
        spoilt = np.isin(self.times, self.spoilt) * SPOILT
        return np.asarray(ANY_LEVEL + self.season + ANY_STEP * steps @ steps.T + np.diag(spoilt))


def noise_variance(known: Known, moves: UsualMoves) -> float:
    """Variance of a series' noise: of its period-to-period changes, season taken off, drawn towards what is expected.

    The median of absolute changes is used, so that neither steps nor single periods that stand out swell it.
    """
    expected = moves.expected_variance(known.usual_count)
    everything = expected * moves.shape(known.times) + known.fixed_covariance()
    weights = np.linalg.solve(everything, known.values - known.values.mean())
    changes = np.diff(known.values - known.season @ weights)
    own = (MAD_TO_SD * float(np.median(np.abs(changes)))) ** 2 / (2 * (1 - moves.kept) + moves.drift**2)
    number = len(known.values)
    return float((number * own + moves.noise_weight * expected) / (number + moves.noise_weight))


@dataclass(frozen=True)
class Evidence:
    """A series seen through its covariance, so that many questions can be put to it at once.

    Attributes:
        precision: inverse of the covariance.
        weighted: precision times the centred values.
    """

    precision: Array
    weighted: Array

    @classmethod
    def of(cls, known: Known, moves: UsualMoves) -> "Evidence":
        """With the noise the series is found to have."""
        covariance = noise_variance(known, moves) * moves.shape(known.times) + known.fixed_covariance()
        precision = np.asarray(np.linalg.inv(covariance), dtype=np.float64)
        return cls(precision, precision @ (known.values - known.values.mean()))

    def effects(self, columns: Array) -> tuple[Array, Array]:
        """Size of each column's effect by itself, by generalised least squares, and its standard error."""
        information = np.einsum("pk,pk->k", columns, self.precision @ columns)
        return (columns.T @ self.weighted) / information, 1.0 / np.sqrt(information)

    def pulses(self) -> Array:
        """How far each single period stands out, in standard errors."""
        return np.asarray(self.weighted / np.sqrt(np.diag(self.precision)))

    def beside_each(self, column: Array, places: Places) -> Array:
        """The column's effect in standard errors, beside an effect of one single period: one for each of `places`."""
        step = float(column @ self.precision @ column)
        both = (self.precision @ column)[places]
        single = np.diag(self.precision)[places]
        room = step * single - both**2
        size = (single * float(column @ self.weighted) - both * self.weighted[places]) / room
        return np.asarray(size / np.sqrt(single / room))
