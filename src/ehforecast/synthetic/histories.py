"""Month by month through a council's years: who arrives, what follows, and when help begins and ends."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ehforecast.synthetic.arrival_calendar import ArrivalCalendar
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import ADULT_DAYS, DAYS_A_YEAR, Families
from ehforecast.synthetic.rates import NEVER, Standing, contact_rate, help_rate, referral_rate, starting

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

OTHER_CONTACT, EARLY_HELP, REFERRAL = 0, 1, 2
NEEDS_MET, DISENGAGED, STEPPED_UP, MOVED, OTHER = range(5)
NO_FURTHER_ACTION, NOT_IN_NEED, IN_NEED = range(3)
_NOTHING = -1
_SMALLEST_SHARE_OF_NEW = 0.10
_ADULT_MONTHS = 216


@dataclass(frozen=True)
class Arrivals:
    """One entry per family's arrival at the front door, in order of months."""

    family: Integers
    on: Integers
    kind: Integers
    result: Integers
    """Of referrals: no further action, not in need or in need."""


@dataclass(frozen=True)
class Episodes:
    """One entry per family's episode of early help. ``arrival`` is -1 after a step down."""

    family: Integers
    arrival: Integers
    started_on: Integers
    ended_on: Integers
    end_reason: Integers


@dataclass(frozen=True)
class History:
    """What truly happened, and where the families stood at each referral and each end of help."""

    arrivals: Arrivals
    episodes: Episodes
    at_referral: Standing
    at_end: Standing
    """One entry per referral among the arrivals, and one per episode, in their order."""
    entered: Integers
    """Month in which each family first arrived (`NEVER` if it did not)."""
    entered_on: Integers


@dataclass
class _Now:
    """What changes from month to month."""

    standing: Standing
    known: int
    entered: Integers
    entered_on: Integers
    help_arrival: Integers
    help_starts: Integers
    help_ends: Integers
    help_reason: Integers
    number_of_arrivals: int = 0
    arrivals: list[tuple[Integers, ...]] = field(default_factory=list)
    episodes: list[tuple[Integers, ...]] = field(default_factory=list)
    at_referral: list[Standing] = field(default_factory=list)
    at_end: list[Standing] = field(default_factory=list)


class Simulation:
    """One council's history, drawn month by month.

    Volume is held to ``targets`` (family arrivals expected in each month): new families make up what known ones do
    not. Referrals, offers of help and other contacts of a family are independent given where it stands.
    """

    def __init__(
        self,
        families: Families,
        calendar: ArrivalCalendar,
        *,
        truth: CouncilTruth,
        rng: np.random.Generator,
        comes_more: Floats | None = None,
    ) -> None:
        """``comes_more``: factor of advice and help, by month and locality; 1 where nothing is given."""
        self._families, self._calendar, self._truth, self._rng = families, calendar, truth, rng
        self._comes_more = comes_more
        number = len(families)
        nothing = np.full(number, _NOTHING, dtype=np.int64)
        self._now = _Now(
            standing=starting(families.rates),
            known=0,
            entered=np.full(number, NEVER, dtype=np.int64),
            entered_on=nothing.copy(),
            help_arrival=nothing.copy(),
            help_starts=nothing.copy(),
            help_ends=nothing.copy(),
            help_reason=nothing.copy(),
        )
        youngest = np.minimum.reduceat(families.children.age_at_entry, families.first_child[:-1])
        self._youngest_months = np.floor(youngest * 12).astype(np.int64)

    def run(self, targets: Floats) -> History:
        """All months of the calendar."""
        for month in range(self._calendar.months):
            self._one_month(month, float(targets[month]))
        return self._history()

    def _one_month(self, month: int, target: float) -> None:
        expected = self._expected(month)
        happens = [self._rng.random(len(rate)) < -np.expm1(-rate) for rate in expected]
        new = self._enter(month, target - float(sum(rate.sum() for rate in expected)), floor=target)
        new_kinds = self._first_outcomes(new)
        chosen = [np.append(np.flatnonzero(happens[kind]), new[new_kinds == kind]) for kind in range(3)]
        on = [self._calendar.draw_days(month, len(families), rng=self._rng) for families in chosen]
        self._now.entered_on[new] = self._first_days(new, chosen, on=on)
        self._end_help(month, chosen[REFERRAL], on=on[REFERRAL])
        self._refer(month, chosen[REFERRAL], on=on[REFERRAL])
        self._offer_help(month, chosen[EARLY_HELP], on=on[EARLY_HELP])
        self._keep(OTHER_CONTACT, chosen[OTHER_CONTACT], on=on[OTHER_CONTACT])
        self._now.standing.last_arrival[np.concatenate(chosen)] = month

    def _expected(self, month: int) -> tuple[Floats, Floats, Floats]:
        """Expected referrals, offers and contacts by kind, of every known family."""
        known = slice(0, self._now.known)
        standing = self._now.standing.take(known)
        factor = self._calendar.month_factors[month] * (month - standing.youngest_born < _ADULT_MONTHS)
        free = self._now.help_ends[known] == _NOTHING
        more = 1.0 if self._comes_more is None else self._comes_more[month, self._families.locality[known]]
        return (
            more * factor * contact_rate(standing, month, truth=self._truth),
            more * factor * free * help_rate(standing, month, truth=self._truth),
            factor * referral_rate(standing, month, truth=self._truth),
        )

    def _enter(self, month: int, wanted: float, *, floor: float) -> Integers:
        number = self._rng.poisson(max(wanted, _SMALLEST_SHARE_OF_NEW * floor))
        first = self._now.known
        new = np.arange(first, min(first + number, len(self._families)))
        self._now.known += len(new)
        self._now.entered[new] = month
        self._now.standing.youngest_born[new] = month - self._youngest_months[new]
        return new

    def _first_outcomes(self, new: Integers) -> Integers:
        """Outcomes of first arrivals: the greater the need, the further."""
        need = self._now.standing.referral_rate[new]
        weights = np.asarray(self._truth.pathways.first_outcome) * np.column_stack(
            [np.ones(len(new)), need**0.5, need**0.7]
        )
        cumulative = np.cumsum(weights, axis=1)
        drawn = self._rng.random(len(new)) * cumulative[:, -1]
        return np.asarray((cumulative <= drawn[:, None]).sum(axis=1), dtype=np.int64)

    @staticmethod
    def _first_days(new: Integers, chosen: list[Integers], *, on: list[Integers]) -> Integers:
        families, dates = np.concatenate(chosen), np.concatenate(on)
        order = np.argsort(families, kind="stable")
        return np.asarray(dates[order][np.searchsorted(families[order], new)])

    def _end_help(self, month: int, referred: Integers, *, on: Integers) -> None:
        """Help ends when it was to end, or steps up if a referral comes first; help not yet begun is called off."""
        now = self._now
        referral_day = np.full(now.known, np.iinfo(np.int64).max)
        referral_day[referred] = on
        ends = now.help_ends[: now.known]
        open_ = ends != _NOTHING
        stepped_up = open_ & (referral_day < ends)
        called_off = stepped_up & (referral_day <= now.help_starts[: now.known])
        self._clear(np.flatnonzero(called_off))
        due = open_ & ~stepped_up & (ends < self._calendar.first_days[month + 1])
        closing = np.flatnonzero((due | stepped_up) & ~called_off)
        up = stepped_up[closing]
        reason = np.where(up, STEPPED_UP, now.help_reason[closing])
        self._close(month, closing, ended_on=np.where(up, referral_day[closing], ends[closing]), reason=reason)

    def _close(self, month: int, families: Integers, *, ended_on: Integers, reason: Integers) -> None:
        now, pathways = self._now, self._truth.pathways
        now.episodes.append((families, now.help_arrival[families], now.help_starts[families], ended_on, reason))
        now.standing.last_help[families] = month
        now.standing.after_help_referral[families] = np.asarray(pathways.end_reason_referral_effects)[reason]
        now.standing.after_help_help[families] = np.asarray(pathways.end_reason_help_effects)[reason]
        now.at_end.append(now.standing.take(families))
        self._clear(families)

    def _clear(self, families: Integers) -> None:
        self._now.help_ends[families] = _NOTHING
        self._now.help_starts[families] = _NOTHING

    def _refer(self, month: int, families: Integers, *, on: Integers) -> None:
        statutory = self._truth.statutory
        shares = np.cumsum([statutory.no_further_action, statutory.not_in_need])
        result = np.searchsorted(shares, self._rng.random(len(families)), side="right")
        standing = self._now.standing
        standing.last_referral[families] = month
        standing.after_referral[families] = np.asarray(statutory.return_effects)[result]
        self._keep(REFERRAL, families, on=on, result=result)
        down = (self._rng.random(len(families)) < self._truth.pathways.steps_down) & (result == NOT_IN_NEED)
        starts = on[down] + self._rng.integers(42, 64, int(down.sum()))
        self._plan_help(families[down], starts, arrival=np.full(int(down.sum()), _NOTHING))
        self._now.at_referral.append(standing.take(families))

    def _offer_help(self, month: int, families: Integers, *, on: Integers) -> None:
        standing, pathways = self._now.standing, self._truth.pathways
        first = self._now.number_of_arrivals
        self._keep(EARLY_HELP, families, on=on)
        again = month - standing.last_help[families] <= 12
        chance = np.where(again, pathways.engages_again, pathways.engages)
        engaged = (self._rng.random(len(families)) < chance) & (self._now.help_ends[families] == _NOTHING)
        standing.last_help[families] = month
        standing.after_help_help[families] = 1.0
        starts = on[engaged] + self._rng.integers(2, 22, int(engaged.sum()))
        self._plan_help(families[engaged], starts, arrival=first + np.flatnonzero(engaged))

    def _plan_help(self, families: Integers, starts: Integers, *, arrival: Integers) -> None:
        median, spread = self._truth.pathways.help_months
        length = np.exp(self._rng.normal(np.log(median), spread, len(families))) * DAYS_A_YEAR / 12
        now = self._now
        now.help_arrival[families] = arrival
        now.help_starts[families] = starts
        now.help_ends[families] = starts + np.maximum(length, 35).astype(np.int64)
        now.help_reason[families] = self._planned_reasons(families)
        now.standing.help_began[families] = self._calendar.month_of(starts)

    def _planned_reasons(self, families: Integers) -> Integers:
        """Needs met or not; families with greater need disengage more often."""
        rate = self._now.standing.referral_rate[families]
        weights = np.tile(self._truth.pathways.end_reasons, (len(families), 1))
        weights[:, 1] *= rate**0.3 / np.mean(rate**0.3) if len(rate) else 1.0
        cumulative = np.cumsum(weights, axis=1)
        drawn = (cumulative <= (self._rng.random(len(families)) * cumulative[:, -1])[:, None]).sum(axis=1)
        return np.asarray(np.array([NEEDS_MET, DISENGAGED, MOVED, OTHER])[drawn])

    def _keep(self, kind: int, families: Integers, *, on: Integers, result: Integers | None = None) -> None:
        number = len(families)
        nothing = np.full(number, _NOTHING)
        self._now.arrivals.append((families, on, np.full(number, kind), nothing if result is None else result))
        self._now.number_of_arrivals += number

    def _history(self) -> History:
        now = self._now
        return History(
            arrivals=Arrivals(*(np.concatenate(parts) for parts in zip(*now.arrivals, strict=True))),
            episodes=Episodes(*(np.concatenate(parts) for parts in zip(*now.episodes, strict=True))),
            at_referral=_joined(now.at_referral),
            at_end=_joined(now.at_end),
            entered=now.entered,
            entered_on=now.entered_on,
        )


def born_on(families: Families, entered_on: Integers) -> Integers:
    """Birthdays of all children, as days since 1970, from their ages when the family first arrived."""
    children = families.children
    return np.asarray(entered_on[children.family] - np.floor(children.age_at_entry * DAYS_A_YEAR).astype(np.int64))


def is_child(birthday: Integers, on: Integers) -> Booleans:
    """Not yet 18, and born or to be born within five months."""
    age = on - birthday
    return np.asarray((age < ADULT_DAYS) & (age > -150))


def _joined(parts: list[Standing]) -> Standing:
    names = parts[0].__dataclass_fields__
    return Standing(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
