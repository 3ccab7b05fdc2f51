"""Shares of each group at each band edge: counted, with ranges that respect families and weights."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ehforecast.risk.fairness.counts import Tally, View
from ehforecast.risk.fairness.intervals import Range, share_of, wilson

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Confusion:
    """Counts above and below every edge: any leading axes, then groups x edges."""

    hits: Floats
    false_alarms: Floats
    misses: Floats
    correct_rest: Floats
    unknown_above: Floats
    unknown_below: Floats

    @property
    def all(self) -> Floats:
        """Everybody, the outcome known or not."""
        return self.with_outcome + self.unknown_above + self.unknown_below

    @property
    def with_outcome(self) -> Floats:
        """Everybody whose outcome is known."""
        return self.hits + self.misses + self.false_alarms + self.correct_rest


def confusion(grouped: Floats) -> Confusion:
    """From counts (..., groups, outcomes, bands) to counts above and below each edge."""
    above = np.cumsum(grouped[..., ::-1], axis=-1)[..., ::-1][..., 1:]
    below = np.cumsum(grouped, axis=-1)[..., :-1]
    return Confusion(
        above[..., 1, :], above[..., 0, :], below[..., 1, :], below[..., 0, :], above[..., 2, :], below[..., 2, :]
    )


Part = Callable[[Confusion], Floats]

BASE_RATE, BAND_SHARE = "base_rate", "band_share"
FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE = "false_negative_rate", "false_positive_rate"
PRECISION, FALSE_DISCOVERY, FALSE_OMISSION = "precision", "false_discovery_rate", "false_omission_rate"

SHARES: MappingProxyType[str, tuple[Part, Part]] = MappingProxyType(
    {
        BASE_RATE: (lambda c: c.hits + c.misses, lambda c: c.with_outcome),
        BAND_SHARE: (lambda c: c.hits + c.false_alarms + c.unknown_above, lambda c: c.all),
        FALSE_NEGATIVE_RATE: (lambda c: c.misses, lambda c: c.hits + c.misses),
        FALSE_POSITIVE_RATE: (lambda c: c.false_alarms, lambda c: c.false_alarms + c.correct_rest),
        PRECISION: (lambda c: c.hits, lambda c: c.hits + c.false_alarms),
        FALSE_DISCOVERY: (lambda c: c.false_alarms, lambda c: c.hits + c.false_alarms),
        FALSE_OMISSION: (lambda c: c.misses, lambda c: c.misses + c.correct_rest),
    }
)
"""Each share by name: what is counted, and out of how many."""

NEEDS_OUTCOMES = tuple(name for name in SHARES if name != BAND_SHARE)


def parts_of(counts: Confusion, metric: str) -> tuple[Floats, Floats]:
    """Numerator and denominator of a share."""
    numerator, denominator = SHARES[metric]
    return numerator(counts), denominator(counts)


def rest_of(grouped: Floats) -> Floats:
    """For every group, the counts of everyone else (groups are on the third axis from the end)."""
    return np.asarray(grouped.sum(axis=-3, keepdims=True) - grouped)


@dataclass(frozen=True)
class Side:
    """One share of every group (or of what each is compared with): groups x edges."""

    range: Range
    people: Floats = field(repr=False)


@dataclass(frozen=True)
class GroupShares:
    """Every share of a view's groups, of everyone else, and of one reference group.

    Attributes:
        groups, rest: by metric.
        correlation: by (metric, "rest" or a reference's place), of group and compared, from draws; 0 if independent.
    """

    groups: dict[str, Side]
    rest: dict[str, Side]
    correlations: dict[tuple[str, int], Floats]

    def correlation(self, metric: str, compared: int) -> Floats | float:
        """Of each group with the compared (a group's place; -1 for everyone else)."""
        return self.correlations.get((metric, compared), 0.0)


EVERYONE = -1


def group_shares(tally: Tally, view: View, *, moments: "Moments | None", confidence: float) -> GroupShares:
    """All shares of a view with their ranges."""
    grouped, people = tally.grouped(tally.counts, view), tally.grouped(tally.people, view)
    sides = []
    for which, (counts, heads) in enumerate(((grouped, people), (rest_of(grouped), rest_of(people)))):
        counted, numbers = confusion(counts), confusion(heads)
        made = {
            metric: _side(parts_of(counted, metric), parts_of(numbers, metric)[1], spread=spread, confidence=confidence)
            for metric in SHARES
            for spread in [_spread(tally, moments, metric=metric, which=which)]
        }
        sides.append(made)
    return GroupShares(sides[0], sides[1], moments.correlations if moments else {})


@dataclass(frozen=True)
class Spread:
    """What is known of a share's variance beyond that of independent people."""

    variance: Floats | None
    largest_effect: float


def _spread(tally: Tally, moments: "Moments | None", *, metric: str, which: int) -> Spread:
    return Spread(moments.variances[metric, which] if moments else None, tally.largest_effect)


def _side(parts: tuple[Floats, Floats], people: Floats, *, spread: Spread, confidence: float) -> Side:
    share = share_of(*parts)
    return Side(wilson(share, effective_number(share, people, spread=spread), confidence=confidence), people)


def effective_number(share: Floats, people: Floats, *, spread: Spread) -> Floats:
    """How many independent people would give the variance that draws of families show.

    Never more than there are. A share of 0 or 1 has no variance in draws: its families are then taken to be all alike.
    """
    if spread.variance is None:
        return people
    binomial = share * (1 - share)
    with np.errstate(divide="ignore", invalid="ignore"):
        from_draws = np.where(spread.variance > 0, binomial / spread.variance, people / spread.largest_effect)
    return np.asarray(np.fmin(from_draws, people))


@dataclass(frozen=True)
class Moments:
    """Variances and correlations of shares over bootstrap draws.

    Attributes:
        variances: by (metric, 0 for groups or 1 for everyone else): groups x edges.
        correlations: by (metric, place of the compared group, or `EVERYONE`).
    """

    variances: dict[tuple[str, int], Floats]
    correlations: dict[tuple[str, int], Floats]


@dataclass
class MomentSums:
    """Sums over draws from which moments are made; one per view, filled chunk by chunk."""

    references: tuple[int, ...]
    sums: dict[tuple[str, str], Floats] = field(default_factory=dict)
    number: int = 0

    def add(self, grouped: Floats) -> None:
        """Take in some draws: draws x groups x outcomes x bands."""
        own, rest = confusion(grouped), confusion(rest_of(grouped))
        for metric in SHARES:
            one, other = (np.nan_to_num(share_of(*parts_of(counts, metric))) for counts in (own, rest))
            pairs = {"one": one, "rest": other, "one2": one**2, "rest2": other**2, "with-1": one * other}
            pairs |= {f"with{place}": one * one[:, [place]] for place in self.references}
            for name, values in pairs.items():
                key = (metric, name)
                self.sums[key] = self.sums.get(key, np.zeros(values.shape[1:])) + values.sum(axis=0)
        self.number += len(grouped)

    def moments(self) -> Moments:
        """Variances and correlations."""
        mean = {key: total / self.number for key, total in self.sums.items()}
        variances: dict[tuple[str, int], Floats] = {}
        correlations: dict[tuple[str, int], Floats] = {}
        for metric in SHARES:
            one = np.maximum(mean[metric, "one2"] - mean[metric, "one"] ** 2, 0)
            rest = np.maximum(mean[metric, "rest2"] - mean[metric, "rest"] ** 2, 0)
            variances |= {(metric, 0): one, (metric, 1): rest}
            compared = {EVERYONE: (mean[metric, "rest"], rest)}
            compared |= {p: (mean[metric, "one"][[p]], one[[p]]) for p in self.references}
            for place, (other, variance) in compared.items():
                covariance = mean[metric, f"with{place}"] - mean[metric, "one"] * other
                scale = np.sqrt(one * variance)
                zero = np.zeros_like(scale)
                correlations[metric, place] = np.clip(np.divide(covariance, scale, out=zero, where=scale > 0), -1, 1)
        return Moments(variances, correlations)
