"""The true risk of each later event, from the rates that drew it, beside what truly came."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.arrival_calendar import ArrivalCalendar
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import ADULT_DAYS, DAYS_A_YEAR, Families
from ehforecast.synthetic.front_door import chance_on_form
from ehforecast.synthetic.histories import is_child
from ehforecast.synthetic.rates import NEVER, Standing, help_rate, referral_rate

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

WINDOW_DAYS = 365
"""Later events count from the day after until this many days after."""


@dataclass(frozen=True)
class IndexEvents:
    """One entry per child and event (a referral, an end of help): when, and where the family stood."""

    child: Integers
    on: Integers
    standing: Standing


@dataclass(frozen=True)
class World:
    """What true risks are computed from."""

    families: Families
    birthdays: Integers
    calendar: ArrivalCalendar
    truth: CouncilTruth


def referral_risk(events: IndexEvents, world: World, *, same_month: bool, watched: bool = True) -> Floats:
    """The chance that the child is referred within 12 months, given all that the simulation knows at the event.

    Risk = 1 - exp(-chance on the form * sum of the family's monthly rates until the window or childhood ends). First
    help that may begin within the window counts by its chance. Other changes of where the family stands are left out:
    averages of what came are within about 3% of average risk.
    ``same_month``: whether a referral can still come in the month of the event.
    """
    truth = world.truth
    helped = replace(events.standing, help_began=np.where(_never_helped(events), 0, events.standing.help_began))
    offered, total = np.zeros(len(events.on)), np.zeros(len(events.on))
    for month, weight in _window(events, world, same_month=same_month):
        without = referral_rate(events.standing, month, truth=truth, watched=watched)
        with_help = np.where(_never_helped(events), referral_rate(helped, month, truth=truth, watched=False), without)
        total += weight * (without + (with_help - without) * -np.expm1(-offered * truth.pathways.engages))
        offered += weight * help_rate(events.standing, month, truth=truth)
    return np.asarray(-np.expm1(-chance_named(events, world) * total))


def _never_helped(events: IndexEvents) -> Booleans:
    return np.asarray(events.standing.help_began == NEVER)


def help_risk(events: IndexEvents, world: World) -> Floats:
    """The chance that the child is offered early help again within 12 months of its end."""
    total = np.zeros(len(events.on))
    for month, share in _window(events, world, same_month=False):
        total += share * help_rate(events.standing, month, truth=world.truth)
    return np.asarray(-np.expm1(-chance_named(events, world) * total))


def _window(events: IndexEvents, world: World, *, same_month: bool) -> Iterator[tuple[Integers, Floats]]:
    """Months of the window with the weight of each: its calendar, and the share of it inside window and childhood."""
    calendar = world.calendar
    first = calendar.month_of(events.on)
    last_share = calendar.share_after(events.on)
    end_of_childhood = calendar.month_of(world.birthdays[events.child] + ADULT_DAYS)
    for step in range(13):
        month = np.minimum(first + step, calendar.months - 1)
        share = {0: last_share * same_month, 12: 1 - last_share}.get(step, np.ones(len(first)))
        yield month, share * calendar.month_factors[month] * (month < end_of_childhood)


def chance_named(events: IndexEvents, world: World) -> Floats:
    """The chance that the child is on a form: by age, or because chance names nobody and so all are named."""
    families = world.families
    family = families.children.family[events.child]
    counts = np.diff(families.first_child)[family]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    event = np.repeat(np.arange(len(counts)), counts)
    sibling = families.first_child[family][event] + np.arange(len(event)) - starts[event]
    left_out = 1 - _by_age(sibling, events.on[event], world=world)
    left_out[~is_child(world.birthdays[sibling], events.on[event])] = 1.0
    return _by_age(events.child, events.on, world=world) + np.multiply.reduceat(left_out, starts)


def _by_age(child: Integers, on: Integers, *, world: World) -> Floats:
    return chance_on_form((on - world.birthdays[child]) / DAYS_A_YEAR, truth=world.truth)


def came_within(events: IndexEvents, later: tuple[Integers, Integers]) -> Booleans:
    """Whether the child has one of the later events (children and days) within the window."""
    child, on = later
    span = np.int64(1 << 20)
    times = np.sort(child * span + on)
    place = np.searchsorted(times, events.child * span + events.on, side="right")
    following = times[np.minimum(place, len(times) - 1)] if len(times) else np.zeros_like(place)
    inside = following - (events.child * span + events.on) <= WINDOW_DAYS
    return np.asarray((place < len(times)) & inside)
