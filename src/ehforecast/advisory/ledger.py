"""What was released before: a private, append-only list against which every new release is held.

Two releases that count almost the same children give the few who differ away by subtraction. The ledger keeps whom each
released table counted, how many they truly were and what was shown of it. Where a new table differs from an earlier one
by a few, it shows the earlier figures, or it is refused.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from ehforecast.advisory.chained_log import ChainedLog
from ehforecast.advisory.count_tables import CountTable
from ehforecast.advisory.protection import ProtectedTable, Rules, protect
from ehforecast.advisory.sign_off import Signature
from ehforecast.errors import ReleaseRefused

FIGURES, REPORT, SIGNATURE = "figures", "report", "signature"
"""Kinds of entry."""

_OF, _AND = "=", "; "


@dataclass(frozen=True)
class Release:
    """One released table.

    Attributes:
        run_id: the run that first released it.
        table: its name.
        counts: what is counted of whom, whatever the window: "children with a closed episode". Releases that share it
            are held against each other.
        population: the window: which of them, when and where.
        counted: true count of each cell, by the cell's name; the name of the total is empty.
        shown: what was shown of each; absent where it was hidden.
    """

    run_id: str
    table: str
    counts: str
    population: str
    counted: Mapping[str, int]
    shown: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many in all: the total where the table has one, else the sum of its finest cells."""
        if "" in self.counted:
            return self.counted[""]
        finest = max((_pattern(name) for name in self.counted), key=len)
        return sum(count for name, count in self.counted.items() if _pattern(name) == finest)

    @property
    def sha256(self) -> str:
        """The hash of the true counts: the same children give the same."""
        return hashlib.sha256(repr(sorted(self.counted.items())).encode()).hexdigest()

    def is_few_from(self, other: "Release", *, up_to: int) -> bool:
        """Whether some, but no more than so many, differ between the two: in all, or over the cells of one split."""
        moved = {_pattern(name): 0 for name in (*self.counted, *other.counted)}
        for name in {*self.counted, *other.counted}:
            moved[_pattern(name)] += abs(self.counted.get(name, 0) - other.counted.get(name, 0))
        return any(0 < by <= up_to for by in (abs(self.total - other.total), *moved.values()))

    def tells_no_more_than(self, other: "Release") -> bool:
        """Whether every figure shown is one that the other showed."""
        return all(other.shown.get(name) == figure for name, figure in self.shown.items())


def describe_release(table: CountTable, shown: ProtectedTable, *, run_id: str, counts: str) -> Release:
    """The entry of a table and of what is shown of it; see `Release` for ``counts``."""
    figures = zip(cell_names(table), shown.rows["shown"], strict=True)
    told = {name: int(figure) for name, figure in figures if not pd.isna(figure)}
    return Release(run_id, table.name, counts, table.population, _counted(table), MappingProxyType(told))


def cell_names(table: CountTable) -> list[str]:
    """The name of each row's cell: what it is split by, in order of the column's names.

    >>> rows = pd.DataFrame({"sex": ["f", "all"], "area": ["n", "n"], "count": [9, 20]})
    >>> cell_names(CountTable("t", "children", ("sex", "area"), rows))
    ['area=n; sex=f', 'area=n']
    """
    return [_AND.join(f"{name}{_OF}{value}" for name, value in sorted(parts)) for _, parts in table.cells()]


def _counted(table: CountTable) -> Mapping[str, int]:
    counts = (int(count) for count in table.rows["count"])
    return MappingProxyType(dict(zip(cell_names(table), counts, strict=True)))


def _pattern(cell: str) -> tuple[str, ...]:
    return tuple(part.partition(_OF)[0] for part in cell.split(_AND) if part)


def protect_beside(
    tables: Sequence[CountTable], earlier: "Earlier", *, rules: Rules, run_id: str, counts: str
) -> Release:  # fmt: skip
    """What may be shown of tables of one population beside all that was released before, as one release.

    Where these counts, or counts that differ from them by a few only, were released before, that release itself stands
    again and nothing new is told. Otherwise small counts are hidden until no attack on all tables gets one back.
    """
    first = tables[0]
    counted = {name: count for table in tables for name, count in _counted(table).items()}
    new = Release(run_id, first.name, counts, first.population, MappingProxyType(counted), {})
    return earlier.figures_to_repeat(new, rules=rules) or _protected(new, tables, rules=rules)


def _protected(new: Release, tables: Sequence[CountTable], *, rules: Rules) -> Release:
    safe = protect(tables, rules=rules).tables
    told = [
        describe_release(*pair, run_id=new.run_id, counts=new.counts).shown for pair in zip(tables, safe, strict=True)
    ]
    return replace(new, shown=MappingProxyType({name: figure for shown in told for name, figure in shown.items()}))


class Ledger:
    """The list of releases in one private folder."""

    def __init__(self, path: Path) -> None:
        self._log = ChainedLog(path)

    def read(self) -> list[Release]:
        """Every release of a table, in order. Raises `ReleaseRefused` naming the first line that was changed."""
        return [_release(entry) for entry in self._log.read() if entry["kind"] == FIGURES]

    def reports(self) -> list[dict[str, Any]]:
        """Every report that went out, in order: ``run_id``, ``report`` and the SHA-256 of each of its ``files``."""
        return [entry for entry in self._log.read() if entry["kind"] == REPORT]

    def last(self) -> str:
        """The hash that the list ends with; see `ChainedLog.last`."""
        return self._log.last()

    def check(self, releases: Sequence[Release], *, rules: Rules) -> None:
        """Raise `ReleaseRefused` where a table differs from one released before by a handful of children.

        The very same table may be released again, and one that shows no more than the earlier figures.
        """
        earlier = Earlier(self.read())
        refused = [
            f"another population for table {new.table}: it differs from {old.table} of run {old.run_id} by so few that "
            f"they could be told. The report of run {old.run_id} stands: read that one, and make this one again when "
            f"more than {rules.hide_up_to} have changed"
            for new in releases
            for old in earlier.to_hold_against(new)
            if new.is_few_from(old, up_to=rules.hide_up_to) and not new.tells_no_more_than(old)
        ]
        if refused:
            raise ReleaseRefused(refused)

    def append(self, releases: Sequence[Release], *, run_id: str, report: str, files: Mapping[str, str]) -> None:
        """Write down a report that goes out: the tables that were not released before, and the hash of every file."""
        known = {(old.counts, old.population, old.sha256) for old in self.read()}
        new = [release for release in releases if (release.counts, release.population, release.sha256) not in known]
        told = {"kind": REPORT, "run_id": run_id, "report": report, "files": dict(files)}
        is_known = any(entry == told for entry in self.reports())
        self._log.append([*(_entry(release) for release in new), *([] if is_known else [told])])

    def append_signature(self, signature: Signature) -> None:
        """Write down that a report was signed."""
        self._log.append([{"kind": SIGNATURE, "seal": signature.seal, **asdict(signature)}])

    def signatures(self) -> set[str]:
        """The seals of all signatures that were given."""
        return {str(entry["seal"]) for entry in self._log.read() if entry["kind"] == SIGNATURE}


class Earlier:
    """What was released before, as a new release of the same question has to heed it."""

    def __init__(self, releases: Sequence[Release] = ()) -> None:
        self._by_counts: dict[str, list[Release]] = {}
        for release in releases:
            self._by_counts.setdefault(release.counts, []).append(release)

    def to_hold_against(self, new: Release) -> Iterator[Release]:
        """The last release of each window of the same counts; none where these very counts were released before."""
        before = self._by_counts.get(new.counts, [])
        if self._the_same(new) is None:
            yield from {old.population: old for old in before}.values()

    def figures_to_repeat(self, new: Release, *, rules: Rules) -> Release | None:
        """The release whose figures must stand again: of the same counts, or of counts that differ by a few only."""
        window = [old for old in self._by_counts.get(new.counts, []) if old.population == new.population]
        near = window[-1:] if window and new.is_few_from(window[-1], up_to=rules.hide_up_to) else []
        return self._the_same(new) or next(iter(near), None)

    def _the_same(self, new: Release) -> Release | None:
        same = [
            old
            for old in self._by_counts.get(new.counts, [])
            if (old.population, old.sha256) == (new.population, new.sha256)
        ]
        return same[-1] if same else None


def _entry(release: Release) -> dict[str, object]:
    return {
        "kind": FIGURES,
        "run_id": release.run_id,
        "table": release.table,
        "counts": release.counts,
        "population": release.population,
        "counted": dict(release.counted),
        "shown": dict(release.shown),
    }


def _release(entry: Mapping[str, Any]) -> Release:
    return Release(**{name: value for name, value in entry.items() if name != "kind"})
