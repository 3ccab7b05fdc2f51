"""Waiting for a place, held to the queues whose answers are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.demand.plan.waiting import (
    Arrivals,
    Places,
    chance_of_waiting_at_most,
    draw_durations,
    erlang_c,
    places,
    share_in_time,
    simulate_waits,
    spread_arrivals,
    together,
)
from ehforecast.errors import ForecastError

pytestmark = pytest.mark.acceptance("plan")

DAYS, WARM_UP, PATHS = 30_000.0, 3_000.0, 60


def settled(count: int, *, arrivals_a_day: float, mean: float, spread: float) -> np.ndarray:
    """Waits of a long-run queue with chance arrivals, its beginning left out."""
    counts = np.random.default_rng(7).poisson(arrivals_a_day * DAYS, (PATHS, 1)).astype(float)
    arrivals = spread_arrivals(counts, np.array([0.0, DAYS]), seed=7)
    durations = draw_durations(arrivals.days.shape, mean=mean, spread=spread, seed=7)
    waits = simulate_waits(arrivals, durations, offered=places(count))
    return np.asarray(waits[arrivals.came & (arrivals.days > WARM_UP)])


@pytest.mark.parametrize(("count", "load"), [(1, 0.6), (5, 3.5)])
def test_mean_wait_is_that_of_erlang(count: int, load: float) -> None:
    mean = 4.0
    waits = settled(count, arrivals_a_day=load / mean, mean=mean, spread=1.0)
    known = erlang_c(count, load) * mean / (count - load)
    # Catches places that are taken twice, families served out of turn, or durations on another scale. 2%, the issue's
    # bar: the standard error over 60 paths of 27,000 days is below 1%.
    assert waits.mean() == pytest.approx(known, rel=0.02)
    # Catches a wait counted from the start of a day rather than from the moment somebody comes.
    expected = chance_of_waiting_at_most(2.0, places=count, arrivals_a_day=load / mean, mean_days=mean)
    assert (waits <= 2.0).mean() == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_mean_wait_at_one_place_is_that_of_pollaczek_and_khinchine(spread: float) -> None:
    load, mean = 0.6, 4.0
    waits = settled(1, arrivals_a_day=load / mean, mean=mean, spread=spread)
    # Catches durations whose spread is not what was asked for: the mean wait grows with its square.
    assert waits.mean() == pytest.approx(
        load / (1 - load) * (1 + spread**2) / 2 * mean, rel=0.02 if spread < 1 else 0.04
    )


def test_durations_have_the_mean_and_spread_asked_for() -> None:
    drawn = draw_durations((1, 200_000), mean=30.0, spread=0.5, seed=1)
    # Catches shape and scale of the gamma mixed up. Standard errors: 0.03 and 0.2%.
    assert drawn.mean() == pytest.approx(30, abs=0.15)
    assert drawn.std() / drawn.mean() == pytest.approx(0.5, rel=0.01)
    # Catches a spread of nothing that divides by zero.
    assert (draw_durations((2, 3), mean=np.array([4.0, 8.0]), spread=0.0, seed=1) == [[4.0] * 3, [8.0] * 3]).all()


def test_a_worked_example() -> None:
    arrivals = Arrivals(np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 9.0, np.inf, np.inf]]))
    durations = np.full((2, 4), 4.0)
    waits = simulate_waits(arrivals, durations, offered=places(2))
    # By hand: two places free at 4 and 5; the third family comes on day 2 and waits 2 days, the fourth 2 (5 - 3).
    assert waits[0].tolist() == [0, 0, 2, 2]
    # Catches families that never came being given a wait.
    assert waits[1, :2].tolist() == [0, 0]
    assert np.isnan(waits[1, 2:]).all()
    # By hand: of the four, two waited at most a day.
    assert share_in_time(waits, arrivals, within=1.0, starts=np.array([0.0, 10.0]))[:, 0].tolist() == [0.5, 1.0]


def test_periods_without_anybody_have_no_share() -> None:
    arrivals = Arrivals(np.array([[1.0]]))
    shares = share_in_time(np.array([[0.0]]), arrivals, within=1.0, starts=np.array([0.0, 5.0, 10.0]))
    # Catches an empty month called a promise kept.
    assert shares[0, 0] == 1
    assert np.isnan(shares[0, 1])


def test_places_open_and_close() -> None:
    arrivals = Arrivals(np.array([[0.0, 1.0, 6.0]]))
    offered = together(places(1, closes=5.0), places(1, opens=10.0))
    waits = simulate_waits(arrivals, np.full((1, 3), 3.0), offered=offered)
    # By hand: served on day 0 and day 3 by the place that closes on day 5 (a case begun is kept); then on day 10.
    assert waits[0].tolist() == [0, 2, 4]
    alone = simulate_waits(arrivals, np.full((1, 3), 3.0), offered=places(1, closes=2.0))
    # Catches families served by a place that has closed.
    assert alone[0].tolist() == [0, np.inf, np.inf]


def test_places_already_taken_keep_people_waiting() -> None:
    arrivals = Arrivals(np.array([[0.0, 0.0]]))
    waits = simulate_waits(arrivals, np.ones((1, 2)), offered=places(2), occupied_until=np.array([[7.0, 3.0]]))
    # Catches cases open on the first day being forgotten.
    assert waits[0].tolist() == [3, 4]


@given(
    counts=st.lists(st.integers(0, 12), min_size=1, max_size=5),
    seed=st.integers(0, 99),
    more=st.integers(1, 3),
    spread=st.sampled_from([0.0, 0.7, 1.0]),
)
def test_nobody_waits_longer_when_a_place_is_added(counts: list[int], seed: int, more: int, spread: float) -> None:
    starts = np.arange(len(counts) + 1) * 7.0
    arrivals = spread_arrivals(np.array([counts], dtype=float), starts, seed=seed)
    durations = draw_durations(arrivals.days.shape, mean=9.0, spread=spread, seed=seed)
    few, many = (simulate_waits(arrivals, durations, offered=places(count)) for count in (2, 2 + more))
    # Catches a plan in which hiring makes things worse.
    assert (many <= few + 1e-9)[arrivals.came].all()
    # Catches families lost or made up: each of those counted comes once, within its own period.
    assert np.histogram(arrivals.days[arrivals.came], starts)[0].tolist() == counts


def test_nobody_can_be_served_without_places() -> None:
    # Catches an endless wait passed off as a result.
    with pytest.raises(ForecastError, match="no places"):
        simulate_waits(Arrivals(np.zeros((1, 1))), np.ones((1, 1)), offered=Places(np.empty(0), np.empty(0)))
    # Catches a formula used where a queue never settles.
    with pytest.raises(ForecastError, match="settles"):
        erlang_c(2, 2.0)
