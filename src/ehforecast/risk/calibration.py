"""From scores to chances that can be taken at their word: four ways, chosen by a proper score on a later period."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.isotonic import IsotonicRegression

from ehforecast.risk.scores import SMALLEST_CHANCE, log_losses
from ehforecast.risk.venn_abers import VennAbers

Matrix = npt.NDArray[np.float64]
Method = Literal["none", "sigmoid", "venn_abers", "isotonic"]
METHODS: tuple[Method, ...] = ("none", "sigmoid", "venn_abers", "isotonic")
"""From the simplest on: a later one must earn its place."""

FOLDS = 5

CHI_SQUARED_95 = 5.991
"""Of two degrees of freedom: the level and the slope of a line."""

SURE = 2.0
"""Standard errors: a calibration put on by chance costs the rows it was learned from, which trees could have used."""


class Calibrator(Protocol):
    """Turns an estimate into a calibrated one."""

    def apply(self, scores: Matrix) -> Matrix:
        """The calibrated chance for each estimated chance."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """For keeping as JSON."""
        ...


@dataclass(frozen=True)
class Uncalibrated:
    """Estimates as they are."""

    def apply(self, scores: Matrix) -> Matrix:
        return scores

    def to_dict(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class Sigmoid:
    """A line on the log odds, ``intercept + slope * log odds``: two numbers, and it keeps the order of estimates."""

    intercept: float
    slope: float

    @classmethod
    def fit(cls, scores: Matrix, outcome: Matrix, *, weights: Matrix) -> "Sigmoid":
        """By maximum likelihood, drawn by a hair to the identity so that it exists even where outcomes part cleanly."""
        odds = _log_odds(scores)

        def loss(line: Matrix) -> tuple[float, Matrix]:
            chance = expit(line[0] + line[1] * odds)
            miss, away = weights * (chance - outcome), line - np.array([0.0, 1.0])
            value = (weights * log_losses(chance, outcome)).sum() + 0.5 * (away**2).sum()
            return float(value), np.array([miss.sum(), miss @ odds]) + away

        found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS").x
        return cls(float(found[0]), float(found[1]))

    def apply(self, scores: Matrix) -> Matrix:
        return np.asarray(expit(self.intercept + self.slope * _log_odds(scores)))

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Isotonic:
    """The best rising step function, with straight lines between its steps; never quite 0 or 1."""

    scores: Matrix
    chances: Matrix

    @classmethod
    def fit(cls, scores: Matrix, outcome: Matrix, *, weights: Matrix) -> "Isotonic":
        """By least squares; kept half an event away from "never" and "always"."""
        margin = 0.5 / (weights.sum() + 1)
        fitted = IsotonicRegression(y_min=margin, y_max=1 - margin, out_of_bounds="clip")
        fitted.fit(scores, outcome, sample_weight=weights)
        return cls(np.asarray(fitted.X_thresholds_), np.asarray(fitted.y_thresholds_))

    def apply(self, scores: Matrix) -> Matrix:
        return np.asarray(np.interp(scores, self.scores, self.chances))

    def to_dict(self) -> dict[str, Any]:
        return {name: values.tolist() for name, values in vars(self).items()}


@dataclass(frozen=True)
class CalibrationChoice:
    """The way chosen, fitted on all of the calibration period, and how each did there.

    `table`: ``method, logloss`` (on families left out of the fit), ``difference`` from the best, ``se``, ``chosen``.
    """

    method: Method
    calibrator: Calibrator
    table: pd.DataFrame = field(repr=False)


def fit_calibrator(method: Method, scores: Matrix, *, outcome: Matrix, weights: Matrix) -> Calibrator:
    """One way of calibrating, learned from rows with known outcomes."""
    match method:
        case "none":
            return Uncalibrated()
        case "sigmoid":
            return Sigmoid.fit(scores, outcome, weights=weights)
        case "isotonic":
            return Isotonic.fit(scores, outcome, weights=weights)
        case "venn_abers":
            return VennAbers.fit(scores, outcome, weights=weights)


def load_calibrator(method: Method, kept: Mapping[str, Any]) -> Calibrator:
    """What `to_dict` kept."""
    match method:
        case "none":
            return Uncalibrated()
        case "sigmoid":
            return Sigmoid(float(kept["intercept"]), float(kept["slope"]))
        case "isotonic":
            return Isotonic(*(np.asarray(kept[name], dtype=np.float64) for name in ("scores", "chances")))
        case "venn_abers":
            return VennAbers.from_dict(kept)


def choose_calibrator(scores: Matrix, *, known: pd.DataFrame, seed: int) -> CalibrationChoice:
    """A line where the estimates are surely off one; a way with more freedom only where it is surely better still.

    Whether a line is needed is asked of the line itself (Wald test, families apart): it sees a slope that is off long
    before a difference in log loss can. Beyond that, each way is fitted on four fifths of the families and judged on
    the rest, in turn, so that one that memorises loses; the simplest is taken whose log loss is within two standard
    errors (of the paired difference) of the best's. ``known``: ``outcome, weight, group_id``, row for row; rows of
    weight 0 count for nothing.
    """
    used = (known["weight"] > 0).to_numpy() & np.isfinite(scores)
    scores, known = scores[used], known[used]
    losses = {method: _held_out_losses(method, scores, known=known, seed=seed) for method in METHODS}
    weights = known["weight"].to_numpy()
    means = {method: float(np.average(loss, weights=weights)) for method, loss in losses.items()}
    best = min(METHODS, key=lambda method: means[method])
    errors = {method: clustered_error(loss - losses[best], known=known) for method, loss in losses.items()}
    enough = METHODS[1:] if line_is_off(scores, known=known) else METHODS
    chosen = next(method for method in enough if means[method] - means[best] <= SURE * errors[method])
    table = pd.DataFrame(
        [(method, means[method], means[method] - means[best], errors[method], method == chosen) for method in METHODS],
        columns=["method", "logloss", "difference", "se", "chosen"],
    )
    fitted = fit_calibrator(chosen, scores, outcome=known["outcome"].to_numpy(), weights=weights)
    return CalibrationChoice(chosen, fitted, table)


def _held_out_losses(method: Method, scores: Matrix, *, known: pd.DataFrame, seed: int) -> Matrix:
    outcome, weights = known["outcome"].to_numpy(), known["weight"].to_numpy()
    folds = family_folds(known["group_id"], folds=FOLDS, seed=seed)
    losses = np.empty(len(scores))
    for fold in range(FOLDS):
        held, rest = folds == fold, folds != fold
        fitted = fit_calibrator(method, scores[rest], outcome=outcome[rest], weights=weights[rest])
        losses[held] = log_losses(fitted.apply(scores[held]), outcome[held])
    return losses


def line_is_off(scores: Matrix, *, known: pd.DataFrame) -> bool:
    """Whether the line from log odds to outcomes is surely not the identity, in level or in slope."""
    outcome, weights = known["outcome"].to_numpy(), known["weight"].to_numpy()
    line = Sigmoid.fit(scores, outcome, weights=weights)
    design = np.column_stack([np.ones(len(scores)), _log_odds(scores)])
    chance = line.apply(scores)
    information = design.T @ (design * (weights * chance * (1 - chance))[:, None])
    pulls = pd.DataFrame(design * (weights * (outcome - chance))[:, None])
    sums = pulls.groupby(known["group_id"].to_numpy()).sum().to_numpy()
    away = np.array([line.intercept, line.slope - 1])
    spread = sums.T @ sums
    if np.linalg.matrix_rank(spread) < len(away):
        return False  # too few families to tell
    statistic = information @ away @ np.linalg.solve(spread, information @ away)
    return bool(statistic > CHI_SQUARED_95)


def family_folds(groups: pd.Series, *, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """A fold for each row; families whole, drawn."""
    codes, families = pd.factorize(groups, sort=True)
    return np.asarray((np.random.default_rng(seed).permutation(len(families)) % folds)[codes], dtype=np.int64)


def clustered_error(differences: Matrix, *, known: pd.DataFrame) -> float:
    """Of a weighted mean of differences, where families are independent and their members are not."""
    weights = known["weight"].to_numpy()
    centred = weights * (differences - np.average(differences, weights=weights))
    sums = pd.Series(centred).groupby(known["group_id"].to_numpy()).sum()
    return float(np.sqrt((sums**2).sum()) / weights.sum())


def _log_odds(scores: Matrix) -> Matrix:
    return np.asarray(logit(np.clip(scores, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)))
