import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.accuracy import DECILES, accuracy_table, quantile_loss, score_forecasts, seasonal_scale
from ehforecast.demand.results import QUANTILE_LEVELS


def test_quantile_loss_of_the_median_is_the_absolute_error() -> None:
    actual, middle = np.array([3.0, 10.0]), np.array([[5.0], [4.0]])
    # A missing factor 2 or a swapped sign would break the identity.
    assert quantile_loss(actual, middle, levels=[0.5]).tolist() == [2.0, 6.0]


def test_quantile_loss_is_least_at_the_true_quantiles() -> None:
    draws = np.random.default_rng(1).normal(100, 10, 4000)
    true = np.quantile(draws, DECILES)
    losses = [
        quantile_loss(draws, np.broadcast_to(true + shift, (4000, 9)), levels=DECILES).mean() for shift in (-4, 0, 4)
    ]
    # A loss that rewards shifted forecasts is not proper and would choose the wrong method.
    assert losses[1] < min(losses[0], losses[2])


def test_seasonal_scale_skips_absent_pairs() -> None:
    counts = np.array([[10.0, 1.0]] * 12 + [[13.0, np.nan]] * 12)
    scale = seasonal_scale(counts)
    # An absent pair counted as zero would shrink the scale and inflate MASE.
    assert scale[0] == 3.0
    assert np.isnan(scale[1])


def flat_quantiles(middle: float, spread: float) -> np.ndarray:
    return np.array([[[middle + spread * (level - 0.5) for level in QUANTILE_LEVELS]]])


@pytest.mark.parametrize(
    ("actual", "within"), [(100.0, (1, 1, 1)), (130.0, (0, 1, 1)), (145.0, (0, 0, 1)), (149.0, (0, 0, 0))]
)
def test_ranges_hold_up_to_their_ends(actual: float, within: tuple[int, ...]) -> None:
    scores = score_forecasts(np.array([[actual]]), flat_quantiles(100.0, 100.0), levels=QUANTILE_LEVELS)
    # Ranges here end at 75-125, 60-140 and 52.5-147.5; a wrong pair of levels moves them.
    assert tuple(int(scores[f"within{share}"][0, 0]) for share in (50, 80, 95)) == within


def test_absent_month_is_not_scored() -> None:
    scores = score_forecasts(np.array([[np.nan]]), flat_quantiles(100.0, 100.0), levels=QUANTILE_LEVELS)
    # NaN compares false: without care an absent month would count as a range that failed.
    assert all(np.isnan(values).all() for values in scores.values())


def score_row(area: str, actual: float, error: float, within80: float = 1.0) -> dict[str, object]:
    return {
        "forecaster": "m", "stage": "report", "origin": pd.Period("2019-06", "M"), "area_code": area, "actual": actual,
        "seasonal_scale": 2.0, "absolute_error": error, "quantile_loss": error / 2,
        "within50": 0.0, "within80": within80, "within95": 1.0,
    }  # fmt: skip


def test_accuracy_by_hand() -> None:
    scores = pd.DataFrame(
        [
            score_row("a", 10.0, 2.0),
            score_row("a", 30.0, 6.0, 0.0),
            score_row("b", 100.0, 50.0),
            score_row("a", np.nan, np.nan),
        ]
    )
    table = accuracy_table(scores, pooled=["a"]).set_index(["area_code", "metric"])["value"]
    # Sum of errors over sum of counts (8 / 40), mean error over scale (4 / 2), and only two months are known.
    assert (table["a", "wape"], table["a", "mase"], table["a", "wql"], table["a", "coverage80"]) == (0.2, 2.0, 0.1, 0.5)
    # The pool holds the areas named and no other, or a country would drown its councils.
    assert table["all", "wape"] == 0.2
    # Area b stands by itself.
    assert table["b", "wape"] == 0.5
