"""The models a tree model must beat: each is what it says it is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from ehforecast.risk.cohort import Feature
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.logistic import PENALTIES, LogisticModel
from ehforecast.risk.points import PointsScore, Question
from ehforecast.risk.simple_models import BASE_RATE, LOGISTIC, POINTS, fit_simple_models

LEVELS = ("school", "police", "rare")


def rows(count: int = 2_000, *, seed: int = 1) -> LearningRows:
    draw = np.random.default_rng(seed)
    contacts = draw.poisson(1.5, count).astype(float)
    source = draw.choice(LEVELS, count, p=[0.6, 0.395, 0.005])
    chance = 1 / (1 + np.exp(1.6 - 0.5 * contacts - 0.9 * (source == "police")))
    features = pd.DataFrame(
        {
            "contacts": np.where(draw.random(count) < 0.1, np.nan, contacts),
            "source": pd.Categorical(source, categories=LEVELS),
            "noise": draw.normal(size=count),
        }
    )
    known = pd.DataFrame(
        {
            "outcome": (draw.random(count) < chance).astype(float),
            "weight": 1.0,
            "group_id": np.arange(count) // 2,
            "index_on": pd.NaT,
        }
    )
    catalogue = (
        Feature("contacts", "earlier contacts"), Feature("source", "who referred", levels=LEVELS),
        Feature("noise", "noise"),
    )  # fmt: skip
    return LearningRows(features, catalogue, known, 365.0)


def test_points_are_whole_and_few_and_add_up() -> None:
    learned = rows()
    score = PointsScore.fit(learned)
    # Catches points that cannot be added on paper.
    assert max(abs(point) for point in score.points) == 5
    assert len(score.questions) <= 8
    by_hand = sum(
        point * question.answered_yes(learned.features).astype(int)
        for question, point in zip(score.questions, score.points, strict=True)
    )
    # Catches a total that is not the sum of the answers.
    np.testing.assert_array_equal(score.total(learned.features), by_hand)
    # Catches one total with two chances, or a chance that falls as points rise.
    table = pd.Series(score.estimate(learned.features)).groupby(score.total(learned.features)).agg(["min", "max"])
    assert np.allclose(table["min"], table["max"])
    assert table["min"].is_monotonic_increasing


def test_points_ask_the_questions_that_matter() -> None:
    score = PointsScore.fit(rows())
    best = {question.feature for question, point in zip(score.questions, score.points, strict=True) if abs(point) >= 2}
    # Catches a score led by noise, or one that leaves out what drives the outcome.
    assert best == {"contacts", "source"}
    assert {"who referred: police", "who referred: school"} & set(score.table["question"])


def test_a_question_names_a_category_in_words() -> None:
    learned = rows()
    levels = tuple(f"from_{level}" for level in LEVELS)
    features = learned.features.assign(source=learned.features["source"].cat.rename_categories(list(levels)))
    catalogue = (replace(learned.catalogue[1], levels=levels),)
    asked = PointsScore.fit(LearningRows(features[["source"]], catalogue, learned.known, 365.0)).questions
    # Catches "domestic_abuse" on the page, and a question that no longer finds its rows for having been put in words.
    assert [one.label.replace("from ", "from_") for one in asked] == [f"who referred: {one.level}" for one in asked]
    assert all(one.answered_yes(features).any() for one in asked)


def test_an_absent_value_answers_no() -> None:
    learned = rows()
    question = next(one for one in PointsScore.fit(learned).questions if one.feature == "contacts")
    # Catches points given for what is not recorded.
    assert not question.answered_yes(learned.features)[learned.features["contacts"].isna()].any()


def test_a_question_asks_for_at_least() -> None:
    answered = Question("contacts", "contacts", threshold=2.0).answered_yes(pd.DataFrame({"contacts": [1.0, 2.0, 3.0]}))
    # Catches "more than" where the label says "at least".
    assert answered.tolist() == [False, True, True]


def test_points_of_nothing_are_the_base_rate() -> None:
    learned = rows()
    flat = LearningRows(learned.features[["noise"]] * 0, (learned.catalogue[2],), learned.known, 365.0)
    # Catches a score that fails, or invents something, where nothing tells rows apart.
    np.testing.assert_allclose(PointsScore.fit(flat).estimate(flat.features), learned.rate, atol=0.01)


def test_points_can_be_built_again() -> None:
    # Catches a rule with a die in it.
    assert PointsScore.fit(rows()).points == PointsScore.fit(rows()).points


def test_the_logistic_model_is_that_of_scikit_learn() -> None:
    learned = rows()
    plain = LearningRows(learned.features[["noise"]], (learned.catalogue[2],), learned.known, 365.0)
    model = LogisticModel.fit(plain)
    term = model.terms[0]
    columns = np.column_stack(term.columns(plain.features["noise"]))
    standard = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    penalty = model.table.loc[model.table["chosen"], "penalty"].item()
    peer = LogisticRegression(C=penalty, tol=1e-10, max_iter=1_000).fit(standard, learned.outcome)
    # Catches a design matrix or a penalty other than the one described.
    np.testing.assert_allclose(model.estimate(plain.features), peer.predict_proba(standard)[:, 1], atol=1e-5)


def test_the_logistic_model_bends_marks_absent_and_shares_rare_levels() -> None:
    model = LogisticModel.fit(rows())
    contacts, source, noise = model.terms
    # Catches a straight line where there are many values, and a lost mark of absence.
    assert len(noise.knots) == 3
    assert contacts.has_absent
    # Catches a coefficient for a level of ten people.
    assert source.levels == ("school", "police")
    # Catches a penalty that is not looked for, or not recorded.
    assert model.table["penalty"].tolist() == list(PENALTIES)
    assert model.table["chosen"].sum() == 1
    assert model.table.set_index("chosen").loc[True, "logloss"] == model.table["logloss"].min()


def test_rows_the_logistic_model_has_not_seen_the_like_of() -> None:
    model = LogisticModel.fit(rows())
    fresh = rows(seed=2).features.assign(noise=np.nan)
    # Catches a gap in a comparison: every row gets an estimate from every simple model.
    assert np.isfinite(model.estimate(fresh)).all()


def test_every_simple_model_is_fitted() -> None:
    learned = rows()
    models = fit_simple_models(learned)
    # Catches a rival that is left out of the race.
    assert list(models) == [BASE_RATE, POINTS, LOGISTIC]
    with_criteria = fit_simple_models(learned, criteria_columns={"older_sibling_convicted": "contacts"})
    # Catches criteria that are not compared where the features carry them.
    assert "criteria" in with_criteria
    for model in with_criteria.values():
        estimate = model.estimate(learned.features)
        # Catches estimates that are off on the rows they were learned from.
        assert estimate.mean() == pytest.approx(learned.rate, abs=0.01)
