"""Ranges of shares, of their differences and of their ratios, good for small groups."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

Floats = npt.NDArray[np.float64]


class Range(NamedTuple):
    """A value with the ends of its range; NaN where it cannot be calculated."""

    value: Floats
    lower: Floats
    upper: Floats


def normal_quantile(confidence: float) -> float:
    """How many standard errors to either side.

    >>> round(normal_quantile(0.95), 3)
    1.96
    """
    return float(stats.norm.ppf((1 + confidence) / 2))


def share_of(numerator: Floats, denominator: Floats) -> Floats:
    """A share, NaN without a denominator: a rate over nobody is not 0."""
    whole = np.asarray(denominator, dtype=np.float64)
    return np.asarray(np.divide(numerator, whole, out=np.full(whole.shape, np.nan), where=whole > 0))


def wilson(share: Floats, effective: Floats, *, confidence: float) -> Range:
    """Wilson's score interval of a share that rests on so many independent people.

    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). Under clustering n is the
    effective number: people divided by the design effect.
    Source: Wilson (1927); Brown, Cai and DasGupta (2001) for its coverage.

    >>> [round(float(end), 3) for end in wilson(np.array(0.0), np.array(10.0), confidence=0.95)]
    [0.0, 0.0, 0.278]
    """
    z2 = normal_quantile(confidence) ** 2
    n = np.where(effective > 0, effective, np.nan)
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    lower, upper = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return Range(share, np.where(share == 0, 0.0, lower), np.where(share == 1, 1.0, upper))


def jeffreys(numerator: Floats, denominator: Floats, *, confidence: float) -> Range:
    """Jeffreys' interval of a share: quantiles of Beta(x + 1/2, n - x + 1/2), with ends 0 and 1 where x is 0 or n.

    >>> [round(float(end), 3) for end in jeffreys(np.array(1.0), np.array(10.0), confidence=0.95)]
    [0.1, 0.011, 0.381]
    """
    tail = (1 - confidence) / 2
    share = share_of(numerator, denominator)
    lower = stats.beta.ppf(tail, numerator + 0.5, denominator - numerator + 0.5)
    upper = stats.beta.ppf(1 - tail, numerator + 0.5, denominator - numerator + 0.5)
    ends = np.where(share == 0, 0.0, lower), np.where(share == 1, 1.0, upper)
    return Range(share, *(np.where(np.isnan(share), np.nan, end) for end in ends))


def difference(one: Range, other: Range, *, correlation: Floats | float = 0.0) -> Range:
    """One less the other, by the method of variance estimates recovery from the two ranges.

    lower = d - sqrt((p1-l1)^2 - 2 r (p1-l1)(u2-p2) + (u2-p2)^2), upper likewise: with Wilson's ranges it is Newcombe's
    hybrid score interval. ``correlation`` r is that of the two values, for groups that share families.
    Source: Newcombe (1998); Zou and Donner (2008).
    """
    below, above = one.value - one.lower, one.upper - one.value
    other_below, other_above = other.value - other.lower, other.upper - other.value
    value = one.value - other.value
    down = below**2 - 2 * correlation * below * other_above + other_above**2
    up = above**2 - 2 * correlation * above * other_below + other_below**2
    return Range(value, value - np.sqrt(np.maximum(down, 0)), value + np.sqrt(np.maximum(up, 0)))


def ratio(one: Range, other: Range, *, correlation: Floats | float = 0.0) -> Range:
    """One over the other: the difference of their logarithms, put back. NaN where either share is 0.

    An end whose share may be 0 has no finite logarithm: the lower end is then 0, the upper one infinite.
    """
    positive = (one.value > 0) & (other.value > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = difference(*(Range(*(np.log(end) for end in part)) for part in (one, other)), correlation=correlation)
        told = [np.where(positive, np.exp(end), np.nan) for end in ends]
        lower = np.where(positive & np.isnan(told[1]), 0.0, told[1])
        upper = np.where(positive & np.isnan(told[2]), np.inf, told[2])
    return Range(told[0], lower, upper)
