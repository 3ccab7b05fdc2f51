"""Ordering and calibration by group, and gaps in them, judged together by their joint distribution."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ehforecast.risk.fairness.counts import View
from ehforecast.risk.fairness.gaps import Compared
from ehforecast.risk.fairness.intervals import Range, difference, ratio
from ehforecast.risk.fairness.nulls import largest_normal, share_of_draws
from ehforecast.risk.fairness.scores import (
    AUROC,
    BRIER,
    IN_THE_LARGE,
    OF_PROBABILITIES,
    SCORES,
    SLOPE,
    Score,
    gap_in_the_large,
    gap_of,
    members,
    score,
)
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness.shares import EVERYONE
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, MEASURED

Floats = npt.NDArray[np.float64]

ESTIMATES = "estimates"
"""The family of gaps of one view in what estimates mean: calibration in the large, its slope, and ordering."""

JUDGED = (IN_THE_LARGE, SLOPE, AUROC)

METHODS = {
    AUROC: "DeLong by families, Student t on the logit scale",
    BRIER: "robust by families, Student t on the log scale",
}
LINEARISED = "robust by families, Student t"


def scores_told(*, is_probability: bool) -> tuple[str, ...]:
    """Which figures exist for these estimates: calibration and Brier need probabilities."""
    return tuple(metric for metric in SCORES if is_probability or metric not in OF_PROBABILITIES)


@dataclass(frozen=True)
class ViewScores:
    """Scores of the groups of a view, and of everyone else where asked for, by (metric, group's place)."""

    groups: dict[tuple[str, int], Score] = field(repr=False)
    rest: dict[tuple[str, int], Score] = field(repr=False)


def view_scores(compared: Compared) -> ViewScores:
    """Every figure of every group that can have one; of everyone else for groupings that are not crossed."""
    frame, view = compared.frame, compared.view
    metrics = scores_told(is_probability=frame.is_probability)
    own: dict[tuple[str, int], Score] = {}
    rest: dict[tuple[str, int], Score] = {}
    for place in np.flatnonzero(compared.standing.shown):
        inside = view.of_rows == place
        people = members(frame, inside)
        own |= {(metric, int(place)): score(metric, people) for metric in metrics}
        if not view.is_crossed and compared.standing.rest_shown[place]:
            others = members(frame, ~inside)
            rest |= {(metric, int(place)): score(metric, others) for metric in metrics}
    return ViewScores(own, rest)


def score_rows(view: View, scores: ViewScores, *, confidence: float) -> pd.DataFrame:
    """Figures with ranges, one row per group and metric."""
    rows = []
    for (metric, place), found in scores.groups.items():
        lower, upper = found.range(confidence)
        rows.append(
            {
                "view": view.name,
                "group": view.labels[place],
                "band_edge": np.nan,
                "metric": metric,
                "value": found.value,
                "lower": lower,
                "upper": upper,
                "method": METHODS.get(metric, LINEARISED),
                "denominator": float(len(found.influence)),
            }
        )
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class ScoreGap:
    """One gap of one figure."""

    metric: str
    group: int
    other: int
    one: Score
    two: Score


def score_gaps(compared: Compared, scores: ViewScores, *, settings: AuditSettings) -> pd.DataFrame:
    """Gaps of every figure; calibration and ordering with p values.

    Raw p values are of a normal test with errors robust to families (of calibration in the large, a score test);
    `p_family` is how often the largest of as many normals with the same correlations is as large.
    """
    gaps = list(_gaps(compared, scores))
    judged = [gap for gap in gaps if gap.metric in JUDGED and compared.judged(gap.other)[gap.group]]
    p_values = dict(zip(map(id, judged), _tests(judged, compared, settings=settings), strict=True))
    rows = [_gap_row(gap, compared, p_values=p_values.get(id(gap)), confidence=settings.confidence) for gap in gaps]
    told = pd.DataFrame(rows)
    return told[np.isfinite(told["difference"])] if len(told) else told


def _gaps(compared: Compared, scores: ViewScores) -> Iterator[ScoreGap]:
    for (metric, place), one in scores.groups.items():
        for other in compared.others:
            if not compared.shown(other)[place]:
                continue
            two = scores.rest.get((metric, place)) if other == EVERYONE else scores.groups[metric, other]
            if two is not None:
                yield ScoreGap(metric, place, other, one, two)


def _tests(gaps: list[ScoreGap], compared: Compared, *, settings: AuditSettings) -> list[tuple[float, float]]:
    """Raw p value, and that within the family, of each gap."""
    tested = [_as_tested(gap, compared) for gap in gaps]
    if not tested:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.array([abs(one.value) / one.standard_error for one in tested])
    sums = [np.bincount(one.cluster, one.influence, minlength=compared.frame.clusters) for one in tested]
    largest = largest_normal(
        np.column_stack(sums), draws=settings.permutations, rng=np.random.default_rng([settings.seed, 2])
    )
    return list(zip(2 * stats.norm.sf(z), share_of_draws(z, largest), strict=True))


def _as_tested(gap: ScoreGap, compared: Compared) -> Score:
    """The gap with the influences that its test rests on."""
    if gap.metric != IN_THE_LARGE:
        return gap_of(gap.one, gap.two)
    of_rows = compared.view.of_rows
    others = of_rows != gap.group if gap.other == EVERYONE else of_rows == gap.other
    return gap_in_the_large(members(compared.frame, of_rows == gap.group), members(compared.frame, others))


def _gap_row(
    gap: ScoreGap, compared: Compared, *, p_values: tuple[float, float] | None, confidence: float
) -> dict[str, object]:
    correlation = _correlation(gap)
    one, two = (_as_range(part, confidence) for part in (gap.one, gap.two))
    between = difference(one, two, correlation=correlation)
    times = ratio(one, two, correlation=correlation) if gap.metric in {AUROC, BRIER} else Range(*3 * [np.array(np.nan)])
    return {
        "view": compared.view.name, "group": compared.view.labels[gap.group],
        "compared_with": compared.name(gap.other), "band_edge": np.nan, "metric": gap.metric,
        "difference": float(between.value), "lower": float(between.lower), "upper": float(between.upper),
        "ratio": float(times.value), "ratio_lower": float(times.lower), "ratio_upper": float(times.upper),
        "lowest": np.nan, "highest": np.nan,
        "family": ESTIMATES if gap.metric in JUDGED else "",
        "p_value": p_values[0] if p_values else np.nan, "p_family": p_values[1] if p_values else np.nan,
        "standing": MEASURED if compared.judged(gap.other)[gap.group] else CANNOT_BE_JUDGED,
    }  # fmt: skip


def _as_range(one: Score, confidence: float) -> Range:
    return Range(*(np.asarray(end) for end in (one.value, *one.range(confidence))))


def _correlation(gap: ScoreGap) -> float:
    """Of the two figures, from families with members on both sides."""
    own, other = gap.one.standard_error, gap.two.standard_error
    joint = gap_of(gap.one, gap.two).standard_error
    if not own * other > 0:
        return 0.0
    return float(np.clip((own**2 + other**2 - joint**2) / (2 * own * other), -1, 1))
