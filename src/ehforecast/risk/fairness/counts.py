"""People counted once by group, outcome and band; and drawn again by families, without touching a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ehforecast.risk.fairness.frame import AuditFrame, codes_of

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

OUTCOMES = 3
"""Without the event, with it, and not known."""

CHUNK = 4_000_000
"""Numbers held at once while drawing."""

WORTH_JOINING = 0.25
"""Families of one make-up are drawn together if there are fewer make-ups than this share of the families."""

CROSSED = " x "
"""Between the names of crossed groupings, and of crossed groups."""


@dataclass(frozen=True)
class View:
    """One grouping, alone or crossed: its groups, and the group of every row and of every cell."""

    name: str
    labels: tuple[str, ...]
    of_rows: Integers = field(repr=False)
    of_cells: Integers = field(repr=False)
    is_crossed: bool = False


@dataclass(frozen=True)
class Tally:
    """Counts of (cell, outcome, band), where a cell is one combination of all groups.

    Attributes:
        views: every grouping that is told, alone and crossed.
        edges: of the bands.
        counts: cells x outcomes x bands, weighted.
        people: the same, each row counting one.
        patterns: families of one make-up x (cells * outcomes * bands): what each adds to the counts.
        times: how many families have that make-up.
        rows: the (cell, outcome, band) of every row, as one number.
        largest_effect: design effect if members of a family were all alike; 1 for rows that are independent.
    """

    views: tuple[View, ...]
    edges: tuple[float, ...]
    counts: Floats = field(repr=False)
    people: Floats = field(repr=False)
    patterns: sparse.csr_array = field(repr=False)
    times: Integers = field(repr=False)
    rows: Integers = field(repr=False)
    largest_effect: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Cells, outcomes, bands."""
        return self.counts.shape[0], OUTCOMES, len(self.edges) + 1

    def grouped(self, counts: Floats, view: View) -> Floats:
        """Counts (any leading axes, then cells x outcomes x bands) summed over the cells of each group."""
        members = np.zeros((len(view.labels), len(view.of_cells)))
        members[view.of_cells, np.arange(len(view.of_cells))] = 1.0
        flat = counts.reshape(*counts.shape[:-2], -1)
        return np.asarray((members @ flat).reshape(*counts.shape[:-3], len(view.labels), *counts.shape[-2:]))

    def draws(self, number: int, rng: np.random.Generator) -> Iterator[Floats]:
        """Bootstrap draws of the counts, some at a time: draws x cells x outcomes x bands.

        Drawing families with replacement and counting their rows is the same as drawing how often each make-up of a
        family comes (multinomial) and adding up its counts. Where each row is a family it is exactly the bootstrap of
        rows, at a cost that does not grow with their number.
        """
        families = int(self.times.sum())
        step = max(1, CHUNK // max(len(self.times), self.counts.size))
        for first in range(0, number, step):
            drawn = self._times_drawn(min(step, number - first), families, rng=rng)
            yield np.asarray((self.patterns.T @ drawn.T).T).reshape(-1, *self.shape)

    def _times_drawn(self, number: int, families: int, *, rng: np.random.Generator) -> Floats:
        if len(self.times) < families:
            return rng.multinomial(families, self.times / families, size=number).astype(np.float64)
        picked = rng.integers(0, families, size=(number, families)) + np.arange(number)[:, None] * families
        return np.bincount(picked.ravel(), minlength=number * families).reshape(number, families).astype(np.float64)


def tally(frame: AuditFrame, edges: Sequence[float], *, crossings: Sequence[tuple[str, ...]] = ()) -> Tally:
    """Count a frame by its groups, outcome and band."""
    singles = {str(name): codes_of(frame.groups[name]) for name in frame.groups}
    keys, cell = _cells(frame, [codes for codes, _ in singles.values()])
    views = [View(name, labels, codes, keys[:, place]) for place, (name, (codes, labels)) in enumerate(singles.items())]
    views += [_crossed([view for view in views if view.name in crossing], crossing) for crossing in crossings]
    band = np.searchsorted(np.asarray(edges), frame.estimate, side="right")
    outcome = np.where(np.isnan(frame.outcome), 2, frame.outcome).astype(np.int64)
    rows = (cell * OUTCOMES + outcome) * (len(edges) + 1) + band
    shape = (len(keys), OUTCOMES, len(edges) + 1)
    counts = np.bincount(rows, frame.weights, minlength=int(np.prod(shape))).astype(np.float64).reshape(shape)
    people = np.bincount(rows, minlength=counts.size).reshape(shape).astype(np.float64)
    patterns, times = _patterns(frame, rows, size=counts.size)
    return Tally(tuple(views), tuple(edges), counts, people, patterns, times, rows, _largest_effect(frame))


def _cells(frame: AuditFrame, codes: Sequence[Integers]) -> tuple[Integers, Integers]:
    """Combinations of groups that exist, and the one each row has."""
    cell = np.zeros(len(frame), dtype=np.int64)
    for group in codes:
        cell = np.unique(cell * (int(group.max()) + 1) + group, return_inverse=True)[1].astype(np.int64)
    first = np.unique(cell, return_index=True)[1]
    keys = np.column_stack([group[first] for group in codes]) if codes else np.zeros((len(first), 0), dtype=np.int64)
    return keys, cell


def _crossed(views: Sequence[View], order: tuple[str, ...]) -> View:
    parts = sorted(views, key=lambda view: order.index(view.name))
    rows, cells = parts[0].of_rows, parts[0].of_cells
    for part in parts[1:]:
        rows, cells = rows * len(part.labels) + part.of_rows, cells * len(part.labels) + part.of_cells
    found, of_cells = np.unique(cells, return_inverse=True)
    labels = [_label(int(code), parts) for code in found]
    of_rows = np.searchsorted(found, rows).astype(np.int64)
    return View(CROSSED.join(order), tuple(labels), of_rows, of_cells.astype(np.int64), is_crossed=True)


def _label(code: int, parts: Sequence[View]) -> str:
    names = []
    for part in reversed(parts):
        code, place = divmod(code, len(part.labels))
        names.append(part.labels[place])
    return CROSSED.join(reversed(names))


def _patterns(frame: AuditFrame, rows: Integers, *, size: int) -> tuple[sparse.csr_array, Integers]:
    """Families as sparse rows of counts, those of one make-up once."""
    if frame.is_simple:
        found, times = np.unique(rows, return_counts=True)
        places = np.arange(len(found))
        return sparse.csr_array((np.ones(len(found)), (places, found)), shape=(len(found), size)), times
    families = sparse.csr_array((frame.weights, (frame.cluster, rows)), shape=(frame.clusters, size))
    families.sum_duplicates()
    # Two families have one make-up if a random weighting of their counts agrees to the last bit.
    mark = families @ np.random.default_rng(20_240_331).random(size)
    _, first, times = np.unique(mark, return_index=True, return_counts=True)
    if len(first) > WORTH_JOINING * frame.clusters:
        return families, np.ones(frame.clusters, dtype=np.int64)
    return families[first], times


def _largest_effect(frame: AuditFrame) -> float:
    sizes = np.bincount(frame.cluster, frame.weights)
    return float((sizes**2).sum() / sizes.sum())
