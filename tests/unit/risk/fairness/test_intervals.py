"""Ranges of shares and gaps: published values, limits, and an independent library."""

import numpy as np
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from ehforecast.risk.fairness.intervals import Range, difference, jeffreys, ratio, share_of, wilson


def one(share: float, people: float) -> Range:
    return wilson(np.array(share), np.array(people), confidence=0.95)


@pytest.mark.parametrize(("events", "people"), [(0, 12), (3, 30), (81, 263), (30, 30)])
@pytest.mark.parametrize(("method", "name"), [(wilson, "wilson"), (jeffreys, "jeffreys")])
def test_ranges_of_shares_are_those_of_another_library(events: int, people: int, method: object, name: str) -> None:
    first = np.array(events / people) if name == "wilson" else np.array(float(events))
    found = method(first, np.array(float(people)), confidence=0.95)  # type: ignore[operator]
    lower, upper = proportion_confint(events, people, method=name)
    lower, upper = (0.0 if events == 0 else lower), (1.0 if events == people else upper)
    # Catches a formula with a slip: statsmodels has the same two, except that ours end at 0 and 1 where all are alike.
    assert (float(found.lower), float(found.upper)) == pytest.approx((lower, upper), abs=1e-9)


def test_the_gap_of_two_shares_is_newcombes() -> None:
    gap = difference(one(56 / 70, 70), one(48 / 80, 80))
    lower, upper = confint_proportions_2indep(56, 70, 48, 80, method="newcomb", compare="diff")
    # Catches ends put together from the wrong sides; the example is Newcombe's own: 0.0524 to 0.3339.
    assert (float(gap.lower), float(gap.upper)) == pytest.approx((lower, upper), abs=1e-9)
    assert (round(float(gap.lower), 4), round(float(gap.upper), 4)) == (0.0524, 0.3339)


def test_shares_that_move_together_have_a_narrower_gap() -> None:
    apart = difference(one(0.3, 100), one(0.5, 100))
    together = difference(one(0.3, 100), one(0.5, 100), correlation=0.8)
    # Catches a correlation with the wrong sign, or none: siblings in both groups make the gap surer, not less sure.
    assert float(together.upper - together.lower) < 0.6 * float(apart.upper - apart.lower)


def test_a_share_over_nobody_is_not_a_number() -> None:
    # Catches a rate of 0 for a group nobody belongs to, which is what fairlearn tells.
    assert np.isnan(share_of(np.array([0.0, 1.0]), np.array([0.0, 2.0]))).tolist() == [True, False]
    # Catches a range around it.
    assert np.isnan(wilson(np.array(np.nan), np.array(0.0), confidence=0.95)).all()
    assert np.isnan(jeffreys(np.array(0.0), np.array(0.0), confidence=0.95)).all()


def test_a_ratio_needs_two_shares_above_nothing() -> None:
    found = ratio(one(0.0, 20), one(0.5, 20))
    # Catches a ratio of 0 or infinity with a range that says nothing.
    assert np.isnan(found).all()
    usual = ratio(one(0.4, 200), one(0.2, 200))
    # Catches a ratio that does not lie within its own range, or one on the wrong scale.
    assert float(usual.value) == pytest.approx(2.0)
    assert float(usual.lower) < 2.0 < float(usual.upper)
    assert float(ratio(one(0.2, 200), one(0.4, 200)).lower) == pytest.approx(1 / float(usual.upper))


def test_a_ratio_of_small_shares_has_open_ends() -> None:
    nearly = Range(np.array(0.1), np.array(0.0), np.array(0.3))
    # Catches NaN where a logarithm is infinite: the ratio may be anything from 0, and anything up to infinity.
    assert float(ratio(nearly, one(0.5, 50)).lower) == 0.0
    assert float(ratio(one(0.5, 50), nearly).upper) == np.inf
