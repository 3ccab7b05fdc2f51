"""What a share will be next: of contacts, how many need no more; of cases, how many health leads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ehforecast.demand.plan.assumptions import random_numbers
from ehforecast.errors import ForecastError

Array = NDArray[np.float64]

_MOST_CASES = 1e5


def share_ahead(successes: Array, of: Array, *, coming: Array, levels: Sequence[float], seed: int) -> Array:
    """Quantiles of next period's share: beta-binomial, with the spread that past periods had beyond chance.

    Args:
        successes, of: counts of past periods, oldest first.
        coming: how many come next, as equally likely futures of 1 or more.
        levels: quantile levels.
        seed: of the draws.

    The prior is Jeffreys', so none out of few is not taken for never. Moments by Kleinman (1973). Raises
    `ForecastError` with fewer than three periods, or counts that cannot be.
    """
    if len(of) < 3 or (of < 1).any() or (successes < 0).any() or (successes > of).any():
        raise ForecastError("a share ahead needs three past periods of somebody, and no more successes than that")
    mean = float((successes.sum() + 0.5) / (of.sum() + 1))
    size = _effective_cases(successes / of, of, mean=mean)
    rng = random_numbers(seed, "share ahead")
    known = float((of * size / (of + size)).sum())
    centre = rng.beta(mean * known + 0.5, (1 - mean) * known + 0.5, len(coming))
    centre = np.clip(centre, 1e-9, 1 - 1e-9)
    share = rng.beta(centre * size, (1 - centre) * size)
    return np.asarray(np.quantile(rng.binomial(np.rint(coming).astype(int), share) / np.rint(coming), levels))


def _effective_cases(shares: Array, of: Array, *, mean: float) -> float:
    """Cases after which chance and the spread between periods weigh the same; many where there is chance alone."""
    chance = mean * (1 - mean)
    between = float(np.var(shares, ddof=1) - (chance / of).mean())
    excess = between / max(chance * float(1 - (1 / of).mean()), 1e-12)
    return float(np.clip(1 / excess - 1, 1.0, _MOST_CASES)) if excess > 0 else _MOST_CASES
