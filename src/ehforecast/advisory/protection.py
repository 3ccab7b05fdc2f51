"""Hiding small counts so that no sum, difference or other table gives them back: suppress, round, attack, repeat.

What is hidden is checked by the attack a reader could make: for each small or hidden count, the least and the most it
can be, given everything published (rounded figures stand for their whole range), by integer linear programming. A count
that could be fewer than three numbers is not protected; another cell is hidden and the attack is run again.

Whole numbers are slow to search where counts are large. So the attack first lets counts be fractions, which is quick:
what comes out whole could be true, and what no fraction can be, no whole number can be. Only the rest is searched for.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, hstack

from ehforecast.advisory.count_tables import CellSystem, CountTable, tie_together
from ehforecast.errors import ReleaseRefused, SettingsError

HIDDEN = "[c]"
"""Shown instead of a hidden count; never a 0 or a blank."""

FEWEST_NUMBERS = 3
"""A hidden count must be able to be at least so many different numbers."""

_WEAKEST = 5

_LOOKS = 24
"""Answers in which many cells are moved at once, before cells are asked about one by one."""

_SMALL_MOVES = (2.0, -2.0, 1.0, -1.0)
"""Changes of a count that show it to be safe: two one way, or one either way."""

_ALMOST = 1e-3
"""How far the solver's fractions may be off."""

Known = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The least and the most that each cell can be, by its own figure alone; whole numbers."""


@dataclass(frozen=True)
class Rules:
    """How small counts are treated.

    Attributes:
        name: of the preset.
        hide_up_to: counts from 1 to this are hidden; nothing below 5 is accepted.
        round_to: every other count is shown to the nearest multiple of this.
        hide_zero: whether a zero is hidden like a small count.
    """

    name: str
    hide_up_to: int
    round_to: int
    hide_zero: bool = False

    def __post_init__(self) -> None:
        if self.hide_up_to < _WEAKEST or self.round_to < 1:
            raise SettingsError(
                f"disclosure rules '{self.name}' hide less than counts of 1 to {_WEAKEST}: not accepted"
            )

    def hides(self, counts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which counts are too small to show."""
        return (counts <= self.hide_up_to) & (self.hide_zero | (counts > 0))

    def shown(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts as they may be shown: the nearest multiple, halves away from zero."""
        return (2 * counts + self.round_to) // (2 * self.round_to) * self.round_to

    def bare(self, counts: Iterable[pd.Series], *, of: str) -> Iterator[str]:
        """What the counts show of not having been made safe, for a refusal; marks and what is absent aside."""
        bare = 0
        for column in counts:
            told = pd.to_numeric(column, errors="coerce").dropna()
            bare += int((((told > 0) & (told <= self.hide_up_to)) | (told % self.round_to != 0)).sum())
        if bare:
            yield f"protection of {bare} counts {of}: small ones hidden, others to the nearest {self.round_to}"

    def about(self, count: int) -> int:
        """One count as a sentence may tell it: rounded, and 0 where it is too small to show; so 0 means few or none.

        >>> [UK_STRICT.about(count) for count in (7, 8, 641)]
        [0, 10, 640]
        """
        counts = np.array([count], dtype=np.int64)
        return int(np.where(self.hides(counts), 0, self.shown(counts))[0])

    def range_of(self, shown: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """What a reader can tell of a count that is shown: the least and the most it can be."""
        zero = (shown == 0) & (not self.hide_zero)
        least = np.maximum(shown - self.round_to // 2, 0 if self.round_to == 1 else self.hide_up_to + 1)
        most = shown + (self.round_to - 1) // 2
        return np.where(zero, 0.0, least), np.where(zero, 0.0, most)


UK_STRICT = Rules("uk_strict", hide_up_to=7, round_to=5)
"""As NHS England and OpenSAFELY: 1 to 7 hidden, everything else to the nearest 5."""

DFE_CIN = Rules("dfe_cin", hide_up_to=5, round_to=1)
"""As the Department for Education's children in need: 1 to 5 hidden, and others so that those cannot be worked out."""

TRE10 = Rules("tre10", hide_up_to=9, round_to=1)
"""As trusted research environments: fewer than 10 hidden."""

PRESETS = {rules.name: rules for rules in (UK_STRICT, DFE_CIN, TRE10)}


@dataclass(frozen=True)
class ProtectedTable:
    """A table as it may be published: its columns, ``shown`` (absent where hidden) and ``mark`` (`HIDDEN` or empty)."""

    name: str
    population: str
    rows: pd.DataFrame


@dataclass(frozen=True)
class Protection:
    """Tables made safe together, and what that took.

    Attributes:
        tables: as they may be published.
        rules: the rules they keep.
        small: cells hidden because their count is small.
        hidden_besides: cells hidden so that those cannot be worked out.
        attacked: counts the attack tried to recover; none could be told to within fewer than three numbers.
    """

    tables: tuple[ProtectedTable, ...]
    rules: Rules
    small: int
    hidden_besides: int
    attacked: int


def protect(
    tables: Sequence[CountTable], *, rules: Rules = UK_STRICT, outside: Sequence[CountTable] = ()
) -> Protection:
    """Hide and round counts of tables that are published together until no attack gets one back.

    ``outside`` are figures already public elsewhere exactly as they are (the Department's totals, say): the attack uses
    them, and they are not shown. Raises `ReleaseRefused` where a count can be worked out and nothing is left to hide.
    """
    system = tie_together([*tables, *outside])
    attack = Attack(system, rules, outside=outside)
    hidden = attack.small & system.published
    first, at_stake = int(hidden.sum()), np.flatnonzero(attack.small)
    while (exposed := attack.find_exposed(hidden, at_stake)).size:
        more = {attack.choose_beside(int(cell), hidden) for cell in exposed} - {None}
        if not more:
            names = ", ".join(table.name for table in tables)
            raise ReleaseRefused([f"a coarser split of {names}: {len(exposed)} small counts could be worked out"])
        hidden[[cell for cell in more if cell is not None]] = True
        at_stake = np.union1d(exposed, np.array([*more], dtype=np.intp))  # hiding more never exposes what was safe
    shown = tuple(_show(table, system, hidden=hidden, rules=rules) for table in tables)
    return Protection(shown, rules, first, int(hidden.sum()) - first, int((hidden | attack.small).sum()))


class Attack:
    """What a reader can work out from everything published, cell by cell.

    Every answer of the solver is a set of counts that could be true; each cell remembers the least and the most it was
    in any, so that most cells are known to be safe without being asked about.
    """

    def __init__(self, system: CellSystem, rules: Rules, *, outside: Sequence[CountTable] = ()) -> None:
        self._system, self._rules = system, rules
        self._exact = np.zeros(len(system.counts), dtype=bool)
        for table in outside:
            self._exact[[system.place[cell] for cell in table.cells()]] = True
        self.small = rules.hides(system.counts) & ~self._exact
        self._least_seen, self._most_seen = system.counts.astype(float), system.counts.astype(float)

    def find_exposed(self, hidden: NDArray[np.bool_], cells: NDArray[np.intp]) -> NDArray[np.intp]:
        """Those of the cells whose count can be told to within fewer than three numbers."""
        known = self._known_before_sums(hidden)
        self._look_at_many(cells, known)
        return np.array([cell for cell in cells if not self._is_safe(int(cell), known)], dtype=np.intp)

    def _known_before_sums(self, hidden: NDArray[np.bool_]) -> Known:
        counts, rules = self._system.counts, self._rules
        least, most = rules.range_of(rules.shown(counts))
        unseen = ~self._system.published | hidden
        # A reader may guess that a mark stands for somebody; a zero is hidden only where nothing else is left to hide.
        least = np.where(unseen, 0.0 if rules.hide_zero else (hidden & (counts > 0)).astype(float), least)
        most = np.where(unseen, np.where(hidden & self.small, rules.hide_up_to, np.inf), most)  # as a reader may guess
        return np.where(self._exact, counts, least), np.where(self._exact, counts, np.minimum(most, self._beyond))

    def _look_at_many(self, cells: NDArray[np.intp], known: Known) -> None:
        """Move all cells not yet known to be safe at once, each up or down by lot: one answer shows many to be safe."""
        lot = np.random.default_rng(0)  # it decides how soon a cell is known to be safe, not whether it is
        for look in range(min(_LOOKS, len(cells))):
            unsure = [cell for cell in cells if not self._seen_enough(int(cell))]
            if len(unsure) <= look:  # by now it is quicker to ask about each
                return
            aims = np.zeros(len(self._exact))
            aims[unsure] = lot.choice((-1.0, 1.0), len(unsure))
            self._answer(aims, known, whole=False)

    def _is_safe(self, cell: int, known: Known) -> bool:
        if self._seen_enough(cell):
            return True
        least, most = (self._end(cell, known, sign=sign, whole=False) for sign in (-1.0, 1.0))
        if np.floor(most + _ALMOST) - np.ceil(least - _ALMOST) < FEWEST_NUMBERS - 1:
            return False
        for by in _SMALL_MOVES:
            if not self._seen_enough(cell):
                self._move(cell, known, by=by)
        room = {-1.0: self._least_seen[cell] - least, 1.0: most - self._most_seen[cell]}
        for sign in (way for way, so_far in room.items() if so_far > 1 - _ALMOST):
            if not self._seen_enough(cell):
                self._end(cell, known, sign=sign, whole=True)
        return self._seen_enough(cell)

    def _end(self, cell: int, known: Known, *, sign: float, whole: bool) -> float:
        """The least or the most that a cell can be, in whole numbers or in fractions."""
        aims = np.zeros(len(self._exact))
        aims[cell] = sign
        found = self._answer(aims, known, whole=whole)
        if found is None:  # no counts keep all that is published: it contradicts itself
            raise ReleaseRefused(["figures that agree with each other: no counts could give all of them"])
        return float(found[cell])

    def _move(self, cell: int, known: Known, *, by: float) -> None:
        """Change a cell by so much, and others by as little as that takes: few change, mostly by whole numbers."""
        counts, sums = self._system.counts, self._system.sums
        least, most = np.zeros(2 * len(counts)), np.concatenate([known[1] - counts, counts - known[0]])  # ups, downs
        way, other = (cell, len(counts) + cell) if by > 0 else (len(counts) + cell, cell)
        least[way], most[way], most[other] = abs(by), min(abs(by), most[way]), 0.0
        found = _solved(np.ones(len(least)), hstack([sums, -sums]), known=(least, most))
        if found is not None:
            self._remember(counts + found[: len(counts)] - found[len(counts) :], known)

    def _answer(self, aims: NDArray[np.float64], known: Known, *, whole: bool) -> NDArray[np.float64] | None:
        """Counts that keep all that is published, as far the way of the aims as can be."""
        found = _solved(-aims, self._system.sums, known=known, whole=whole)
        if found is not None:
            self._remember(found, known)
        return found

    def _remember(self, found: NDArray[np.float64], known: Known) -> None:
        """Widen what each cell was seen to be, if these are whole numbers that keep all that is published."""
        counts = np.round(found)
        if not (self._system.sums @ counts).any() and ((known[0] <= counts) & (counts <= known[1])).all():
            self._least_seen = np.minimum(self._least_seen, counts)
            self._most_seen = np.maximum(self._most_seen, counts)

    def _seen_enough(self, cell: int) -> bool:
        return bool(self._most_seen[cell] - self._least_seen[cell] >= FEWEST_NUMBERS - 1)

    @property
    def _beyond(self) -> float:
        """More than any count: keeps the solver's answers finite where nothing else does."""
        return float(10 * self._system.counts.sum() + 1_000)

    def choose_beside(self, cell: int, hidden: NDArray[np.bool_]) -> int | None:
        """What to hide besides: of the counts shown that share a sum with the cell, the finest and smallest."""
        system = self._system
        shown = [
            other
            for other in system.neighbours(cell)
            if system.published[other] and not hidden[other] and not self._exact[other]
        ]
        return min(
            shown,
            key=lambda other: (system.counts[other] == 0, -system.depth[other], system.counts[other], other),
            default=None,
        )


def _solved(
    costs: NDArray[np.float64], sums: csr_array, *, known: Known, whole: bool = False
) -> NDArray[np.float64] | None:
    """The cheapest numbers between limits that keep all sums; None where there are none."""
    found: NDArray[np.float64] | None = milp(
        costs,
        constraints=[LinearConstraint(sums, 0.0, 0.0)] if sums.shape[0] else None,
        bounds=Bounds(*known),
        integrality=np.full(len(costs), whole),
    ).x
    return found


def _show(table: CountTable, system: CellSystem, *, hidden: NDArray[np.bool_], rules: Rules) -> ProtectedTable:
    aside = hidden[[system.place[cell] for cell in table.cells()]]
    counts = rules.shown(table.rows["count"].to_numpy(dtype=np.int64))
    rows = table.rows[list(table.by)].assign(
        shown=pd.array(np.where(aside, 0, counts), dtype="Int64"), mark=np.where(aside, HIDDEN, "")
    )
    rows.loc[aside, "shown"] = pd.NA
    return ProtectedTable(table.name, table.population, rows.reset_index(drop=True))
