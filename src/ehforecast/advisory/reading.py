"""How a result of demand is read: its areas, its published forecast, and how well such forecasts did before.

The door and the reports read alike, so that what was checked is what is shown.
"""

from dataclasses import dataclass

import pandas as pd

from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES, DemandResult, interval_ends
from ehforecast.errors import ReleaseRefused

REQUIRED_METRICS = ("wape", "coverage50", "coverage80", "coverage95")


@dataclass(frozen=True)
class AreaRow:
    """One row of a result's table of areas."""

    code: str
    name: str
    level: str
    rounded_to: int
    forecaster: str
    refusal: str
    note: str


def area_rows(result: DemandResult) -> list[AreaRow]:
    """The areas of a result, in its order."""
    columns = ["area_code", "area_name", "area_level", "rounded_to", "forecaster", "refusal", "note"]
    return [AreaRow(*row) for row in result.areas[columns].itertuples(index=False, name=None)]


def label_of(result: DemandResult) -> dict[str, str]:
    """Plain words for each method tried."""
    return dict(zip(result.forecasters["forecaster"], result.forecasters["label"], strict=True))


def published_levels() -> list[float]:
    """The quantile levels every forecast month must have: the middle and both ends of each range, lowest first."""
    return sorted({0.5, *(end for coverage in INTERVAL_COVERAGES for end in interval_ends(coverage))})


def horizon_months(result: DemandResult) -> list[str]:
    """The months a result promises to forecast.

    >>> empty = pd.DataFrame()
    >>> horizon_months(DemandResult("referrals", "2021-11", 3, empty, empty, empty, empty, empty))
    ['2021-12', '2022-01', '2022-02']
    """
    first = pd.Period(result.data_until, freq="M") + 1
    return [str(month) for month in pd.period_range(first, periods=result.horizon, freq="M")]


def forecast_tables(result: DemandResult) -> dict[str, pd.DataFrame]:
    """By area code, the forecast counts with a row for each month and a column for each published level."""
    rows = result.forecast.assign(level=result.forecast["level"].astype(float).round(3))
    rows = rows[rows["level"].isin(published_levels())].drop_duplicates(["area_code", "month", "level"])
    return {
        str(code): part.pivot(index="month", columns="level", values="forecast_count").reindex(
            columns=published_levels()
        )
        for code, part in rows.groupby("area_code")
    }


@dataclass(frozen=True)
class PastPerformance:
    """How one method did on months it had not seen. Shares, not per cent.

    Attributes:
        wape: size of the average miss as a share of the average count.
        coverages: by nominal coverage, the share of months in which that range held what came.
        months: forecast months scored.
        origins: dates that forecasts were made from, `first_origin` to `last_origin` (months).
        is_pooled: scored over areas together, because this area alone was not scored.
    """

    forecaster: str
    wape: float
    coverages: dict[float, float]
    months: int
    origins: int
    first_origin: str
    last_origin: str
    is_pooled: bool


def find_past_performance(result: DemandResult, area_code: str, *, forecaster: str) -> PastPerformance | None:
    """How a method did on the report stage for this area, else for areas together; nothing if neither was scored."""
    accuracy = result.accuracy
    scored = accuracy[(accuracy["stage"] == "report") & (accuracy["forecaster"] == forecaster)]
    for scope in (area_code, ALL_AREAS):
        rows = scored[scored["area_code"] == scope].set_index("metric")
        if {*REQUIRED_METRICS} <= {*rows.index[rows["value"].notna()]}:
            return _performance(rows, forecaster, is_pooled=scope == ALL_AREAS)
    return None


def past_performance(result: DemandResult, area_code: str, *, forecaster: str) -> PastPerformance:
    """The same for a method that must have been scored."""
    found = find_past_performance(result, area_code, forecaster=forecaster)
    if found is None:
        raise ReleaseRefused([f"past accuracy of method '{forecaster}'"])
    return found


def _performance(rows: pd.DataFrame, forecaster: str, *, is_pooled: bool) -> PastPerformance:
    value = rows["value"].astype(float)
    return PastPerformance(
        forecaster=forecaster,
        wape=value["wape"],
        coverages={coverage: value[f"coverage{coverage * 100:.0f}"] for coverage in INTERVAL_COVERAGES},
        months=rows["months"].astype(int)["coverage80"],
        origins=rows["origins"].astype(int)["coverage80"],
        first_origin=rows["first_origin"].astype(str)["coverage80"],
        last_origin=rows["last_origin"].astype(str)["coverage80"],
        is_pooled=is_pooled,
    )
