"""Venn-Abers calibration: for each score the two chances between which a calibrated one lies."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import isotonic_regression

Matrix = npt.NDArray[np.float64]

MOST_PLACES = 100
"""Scores at which the two isotonic fits are made; between them the wider answer is taken."""


@dataclass(frozen=True)
class VennAbers:
    """What isotonic regression would say of a score if its outcome were 0, and if it were 1.

    One of the two is a calibrated chance, whatever the scores, if outcomes to come are exchangeable with those learned
    from. The single estimate is the one with the least worst log loss, ``upper / (1 - lower + upper)``.

    Source: Vovk, Petej and Fedorova (2015), Large-scale probabilistic predictors with and without guarantees.

    >>> lower, upper = VennAbers.fit(np.array([.1, .2, .3, .4]), np.array([0., 0., 1., 1.])).interval(np.array([.35]))
    >>> lower.round(2), upper.round(2)
    (array([0.5]), array([1.]))
    """

    scores: Matrix
    lower: Matrix
    upper: Matrix

    @classmethod
    def fit(cls, scores: Matrix, outcome: Matrix, *, weights: Matrix | None = None) -> "VennAbers":
        """Learn from scores with known outcomes, weighted where a known outcome stands for unknown ones."""
        order = np.argsort(scores, kind="stable")
        scores, outcome = scores[order], outcome[order]
        weights = np.ones_like(scores) if weights is None else weights[order]
        distinct, starts = np.unique(scores, return_index=True)
        mass = np.add.reduceat(weights, starts)
        share = np.add.reduceat(weights * outcome, starts) / mass
        places = np.unique(np.linspace(0, len(distinct) - 1, min(MOST_PLACES, len(distinct))).round().astype(int))
        at = distinct[places]
        lower = np.array([_at(place, 0.0, share=share, mass=mass) for place in places])
        upper = np.array([_at(place, 1.0, share=share, mass=mass) for place in places])
        return cls(at, lower, upper)

    def interval(self, scores: Matrix) -> tuple[Matrix, Matrix]:
        """The two chances for each score."""
        below = np.clip(np.searchsorted(self.scores, scores, side="right") - 1, 0, len(self.scores) - 1)
        above = np.clip(np.searchsorted(self.scores, scores, side="left"), 0, len(self.scores) - 1)
        return self.lower[below], self.upper[above]

    def apply(self, scores: Matrix) -> Matrix:
        """One chance for each score."""
        lower, upper = self.interval(scores)
        return np.asarray(upper / (1 - lower + upper))

    def to_dict(self) -> dict[str, Any]:
        """For keeping as JSON."""
        return {name: values.tolist() for name, values in vars(self).items()}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "VennAbers":
        """What `to_dict` kept."""
        return cls(*(np.asarray(kept[name], dtype=np.float64) for name in ("scores", "lower", "upper")))


def _at(place: int, outcome: float, *, share: Matrix, mass: Matrix) -> float:
    """The isotonic fit at one score after one more row there with that outcome."""
    heavier, changed = mass.copy(), share.copy()
    heavier[place] += 1.0
    changed[place] = (share[place] * mass[place] + outcome) / heavier[place]
    return float(isotonic_regression(changed, sample_weight=heavier)[place])
