"""Chances and ranges of a plan, held against many simulated worlds whose truth is known."""

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from ehforecast.demand.plan.shares import share_ahead
from ehforecast.demand.plan.targets import chance_of_count_target
from ehforecast.errors import ForecastError

pytestmark = pytest.mark.acceptance("plan")


def test_chances_of_count_targets_are_kept_as_often_as_told(record_figure: Callable[..., None]) -> None:
    """Wakefield's kind of target: so many families by a day."""
    rng = np.random.default_rng(11)
    chances, came = [], []
    for _ in range(3000):
        level = rng.normal(100, 10)
        walk = np.cumsum(rng.normal(0, 6, (200, 6)), axis=1)
        paths = np.maximum(level + walk, 0)
        truth = np.maximum(level + np.cumsum(rng.normal(0, 6, 6)), 0).sum()
        target = 250 + level * 6 * rng.uniform(0.85, 1.15)
        chances.append(chance_of_count_target(paths, so_far=250, target=target))
        came.append(float(250 + truth >= target))
    told, seen = np.array(chances), np.array(came)
    ours, base = ((told - seen) ** 2).mean(), seen.mean() * (1 - seen.mean())
    record_figure("count targets: Brier score", float(ours), f"below the base rate's {base:.3f}")
    # Catches a chance that knows no more than how often such targets are met at all.
    assert ours < 0.7 * base
    inside = 0
    for number in range(10):
        part = (told >= number / 10) & (told < (number + 1) / 10 + (number == 9))
        # One in 200 futures is the finest the paths can tell, so the mean of what was told is off by as much.
        low, high = binom.interval(0.95, part.sum(), np.clip(told[part].mean(), 0.005, 0.995))
        inside += low <= seen[part].sum() <= high
    record_figure("count targets: tenths within their 95% range", inside, "10, at least 8")
    # Catches chances too sure or not sure enough.
    assert inside >= 8


@pytest.mark.parametrize(("mean", "cases", "size"), [(0.35, 400, 120), (0.12, 60, 1e5)], ids=["no action", "small"])
def test_the_range_of_a_share_holds_four_times_in_five(
    mean: float, cases: int, size: float, record_figure: Callable[..., None]
) -> None:
    """Walsall's share of contacts without further action, and a share of few cases."""
    rng = np.random.default_rng(5)
    held = []
    for world in range(400):
        of = rng.poisson(cases, 25).clip(1)
        shares = rng.beta(mean * size, (1 - mean) * size, 25)
        came = rng.binomial(of, shares)
        past, ahead = slice(0, 24), 24
        low, high = share_ahead(
            came[past].astype(float), of[past].astype(float), coming=np.full(800, float(of[ahead])),
            levels=(0.1, 0.9), seed=world,
        )  # fmt: skip
        seen = came[ahead] / of[ahead]
        # A share of few cases often lies on an end itself; half of those count.
        held.append((float(low <= seen <= high) + float(low < seen < high)) / 2)
    record_figure(f"share of {mean:.0%} of {cases}: 80% range held", float(np.mean(held)), "0.75 to 0.86")
    # Catches ranges of a share from chance alone, or far too wide.
    assert 0.75 < np.mean(held) < 0.86


def test_none_out_of_few_is_not_never() -> None:
    none, few = np.zeros(6), np.full(6, 8.0)
    high = share_ahead(none, few, coming=np.full(2000, 8.0), levels=(0.99,), seed=1)
    # Catches a share of 0 that says it can be nothing else.
    assert high[0] > 0
    with pytest.raises(ForecastError, match="needs three past periods"):
        share_ahead(none[:2], few[:2], coming=few, levels=(0.5,), seed=1)
    with pytest.raises(ForecastError, match="no more successes"):
        share_ahead(few + 1, few, coming=few, levels=(0.5,), seed=1)
