"""Levels a council plans at: series that are sums of other series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import ForecastError

TOTAL = "total"
"""Code of the node that adds everything up."""

ADDS_UP_WITHIN = 1e-6
"""Share of a sum by which parts may differ from it."""

_SEPARATOR = " | "


@dataclass(frozen=True)
class Hierarchy:
    """Nodes and the leaves each is the sum of; any tree, crossing or ragged mixture of them.

    Attributes:
        nodes: codes, each once.
        leaves: codes of the finest series, each also a node.
        summing: (nodes, leaves), 1 where the leaf is part of the node.
    """

    nodes: tuple[str, ...]
    leaves: tuple[str, ...]
    summing: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        repeated = len(self.nodes) - len(set(self.nodes))
        if repeated:
            raise ForecastError(
                f"{repeated} nodes of the hierarchy share a name with another: two keys have a value in common; "
                "rename it"
            )

    def add_up(self, of_leaves: pd.DataFrame) -> pd.DataFrame:
        """Series of every node from those of the leaves (columns). A node is absent where any of its leaves is."""
        values = of_leaves[list(self.leaves)].to_numpy(dtype=np.float64)
        summed = np.stack([values[:, row > 0].sum(axis=1) for row in self.summing], axis=1)
        return pd.DataFrame(summed, index=of_leaves.index, columns=list(self.nodes))


def hierarchy_of(keys: pd.DataFrame, levels: Sequence[Sequence[str]]) -> Hierarchy:
    """The hierarchy of leaves described by keys.

    Args:
        keys: one row per leaf, indexed by leaf code; a column per key (``locality``, ``source``).
        levels: for each level above the leaves the keys it keeps: ``()`` for the total, ``("locality",)``, and so on.

    A node with the same leaves as an earlier one (a locality with one source) is left out: it is the same series.

    >>> keys = pd.DataFrame({"locality": ["N", "N", "S"]}, index=["N1", "N2", "S1"])
    >>> hierarchy_of(keys, [(), ("locality",)]).nodes
    ('total', 'N', 'N1', 'N2', 'S1')
    """
    rows: dict[bytes, tuple[str, npt.NDArray[np.float64]]] = {}
    leaves = tuple(str(code) for code in keys.index)
    for number, leaf in enumerate(leaves):
        row = np.zeros(len(leaves))
        row[number] = 1.0
        rows[row.tobytes()] = (leaf, row)
    above: dict[bytes, tuple[str, npt.NDArray[np.float64]]] = {}
    for level in levels:
        for name, row in _members(keys, level):
            if row.tobytes() not in rows | above:
                above[row.tobytes()] = (name, row)
    named = [*above.values(), *rows.values()]
    return Hierarchy(tuple(name for name, _ in named), leaves, np.stack([row for _, row in named]))


def _members(keys: pd.DataFrame, level: Sequence[str]) -> list[tuple[str, npt.NDArray[np.float64]]]:
    if not level:
        return [(TOTAL, np.ones(len(keys)))]
    labels = keys[list(level)].astype(str).agg(_SEPARATOR.join, axis=1)
    return [(str(label), (labels == label).to_numpy(dtype=np.float64)) for label in labels.unique()]


def check_adds_up(hierarchy: Hierarchy, counts: pd.DataFrame) -> None:
    """Raise `ForecastError` where counts given for a node are not the sum of its leaves' (where all are there).

    Naming the nodes shows where to look: a leaf counted twice, or a total that was rounded by itself.
    """
    sums = hierarchy.add_up(counts)
    differs = (counts[list(hierarchy.nodes)] - sums).abs() > ADDS_UP_WITHIN * (1 + sums.abs())
    if differs.to_numpy().any():
        wrong = differs.columns[differs.any()].tolist()
        shown = ", ".join(wrong[:3]) + (" and others" if len(wrong) > 3 else "")
        raise ForecastError(
            f"the hierarchy does not add up: {int(differs.to_numpy().sum())} periods of {len(wrong)} nodes ({shown}) "
            "differ from the sum of their leaves; leave the sums out, and they are made from the leaves"
        )
