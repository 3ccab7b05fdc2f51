"""Intervals of shares and of their differences, where brothers and sisters are alike."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Z = 1.959963984540054
"""Of a 95% interval."""


def wilson(share: float, cases: float) -> tuple[float, float]:
    """The 95% interval of a share of so many independent cases.

    Centre (p + z2/2n) / (1 + z2/n), half width z sqrt(p(1-p)/n + z2/4n2) / (1 + z2/n); `cases` need not be whole, so
    that an effective number fits. Source: Wilson (1927), *JASA* 22, 209-212. NaN for no cases.

    >>> [round(100 * end, 1) for end in wilson(332 / 791, 791)]
    [38.6, 45.4]
    """
    if not cases > 0:
        return float("nan"), float("nan")
    scale = 1 + Z**2 / cases
    centre = (share + Z**2 / (2 * cases)) / scale
    half = Z * np.sqrt(max(share * (1 - share), 0.0) / cases + Z**2 / (4 * cases**2)) / scale
    return max(float(centre - half), 0.0), min(float(centre + half), 1.0)


def effective_cases(share: float, variance: float, *, cases: int, families: int) -> float:
    """Independent cases with the same variance of the share, never more than there are.

    Where the share is 0 or 1 no variance can be seen: the number of families stands for it.

    >>> round(effective_cases(0.5, 0.25 / 80, cases=100, families=60))
    80
    """
    if not variance > 0 or not 0 < share < 1:
        return float(families)
    return min(share * (1 - share) / variance, float(cases))


def difference_interval(
    first: tuple[float, float, float], second: tuple[float, float, float], *, correlation: float = 0.0
) -> tuple[float, float]:
    """The 95% interval of second less first, from each one's share and interval.

    Squares and adds the distances to the ends of the two intervals (method of variance estimates recovery), with their
    correlation where the same families are in both. Source: Newcombe (1998), *Statistics in Medicine* 17, 873-890;
    Zou and Donner (2008), *Statistics in Medicine* 27, 1693-1702.

    >>> ends = difference_interval((48 / 80, *wilson(48 / 80, 80)), (56 / 70, *wilson(56 / 70, 70)))
    >>> [round(end, 4) for end in ends]  # Newcombe's example (a)
    [0.0524, 0.3339]
    """
    (share1, low1, high1), (share2, low2, high2) = first, second

    def spread(one: float, other: float) -> float:
        return float(np.sqrt(max(one**2 + other**2 - 2 * correlation * one * other, 0.0)))

    change = share2 - share1
    low = change - spread(share2 - low2, high1 - share1)
    high = change + spread(high2 - share2, share1 - low1)
    return max(low, -1.0), min(high, 1.0)


def family_variance(influence: Array, families: NDArray[np.int64]) -> float:
    """The variance of a mean of which each case moves the estimate by its influence, families independent.

    Sum over families of (sum of influences)2 / n2, times G / (G - 1) for G families. NaN below two families.
    """
    names, codes = np.unique(families, return_inverse=True)
    if len(names) < 2:
        return float("nan")
    sums = np.bincount(codes, influence)
    return float((sums**2).sum() / len(influence) ** 2 * len(names) / (len(names) - 1))
