"""What a bar asks of a model in terms of AUROC, at a given share with an event.

Everything here is for the textbook case: log odds normal with the same spread in both groups, estimates calibrated.
"""

from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

POINTS = 4_001
WIDEST = 10.0
"""Standard deviations up to which scores are followed."""

SURE = 1.959964


def average_precision_at(auroc: float, rate: float) -> float:
    """Average precision of normal scores with that AUROC, where that share has an event.

    The area under precision over recall: at threshold t recall is 1 - F(t - d) and the false positive rate 1 - F(t),
    with d the square root of 2 times the normal quantile of the AUROC.

    >>> round(average_precision_at(0.7, 0.3), 2)
    0.5
    """
    shift = np.sqrt(2) * norm.ppf(auroc)
    thresholds = np.linspace(-WIDEST, WIDEST + shift, POINTS)
    recall, false = norm.sf(thresholds - shift), norm.sf(thresholds)
    with np.errstate(invalid="ignore"):
        precision = np.where(recall > 0, rate * recall / (rate * recall + (1 - rate) * false), 1.0)
    return float(-np.trapezoid(precision, recall))


def auroc_for_average_precision(average_precision: float, rate: float) -> float:
    """The AUROC at which that average precision is reached; NaN where even a guess reaches it.

    >>> round(auroc_for_average_precision(0.65, 0.3), 3)
    0.804
    """
    return _solve(lambda auroc: average_precision_at(auroc, rate) - average_precision)


def skill_at(auroc: float, rate: float) -> tuple[float, float]:
    """Brier skill of a calibrated model with that AUROC, and the standard deviation of one row's part in it.

    The part is the gain in squared error over the share, divided by share times (1 - share).
    """
    shift = np.sqrt(2) * norm.ppf(auroc)
    scores = np.linspace(-WIDEST, WIDEST + shift, POINTS)
    of_events, of_others = rate * norm.pdf(scores - shift), (1 - rate) * norm.pdf(scores)
    chance = expit(logit(rate) + shift * scores - shift**2 / 2)
    gains = [((y - rate) ** 2 - (y - chance) ** 2) / (rate * (1 - rate)) for y in (1.0, 0.0)]
    mean = np.trapezoid(gains[0] * of_events + gains[1] * of_others, scores)
    square = np.trapezoid(gains[0] ** 2 * of_events + gains[1] ** 2 * of_others, scores)
    return float(mean), float(np.sqrt(square - mean**2))


def auroc_for_skill(rate: float, *, families: int, above: float = 0.0) -> float:
    """The AUROC at which the lower 95% limit of the Brier skill reaches a level with so many independent families.

    >>> round(auroc_for_skill(0.3, families=1_000), 2)
    0.58
    """

    def short(auroc: float) -> float:
        mean, deviation = skill_at(auroc, rate)
        return float(mean - SURE * deviation / np.sqrt(families) - above)

    return _solve(short)


def _solve(short: Callable[[float], float]) -> float:
    """Where a rising function of the AUROC is nought; NaN if that is nowhere between a guess and nearly perfect."""
    low, high = 0.501, 0.9995
    if short(low) > 0 or short(high) < 0:
        return float("nan")
    return float(brentq(short, low, high, xtol=1e-5))
