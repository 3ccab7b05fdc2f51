"""The evidence a forecast of demand must carry before anybody may be advised by it."""

import re
from collections.abc import Iterator

import pandas as pd

from ehforecast.advisory.demand_protection import (
    hidden_lately,
    is_counted_from_records,
    is_known_area,
    repeated_months,
    unprotected,
)
from ehforecast.advisory.reading import (
    AreaRow,
    area_rows,
    find_past_performance,
    forecast_tables,
    horizon_months,
    label_of,
)
from ehforecast.demand.results import ALL_AREAS, SEASONAL_NAIVE, DemandResult
from ehforecast.errors import ReleaseRefused
from ehforecast.vocabulary.absence import AbsenceReason

REQUIRED_COLUMNS = {
    "areas": ["area_code", "area_name", "area_level", "rounded_to", "forecaster", "refusal", "note"],
    "observed": ["area_code", "month", "observed_count", "absent_because"],
    "forecast": ["area_code", "month", "level", "forecast_count"],
    "accuracy": [
        "area_code",
        "stage",
        "forecaster",
        "metric",
        "value",
        "months",
        "origins",
        "first_origin",
        "last_origin",
    ],
    "forecasters": ["forecaster", "label", "is_published", "choice_loss"],
}
"""By table of a `DemandResult`."""

LIFE_MONTHS = 6
"""How long a forecast may be used after the last month it rests on: half a year of newer data says more."""


def use_until(data_until: str) -> str:
    """The last month in which a forecast may still be used, by the last month or day of its data.

    >>> use_until("2022-03"), use_until("2024-09-30")
    ('2022-09', '2025-03')
    """
    months = int(data_until[:4]) * 12 + int(data_until[5:7]) - 1 + LIFE_MONTHS
    return f"{months // 12}-{months % 12 + 1:02}"


def check_within_life(data_until: str, *, at_hand: str) -> None:
    """Raise `ReleaseRefused` where newer data are at hand than a forecast lives for; both are months or days."""
    if at_hand[:7] > use_until(data_until):
        old = f"this one rests on data up to {data_until}, and data up to {at_hand} are at hand. Forecast again"
        raise ReleaseRefused([f"a forecast within its life of {LIFE_MONTHS} months: {old}"])


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

    Without its columns and dates a result cannot be judged further, so areas are looked at only if those are there.
    """
    found = [] if result.measure.strip() else ["the measure: what is counted"]
    unreadable = [*_missing_dates(result), *missing_columns(result)]
    return found + (unreadable or [
        *_missing_areas(result), *_missing_reasons(result), *_missing_protection(result), *_missing_by_area(result)
    ])  # fmt: skip


def _missing_dates(result: DemandResult) -> Iterator[str]:
    if re.fullmatch(r"\d{4}-\d\d-\d\d(/\d{4}-\d\d-\d\d)?", result.data_until):
        yield "a step of a month: forecasts by day, week or four weeks are kept with their run, but not reported yet"
    elif not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", result.data_until):
        yield "the data date: the last month with data, as year and month"
    if result.horizon < 1:
        yield "a horizon of at least one month"


def _missing_areas(result: DemandResult) -> Iterator[str]:
    listed = {*result.areas["area_code"]}
    if listed == set():
        yield "at least one area"
    for name, allowed in {"observed": listed, "forecast": listed, "accuracy": {*listed, ALL_AREAS}}.items():
        if unlisted := len({*getattr(result, name)["area_code"]} - allowed):
            yield f"a row in table 'areas' for {unlisted} areas of table '{name}'"
    if repeated := int(result.areas["area_code"].duplicated().sum()):
        yield f"one row for each area in table 'areas': {repeated} are repeated"


def _missing_reasons(result: DemandResult) -> Iterator[str]:
    """An absent figure has a reason and no count; a figure that is there has a count and no reason."""
    reasons = result.observed["absent_because"]
    has_count, has_reason = result.observed["observed_count"].notna(), reasons != ""
    if unexplained := int((~has_count & ~has_reason).sum()):
        yield f"the reason why {unexplained} observed months have no count"
    if unknown := int((has_reason & ~reasons.isin([*AbsenceReason])).sum()):
        yield f"a known reason why {unknown} observed months have no count"
    if exposed := int((has_count & has_reason).sum()):
        yield f"protection of {exposed} observed months that are marked absent and still carry a count"


def _missing_protection(result: DemandResult) -> Iterator[str]:
    """Counts from records are small or hidden nowhere but here; a total beside a hidden month would give it away."""
    if not result.tested.empty:
        yield "past forecasts without their counts: those are private, month by month"
    if is_counted_from_records(result):
        yield from unprotected(result)
        if repeated := repeated_months(result):
            yield f"protection of the hidden months that the forecasts of {len(repeated)} series repeat"
    if result.totals.empty:
        return
    hidden = hidden_lately(result.observed, result.horizon)
    told = result.totals[result.totals["area_code"].isin(hidden) & result.totals["total_before"].notna()]
    if number := told["area_code"].nunique():
        yield f"protection of the totals before of {number} areas with hidden months"


def _missing_by_area(result: DemandResult) -> Iterator[str]:
    if repeated := int(result.forecast.duplicated(["area_code", "month", "level"]).sum()):
        yield f"one forecast count for each area, month and level: {repeated} are repeated"
    forecasts, from_records = forecast_tables(result), is_counted_from_records(result)
    for area in area_rows(result):
        found = [*_missing_of_area(area, from_records=from_records)]
        if area.code in forecasts:
            counts = forecasts[area.code]
            found += [*_missing_of_forecast(result, area), *_missing_months(result, counts), *_missing_ranges(counts)]
        elif not area.refusal:
            found.append("a forecast, or the reason why there is none")
        yield from (f"{area.name or area.code}: {one}" for one in found)


def _missing_of_area(area: AreaRow, *, from_records: bool) -> Iterator[str]:
    if not area.name.strip():
        yield "its name"
    if not is_known_area(area.code, area.level, from_records=from_records):
        yield "which kind of area it is"
    if not area.rounded_to >= 1:
        yield "the unit its counts are rounded to"


def _missing_of_forecast(result: DemandResult, area: AreaRow) -> Iterator[str]:
    if area.refusal:
        yield "one answer: it has a forecast and a reason why there is none"
    if not label_of(result).get(area.forecaster, "").strip():
        yield "the method that made its forecast, with a label in plain words"
    asked = "average miss and how often each range held, in months not used to choose the method"
    own = find_past_performance(result, area.code, forecaster=area.forecaster)
    naive = find_past_performance(result, area.code, forecaster=SEASONAL_NAIVE)
    if own is None:
        yield f"past accuracy of its method: {asked}"
    if naive is None:
        yield f"past accuracy of the same month last year, to compare with: {asked}"
    if own and naive and (own.months, own.is_pooled) != (naive.months, naive.is_pooled):
        yield "a comparison with the same month last year over the same months and areas"


def _missing_months(result: DemandResult, counts: pd.DataFrame) -> Iterator[str]:
    """What one area's forecast lacks in time; `counts` has a row for each month, a column for each published level."""
    promised = horizon_months(result)
    if absent := len({*promised} - {*counts.index}):
        yield f"a forecast for {absent} of the {result.horizon} months ahead"
    if extra := len({*counts.index} - {*promised}):
        yield f"a place in the horizon for {extra} forecast months outside it"


def _missing_ranges(counts: pd.DataFrame) -> Iterator[str]:
    if incomplete := int(counts.isna().any(axis=1).sum()):
        yield f"the middle and both ends of the 50, 80 and 95 per cent ranges in {incomplete} months"
    if negative := int((counts < 0).any(axis=1).sum()):
        yield f"counts of 0 or more in {negative} months"
    if disordered := int((counts.diff(axis=1) < 0).any(axis=1).sum()):
        yield f"ranges in order, each inside the wider one, in {disordered} months"
