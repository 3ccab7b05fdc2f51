"""Figures of estimates: equal to scikit-learn's, with intervals that cover what they should."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from ehforecast.risk.bootstrap import family_weights, interval, replicated
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.scores import Scores

Matrix = npt.NDArray[np.float64]


def drawn(rows: int, *, seed: int, decimals: int = 2) -> tuple[Matrix, Matrix, Matrix]:
    """Estimates with ties, outcomes, and whole weights with noughts among them."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-1, 1, rows)
    outcome = (draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    estimate = np.clip(np.round(1 / (1 + np.exp(-1.3 * odds + 0.2)), decimals), 0.01, 0.99)
    return estimate, outcome, draw.integers(0, 4, rows).astype(float)


PEERS: dict[str, Callable[..., float]] = {
    "auroc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
    "brier": metrics.brier_score_loss,
    "logloss": metrics.log_loss,
}


@pytest.mark.parametrize("metric", PEERS)
@pytest.mark.parametrize("seed", [1, 2])
def test_figures_are_those_of_scikit_learn(metric: str, seed: int) -> None:
    estimate, outcome, weights = drawn(700, seed=seed)
    found = Scores(estimate, outcome).all(np.array([weights, np.ones(700)]))[metric]
    expected = [PEERS[metric](outcome, estimate, sample_weight=each) for each in (weights, np.ones(700))]
    # Catches ties, weights or an order of rows treated differently; both are exact up to rounding.
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_the_calibration_line_is_that_of_a_logistic_regression() -> None:
    estimate, outcome, weights = drawn(700, seed=3)
    odds = np.log(estimate / (1 - estimate))
    fitted = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10)
    fitted.fit(odds[:, None], outcome, sample_weight=weights)
    found = Scores(estimate, outcome).all(weights[None, :])
    # Catches a search that stops short, or starts so badly that it goes elsewhere.
    assert found["slope"][0] == pytest.approx(fitted.coef_[0, 0], abs=1e-6)
    shifted = 1 / (1 + np.exp(-odds - found["citl"][0]))
    # Catches a shift after which mean estimate and share with an event still differ.
    assert np.average(shifted, weights=weights) == pytest.approx(np.average(outcome, weights=weights), abs=1e-9)


def test_weights_count_rows() -> None:
    estimate, outcome, weights = drawn(300, seed=4)
    times = weights.astype(int)
    repeated = Scores(np.repeat(estimate, times), np.repeat(outcome, times)).all(np.ones((1, times.sum())))
    weighted = Scores(estimate, outcome).all(weights[None, :])
    exact = [name for name in weighted if name != "ece"]  # its bins hold equal numbers of rows, not of weight
    # Catches a figure in which a weight of two is not the same as two rows.
    np.testing.assert_allclose([weighted[name][0] for name in exact], [repeated[name][0] for name in exact], rtol=1e-7)


def test_net_benefit_is_that_of_the_definition() -> None:
    estimate, outcome, weights = drawn(400, seed=5)
    own, everyone = Scores(estimate, outcome).net_benefit(weights[None, :], [0.2, 0.5])
    for place, threshold in enumerate((0.2, 0.5)):
        above = estimate >= threshold
        odds = threshold / (1 - threshold)
        expected = (weights * above * (outcome - odds * (1 - outcome))).sum() / weights.sum()
        # Catches a threshold on the wrong side, or odds upside down.
        assert own[0, place] == pytest.approx(expected, abs=1e-12)
        assert everyone[0, place] == pytest.approx(
            (weights * (outcome - odds * (1 - outcome))).sum() / weights.sum(), abs=1e-12
        )


def test_precision_and_recall_at_a_capacity() -> None:
    estimate = np.array([0.9, 0.8, 0.7, 0.7, 0.1])
    outcome = np.array([1.0, 0.0, 1.0, 0.0, 0.0])
    precision, recall = Scores(estimate, outcome).at_capacities(np.ones((1, 5)), [0.2, 0.4, 0.6])
    # Catches ties decided by the order of rows: the third place is shared by one event and one without.
    np.testing.assert_allclose(precision[0], [1.0, 0.5, 0.5])
    np.testing.assert_allclose(recall[0], [0.5, 0.5, 0.75])


def test_what_has_no_value_has_none() -> None:
    found = Scores(np.array([0.2, 0.4, 0.3]), np.zeros(3)).all(np.ones((1, 3)))
    # Catches a group without events that gets an AUROC or a slope all the same.
    assert {name for name, value in found.items() if np.isnan(value[0])} == {
        "auroc", "average_precision", "brier_skill", "slope", "citl",
    }  # fmt: skip


def test_families_are_drawn_whole() -> None:
    groups = np.array(["a", "a", "b", "c", "c", "c"])
    weights = np.concatenate(list(family_weights(groups, replicates=300, seed=1)))
    # Catches siblings drawn apart.
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 3] == weights[:, 5]).all()
    # Catches a resample of another size: three families each time.
    np.testing.assert_array_equal(weights[:, [0, 2, 3]].sum(axis=1), 3)


def test_the_same_seed_draws_the_same_however_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = np.arange(50)
    whole = np.concatenate(list(family_weights(groups, replicates=20, seed=1)))
    monkeypatch.setattr("ehforecast.risk.bootstrap.CHUNK_CELLS", 150)
    # Catches an interval that hangs on the memory set aside for it.
    np.testing.assert_array_equal(np.concatenate(list(family_weights(groups, replicates=20, seed=1))), whole)


def test_intervals_cover_the_truth_in_families() -> None:
    """Families of four who share their fate: rows are not independent, and only resampled families know it."""
    covered = {"brier": 0, "rate": 0}
    runs, families = 150, 150
    truth = {"rate": 0.3, "brier": 0.3 * 0.7**2 + 0.7 * 0.3**2}
    for run in range(runs):
        outcome = np.repeat((np.random.default_rng(run).random(families) < 0.3).astype(float), 4)
        scores = Scores(np.full(4 * families, 0.3), outcome)
        groups = np.repeat(np.arange(families), 4)
        spread = replicated(
            lambda weights, scores=scores: {"rate": scores.rate(weights), "brier": scores.brier(weights)},
            groups, replicates=200, seed=run,
        )  # fmt: skip
        for name, value in truth.items():
            lower, upper = interval(spread[name])
            covered[name] += lower <= value <= upper
    # Catches rows resampled as if alone (coverage near 0.67). 150 runs at 0.95 have a standard error of 0.018.
    assert 0.89 <= covered["rate"] / runs <= 0.99
    assert 0.89 <= covered["brier"] / runs <= 0.99


def judged(rows: int = 400) -> Judged:
    estimate, outcome, weights = drawn(rows, seed=6)
    known = pd.DataFrame({"outcome": outcome, "weight": weights + 1, "group_id": np.arange(rows) // 2})
    return Judged({"ours": estimate, "half": np.full(rows, 0.5)}, known, PerformanceSettings(replicates=60))


def test_differences_are_paired() -> None:
    frame = judged().performance().pivot(index="metric", columns="model", values="value")
    gaps = judged().differences("ours").set_index("metric")
    # Catches a difference turned round, or taken from other rows.
    assert gaps.loc["brier", "value"] == pytest.approx(frame.loc["brier", "ours"] - frame.loc["brier", "half"])
    wide = judged().performance().set_index(["model", "metric"])
    # Catches intervals of two models subtracted in place of the interval of a difference.
    apart = wide.loc[("ours", "logloss"), "upper"] - wide.loc[("ours", "logloss"), "lower"]
    assert gaps.loc["logloss", "upper"] - gaps.loc["logloss", "lower"] < 1.5 * apart


def test_groups_are_judged_only_with_enough_of_either() -> None:
    sex = pd.DataFrame({"sex": ["f"] * 370 + ["m"] * 20 + [None] * 10})
    frame = judged().by_group("ours", sex).set_index(["group", "metric"])
    # Catches a group too small for any figure that has one, and an absent value that is no group.
    assert frame.loc[("not recorded", "auroc"), ["value", "lower", "upper"]].isna().all()
    assert frame.loc[("m", "brier"), "value"] != frame.loc[("m", "brier"), "value"]
    # Catches a verdict on a handful.
    assert not frame.loc[("m", "brier"), "can_be_judged"]
    assert frame.loc[("f", "brier"), "can_be_judged"]
    assert frame.loc[("f", "brier"), "rows"] == 370


def test_curves_hold_together() -> None:
    curve = judged().calibration_curve()
    # Catches a curve of a model that says the same of everyone.
    assert set(curve["model"]) == {"ours"}
    # Catches bins out of order or of unequal size.
    assert curve["mean_estimate"].is_monotonic_increasing
    decision = judged().net_benefit_curve().set_index(["model", "threshold"])
    margins = judged().margins("ours", [0.2]).set_index("than")
    # Catches "all" that is not the net benefit of everyone.
    assert margins.loc["all", "value"] == pytest.approx(
        decision.loc[("ours", 0.2), "value"] - decision.loc[("all", 0.2), "value"]
    )
    capacities = judged().at_capacities()
    # Catches a capacity lost between names.
    assert set(capacities["capacity"]) == {0.05, 0.1, 0.2}
