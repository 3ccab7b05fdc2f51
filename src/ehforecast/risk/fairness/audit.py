"""One call: for whom are estimates worse, how sure is that, and what cannot be said."""

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.errors import SettingsError
from ehforecast.risk.fairness.counts import Tally, View, tally
from ehforecast.risk.fairness.drift import drift_rows
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.gaps import Compared, share_gaps
from ehforecast.risk.fairness.inventory import inventory_rows
from ehforecast.risk.fairness.missing import COVERAGE_COLUMNS, coverage_rows, missing_rows
from ehforecast.risk.fairness.nulls import holm
from ehforecast.risk.fairness.pooling import pool
from ehforecast.risk.fairness.proxies import COLUMNS as PROXY_COLUMNS
from ehforecast.risk.fairness.proxies import NEAR_COPY, proxy_rows
from ehforecast.risk.fairness.recording import recording_rows
from ehforecast.risk.fairness.score_gaps import score_gaps, score_rows, view_scores
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness.shares import (
    BASE_RATE,
    SHARES,
    GroupShares,
    Moments,
    MomentSums,
    group_shares,
)
from ehforecast.risk.fairness.standing import Standing, group_rows, standing, words_of
from ehforecast.risk.fairness.tables import joined, tidy
from ehforecast.risk.fairness.wording import statements
from ehforecast.risk.fairness_results import NOT_CALCULABLE, FairnessResult

Floats = npt.NDArray[np.float64]

GROUP_COLUMNS = ("view", "group", "people", "positives", "negatives", "outcome_unknown", "standing", "reason")
METRIC_COLUMNS = (
    "view", "group", "band_edge", "metric", "value", "lower", "upper", "method", "denominator", "standing",
)  # fmt: skip
GAP_COLUMNS = (
    "view", "group", "compared_with", "band_edge", "metric", "difference", "lower", "upper", "ratio", "ratio_lower",
    "ratio_upper", "lowest", "highest", "family", "p_value", "p_family", "p_audit", "standing",
)  # fmt: skip
POOLED_COLUMNS = (
    "view", "group", "band_edge", "metric", "raw", "pooled", "lower", "upper", "denominator", "worth_of_the_rest",
    "standing",
)  # fmt: skip

MULTIPLICITY = (
    "Gaps in errors are tested by dealing group labels out again among people with the same outcome, families whole; "
    "gaps in calibration (in the large by a score test) and ordering by their joint normal distribution. p_family is "
    "adjusted for every judged gap of one grouping and kind, p_audit (Holm) for all groupings and kinds too: where "
    "there is no gap at all, at most one audit in twenty names one. Gaps in base rates, band shares and precision are "
    "described, not tested."
)


@dataclass(frozen=True)
class Beside:
    """What an audit is given beside the estimates; each may be absent.

    Attributes:
        population: ``column, group, population``: people there are in each group.
        features: what a model sees, one row per estimate, for the scan of near copies.
    """

    population: pd.DataFrame | None = field(repr=False, default=None)
    features: pd.DataFrame | None = field(repr=False, default=None)


@one_thread
def audit(frame: AuditFrame, settings: AuditSettings, *, beside: Beside | None = None) -> FairnessResult:
    """Audit estimates: every metric by group at every band edge, gaps with their nulls, and who is missing.

    Raises `SettingsError` where there is no population to compare with and no reason is given.
    """
    beside = beside or Beside()
    if beside.population is None and not settings.no_population_because.strip():
        raise SettingsError("who is missing: give a population to compare with, or say why there is none")
    present = set(frame.groups)
    crossings = [crossing for crossing in settings.intersections if set(crossing) <= present]
    counted = tally(frame, settings.band_edges, crossings=crossings)
    views = [
        _view(frame, counted, looked=view, settings=settings)
        for view in _with_moments(frame, counted, settings=settings)
    ]
    groups = joined([view.groups for view in views], GROUP_COLUMNS)
    result = FairnessResult(
        people=len(frame), clusters=frame.clusters, with_outcome=int(frame.known.sum()), is_weighted=frame.is_weighted,
        is_probability=frame.is_probability, band_edges=settings.band_edges, confidence=settings.confidence,
        draws=settings.draws, permutations=settings.permutations, seed=settings.seed,
        smallest_group=settings.smallest_group, judged_from=settings.judged_from, multiplicity=MULTIPLICITY,
        no_population_because="" if beside.population is not None else settings.no_population_because,
        near_copy=NEAR_COPY, inventory=inventory_rows(frame, groups, settings=settings), groups=groups,
        metrics=joined([view.metrics for view in views], METRIC_COLUMNS),
        gaps=_adjusted(joined([view.gaps for view in views], GAP_COLUMNS)),
        pooled=joined([view.pooled for view in views], POOLED_COLUMNS),
        missing=missing_rows(frame, settings),
        coverage=_coverage(frame, beside, settings=settings),
        recording=recording_rows(frame, counted, settings=settings),
        drift=drift_rows(frame, settings),
        proxies=_proxies(frame, beside, settings=settings), statements=pd.DataFrame(),
    )  # fmt: skip
    return replace(result, statements=statements(result))


def _coverage(frame: AuditFrame, beside: Beside, *, settings: AuditSettings) -> pd.DataFrame:
    if beside.population is None:
        return joined((), COVERAGE_COLUMNS)
    return coverage_rows(frame, beside.population, settings=settings)


def _proxies(frame: AuditFrame, beside: Beside, *, settings: AuditSettings) -> pd.DataFrame:
    if beside.features is None:
        return joined((), PROXY_COLUMNS)
    if len(beside.features) != len(frame):
        raise SettingsError("scan of near copies: one row of features for each estimate")
    return proxy_rows(frame, beside.features.reset_index(drop=True), settings=settings)


@dataclass(frozen=True)
class Looked:
    """One view with the moments of its shares over draws; none where rows are independent."""

    view: View
    references: tuple[int, ...]
    moments: Moments | None = field(repr=False)


def _with_moments(frame: AuditFrame, counted: Tally, *, settings: AuditSettings) -> list[Looked]:
    """Draw families anew once, for all views. Independent rows need no draws: their variance is known."""
    references = [_references(view, settings) for view in counted.views]
    if frame.is_simple:
        return [Looked(view, places, None) for view, places in zip(counted.views, references, strict=True)]
    sums = [MomentSums(places) for places in references]
    for drawn in counted.draws(settings.draws, np.random.default_rng([settings.seed, 3])):
        for view, total in zip(counted.views, sums, strict=True):
            total.add(counted.grouped(drawn, view))
    return [
        Looked(view, places, total.moments())
        for view, places, total in zip(counted.views, references, sums, strict=True)
    ]


def _references(view: View, settings: AuditSettings) -> tuple[int, ...]:
    named = {column.name: column.reference for column in settings.columns}
    reference = named.get(view.name)
    return (view.labels.index(reference),) if reference is not None and reference in view.labels else ()


@dataclass(frozen=True)
class ViewParts:
    """What one view adds to the result."""

    groups: pd.DataFrame
    metrics: pd.DataFrame
    gaps: pd.DataFrame
    pooled: pd.DataFrame


def _view(frame: AuditFrame, counted: Tally, *, looked: Looked, settings: AuditSettings) -> ViewParts:
    view = looked.view
    given = standing(counted, view, settings=settings)
    shares = group_shares(counted, view, moments=looked.moments, confidence=settings.confidence)
    compared = Compared(frame, counted, view, given, looked.references)
    gaps = [share_gaps(compared, shares, settings=settings)]
    metrics = [_share_rows(counted, view, shares=shares, given=given, frame=frame)]
    if frame.known.any():
        scores = view_scores(compared)
        metrics.append(score_rows(view, scores, confidence=settings.confidence))
        gaps.append(score_gaps(compared, scores, settings=settings))
    told = joined(metrics, METRIC_COLUMNS[:-1])
    standings = dict(zip(view.labels, words_of(given), strict=True))
    told["standing"] = told["group"].map(standings).where(told["value"].notna(), NOT_CALCULABLE)
    pooled = _pooled_rows(counted, looked, shares=shares, given=given, settings=settings)
    return ViewParts(group_rows(view, given, settings=settings), told, joined(gaps, GAP_COLUMNS), pooled)


def _share_rows(counted: Tally, view: View, *, shares: GroupShares, given: Standing, frame: AuditFrame) -> pd.DataFrame:
    parts = []
    method = "Wilson" if frame.is_simple else "Wilson, with the design effect of draws of families"
    for metric, side in shares.groups.items():
        if metric != "band_share" and not frame.known.any():
            continue
        edges = (np.nan,) if metric == BASE_RATE else counted.edges
        columns = {"value": side.range.value, "lower": side.range.lower, "upper": side.range.upper}
        arrays: dict[str, object] = {name: end[:, : len(edges)] for name, end in columns.items()}
        arrays |= {"denominator": side.people[:, : len(edges)], "view": view.name, "metric": metric, "method": method}
        rows = tidy(view.labels, edges, columns=arrays)
        parts.append(rows[np.repeat(given.shown, len(edges))])
    return pd.concat(parts, ignore_index=True)


def _pooled_rows(
    counted: Tally, looked: Looked, *, shares: GroupShares, given: Standing, settings: AuditSettings
) -> pd.DataFrame:
    """Shares of crossed groups pulled together; those without a single figure of their own have none here either."""
    if not looked.view.is_crossed:
        return pd.DataFrame()
    parts = []
    for metric in SHARES:
        side = shares.groups[metric]
        for place, edge in enumerate(counted.edges if metric != BASE_RATE else (np.nan,)):
            share, people = side.range.value[:, place], side.people[:, place]
            found = pool(
                share,
                _effective(side.range.value[:, place], people, looked=looked, metric=metric, place=place),
                confidence=settings.confidence,
            )
            rows = tidy(
                looked.view.labels, (edge,),
                columns={
                    "view": looked.view.name, "metric": metric, "raw": share[:, None], "pooled": found.value[:, None],
                    "lower": found.lower[:, None], "upper": found.upper[:, None], "denominator": people[:, None],
                    "worth_of_the_rest": found.worth_of_the_rest,
                    "standing": np.array(words_of(given), dtype=object)[:, None],
                },
            )  # fmt: skip
            parts.append(rows[given.shown])
    return pd.concat(parts, ignore_index=True)


def _effective(share: Floats, people: Floats, *, looked: Looked, metric: str, place: int) -> Floats:
    if looked.moments is None:
        return people
    variance = looked.moments.variances[metric, 0][:, place]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(variance > 0, np.fmin(share * (1 - share) / variance, people), people)


def _adjusted(gaps: pd.DataFrame) -> pd.DataFrame:
    """Add p values over the whole audit: Holm over families, each standing for its smallest p value."""
    key = gaps["view"].astype("str") + "\n" + gaps["family"].astype("str")
    smallest = gaps["p_family"].groupby(key).min().dropna().sort_values(kind="stable")
    times = pd.Series(range(len(smallest), 0, -1), index=smallest.index, dtype="float64")
    floor = pd.Series(holm(smallest.to_numpy(dtype=np.float64)), index=smallest.index, dtype="float64")
    told = [part.reindex(key).to_numpy(dtype=np.float64) for part in (times, floor)]
    adjusted = (gaps["p_family"] * told[0]).clip(lower=pd.Series(told[1], index=gaps.index), upper=1.0)
    return gaps.assign(p_audit=adjusted.where(gaps["p_family"].notna()))
