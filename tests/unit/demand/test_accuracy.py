import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.accuracy import DECILES, accuracy_ahead, accuracy_table, pit_table, score_forecasts
from ehforecast.demand.proper_scores import quantile_loss, seasonal_scale
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
        "seasonal_scale": 2.0, "squared_seasonal_scale": 4.0, "absolute_error": error, "signed_error": error,
        "quantile_loss": error / 2, "within50": 0.0, "within80": within80, "within95": 1.0, "pit": 0.5,
        "interval_score50": 1.0, "interval_score80": 2.0, "interval_score95": 3.0,
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


def origin_rows(held: list[list[float]]) -> pd.DataFrame:
    rows = [
        score_row("a", 10.0, 1.0, within80) | {"origin": pd.Period("2019-01", "M") + origin}
        for origin, months in enumerate(held)
        for within80 in months
    ]
    return pd.DataFrame(rows)


def test_coverage_error_takes_a_forecast_date_for_one_observation() -> None:
    together = accuracy_table(origin_rows([[1, 1, 1, 1], [0, 0, 0, 0], [1, 1, 1, 1], [1, 1, 1, 1]]), ["a"])
    apart = accuracy_table(origin_rows([[1, 1, 1, 0]] * 4), ["a"])
    errors = [table.set_index(["area_code", "metric"]).loc[("all", "coverage80")] for table in (together, apart)]
    # The same share, but a bad date is bad for all its months: four observations, not sixteen.
    assert [row["value"] for row in errors] == [0.75, 0.75]
    assert errors[0]["standard_error"] == pytest.approx(0.25)
    assert errors[1]["standard_error"] == pytest.approx(0.0)
    single = accuracy_table(origin_rows([[1, 0]]), ["a"]).set_index(["area_code", "metric"])["standard_error"]
    # One date knows nothing of its own error.
    assert np.isnan(single["all", "coverage80"])


def test_new_metrics_by_hand() -> None:
    scores = pd.DataFrame([score_row("a", 10.0, 2.0), score_row("a", 30.0, 6.0)])
    table = accuracy_table(scores, pooled=["a"]).set_index(["area_code", "metric"])["value"]
    # Root of the mean of (4 + 36) over a squared scale of 4; signed errors 8 of 40; interval scores 2 * 2 of 40.
    assert table["a", "rmsse"] == pytest.approx(np.sqrt(5))
    assert table["a", "bias"] == 0.2
    assert table["a", "interval_score80"] == 0.1


def test_no_volume_has_no_share() -> None:
    table = accuracy_table(pd.DataFrame([score_row("a", 0.0, 2.0)]), ["a"]).set_index(["area_code", "metric"])
    # A share of nothing is not infinite, it is not known.
    assert np.isnan(table.loc[("a", "wape"), "value"])


def test_accuracy_by_months_ahead_level_and_area() -> None:
    rows = [
        score_row(area, 10.0, error) | {"months_ahead": ahead}
        for area, error in (("a", 1.0), ("b", 3.0), ("t", 5.0))
        for ahead in (1, 2)
    ] + [score_row("a", 10.0, 9.0) | {"months_ahead": 1, "stage": "choice"}]
    areas = pd.DataFrame({"area_level": ["locality", "locality", "council"]}, index=["a", "b", "t"])
    table = accuracy_ahead(pd.DataFrame(rows), areas, pooled=["t"], stage="report")
    wape = table[table["metric"] == "wape"].set_index(["area_code", "area_level", "months_ahead"])["value"]
    # Over the pool, over each level, and by itself; the choice stage is left out.
    assert wape["all", "", 1] == 0.5
    assert wape["all", "locality", 2] == 0.2
    assert wape["a", "locality", 1] == 0.1


def test_fifths_count_every_month_once() -> None:
    rows = [score_row("a", 10.0, 1.0) | {"pit": place} for place in (0.05, 0.15, 0.5, 0.99, 1.0)]
    rows.append(score_row("a", np.nan, np.nan) | {"pit": np.nan})
    table = pit_table(pd.DataFrame(rows), ["a"], stage="report")
    # A place of exactly 1 belongs to the last fifth; an absent month to none.
    assert table["share"].tolist() == [0.4, 0.0, 0.2, 0.0, 0.4]
    assert table["months"].tolist() == [5] * 5
