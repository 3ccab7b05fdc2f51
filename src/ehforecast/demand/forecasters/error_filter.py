"""Series and regressors passed through the inverse of an ARMA error process, and the moments of what comes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.signal import lfilter

from ehforecast.demand.forecasters.interface import Array
from ehforecast.demand.forecasters.shrunken_regression import Moments

BURN_IN = 5
"""First differences whose errors still depend on where the filter started."""

TINY = 1e-9
"""Added to the marks' sums of squares, so that blocks not yet seen can be solved for."""


@dataclass(frozen=True)
class MovingAverageFiltered:
    """First differences of regressors, marks and targets without their moving average.

    Sums of products are kept up to each of several lengths, so that earlier dates cost next to nothing; an
    autoregressive part is a combination of sums at lag 0 and 1.

    Attributes:
        inputs: (changes, regressors + marks), differenced.
        targets: (changes, series), differenced, in units of each series' level.
        regressors: how many of the inputs are regressors; the others are marks.
        ma: coefficient of the moving average.
        ends: ascending; after how many changes sums are wanted.
    """

    inputs: Array
    targets: Array
    regressors: int
    ma: float
    ends: tuple[int, ...]

    @property
    def _burn_in(self) -> int:
        return max(1, min(BURN_IN, self.ends[0] // 4))

    @cached_property
    def _filtered(self) -> tuple[Array, Array]:
        over = [1.0, self.ma]
        return lfilter([1.0], over, self.inputs, axis=0), lfilter([1.0], over, self.targets, axis=0)

    @cached_property
    def _sums(self) -> tuple[tuple[Array, Array, Array], ...]:
        """At lags 00, 01 + 10 and 11, cumulated: (ends, inputs, inputs), (ends, inputs, series), (ends, series)."""
        inputs, targets = self._filtered
        starts = (self._burn_in, *self.ends[:-1])
        pieces = [
            _lagged_sums(inputs, targets, between=(start, end)) for start, end in zip(starts, self.ends, strict=True)
        ]
        return tuple(
            (_cumulated(pieces, lag, kind=0), _cumulated(pieces, lag, kind=1), _cumulated(pieces, lag, kind=2))
            for lag in range(3)
        )

    def moments(self, ar: float, place: int = -1) -> Moments:
        """Moments at one of the ends, periods that are marked taken out."""
        weights = (1.0, -ar, ar * ar)
        gram, cross, squares = (
            sum(weight * sums[kind][place] for weight, sums in zip(weights, self._sums, strict=True))
            for kind in range(3)
        )
        count = self.ends[place] - self._burn_in
        return _without_marks(gram, cross, squares=squares, regressors=self.regressors, number=count)

    def mark_effects(self, ar: float, effects: Array, *, place: int = -1) -> Array:
        """Effects (marks, series) of the marked blocks, given those of the regressors."""
        weights, split = (1.0, -ar, ar * ar), self.regressors
        gram, cross = (
            sum(weight * sums[kind][place] for weight, sums in zip(weights, self._sums, strict=True))
            for kind in range(2)
        )
        marks = len(gram) - split
        return np.linalg.solve(
            gram[split:, split:] + TINY * np.eye(marks), cross[split:] - gram[split:, :split] @ effects
        )


def _lagged_sums(inputs: Array, targets: Array, *, between: tuple[int, int]) -> tuple[tuple[Array, Array, Array], ...]:
    start, end = between
    now, before = slice(start, end), slice(start - 1, end - 1)
    x, y, x1, y1 = inputs[now], targets[now], inputs[before], targets[before]
    aside = x.T @ x1
    return (
        (x.T @ x, x.T @ y, np.square(y).sum(axis=0)),
        (aside + aside.T, x.T @ y1 + x1.T @ y, 2 * (y * y1).sum(axis=0)),
        (x1.T @ x1, x1.T @ y1, np.square(y1).sum(axis=0)),
    )


def _cumulated(pieces: Sequence[tuple[tuple[Array, Array, Array], ...]], lag: int, *, kind: int) -> Array:
    return np.asarray(np.cumsum([piece[lag][kind] for piece in pieces], axis=0), dtype=np.float64)


def _without_marks(gram: Array, cross: Array, *, squares: Array, regressors: int, number: int) -> Moments:
    """Marks solved out (Frisch and Waugh): what is left is what a regression with them as free effects would see."""
    kept, marks = slice(None, regressors), slice(regressors, None)
    if regressors == len(gram):
        return Moments(gram, cross, squares, number)
    block = gram[marks, marks]
    solved = np.linalg.solve(block + TINY * np.eye(len(block)), np.hstack([gram[marks, kept], cross[marks]]))
    of_inputs, of_targets = solved[:, :regressors], solved[:, regressors:]
    seen = int((np.diag(block) > TINY).sum())
    return Moments(
        gram[kept, kept] - gram[kept, marks] @ of_inputs,
        cross[kept] - gram[kept, marks] @ of_targets,
        np.maximum(squares - (cross[marks] * of_targets).sum(axis=0), TINY),
        max(number - seen, 1),
    )
