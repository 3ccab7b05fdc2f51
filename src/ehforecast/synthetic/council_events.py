"""Everything that truly happened in one council, before anybody wrote it down."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.arrival_calendar import draw_calendar
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import draw_families
from ehforecast.synthetic.front_door import FormFacts, Forms, draw_facts, draw_forms
from ehforecast.synthetic.histories import REFERRAL, History, Simulation, born_on, is_child
from ehforecast.synthetic.true_risks import IndexEvents, World

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_OTHER_SHARE = 0.59
"""Of forms, those that lead to neither early help nor referral."""

_LARGER_RETURN = 1.065
"""Families on a form are larger than new ones: with more children they return more often, and for longer."""


@dataclass(frozen=True)
class CouncilEvents:
    """One council's truth: families, history, forms, and the events that risks are counted from.

    ``help_forms`` has one entry per child and episode; its ``arrival`` points into the episodes.
    """

    world: World
    history: History
    forms: Forms
    facts: FormFacts
    help_forms: Forms
    help_form: Integers
    """Which of the forms each entry of ``help_forms`` comes from; -1 after a step down."""

    def referrals(self) -> IndexEvents:
        """Children's referrals, in the order of forms."""
        rows = self.history.arrivals.kind[self.forms.arrival] == REFERRAL
        arrival = self.forms.arrival[rows]
        place = np.cumsum(self.history.arrivals.kind == REFERRAL) - 1
        standing = self.history.at_referral.take(place[arrival])
        return IndexEvents(self.forms.child[rows], self.history.arrivals.on[arrival], standing)

    def ends_of_help(self) -> IndexEvents:
        """Ends of children's episodes of early help, in the order of ``help_forms``."""
        episode = self.help_forms.arrival
        standing = self.history.at_end.take(episode)
        return IndexEvents(self.help_forms.child, self.history.episodes.ended_on[episode], standing)

    def later(self, kind: int) -> tuple[Integers, Integers]:
        """Children and days of every arrival of a kind."""
        rows = self.history.arrivals.kind[self.forms.arrival] == kind
        return self.forms.child[rows], self.history.arrivals.on[self.forms.arrival[rows]]


def draw_events(plan: CouncilPlan, *, truth: CouncilTruth, seed: np.random.SeedSequence) -> CouncilEvents:
    """One council's history, with about as many contacts in its years as planned."""
    calendar_rng, family_rng, history_rng, form_rng = (np.random.default_rng(part) for part in seed.spawn(4))
    calendar = draw_calendar(plan.months, truth.arrivals, rng=calendar_rng)
    volumes = calendar.levels * calendar.month_factors
    targets = plan.contacts_a_year / 12 / _children_per_form(truth) * volumes / volumes[plan.seen].mean()
    factors, shares = plan.locality_factors, plan.locality_shares
    if len(shares):
        targets = targets * (factors @ shares)
    places = shares if len(shares) else plan.localities
    families = draw_families(int(1.1 * targets.sum()) + 50, places, truth=truth.families, rng=family_rng)
    history = Simulation(families, calendar, truth=truth, rng=history_rng, comes_more=factors).run(targets)
    world = World(families, born_on(families, history.entered_on), calendar, truth)
    forms = draw_forms(families, world.birthdays, arrivals=history.arrivals, truth=truth, rng=form_rng)
    facts = draw_facts(history.arrivals, calendar, truth=truth, rng=form_rng)
    return CouncilEvents(world, history, forms, facts, *_help_forms(history, forms, world=world))


def _help_forms(history: History, forms: Forms, *, world: World) -> tuple[Forms, Integers]:
    """Children helped in each episode: those on the form that began it; after a step down, all children."""
    arrivals, episodes = history.arrivals, history.episodes
    episode_of = np.full(len(arrivals.on), -1)
    from_form = np.flatnonzero(episodes.arrival >= 0)
    episode_of[episodes.arrival[from_form]] = from_form
    rows = np.flatnonzero(episode_of[forms.arrival] >= 0)
    stepped = np.flatnonzero(episodes.arrival < 0)
    family = episodes.family[stepped]
    counts = np.diff(world.families.first_child)[family]
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1]
    episode = np.repeat(stepped, counts)
    child = np.repeat(world.families.first_child[family] - starts, counts) + np.arange(len(episode))
    young = is_child(world.birthdays[child], episodes.started_on[episode])
    both = np.concatenate([episode_of[forms.arrival[rows]], episode[young]])
    children = np.concatenate([forms.child[rows], child[young]])
    order = np.lexsort([children, both])
    form = np.concatenate([rows, np.full(int(young.sum()), -1)])
    return Forms(arrival=both[order], child=children[order]), form[order]


def _children_per_form(truth: CouncilTruth) -> float:
    """Expected children on a form: each by chance, all if chance leaves nobody."""
    sizes = np.arange(1, len(truth.families.children) + 1)
    pathways = truth.pathways
    chance = _OTHER_SHARE * pathways.minor_sibling_share + (1 - _OTHER_SHARE) * pathways.sibling_shares[1]
    return _LARGER_RETURN * float(
        np.sum(np.asarray(truth.families.children) * (sizes * chance + sizes * (1 - chance) ** sizes))
    )
