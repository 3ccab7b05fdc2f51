"""A model of few numbers, gaps and categories, with everything explanations need: themes, units, resampled models."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest

from ehforecast.risk.abstention import LearnedFrom
from ehforecast.risk.calibration import Calibrator, Sigmoid
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort import Feature
from ehforecast.risk.explain.explainer import Explainer
from ehforecast.risk.model import RiskModel

CATALOGUE = (
    Feature("referrals", "Referrals of the child, ever", "count", theme="history with services"),
    Feature("days_since_contact", "Days since the last contact of the child", "days", theme="history with services"),
    Feature("age_years", "Age of the child", "years", theme="family circumstances"),
    Feature("source", "Who made the latest contact", "category", theme="referral pattern", levels=("police", "school")),
    Feature("never_used", "Something that tells nothing", "yes or no", theme="timing"),
)


def draw_features(rows: int, *, seed: int) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    days = np.round(draw.exponential(300, rows))
    return pd.DataFrame(
        {
            "referrals": draw.poisson(1.0, rows).astype(float),
            "days_since_contact": np.where(draw.random(rows) < 0.2, np.nan, days),
            "age_years": draw.uniform(0, 17, rows).round(1),
            "source": pd.Categorical(draw.choice(["police", "school"], rows), categories=["police", "school"]),
            "never_used": np.ones(rows),
        },
        index=pd.Index([f"event-{place}" for place in range(rows)]),
    )


@dataclass(frozen=True)
class Small:
    """A model and rows it has not seen."""

    model: RiskModel
    features: pd.DataFrame

    def explainer(self, **changes: object) -> Explainer:
        return Explainer.of(replace(self.model, **changes), CATALOGUE)

    def calibrated(self, calibrator: Calibrator) -> Explainer:
        return self.explainer(calibrator=calibrator)


def fit_small(**settings: int) -> Small:
    features = draw_features(1_500, seed=1)
    odds = -1.0 + 0.6 * features["referrals"] - 0.05 * features["age_years"] + 0.8 * (features["source"] == "police")
    draw = np.random.default_rng(2)
    outcome = (draw.random(len(features)) < 1 / (1 + np.exp(-odds))).to_numpy().astype(float)
    fit = {"trees": 40, **settings}
    classifier = RiskClassifier(**fit, catalogue=CATALOGUE).fit(features, outcome)
    spread = []
    for seed in range(5):
        drawn = np.random.default_rng(seed).integers(0, len(features), len(features))
        spread.append(RiskClassifier(**fit, catalogue=CATALOGUE).fit(features.iloc[drawn], outcome[drawn]))
    learned = LearnedFrom.fit(features, classifier.encoder_)
    model = RiskModel(classifier, "sigmoid", Sigmoid(0.2, 0.8), learned, tuple(spread))
    return Small(model, draw_features(300, seed=3))


@pytest.fixture(scope="session")
def small() -> Small:
    return fit_small()


@pytest.fixture(scope="session")
def large_trees() -> Small:
    return fit_small(leaves=20)


@pytest.fixture
def uncalibrated() -> Sigmoid:
    return Sigmoid(0.0, 1.0)
