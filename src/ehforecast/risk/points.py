"""A points score: a handful of yes-or-no questions, whole points, and a table from total to chance."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from ehforecast.risk.calibration import Sigmoid
from ehforecast.risk.cohort import Feature
from ehforecast.risk.learning import LearningRows
from ehforecast.vocabulary.coded_words import coded_words

Matrix = npt.NDArray[np.float64]

MOST_QUESTIONS = 8
MOST_POINTS = 5
SMALLEST_SHARE = 0.05
"""A question is asked only if at least this share of the rows says yes, and as many say no."""

CUTS = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Question:
    """Is the feature, named by its ``label``, at least a threshold, or of one level? An absent value says no."""

    feature: str
    label: str
    threshold: float | None = None
    level: str = ""

    def answered_yes(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """The answer for each row."""
        column = features[self.feature]
        if self.threshold is None:
            return (column.astype("object") == self.level).to_numpy(dtype=bool)
        return (column.astype("float64") >= self.threshold).to_numpy(dtype=bool)


@dataclass(frozen=True)
class PointsScore:
    """The scorecard a council could work out on paper.

    The rule, so that anyone can build it again: for each number the best cut among 0, its quartiles, and for each
    category its best level, by the likelihood gained; the eight best features; one ridge regression on the answers;
    coefficients divided by a fifth of the largest and rounded; and a logistic line from total to chance.

    `table`: ``question, points, share_yes``.
    """

    questions: tuple[Question, ...]
    points: tuple[int, ...]
    line: Sigmoid
    table: pd.DataFrame = field(repr=False)

    @classmethod
    def fit(cls, rows: LearningRows) -> "PointsScore":
        """Build the score from rows with known outcomes."""
        questions = _best_questions(rows)
        answers = np.column_stack([question.answered_yes(rows.features) for question in questions]).astype("float64")
        ridge = LogisticRegression(C=1.0, solver="newton-cholesky")
        ridge.fit(answers, rows.outcome, sample_weight=rows.weights)
        points = whole_points(ridge.coef_[0])
        line = Sigmoid.fit(expit(answers @ points / MOST_POINTS), rows.outcome, weights=rows.weights)
        labels = [question.label for question in questions]
        table = pd.DataFrame({"question": labels, "points": points, "share_yes": answers.mean(axis=0)})
        return cls(questions, tuple(int(value) for value in points), line, table[table["points"] != 0])

    def total(self, features: pd.DataFrame) -> Matrix:
        """Points of each row."""
        answers = [question.answered_yes(features) for question in self.questions]
        return np.column_stack(answers).astype("float64") @ np.asarray(self.points, dtype=np.float64)

    def estimate(self, features: pd.DataFrame) -> Matrix:
        """The chance that goes with the points of each row."""
        return self.line.apply(expit(self.total(features) / MOST_POINTS))


def whole_points(coefficients: Matrix) -> npt.NDArray[np.int64]:
    """Whole numbers from -5 to 5 in proportion to the coefficients.

    >>> whole_points(np.array([1.0, 0.31, -0.5, 0.05]))
    array([ 5,  2, -2,  0])
    """
    largest = np.abs(coefficients).max(initial=0.0)
    scaled = coefficients / largest * MOST_POINTS if largest > 0 else coefficients
    return np.asarray(np.round(scaled), dtype=np.int64)


def _best_questions(rows: LearningRows) -> tuple[Question, ...]:
    best = []
    for feature in rows.catalogue:
        gains = [(_gain(question, rows), question) for question in _questions(rows.features[feature.name], feature)]
        if gains:
            best.append(max(gains, key=lambda pair: pair[0]))
    found = sorted(best, key=lambda pair: -pair[0])[:MOST_QUESTIONS]
    return tuple(question for gain, question in found if gain > 0) or (_no_question(rows.catalogue[0]),)


def _no_question(feature: Feature) -> Question:
    """Where nothing tells rows apart: a question that everyone answers no."""
    return Question(feature.name, f"{feature.label}: beyond all", threshold=np.inf)


def _questions(column: pd.Series, feature: Feature) -> Iterator[Question]:
    if feature.levels:
        for level in feature.levels:
            yield Question(feature.name, f"{feature.label}: {coded_words(level)}", level=level)
        return
    known = column.dropna()
    if len(known):
        above = {float(known[known > 0].min())} if (known > 0).any() else set()
        for cut in sorted({float(value) for value in known.quantile(CUTS)} | above):
            yield Question(feature.name, f"{feature.label}: at least {cut:g}", threshold=cut)


def _gain(question: Question, rows: LearningRows) -> float:
    """Log likelihood gained by one rate for yes and one for no over one rate for all; 0 where either side is thin."""
    yes, weights = question.answered_yes(rows.features), rows.weights
    share = np.average(yes, weights=weights)
    if not SMALLEST_SHARE <= share <= 1 - SMALLEST_SHARE:
        return 0.0
    sides = [_likelihood(rows.outcome[side], weights[side]) for side in (yes, ~yes)]
    return sum(sides) - _likelihood(rows.outcome, weights)


def _likelihood(outcome: Matrix, weights: Matrix) -> float:
    total = weights.sum()
    rate = (weights @ outcome) / total
    return 0.0 if rate in {0.0, 1.0} else float(total * (rate * np.log(rate) + (1 - rate) * np.log(1 - rate)))
