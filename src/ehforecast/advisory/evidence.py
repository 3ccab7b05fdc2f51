"""The evidence a forecast of demand must carry before anybody may be advised by it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ehforecast.demand.results import ALL_AREAS, INTERVAL_COVERAGES, DemandResult

SEASONAL_NAIVE = "seasonal_naive"
"""The simple method everything is compared with: the same month of the year before."""

REQUIRED_METRICS = ("wape", "coverage50", "coverage80", "coverage95")

REQUIRED_COLUMNS = {
    "areas": ("area_code", "area_name", "area_level", "rounded_to", "forecaster", "refusal", "note"),
    "observed": ("area_code", "month", "observed_count", "absent_because"),
    "forecast": ("area_code", "month", "level", "forecast_count"),
    "accuracy": (
        "area_code",
        "stage",
        "forecaster",
        "metric",
        "value",
        "months",
        "origins",
        "first_origin",
        "last_origin",
    ),
    "forecasters": ("forecaster", "label", "is_published"),
}


@dataclass(frozen=True)
class PastPerformance:
    """How one method did on months it had not seen. Shares, not per cent.

    Attributes:
        wape: size of the average miss as a share of the average count.
        coverages: by nominal coverage, the share of months in which that range held what came.
        months: forecast months scored.
        origins: dates that forecasts were made from, `first_origin` to `last_origin` (months).
        is_pooled: scored over all areas together, because this area alone was not scored.
    """

    forecaster: str
    wape: float
    coverages: dict[float, float]
    months: int
    origins: int
    first_origin: str
    last_origin: str
    is_pooled: bool


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
    table = result.areas[list(REQUIRED_COLUMNS["areas"])]
    return [AreaRow(*row) for row in table.itertuples(index=False, name=None)]


def label_of(result: DemandResult) -> dict[str, str]:
    """Plain words for each method tried."""
    return dict(zip(result.forecasters["forecaster"], result.forecasters["label"], strict=True))


def interval_ends(coverage: float) -> tuple[float, float]:
    """The two quantile levels between which a range of that coverage lies.

    >>> interval_ends(0.8)
    (0.1, 0.9)
    """
    tail = round((1 - coverage) / 2, 3)
    return tail, round(1 - tail, 3)


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


def forecast_table(result: DemandResult) -> pd.DataFrame:
    """Forecast counts with a row for each area and month and a column for each published level."""
    rows = result.forecast.assign(level=result.forecast["level"].astype(float).round(3))
    rows = rows[rows["level"].isin(published_levels())].drop_duplicates(["area_code", "month", "level"])
    counts = rows.set_index(["area_code", "month", "level"])["forecast_count"].astype(float)
    return counts.unstack("level").reindex(columns=published_levels()).sort_index()


def past_performance(result: DemandResult, area_code: str, forecaster: str) -> PastPerformance | None:
    """How a method did on the report stage for this area, else over all areas; nothing if neither was fully scored."""
    accuracy = result.accuracy
    scored = accuracy[(accuracy["stage"] == "report") & (accuracy["forecaster"] == forecaster)]
    for scope in (area_code, ALL_AREAS):
        rows = scored[scored["area_code"] == scope].set_index("metric")
        if set(REQUIRED_METRICS) <= set(rows.index[rows["value"].notna()]):
            return _performance(rows, forecaster, is_pooled=scope == ALL_AREAS)
    return None


def _performance(rows: pd.DataFrame, forecaster: str, *, is_pooled: bool) -> PastPerformance:
    value, held = rows["value"], rows.loc["coverage80"]
    return PastPerformance(
        forecaster=forecaster,
        wape=float(value["wape"]),
        coverages={coverage: float(value[f"coverage{coverage * 100:.0f}"]) for coverage in INTERVAL_COVERAGES},
        months=int(held["months"]),
        origins=int(held["origins"]),
        first_origin=str(held["first_origin"]),
        last_origin=str(held["last_origin"]),
        is_pooled=is_pooled,
    )


def missing_columns(result: DemandResult) -> list[str]:
    """Columns without which nothing else can be judged."""
    return [
        f"column '{column}' of table '{table}'"
        for table, columns in REQUIRED_COLUMNS.items()
        for column in columns
        if column not in getattr(result, table).columns
    ]


def missing_evidence(result: DemandResult) -> list[str]:
    """Everything a result lacks before it may become advice, in words; empty if nothing.

    Without its columns and dates a result cannot be judged further, so the areas are looked at only if those are there.
    """
    found = [] if result.measure.strip() else ["the measure: what is counted"]
    unreadable = [*_missing_dates(result), *missing_columns(result)]
    return found + (unreadable or [*_missing_reasons(result), *_missing_by_area(result)])


def _missing_dates(result: DemandResult) -> Iterator[str]:
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", result.data_until):
        yield "the data date: the last month with data, as year and month"
    if result.horizon < 1:
        yield "a horizon of at least one month"


def _missing_reasons(result: DemandResult) -> Iterator[str]:
    """An absent figure has a reason and no count; a figure that is there has a count and no reason."""
    has_count, has_reason = result.observed["observed_count"].notna(), result.observed["absent_because"] != ""
    if unexplained := int((~has_count & ~has_reason).sum()):
        yield f"the reason why {unexplained} observed months have no count"
    if exposed := int((has_count & has_reason).sum()):
        yield f"protection of {exposed} observed months that are marked absent and still carry a count"


def _missing_by_area(result: DemandResult) -> Iterator[str]:
    if repeated := int(result.forecast.duplicated(["area_code", "month", "level"]).sum()):
        yield f"one forecast count for each area, month and level: {repeated} are repeated"
    forecasts = forecast_table(result)
    with_forecast = set(forecasts.index.get_level_values("area_code"))
    if unlisted := len(with_forecast - set(result.areas["area_code"])):
        yield f"a row in table 'areas' for {unlisted} areas that have a forecast"
    for area in area_rows(result):
        if area.code in with_forecast:
            found = [*_missing_of_area(result, area), *_missing_of_counts(result, forecasts.loc[area.code])]
            yield from (f"{area.name}: {one}" for one in found)
        elif not area.refusal:
            yield f"{area.name}: a forecast, or the reason why there is none"


def _missing_of_counts(result: DemandResult, counts: pd.DataFrame) -> Iterator[str]:
    """What one area's forecast lacks; `counts` has a row for each month and a column for each published level."""
    promised = horizon_months(result)
    if absent := len(set(promised) - set(counts.index)):
        yield f"a forecast for {absent} of the {result.horizon} months ahead"
    if extra := len(set(counts.index) - set(promised)):
        yield f"a place in the horizon for {extra} forecast months outside it"
    if incomplete := int(counts.isna().any(axis=1).sum()):
        yield f"the middle and both ends of the 50, 80 and 95 per cent ranges in {incomplete} months"
    if int((counts < 0).any(axis=1).sum()):
        yield "ranges of 0 or more"
    if int((counts.diff(axis=1) < 0).any(axis=1).sum()):
        yield "ranges in order, each inside the wider one"


def _missing_of_area(result: DemandResult, area: AreaRow) -> Iterator[str]:
    if area.refusal:
        yield "one answer: it has a forecast and a reason why there is none"
    if area.rounded_to < 1:
        yield "the unit its counts are rounded to"
    if not label_of(result).get(area.forecaster):
        yield "the method that made its forecast, with a label in plain words"
    yield from _missing_accuracy(result, area)


def _missing_accuracy(result: DemandResult, area: AreaRow) -> Iterator[str]:
    asked = "average miss and how often each range held, in months not used to choose the method"
    own = past_performance(result, area.code, area.forecaster)
    naive = past_performance(result, area.code, SEASONAL_NAIVE)
    if own is None:
        yield f"past accuracy of its method: {asked}"
    if naive is None:
        yield f"past accuracy of the same month last year, to compare with: {asked}"
    if own and naive and (own.months, own.is_pooled) != (naive.months, naive.is_pooled):
        yield "a comparison with the same month last year over the same months and areas"
