"""The share of a later quarter, learned from the quarters before, if what moves it stays as it was."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.plan.shares import share_ahead

FEWEST_QUARTERS = 6
"""Quarters of the past below which no forecast of a share is made."""

LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of the 80% range and its middle."""


def chance_of_share(known: pd.DataFrame, *, target: float, better: str, seed: int) -> tuple[float, float, float, float]:
    """The chance that a later quarter's share (0 to 1) meets a target, and the quantiles 10, 50 and 90% of it."""
    levels = np.round(np.arange(0.005, 1.0, 0.005), 3)
    values = quarter_ahead(known, levels=list(levels), seed=seed)
    met = values <= target + 1e-9 if better == "lower" else values >= target - 1e-9
    low, middle, high = (float(np.interp(level, levels, values)) for level in LEVELS)
    return float(met.mean()), low, middle, high


def quarter_ahead(known: pd.DataFrame, *, levels: Sequence[float], seed: int) -> NDArray[np.float64]:
    """Quantiles of the share of a later quarter, learned from quarters as counted (``met, of``)."""
    of = known["of"].to_numpy(dtype=float)
    met = np.minimum(known["met"].to_numpy(dtype=float), of)
    coming = np.maximum(np.random.default_rng(seed).poisson(of[-4:].mean(), 4000), 1.0)
    return np.asarray(share_ahead(met, of, coming=coming, levels=levels, seed=seed))
