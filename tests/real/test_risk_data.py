"""The trees on public data of return within a year, official split, with default settings."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.cohort_split import SplitSettings
from ehforecast.risk.cohort_table import CohortColumns, cohort_from_table
from ehforecast.risk.learning import learning_rows
from ehforecast.risk.probes import _absence_ratio
from ehforecast.risk.scores import Scores

NOT_FEATURES = ("row", "Recidivism_Arrest_Year1", "Training_Sample", "Race", "period")


@pytest.fixture(scope="module")
def cohort(real_data: Path) -> Cohort:
    table = pd.read_csv(real_data / "risk" / "nij_year1.csv")
    table = table.assign(period=np.where(table["Training_Sample"] == 1, "train", "test"))
    names = [str(name) for name in table if name not in NOT_FEATURES]
    table[names] = table[names].astype("float64").where(table[names] != -1)
    columns = CohortColumns("row", outcome="Recidivism_Arrest_Year1", period="period", audit=("Race",))
    return cohort_from_table(table, columns, features=names, horizon_days=365, split=SplitSettings())


@pytest.mark.acceptance("risk")
def test_the_default_trees_reach_the_published_ones(cohort: Cohort, record_figure: Callable[..., None]) -> None:
    learned = learning_rows(cohort.select(cohort.rows["period"] != "test"), CensoringSettings())
    # Catches another split than the official one.
    assert (len(learned), len(cohort.of("test"))) == (18_028, 7_807)
    model = RiskClassifier(catalogue=learned.catalogue).fit(learned.features, learned.outcome)
    test = cohort.of("test")
    scores = Scores(model.predict_proba(test.features)[:, 1], test.outcome.to_numpy())
    found = {name: float(value[0]) for name, value in scores.all(np.ones((1, len(test)))).items()}
    record_figure("NIJ year 1, Brier, default trees without a search", found["brier"], "at most 0.1882")
    record_figure("NIJ year 1, AUROC, default trees without a search", found["auroc"], "at least 0.701")
    # Catches a default that has slipped behind the best published tree models (standard deviation of the test: 0.0022).
    assert found["brier"] <= 0.1882
    assert found["auroc"] >= 0.701
    assert 0.95 <= found["slope"] <= 1.10


def test_the_gang_field_is_absent_for_every_woman(cohort: Cohort) -> None:
    absent = cohort.features["Gang_Affiliated"].isna()
    # Catches a minus one taken for a number: absence here is sex by another name.
    assert (absent == (cohort.features["Gender"] == 0)).all()
    learned = learning_rows(cohort.of("train"), CensoringSettings())
    # Catches a probe that takes every difference for a leak: the rates differ, but by far less than threefold.
    assert 1.0 < _absence_ratio(learned.features["Gang_Affiliated"].isna().to_numpy(), learned) < 2.0
