"""Rows to learn from: features beside what is known of the outcome, and how they are divided to choose settings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.calibration import family_folds
from ehforecast.risk.censoring import CensoringSettings, known_outcomes
from ehforecast.risk.cohort import Cohort, Feature

Matrix = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

FEWEST_EVENTS = 30
"""Events on either side of a fold by time; with fewer, families are drawn into folds instead."""

LEAST_SHARE = 0.4
"""Of the rows, to be learned from in a fold by time: the best settings for a tenth are not those for all."""

VALIDATION_STARTS = (0.4, 0.55, 0.7, 0.85)
"""Shares of the index events before the starts of the blocks that folds by time are judged on."""


@dataclass(frozen=True)
class LearningRows:
    """Index events whose outcome is known, or stands for nothing (weight 0 is left out).

    Attributes:
        features: one row per index event.
        catalogue: the features in order.
        known: ``outcome, weight, group_id, index_on`` on the same index.
        horizon_days: of the outcome.
    """

    features: pd.DataFrame = field(repr=False)
    catalogue: tuple[Feature, ...] = field(repr=False)
    known: pd.DataFrame = field(repr=False)
    horizon_days: float

    def __len__(self) -> int:
        return len(self.known)

    @property
    def outcome(self) -> Matrix:
        """1.0 or 0.0."""
        return self.known["outcome"].to_numpy(dtype="float64")

    @property
    def weights(self) -> Matrix:
        """What each row counts."""
        return self.known["weight"].to_numpy(dtype="float64")

    @property
    def rate(self) -> float:
        """Weighted share with an event."""
        return float(np.average(self.outcome, weights=self.weights))

    def take(self, mask: Mask) -> "LearningRows":
        """The rows where the mask is true."""
        return LearningRows(self.features[mask], self.catalogue, self.known[mask], self.horizon_days)

    def sample(self, most: int, *, seed: int) -> "LearningRows":
        """About `most` rows, families whole, drawn."""
        if len(self) <= most:
            return self
        folds = family_folds(self.known["group_id"], folds=1_000, seed=seed)
        return self.take(folds < 1_000 * most / len(self))


def learning_rows(cohort: Cohort, settings: CensoringSettings) -> LearningRows:
    """The index events of a cohort that count for something."""
    known = known_outcomes(cohort, settings)
    frame = pd.DataFrame(
        {
            "outcome": known.outcome,
            "weight": known.weights,
            "group_id": cohort.rows["group_id"],
            "index_on": cohort.rows["index_on"],
        }
    )
    counts = frame["weight"] > 0
    return LearningRows(cohort.features[counts], cohort.catalogue, frame[counts], cohort.horizon_days)


def joined(first: LearningRows, second: LearningRows) -> LearningRows:
    """Both, one after the other."""
    return LearningRows(
        pd.concat([first.features, second.features]),
        first.catalogue,
        pd.concat([first.known, second.known]),
        first.horizon_days,
    )


def folds_of(rows: LearningRows, *, folds: int, seed: int) -> tuple[str, list[tuple[Mask, Mask]]]:
    """How rows are divided to choose settings, in words, and pairs of masks: learn from, judge on. Families stay whole.

    By time where there are dates and enough events: learn from what was known when a block of days began, judge on the
    block. Otherwise families are drawn into folds.
    """
    forward = [pair for pair in _forward(rows) if _enough(rows, pair)]
    if len(forward) >= 2:
        return "on later blocks of time, with no family on both sides", forward[-folds:]
    drawn = family_folds(rows.known["group_id"], folds=folds, seed=seed)
    return "on families left out, each in its turn", [(drawn != fold, drawn == fold) for fold in range(folds)]


def _forward(rows: LearningRows) -> Iterator[tuple[Mask, Mask]]:
    index_on, groups = rows.known["index_on"], rows.known["group_id"]
    if index_on.isna().any() or index_on.nunique() < len(VALIDATION_STARTS):
        return
    starts: list[Any] = [index_on.quantile(share, interpolation="lower") for share in VALIDATION_STARTS]
    for start, end in zip(starts, [*starts[1:], pd.Timestamp.max], strict=True):
        judged = (index_on >= start) & (index_on < end)
        learned = (index_on + pd.Timedelta(days=rows.horizon_days) <= start) & ~groups.isin(groups[judged])
        yield learned.to_numpy(), judged.to_numpy()


def _enough(rows: LearningRows, pair: tuple[Mask, Mask]) -> bool:
    if pair[0].mean() < LEAST_SHARE:
        return False
    counts = [(rows.outcome[mask].sum(), (1 - rows.outcome[mask]).sum()) for mask in pair]
    return all(min(events, others) >= FEWEST_EVENTS for events, others in counts)
