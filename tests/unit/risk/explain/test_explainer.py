"""Contributions to every estimate: exact by either way, checked always, silent where the model is."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from ehforecast.errors import ContractError, RiskError
from ehforecast.risk.calibration import Isotonic, Sigmoid
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.explain.explainer import BY_LIGHTGBM, BY_TABLE, EXACT, Contributions, Explainer, check_they_add_up

Small = Any  # of conftest.py


def test_small_trees_go_by_table_and_large_ones_by_lightgbm(small: Small, large_trees: Small) -> None:
    # Catches the slow way taken where the fast one is exact, and tables of trees too large for them.
    assert [one.explainer().method for one in (small, large_trees)] == [BY_TABLE, BY_LIGHTGBM]


@pytest.mark.parametrize("name", ["small", "large_trees"])
def test_contributions_are_the_whole_output(name: str, request: pytest.FixtureRequest) -> None:
    given = request.getfixturevalue(name)
    explained = given.explainer().explain(given.features)
    odds = given.model.classifier.log_odds(given.features)
    # Catches a base left out, and rows that are another's.
    assert explained.values.sum(axis=1).to_numpy() + explained.base == pytest.approx(odds, abs=EXACT)
    # Catches an explanation without its rows' names.
    assert explained.values.index.equals(given.features.index)


def test_both_ways_say_the_same(small: Small) -> None:
    explainer = small.explainer()
    other = replace(explainer, contributions=replace(explainer.contributions, tables=None))
    one, two = (found.explain(small.features) for found in (explainer, other))
    # Catches a difference between the two exact ways.
    assert one.values.to_numpy() == pytest.approx(two.values.to_numpy(), abs=EXACT)
    assert one.base == pytest.approx(two.base, abs=EXACT)


def test_what_does_not_add_up_is_never_shown(small: Small, monkeypatch: pytest.MonkeyPatch) -> None:
    explainer = small.explainer()
    own = RiskClassifier.log_odds_of
    monkeypatch.setattr(RiskClassifier, "log_odds_of", lambda self, matrix: own(self, matrix) + 3e-9)
    # Catches a check that is left out, too generous, or can be talked out of: nothing comes back.
    with pytest.raises(RiskError, match="300 of 300 estimates do not add up"):
        explainer.explain(small.features)
    with pytest.raises(RiskError, match="1 of 2"):
        check_they_add_up(np.array([[1.0], [np.nan]]), base=0.0, odds=np.array([1.0, 1.0]))
    # Catches rounding taken for an error.
    check_they_add_up(np.array([[1.0]]), base=0.0, odds=np.array([1.0 + 9e-10]))


def test_no_estimate_no_reasons(small: Small) -> None:
    features = small.features.copy()
    features.iloc[0, features.columns.get_loc("referrals")] = 1_000.0
    features.iloc[1, features.columns.get_loc("referrals")] = np.nan
    explained = small.explainer().explain(features)
    # Catches reasons for an estimate that was withheld.
    assert explained.values.isna().all(axis=1).tolist() == [True, True, *[False] * 298]
    assert explained.points.isna().all(axis=1).sum() == explained.odds.isna().sum() == 2
    assert explained.by_theme().isna().all(axis=1).sum() == 2
    # Catches a silence without its cause.
    assert (explained.estimates["abstained_because"] != "").sum() == 2
    # Catches silent rows drawn in the analyst's plots.
    assert explained.to_shap().shape == (298, 5)


@pytest.mark.parametrize("calibration", ["sigmoid", "identity", "isotonic"])
def test_points_add_up_to_the_estimate_that_is_shown(small: Small, calibration: str) -> None:
    steps = Isotonic(np.array([0.1, 0.4, 0.41, 0.9]), np.array([0.2, 0.2, 0.5, 0.6]))
    given = {"sigmoid": small.model.calibrator, "identity": Sigmoid(0.0, 1.0), "isotonic": steps}[calibration]
    explained = small.calibrated(given).explain(small.features)
    shown = explained.estimates["estimate"]
    base = given.apply(expit(np.array([explained.base])))[0]
    # Catches points before calibration, of another base, or in proportion to something else.
    assert (explained.points.sum(axis=1) + base - shown).abs().max() < EXACT
    share = explained.points.div(shown - base, axis=0) - explained.values.div(explained.odds - explained.base, axis=0)
    assert share[(shown - base).abs() > 1e-4].abs().max().max() < EXACT
    # Catches a sign turned round.
    assert (explained.points.to_numpy() * explained.values.to_numpy() >= 0).all()


def test_points_at_the_base_follow_the_slope(small: Small) -> None:
    explained = small.calibrated(Sigmoid(0.0, 1.0)).explain(small.features)
    values = explained.values * 0.0
    values.iloc[:, 0], values.iloc[:, 1] = 0.5, -0.5
    chance = expit(explained.base)
    at_base = replace(
        explained,
        values=values,
        odds=pd.Series(explained.base, values.index),
        estimates=explained.estimates.assign(estimate=chance),
    )
    # Catches nought divided by nought where ups and downs cancel.
    assert at_base.points.iloc[0, :2].tolist() == pytest.approx(
        [0.5 * chance * (1 - chance), -0.5 * chance * (1 - chance)], rel=1e-3
    )


def test_themes_are_sums_of_their_features(small: Small) -> None:
    explained = small.explainer().explain(small.features)
    themes = explained.by_theme()
    # Catches a theme that is lost, and features summed into another's.
    assert list(themes) == ["family circumstances", "history with services", "referral pattern", "timing"]
    both = explained.points["referrals"] + explained.points["days_since_contact"]
    assert themes["history with services"].to_numpy() == pytest.approx(both.to_numpy())
    # Catches columns given by the caller passed over.
    assert explained.by_theme(explained.values)["timing"].to_numpy() == pytest.approx(
        explained.values["never_used"].to_numpy()
    )


def test_shaps_own_object_holds_the_same(small: Small) -> None:
    explained = small.explainer().explain(small.features)
    offered = explained.to_shap()
    # Catches plots of something else than the explanations.
    assert offered.values == pytest.approx(explained.values.to_numpy())
    assert offered.base_values == pytest.approx(np.full(300, explained.base))
    # Catches numbers of levels where a reader expects words.
    assert set(offered.data[:, 3]) == {"police", "school"}
    assert offered.feature_names[0] == "Referrals of the child, ever"


def test_columns_are_found_by_name(small: Small) -> None:
    explainer = small.explainer()
    other = small.features[small.features.columns[::-1]].assign(added=1.0)
    # Catches columns in another order explained wrongly without a word.
    assert explainer.explain(other).values.equals(explainer.explain(small.features).values)
    with pytest.raises(ContractError):
        explainer.explain(small.features.drop(columns="referrals"))


def test_a_catalogue_with_a_gap_is_refused(small: Small) -> None:
    # Catches a reason without words.
    with pytest.raises(RiskError, match="does not describe what the model learned from: age_years, source"):
        Explainer.of(
            small.model, [one for one in small.explainer().catalogue if one.name not in {"age_years", "source"}]
        )


def test_no_rows(small: Small) -> None:
    explained = small.explainer().explain(small.features.iloc[:0])
    # Catches a crash on a day without estimates.
    assert len(explained) == 0
    assert explained.points.shape == (0, 5)


def test_a_model_is_explained_after_being_kept(small: Small) -> None:
    kept = RiskClassifier.from_text(small.model.classifier.model_text_, small.model.classifier.encoder_)
    matrix = small.explainer().encode(small.features)
    # Catches something of a fitted classifier that a kept one lacks.
    assert np.array_equal(Contributions.of(kept).of_rows(matrix)[0], small.explainer().contributions.of_rows(matrix)[0])
