"""From a council's records in the store to a forecast of what comes to its front door."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import pandas as pd

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, FromRecords, forecast_demand
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.late_records import CompletionSettings, complete_series, completed_as_known
from ehforecast.demand.record_counts import EVENTS, count_days_by_engine
from ehforecast.demand.record_series import Coverage, SeriesPlan
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step
from ehforecast.errors import SettingsError, StoreError
from ehforecast.pipelines.calendars import calendar_plan
from ehforecast.pipelines.one_run import last_extract
from ehforecast.pipelines.settings import CouncilSettings, RecordsForecastConfig
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.store import Store
from ehforecast.vocabulary.coded_words import coded_words

Progress = Callable[[str], None]


def asked_of(settings: CouncilSettings) -> RecordsForecastConfig:
    """The section `forecast`. Raises `SettingsError` where there is none."""
    if settings.forecast is None:
        raise SettingsError(
            f"configuration '{settings.name}' has no section 'forecast': say what to count and forecast"
        )
    return settings.forecast


def forecast_records(
    settings: CouncilSettings, store: Store, *, methods: Sequence[Forecaster], progress: Progress
) -> DemandResult:
    """Count events as known on the day of the last extract, complete the latest periods, and forecast every level."""
    asked = asked_of(settings)
    counted = series_of_records(settings, store, progress=progress)
    chosen = ForecastSettings(asked.measure, methods, _backtest(asked), counted.calendar)
    result = forecast_demand(
        counted.series, counted.areas, settings=chosen, records=counted.records, progress=progress
    )  # fmt: skip
    return replace(result, areas=result.areas.assign(area_name=result.areas["area_name"].map(in_words)))


@dataclass(frozen=True)
class CountedRecords:
    """Series counted from records: completed for late ones, with what is needed to forecast them.

    Attributes:
        series: of every level.
        areas: codes of all of them, the whole council among them.
        records: how complete the latest periods are, and what series looked like before.
        calendar: of the configuration.
    """

    series: SeriesSet
    areas: tuple[str, ...]
    records: FromRecords
    calendar: CalendarPlan


def series_of_records(settings: CouncilSettings, store: Store, *, progress: Progress) -> CountedRecords:
    """Count events as known on the day of the last extract and complete the latest periods."""
    asked, plan = asked_of(settings), _series_plan(settings)
    calendar = calendar_plan(asked.calendar, configuration=settings.name)
    day = last_extract(store, EVENTS[asked.measure].table)
    progress(f"counting {asked.measure.replace('_', ' ')} as known on {day}")
    with store.known_by_engine(day) as known:
        counted = count_days_by_engine(known, asked.measure, keys=plan.keys)
    coverage = _coverage(settings, store, counted=counted, day=day)
    completion = CompletionSettings(nation=calendar.nation)
    found = complete_series(counted, plan, coverage=coverage, as_of=day, settings=completion)
    as_known = completed_as_known(counted, plan, coverage=coverage, settings=completion)
    return CountedRecords(found.series, tuple(found.records.hierarchy.nodes), FromRecords(found, as_known), calendar)


def in_words(code: str) -> str:
    """The name of a series for people."""
    words = coded_words(code)
    return words[:1].upper() + words[1:]


def _series_plan(settings: CouncilSettings) -> SeriesPlan:
    asked = asked_of(settings)
    known = EVENTS[asked.measure].keys
    for name, keys in {"keys": asked.keys, "levels": tuple(key for level in asked.levels for key in level)}.items():
        allowed = known if name == "keys" else asked.keys
        if unknown := [key for key in keys if key not in allowed]:
            raise SettingsError(
                f"configuration '{settings.name}', key 'forecast.{name}': {', '.join(unknown)} cannot be told apart "
                f"here; there are: {', '.join(allowed) or 'none, until keys are named'}"
            )
    return SeriesPlan(Step(asked.step), asked.keys, asked.levels)


def _backtest(asked: RecordsForecastConfig) -> BacktestSettings:
    usual = BacktestSettings.for_step(Step(asked.step))
    return replace(usual, horizon=asked.horizon) if asked.horizon else usual


def _coverage(settings: CouncilSettings, store: Store, *, counted: pd.DataFrame, day: date) -> Coverage:
    """From the first day that the configuration or the store knows of, else from the first event, to the extract."""
    asked = asked_of(settings)
    if counted.empty:
        raise StoreError(f"the store of '{settings.name}' holds no {asked.measure.replace('_', ' ')} to count")
    extracts = store.manifest().extracts_of(EVENTS[asked.measure].table)
    told = [stored.covers_from for stored in extracts if stored.covers_from]
    whole = any(stored.covers_from is None for stored in extracts)
    first = counted["happened_on"].min().date()
    if told and not whole:
        first = max(first, date.fromisoformat(min(told)))
    return Coverage(asked.covered_from or first, day, asked.not_covered)
