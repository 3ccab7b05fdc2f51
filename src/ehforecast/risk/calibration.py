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
Method = Literal["shrunk_sigmoid", "sigmoid", "venn_abers", "isotonic"]
METHODS: tuple[Method, ...] = ("shrunk_sigmoid", "sigmoid", "venn_abers", "isotonic")
"""From the one that changes least on: a later one must earn its place."""

FOLDS = 5

SURE = 2.0
"""Standard errors: a calibration put on by chance makes estimates worse."""

FREE, SHRUNK = 1.0, 0.1
"""How far level and slope may lie from 0 and 1, as the standard deviation of a prior. Trees scored out of family are
about a tenth off (measured: decision 57)."""


class Calibrator(Protocol):
    """Turns an estimate into a calibrated one."""

    def apply(self, scores: Matrix) -> Matrix:
        """The calibrated chance for each estimated chance."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """For keeping as JSON."""
        ...


@dataclass(frozen=True)
class Sigmoid:
    """A line on the log odds, ``intercept + slope * log odds``: two numbers, and it keeps the order of estimates."""

    intercept: float
    slope: float

    @classmethod
    def fit(cls, scores: Matrix, outcome: Matrix, *, weights: Matrix, prior: float = FREE) -> "Sigmoid":
        """By penalised maximum likelihood.

        Level (where the scores' mean lies) and slope are drawn to 0 and 1 as far as `prior`, a standard deviation,
        says: by a hair where it is `FREE`, so that the line exists even where outcomes part cleanly.
        """
        odds = _log_odds(scores)
        middle = float(np.average(odds, weights=weights))

        def loss(off: Matrix) -> tuple[float, Matrix]:
            chance = expit(odds + off[0] + off[1] * (odds - middle))
            miss, pull = weights * (chance - outcome), off / prior**2
            value = (weights * log_losses(chance, outcome)).sum() + 0.5 * off @ pull
            return float(value), np.array([miss.sum(), miss @ (odds - middle)]) + pull

        level, slope = minimize(loss, np.zeros(2), jac=True, method="BFGS").x
        return cls(float(level - slope * middle), float(1 + slope))

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
        case "shrunk_sigmoid":
            return Sigmoid.fit(scores, outcome, weights=weights, prior=SHRUNK)
        case "sigmoid":
            return Sigmoid.fit(scores, outcome, weights=weights)
        case "isotonic":
            return Isotonic.fit(scores, outcome, weights=weights)
        case "venn_abers":
            return VennAbers.fit(scores, outcome, weights=weights)


def load_calibrator(method: Method, kept: Mapping[str, Any]) -> Calibrator:
    """What `to_dict` kept."""
    match method:
        case "shrunk_sigmoid" | "sigmoid":
            return Sigmoid(float(kept["intercept"]), float(kept["slope"]))
        case "isotonic":
            return Isotonic(*(np.asarray(kept[name], dtype=np.float64) for name in ("scores", "chances")))
        case "venn_abers":
            return VennAbers.from_dict(kept)


def choose_calibrator(scores: Matrix, *, known: pd.DataFrame, seed: int) -> CalibrationChoice:
    """A line drawn to the estimates as they are; a way with more freedom only where it is surely better.

    Each way is fitted on four fifths of the families and judged on the rest, in turn, so that one that memorises loses;
    the one that changes least is taken whose log loss is within two standard errors (of the paired difference) of the
    best's. ``known``: ``outcome, weight, group_id``, row for row; rows of weight 0 count for nothing.
    """
    used = (known["weight"] > 0).to_numpy() & np.isfinite(scores)
    scores, known = scores[used], known[used]
    losses = {method: _held_out_losses(method, scores, known=known, seed=seed) for method in METHODS}
    weights = known["weight"].to_numpy()
    means = {method: float(np.average(loss, weights=weights)) for method, loss in losses.items()}
    best = min(METHODS, key=lambda method: means[method])
    errors = {method: clustered_error(loss - losses[best], known=known) for method, loss in losses.items()}
    chosen = next(method for method in METHODS if means[method] - means[best] <= SURE * errors[method])
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
