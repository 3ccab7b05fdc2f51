"""Forecasts of every level that add up: a forecaster that wraps a forecaster."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from ehforecast.demand.forecasters.calendar_design import calendar_design
from ehforecast.demand.forecasters.interface import Array, Forecaster, IntervalKind, Task, interval_kind
from ehforecast.demand.forecasters.smoothing import smoothed_levels
from ehforecast.demand.hierarchy import Hierarchy

FEW_ERRORS = 2
"""Errors per node below which correlations are not estimated, and each node counts by the number of its leaves."""

PATHS = 1000

RIDGE = 0.01
"""Share of each regressor's own sum of squares added to it, so that regressors that go together can be told apart."""


@dataclass(frozen=True)
class Reconciled:
    """Minimum trace reconciliation with a shrunken error covariance, path by path.

    Paths of all nodes are drawn with the base forecast's own quantiles as margins and the correlation of one-step
    errors; each is projected onto the paths that add up, cut off at 0 at the leaves, and summed again. Quantiles are
    those of the paths, and every path adds up.

    Formula: ``S (S' W^-1 S)^-1 S' W^-1``, ``W`` the covariance of one-step errors of a smoothed level inside the
    training window, shrunk towards its diagonal (Schafer and Strimmer 2005); with few errors ``W`` is the number of
    leaves.

    Source: Wickramasuriya, Athanasopoulos and Hyndman (2019).
    """

    base: Forecaster
    hierarchy: Hierarchy
    seed: int = 20_260_401

    @property
    def name(self) -> str:
        """Short name used in tables and settings."""
        return f"{self.base.name}_reconciled"

    @property
    def label(self) -> str:
        """The method in plain words."""
        return f"{self.base.label}, made to add up"

    def interval_kind(self, task: Task, /) -> IntervalKind:
        """See `NamesItsIntervals`."""
        return interval_kind(self.base, task)

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`. The task's areas must be the hierarchy's nodes, in its order."""
        return np.moveaxis(np.quantile(self.paths(task), task.levels, axis=0), 0, -1)

    def paths(self, task: Task, number: int = PATHS) -> Array:
        """Sample paths that add up: (number, nodes, horizon)."""
        quantiles, errors = self.base.quantiles(task), one_step_errors(without_calendar(task))
        covariance, correlation = shrunken_covariance(errors)
        if len(errors) < FEW_ERRORS * errors.shape[1]:
            covariance = np.diag(self.hierarchy.summing.sum(axis=1))
        drawn = _draw(quantiles, correlation, levels=np.asarray(task.levels), number=number, seed=self.seed)
        to_leaves = leaf_projection(self.hierarchy.summing, covariance)
        of_leaves = np.maximum(np.einsum("ln,snh->slh", to_leaves, drawn), 0.0)
        return np.asarray(np.einsum("nl,slh->snh", self.hierarchy.summing, of_leaves), dtype=np.float64)


def leaf_projection(summing: Array, covariance: Array) -> Array:
    """The matrix (leaves, nodes) that turns forecasts of all nodes into the leaves' reconciled ones."""
    weighted = np.linalg.solve(covariance, summing)
    return np.linalg.solve(summing.T @ weighted, weighted.T)


def without_calendar(task: Task) -> Array:
    """Past values (periods, areas) less calendar effects by ridge regression of their changes, the same for all."""
    design, values = calendar_design(task), task.values
    known = ~np.isnan(values).any(axis=1)
    inputs, targets = np.diff(design.past[known], axis=0), np.diff(values[known], axis=0)
    gram = inputs.T @ inputs
    effects = np.linalg.solve(gram + RIDGE * np.diag(np.diag(gram) + RIDGE), inputs.T @ targets)
    return values - design.past @ effects


def one_step_errors(values: Array) -> Array:
    """Errors (periods, series) of a level smoothed with weight 0.3; rows with an absent value are left out."""
    errors = values[1:] - smoothed_levels(values, 0.3)[:-1]
    return errors[~np.isnan(errors).any(axis=1)]


def shrunken_covariance(errors: Array) -> tuple[Array, Array]:
    """Covariance and correlation of errors (periods, series), correlations shrunk by the Schafer-Strimmer intensity.

    The intensity minimises the expected squared error: sum of the correlations' sampling variances over the sum of
    their squares, at most 1.
    """
    number = len(errors)
    scale = np.maximum(errors.std(axis=0), 1e-9)
    standard = (errors - errors.mean(axis=0)) / scale
    products = standard.T @ standard / number
    of_squares = np.square(standard).T @ np.square(standard) / number - np.square(products)
    aside = ~np.eye(len(scale), dtype=bool)
    intensity = min(1.0, float(of_squares[aside].sum() / max(number * np.square(products[aside]).sum(), 1e-12)))
    correlation = (1 - intensity) * products + intensity * np.eye(len(scale))
    np.fill_diagonal(correlation, 1.0)
    return correlation * np.outer(scale, scale), correlation


def _draw(quantiles: Array, correlation: Array, *, levels: Array, number: int, seed: int) -> Array:
    """Paths (number, nodes, horizon) with these margins, correlated over nodes and like a random walk over time."""
    nodes, horizon, _ = quantiles.shape
    rng = np.random.default_rng(seed)
    factor = np.linalg.cholesky(correlation + 1e-9 * np.eye(nodes))
    shocks = rng.standard_normal((number // 2, horizon, nodes)) @ factor.T
    walk = np.cumsum(np.concatenate([shocks, -shocks]), axis=1) / np.sqrt(np.arange(1, horizon + 1))[:, None]
    normal, drawn = norm.ppf(levels), np.empty((2 * (number // 2), nodes, horizon))
    for node in range(nodes):
        for ahead in range(horizon):
            drawn[:, node, ahead] = _at(walk[:, ahead, node], normal, quantiles=quantiles[node, ahead])
    return drawn


def _at(places: Array, normal: Array, *, quantiles: Array) -> Array:
    """Quantiles at standard normal places; beyond the outermost ones the last slope goes on."""
    low = quantiles[0] + (places - normal[0]) * (quantiles[1] - quantiles[0]) / (normal[1] - normal[0])
    high = quantiles[-1] + (places - normal[-1]) * (quantiles[-1] - quantiles[-2]) / (normal[-1] - normal[-2])
    inside = np.interp(places, normal, quantiles)
    return np.where(places < normal[0], low, np.where(places > normal[-1], high, inside))
