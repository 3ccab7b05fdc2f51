"""What changed since the forecast before, and why."""

import numpy as np
import pandas as pd

from ehforecast.demand.contributions import SHAPE_PARTS
from ehforecast.demand.explanation import shares_of_change
from ehforecast.demand.forecasters.interface import Array
from ehforecast.demand.results import DemandResult
from ehforecast.errors import ForecastError

SMALLEST_MIDDLE = 0.05
"""Middle below which a forecast has no logarithm worth splitting."""

COLUMNS = [
    "area_code", "month", "earlier_count", "observed_count", "latest_count", "change",
    "new_data", "level", "calendar", "rest",
]  # fmt: skip


def forecast_changes(earlier: DemandResult, latest: DemandResult) -> pd.DataFrame:
    """The `changes` frame of `DemandResult`: the two forecasts' middles for the months that both speak of.

    Months that have come since have what was observed, and no change. For the others the change is split, exactly:

    * ``level``: the level at the time of the earlier forecast, as each forecast sees it: late records, corrections;
    * ``new_data``: what the months since have moved level and trend by;
    * ``calendar``: season, calendar and events;
    * ``rest``: what neither forecast's parts explain, a change of method above all.

    Raises `ForecastError` where the two do not forecast the same thing, or the earlier one is not earlier.
    """
    _check_comparable(earlier, latest)
    both = _middles(earlier).to_frame("earlier_count").join(_middles(latest).rename("latest_count"), how="left")
    came = latest.observed.set_index(["area_code", "month"])["observed_count"]
    table = both.join(came, how="left")
    table = table[table["latest_count"].notna() | table.index.get_level_values("month").isin(_months(latest))]
    table["change"] = table["latest_count"] - table["earlier_count"]
    return table.join(_split(earlier, latest, table=table)).reset_index()[COLUMNS]


def _check_comparable(earlier: DemandResult, latest: DemandResult) -> None:
    if earlier.measure != latest.measure:
        raise ForecastError(f"a forecast of {earlier.measure} cannot be compared with one of {latest.measure}")
    if not earlier.data_until < latest.data_until:
        raise ForecastError(
            f"the forecast to compare with ends its data in {earlier.data_until}, not before {latest.data_until}"
        )


def _middles(result: DemandResult) -> "pd.Series[float]":
    rows = result.forecast[np.isclose(result.forecast["level"].astype(float), 0.5)]
    return rows.set_index(["area_code", "month"])["forecast_count"].astype(float)


def _months(result: DemandResult) -> set[str]:
    return {str(month) for month in result.observed["month"]}


def _split(earlier: DemandResult, latest: DemandResult, *, table: pd.DataFrame) -> pd.DataFrame:
    if earlier.explanation.empty or latest.explanation.empty:
        return pd.DataFrame(np.nan, index=table.index, columns=COLUMNS[-4:])
    old, new = _parts(earlier), _parts(latest)
    common = table.index[table["change"].notna()].intersection(old.index).intersection(new.index)
    gap = new.loc[common] - old.loc[common]
    level_then = _level_then(latest, earlier) - _level_then(earlier, earlier)
    level = level_then.reindex(common.get_level_values("area_code")).to_numpy(dtype=float)
    level = np.where(np.isnan(level), 0.0, level)
    parts = {
        "new_data": (gap["level"] + gap["trend"]).to_numpy() - level,
        "level": level,
        "calendar": gap[list(SHAPE_PARTS)].sum(axis=1).to_numpy(),
    }
    before, after = (_clipped(table.loc[common, column]) for column in ("earlier_count", "latest_count"))
    parts["rest"] = np.log(after) - np.log(before) - sum(parts.values())
    return pd.DataFrame(shares_of_change(parts, before=before, after=after), index=common)


def _parts(result: DemandResult) -> pd.DataFrame:
    return result.explanation.pivot(index=["area_code", "month"], columns="part", values="log_effect")


def _level_then(result: DemandResult, earlier: DemandResult) -> "pd.Series[float]":
    """Each area's level, in logs, at the last month the earlier forecast knew."""
    rows = result.explanation
    rows = rows[(rows["part"] == "level") & (rows["month"] == earlier.data_until)]
    return rows.set_index("area_code")["log_effect"]


def _clipped(counts: "pd.Series[float]") -> Array:
    return np.maximum(counts.to_numpy(dtype=np.float64), SMALLEST_MIDDLE)
