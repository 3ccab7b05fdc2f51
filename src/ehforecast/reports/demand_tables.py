"""The tables of a demand report as CSV, and the metadata that explains them."""

import hashlib
import json
from collections.abc import Mapping

from ehforecast import __version__
from ehforecast.advisory import Advice
from ehforecast.advisory.disclosure import ABSENCE_MEANINGS
from ehforecast.advisory.evidence import REQUIRED_COLUMNS
from ehforecast.advisory.reading import area_rows, forecast_tables, label_of
from ehforecast.advisory.statement import ADVISORY_STATEMENT, NEVER_USE_FOR
from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.reports.safe_csv import csv_bytes
from ehforecast.vocabulary.absence import AbsenceReason

FORECAST_COLUMNS = {
    0.5: "forecast_middle",
    0.25: "range_50_low",
    0.75: "range_50_high",
    0.1: "range_80_low",
    0.9: "range_80_high",
    0.025: "range_95_low",
    0.975: "range_95_high",
}
"""Column of each published quantile level, in printed order."""

COLUMN_MEANINGS = {
    "area_code": "official code; in accuracy.csv 'all' means areas tested together: councils, where there are any",
    "area_name": "name of the area",
    "month": "calendar month, ISO 8601",
    "forecast_middle": "the middle of the forecast: as likely to be passed as not (count)",
    "range_50_low": "low end of the range that should hold the count in 50 of 100 months (count)",
    "range_50_high": "high end of that range (count)",
    "range_80_low": "low end of the range that should hold the count in 80 of 100 months (count)",
    "range_80_high": "high end of that range (count)",
    "range_95_low": "low end of the range that should hold the count in 95 of 100 months (count)",
    "range_95_high": "high end of that range (count)",
    "observed_count": "what was counted, or a mark where the publisher gives no figure: see absent_marks",
    "absent_because": "why there is no figure, else empty",
    "stage": "choice: earlier forecasts, used to choose the method; report: later ones, used to test it",
    "forecaster": "method: see methods",
    "metric": "wape: sum of misses over sum of counts; mase: mean miss over that of the same month last year, before "
    "the forecast; wql: weighted quantile loss; coverage50, coverage80, coverage95: share of months inside that range",
    "value": "value of the metric, a share or a ratio; [z] where it cannot be calculated",
    "months": "forecast months scored",
    "origins": "dates forecasts were made from",
    "first_origin": "last month known at the first such date, ISO 8601",
    "last_origin": "last month known at the last such date, ISO 8601",
    "area_level": "country, region, sub_region or council",
    "rounded_to": "unit that counts of the area are published in",
    "refusal": "why there is no forecast, else empty",
    "note": "what to know about the area's figures, else empty",
}


def demand_tables(advice: Advice) -> dict[str, bytes]:
    """Every table of the report by file name, and `metadata.json`, which tells how each file must hash."""
    result = advice.result
    tables = {
        "forecast.csv": _forecast(result),
        "observed.csv": _observed(result),
        "accuracy.csv": _accuracy(result),
        "areas.csv": _areas(result),
    }
    return tables | {"metadata.json": _metadata(advice, tables)}


def _names(result: DemandResult) -> dict[str, str]:
    return {ALL_AREAS: "Areas tested together"} | {area.code: area.name for area in area_rows(result)}


def _forecast(result: DemandResult) -> bytes:
    tables, columns = forecast_tables(result), ["area_code", "area_name", "month", *FORECAST_COLUMNS.values()]
    rows = [
        [area.code, area.name, month, *counts]
        for area in area_rows(result)
        if not area.refusal
        for month, counts in tables[area.code][list(FORECAST_COLUMNS)].iterrows()
    ]
    return csv_bytes(columns, rows)


def _observed(result: DemandResult) -> bytes:
    names = _names(result)
    table = result.observed.sort_values(["area_code", "month"])[REQUIRED_COLUMNS["observed"]]
    rows = [
        [code, names[code], month, AbsenceReason(reason).shorthand if reason else count, reason]
        for code, month, count, reason in table.itertuples(index=False, name=None)
    ]
    return csv_bytes(["area_code", "area_name", "month", "observed_count", "absent_because"], rows)


def _accuracy(result: DemandResult) -> bytes:
    names, columns = _names(result), REQUIRED_COLUMNS["accuracy"]
    table = result.accuracy[columns].astype({"value": object}).fillna({"value": AbsenceReason.NOT_APPLICABLE.shorthand})
    rows = [[code, names[code], *rest] for code, *rest in table.itertuples(index=False, name=None)]
    return csv_bytes(["area_code", "area_name", *columns[1:]], rows)


def _areas(result: DemandResult) -> bytes:
    columns = REQUIRED_COLUMNS["areas"]
    return csv_bytes(columns, result.areas[columns].itertuples(index=False, name=None))


def _metadata(advice: Advice, tables: Mapping[str, bytes]) -> bytes:
    result = advice.result
    facts = {
        "statement": ADVISORY_STATEMENT,
        "never_to_be_used": list(NEVER_USE_FOR),
        "purpose": advice.purpose,
        "measure": result.measure,
        "data_until": result.data_until,
        "horizon_months": result.horizon,
        "data_source": advice.data_source,
        "run_id": advice.run_id,
        "ehforecast_version": __version__,
        "methods": label_of(result),
        "absent_marks": {reason.value: f"{reason.shorthand} {meaning}" for reason, meaning in ABSENCE_MEANINGS.items()},
        "text_rule": "text that a spreadsheet could take for a formula starts with an apostrophe",
        "files": {name: _file_facts(data) for name, data in tables.items()},
    }
    return (json.dumps(facts, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _file_facts(data: bytes) -> dict[str, object]:
    columns = data.decode("utf-8").splitlines()[0].split(",")
    return {"sha256": hashlib.sha256(data).hexdigest(), "columns": {name: COLUMN_MEANINGS[name] for name in columns}}
