"""Penalised logistic regression with bends: the rival that a tree model has to beat."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ehforecast.risk.calibration import family_folds
from ehforecast.risk.cohort import Feature
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.scores import log_losses

Matrix = npt.NDArray[np.float64]

PENALTIES = (0.001, 0.01, 0.1, 1.0)
"""scikit-learn's C: smaller shrinks more."""

KNOTS = (0.25, 0.5, 0.75)
FEW_VALUES = 6
"""A number with no more distinct values than this is a straight line."""

COMMON_LEVEL = 20
COMMON_SHARE = 0.005
"""A level has a column of its own if at least 20 rows and one in 200 have it; the rest share none."""

FOLDS = 4
MOST_ROWS = 100_000
"""More rows are sampled, families whole: the coefficients are settled long before."""


@dataclass(frozen=True)
class Terms:
    """The columns of one feature: a line with bends at quartiles and a mark for absent, or one per common level."""

    feature: Feature
    levels: tuple[str, ...] = ()
    middle: float = 0.0
    knots: tuple[float, ...] = ()
    has_absent: bool = False

    @classmethod
    def fit(cls, column: pd.Series, feature: Feature) -> "Terms":
        """Choose the columns from rows to learn from."""
        if feature.levels:
            counts = column.astype("object").value_counts()
            enough = max(COMMON_LEVEL, COMMON_SHARE * len(column))
            return cls(feature, tuple(level for level in feature.levels if counts.get(level, 0) >= enough))
        known = column.dropna().astype("float64")
        if known.empty:
            return cls(feature)
        inner = {float(value) for value in known.quantile(KNOTS)} - {float(known.min()), float(known.max())}
        knots = tuple(sorted(inner)) if known.nunique() > FEW_VALUES else ()
        return cls(feature, (), float(known.median()), knots, bool(column.isna().any()))

    def columns(self, column: pd.Series) -> list[Matrix]:
        """What these columns hold for rows."""
        if self.feature.levels:
            values = column.astype("object")
            return [np.asarray(values == level, dtype=np.float64) for level in self.levels]
        numbers = column.to_numpy(dtype="float64", na_value=np.nan)
        filled = np.where(np.isnan(numbers), self.middle, numbers)
        bends = [np.maximum(filled - knot, 0.0) for knot in self.knots]
        return [filled, *bends, *([np.isnan(numbers).astype("float64")] if self.has_absent else [])]


@dataclass(frozen=True)
class LogisticModel:
    """Ridge logistic regression; absent numbers take the median and a mark; penalty by log loss on held-out families.

    `table`: ``penalty, logloss, chosen``.
    """

    terms: tuple[Terms, ...]
    centre: Matrix
    scale: Matrix
    coefficients: Matrix
    intercept: float
    table: pd.DataFrame = field(repr=False)

    @classmethod
    def fit(cls, rows: LearningRows, *, seed: int = 0) -> "LogisticModel":
        """Fit on rows with known outcomes."""
        rows = rows.sample(MOST_ROWS, seed=seed)
        terms = tuple(Terms.fit(rows.features[feature.name], feature) for feature in rows.catalogue)
        matrix = _matrix(terms, rows.features)
        centre, spread = matrix.mean(axis=0), matrix.std(axis=0)
        scale = np.where(spread > 0, spread, 1.0)
        matrix = (matrix - centre) / scale
        folds = family_folds(rows.known["group_id"], folds=FOLDS, seed=seed)
        losses = [_held_out(matrix, rows, penalty=penalty, folds=folds) for penalty in PENALTIES]
        chosen = int(np.argmin(losses))
        fitted = _fitted(matrix, rows, penalty=PENALTIES[chosen])
        table = pd.DataFrame({"penalty": PENALTIES, "logloss": losses}).assign(
            chosen=np.arange(len(PENALTIES)) == chosen
        )
        return cls(terms, centre, scale, fitted.coef_[0], float(fitted.intercept_[0]), table)

    def estimate(self, features: pd.DataFrame) -> Matrix:
        """The chance for each row."""
        standard = (_matrix(self.terms, features) - self.centre) / self.scale
        return np.asarray(expit(self.intercept + standard @ self.coefficients))


def _matrix(terms: Sequence[Terms], features: pd.DataFrame) -> Matrix:
    columns = [column for term in terms for column in term.columns(features[term.feature.name])]
    return np.column_stack(columns) if columns else np.zeros((len(features), 1))


def _held_out(matrix: Matrix, rows: LearningRows, *, penalty: float, folds: npt.NDArray[np.int64]) -> float:
    losses = np.empty(len(rows))
    for fold in range(FOLDS):
        held, rest = folds == fold, folds != fold
        chances = _fitted(matrix[rest], rows.take(rest), penalty=penalty).predict_proba(matrix[held])[:, 1]
        losses[held] = log_losses(chances, rows.outcome[held])
    return float(np.average(losses, weights=rows.weights))


def _fitted(matrix: Matrix, rows: LearningRows, *, penalty: float) -> LogisticRegression:
    """Newton's method: exact to the last digits, so that no number of threads changes the answer."""
    model = LogisticRegression(C=penalty, solver="newton-cholesky", max_iter=100)
    return model.fit(matrix, rows.outcome, sample_weight=rows.weights)
