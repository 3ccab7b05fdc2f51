"""How good estimates of chance are, for many weightings of the same rows at once.

One weighting of ones gives the figure; weightings by resampled families give its interval; weights by the inverse
probability of follow-up put those in whose follow-up ended. Sorting is done once. Checked against scikit-learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

Matrix = npt.NDArray[np.float64]

CALIBRATION_BINS = 10
SMALLEST_CHANCE = 1e-6
"""Estimates are kept this far from 0 and 1 where a logarithm is taken."""

MOST_STEPS = 20
CLOSE = 1e-4
"""Newton's method stops after so many steps, or when none moves by more (the error is then its square)."""

METRICS = (
    "auroc", "average_precision", "brier", "brier_skill", "logloss", "slope", "citl", "ece", "rate", "mean_estimate",
)  # fmt: skip


@dataclass(frozen=True)
class Scores:
    """Estimates beside outcomes of 0 and 1, in ascending order of the estimate.

    Every method takes weights, replicates x rows in the order of the rows given, and returns one number per replicate,
    NaN where it has no value (a group without events has no AUROC).
    """

    estimate: Matrix
    outcome: Matrix

    def all(self, weights: Matrix) -> dict[str, Matrix]:
        """Every figure of `METRICS`."""
        ordered, rate = weights[:, self._order], self.rate(weights)
        brier = self.brier(weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            skill = np.where(rate * (1 - rate) > 0, 1 - brier / (rate * (1 - rate)), np.nan)
        return {
            "auroc": self._auroc(ordered),
            "average_precision": self._average_precision(ordered),
            "brier": brier,
            "brier_skill": skill,
            "logloss": self.logloss(weights),
            "slope": self._calibration_slope(ordered),
            "citl": self._in_the_large(ordered),
            "ece": self._ece(ordered),
            "rate": rate,
            "mean_estimate": _mean(self.estimate, weights),
        }

    def rate(self, weights: Matrix) -> Matrix:
        """Share with an event."""
        return _mean(self.outcome, weights)

    def brier(self, weights: Matrix) -> Matrix:
        """Mean squared distance of estimate and outcome."""
        return _mean((self.estimate - self.outcome) ** 2, weights)

    def logloss(self, weights: Matrix) -> Matrix:
        """Mean of minus the logarithm of the chance given to what came."""
        return _mean(log_losses(self.estimate, self.outcome), weights)

    def auroc(self, weights: Matrix) -> Matrix:
        """Chance that one with an event has the higher estimate than one without; half for ties."""
        return self._auroc(weights[:, self._order])

    def net_benefit(self, weights: Matrix, thresholds: Sequence[float]) -> tuple[Matrix, Matrix]:
        """Net benefit of the estimates and of "all", replicates x thresholds; "none" is 0.

        Events at or above the threshold less the others there times its odds, per row (Vickers and Elkin 2006).
        """
        ordered = weights[:, self._order]
        places = np.searchsorted(self.estimate[self._order], np.asarray(thresholds), side="left")
        odds = np.asarray(thresholds) / (1 - np.asarray(thresholds))
        events, others, total = self._above(ordered)
        with np.errstate(divide="ignore", invalid="ignore"):
            return (
                (events[:, places] - odds * others[:, places]) / total[:, None],
                (events[:, [0]] - odds * others[:, [0]]) / total[:, None],
            )

    def at_capacities(self, weights: Matrix, shares: Sequence[float]) -> tuple[Matrix, Matrix]:
        """Precision and recall among the highest estimates that fill each share; ties are taken in proportion."""
        ordered, starts = weights[:, self._order], self._tie_starts
        mass = np.add.reduceat(ordered, starts, axis=1)[:, ::-1]
        events = np.add.reduceat(ordered * self._outcome, starts, axis=1)[:, ::-1]
        total_events = events.sum(axis=1)
        found = np.empty((len(weights), len(shares)))
        for place, (cumulated, came) in enumerate(zip(_from_zero(mass), _from_zero(events), strict=True)):
            found[place] = np.interp(np.asarray(shares) * cumulated[-1], cumulated, came)
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = found / (np.asarray(shares) * mass.sum(axis=1)[:, None])
            return precision, found / total_events[:, None]

    def curve(self, weights: Matrix, *, bins: int = CALIBRATION_BINS) -> tuple[Matrix, Matrix, Matrix]:
        """Mean estimate, share with an event and weight in each of so many equal bins: replicates x bins."""
        return self._bins(weights[:, self._order], bins)

    @cached_property
    def _order(self) -> npt.NDArray[np.intp]:
        return np.argsort(self.estimate, kind="stable")

    @cached_property
    def _outcome(self) -> Matrix:
        return self.outcome[self._order]

    @cached_property
    def _tie_starts(self) -> npt.NDArray[np.intp]:
        ordered = self.estimate[self._order]
        return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])

    def _by_tie(self, ordered: Matrix) -> tuple[Matrix, Matrix]:
        """Weight of events and of the others at each distinct estimate, from low to high."""
        events = np.add.reduceat(ordered * self._outcome, self._tie_starts, axis=1)
        return events, np.add.reduceat(ordered, self._tie_starts, axis=1) - events

    def _auroc(self, ordered: Matrix) -> Matrix:
        events, others = self._by_tie(ordered)
        below = np.cumsum(others, axis=1) - others / 2
        pairs = events.sum(axis=1) * others.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(pairs > 0, (events * below).sum(axis=1) / pairs, np.nan)

    def _average_precision(self, ordered: Matrix) -> Matrix:
        events, others = self._by_tie(ordered)
        found = np.cumsum(events[:, ::-1], axis=1)
        taken = found + np.cumsum(others[:, ::-1], axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            precision = np.where(taken > 0, found / taken, 0.0)
            return np.where(found[:, -1] > 0, (events[:, ::-1] * precision).sum(axis=1) / found[:, -1], np.nan)

    def _above(self, ordered: Matrix) -> tuple[Matrix, Matrix, Matrix]:
        """Weight of events and others from each place upwards, with a nought after the last; and of all rows."""
        came = ordered * self._outcome
        upwards = [np.cumsum(part[:, ::-1], axis=1)[:, ::-1] for part in (came, ordered - came)]
        events, others = (np.pad(part, ((0, 0), (0, 1))) for part in upwards)
        return events, others, ordered.sum(axis=1)

    def _bins(self, ordered: Matrix, bins: int = CALIBRATION_BINS) -> tuple[Matrix, Matrix, Matrix]:
        starts = np.linspace(0, ordered.shape[1], bins + 1).astype(int)[:-1]
        starts = np.unique(starts)
        mass = np.add.reduceat(ordered, starts, axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            estimate = np.add.reduceat(ordered * self.estimate[self._order], starts, axis=1) / mass
            return estimate, np.add.reduceat(ordered * self._outcome, starts, axis=1) / mass, mass

    def _ece(self, ordered: Matrix) -> Matrix:
        estimate, observed, mass = self._bins(ordered)
        return np.asarray(np.nansum(mass * np.abs(estimate - observed), axis=1) / mass.sum(axis=1))

    @cached_property
    def _log_odds(self) -> Matrix:
        return np.asarray(logit(np.clip(self.estimate[self._order], SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)))

    def _in_the_large(self, ordered: Matrix) -> Matrix:
        """The log odds by which all estimates are too low: 0 is unbiased, negative says too much."""
        shift = np.full(len(ordered), self._start[0])
        for _ in range(MOST_STEPS):
            chance = expit(self._log_odds + shift[:, None])
            miss = ordered @ self._outcome - np.einsum("ij,ij->i", ordered, chance)
            chance *= 1 - chance
            with np.errstate(divide="ignore", invalid="ignore"):
                step = np.clip(miss / np.einsum("ij,ij->i", ordered, chance), -2, 2)
            shift = shift + step
            if not (np.abs(step) > CLOSE).any():
                break
        return _where_both(shift, ordered=ordered, outcome=self._outcome)

    def _calibration_slope(self, ordered: Matrix) -> Matrix:
        """Slope of the outcome's log odds on those of the estimate, by Newton's method."""
        odds, line = self._log_odds, np.tile(self._start[1:], (len(ordered), 1))
        if np.ptp(odds) < SMALLEST_CHANCE:
            return np.full(len(ordered), np.nan)
        for _ in range(MOST_STEPS):
            step = _newton_step(line, odds=odds, ordered=ordered, outcome=self._outcome)
            line = line + step
            if not (np.abs(step) > CLOSE).any():
                break
        return _where_both(line[:, 1], ordered=ordered, outcome=self._outcome)

    @cached_property
    def _start(self) -> Matrix:
        """Shift, intercept and slope of the rows as they are: where the search for each replicate begins."""
        start, ones = np.array([0.0, 0.0, 1.0]), np.ones((1, len(self.estimate)))
        for _ in range(MOST_STEPS):
            step = _newton_step(start[None, 1:], odds=self._log_odds, ordered=ones, outcome=self._outcome)[0]
            start[1:] += step
        return start if np.isfinite(start).all() else np.array([0.0, 0.0, 1.0])


def _newton_step(line: Matrix, *, odds: Matrix, ordered: Matrix, outcome: Matrix) -> Matrix:
    """The next step of a logistic regression of outcomes on log odds, one per replicate."""
    weight = expit(line[:, [0]] + line[:, [1]] * odds)
    miss = ordered * (outcome - weight)
    first, second = miss.sum(axis=1), miss @ odds
    weight *= (1 - weight) * ordered
    a, b, c = weight.sum(axis=1), weight @ odds, weight @ odds**2
    with np.errstate(divide="ignore", invalid="ignore"):
        step = np.stack([c * first - b * second, a * second - b * first], axis=1) / (a * c - b**2)[:, None]
    return np.asarray(np.clip(step, -2, 2))


def log_losses(estimate: Matrix, outcome: Matrix) -> Matrix:
    """Minus the logarithm of the chance given to what came, row by row."""
    chance = np.clip(estimate, SMALLEST_CHANCE, 1 - SMALLEST_CHANCE)
    return np.asarray(-np.log(np.where(outcome == 1.0, chance, 1 - chance)))


def _mean(values: Matrix, weights: Matrix) -> Matrix:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((weights @ values) / weights.sum(axis=1))


def _from_zero(parts: Matrix) -> Matrix:
    return np.pad(np.cumsum(parts, axis=1), ((0, 0), (1, 0)))


def _where_both(values: Matrix, *, ordered: Matrix, outcome: Matrix) -> Matrix:
    """NaN where only one kind of outcome has any weight."""
    events = ordered @ outcome
    return np.where((events > 0) & (events < ordered.sum(axis=1)) & np.isfinite(values), values, np.nan)
