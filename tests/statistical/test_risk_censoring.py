"""Short follow-up on data of known truth: weights are right where counting the unresolved as "no event" is not."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.accounts import follow_up_table, weighted_rate
from ehforecast.risk.censoring import CensoringSettings, check_follow_up, followed_longer, known_outcomes
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.learning import learning_rows
from ehforecast.risk.model import ModelSettings, fit_trees

HORIZON = 365.0


def simulated(seed: int, *, by_kind: bool = False, count: int = 8_000) -> tuple[Cohort, pd.Series]:
    """Index events with a true chance; follow-up ends at random, or `by_kind` sooner for those at higher risk."""
    draw = np.random.default_rng(seed)
    score = draw.normal(size=count)
    kind = np.where(score > 0, "high", "low")
    rate = np.exp(-7.3 + 0.6 * score)
    days, longest = draw.exponential(1 / rate), np.where(by_kind & (score > 0), 500, 900)
    followed = np.floor(draw.uniform(0, longest))
    index = pd.RangeIndex(count)
    rows = pd.DataFrame(
        {
            "event_id": index.astype(str), "person_id": index.astype(str), "group_id": index.astype(str),
            "index_on": pd.NaT, "event_days": np.where(np.ceil(days) <= followed, np.ceil(days), np.nan),
            "followed_days": followed, "period": np.where(draw.random(count) < 0.6, "train", "test"),
        },
        index=index,
    )  # fmt: skip
    features = pd.DataFrame({"score": score}, index=index)
    audit = pd.DataFrame({"kind": kind}, index=index)
    cohort = Cohort(rows, features, (Feature("score", "score"),), audit, horizon_days=HORIZON)
    return cohort, pd.Series(-np.expm1(-rate * HORIZON), index=index)


@pytest.mark.acceptance("risk")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_models_learned_with_weights_are_right_on_average(seed: int, record_figure: Callable[..., None]) -> None:
    cohort, chance = simulated(seed)
    learned, truth = cohort.of("train"), chance[cohort.rows["period"] == "test"].mean()
    settings = ModelSettings(spread_models=0)
    parameters = {"trees": 120}
    test = cohort.of("test").features
    with_weights = fit_trees(
        learning_rows(learned, CensoringSettings()), parameters=parameters, settings=settings
    ).predict_proba(test)[:, 1]
    as_none = learned.outcome.fillna(0.0).to_numpy()
    naive = fit_trees(
        learning_rows(learned, CensoringSettings()), parameters=parameters, settings=settings
    ).fit(learned.features, as_none).predict_proba(test)[:, 1]  # fmt: skip
    record_figure(f"predicted/true, weights, seed {seed}", float(with_weights.mean() / truth), "0.93-1.07")
    record_figure(f"predicted/true, not known as none, seed {seed}", float(naive.mean() / truth), "under 0.85")
    # Catches weights that do not undo short follow-up (4,800 rows: standard error of the ratio about 0.03).
    assert 0.93 <= with_weights.mean() / truth <= 1.07
    # Catches a simulation too kind to show the fault.
    assert naive.mean() / truth < 0.85


def test_every_treatment_is_shown_beside_the_weights() -> None:
    cohort, chance = simulated(4, count=30_000)
    table = follow_up_table(cohort.select(cohort.rows["period"] == "test"), CensoringSettings()).set_index("period")
    row, truth = table.loc["test"], chance[cohort.rows["period"] == "test"].mean()
    # Catches treatments under the wrong name: 12,000 rows, standard error of each ratio about 0.02.
    assert row["weights"] / truth == pytest.approx(1.0, abs=0.06)
    assert row["complete"] / truth == pytest.approx(1.0, abs=0.06)
    assert row["not_known_as_none"] / truth < 0.85
    assert row["not_known_left_out"] / truth > 1.15


def test_strata_repair_follow_up_that_hangs_on_risk() -> None:
    cohort, chance = simulated(5, by_kind=True, count=40_000)
    plain = weighted_rate(known_outcomes(cohort, CensoringSettings()))
    within = weighted_rate(known_outcomes(cohort, CensoringSettings(strata="kind")))
    # Catches strata that change nothing (the risky are followed for less long, so one curve for all says too little).
    assert plain / chance.mean() < 0.97
    assert within / chance.mean() == pytest.approx(1.0, abs=0.02)


def test_weights_stand_for_everyone() -> None:
    cohort, _ = simulated(6)
    known = known_outcomes(cohort, CensoringSettings())
    # Catches weights that do not add up to the index events there are (an identity of Kaplan and Meier).
    assert known.weights.sum() == pytest.approx(len(cohort), rel=1e-9)
    # Catches a row of unknown outcome that counts.
    assert (known.weights[known.outcome.isna()] == 0).all()


def test_without_short_follow_up_every_row_counts_once() -> None:
    cohort, _ = simulated(7, count=500)
    cohort.rows["followed_days"] = 400.0
    # Catches weights where none are needed.
    assert (known_outcomes(cohort, CensoringSettings()).weights == 1.0).all()


def test_kaplan_and_meier_by_hand() -> None:
    times = np.array([1.0, 2.0, 2.0, 3.0, 4.0])
    ended = np.array([True, False, True, False, True])
    # At 1 one of 5 ends; at 2 the event comes first, then one of the 3 left ends; at 4 the last.
    expected = [1.0, 0.8, 0.8, 0.8 * 2 / 3, 0.8 * 2 / 3]
    # Catches events and ends of follow-up at one time in the wrong order, or a curve one step late.
    np.testing.assert_allclose(followed_longer(times, ended, at=times), expected)


def test_large_weights_are_cut_and_counted() -> None:
    cohort, _ = simulated(8)
    known = known_outcomes(cohort, CensoringSettings(largest_weight=1.2))
    # Catches one family that carries a model.
    assert known.weights.max() == 1.2
    assert known.cut > 0


def test_complete_follow_up_leaves_out_early_events_too() -> None:
    cohort, _ = simulated(9)
    known = known_outcomes(cohort, CensoringSettings("complete"))
    complete = cohort.rows["followed_days"] >= HORIZON
    # Catches the trap of keeping early events and dropping the rest, which makes a share 1.4 to 1.7 times too large.
    assert ((known.weights > 0) == complete).all()


def test_a_window_longer_than_the_data_is_refused() -> None:
    cohort, _ = simulated(10, count=500)
    cohort.rows["followed_days"] = 300.0
    with pytest.raises(RiskError, match="none of 500 index events is followed"):
        # Catches a share estimated where nobody was followed to the end.
        check_follow_up(cohort)


@pytest.mark.parametrize("given", [{"treatment": "ignore"}, {"largest_weight": 0.5}])
def test_settings_without_meaning_are_refused(given: dict[str, object]) -> None:
    # Catches a treatment that does not exist, quietly replaced by another.
    with pytest.raises(SettingsError):
        CensoringSettings(**given)


def test_strata_that_are_not_there_are_refused() -> None:
    cohort, _ = simulated(11, count=500)
    with pytest.raises(SettingsError, match="no column 'area'"):
        # Catches one curve for all where one for each area was asked for.
        known_outcomes(cohort, CensoringSettings(strata="area"))
