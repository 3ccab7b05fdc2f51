"""Looking for breaks in one series, period by period, knowing nothing of what comes after."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ehforecast.demand.breaks_noise import Array, Evidence, Known, Places, UsualMoves, step_columns
from ehforecast.demand.steps import Step


@dataclass(frozen=True)
class BreakSettings:
    """When a break is called one.

    Attributes:
        moves: how a series moves without one.
        needed: standard errors a step must reach.
        without_one: standard errors it must keep when any single period is set aside.
        alone: standard errors from which a single period stands out by itself.
        tried: how many periods of the new level to look at, each a question of its own.
        before: periods of the old level needed.
        first: periods needed before any question is put.
        window: periods looked back on.
    """

    moves: UsualMoves = field(default_factory=UsualMoves)
    needed: float = 3.5
    without_one: float = 2.0
    alone: float = 3.5
    tried: tuple[int, ...] = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    before: int = 6
    first: int = 24
    window: int = 60

    @classmethod
    def for_step(cls, step: Step) -> "BreakSettings":
        """The same spans of time at another step. More questions are put in a year of weeks, so each asks for more."""
        if step is Step.WEEK:
            return cls(
                moves=UsualMoves(kept=0.3, drift=0.06, noise=0.2),
                needed=3.7, tried=(2, 3, 4, 6, 8, 13, 26), before=26, first=104, window=130,
            )  # fmt: skip
        if step is Step.FOUR_WEEKS:
            return cls(tried=tuple(range(2, 14)), before=6, first=26, window=65)
        return cls()


@dataclass(frozen=True)
class FoundStep:
    """A break as it was found.

    Attributes:
        start: number of the first period of the new level.
        found: number of the period whose count gave it away.
        size, error: change in logs and its standard error.
    """

    start: int
    found: int
    size: float
    error: float

    @property
    def strength(self) -> float:
        """The change in standard errors."""
        return abs(self.size) / self.error


@dataclass(frozen=True)
class FoundPulse:
    """A single period that stands out, back to the old level in the next: no break."""

    at: int
    found: int
    strength: float


@dataclass(frozen=True)
class OneSeries:
    """One adjusted series: logs (NaN where absent or in a named window), its season, and where windows end."""

    values: Array
    season: Array
    usual_counts: Array
    """Typical count as known at each period."""
    window_ends: tuple[int, ...] = ()
    """First periods after a named window: the level may have changed in it, and that is no break."""


@dataclass
class _Scan:
    """What was found so far. Private to one call: it grows period by period."""

    series: OneSeries
    settings: BreakSettings
    steps: list[FoundStep] = field(default_factory=list)
    pulses: list[FoundPulse] = field(default_factory=list)

    def known(self, until: int) -> Known:
        """The series as known at a period."""
        values = self.series.values
        there = np.flatnonzero(~np.isnan(values[: until + 1]))[-self.settings.window :]
        starts = (*(step.start for step in self.steps), *(end for end in self.series.window_ends if end <= until))
        return Known(
            values[there],
            there.astype(np.int64),
            self.series.season[np.ix_(there, there)],
            tuple(starts),
            tuple(pulse.at for pulse in self.pulses),
            float(self.series.usual_counts[until]),
        )

    def candidates(self, known: Known) -> Places:
        """First periods of a new level that can be asked about: enough of the old one before, few enough after."""
        number = len(known.times)
        latest = max(known.steps, default=int(known.times[0]))
        old = np.arange(number) - int(np.searchsorted(known.times, latest))
        after = number - np.arange(number)
        fits = np.isin(after, self.settings.tried) & (old >= self.settings.before)
        return np.asarray(np.flatnonzero(fits), dtype=np.int64)

    def look(self, until: int) -> None:
        """Put the question at one period and keep what is found."""
        known = self.known(until)
        places = self.candidates(known) if len(known.times) >= self.settings.first else np.zeros(0, dtype=np.int64)
        if not len(places):
            return
        evidence = Evidence.of(known, self.settings.moves)
        columns = step_columns(known.times, [int(known.times[place]) for place in places])
        sizes, errors = evidence.effects(columns)
        best = int(np.argmax(np.abs(sizes) / errors))
        found = FoundStep(int(known.times[places[best]]), until, float(sizes[best]), float(errors[best]))
        pulses = evidence.pulses()
        after = np.arange(places[best], len(known.times), dtype=np.int64)
        if self.is_step(found, single=pulses[after], without=evidence.beside_each(columns[:, best], after)):
            self.steps.append(found)
        elif abs(pulses[-2]) > max(self.settings.alone, found.strength):
            self.pulses.append(FoundPulse(int(known.times[-2]), until, float(abs(pulses[-2]))))

    def is_step(self, found: FoundStep, *, single: Array, without: Array) -> bool:
        """Strong enough, stronger than any single period's standing out, and not carried by one period alone."""
        return bool(
            found.strength > self.settings.needed
            and found.strength >= np.abs(single).max()
            and (without * np.sign(found.size) > self.settings.without_one).all()
        )


def scan(series: OneSeries, settings: BreakSettings) -> tuple[tuple[FoundStep, ...], tuple[FoundPulse, ...]]:
    """Breaks and single periods that stand out, each found with the counts known at the time and no later ones."""
    found = _Scan(series, settings)
    for until in np.flatnonzero(~np.isnan(series.values)):
        found.look(int(until))
    return tuple(found.steps), tuple(found.pulses)


def measure_steps(series: OneSeries, steps: tuple[FoundStep, ...], *, settings: BreakSettings) -> Iterator[FoundStep]:
    """Each break's size with all that is known now: up to three years before and after, beside the other breaks."""
    there = np.flatnonzero(~np.isnan(series.values))
    reach = settings.window * 3 // 5
    for step in steps:
        near = there[np.abs(there - step.start) <= reach].astype(np.int64)
        others = tuple(other.start for other in steps if other.start != step.start)
        season = series.season[np.ix_(near, near)]
        known = Known(
            series.values[near], near, season, (*others, *series.window_ends), (), float(series.usual_counts[near[-1]])
        )
        size, error = Evidence.of(known, settings.moves).effects(step_columns(near, [step.start]))
        yield replace(step, size=float(size[0]), error=float(error[0]))
