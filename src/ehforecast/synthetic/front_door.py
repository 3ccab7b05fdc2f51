"""Forms at the front door: which children are on them, who sends them, and what follows."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.arrival_calendar import ArrivalCalendar
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import DAYS_A_YEAR, Families
from ehforecast.synthetic.histories import EARLY_HELP, OTHER_CONTACT, REFERRAL, Arrivals, is_child
from ehforecast.vocabulary.pathways import ContactOutcome
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode
from ehforecast.vocabulary.referral_sources import ReferralSource

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]
Words = npt.NDArray[np.object_]

_AGE_EDGES = np.array([5.0, 16.0])
_TILTS: dict[int, dict[ReferralSource, float]] = {
    OTHER_CONTACT: {ReferralSource.POLICE: 1.15, ReferralSource.SCHOOLS: 0.9},
    EARLY_HELP: {
        ReferralSource.POLICE: 0.55,
        ReferralSource.SCHOOLS: 1.45,
        ReferralSource.HEALTH_SERVICES: 1.25,
        ReferralSource.ANONYMOUS: 0.3,
    },
    REFERRAL: {},
}
"""How each outcome's mix of sources departs from that of referrals (assumption: schools lead early help)."""

_WEIGHTS_WITHIN_GROUP = {"1A": 4.5, "1C": 1.5, "3E": 4.0, "3F": 2.0, "3A": 2.0, "3B": 2.0, "5A": 2.4, "5B": 1.6}


@dataclass(frozen=True)
class Forms:
    """One entry per child on a form. ``arrival`` points into the arrivals, ``child`` into the children."""

    arrival: Integers
    child: Integers


@dataclass(frozen=True)
class FormFacts:
    """One entry per arrival: the sender's code and what followed."""

    source: Words
    outcome: Words


def chance_on_form(age: Floats, *, truth: CouncilTruth) -> Floats:
    """The chance that a child is on a form that leads to help or referral, before the rule that it names somebody."""
    return np.asarray(np.asarray(truth.pathways.sibling_shares)[np.searchsorted(_AGE_EDGES, age, side="right")])


def draw_forms(
    families: Families, birthdays: Integers, *, arrivals: Arrivals, truth: CouncilTruth, rng: np.random.Generator
) -> Forms:
    """Children on each form: each by chance, all if chance leaves nobody."""
    counts = np.diff(families.first_child)[arrivals.family]
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    arrival = np.repeat(np.arange(len(counts)), counts)
    child = families.first_child[arrivals.family][arrival] + np.arange(len(arrival)) - starts[arrival]
    on = arrivals.on[arrival]
    eligible = is_child(birthdays[child], on)
    chance = chance_on_form((on - birthdays[child]) / DAYS_A_YEAR, truth=truth)
    chance[arrivals.kind[arrival] == OTHER_CONTACT] = truth.pathways.minor_sibling_share
    drawn = eligible & (rng.random(len(child)) < chance)
    anybody = np.logical_or.reduceat(drawn, starts)
    named = np.where(anybody[arrival], drawn, eligible)
    return Forms(arrival=arrival[named], child=child[named])


def draw_facts(
    arrivals: Arrivals, calendar: ArrivalCalendar, *, truth: CouncilTruth, rng: np.random.Generator
) -> FormFacts:
    """Who sent each form and what followed."""
    at_school = calendar.school_days[arrivals.on - calendar.first_days[0]]
    group = np.empty(len(arrivals.on), dtype=np.int64)
    for kind, tilts in _TILTS.items():
        for school_day in (True, False):
            members = (arrivals.kind == kind) & (at_school == school_day)
            shares = _shares(truth, calendar, school_day=school_day, tilts=tilts)
            group[members] = rng.choice(len(shares), int(members.sum()), p=shares)
    outcomes = (ContactOutcome.NO_FURTHER_ACTION, ContactOutcome.EARLY_HELP, ContactOutcome.REFERRAL)
    words = np.array([word.value for word in outcomes], dtype=object)[arrivals.kind]
    advised = (arrivals.kind == OTHER_CONTACT) & (rng.random(len(group)) < truth.pathways.advice_share)
    words[advised] = ContactOutcome.INFORMATION_AND_ADVICE.value
    return FormFacts(source=_codes(group, arrivals.on, truth=truth, rng=rng), outcome=words)


def _shares(
    truth: CouncilTruth, calendar: ArrivalCalendar, *, school_day: bool, tilts: dict[ReferralSource, float]
) -> Floats:
    """Shares of the source groups on a school day or another day, so that all days together give the published mix."""
    weights = np.array([share * tilts.get(group, 1.0) for group, share in truth.source_shares])
    weights /= weights.sum()
    schools = np.array([group is ReferralSource.SCHOOLS for group, _ in truth.source_shares])
    closed = float(calendar.day_weights[~calendar.school_days].sum() / calendar.day_weights.sum())
    fall = truth.arrivals.school_holiday_ratio / truth.arrivals.holiday_ratio
    overall = float(weights[schools].sum())
    of_day = overall / (1 - closed + closed * fall) * (1.0 if school_day else fall)
    return np.asarray(np.where(schools, weights * of_day / overall, weights * (1 - of_day) / (1 - overall)))


def _codes(group: Integers, on: Integers, *, truth: CouncilTruth, rng: np.random.Generator) -> Words:
    codes = np.empty(len(group), dtype=object)
    for place, (name, _) in enumerate(truth.source_shares):
        members = group == place
        of_group = [code for code in ReferralSourceCode if code.group is name]
        weights = np.array([_WEIGHTS_WITHIN_GROUP.get(code.value, 1.0) for code in of_group])
        values = np.array([code.value for code in of_group], dtype=object)
        codes[members] = values[rng.choice(len(values), int(members.sum()), p=weights / weights.sum())]
    began = ReferralSourceCode.LA_EARLY_HELP.valid_from
    too_early = (codes == ReferralSourceCode.LA_EARLY_HELP.value) & (on < np.datetime64(began).astype(np.int64))
    codes[too_early] = ReferralSourceCode.LA_OTHER_INTERNAL.value
    return codes
