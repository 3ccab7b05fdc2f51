"""What follows a referral: assessment with its factors, section 47, plans, care, and the end of it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.clocks import NOT_YET, working_to_calendar
from ehforecast.synthetic.council_events import CouncilEvents
from ehforecast.synthetic.council_truth import StatutoryTruth
from ehforecast.synthetic.histories import IN_NEED, NO_FURTHER_ACTION, NOT_IN_NEED, REFERRAL
from ehforecast.vocabulary.needs_and_factors import PrimaryNeed
from ehforecast.vocabulary.pathways import CloseReason, StatutoryStep

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

_NEEDS = (
    (PrimaryNeed.ABUSE_OR_NEGLECT, 0.571), (PrimaryNeed.FAMILY_DYSFUNCTION, 0.133),
    (PrimaryNeed.FAMILY_IN_ACUTE_STRESS, 0.086),
    (PrimaryNeed.ABSENT_PARENTING, 0.046), (PrimaryNeed.PARENTAL_DISABILITY_OR_ILLNESS, 0.022),
    (PrimaryNeed.SOCIALLY_UNACCEPTABLE_BEHAVIOUR, 0.020), (PrimaryNeed.LOW_INCOME, 0.004),
    (PrimaryNeed.OTHER_THAN_CHILDREN_IN_NEED, 0.018), (PrimaryNeed.NOT_STATED, 0.020),
)  # fmt: skip
"""Source: DfE *Children in need* 2022, at 31 March, but for a child's own disability; the small ones assumed."""

_NEED_FROM_DISABILITY = 0.6
"""Of disabled children's accepted referrals, so that 8% of all have that need."""


_CUT_SHORT = 1.1
"""Plans and care are drawn more often than published, because a referral that ends first cuts some out."""


@dataclass(frozen=True)
class Referrals:
    """One entry per child's referral, in the order of the forms. ``form`` points into the forms."""

    form: Integers
    child: Integers
    on: Integers
    result: Integers
    primary_need: Words
    assessed_from: Integers
    assessed_until: Integers
    closed_on: Integers
    close_reason: Words


def draw_referrals(events: CouncilEvents, truth: StatutoryTruth, *, rng: np.random.Generator) -> Referrals:
    """How each referral went; brothers and sisters go the same way. A new referral ends what was open before."""
    arrivals, forms = events.history.arrivals, events.forms
    result = arrivals.result
    number = len(result)
    need = _needs(result, rng=rng)
    starts = arrivals.on + rng.integers(0, 4, number)
    ends = starts + np.maximum(working_to_calendar(_assessment_days(number, truth, rng=rng)), 1)
    closed = _closed(arrivals.on, ends, result=result, lengths=_lengths(number, truth, rng=rng))
    closed = np.where(result == NO_FURTHER_ACTION, arrivals.on + rng.integers(0, 6, number), closed)
    reason = _close_reasons(events, result, closed=closed, rng=rng)
    form = np.flatnonzero(arrivals.kind[forms.arrival] == REFERRAL)
    arrival = forms.arrival[form]
    child, on = forms.child[form], arrivals.on[arrival]
    ended_by_next = np.minimum(closed[arrival], of_next_referral(child, on, day=on) - 1)
    disabled = events.world.families.children.disabled[child] & (result[arrival] != NO_FURTHER_ACTION)
    of_child = disabled & (rng.random(len(child)) < _NEED_FROM_DISABILITY)
    return Referrals(
        form=form,
        child=child,
        on=on,
        result=result[arrival],
        primary_need=np.where(of_child, PrimaryNeed.CHILDS_DISABILITY.value, need[arrival]),
        assessed_from=starts[arrival],
        assessed_until=np.minimum(ends[arrival], ended_by_next),
        closed_on=ended_by_next,
        close_reason=reason[arrival],
    )


def _needs(result: Integers, *, rng: np.random.Generator) -> Words:
    """Primary needs of families; not stated where nothing followed."""
    shares = np.array([share for _, share in _NEEDS])
    drawn = rng.choice(len(_NEEDS), len(result), p=shares / shares.sum())
    need = np.array([code.value for code, _ in _NEEDS], dtype=object)[drawn]
    need[result == NO_FURTHER_ACTION] = PrimaryNeed.NOT_STATED.value
    return need


def _assessment_days(number: int, truth: StatutoryTruth, *, rng: np.random.Generator) -> Floats:
    return np.asarray(np.interp(rng.random(number), np.linspace(0, 1, 5), truth.assessment_working_days))


def _lengths(number: int, truth: StatutoryTruth, *, rng: np.random.Generator) -> Integers:
    """Days in need: the published lengths less the episodes that end with the assessment."""
    shares = np.array([share for share, _ in truth.episode_lengths])
    not_in_need = truth.not_in_need / (1 - truth.no_further_action)
    shares[0] = max(shares[0] - not_in_need, 0.0)
    most = np.array([14, *(days for _, days in truth.episode_lengths)])
    drawn = rng.choice(len(shares), number, p=shares / shares.sum())
    return np.asarray(rng.uniform(most[drawn], most[drawn + 1]), dtype=np.int64)


def _closed(on: Integers, assessed: Integers, *, result: Integers, lengths: Integers) -> Integers:
    return np.where(result == NOT_IN_NEED, assessed, np.maximum(on + lengths, assessed))


def _close_reasons(events: CouncilEvents, result: Integers, *, closed: Integers, rng: np.random.Generator) -> Words:
    """Closed after assessment, to early help where help followed; the rest mostly no longer in need."""
    reason = np.full(len(result), CloseReason.OTHER.value, dtype=object)
    reason[result == NOT_IN_NEED] = CloseReason.AFTER_ASSESSMENT.value
    to_help = (result == NOT_IN_NEED) & _stepped_down(events)
    began = np.datetime64(CloseReason.AFTER_ASSESSMENT_TO_EARLY_HELP.valid_from).astype(np.int64)
    reason[to_help & (closed >= began)] = CloseReason.AFTER_ASSESSMENT_TO_EARLY_HELP.value
    moved = (result == IN_NEED) & (rng.random(len(result)) < 0.05)
    reason[moved] = CloseReason.TO_ANOTHER_COUNCIL.value
    return reason


def _stepped_down(events: CouncilEvents) -> Booleans:
    """Arrivals after which help followed without another form: the last referral before each step down."""
    arrivals, episodes = events.history.arrivals, events.history.episodes
    referrals = np.flatnonzero(arrivals.kind == REFERRAL)
    times = arrivals.family[referrals] * (1 << 20) + arrivals.on[referrals]
    order = np.argsort(times)
    down = episodes.arrival < 0
    asked = episodes.family[down] * (1 << 20) + episodes.started_on[down]
    stepped = np.zeros(len(arrivals.on), dtype=bool)
    stepped[referrals[order][np.searchsorted(times[order], asked) - 1]] = True
    return stepped


def of_next_referral(child: Integers, on: Integers, *, day: Integers) -> Integers:
    """Some day of the same child's next referral, or `NOT_YET`."""
    order = np.lexsort([on, child])
    following = np.full(len(on), NOT_YET)
    same = child[order][1:] == child[order][:-1]
    following[order[:-1][same]] = day[order][1:][same]
    return following


def draw_steps(
    referrals: Referrals, events: CouncilEvents, *, truth: StatutoryTruth, rng: np.random.Generator
) -> pd.DataFrame:
    """Statutory steps of children in need: ``referral`` (place), ``step``, ``started_on``, ``ended_on`` as days."""
    arrival = events.forms.arrival[referrals.form]
    of_family = rng.random((len(events.history.arrivals.on), 2))[arrival]
    in_need = referrals.result == IN_NEED
    of_those_in_need = 1 / (1 - truth.no_further_action - truth.not_in_need)
    enquiry = in_need & (of_family[:, 0] < truth.section_47 * of_those_in_need)
    protected = enquiry & (of_family[:, 1] < _CUT_SHORT * truth.protection_plan / truth.section_47)
    care = in_need & (rng.random(len(arrival)) < _CUT_SHORT * truth.looked_after * of_those_in_need)
    plans = _Span(referrals.assessed_until + 1, np.full(len(arrival), 4000))
    parts = [
        _step(
            StatutoryStep.SECTION_47,
            enquiry,
            referrals=referrals,
            span=_span(referrals, delay=(0, 10), length=(5, 22), rng=rng),
        ),
        _step(StatutoryStep.CHILD_IN_NEED_PLAN, in_need & ~protected, referrals=referrals, span=plans),
        _step(
            StatutoryStep.CHILD_PROTECTION_PLAN,
            protected,
            referrals=referrals,
            span=_span(referrals, delay=(20, 40), length=(90, 500), rng=rng),
        ),
        _step(
            StatutoryStep.LOOKED_AFTER,
            care,
            referrals=referrals,
            span=_span(referrals, delay=(0, 90), length=(3, 1200), rng=rng),
        ),
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["referral", "started_on"], ignore_index=True)


@dataclass(frozen=True)
class _Span:
    starts: Integers
    days: Integers


def _span(referrals: Referrals, *, delay: tuple[int, int], length: tuple[int, int], rng: np.random.Generator) -> _Span:
    """From so many days after the referral, for so many days."""
    number = len(referrals.on)
    return _Span(referrals.on + rng.integers(*delay, number), rng.integers(*length, number))


def _step(step: StatutoryStep, taken: Booleans, *, referrals: Referrals, span: _Span) -> pd.DataFrame:
    """A step lies within its referral; one that would begin after the end was not taken."""
    place = np.flatnonzero(taken & (span.starts < referrals.closed_on))
    ends = np.minimum(span.starts + span.days, referrals.closed_on)[place]
    return pd.DataFrame({"referral": place, "step": step.value, "started_on": span.starts[place], "ended_on": ends})
