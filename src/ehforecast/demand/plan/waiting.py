"""How long families wait for one of a number of places, and how sure a promise of no longer is.

A place is one family's share of a worker (9.5 places a worker, say), a panel's slot, or a worker who screens. Families
are served in the order in which they came; each keeps its place for as long as its case is open.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv

from ehforecast.demand.plan.assumptions import random_numbers
from ehforecast.errors import ForecastError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """When each place begins and stops taking families, in days from the start of the plan."""

    opens: Array
    closes: Array

    def __len__(self) -> int:
        return len(self.opens)


def places(count: float, *, opens: float = 0.0, closes: float = np.inf) -> Places:
    """Places open together; a part of one is left out, for a family cannot have half a worker's place."""
    whole = int(np.floor(count + 1e-9))
    return Places(np.full(whole, opens), np.full(whole, closes))


def together(*several: Places) -> Places:
    """All these places."""
    return Places(np.concatenate([each.opens for each in several]), np.concatenate([each.closes for each in several]))


def stepped_places(counts: Array, starts: Array) -> Places:
    """Places whose number changes: so many from each start on; one that closes takes nobody new, and keeps whom it has.

    >>> found = stepped_places(np.array([2.0, 1.0, 2.0]), np.array([0.0, 10.0, 20.0]))
    >>> found.opens.tolist(), found.closes.tolist()
    ([0.0, 0.0, 20.0], [inf, 10.0, inf])
    """
    whole = np.floor(counts + 1e-9).astype(int)
    ends = np.append(starts[1:], np.inf)
    opens: list[float] = []
    closes: list[float] = []
    for number in range(int(whole.max(initial=0))):
        for step in np.flatnonzero(whole > number):
            if closes and step and whole[step - 1] > number:
                closes[-1] = float(ends[step])
            else:
                opens.append(float(starts[step]))
                closes.append(float(ends[step]))
    return Places(np.array(opens), np.array(closes))


@dataclass(frozen=True)
class Arrivals:
    """Families in the order they come: (paths, families) of days from the start; infinity where a path has no more."""

    days: Array

    @property
    def came(self) -> NDArray[np.bool_]:
        """Which of the entries are families."""
        return np.isfinite(self.days)


def spread_arrivals(counts: Array, starts: Array, *, seed: int) -> Arrivals:
    """Families of each period at times spread evenly by chance within it.

    Args:
        counts: (paths, periods) of whole numbers.
        starts: first day of each period and the day after the last: (periods + 1,).
        seed: the same one gives the n-th family of a path's period the same time, so scenarios differ in volume alone.
    """
    whole = np.rint(counts).astype(int)
    chance = random_numbers(seed, "arrival times").random((*counts.shape, int(whole.max(initial=0))))
    by_path = [
        np.concatenate(
            [np.sort(starts[k] + chance[path, k, :n] * (starts[k + 1] - starts[k])) for k, n in enumerate(row)]
        )
        for path, row in enumerate(whole)
    ]
    days = np.full((len(by_path), max((len(row) for row in by_path), default=0)), np.inf)
    for row, times in zip(days, by_path, strict=True):
        row[: len(times)] = times
    return Arrivals(days)


def draw_durations(shape: tuple[int, int], *, mean: Array | float, spread: float, seed: int) -> Array:
    """Days for which each family keeps its place: gamma, with a standard deviation of `spread` times the mean.

    One (exponential) is a service whose cases end by chance; 0 one in which every case takes as long as the next.
    """
    each = np.broadcast_to(np.asarray(mean, dtype=np.float64).reshape(-1, 1), shape)
    if spread == 0:
        return np.array(each)
    often = 1 / spread**2
    return np.asarray(each * gammaincinv(often, random_numbers(seed, "durations").random(shape)) / often)


def simulate_waits(
    arrivals: Arrivals, durations: Array, *, offered: Places, occupied_until: Array | None = None
) -> Array:
    """Days each family waits for a place: (paths, families); infinity for one never served, NaN where nobody came.

    First come, first served; every path has the same places. `occupied_until` (paths, families already open) are the
    days on which places taken before the start come free; those families hold the places that opened first. With the
    same arrivals and durations nobody waits longer when a place is added. Source: Kiefer and Wolfowitz (1955).
    """
    if not len(offered):
        raise ForecastError("there are no places: nobody could ever be served; check the number of workers")
    paths, families = arrivals.days.shape
    free_on = np.tile(np.sort(offered.opens), (paths, 1))
    closes = offered.closes[np.argsort(offered.opens, kind="stable")]
    if occupied_until is not None:
        taken = min(occupied_until.shape[1], len(offered))
        free_on[:, :taken] = np.maximum(free_on[:, :taken], -np.sort(-occupied_until, axis=1)[:, :taken])
    free_on = np.where(free_on >= closes, np.inf, free_on)
    waits, rows = np.full((paths, families), np.nan), np.arange(paths)
    for family in range(families):
        came_on = arrivals.days[:, family]
        place = free_on.argmin(axis=1)
        begins = np.maximum(free_on[rows, place], came_on)
        gone = begins >= closes[place]
        while (gone & np.isfinite(came_on) & np.isfinite(begins)).any():
            free_on[rows[gone], place[gone]] = np.inf
            place = free_on.argmin(axis=1)
            begins = np.maximum(free_on[rows, place], came_on)
            gone = begins >= closes[place]
        here = np.isfinite(came_on)
        waits[here, family] = begins[here] - came_on[here]
        served = here & np.isfinite(begins)
        free_on[rows[served], place[served]] = begins[served] + durations[served, family]
    return waits


def share_in_time(waits: Array, arrivals: Arrivals, *, within: float, starts: Array) -> Array:
    """Of the families that came in each period, the share that waited at most `within` days: (paths, periods).

    NaN where nobody came. `starts` as in `spread_arrivals`.
    """
    period = np.searchsorted(starts, arrivals.days, side="right") - 1
    shares = np.full((len(waits), len(starts) - 1), np.nan)
    for k in range(len(starts) - 1):
        inside = (period == k) & arrivals.came
        came = inside.sum(axis=1)
        in_time = (inside & (waits <= within)).sum(axis=1)
        shares[:, k] = np.divide(in_time, came, out=np.full(len(came), np.nan), where=came > 0)
    return shares


def erlang_c(places: int, load: float) -> float:
    """Chance that somebody who comes must wait, with chance arrivals and exponential durations (M/M/c).

    ``load`` is arrivals times mean duration, below ``places``. Source: Erlang (1917), by the stable recursion of the
    Erlang B formula.

    >>> round(erlang_c(1, 0.5), 3)
    0.5
    """
    if not 0 < load < places:
        raise ForecastError("a queue settles only when places are more than arrivals times duration")
    blocked = 1.0
    for number in range(1, places + 1):
        blocked = load * blocked / (number + load * blocked)
    return places * blocked / (places - load * (1 - blocked))


def chance_of_waiting_at_most(days: float, *, places: int, arrivals_a_day: float, mean_days: float) -> float:
    """M/M/c, settled: chance of waiting at most `days`.

    >>> round(chance_of_waiting_at_most(0, places=1, arrivals_a_day=0.5, mean_days=1), 3)
    0.5
    """
    load = arrivals_a_day * mean_days
    return 1 - erlang_c(places, load) * float(np.exp(-(places - load) * days / mean_days))
