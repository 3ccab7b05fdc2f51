"""What gaps chance alone makes: group labels dealt out again within what must stay as it is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ehforecast.risk.fairness.frame import AuditFrame

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

HELD = 4_000_000
"""Numbers held at once while drawing."""

WORTH_MARGINS = 2
"""Families are drawn from margins if there are fewer cells than this many times their number."""


def random_tables(rows: Integers, columns: Integers, *, draws: int, rng: np.random.Generator) -> Floats:
    """Tables (draws x rows x columns) with given margins, as often as shuffling labels would make each.

    Dealing the labels of n people out again and counting them is drawing from the multivariate hypergeometric
    distribution, which needs the margins only.

    >>> random_tables(np.array([2, 1]), np.array([3, 0]), draws=1, rng=np.random.default_rng(1)).tolist()
    [[[2.0, 0.0], [1.0, 0.0]]]
    """
    tables = np.zeros((draws, len(rows), len(columns)))
    left = np.tile(np.asarray(rows, dtype=np.int64), (draws, 1))
    for column, size in enumerate(columns[:-1]):
        wanted, others = np.full(draws, size, dtype=np.int64), left.sum(axis=1)
        for row in range(len(rows)):
            others = others - left[:, row]
            drawn = rng.hypergeometric(left[:, row], others, wanted)
            tables[:, row, column] = drawn
            wanted = wanted - drawn
        left = left - tables[:, :, column].astype(np.int64)
    tables[:, :, -1] = left
    return tables


@dataclass(frozen=True)
class Dealt:
    """People whose labels are dealt out: those of one outcome.

    Attributes:
        labels: the group of each.
        columns: the band of each.
        shape: number of groups and of bands.
    """

    labels: Integers = field(repr=False)
    columns: Integers = field(repr=False)
    weights: Floats = field(repr=False)
    cluster: Integers = field(repr=False)
    shape: tuple[int, int]

    def tables(self, draws: int, rng: np.random.Generator) -> Iterator[Floats]:
        """Tables of groups by bands under the null, some draws at a time.

        Families change places with families of as many members (among these people), so that members stay together and
        keep their labels. People without brothers or sisters here are families of one.
        """
        blocks = self._blocks()
        step = max(1, min(draws, HELD // max(self.shape[0] * self.shape[1], *(block.numbers for block in blocks), 1)))
        for first in range(0, draws, step):
            number = min(step, draws - first)
            yield sum((block.drawn(number, rng) for block in blocks), np.zeros((number, *self.shape)))

    def _blocks(self) -> "list[Block]":
        """Families of one size together, one family a row."""
        order = np.argsort(self.cluster, kind="stable")
        _, first, size = np.unique(self.cluster[order], return_index=True, return_counts=True)
        places = [order[first[size == s][:, None] + np.arange(s)] for s in np.unique(size)]
        return [Block(self.labels[at], self.columns[at], self.weights[at], self.shape) for at in places]


@dataclass(frozen=True)
class Block:
    """Families of one size: their members' labels, bands and weights, one family a row."""

    labels: Integers = field(repr=False)
    columns: Integers = field(repr=False)
    weights: Floats = field(repr=False)
    shape: tuple[int, int]

    @cached_property
    def _kinds(self) -> tuple[tuple[Integers, Integers], tuple[Integers, Integers]]:
        """Distinct families by labels, and by bands, with their numbers."""
        by_labels, by_bands = (np.unique(p, axis=0, return_counts=True) for p in (self.labels, self.columns))
        return (by_labels[0], by_labels[1]), (by_bands[0], by_bands[1])

    @cached_property
    def _by_margins(self) -> bool:
        """Whether drawing from margins is possible, and less work than moving families."""
        cells = len(self._kinds[0][0]) * len(self._kinds[1][0])
        return not np.any(self.weights != 1) and cells < WORTH_MARGINS * len(self.labels)

    @property
    def numbers(self) -> int:
        """Held for one draw."""
        return len(self._kinds[0][0]) * len(self._kinds[1][0]) if self._by_margins else 1

    def drawn(self, draws: int, rng: np.random.Generator) -> Floats:
        """Tables of groups by bands with these families' labels dealt out again: draws x groups x bands."""
        if not self._by_margins:
            return np.stack([self._moved(rng) for _ in range(draws)])
        (labels, rows), (bands, columns) = self._kinds
        kinds = random_tables(rows, columns, draws=draws, rng=rng)
        groups = [np.eye(self.shape[0])[labels[:, member]] for member in range(labels.shape[1])]
        places = [np.eye(self.shape[1])[bands[:, member]] for member in range(bands.shape[1])]
        return sum(
            (one.T @ kinds @ other for one, other in zip(groups, places, strict=True)), np.zeros((draws, *self.shape))
        )

    def _moved(self, rng: np.random.Generator) -> Floats:
        groups, bands = self.shape
        labels = self.labels[rng.permutation(len(self.labels))]
        cells = (labels * bands + self.columns).ravel()
        counted = np.bincount(cells, self.weights.ravel(), minlength=groups * bands).astype(np.float64)
        return counted.reshape(groups, bands)


def dealt_by_outcome(frame: AuditFrame, labels: Integers, *, bands: Integers, shape: tuple[int, int]) -> list[Dealt]:
    """Those without and those with the event, apart: base rates of groups stay as they are."""
    parts = []
    for outcome in (0.0, 1.0):
        places = np.flatnonzero(frame.outcome == outcome)
        parts.append(Dealt(labels[places], bands[places], frame.weights[places], frame.cluster[places], shape))
    return parts


def share_of_draws(observed: Floats, null: Floats) -> Floats:
    """P values: how often the null is at least as large, the data counted as one draw. NaN stays NaN.

    ``null`` has draws on its first axis and the shape of ``observed`` after it, or nothing after it (the largest).
    """
    shape = (len(null),) + (1,) * observed.ndim
    compared = null if null.ndim > 1 else null.reshape(shape)
    p = (1 + (compared >= observed[None] - 1e-12).sum(axis=0)) / (1 + len(null))
    return np.where(np.isnan(observed), np.nan, p)


def holm(p_values: Floats) -> Floats:
    """Holm's adjusted p values; NaN is no test and stays NaN.

    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1) if len(order) else steps
    return adjusted


def largest_normal(influence: Floats, *, draws: int, rng: np.random.Generator) -> Floats:
    """Largest absolute value of correlated standard normals, drawn.

    ``influence`` is families x comparisons; the correlation of its columns is that of the comparisons.
    """
    scale = np.sqrt((influence**2).sum(axis=0))
    standard = influence[:, scale > 0] / scale[scale > 0]
    values, vectors = np.linalg.eigh(standard.T @ standard)
    root = vectors * np.sqrt(np.maximum(values, 0))
    drawn = rng.standard_normal((draws, root.shape[1])) @ root.T
    return np.asarray(np.abs(drawn).max(axis=1)) if root.size else np.zeros(draws)
