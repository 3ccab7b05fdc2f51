"""What a tree model is always shown beside: it must beat them to be worth its opacity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.criteria import CriteriaModel
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.logistic import LogisticModel
from ehforecast.risk.points import PointsScore

Matrix = npt.NDArray[np.float64]

BASE_RATE, POINTS, CRITERIA, LOGISTIC = "base_rate", "points_score", "criteria", "logistic"


class SimpleModel(Protocol):
    """Anything that says how likely the event is."""

    def estimate(self, features: pd.DataFrame) -> Matrix:
        """The chance for each row."""
        ...


@dataclass(frozen=True)
class BaseRate:
    """The past share with an event, for everyone."""

    rate: float

    def estimate(self, features: pd.DataFrame) -> Matrix:
        return np.full(len(features), self.rate)


def fit_simple_models(
    rows: LearningRows, *, criteria_columns: Mapping[str, str] | None = None, seed: int = 0
) -> dict[str, SimpleModel]:
    """Every simple model by name; the criteria only where the features carry what they need."""
    models: dict[str, SimpleModel] = {BASE_RATE: BaseRate(rows.rate), POINTS: PointsScore.fit(rows)}
    criteria = CriteriaModel.fit(rows, columns=criteria_columns or {})
    if criteria is not None:
        models[CRITERIA] = criteria
    models[LOGISTIC] = LogisticModel.fit(rows, seed=seed)
    return models
