"""How fast things happen to a family that stands where it stands: the one place where true rates are defined."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import Rates

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEVER = -10_000
"""A month before all months."""

_PHASES = np.array([4, 7, 13, 25])
_AGES_IN_MONTHS = np.array([12, 60, 120, 192])
SURVEILLANCE_MONTHS = (7, 18)


@dataclass(frozen=True)
class Standing:
    """Where families stand: one entry per family; months count from the start of the simulation."""

    referral_rate: Floats
    help_rate: Floats
    contact_rate: Floats
    youngest_born: Integers
    last_arrival: Integers
    last_referral: Integers
    after_referral: Floats
    """Factor of the return after the last referral."""
    last_help: Integers
    """Month in which early help was last offered or ended."""
    help_began: Integers
    """Month in which the last episode began."""
    after_help_referral: Floats
    after_help_help: Floats

    def take(self, families: npt.NDArray[np.int64] | slice) -> Self:
        """The same for some families: copies for positions, views for a slice."""
        return type(self)(**{field.name: getattr(self, field.name)[families] for field in fields(self)})


def starting(rates: Rates) -> Standing:
    """Families that nobody knows yet."""
    number = len(rates.referral)

    def months() -> Integers:
        return np.full(number, NEVER, dtype=np.int64)

    return Standing(
        referral_rate=rates.referral,
        help_rate=rates.help,
        contact_rate=rates.contact,
        youngest_born=months(),
        last_arrival=months(),
        last_referral=months(),
        after_referral=np.ones(number),
        last_help=months(),
        help_began=months(),
        after_help_referral=np.ones(number),
        after_help_help=np.ones(number),
    )


def referral_rate(standing: Standing, month: int | Integers, *, truth: CouncilTruth, watched: bool = True) -> Floats:
    """Expected referrals of each family in one average month.

    Rate = family * youngest child's age * (known + after referral + after help), raised 7 to 18 months after help
    began where families are ``watched`` more closely.
    """
    pathways = truth.pathways
    after_referral = _phase(month - standing.last_referral, pathways.referral_after_referral) * standing.after_referral
    helped = standing.help_began > NEVER
    after_help = np.where(helped, pathways.referral_after_help * standing.after_help_referral, 0.0)
    since_help = month - standing.help_began
    first, last = SURVEILLANCE_MONTHS
    raised = watched * pathways.surveillance * ((since_help >= first) & (since_help <= last))
    return np.asarray(
        standing.referral_rate
        * _age_effect(standing, month, truth=truth)
        * (pathways.referral_known + after_referral + after_help)
        * (1 + raised)
    )


def help_rate(standing: Standing, month: int | Integers, *, truth: CouncilTruth) -> Floats:
    """Expected contacts that lead to early help of each family that has none open, in one average month."""
    pathways = truth.pathways
    again = _phase(month - standing.last_help, pathways.help_after_help) * standing.after_help_help
    return np.asarray(standing.help_rate * np.where(standing.last_help > NEVER, again, pathways.help_known))


def contact_rate(standing: Standing, month: int | Integers, *, truth: CouncilTruth) -> Floats:
    """Expected other contacts of each family in one average month."""
    return np.asarray(standing.contact_rate * _phase(month - standing.last_arrival, truth.pathways.contact_known))


def _phase(months_since: Integers, rates: tuple[float, ...]) -> Floats:
    """The rate of months 1-3, 4-6, 7-12, 13-24 or later since something happened; 0 if it never did."""
    rate = np.asarray(rates)[np.searchsorted(_PHASES, months_since, side="right")]
    return np.asarray(np.where(months_since > -NEVER // 2, 0.0, rate))


def _age_effect(standing: Standing, month: int | Integers, *, truth: CouncilTruth) -> Floats:
    effects = np.exp(np.asarray(truth.families.youngest_age_effects))
    return np.asarray(effects[np.searchsorted(_AGES_IN_MONTHS, month - standing.youngest_born, side="right")])
