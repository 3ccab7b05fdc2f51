"""How many workers it takes to keep a promise: a lead professional within five days for nine families in ten, say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import gammaincinv

from ehforecast.demand.plan.assumptions import Assumption, check_above_zero, random_numbers
from ehforecast.demand.plan.capacity import Array, Volume
from ehforecast.demand.plan.waiting import (
    Arrivals,
    Places,
    draw_durations,
    places,
    share_in_time,
    simulate_waits,
    spread_arrivals,
    stepped_places,
)
from ehforecast.errors import ForecastError, SettingsError

DAYS_A_WEEK = 7

_CASELOAD_GROUPS = 5
"""Futures are dealt into so many groups by how many families a worker holds in them, and share the group's mean."""


@dataclass(frozen=True)
class Promise:
    """A share of families to be served within so many days of coming."""

    within_days: float
    share: float

    def __post_init__(self) -> None:
        if self.within_days < 0 or not 0 < self.share <= 1:
            raise SettingsError("key 'promise': days must not be below 0, and the share lies above 0 and up to 1")


@dataclass(frozen=True)
class Caseload:
    """What holds a worker's places.

    Attributes:
        families_per_worker: places one full-time worker has.
        weeks_open: mean time a family keeps its place.
        spread: standard deviation of that time over its mean; 1 where cases end by chance.
        families_open: families with a place on the first day.
    """

    families_per_worker: Assumption
    weeks_open: Assumption
    families_open: int
    spread: float = 1.0
    seed: int = 20_261_123

    def __post_init__(self) -> None:
        check_above_zero(self.families_per_worker, self.weeks_open)
        if self.families_open < 0 or self.spread < 0:
            raise SettingsError("key 'caseload': families open and spread must not be below zero")


@dataclass(frozen=True)
class StaffSteps:
    """How many of the workers are there: ``factors`` (paths, steps) of them from each of ``starts`` on, in days."""

    starts: Array
    factors: Array


def chance_of_promise(
    families: Volume,
    promise: Promise,
    *,
    caseload: Caseload,
    workers: Sequence[float],
    there: StaffSteps | None = None,
) -> pd.DataFrame:
    """The chance of keeping a promise for each number of workers, over every period ahead taken together.

    ``families.paths`` are families (not children, not contacts) that need a worker, all series summed. The same
    arrivals and durations are used for each number of workers, so more workers never keep the promise less often. Where
    more families are open than there are places, the longest cases hold them. How many families a worker holds is
    as doubtful as the caseload says; ``there`` says when fewer or more of the workers are there. One row per number:
    ``workers, chance_kept, share_in_time, share_low, share_high`` (mean, and 80% range over paths on which somebody
    came).
    """
    if not workers or min(workers) <= 0:
        raise SettingsError("key 'workers': at least one number of workers, above zero")
    counts = np.rint(families.paths.sum(axis=1))
    if not counts.any():
        raise ForecastError("nobody is expected to come: there is no promise to keep")
    arrivals = spread_arrivals(counts, families.starts, seed=caseload.seed)
    mean_days = caseload.weeks_open.draw(len(counts), seed=caseload.seed) * DAYS_A_WEEK
    durations = draw_durations(arrivals.days.shape, mean=mean_days, spread=caseload.spread, seed=caseload.seed)
    occupied = _time_left(len(counts), caseload, mean_days=mean_days)
    groups, rows = _caseload_groups(caseload, len(counts)), []
    for number in workers:
        share = np.concatenate(
            [
                _share_in_time(
                    _Queue(Arrivals(arrivals.days[paths]), durations[paths], occupied[paths]),
                    _offered(number * each, there, paths=paths), promise=promise, starts=families.starts[[0, -1]],
                )
                for each, paths in groups
            ]
        )  # fmt: skip
        low, high = np.quantile(share, [0.1, 0.9])
        rows.append((number, float((share >= promise.share).mean()), float(share.mean()), low, high))
    return pd.DataFrame(rows, columns=["workers", "chance_kept", "share_in_time", "share_low", "share_high"])


def _offered(number: float, there: StaffSteps | None, *, paths: NDArray[np.intp]) -> Places:
    """Places of so many families; where not all workers are always there, the mean of these futures at each step."""
    if there is None:
        return places(number)
    return stepped_places(number * there.factors[paths].mean(axis=0), there.starts)


def _caseload_groups(caseload: Caseload, paths: int) -> list[tuple[float, NDArray[np.intp]]]:
    """Families per worker and the paths on which it holds; one group where the number is certain."""
    drawn = caseload.families_per_worker.draw(paths, seed=caseload.seed)
    number = 1 if caseload.families_per_worker.low == caseload.families_per_worker.high else _CASELOAD_GROUPS
    parts = [part for part in np.array_split(np.argsort(drawn, kind="stable"), number) if len(part)]
    return [(float(drawn[part].mean()), part) for part in parts]


@dataclass(frozen=True)
class _Queue:
    """Who comes, how long each stays, and until when places are taken by those already there."""

    arrivals: Arrivals
    durations: Array
    occupied: Array


def _share_in_time(queue: _Queue, offered: Places, *, promise: Promise, starts: Array) -> Array:
    """Of each path on which somebody came, the share served in time."""
    if not len(offered):
        raise ForecastError("so few workers have no place for a single family")
    waits = simulate_waits(queue.arrivals, queue.durations, offered=offered, occupied_until=queue.occupied)
    share = share_in_time(waits, queue.arrivals, within=promise.within_days, starts=starts)[:, 0]
    return share[np.isfinite(share)]


def _time_left(paths: int, caseload: Caseload, *, mean_days: Array) -> Array:
    """Days until families already open leave: what is left of a case met at any moment, longer ones met more often."""
    chance = random_numbers(caseload.seed, "time left")
    shape = (paths, caseload.families_open)
    if caseload.spread == 0:
        return np.asarray(chance.random(shape) * mean_days[:, None])
    often = 1 / caseload.spread**2
    whole = mean_days[:, None] * gammaincinv(often + 1, chance.random(shape)) / often
    return np.asarray(whole * chance.random(shape))


def workers_for(chances: pd.DataFrame, chance: float) -> float:
    """The fewest of the workers tried that keep the promise with at least this chance; infinity where none does."""
    enough = chances.loc[chances["chance_kept"] >= chance, "workers"]
    return float(enough.min()) if len(enough) else float("inf")
