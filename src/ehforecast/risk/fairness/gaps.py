"""Gaps between groups: how large, between which ends, and how often chance alone would make one as large."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.fairness.bounds import gap_bounds
from ehforecast.risk.fairness.counts import Tally, View
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.intervals import difference, ratio, share_of
from ehforecast.risk.fairness.nulls import Dealt, dealt_by_outcome, share_of_draws
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness.shares import (
    BASE_RATE,
    EVERYONE,
    FALSE_NEGATIVE_RATE,
    FALSE_POSITIVE_RATE,
    NEEDS_OUTCOMES,
    SHARES,
    GroupShares,
    Side,
)
from ehforecast.risk.fairness.standing import Standing
from ehforecast.risk.fairness.tables import tidy
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, EVERYONE_ELSE, MEASURED

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

ERRORS = "errors"
"""The family of gaps in false negative and false positive rates of one view, at every edge, to everyone compared."""


@dataclass(frozen=True)
class Compared:
    """One view with what its groups are compared with.

    Attributes:
        references: places of named reference groups; `EVERYONE` for everyone else is always compared.
    """

    frame: AuditFrame
    tally: Tally
    view: View
    standing: Standing
    references: tuple[int, ...] = ()

    @property
    def others(self) -> tuple[int, ...]:
        """All that groups are compared with."""
        return (*self.references, EVERYONE)

    def name(self, other: int) -> str:
        """Of what groups are compared with."""
        return EVERYONE_ELSE if other == EVERYONE else self.view.labels[other]

    def shown(self, other: int) -> Booleans:
        """Groups whose gap can be given at all."""
        own = self.standing.shown.copy()
        if other == EVERYONE:
            return own & self.standing.rest_shown
        own[other] = False
        return np.asarray(own & self.standing.shown[other])

    def judged(self, other: int) -> Booleans:
        """Groups whose gap can be judged."""
        theirs = self.standing.rest_judged if other == EVERYONE else self.standing.judged[other]
        return self.shown(other) & self.standing.judged & theirs


def share_gaps(compared: Compared, shares: GroupShares, *, settings: AuditSettings) -> pd.DataFrame:
    """Gaps of every share; those of errors with p values."""
    tested = error_tests(compared, settings)
    parts = []
    has_outcomes = compared.frame.known.any()
    for metric in SHARES:
        if metric in NEEDS_OUTCOMES and not has_outcomes:
            continue
        parts += [
            _gap_rows(compared, shares, metric=metric, other=other, tested=tested.get((metric, other)))
            for other in compared.others
        ]
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True)
class Tested:
    """p values of one metric against one compared: groups x edges, NaN where not judged."""

    p_value: Floats
    p_family: Floats


def _gap_rows(
    compared: Compared, shares: GroupShares, *, metric: str, other: int, tested: Tested | None
) -> pd.DataFrame:
    own = shares.groups[metric]
    theirs = shares.rest[metric] if other == EVERYONE else _picked(shares.groups[metric], other)
    correlation = shares.correlation(metric, other)
    gap = difference(own.range, theirs.range, correlation=correlation)
    times = ratio(own.range, theirs.range, correlation=correlation)
    lowest, highest = gap_bounds(compared.tally, compared.view, metric=metric, compared=other)
    shown, judged = compared.shown(other), compared.judged(other)
    rows = tidy(
        compared.view.labels,
        compared.tally.edges,
        columns={
            "view": compared.view.name,
            "compared_with": compared.name(other),
            "metric": metric,
            "difference": gap.value, "lower": gap.lower, "upper": gap.upper,
            "ratio": times.value, "ratio_lower": times.lower, "ratio_upper": times.upper,
            "lowest": lowest, "highest": highest,
            "family": "" if tested is None else ERRORS,
            "p_value": np.nan if tested is None else tested.p_value,
            "p_family": np.nan if tested is None else tested.p_family,
            "standing": np.where(judged, MEASURED, CANNOT_BE_JUDGED)[:, None],
        },
    )  # fmt: skip
    kept = np.repeat(shown, len(compared.tally.edges)) & np.isfinite(gap.value).ravel()
    if metric == BASE_RATE:
        kept &= np.asarray(rows["band_edge"] == compared.tally.edges[0])
        rows["band_edge"] = np.nan
    return rows[kept]


def _picked(side: Side, place: int) -> Side:
    return Side(type(side.range)(*(end[[place]] for end in side.range)), side.people[[place]])


def error_tests(compared: Compared, settings: AuditSettings) -> dict[tuple[str, int], Tested]:
    """P values of gaps in false negative and false positive rates: by metric and compared.

    The null deals group labels out again among people of the same outcome (families whole), so base rates stay as they
    are. Gaps are studentised; `p_family` is how often the largest of all judged gaps of the view is as large
    in the null (Westfall and Young's single-step maximum), `p_value` the same for the one gap.
    """
    judged = {other: compared.judged(other) for other in compared.others}
    if not any(mask.any() for mask in judged.values()):
        return {}
    bands = len(compared.tally.edges) + 1
    dealt = dealt_by_outcome(
        compared.frame, compared.view.of_rows, bands=compared.tally.rows % bands,
        shape=(len(compared.view.labels), bands),
    )  # fmt: skip
    observed = compared.tally.grouped(compared.tally.counts, compared.view)
    found, null = {}, {}
    largest = np.zeros(settings.permutations)
    for outcome, metric in enumerate((FALSE_POSITIVE_RATE, FALSE_NEGATIVE_RATE)):
        rng = np.random.default_rng([settings.seed, outcome])
        drawn = list(
            _null_statistics(dealt[outcome], outcome, others=compared.others, draws=settings.permutations, rng=rng)
        )
        statistics = np.concatenate(drawn)
        seen = _statistics(observed[:, outcome], outcome, others=compared.others)
        for place, other in enumerate(compared.others):
            mask = judged[other][:, None]
            found[metric, other] = np.where(mask, seen[place], np.nan)
            null[metric, other] = statistics[:, place]
            inside = np.where(mask, statistics[:, place], 0.0)
            largest = np.maximum(largest, inside.reshape(len(inside), -1).max(axis=1))
    return {key: Tested(share_of_draws(seen, null[key]), share_of_draws(seen, largest)) for key, seen in found.items()}


def _null_statistics(
    dealt: Dealt, outcome: int, *, others: tuple[int, ...], draws: int, rng: np.random.Generator
) -> Iterator[Floats]:
    return (_statistics(tables, outcome, others=others) for tables in dealt.tables(draws, rng))


def _statistics(tables: Floats, outcome: int, *, others: tuple[int, ...]) -> Floats:
    """Absolute studentised gaps: leading axes, then compared x groups x edges.

    From counts (..., groups, bands) of people of one outcome. The variance has half an event added on either side, so
    that a group without any error has one.
    """
    whole = tables.sum(axis=-1, keepdims=True)
    below = np.cumsum(tables, axis=-1)[..., :-1]
    errors = below if outcome == 1 else whole - below
    rest, rest_whole = (part.sum(axis=-2, keepdims=True) - part for part in (errors, whole))
    made = []
    for other in others:
        theirs = (rest, rest_whole) if other == EVERYONE else (errors[..., [other], :], whole[..., [other], :])
        gap = share_of(errors, np.broadcast_to(whole, errors.shape))
        gap = gap - share_of(theirs[0], np.broadcast_to(theirs[1], theirs[0].shape))
        made.append(np.abs(np.nan_to_num(gap)) / np.sqrt(_variance(errors, whole) + _variance(*theirs)))
    return np.stack(made, axis=-3)


def _variance(errors: Floats, whole: Floats) -> Floats:
    share = (errors + 0.5) / (whole + 1)
    return np.asarray(share * (1 - share) / np.maximum(whole, 1))
