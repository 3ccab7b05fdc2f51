"""Forecasts of earlier runs, as they were published, against what has come since."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ehforecast.demand.proper_scores import interval_score
from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES, DemandResult, interval_ends

COLUMNS = ["run_id", "data_until", "area_code", "months_ahead", "metric", "value", "months"]


def score_past_forecasts(past: Mapping[str, DemandResult], latest: DemandResult) -> pd.DataFrame:
    """The `past_forecasts` frame of `DemandResult`.

    Every month that an earlier run forecast and that has been observed since is scored, as it was forecast then: no
    method is run again. Of each run, and of each run's areas and months ahead: ``wape``, ``bias`` (shares of what
    came), ``coverage50, coverage80, coverage95`` and ``interval_score80`` (a share).
    ``months_ahead`` 0 means all.

    Args:
        past: results by run id; runs of another measure, and months not observed, are left out.

    Months that the publisher suppressed are absent in what is observed, and so from every sum here.
    """
    tables = [_scored(run_id, result, latest=latest) for run_id, result in sorted(past.items())]
    known = [table for table in tables if len(table)]
    if not known:
        return pd.DataFrame(columns=COLUMNS)
    rows = pd.concat(known, ignore_index=True)
    groupings = [
        ["run_id", "data_until"],
        ["run_id", "data_until", "area_code"],
        ["run_id", "data_until", "months_ahead"],
    ]
    summaries = [_summary(rows, keys) for keys in groupings]
    return pd.concat(summaries, ignore_index=True)[COLUMNS]


def months_against_forecast(past: Mapping[str, DemandResult], latest: DemandResult) -> pd.DataFrame:
    """The same month by month; what a chart of forecasts against what came is drawn from.

    Columns: ``run_id, data_until, area_code, month, months_ahead, observed_count, middle, low50, high50`` and so on.
    """
    tables = [_scored(run_id, result, latest=latest) for run_id, result in sorted(past.items())]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _scored(run_id: str, result: DemandResult, *, latest: DemandResult) -> pd.DataFrame:
    if result.measure != latest.measure or result.data_until >= latest.data_until:
        return pd.DataFrame()
    wide = result.forecast.assign(level=result.forecast["level"].astype(float).round(3)).pivot(
        index=["area_code", "month"], columns="level", values="forecast_count"
    )
    came = latest.observed.set_index(["area_code", "month"])["observed_count"]
    both = wide.join(came, how="inner").dropna(subset=["observed_count"])
    columns = {"middle": both[0.5]}
    for coverage in INTERVAL_COVERAGES:
        low, high = interval_ends(coverage)
        columns |= {f"low{coverage * 100:.0f}": both[low], f"high{coverage * 100:.0f}": both[high]}
    table = pd.DataFrame({"observed_count": both["observed_count"], **columns}).reset_index()
    order = {month: place for place, month in enumerate(sorted(result.forecast["month"].unique()), start=1)}
    ahead = table["month"].map(order)
    return table.assign(run_id=run_id, data_until=result.data_until, months_ahead=ahead.astype(int))


def _summary(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    table = rows.assign(
        absolute_error=(rows["middle"] - rows["observed_count"]).abs(),
        signed_error=rows["middle"] - rows["observed_count"],
        interval=interval_score(
            rows["observed_count"].to_numpy(dtype=np.float64),
            low=rows["low80"].to_numpy(dtype=np.float64),
            high=rows["high80"].to_numpy(dtype=np.float64),
            coverage=0.8,
        ),
        **{f"within{share}": _within(rows, share) for share in (50, 80, 95)},
    )
    groups = table.groupby(keys, sort=True)
    volume = groups["observed_count"].sum()
    volume = volume.where(volume > 0)
    metrics = {
        "wape": groups["absolute_error"].sum() / volume,
        "bias": groups["signed_error"].sum() / volume,
        "interval_score80": groups["interval"].sum() / volume,
    } | {f"coverage{share}": groups[f"within{share}"].mean() for share in (50, 80, 95)}
    parts = [
        values.rename("value").to_frame().assign(metric=name, months=groups.size()) for name, values in metrics.items()
    ]
    stacked = pd.concat(parts).reset_index()
    return pd.DataFrame({"area_code": ALL_AREAS, "months_ahead": 0}, index=stacked.index).assign(**stacked)


def _within(rows: pd.DataFrame, share: int) -> "pd.Series[float]":
    inside = (rows["observed_count"] >= rows[f"low{share}"]) & (rows["observed_count"] <= rows[f"high{share}"])
    return inside.astype(float)
