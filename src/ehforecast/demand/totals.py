"""The total of the months ahead with its range: what a year's budget is made from."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from ehforecast.demand.accuracy import quantile_column, score_forecasts, summarised
from ehforecast.demand.quantile_functions import sum_quantiles
from ehforecast.demand.results import ALL_AREAS, QUANTILE_LEVELS
from ehforecast.demand.series import SeriesSet
from ehforecast.vocabulary.absence import AbsenceReason

Array = npt.NDArray[np.float64]

USUAL_PERSISTENCE = 0.5
"""Persistence of errors where past forecasts are too few to learn it."""

FEWEST_PAIRS = 200
"""Pairs of months of past forecasts below which `USUAL_PERSISTENCE` is used."""


def error_persistence(scores: pd.DataFrame, forecaster: str) -> float:
    """How much errors of one forecast persist from month to month, 0 to 1; see `sum_quantiles`.

    Past months' places in their forecast distributions, on the normal scale: the mean product over pairs of months of
    one forecast, over the mean product that a wandering level would have.
    """
    known = scores[(scores["forecaster"] == forecaster) & scores["actual"].notna()]
    places = known.assign(place=norm.ppf(known["pit"].clip(0.005, 0.995)))
    table = places.pivot_table(index=["stage", "origin", "area_code"], columns="months_ahead", values="place")
    ahead, values = table.columns.to_numpy(dtype=float), table.to_numpy()
    there = ~np.isnan(values)
    filled = np.where(there, values, 0.0)
    products, pairs = filled.T @ filled, there.astype(float).T @ there.astype(float)
    aside = np.triu(np.ones_like(pairs, dtype=bool), 1)
    if pairs[aside].sum() < FEWEST_PAIRS:
        return USUAL_PERSISTENCE
    wander = np.sqrt(np.minimum.outer(ahead, ahead) / np.maximum.outer(ahead, ahead))
    square = products.diagonal().sum() / max(pairs.diagonal().sum(), 1.0)
    expected = (pairs * wander)[aside].sum() * square
    return float(np.clip(products[aside].sum() / max(expected, 1e-9), 0.0, 1.0))


def totals_table(series: SeriesSet, areas: Sequence[str], *, quantiles: Array, persistence: float) -> pd.DataFrame:
    """The `totals` frame of `DemandResult` from quantiles (areas, horizon, `QUANTILE_LEVELS`).

    An area with a suppressed month has no total: with the other months known, a total would give it away.
    """
    sums, horizon = sum_quantiles(quantiles, levels=QUANTILE_LEVELS, persistence=persistence), quantiles.shape[1]
    rows = []
    for code, values in zip(areas, sums, strict=True):
        suppressed = bool((series.absences[code] == str(AbsenceReason.SUPPRESSED)).any())
        why = str(AbsenceReason.SUPPRESSED) if suppressed else ""
        before = float("nan") if suppressed else float(series.counts[code].iloc[-horizon:].sum(skipna=False))
        shown = np.full(len(values), np.nan) if suppressed else values
        rows += [
            (code, horizon, level, value, before, why)
            for level, value in zip(QUANTILE_LEVELS, shown, strict=True)
        ]  # fmt: skip
    columns = ["area_code", "months", "level", "total_count", "total_before", "absent_because"]
    return pd.DataFrame(rows, columns=columns)


def accuracy_of_totals(
    scores: pd.DataFrame, *, forecaster: str, pooled: Sequence[str], persistence: float, stage: str
) -> pd.DataFrame:
    """How good past totals were, over the areas `pooled`; empty if no horizon was seen whole.

    Rows of the `accuracy` frame with metrics ``total_wape``, ``total_bias``, ``total_coverage50`` and so on.
    """
    of_method = scores[(scores["forecaster"] == forecaster) & (scores["stage"] == stage)]
    of_method = of_method[of_method["area_code"].isin(pooled)].sort_values(["origin", "area_code", "months_ahead"])
    groups = of_method.groupby(["origin", "area_code"])
    whole = groups["actual"].transform(lambda counts: counts.notna().all())
    of_method = of_method[whole.to_numpy(dtype=bool)]
    if of_method.empty:
        return pd.DataFrame()
    keys = of_method[["origin", "area_code"]].drop_duplicates()
    columns = [quantile_column(level) for level in QUANTILE_LEVELS]
    quantiles = of_method[columns].to_numpy().reshape(len(keys), -1, len(columns))
    sums = sum_quantiles(quantiles, levels=QUANTILE_LEVELS, persistence=persistence)
    actual = of_method["actual"].to_numpy().reshape(len(keys), -1).sum(axis=1)
    scored = score_forecasts(actual[:, None], sums[:, None, :], levels=QUANTILE_LEVELS)
    table = keys.assign(
        actual=actual, area_code=ALL_AREAS, stage=stage, forecaster=forecaster, seasonal_scale=np.nan,
        squared_seasonal_scale=np.nan, **{name: values.ravel() for name, values in scored.items()},
    )  # fmt: skip
    summary = summarised(table, ["area_code", "stage", "forecaster"])
    kept = summary["metric"].isin(["wape", "bias"]) | summary["metric"].str.startswith("coverage")
    return summary[kept].assign(metric="total_" + summary["metric"])
