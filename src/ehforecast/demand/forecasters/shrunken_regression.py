"""Regressions with normal priors for many series on one design: one eigen-decomposition serves them all."""

from dataclasses import dataclass

import numpy as np

from ehforecast.demand.forecasters.interface import Array

ROUNDS = 5
"""Fixed-point rounds for the noise; each shrinks what is left by more than ten (tested against direct maximisation)."""

SMALLEST_VARIANCE = 1e-10


@dataclass(frozen=True)
class Moments:
    """All that a regression of several series on the same regressors needs to know of the data.

    Attributes:
        gram: (regressors, regressors), sums of products.
        cross: (regressors, series).
        squares: (series,), sums of squares of the targets.
        number: periods behind the sums.
    """

    gram: Array
    cross: Array
    squares: Array
    number: int

    def about(self, mean: Array) -> "Moments":
        """Moments of what is left when `mean` (regressors, series) times the regressors is taken off the targets."""
        explained = self.gram @ mean
        squares = self.squares - 2 * (mean * self.cross).sum(axis=0) + (mean * explained).sum(axis=0)
        return Moments(self.gram, self.cross - explained, np.maximum(squares, 0.0), self.number)

    def of(self, series: list[int]) -> "Moments":
        """Moments of some of the series."""
        return Moments(self.gram, self.cross[:, series], self.squares[series], self.number)


@dataclass(frozen=True)
class ShrunkenFit:
    """Posterior of the effects and noise of each series.

    Attributes:
        effects: (regressors, series).
        variance: (series,) of the noise.
        cost: (series,) minus twice the log marginal likelihood, without its constant; lower is better.
        root: (regressors, regressors), ``root @ diag(spread[:, i]) @ root.T`` is the covariance of series i's effects.
        spread: (regressors, series).
    """

    effects: Array
    variance: Array
    cost: Array
    root: Array
    spread: Array

    def covariance(self, series: int) -> Array:
        """Covariance of one series' effects."""
        return np.asarray((self.root * self.spread[:, series]) @ self.root.T)


def fit_shrunken(moments: Moments, prior_sd: Array) -> ShrunkenFit:
    """Effects with independent normal priors about zero, noise by restricted maximum likelihood.

    Formula: with ``A = diag(sd) X'X diag(sd) = U diag(d) U'`` and ``b = U' diag(sd) X'y``, effects are
    ``diag(sd) U (b / (d + v))``, the noise ``v`` is the residual sum of squares over ``n - sum d / (d + v)``, and the
    cost ``n log v + sum log(1 + d / v) + (y'y - sum b^2 / (d + v)) / v``.

    Args:
        moments: of targets and regressors.
        prior_sd: (regressors,), above zero.

    Source: Rasmussen and Williams (2006), 2.1 and 5.4; MacKay (1992) for the fixed point.
    """
    values, vectors = np.linalg.eigh(prior_sd[:, None] * moments.gram * prior_sd)
    root = prior_sd[:, None] * vectors
    sizes, along = np.maximum(values, 0.0)[:, None], root.T @ moments.cross
    energy, number = np.square(along), moments.number
    variance = moments.squares / number + SMALLEST_VARIANCE
    for _ in range(ROUNDS):
        total = sizes + variance
        left = moments.squares - (energy * (total + variance) / np.square(total)).sum(axis=0)
        used = number - (sizes / total).sum(axis=0)
        variance = np.maximum(left / np.maximum(used, number / 4), SMALLEST_VARIANCE)
    total = sizes + variance
    quadratic = (moments.squares - (energy / total).sum(axis=0)) / variance
    cost = number * np.log(variance) + np.log1p(sizes / variance).sum(axis=0) + quadratic
    return ShrunkenFit(root @ (along / total), variance, cost, root, variance / total)
