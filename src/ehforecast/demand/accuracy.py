"""How good forecasts were: point error, quantile loss and how often ranges held."""

from collections.abc import Hashable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES, interval_ends

Array = npt.NDArray[np.float64]

DECILES = tuple(round(0.1 * tenth, 1) for tenth in range(1, 10))


def quantile_loss(actual: Array, quantiles: Array, *, levels: Sequence[float]) -> Array:
    """Twice the pinball loss, averaged over levels: how far off a whole forecast distribution was, in counts.

    Formula: ``mean over p of 2 * max(p * (y - q), (p - 1) * (y - q))``; with the nine deciles an approximation of the
    continuous ranked probability score. For the median alone it is the absolute error.

    Args:
        actual: (...,) what came.
        quantiles: (..., levels).
        levels: quantile levels, each between 0 and 1.

    Returns:
        (...,), 0 or more; NaN where `actual` is.

    Source: Koenker and Bassett (1978); Gneiting and Raftery (2007).

    >>> quantile_loss(np.array([10.0]), np.array([[7.0]]), levels=[0.5]).tolist()
    [3.0]
    """
    level, error = np.asarray(levels), actual[..., None] - quantiles
    return np.asarray(np.mean(2 * np.maximum(level * error, (level - 1) * error), axis=-1))


def seasonal_scale(counts: Array, season: int = 12) -> Array:
    """Mean absolute change on the period a season before, the unit of MASE: (periods, series) -> (series,).

    NaN for a series without such a pair. Source: Hyndman and Koehler (2006).
    """
    changes = np.abs(counts[season:] - counts[:-season])
    pairs = np.sum(~np.isnan(changes), axis=0)
    return np.asarray(np.where(pairs > 0, np.nansum(changes, axis=0) / np.maximum(pairs, 1), np.nan))


def score_forecasts(actual: Array, quantiles: Array, *, levels: Sequence[float]) -> dict[str, Array]:
    """Scores of each forecast month: ``absolute_error``, ``quantile_loss`` (deciles), ``within50`` and so on (0 or 1).

    Args:
        actual: (areas, horizon); NaN where nothing is known to compare with.
        quantiles: (areas, horizon, levels).
        levels: must hold the middle, the deciles and the ends of the published ranges.
    """
    position = {round(level, 4): place for place, level in enumerate(levels)}
    deciles = quantiles[:, :, [position[level] for level in DECILES]]
    scores = {
        "absolute_error": np.abs(actual - quantiles[:, :, position[0.5]]),
        "quantile_loss": quantile_loss(actual, deciles, levels=DECILES),
    }
    for coverage in INTERVAL_COVERAGES:
        low, high = (quantiles[:, :, position[end]] for end in interval_ends(coverage))
        inside = ((actual >= low) & (actual <= high)).astype(float)
        scores[f"within{round(100 * coverage)}"] = np.where(np.isnan(actual), np.nan, inside)
    return scores


def accuracy_table(scores: pd.DataFrame, pooled: Sequence[str]) -> pd.DataFrame:
    """Accuracy by area, and over the areas `pooled` together, of each forecaster and stage.

    Args:
        scores: one row per forecast month: ``forecaster, stage, origin, area_code, actual, seasonal_scale`` and the
            columns of `score_forecasts`.

    Returns:
        The `accuracy` frame of `DemandResult`. WAPE is the sum of absolute errors over the sum of counts, WQL the sum
        of quantile losses over the sum of counts; MASE the mean of absolute errors over each series' seasonal scale;
        coverage the share of months inside the range. Months without a count to compare with are not scored.
    """
    known = scores[scores["actual"].notna()]
    everywhere = known[known["area_code"].isin(pooled)].assign(area_code=ALL_AREAS)
    keys = ["area_code", "stage", "forecaster"]
    tables = [_summary(frame.groupby(keys, sort=True)) for frame in (everywhere, known)]
    return pd.concat(tables, ignore_index=True)


def _summary(groups: "pd.api.typing.DataFrameGroupBy[tuple[Hashable, ...], Literal[True]]") -> pd.DataFrame:
    rows = []
    for key, group in groups:
        volume = group["actual"].sum()
        facts = {
            "months": len(group),
            "origins": group["origin"].nunique(),
            "first_origin": str(group["origin"].min()),
            "last_origin": str(group["origin"].max()),
        }
        metrics = {
            "wape": group["absolute_error"].sum() / volume,
            "mase": (group["absolute_error"] / group["seasonal_scale"]).mean(),
            "wql": group["quantile_loss"].sum() / volume,
        } | {
            f"coverage{round(100 * share)}": group[f"within{round(100 * share)}"].mean() for share in INTERVAL_COVERAGES
        }
        for metric, value in metrics.items():
            rows.append(
                dict(zip(("area_code", "stage", "forecaster"), key, strict=True))
                | {"metric": metric, "value": float(value)}
                | facts
            )
    return pd.DataFrame(rows)
