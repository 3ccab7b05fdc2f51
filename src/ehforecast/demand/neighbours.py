"""Which other series one is held against: those named beforehand, or those that moved most like it before."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ehforecast.demand.breaks_noise import Array
from ehforecast.errors import ForecastError

NEAREST = 20
"""How many of the most alike are taken: more than ten, since each one's noise is large and little of it is shared."""

FEWEST = 3
"""Other series below which there is nothing to hold one against."""


def alike(before: pd.DataFrame, code: str) -> "pd.Series[float]":
    """How unlike each other series is: the mean distance, in logs, of its ups and downs from one's own; least first.

    Levels are taken off each series, and what they all share off each month, so that neither size nor a season common
    to all makes two series alike.

    Args:
        before: logs (periods, series) of the time before, none absent.
        code: the series to compare the others with.

    >>> logs = pd.DataFrame({"a": [1.0, 2.0, 1.0], "b": [5.0, 6.0, 5.0], "c": [3.0, 1.0, 3.0]})
    >>> list(alike(logs, "a").index)
    ['b', 'c']
    """
    moves = before - before.mean()
    own = moves.sub(moves.mean(axis=1), axis=0)
    apart = own.drop(columns=code).sub(own[code], axis=0)
    return np.sqrt((apart**2).mean()).sort_values(kind="stable")  # type: ignore[no-any-return]


def nearest_all(before: Array, number: int = NEAREST) -> Array:
    """For every series the `number` most alike, as weights: (series, series), each column's adding up to 1."""
    moves = before - before.mean(axis=0)
    own = moves - moves.mean(axis=1, keepdims=True)
    square = (own**2).sum(axis=0)
    apart = square[:, None] + square[None, :] - 2 * own.T @ own
    np.fill_diagonal(apart, np.inf)
    taken = min(number, before.shape[1] - 1)
    order = np.argsort(apart, axis=0, kind="stable")[:taken]
    weights = np.zeros_like(apart)
    np.put_along_axis(weights, order, 1.0 / taken, axis=0)
    return np.asarray(weights, dtype=np.float64)


def named_neighbours(named: Sequence[str], there: Sequence[str], *, code: str) -> list[str]:
    """Of the neighbours named, those with a whole series. Raises `ForecastError` where fewer than three are left."""
    usable = [other for other in dict.fromkeys(named) if other in there and other != code]
    if len(usable) < FEWEST:
        raise ForecastError(
            f"only {len(usable)} of the {len(named)} neighbours named have a figure in every month; {FEWEST} are needed"
        )
    return usable
