import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.comparison import BETTER, TIE, TOO_FEW, WORSE, compare_losses, compare_with_naive


def test_equal_losses_are_a_tie_and_a_steady_gap_is_none() -> None:
    losses = np.array([3.0, 5.0, 4.0, 6.0, 5.0])
    # No difference at all must not be nought divided by nought.
    assert compare_losses(losses, losses).verdict == TIE
    # The same gain at every date leaves no doubt, whatever the losses do.
    found = compare_losses(losses - 1, losses)
    assert (found.verdict, found.p_value) == (BETTER, 0.0)
    assert found.relative == pytest.approx(-1 / 4.6)


def test_the_sign_is_that_of_the_first() -> None:
    rng = np.random.default_rng(1)
    low, high = 4 + 0.1 * rng.random(8), 6 + 0.1 * rng.random(8)
    # Swapped arguments would publish the worse method as the better.
    assert (compare_losses(low, high).verdict, compare_losses(high, low).verdict) == (BETTER, WORSE)
    found = compare_losses(low, high)
    # The interval is about the difference and leaves nought out where the test does.
    assert found.low < found.relative < found.high < 0


def test_few_dates_claim_nothing() -> None:
    # Three dates cannot tell luck from skill, however large the gap.
    assert compare_losses(np.ones(3), 2 * np.ones(3)).verdict == TOO_FEW
    assert compare_losses(np.ones(0), np.ones(0)).verdict == TOO_FEW


def rejections(overlap: int, shift: float, dates: int = 8) -> float:
    rng, rejected = np.random.default_rng(7), 0
    for _ in range(1500):
        moving = np.convolve(rng.normal(size=dates + overlap), np.ones(overlap), "valid")[:dates] / np.sqrt(overlap)
        rejected += compare_losses(10 + shift + moving, np.full(dates, 10.0), overlap=overlap).p_value < 0.05
    return rejected / 1500


def test_ties_are_called_ties() -> None:
    # At 5% one tie in twenty is called a difference by chance (standard error 0.006); with overlapping horizons, which
    # the usual formula takes for independent and gets one in five wrong, fewer than one in ten.
    assert rejections(overlap=1, shift=0.0) < 0.07
    assert rejections(overlap=4, shift=0.0) < 0.11


def test_clear_differences_are_found() -> None:
    # A test that never claims anything would pass the one above.
    assert rejections(overlap=1, shift=-2.0) > 0.9
    assert rejections(overlap=4, shift=-4.0, dates=16) > 0.7


def test_naive_is_compared_area_by_area() -> None:
    rows = [
        (name, "report", pd.Period("2020-01", "M") + origin, area, 10.0, scale, loss)
        for origin in range(4)
        for area, scale in (("small", 1.0), ("large", 100.0))
        for name, loss in (("m", scale * (1.0 if area == "small" else 3.0)), ("seasonal_naive", 2.0 * scale))
    ]
    columns = ["forecaster", "stage", "origin", "area_code", "actual", "seasonal_scale", "quantile_loss"]
    table = compare_with_naive(pd.DataFrame(rows, columns=columns), stage="report", overlap=1)
    # Half as bad on the small area, half again as bad on the large one: over scales that is a tie, over counts a loss.
    assert table["relative_loss"].tolist() == [0.0]
    # The yardstick is not compared with itself.
    assert table["forecaster"].tolist() == ["m"]
