"""What an audit counts, as linked tables that are attacked together, and which of its figures may be told after that.

Every count a reader could work out of the figures is a cell: people of a group with an outcome, in a band. Groups,
groups crossed, outcomes and what was not recorded share their cells, so that a count hidden in one table is not given
away by another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.protection import Protection, Rules, protect
from ehforecast.risk.fairness_results import NOT_RECORDED, FairnessResult

OUTCOME, BAND, EVERYONE = "outcome", "band", "everyone"
CAME, DID_NOT, NOT_KNOWN = "came", "did not", "not known"
OUTCOMES = MappingProxyType({CAME: "positives", DID_NOT: "negatives", NOT_KNOWN: "outcome_unknown"})
"""Values of an outcome, with the column of the audit's groups that counts them."""

_POPULATION = "people audited"
_CROSSED = " x "
_BELOW, _ABOVE, _ANY = "below", "above", "any"

Cell = frozenset[tuple[str, str]]
Part = tuple[str, str]
"""An outcome (or all) and a side of the edge."""

_RESTS_ON: Mapping[str, tuple[Part, ...]] = MappingProxyType(
    {
        "base_rate": ((CAME, _ANY), (DID_NOT, _ANY)),
        "band_share": ((ALL, _ABOVE), (ALL, _ANY)),
        "false_negative_rate": ((CAME, _BELOW), (CAME, _ANY)),
        "false_positive_rate": ((DID_NOT, _ABOVE), (DID_NOT, _ANY)),
        "precision": ((CAME, _ABOVE), (DID_NOT, _ABOVE)),
        "false_discovery_rate": ((CAME, _ABOVE), (DID_NOT, _ABOVE)),
        "false_omission_rate": ((CAME, _BELOW), (DID_NOT, _BELOW)),
    }
)
"""The counts of each share: all of them must be known for it to be told."""

SHARES = tuple(_RESTS_ON)
_OF_OUTCOMES = ((CAME, _ANY), (DID_NOT, _ANY))


def cell_of(view: str, group: str) -> Cell:
    """The cell of a group; a crossed group is the cell of both.

    >>> sorted(cell_of("sex x area", "female x north"))
    [('area', 'north'), ('sex', 'female')]
    """
    names, parts = view.split(_CROSSED), group.split(_CROSSED)
    pairs = zip(names, parts, strict=True) if len(names) == len(parts) else [(view, group)]
    return frozenset((name, _value(part)) for name, part in pairs)


def _value(text: str) -> str:
    return f"{ALL} (group)" if text == ALL else text


@dataclass(frozen=True)
class ToldCounts:
    """Counts after protection: those shown, rounded, by cell; a hidden one is not there."""

    edges: tuple[float, ...]
    has_bands: bool
    rules: Rules
    shown: Mapping[Cell, int] = field(repr=False)

    def count(self, cell: Cell, *more: tuple[str, str]) -> float:
        """A count as it may be told; NaN where it is hidden."""
        return float(self.shown.get(cell | frozenset(more), np.nan))

    def may_tell(self, cell: Cell, metric: str, *, edge: float) -> bool:
        """Whether every count that a group's figure rests on may be told."""
        parts = _RESTS_ON.get(metric, _OF_OUTCOMES)
        return cell in self.shown and all(self._is_known(cell, part, edge=edge) for part in parts)

    def _is_known(self, cell: Cell, part: Part, *, edge: float) -> bool:
        outcome, side = part
        whole = cell | ({(OUTCOME, outcome)} if outcome != ALL else frozenset())
        if side == _ANY or not self.has_bands:
            return whole in self.shown
        above = [f"from {each:g}" for each in self.edges if each >= edge]
        below = [_LOWEST, *(f"from {each:g}" for each in self.edges if each < edge)]
        wanted, other = (above, below) if side == _ABOVE else (below, above)
        if self._are_shown(whole, wanted):
            return True
        return whole in self.shown and self._are_shown(whole, other)

    def _are_shown(self, cell: Cell, bands: Sequence[str]) -> bool:
        return all(cell | {(BAND, band)} in self.shown for band in bands)


_LOWEST = "lowest"


def tell_counts(result: FairnessResult, *, rules: Rules) -> tuple[ToldCounts, Protection]:
    """Hide and round every count of an audit until no attack on all of them gets a small one back."""
    tables = count_tables_of(replace(result, missing=_not_recorded_by_many(result.missing, rules)))
    protection = protect(tables, rules=rules)
    shown: dict[Cell, int] = {}
    for table, protected in zip(tables, protection.tables, strict=True):
        told = zip(table.cells(), protected.rows["shown"], strict=True)
        shown |= {parts: int(count) for (_, parts), count in told if not pd.isna(count)}
    return ToldCounts(result.band_edges, not result.is_weighted, rules, shown), protection


def count_tables_of(result: FairnessResult) -> list[CountTable]:
    """Every count a reader could work out of an audit's figures, as linked tables."""
    return _tables({**_of_views(result), **_of_missing(result)})


def _tables(counts: Mapping[str, Mapping[Cell, int]]) -> list[CountTable]:
    """One table for each set of counts, with the totals of all values of its columns.

    What is left of a whole is one cell, so all tables must leave the same out of it.
    """
    totals = {cell: n for each in counts.values() for cell, n in each.items() if len(cell) == 1}
    made = []
    for name, own in counts.items():
        by = tuple(sorted({column for cell in own for column, _ in cell}))
        cells = {**own} | {cell: n for cell, n in totals.items() if {column for column, _ in cell} <= {*by}}
        rows = [{column: dict(cell).get(column, ALL) for column in by} | {"count": n} for cell, n in cells.items()]
        made.append(CountTable(name, _POPULATION, by, pd.DataFrame(rows, columns=[*by, "count"])))
    return made


def _of_views(result: FairnessResult) -> dict[str, dict[Cell, int]]:
    figures, views = _figures_by_group(result), {}
    told = result.groups[result.groups["people"].notna()]
    for view, rows in told.groupby("view", sort=False):
        counts: dict[Cell, int] = {frozenset(): result.people}
        for row in rows.to_dict("records"):
            cell = cell_of(str(view), str(row["group"]))
            counts |= _of_group(cell, {str(k): v for k, v in row.items()}, figures=figures, result=result)
        views[f"people by {view}"] = counts
    wholes = _wholes(views.values())
    return {name: wholes | counts for name, counts in views.items()}


def _wholes(views: Iterable[Mapping[Cell, int]]) -> dict[Cell, int]:
    """Everyone by outcome, by band and by both: the largest sum over the groups of any one view.

    Groups too small to be listed are missing from a sum. Left to each view, the same whole would have several counts.
    """
    found: dict[Cell, int] = {}
    for counts in views:
        sums = Counter[Cell]()
        for cell, number in counts.items():
            rest = frozenset(part for part in cell if part[0] in {OUTCOME, BAND})
            if rest and len(cell) == len(rest) + 1:
                sums[rest] += number
        found |= {cell: max(number, found.get(cell, 0)) for cell, number in sums.items()}
    return found


def _figures_by_group(result: FairnessResult) -> dict[tuple[str, str, str], list[float]]:
    """Values at each edge, in rising order, by view, group and metric."""
    chosen = result.metrics.sort_values("band_edge", kind="stable")
    return {
        (str(view), str(group), str(metric)): rows["value"].astype("float64").fillna(0.0).tolist()
        for (view, group, metric), rows in chosen.groupby(["view", "group", "metric"], sort=False)
    }


def _of_group(
    cell: Cell, row: Mapping[str, object], *, figures: Mapping[tuple[str, str, str], list[float]],
    result: FairnessResult,
) -> dict[Cell, int]:  # fmt: skip
    """Counts of one group: all, by outcome, by band, by both."""
    sizes = {outcome: _int(row[column]) for outcome, column in OUTCOMES.items()}
    counts = {cell: _int(row["people"])}
    if result.with_outcome:
        counts |= {cell | {(OUTCOME, outcome)}: size for outcome, size in sizes.items()}
    if result.is_weighted:
        return counts
    above = _above(counts[cell], sizes, figures={m: figures.get((str(row["view"]), str(row["group"]), m), [])
                                                 for m in _RESTS_ON}, told=bool(result.with_outcome))  # fmt: skip
    for outcome, numbers in above.items():
        whole = cell | ({(OUTCOME, outcome)} if outcome != ALL else frozenset())
        falling = [counts[whole], *numbers, 0]
        names = [_LOWEST, *(f"from {edge:g}" for edge in result.band_edges)]
        counts |= {whole | {(BAND, name)}: falling[i] - falling[i + 1] for i, name in enumerate(names)}
    return counts


def _above(
    people: int, sizes: Mapping[str, int], *, figures: Mapping[str, list[float]], told: bool
) -> dict[str, list[int]]:
    """People at or above each edge, all and by outcome."""
    everyone = [round(share * people) for share in figures["band_share"]]
    if not told:
        return {ALL: everyone}
    came = [sizes[CAME] - round(share * sizes[CAME]) for share in figures["false_negative_rate"]]
    did_not = [round(share * sizes[DID_NOT]) for share in figures["false_positive_rate"]]
    unknown = [whole - one - other for whole, one, other in zip(everyone, came, did_not, strict=True)]
    return {ALL: everyone, CAME: came, DID_NOT: did_not, NOT_KNOWN: unknown}


def _of_missing(result: FairnessResult) -> dict[str, dict[Cell, int]]:
    tables = {}
    told = result.missing[result.missing["people"].notna()]
    for (column, by), rows in told.groupby(["column", "by"], sort=False):
        counts: dict[Cell, int] = {frozenset(): result.people}  # groups too small are in no sum
        for row in rows.to_dict("records"):
            level, gone = missing_cells(str(column), str(by), level=str(row["level"]))
            counts |= {level: _int(row["people"]), gone: _int(row["not_recorded"])}
        tables[f"{column} not recorded by {by}"] = counts
    return tables


def _not_recorded_by_many(missing: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Without the splits of what is not recorded of so few people that their number is hidden.

    Such a split could show nothing but where nobody is. And seven people in six groups could not be hidden at all: six
    hidden counts tell that they are six or seven.
    """
    everyone = missing[missing["by"] == EVERYONE]
    few = everyone[rules.hides(everyone["not_recorded"].to_numpy(dtype=np.int64))]
    return missing[(missing["by"] == EVERYONE) | ~missing["column"].isin(few["column"])]


def missing_cells(column: str, by: str, *, level: str) -> tuple[Cell, Cell]:
    """The cell of a level, and of those in it for whom a column was not recorded."""
    cell: Cell = frozenset() if by == EVERYONE else frozenset({(by, _value(level))})
    return cell, cell | {(column, NOT_KNOWN if column == OUTCOME else NOT_RECORDED)}


def _int(number: object) -> int:
    return round(float(number))  # type: ignore[arg-type] # a number of a frame
