"""What was released before: a private, append-only list against which every new release is held.

Two releases that count almost the same children give the few who differ away by subtraction. The ledger keeps whom each
released table counted and how many, and refuses a table whose number differs from an earlier one's by a few. Each line
carries the hash of the one before, so that a line changed, dropped or swapped later is found.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.protection import Rules
from ehforecast.errors import ReleaseRefused

_FIRST = "0" * 64


@dataclass(frozen=True)
class Release:
    """One released table: what it counts, of whom, how many in all, and the hash of its true counts."""

    run_id: str
    table: str
    counts: str
    population: str
    total: int
    sha256: str


def describe_release(table: CountTable, *, run_id: str, counts: str) -> Release:
    """The entry of a table; ``counts`` says what is counted ("children with a closed episode"), whatever the period."""
    whole = [i for i, values in enumerate(table.rows[list(table.by)].astype(str).to_numpy()) if {*values} <= {ALL}]
    finest = table.rows[(table.rows[list(table.by)].astype(str) != ALL).all(axis=1)]
    total = int(table.rows["count"].iloc[whole[0]]) if whole else int(finest["count"].sum())
    content = table.rows.sort_values(list(table.by)).to_csv(index=False).encode()
    return Release(run_id, table.name, counts, table.population, total, hashlib.sha256(content).hexdigest())


class Ledger:
    """The list of releases in one private file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self, releases: Sequence[Release], *, rules: Rules) -> None:
        """Raise `ReleaseRefused` where a table differs from one released before by a handful of children.

        The very same table may be released again; one of the same children must have the same counts.
        """
        refused = [
            f"another population for table {new.table}: it differs from {old.table} of run {old.run_id} by so few that "
            "they could be told; use the earlier figures, or wait until more have changed"
            for new in releases
            for old in self.read()
            if new.counts == old.counts
            and new.sha256 != old.sha256
            and 0 < abs(new.total - old.total) <= rules.hide_up_to
        ]
        if refused:
            raise ReleaseRefused(refused)

    def lines_with(self, releases: Sequence[Release]) -> bytes:
        """The file after these releases, those it holds already left out; to be written with them, in one step."""
        lines, last = self._lines()
        for release in releases:
            if all(release != earlier for earlier in self.read()):
                line = _line(release, before=last)
                lines.append(line)
                last = hashlib.sha256(line.encode()).hexdigest()
        return "".join(f"{line}\n" for line in lines).encode()

    def read(self) -> list[Release]:
        """Every release, in order. Raises `ReleaseRefused` naming the first line that is not what was written."""
        lines, _ = self._lines()
        return [Release(**{name: json.loads(line)[name] for name in Release.__dataclass_fields__}) for line in lines]

    def _lines(self) -> tuple[list[str], str]:
        if not self._path.is_file():
            return [], _FIRST
        lines, last = self._path.read_text(encoding="utf-8").splitlines(), _FIRST
        for number, line in enumerate(lines, start=1):
            if not line.startswith(f'{{"before": "{last}"'):
                raise ReleaseRefused([f"a sound ledger: line {number} of {self._path.name} is not what was written"])
            last = hashlib.sha256(line.encode()).hexdigest()
        return lines, last


def _line(release: Release, *, before: str) -> str:
    return json.dumps({"before": before, **asdict(release)})
