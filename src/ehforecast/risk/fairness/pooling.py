"""Shares of crossed groups, each pulled towards what all have in common by as much as its numbers are few."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from scipy import optimize, special, stats

Floats = npt.NDArray[np.float64]

STRENGTHS = (0.5, 1e5)
"""The least and most people that what groups have in common may count for."""


@dataclass(frozen=True)
class Pooled:
    """Shares with their ranges after pooling.

    Attributes:
        worth_of_the_rest: how many people of a group what all groups have in common counts for; the larger, the more
            alike the groups are.
    """

    value: Floats
    lower: Floats
    upper: Floats
    common: float
    worth_of_the_rest: float


def pool(share: Floats, effective: Floats, *, confidence: float) -> Pooled:
    """Empirical-Bayes shares: groups' true shares follow Beta(m s, (1 - m) s), fitted to all groups at once.

    value = (x + m s) / (n + s), with x = share * n and n the effective number of people. m and s maximise the
    beta-binomial likelihood of all groups. Ranges are quantiles of each group's posterior; they treat m and s as known,
    so they are somewhat narrow with few groups. A group without a denominator gets the common share.

    >>> pooled = pool(np.array([0.0, 0.5, 0.5]), np.array([3.0, 400.0, 400.0]), confidence=0.95)
    >>> bool(0.2 < pooled.value[0] <= 0.5)
    True
    """
    n = np.where(np.isfinite(share) & (effective > 0), effective, 0.0)
    x = np.where(n > 0, np.nan_to_num(share) * n, 0.0)
    if n.sum() == 0:
        nothing = np.full(len(n), np.nan)
        return Pooled(nothing, nothing, nothing, float("nan"), float("nan"))
    start = np.clip((x.sum() + 0.5) / (n.sum() + 1), 1e-4, 1 - 1e-4)
    bounds = [(-12.0, 12.0), (float(np.log(STRENGTHS[0])), float(np.log(STRENGTHS[1])))]
    loss = partial(_loss, x=x, n=n)
    best = min(
        (
            optimize.minimize(loss, [special.logit(start), np.log(strength)], bounds=bounds, method="L-BFGS-B")
            for strength in (5.0, 200.0)
        ),
        key=lambda found: float(found.fun),
    )
    common, strength = float(special.expit(best.x[0])), float(np.exp(best.x[1]))
    a, b = x + common * strength, n - x + (1 - common) * strength
    tail = (1 - confidence) / 2
    return Pooled(a / (a + b), stats.beta.ppf(tail, a, b), stats.beta.ppf(1 - tail, a, b), common, strength)


def _loss(parameters: Floats, x: Floats, *, n: Floats) -> float:
    """Minus the log likelihood of beta-binomial counts, without what does not depend on the parameters."""
    common, strength = special.expit(parameters[0]), np.exp(parameters[1])
    a, b = common * strength, (1 - common) * strength
    return float(-(special.betaln(x + a, n - x + b) - special.betaln(a, b)).sum())
