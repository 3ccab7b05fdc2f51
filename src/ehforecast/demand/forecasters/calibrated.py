"""Ranges corrected by how well they held before: a forecaster that wraps a forecaster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from ehforecast.demand.forecasters.interface import Array, Forecaster, IntervalKind, PastForecaster, Task, interval_kind
from ehforecast.demand.period_calendar import SHOCK
from ehforecast.demand.results import INTERVAL_COVERAGES

FEWEST_ORIGINS = 3
"""Past forecasts without which ranges are left as the method made them."""

SEASONS_BEFORE = 2
"""Seasons of history that the earliest past forecast must have."""

POOL_ORIGINS = 20.0
"""Past forecasts at which an area's own correction weighs as much as the one of all areas."""

INDEPENDENT_ERRORS = 2
"""Errors that one past forecast is worth: those of one date share a level, and areas share what happened."""

SMALLEST_SCORE = 0.01
"""Below which a score is not believed, so that a logarithm exists."""

SCORED_LEVELS = (0.1, 0.5, 0.9)
"""Quantiles of past forecasts that their scores are made of."""


@dataclass(frozen=True)
class Calibrated:
    """Conformal calibration with scaled scores, pooled over horizons and partly over areas.

    The base method forecasts from earlier dates inside the training window. A score is how far off its middle was, in
    units of its own spread at that horizon. From the quantiles of scores follows by what factor the range meant to hold
    c of the time must be stretched. Its logarithm, pooled over areas, is drawn towards 0 by as much as it could be
    chance: ``L * L^2 / (L^2 + 1 / (4 k))`` for k past forecasts; an area's own departs from it with weight
    ``k / (k + 20)``. Dates near the Covid window are passed over. With fewer than three past forecasts the ranges are
    left alone.

    Source: Vovk, Gammerman and Shafer (2005); scaled scores after Lei et al. (2018).
    """

    base: Forecaster
    origins: int = 8

    @property
    def name(self) -> str:
        """Short name used in tables and settings."""
        return f"{self.base.name}_calibrated"

    @property
    def label(self) -> str:
        """The method in plain words."""
        return f"{self.base.label}, with ranges set by how well they held before"

    def interval_kind(self, task: Task, /) -> IntervalKind:
        """See `NamesItsIntervals`."""
        enough = len(self._lengths(task)) >= FEWEST_ORIGINS
        return IntervalKind.CALIBRATED if enough else interval_kind(self.base, task)

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        lengths = self._lengths(task)
        if len(lengths) < FEWEST_ORIGINS:
            return self.base.quantiles(task)
        quantiles, past = self._with_past(task, lengths)
        actual = np.stack([task.values[known : known + task.horizon].T for known in lengths])
        factors = _factors(_scores(past, actual), np.asarray(task.levels))
        centre = quantiles[:, :, [_position(task, 0.5)]]
        stretched = centre + (quantiles - centre) * factors[:, None, :]
        return np.maximum(np.sort(stretched, axis=-1), 0.0)

    def _lengths(self, task: Task) -> list[int]:
        """How much was known at each earlier date, half a horizon apart, ascending.

        Dates within a horizon of a shock are passed over: what came, or the level then, was not usual.
        """
        shocked = task.past[SHOCK].to_numpy() > 0
        earliest, latest = SEASONS_BEFORE * task.step.season + 1, len(shocked) - task.horizon
        calm = [
            known
            for known in range(latest, earliest - 1, -((task.horizon + 1) // 2))
            if not shocked[max(known - task.horizon, 0) : known + task.horizon].any()
        ]
        return calm[: self.origins][::-1]

    def _with_past(self, task: Task, lengths: Sequence[int]) -> tuple[Array, Array]:
        """Quantiles of the task, and (lengths, areas, horizon, 3) of what they would have been at `SCORED_LEVELS`."""
        if isinstance(self.base, PastForecaster):
            return self.base.with_past(task, lengths, levels=SCORED_LEVELS)
        earlier = [
            replace(task, history=task.history.known_until(task.history.periods[known - 1]), levels=SCORED_LEVELS)
            for known in lengths
        ]
        return self.base.quantiles(task), np.stack([self.base.quantiles(then) for then in earlier])


def _position(task: Task, level: float) -> int:
    return int(np.argmin(np.abs(np.asarray(task.levels) - level)))


def _scores(quantiles: Array, actual: Array) -> Array:
    """Distance from the middle in standard deviations as the 80% range has them; NaN if not known.

    From (origins, areas, horizon, 3) and (origins, areas, horizon) to the latter.
    """
    low, middle, high = np.moveaxis(quantiles, -1, 0)
    spread = np.maximum((high - low) / (norm.ppf(0.9) - norm.ppf(0.1)), 1e-9)
    return np.asarray(np.abs(actual - middle) / spread, dtype=np.float64)


def _factors(scores: Array, levels: Array) -> Array:
    """How much to stretch each area's quantiles about the middle: (areas, levels), from (origins, areas, horizon)."""
    own_weight = len(scores) / (len(scores) + POOL_ORIGINS)
    chance = 1.0 / (2 * INDEPENDENT_ERRORS * len(scores))
    by_area = np.moveaxis(scores, 1, 0).reshape(scores.shape[1], -1)
    at_coverage = []
    for coverage in INTERVAL_COVERAGES:
        meant = norm.ppf(0.5 + coverage / 2)
        pooled = _log_quantile(scores.ravel(), coverage) - np.log(meant)
        if np.isnan(pooled):
            return np.ones((len(by_area), len(levels)))
        own = np.array([_log_quantile(row, coverage) - np.log(meant) for row in by_area])
        apart = np.where(np.isnan(own), 0.0, own - pooled)
        at_coverage.append(np.exp(pooled * pooled**2 / (pooled**2 + chance) + own_weight * apart))
    central = np.abs(2 * levels - 1)
    return np.stack([np.interp(central, INTERVAL_COVERAGES, area) for area in np.stack(at_coverage, axis=1)])


def _log_quantile(scores: Array, coverage: float) -> float:
    """Log of the score that `coverage` of them stay under, with the (n + 1) correction of conformal prediction."""
    known = scores[~np.isnan(scores)]
    if not len(known):
        return float("nan")
    corrected = min(1.0, np.ceil((len(known) + 1) * coverage) / len(known))
    return float(np.log(max(np.quantile(known, corrected), SMALLEST_SCORE)))
