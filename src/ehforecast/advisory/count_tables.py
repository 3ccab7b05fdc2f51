"""Counts that are to be published, and how they hang together: what adds up to what, within and between tables.

A cell is named by whom it counts, so a total that stands in two tables is one cell, and the two are attacked as one.
Cells that nobody publishes but anybody can work out (a margin left off, what is left of a total) are cells too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from ehforecast.errors import ContractError, Finding

ALL = "all"
"""The word for "not split by this" in a column of a table."""

_REST = "(every other than {})"
"""Names what is left of a whole by what was taken from it: two tables that list other values leave other cells."""

Cell = tuple[str, frozenset[tuple[str, str]]]
"""A population and the values it is split by."""


@dataclass(frozen=True)
class CountTable:
    """Counts of one population, split by some columns.

    Attributes:
        name: of the table.
        population: who is counted, when and where. Tables of one population are attacked together.
        by: columns that hold what it is split by, with `ALL` where a row is a total over it.
        rows: those columns and ``count``, whole numbers of 0 or more; each combination once.
    """

    name: str
    population: str
    by: tuple[str, ...]
    rows: pd.DataFrame

    def __post_init__(self) -> None:
        counts = self.rows["count"]
        whole = pd.api.types.is_integer_dtype(counts) and not pd.api.types.is_bool_dtype(counts)
        faults = [
            ("count", "counts_are_whole_numbers", 0 if whole and not counts.isna().any() else 1),
            ("count", "counts_are_0_or_more", int((counts < 0).sum()) if whole else 0),
            (", ".join(self.by), "each_combination_stands_once", int(self.rows.duplicated(list(self.by)).sum())),
        ]
        findings = [
            Finding("", self.name, column, rule, count, "Count again before protecting.")
            for column, rule, count in faults
            if count
        ]
        if findings:
            raise ContractError(findings)

    def cells(self) -> list[Cell]:
        """The cell of each row."""
        return [
            (
                self.population,
                frozenset((name, value) for name, value in zip(self.by, values, strict=True) if value != ALL),
            )
            for values in self.rows[list(self.by)].astype(str).itertuples(index=False, name=None)
        ]


@dataclass(frozen=True)
class CellSystem:
    """Every cell that is published or can be worked out, its true count, and the sums that tie them.

    Attributes:
        place: of each cell, its column.
        counts: true counts, by column.
        sums: one row per sum, +1 for each part and -1 for the whole: ``sums @ counts == 0``.
        published: whether some table shows the cell.
        depth: by how many columns the cell is split; 0 for the total.
    """

    place: Mapping[Cell, int]
    counts: NDArray[np.int64]
    sums: csr_array
    published: NDArray[np.bool_]
    depth: NDArray[np.int64]

    def neighbours(self, column: int) -> list[int]:
        """Cells that share a sum with one."""
        rows = self.sums[:, [column]].nonzero()[0]
        return sorted({int(other) for row in rows for other in self.sums[[row], :].nonzero()[1]} - {column})


def tie_together(tables: Sequence[CountTable]) -> CellSystem:
    """The system of cells of several tables. Raises `ContractError` where two tables give one cell two counts."""
    known: dict[Cell, int] = {}
    for table in tables:
        for cell, count in zip(table.cells(), table.rows["count"].astype(int), strict=True):
            if known.setdefault(cell, count) != count:
                remedy = "Make the tables from the same records."
                raise ContractError(
                    [Finding("", table.name, "count", "one_cell_has_one_count_in_every_table", 1, remedy)]
                )
    published = set(known)
    sums = [one for table in tables for one in _sums_of(table, known)]
    place = {cell: column for column, cell in enumerate(known)}
    return CellSystem(
        place=place,
        counts=np.array(list(known.values()), dtype=np.int64),
        sums=_matrix(sums, place),
        published=np.array([cell in published for cell in known]),
        depth=np.array([len(parts) for _, parts in known], dtype=np.int64),
    )


def _sums_of(table: CountTable, known: dict[Cell, int]) -> Iterable[tuple[Cell, tuple[Cell, ...]]]:
    """The sums within one table; margins left off, and what is left of a whole, are added to the cells known."""
    domains = {name: sorted({str(value) for value in table.rows[name]} - {ALL}) for name in table.by}
    for size in reversed(range(len(table.by))):  # finest first: a margin is worked out from its parts
        for fixed in combinations(table.by, size):
            for whole in _combinations(table.population, {name: domains[name] for name in fixed}):
                for name in table.by:
                    if name not in fixed:
                        yield from _split(whole, name, values=domains[name], known=known)


def _combinations(population: str, domains: Mapping[str, Sequence[str]]) -> list[Cell]:
    cells: list[Cell] = [(population, frozenset())]
    for name, values in domains.items():
        cells = [(population, parts | {(name, value)}) for _, parts in cells for value in values]
    return cells


def _split(
    whole: Cell, name: str, *, values: Sequence[str], known: dict[Cell, int]
) -> Iterable[tuple[Cell, tuple[Cell, ...]]]:
    """One whole and its parts by one column; nothing where no part is known at this depth."""
    parts = tuple((whole[0], whole[1] | {(name, value)}) for value in values)
    listed = tuple(part for part in parts if part in known)
    if not listed or (whole not in known and len(listed) < len(parts)):
        return
    total = sum(known[part] for part in listed)
    if whole not in known:
        known[whole] = total
    rest = known[whole] - total
    if rest < 0:
        remedy = "Make the tables from the same records."
        raise ContractError([Finding("", whole[0], name, "parts_are_no_more_than_their_whole", 1, remedy)])
    if rest or len(listed) < len(parts):
        taken = ", ".join(value for value, part in zip(values, parts, strict=True) if part in known)
        other: Cell = (whole[0], whole[1] | {(name, _REST.format(taken))})
        known.setdefault(other, rest)
        listed = (*listed, other)
    yield whole, listed


def _matrix(sums: Iterable[tuple[Cell, tuple[Cell, ...]]], place: Mapping[Cell, int]) -> csr_array:
    unique = list(dict.fromkeys(sums))
    rows, columns, signs = [], [], []
    for row, (whole, parts) in enumerate(unique):
        rows += [row] * (len(parts) + 1)
        columns += [place[whole], *(place[part] for part in parts)]
        signs += [-1.0, *[1.0] * len(parts)]
    return csr_array((signs, (rows, columns)), shape=(len(unique), len(place)))
