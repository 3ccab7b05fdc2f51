"""What explanations say of a simulated council: exact, in agreement with other ways of asking, and honest on doubt."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shap
from simulated_risk import simulated_council

from ehforecast.errors import RiskError
from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain.effects import effect_curve, strongest_pairs
from ehforecast.risk.explain.explainer import EXACT, Explainer, Explanations
from ehforecast.risk.explain.overall import (
    agreement,
    importance,
    importance_by,
    importance_over_time,
    permutation_importance,
)
from ehforecast.risk.explain.stability import reason_stability
from ehforecast.risk.learning import learning_rows
from ehforecast.risk.model import ModelSettings, fit_model


@pytest.fixture(scope="module")
def cohort() -> Cohort:
    return simulated_council(seed=4, families=3_000).cohort


@pytest.fixture(scope="module")
def explainer(cohort: Cohort) -> Explainer:
    rows = [learning_rows(cohort.of(period), CensoringSettings()) for period in ("train", "calibrate")]
    fitted = fit_model(*rows, parameters={"trees": 80}, settings=ModelSettings(spread_models=10))
    catalogue = [
        replace(feature, theme="referral pattern", unit="years" if feature.name == "age_years" else feature.unit)
        if feature.name != "noise"
        else feature
        for feature in cohort.catalogue
    ]
    return Explainer.of(fitted.model, catalogue)


@pytest.fixture(scope="module")
def judged_rows(cohort: Cohort) -> Cohort:
    return cohort.of("test")


@pytest.fixture(scope="module")
def explained(explainer: Explainer, judged_rows: Cohort) -> Explanations:
    return explainer.explain(judged_rows.features)


def sizes(frame: pd.DataFrame) -> pd.Series:
    return frame[frame["kind"] == "feature"].set_index("name")["value"]


def test_every_estimate_is_explained_to_the_last_digit(explainer: Explainer, explained: Explanations) -> None:
    peer = shap.TreeExplainer(explainer.model.classifier.booster())
    matrix = explainer.encode(explained.features)
    # Catches columns or rows out of order between the tables and the frame.
    assert explained.values.to_numpy() == pytest.approx(peer.shap_values(matrix), abs=EXACT)
    missed = explained.points.sum(axis=1) + explained.base_chance - explained.estimates["estimate"]
    # Catches points that do not add up to the estimate that is shown, calibration included.
    assert missed.abs().max() < EXACT
    own = explainer.model.estimate(explained.features)["estimate"]
    # Catches an explanation of something else than the model's estimate.
    assert explained.estimates["estimate"].equals(own)


def test_what_matters_is_found_and_noise_is_not(explained: Explanations, judged_rows: Cohort) -> None:
    found = importance(explained, judged_rows.rows["group_id"])
    ordered = sizes(found)
    # Catches sizes taken of the wrong columns: referrals and abuse count for most in the simulation.
    assert (set(ordered.index[:2]), ordered.idxmin()) == ({"earlier_referrals", "domestic_abuse"}, "noise")
    # Catches limits that do not hold the figure.
    assert ((found["lower"] < found["value"]) & (found["value"] < found["upper"])).all()
    theme = found[found["kind"] == "theme"].set_index("name")["value"]
    # Catches themes that add sizes instead of contributions: within one, ups and downs cancel.
    assert theme["referral pattern"] < ordered.drop("noise").sum() - 0.01


def test_intervals_widen_with_families(explained: Explanations, judged_rows: Cohort) -> None:
    alone = importance(explained, judged_rows.rows["event_id"])
    together = importance(explained, judged_rows.rows["group_id"])
    width = [
        (frame["upper"] - frame["lower"])[frame["name"] == "earlier_referrals"].iloc[0] for frame in (alone, together)
    ]
    # Catches rows drawn where families should be: brothers and sisters share their referrals.
    assert width[1] > 1.1 * width[0]


def silent_on_all(explained: Explanations) -> Explanations:
    """The same rows, on all of which the model keeps silent."""
    return replace(explained, values=explained.values * np.nan, odds=explained.odds * np.nan)


def test_groups_and_quarters(explained: Explanations, judged_rows: Cohort) -> None:
    families = judged_rows.rows["group_id"]
    groups = judged_rows.audit.iloc[:, 0].where(judged_rows.audit.iloc[:, 0] != "family")
    found = importance_by(explained, families, groups=groups)
    # Catches a group without a name dropped.
    assert set(found["group"]) == {"not recorded", "school", "police", "health"}
    police = explained.values[groups == "police"]["referral_source"].abs().mean()
    told = found[(found["group"] == "police") & (found["name"] == "referral_source")]["value"].item()
    # Catches figures of everybody told of each group.
    assert told == pytest.approx(police)
    few = importance_by(
        explained, families, groups=pd.Series("most", families.index).where(families.index != families.index[0], "one")
    )
    one = few[few["group"] == "one"]
    # Catches a crash where nobody has an estimate.
    assert importance(silent_on_all(explained), families).empty
    # Catches a group of one with figures, or left out.
    assert one["value"].isna().all()
    assert (one["rows"] == 1).all()
    quarters = importance_over_time(explained, families, index_on=judged_rows.rows["index_on"])
    steady = quarters.dropna(subset="lower")
    # Catches quarters out of order.
    assert quarters["group"].is_monotonic_increasing
    # Catches drift found in a council where nothing changes.
    assert steady["is_changed"].mean() <= 0.1


def test_drift_is_found(explained: Explanations, judged_rows: Cohort) -> None:
    index_on = judged_rows.rows["index_on"]
    late = index_on > index_on.quantile(0.5)
    moved = replace(
        explained, values=explained.values.assign(noise=explained.values["noise"] * np.where(late, 3.0, 1.0))
    )
    found = importance_over_time(moved, judged_rows.rows["group_id"], index_on=index_on)
    changed = found[found["is_changed"] & (found["kind"] == "feature")]
    # Catches drift that is not looked for: in the later half one feature counts three times as much.
    assert "noise" in set(changed["name"])
    assert changed["group"].iloc[-1] == found["group"].iloc[-1]


def test_other_ways_of_asking_agree(explainer: Explainer, explained: Explanations, judged_rows: Cohort) -> None:
    known = learning_rows(judged_rows, CensoringSettings())
    rises = permutation_importance(explainer, known.features, known=known.known)
    found = agreement(sizes(importance(explained, judged_rows.rows["group_id"])), rises)
    # Catches contributions, or losses, of the wrong features.
    assert found >= 0.7
    # Catches correlation of the figures instead of their order.
    assert agreement(pd.Series([1.0, 2, 3]), pd.Series([1.0, 10, 1000])) == pytest.approx(1)
    with pytest.raises(RiskError, match="at least three"):
        agreement(rises.iloc[:2], rises)


def test_effect_curve(explainer: Explainer, judged_rows: Cohort) -> None:
    families = judged_rows.rows["group_id"]
    curve = effect_curve(explainer, judged_rows.features, feature="earlier_referrals", families=families)
    # Catches a curve turned round: the simulated rate rises with referrals, by 0.42 for each up to four.
    assert curve["value"].iloc[-1] - curve["value"].iloc[0] > 0.5
    # Catches limits that leave the curve out.
    assert ((curve["lower"] <= curve["value"]) & (curve["value"] <= curve["upper"])).all()
    gaps = effect_curve(explainer, judged_rows.features, feature="weeks_of_help", families=families)
    # Catches rows without the value counted among those with it.
    assert gaps["rows"].sum() == judged_rows.features["weeks_of_help"].notna().sum()
    for feature, said in (("referral_source", "is a category"), ("nothing", "knows no feature")):
        with pytest.raises(RiskError, match=said):
            effect_curve(explainer, judged_rows.features, feature=feature, families=families)
    same = judged_rows.features.assign(noise=1.0)
    with pytest.raises(RiskError, match="one value only"):
        effect_curve(explainer, same, feature="noise", families=families)


def test_effect_curve_is_that_of_a_known_line(
    explainer: Explainer, judged_rows: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = [feature.name for feature in explainer.catalogue].index("age_years")
    monkeypatch.setattr(
        type(explainer.model.classifier), "log_odds_of", lambda _, matrix: 0.1 * matrix[:, place] + matrix[:, 0] ** 2
    )
    families = judged_rows.rows["group_id"]
    curve = effect_curve(explainer, judged_rows.features, feature="age_years", families=families)
    # Catches steps added up wrongly, another feature's part left in, and a curve not centred on nought.
    middle = judged_rows.features["age_years"].mean()
    assert curve["value"].to_numpy() == pytest.approx(0.1 * (curve["at"] - middle).to_numpy(), abs=0.02)


def test_pairs(explainer: Explainer, judged_rows: Cohort) -> None:
    pairs = strongest_pairs(explainer, judged_rows.features)
    # Catches a list that is not in order, or of a feature with itself.
    assert pairs["value"].is_monotonic_decreasing
    assert (pairs["first"] != pairs["second"]).all()
    # Catches shares of something else than the whole.
    assert 0 < pairs["share"].sum() < 1
    other = replace(explainer, contributions=replace(explainer.contributions, tables=None))
    # Catches pairs that hang on how the exact contributions were found.
    assert strongest_pairs(other, judged_rows.features)["value"].to_numpy() == pytest.approx(pairs["value"].to_numpy())


def test_pairs_that_do_not_add_up_are_not_shown(
    explainer: Explainer, judged_rows: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shap.TreeExplainer.shap_interaction_values
    monkeypatch.setattr(shap.TreeExplainer, "shap_interaction_values", lambda self, matrix: own(self, matrix) + 1e-5)
    # Catches pairs of another model than the one explained.
    with pytest.raises(RiskError, match="they are not shown"):
        strongest_pairs(explainer, judged_rows.features)


def test_steady_reasons_are_told_from_chance_ones(explainer: Explainer, judged_rows: Cohort) -> None:
    found = reason_stability(explainer, judged_rows.features.iloc[:600])
    steady = found.groupby("feature")["is_stable"].mean()
    # Catches a measure on which noise is as steady as what the simulation hangs on.
    assert steady["domestic_abuse"] > steady["noise"] + 0.3
    # Catches shares that are not shares of the ten resampled models.
    assert np.allclose(found["kept"] * 10, (found["kept"] * 10).round())
    # Catches a month of age that nobody looked at: ages lie on steps of trees for some.
    assert 0.8 < found["kept_nearby"].mean() < 1
