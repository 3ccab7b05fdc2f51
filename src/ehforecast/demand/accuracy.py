"""How good forecasts were: point error, quantile loss and how often ranges held."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.proper_scores import interval_score, quantile_loss, randomised_pit
from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES, interval_ends

Array = npt.NDArray[np.float64]

DECILES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))

PIT_BINS = 5
"""Fifths that `pit_table` counts in: published quantiles do not tell finer ones apart for small counts."""

PIT_SEED = 20_260_401

SHARES = tuple(round(100 * coverage) for coverage in INTERVAL_COVERAGES)


def score_forecasts(actual: Array, quantiles: Array, *, levels: Sequence[float]) -> dict[str, Array]:
    """Scores of each forecast month.

    ``absolute_error`` and ``signed_error`` (forecast less what came) of the middle, ``quantile_loss`` (deciles),
    ``within50`` and so on (0 or 1), ``interval_score50`` and so on, and ``pit`` (randomised, 0 to 1).

    Args:
        actual: (areas, horizon); NaN where nothing is known to compare with.
        quantiles: (areas, horizon, levels).
        levels: must hold the middle, the deciles and the ends of the published ranges.
    """
    position = {round(level, 4): place for place, level in enumerate(levels)}
    deciles, middle = quantiles[:, :, [position[level] for level in DECILES]], quantiles[:, :, position[0.5]]
    scores = {
        "absolute_error": np.abs(actual - middle),
        "signed_error": middle - actual,
        "quantile_loss": quantile_loss(actual, deciles, levels=DECILES),
        "pit": randomised_pit(actual, quantiles, levels=levels, rng=np.random.default_rng(PIT_SEED)),
    }
    for coverage, share in zip(INTERVAL_COVERAGES, SHARES, strict=True):
        low, high = (quantiles[:, :, position[end]] for end in interval_ends(coverage))
        inside = ((actual >= low) & (actual <= high)).astype(float)
        scores[f"within{share}"] = np.where(np.isnan(actual), np.nan, inside)
        scores[f"interval_score{share}"] = interval_score(actual, low=low, high=high, coverage=coverage)
    return scores


def quantile_column(level: float) -> str:
    """The column of a table of scores that keeps a forecast's quantile."""
    return f"quantile_{level}"


def accuracy_table(scores: pd.DataFrame, pooled: Sequence[str]) -> pd.DataFrame:
    """Accuracy by area, and over the areas `pooled` together, of each forecaster and stage.

    Args:
        scores: one row per forecast month: ``forecaster, stage, origin, area_code, actual, seasonal_scale,
            squared_seasonal_scale`` and the columns of `score_forecasts`.

    Returns:
        The `accuracy` frame of `DemandResult`. WAPE is the sum of absolute errors over the sum of counts, bias the sum
        of signed errors and WQL the sum of quantile losses over it, each interval score the sum of those; MASE the mean
        of absolute errors over each series' seasonal scale, RMSSE the root of the mean of squared errors over its
        square; coverage the share of months inside the range, with its standard error, which takes the months of one
        forecast date for one observation. Months without a count to compare with are not scored.
    """
    known = scores[scores["actual"].notna()]
    everywhere = known[known["area_code"].isin(pooled)].assign(area_code=ALL_AREAS)
    keys = ["area_code", "stage", "forecaster"]
    return pd.concat([summarised(frame, keys) for frame in (everywhere, known)], ignore_index=True)


def accuracy_by_origin(scores: pd.DataFrame, pooled: Sequence[str]) -> pd.DataFrame:
    """Accuracy over the areas `pooled`, of each forecaster at each date in the past, from which was forecast.

    Returns:
        The `accuracy_by_origin` frame of `DemandResult`.
    """
    known = scores[scores["actual"].notna() & scores["area_code"].isin(pooled)]
    rows = summarised(known.assign(made_at=known["origin"].astype(str)), ["stage", "forecaster", "made_at"])
    if rows.empty:
        return rows
    return rows.rename(columns={"made_at": "origin"})[["stage", "forecaster", "origin", "metric", "value", "months"]]


def accuracy_ahead(scores: pd.DataFrame, areas: pd.DataFrame, *, pooled: Sequence[str], stage: str) -> pd.DataFrame:
    """Accuracy of one stage by months ahead: over the areas `pooled`, over each level of area, and of each area.

    Args:
        areas: indexed by area code, with ``area_level``.

    Returns:
        The `accuracy_ahead` frame of `DemandResult`.
    """
    known = scores[scores["actual"].notna() & (scores["stage"] == stage)]
    by_level = known.assign(area_level=known["area_code"].map(areas["area_level"]), area_code=ALL_AREAS)
    everywhere = known[known["area_code"].isin(pooled)].assign(area_level="", area_code=ALL_AREAS)
    each = known.assign(area_level=known["area_code"].map(areas["area_level"]))
    keys = ["area_code", "area_level", "forecaster", "months_ahead"]
    return pd.concat([summarised(frame, keys) for frame in (everywhere, by_level, each)], ignore_index=True)


def pit_table(scores: pd.DataFrame, pooled: Sequence[str], *, stage: str) -> pd.DataFrame:
    """How often what came fell in each fifth of its forecast distribution: ``forecaster, low, high, share, months``.

    A fifth of the months in each where distributions were right; many in the outer ones where ranges were too narrow.
    """
    known = scores[scores["actual"].notna() & (scores["stage"] == stage) & scores["area_code"].isin(pooled)]
    edges = np.linspace(0.0, 1.0, PIT_BINS + 1)
    rows = []
    for name, group in known.groupby("forecaster", sort=True):
        numbers = np.histogram(group["pit"], edges)[0]
        rows += [
            (name, low, high, count / numbers.sum(), int(numbers.sum()))
            for low, high, count in zip(edges[:-1].round(2), edges[1:].round(2), numbers, strict=True)
        ]
    return pd.DataFrame(rows, columns=["forecaster", "low", "high", "share", "months"])


def summarised(scores: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Every metric of each group of scores; the standard error is known for coverage only.

    Columns: `keys`, ``metric, value, standard_error, months, origins, first_origin, last_origin``.
    """
    if scores.empty:
        return pd.DataFrame()
    groups = _with_ratios(scores).groupby(list(keys), sort=True)
    facts = groups["origin"].agg(["size", "nunique", "min", "max"])
    facts.columns = pd.Index(["months", "origins", "first_origin", "last_origin"])
    facts = facts.assign(first_origin=facts["first_origin"].astype(str), last_origin=facts["last_origin"].astype(str))
    errors = _coverage_errors(scores, keys)
    tables = [
        facts.assign(metric=metric, value=values, standard_error=errors.get(metric, np.nan))
        for metric, values in _metrics(groups).items()
    ]
    columns = ["metric", "value", "standard_error", *facts.columns]
    stacked = pd.concat(tables, keys=range(len(tables)), names=["_order"])[columns].reset_index()
    return stacked.sort_values([*keys, "_order"], ignore_index=True).drop(columns="_order")


def _with_ratios(scores: pd.DataFrame) -> pd.DataFrame:
    return scores.assign(
        scaled_error=scores["absolute_error"] / scores["seasonal_scale"],
        scaled_square=np.square(scores["absolute_error"]) / scores["squared_seasonal_scale"],
    )


def _metrics(
    groups: "pd.api.typing.DataFrameGroupBy[tuple[Hashable, ...], Literal[True]]",
) -> dict[str, "pd.Series[float]"]:
    volume = groups["actual"].sum()
    volume = volume.where(volume > 0)
    found = {
        "wape": groups["absolute_error"].sum() / volume,
        "mase": groups["scaled_error"].mean(),
        "rmsse": np.sqrt(groups["scaled_square"].mean()),
        "wql": groups["quantile_loss"].sum() / volume,
        "bias": groups["signed_error"].sum() / volume,
    }
    found |= {f"coverage{share}": groups[f"within{share}"].mean() for share in SHARES}
    return found | {f"interval_score{share}": groups[f"interval_score{share}"].sum() / volume for share in SHARES}


def _coverage_errors(scores: pd.DataFrame, keys: Sequence[str]) -> Mapping[str, "pd.Series[float]"]:
    """Standard errors of coverage, clustered by forecast date: a bad date is bad for every area and month at once."""
    by_origin = scores.groupby([*keys, "origin"], sort=True)
    errors = {}
    for share in SHARES:
        sums = by_origin[f"within{share}"].agg(["sum", "size"])
        totals = sums.groupby(list(keys)).sum()
        mean = (totals["sum"] / totals["size"]).reindex(sums.reset_index("origin").index).to_numpy()
        squares = np.square(sums["sum"] - sums["size"] * mean).groupby(list(keys)).agg(["sum", "size"])
        clusters = squares["size"].where(squares["size"] > 1)
        errors[f"coverage{share}"] = np.sqrt(squares["sum"] * clusters / (clusters - 1)) / totals["size"]
    return errors
