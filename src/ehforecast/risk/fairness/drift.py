"""Whether figures of groups, and their gaps, changed from one period to the next."""

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ehforecast.risk.fairness.counts import View, tally
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.intervals import Range, difference, normal_quantile
from ehforecast.risk.fairness.nulls import holm
from ehforecast.risk.fairness.scores import IN_THE_LARGE, OF_PROBABILITIES, members, score
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness.shares import (
    BAND_SHARE,
    BASE_RATE,
    FALSE_NEGATIVE_RATE,
    FALSE_POSITIVE_RATE,
    group_shares,
)
from ehforecast.risk.fairness.standing import standing
from ehforecast.risk.fairness.tables import joined, tidy

Floats = npt.NDArray[np.float64]

COLUMNS = (
    "view", "group", "period", "compared_period", "band_edge", "metric", "earlier", "later", "change", "lower", "upper",
    "gap_change", "gap_lower", "gap_upper", "p_value", "p_adjusted",
)  # fmt: skip
JUDGED = (FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, IN_THE_LARGE)


@dataclass(frozen=True)
class Figure:
    """One metric of the groups of a view in one period, and of everyone else: groups x edges."""

    own: Range
    rest: Range
    shown: npt.NDArray[np.bool_] = field(repr=False)
    judged: npt.NDArray[np.bool_] = field(repr=False)


def drift_rows(frame: AuditFrame, settings: AuditSettings) -> pd.DataFrame:
    """Change of shares and calibration from each period to the next, and change of the gap to everyone else.

    Ranges of changes take periods as independent; families that come in both make them wider than they need be.
    P values are of gaps in errors and calibration that did not change, where both periods can be judged, adjusted by
    Holm over all of them.
    """
    if frame.period is None:
        return joined((), COLUMNS)
    periods = sorted(set(frame.period))
    figures = {period: _figures(frame, period, settings=settings) for period in periods}
    parts = []
    for earlier, later in pairwise(periods):
        for key in figures[earlier].keys() & figures[later].keys():
            pair = figures[earlier][key], figures[later][key]
            parts += [_change(*pair, settings=settings, key=key, of=(earlier, later))]
    rows = joined(parts, COLUMNS)
    rows = rows.sort_values(["view", "metric", "band_edge", "group", "period"], ignore_index=True)
    return rows.assign(p_adjusted=holm(rows["p_value"].to_numpy(dtype=np.float64)))


Key = tuple[str, tuple[str, ...], str]


def _figures(frame: AuditFrame, period: str, *, settings: AuditSettings) -> dict[Key, Figure]:
    """By view, its groups and metric; groups of all periods, so that places agree."""
    inside = np.asarray(frame.period == period)
    whole = tally(frame, settings.band_edges)
    part = tally(frame.where(inside), settings.band_edges)
    found: dict[Key, Figure] = {}
    for view, all_groups in zip(part.views, whole.views, strict=True):
        shares = group_shares(part, view, moments=None, confidence=settings.confidence)
        given = standing(part, view, settings=settings)
        places = [view.labels.index(label) if label in view.labels else -1 for label in all_groups.labels]
        shown, judged = (
            _at(mask, places) for mask in (given.shown & given.rest_shown, given.judged & given.rest_judged)
        )
        for metric in (BASE_RATE, BAND_SHARE, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE):
            ranges = [_spread(side[metric].range, places) for side in (shares.groups, shares.rest)]
            found[view.name, all_groups.labels, metric] = Figure(ranges[0], ranges[1], shown, judged)
        if frame.is_probability:
            ranges = _calibration(frame, inside, view=all_groups, confidence=settings.confidence)
            found[view.name, all_groups.labels, IN_THE_LARGE] = Figure(ranges[0], ranges[1], shown, judged)
    return found


def _at(mask: npt.NDArray[np.bool_], places: list[int]) -> npt.NDArray[np.bool_]:
    return np.array([place >= 0 and bool(mask[place]) for place in places])


def _spread(found: Range, places: list[int]) -> Range:
    return Range(*(np.stack([end[p] if p >= 0 else np.full(end.shape[1], np.nan) for p in places]) for end in found))


def _calibration(frame: AuditFrame, inside: npt.NDArray[np.bool_], *, view: View, confidence: float) -> list[Range]:
    ranges = []
    for other in (False, True):
        told = []
        for place in range(len(view.labels)):
            found = score(IN_THE_LARGE, members(frame, inside & ((view.of_rows == place) != other)))
            told.append((found.value, *found.range(confidence)))
        ranges.append(Range(*np.array(told).T[:, :, None]))
    return ranges


def _change(earlier: Figure, later: Figure, *, settings: AuditSettings, key: Key, of: tuple[str, str]) -> pd.DataFrame:
    view, labels, metric = key
    change = difference(later.own, earlier.own)
    gaps = [difference(figure.own, figure.rest) for figure in (later, earlier)]
    gap = difference(gaps[0], gaps[1])
    error = (gap.upper - gap.lower) / (2 * normal_quantile(settings.confidence))
    judged = (earlier.judged & later.judged)[:, None] & (metric in JUDGED)
    with np.errstate(invalid="ignore", divide="ignore"):
        p_value = np.where(judged, 2 * stats.norm.sf(np.abs(gap.value) / error), np.nan)
    edges = (np.nan,) if metric in OF_PROBABILITIES else settings.band_edges
    if metric == BASE_RATE:
        edges = (np.nan,)
        change, gap, p_value = Range(*(e[:, :1] for e in change)), Range(*(e[:, :1] for e in gap)), p_value[:, :1]
    rows = tidy(
        labels, edges,
        columns={
            "view": view, "period": of[1], "compared_period": of[0], "metric": metric,
            "earlier": earlier.own.value[:, : len(edges)], "later": later.own.value[:, : len(edges)],
            "change": change.value, "lower": change.lower, "upper": change.upper,
            "gap_change": gap.value, "gap_lower": gap.lower, "gap_upper": gap.upper, "p_value": p_value,
        },
    )  # fmt: skip
    return rows[np.repeat(earlier.shown & later.shown, len(edges))]
