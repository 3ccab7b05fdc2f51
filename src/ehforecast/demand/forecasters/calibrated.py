"""Ranges corrected by how well they held before: a forecaster that wraps a forecaster."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.results import INTERVAL_COVERAGES
from ehforecast.reference.shocks import in_covid

FEWEST_ORIGINS = 3
"""Past forecasts without which ranges are left as the method made them."""

SEASONS_BEFORE = 2
"""Seasons of history that the earliest past forecast must have."""

POOL_ORIGINS = 6.0
"""Past forecasts at which an area's own correction weighs as much as the one of all areas."""


@dataclass(frozen=True)
class Calibrated:
    """Conformal calibration with scaled scores, pooled over horizons and partly over areas.

    The base method forecasts from earlier dates inside the training window. A score is how far off its middle was, in
    units of its own spread at that horizon. The range meant to hold c of the time is widened or narrowed so that it
    would have held c of the time: by ``w * own + (1 - w) * pooled``, ``w = k / (k + 6)`` for k past forecasts. Past
    months in the Covid window are not scored. With fewer than three past forecasts the ranges are left alone.

    Source: Vovk, Gammerman and Shafer (2005); scaled scores after Lei et al. (2018).
    """

    base: Forecaster
    origins: int = 4

    @property
    def name(self) -> str:
        """Short name used in tables and settings."""
        return f"{self.base.name}_calibrated"

    @property
    def label(self) -> str:
        """The method in plain words."""
        return f"{self.base.label}, with ranges set by how well they held before"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        quantiles, middle = self.base.quantiles(task), _position(task, 0.5)
        scores = [_scores(past, self.base.quantiles(past), actual=actual) for past, actual in self._past(task)]
        if len(scores) < FEWEST_ORIGINS:
            return quantiles
        factors = _factors(np.stack(scores), np.asarray(task.levels))
        centre = quantiles[:, :, [middle]]
        stretched = centre + (quantiles - centre) * factors[:, None, :]
        return np.maximum(np.sort(stretched, axis=-1), 0.0)

    def _past(self, task: Task) -> Iterator[tuple[Task, Array]]:
        """Tasks as they stood earlier, half a horizon apart, with what came: (areas, horizon)."""
        periods, apart = task.history.periods, (task.horizon + 1) // 2
        shocked = in_covid(periods.end_time.to_period("M")).to_numpy()
        values = np.where(shocked[:, None], np.nan, task.values)
        for number in range(self.origins):
            known = len(periods) - task.horizon - number * apart
            if known < SEASONS_BEFORE * task.step.season + 1:
                return
            history = task.history.known_until(periods[known - 1])
            yield replace(task, history=history), values[known : known + task.horizon].T


def _position(task: Task, level: float) -> int:
    return int(np.argmin(np.abs(np.asarray(task.levels) - level)))


def _scores(task: Task, quantiles: Array, *, actual: Array) -> Array:
    """Distance from the middle in standard deviations as the 80% range has them: (areas, horizon); NaN if not known."""
    low, middle, high = (quantiles[:, :, _position(task, level)] for level in (0.1, 0.5, 0.9))
    spread = np.maximum((high - low) / (norm.ppf(0.9) - norm.ppf(0.1)), 1e-9)
    return np.asarray(np.abs(actual - middle) / spread, dtype=np.float64)


def _factors(scores: Array, levels: Array) -> Array:
    """How much to stretch each area's quantiles about the middle: (areas, levels), from (origins, areas, horizon)."""
    weight = len(scores) / (len(scores) + POOL_ORIGINS)
    by_area = np.moveaxis(scores, 1, 0).reshape(scores.shape[1], -1)
    at_coverage = []
    for coverage in INTERVAL_COVERAGES:
        meant = norm.ppf(0.5 + coverage / 2)
        pooled = np.nanquantile(scores, _corrected(coverage, scores.size)) / meant
        own = [
            np.nanquantile(row, _corrected(coverage, row.size)) / meant if (~np.isnan(row)).any() else pooled
            for row in by_area
        ]
        at_coverage.append(weight * np.asarray(own) + (1 - weight) * pooled)
    central = np.abs(2 * levels - 1)
    return np.stack([np.interp(central, INTERVAL_COVERAGES, area) for area in np.stack(at_coverage, axis=1)])


def _corrected(coverage: float, number: int) -> float:
    """The (n + 1) correction of conformal prediction, at most 1."""
    return float(min(1.0, np.ceil((number + 1) * coverage) / number))
