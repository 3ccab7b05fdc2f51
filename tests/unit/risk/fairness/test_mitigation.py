"""Options side by side: every one there, measured by the same yardstick, none applied."""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, roc_auc_score

from ehforecast.errors import SettingsError
from ehforecast.risk.fairness.mitigation import LABELS, Predict, Trial, Ways, compare_options, reweights
from ehforecast.risk.fairness_results import MitigationResult


def logistic(features: pd.DataFrame, outcome: np.ndarray, weights: np.ndarray) -> Predict:
    if len(set(outcome)) == 1:
        return lambda given: np.full(len(given), float(outcome[0]))
    model = LogisticRegression().fit(features, outcome, sample_weight=weights)
    return lambda given: model.predict_proba(given)[:, 1]


def base(features: pd.DataFrame, outcome: np.ndarray, weights: np.ndarray) -> Predict:
    model = logistic(features[["need"]], outcome, weights)
    return lambda given: model(given[["need"]])


def people(number: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, pd.Series]:
    rng = np.random.default_rng(seed)
    group = rng.choice(["a", "b"], number, p=[0.6, 0.4])
    need = rng.normal(0, 1, number)
    proxy = (group == "b") + rng.normal(0, 0.3, number)
    outcome = (rng.random(number) < 1 / (1 + np.exp(0.5 - need + 1.2 * (group == "b")))).astype(float)
    return pd.DataFrame({"need": need, "proxy": proxy}), outcome, pd.Series(group)


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(*people(2500, 1), *people(2500, 2))


@pytest.fixture(scope="module")
def result(trial: Trial) -> MitigationResult:
    return compare_options(trial, Ways(logistic, 0.4, "group", simpler=base, leave_out=("proxy",)))


def values(result: MitigationResult) -> pd.DataFrame:
    return result.options.pivot(index="option", columns="metric", values="value")


def test_every_option_is_there(result: MitigationResult) -> None:
    # Catches an option left out, "do nothing" and "no model" above all.
    assert list(dict.fromkeys(result.options["option"])) == list(LABELS)
    assert set(result.groups["option"]) == set(LABELS)


def test_figures_are_what_other_libraries_reckon(trial: Trial, result: MitigationResult) -> None:
    estimate = logistic(trial.train, trial.train_outcome, np.ones(2500))(trial.test)
    told = values(result).loc["nothing"]
    # Catches figures of the training people, or of another option.
    assert told["auroc"] == pytest.approx(roc_auc_score(trial.test_outcome, estimate))
    assert told["brier"] == pytest.approx(brier_score_loss(trial.test_outcome, estimate))
    assert told["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(trial.test_outcome, estimate >= 0.4))
    missed = (estimate < 0.4) & (trial.test_outcome == 1)
    rates = [missed[trial.test_group == g].sum() / trial.test_outcome[trial.test_group == g].sum() for g in "ab"]
    assert told["gap_false_negative_rate"] == pytest.approx(abs(rates[0] - rates[1]))


def test_changes_are_from_doing_nothing(result: MitigationResult) -> None:
    wide = values(result)
    again = result.options.pivot(index="option", columns="metric", values="change")
    # Catches a change reckoned from anything else.
    pd.testing.assert_frame_equal(again, wide - wide.loc["nothing"])


def test_options_do_what_they_are_for(result: MitigationResult) -> None:
    gaps, accuracy = values(result)["gap_false_negative_rate"], values(result)["balanced_accuracy"]
    # Catches an option that was not fitted, or fitted with the wrong parts: the gap here is large, and these close it.
    assert gaps["nothing"] > 0.2
    assert gaps["threshold_optimiser"] < 0.12
    assert gaps["exponentiated_gradient"] < 0.12
    assert gaps["without_features"] < 0.12
    # Catches "no model" told as something else: everybody on one side.
    assert accuracy["no_model"] == 0.5
    assert np.isnan(values(result).loc["threshold_optimiser", "brier"])


def test_only_options_of_chance_place_people_otherwise(result: MitigationResult) -> None:
    shaken = result.options.groupby("option")["placed_otherwise"].first()
    # Catches chance that is not told: edges by group mix two edges.
    assert shaken.drop(["threshold_optimiser", "exponentiated_gradient"]).eq(0).all()
    assert shaken["threshold_optimiser"] > 0


def test_weights_make_group_and_outcome_unrelated() -> None:
    _, outcome, group = people(1000, 3)
    weights = reweights(outcome, group)
    rates = [np.average(outcome[group == g], weights=weights[group == g]) for g in "ab"]
    # Catches weights that leave a group more often with the outcome, or change how many there are.
    assert rates[0] == pytest.approx(rates[1]) == pytest.approx(outcome.mean())
    assert weights.sum() == pytest.approx(1000)


def test_edges_by_group_need_both_outcomes_in_each(trial: Trial) -> None:
    group = trial.train_group.copy()
    group[:3] = "c"
    outcome = trial.train_outcome.copy()
    outcome[:3] = 0.0
    odd = Trial(trial.train, outcome, group, trial.test, trial.test_outcome, trial.test_group)
    found = compare_options(odd, Ways(logistic, 0.4, "group"))
    # Catches a crash where a group has one outcome only; options that need more are left out, as are those not asked.
    assert set(found.options["option"]) == {"nothing", "reweighed", "exponentiated_gradient", "no_model"}


def test_parts_must_be_of_the_same_people(trial: Trial) -> None:
    with pytest.raises(SettingsError, match="one row for each person"):
        # Catches outcomes of other people.
        Trial(
            trial.train, trial.train_outcome[:-1], trial.train_group, trial.test, trial.test_outcome, trial.test_group
        )


def test_a_single_group_has_no_gap(trial: Trial) -> None:
    few = Trial(*(part[:80] for part in vars(trial).values() if part is not None))
    found = values(compare_options(few, Ways(logistic, 0.4, "group")))
    # Catches a gap between groups that cannot be judged.
    assert found["gap_false_negative_rate"].isna().all()


def test_it_is_told_as_research_and_can_be_kept(result: MitigationResult) -> None:
    # Catches words that propose a remedy.
    assert result.statements["text"].iloc[0].startswith("This is research")
    assert len(result.statements) == 1 + len(LABELS)
    again = MitigationResult.from_parts(json.loads(json.dumps(result.facts())), result.frames())
    assert again.facts() == result.facts()
