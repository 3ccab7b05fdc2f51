"""Calibration: each way repairs what it can, and the simplest that does is taken."""

import json

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from sklearn.isotonic import isotonic_regression

from ehforecast.risk.calibration import (
    METHODS,
    Method,
    choose_calibrator,
    fit_calibrator,
    load_calibrator,
)
from ehforecast.risk.scores import log_losses
from ehforecast.risk.venn_abers import VennAbers

Matrix = npt.NDArray[np.float64]


def drawn(count: int, *, seed: int, slope: float = 1.0, shift: float = 0.0) -> tuple[Matrix, Matrix, Matrix]:
    """Scores whose log odds are off by a slope and a shift, outcomes, and the true chances."""
    draw = np.random.default_rng(seed)
    odds = draw.normal(-0.8, 1.0, count)
    chance = 1 / (1 + np.exp(-odds))
    outcome = (draw.random(count) < chance).astype(float)
    return 1 / (1 + np.exp(-(odds - shift) / slope)), outcome, chance


def known(outcome: Matrix) -> pd.DataFrame:
    return pd.DataFrame({"outcome": outcome, "weight": 1.0, "group_id": np.arange(len(outcome)) // 2})


def test_estimates_that_are_right_are_hardly_touched() -> None:
    scores, outcome, _ = drawn(300, seed=1)
    choice = choose_calibrator(scores, known=known(outcome), seed=0)
    # Catches a free calibration that is put on because it may be.
    assert choice.method == "shrunk_sigmoid"
    # Catches a line that is not drawn to what was there: 300 rows say little beside a prior of a tenth.
    assert np.abs(choice.calibrator.apply(scores) - scores).max() < 0.02


def test_a_shrunk_line_does_better_than_none_and_than_a_free_one() -> None:
    losses = {"none": 0.0, "free": 0.0, "shrunk": 0.0}
    for seed in range(40):
        slope = 1 + np.random.default_rng(seed).normal(0, 0.1)
        scores, outcome, chance = drawn(1_000, seed=seed, slope=slope)
        lines = {name: fit_calibrator(method, scores, outcome=outcome, weights=np.ones(1_000))
                 for name, method in (("free", "sigmoid"), ("shrunk", "shrunk_sigmoid"))}  # fmt: skip
        ways = {"none": scores} | {name: line.apply(scores) for name, line in lines.items()}
        for name, made in ways.items():
            losses[name] += float(((made - chance) ** 2).mean()) / 40
    # Catches a prior that draws too little (0.2: 1.06) or too much (0.02: 0.93; 0.005: 0.995) where slopes are off by a
    # tenth; drawn as it is, the error is 0.80 of that of leaving estimates alone.
    assert losses["shrunk"] < 0.85 * min(losses["none"], losses["free"])


def test_a_wrong_slope_is_repaired_by_a_line() -> None:
    scores, outcome, chance = drawn(4_000, seed=2, slope=0.5, shift=0.4)
    choice = choose_calibrator(scores, known=known(outcome), seed=0)
    # Catches a choice of steps where a line will do.
    assert choice.method in {"shrunk_sigmoid", "sigmoid"}
    # Catches a line fitted the wrong way round; two parameters from 4,000 rows: errors of about 0.02.
    assert np.abs(choice.calibrator.apply(scores) - chance).mean() < 0.02
    # Catches a table that does not say which was taken.
    assert choice.table.set_index("method").loc[choice.method, "chosen"]


def test_a_line_far_off_is_a_free_one() -> None:
    scores, outcome, _ = drawn(2_000, seed=2, slope=0.25, shift=1.0)
    # Catches a line that stays drawn to estimates that are surely wrong.
    assert choose_calibrator(scores, known=known(outcome), seed=0).method == "sigmoid"


def test_what_no_line_can_repair_is_repaired_by_steps() -> None:
    scores, outcome, _ = drawn(6_000, seed=3)
    bent = np.where(scores < 0.4, scores / 8, 0.9 + scores / 20)
    choice = choose_calibrator(bent, known=known(outcome), seed=0)
    # Catches isotonic and Venn-Abers that are never tried, or are judged on what they were fitted to.
    assert choice.method in {"isotonic", "venn_abers"}


def test_steps_that_memorise_lose() -> None:
    scores, outcome, _ = drawn(300, seed=4, slope=0.7)
    table = choose_calibrator(scores, known=known(outcome), seed=0).table.set_index("method")
    # Catches ways judged on the rows they were fitted to, where the most flexible always wins.
    assert table.loc["isotonic", "logloss"] > table.loc["sigmoid", "logloss"]


@pytest.mark.parametrize("method", METHODS)
def test_a_kept_calibration_says_the_same(method: Method) -> None:
    scores, outcome, _ = drawn(500, seed=5, slope=0.6)
    fitted = fit_calibrator(method, scores, outcome=outcome, weights=np.ones(500))
    kept = load_calibrator(method, json.loads(json.dumps(fitted.to_dict())))
    # Catches a parameter lost on the way through JSON.
    np.testing.assert_array_equal(kept.apply(scores), fitted.apply(scores))
    grid = np.linspace(0.001, 0.999, 99)
    # Catches a chance outside 0 and 1, exactly 0 or 1, or one that falls as the score rises.
    assert ((fitted.apply(grid) > 0) & (fitted.apply(grid) < 1)).all()
    assert (np.diff(fitted.apply(grid)) >= -1e-12).all()


def test_weights_are_rows() -> None:
    scores, outcome, _ = drawn(400, seed=6, slope=0.6)
    times = np.random.default_rng(0).integers(1, 4, 400)
    for method in ("sigmoid", "isotonic"):
        weighted = fit_calibrator(method, scores, outcome=outcome, weights=times.astype(float))
        repeated = fit_calibrator(
            method, np.repeat(scores, times), outcome=np.repeat(outcome, times), weights=np.ones(times.sum())
        )
        # Catches a way that forgets the weights by which known outcomes stand for unknown ones.
        np.testing.assert_allclose(weighted.apply(scores), repeated.apply(scores), atol=1e-5)


def test_venn_abers_is_what_its_definition_says() -> None:
    scores, outcome, _ = drawn(60, seed=7)
    found = VennAbers.fit(scores, outcome)
    for score in (0.05, float(np.sort(scores)[30]), 0.9):
        ends = []
        for label in (0.0, 1.0):
            order = np.argsort(np.append(scores, score), kind="stable")
            fitted = isotonic_regression(np.append(outcome, label)[order])
            ends.append(fitted[np.flatnonzero(order == len(scores))[0]])
        lower, upper = (float(end[0]) for end in found.interval(np.array([score])))
        # Catches an interval narrower than the one of the definition: between two scores ours is the wider of both.
        assert lower <= ends[0] + 1e-12
        assert upper >= ends[1] - 1e-12
        # Catches one so wide that it says nothing.
        assert upper - lower <= ends[1] - ends[0] + 0.15


def test_venn_abers_holds_the_share_with_an_event() -> None:
    scores, outcome, _ = drawn(2_000, seed=8, slope=0.5)
    fresh, came, _ = drawn(20_000, seed=9, slope=0.5)
    lower, upper = VennAbers.fit(scores, outcome).interval(fresh)
    # Catches limits that are off: the share lies between their averages, give or take the noise of 2,000 rows (0.01).
    assert lower.mean() - 0.02 <= came.mean() <= upper.mean() + 0.02
    # Catches a single estimate worse than the scores it repairs.
    repaired = VennAbers.fit(scores, outcome).apply(fresh)
    assert log_losses(repaired, came).mean() < log_losses(fresh, came).mean()
