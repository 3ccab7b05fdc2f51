"""Counts of a report as cells that are attacked together, and shares no more exact than the counts that are shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.ledger import Earlier, Release, protect_beside
from ehforecast.advisory.protection import HIDDEN, UK_STRICT, Rules

THOUSANDTH = 1_000
"""Ends of ranges are rounded outwards to a tenth of a per cent."""

Row = Mapping[str, object]
Parts = frozenset[tuple[str, str]]


@dataclass
class Cells:
    """Counts that are to be shown, each a cell of a population."""

    rules: Rules = UK_STRICT
    _counts: dict[str, dict[Parts, int]] = field(default_factory=dict)

    def add(self, population: str, count: object, **split: object) -> None:
        """One count: of whom, split by what; `ALL` is no split. A cell already there is the same cell."""
        self._counts.setdefault(population, {})[_parts(split)] = whole(count)

    def told(self, *, earlier: Earlier, run_id: str) -> "ToldCells":
        """The counts as they may be shown. Raises `ReleaseRefused` where a small one could be worked out."""
        releases = {
            population: self._release(population, counts, earlier=earlier, run_id=run_id)
            for population, counts in self._counts.items()
        }
        return ToldCells(releases, self.rules)

    def _release(self, population: str, counts: Mapping[Parts, int], *, earlier: Earlier, run_id: str) -> Release:
        if [*counts] == [frozenset()]:  # nothing adds up to it, and nothing is left of it
            return self._alone(population, counts[frozenset()], earlier=earlier, run_id=run_id)
        by = tuple(sorted({name for parts in counts for name, _ in parts}))
        rows = [{**dict.fromkeys(by, ALL), **dict(parts), "count": count} for parts, count in counts.items()]
        table = CountTable(population, population, by, pd.DataFrame(rows))
        return protect_beside([table], earlier, rules=self.rules, run_id=run_id, counts=population)

    def _alone(self, population: str, count: int, *, earlier: Earlier, run_id: str) -> Release:
        new = Release(run_id, population, population, population, {_name(frozenset()): count}, {})
        counts = np.array([count], dtype=np.int64)
        shown = {} if self.rules.hides(counts)[0] else {_name(frozenset()): int(self.rules.shown(counts)[0])}
        return earlier.figures_to_repeat(new, rules=self.rules) or replace(new, shown=shown)


@dataclass(frozen=True)
class ToldCells:
    """Counts after protection, by population."""

    releases: Mapping[str, Release]
    rules: Rules

    @property
    def counted(self) -> tuple[Release, ...]:
        """The tables that are told, for the ledger."""
        return tuple(self.releases.values())

    def count(self, population: str, **split: object) -> object:
        """A count as it may be shown: rounded, or `HIDDEN`."""
        return self.releases[population].shown.get(_name(_parts(split)), HIDDEN)


def _name(parts: Parts) -> str:
    """The name of a cell in the ledger; see `ledger.cell_names`."""
    return "; ".join(f"{name}={value}" for name, value in sorted(parts))


def _parts(split: Mapping[str, object]) -> Parts:
    return frozenset((name, str(value)) for name, value in split.items() if str(value) != ALL)


def number(value: object) -> float:
    """A number of a frame."""
    return float(value)  # type: ignore[arg-type] # a number of a frame


def whole(count: object) -> int:
    """The same as a whole number."""
    return round(number(count))


def rows_of(frame: pd.DataFrame) -> list[dict[str, object]]:
    """The rows of a frame."""
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def share_told(
    row: Row, *, of: int, rounded_to: int, names: tuple[str, ...] = ("share", "low", "high")
) -> dict[str, object]:
    """A share and the ends of its range, no more exact than rounded counts: of ``of`` shown, and as near as they allow.

    >>> share_told({"share": 0.42, "low": 0.386, "high": 0.454}, of=790, rounded_to=5)
    {'share': 0.41772..., 'low': 0.383, 'high': 0.452}
    """
    share = number(row[names[0]])
    told = min(rounded_to * np.floor(share * of / rounded_to + 0.5) / of, 1.0) if of else float("nan")
    ends = [number(row[name]) + told - share for name in names[1:]]
    low = max(np.floor(ends[0] * THOUSANDTH) / THOUSANDTH, 0.0)
    high = min(np.ceil(ends[1] * THOUSANDTH) / THOUSANDTH, 1.0)
    return dict(zip(names, (float(told), min(float(low), told), max(float(high), told)), strict=True))


def is_absent(figure: object) -> bool:
    """Whether a figure is not there."""
    return bool(np.isnan(number(figure)))


def without(*names: str) -> dict[str, object]:
    """No figure where a count behind it is hidden."""
    return dict.fromkeys(names, float("nan"))


def each(frame: pd.DataFrame, change: Callable[[Row], Row]) -> pd.DataFrame:
    """Every row with some of its cells changed."""
    if frame.empty:
        return frame
    return pd.DataFrame([{**row, **change(row)} for row in rows_of(frame)], columns=list(frame.columns))
