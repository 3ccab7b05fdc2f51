"""From the store to a recorded forecast."""

from collections.abc import Callable, Sequence

import pandas as pd

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.errors import SettingsError
from ehforecast.pipelines.calendars import calendar_plan
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.earlier_runs import find_earlier_runs, with_earlier_runs
from ehforecast.pipelines.forecast_records import asked_of, forecast_records
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.store import Store

Progress = Callable[[str], None]

FORECAST = "forecast"
"""The step's name, in the private folder of a run and in the published one."""


def forecast(settings: Settings | CouncilSettings, places: Places, *, progress: Progress) -> str:
    """Forecast from what the store holds, keep result and record, and return the run's id."""
    methods = methods_of(settings)
    store, run = Store(places.store(settings)), current_run(settings, places)
    with recorded(run):
        if isinstance(settings, CouncilSettings):
            result = forecast_records(settings, store, methods=methods, progress=progress)
        else:
            result = forecast_figures(settings, store, methods=methods, progress=progress)
        earlier = find_earlier_runs(result, settings=run.record.settings, log=run.log, progress=progress)
        result = with_earlier_runs(result, earlier)
        run.keep(FORECAST, result.facts(), frames=result.frames())
    return run.run_id


def forecast_figures(
    settings: Settings, store: Store, *, methods: Sequence[Forecaster], progress: Progress, until: str | None = None
) -> DemandResult:
    """Forecast published figures; as they stood when a month was the last known, where one is given."""
    areas = area_register(settings)
    series = monthly_series(store.table("demand_counts"), areas, measure=settings.forecast.measure)
    series = known_until(series, until, key="figures.data_until")
    plan = ForecastSettings(
        measure=settings.forecast.measure,
        forecasters=methods,
        backtest=BacktestSettings(horizon=settings.forecast.horizon_months),
        calendar=calendar_plan(settings.forecast.calendar, configuration=settings.name),
    )
    return forecast_demand(series, _wanted(settings, series, register=areas), settings=plan, progress=progress)


def known_until(series: SeriesSet, until: str | None, *, key: str) -> SeriesSet:
    """The series as they stood at a month. Raises `SettingsError` for one outside the data."""
    if until is None:
        return series
    month = pd.Period(until, freq="M")
    if month > series.last_period or month not in series.periods:
        raise SettingsError(
            f"key '{key}': the data run from {series.periods[0]} to {series.last_period}; {until} is outside"
        )
    return series.known_until(month)


def methods_of(settings: Settings | CouncilSettings) -> Sequence[Forecaster]:
    """The methods that a configuration names. Raises `SettingsError`."""
    asked = asked_of(settings) if isinstance(settings, CouncilSettings) else settings.forecast
    try:
        return forecasters_named(asked.forecasters)
    except SettingsError as error:
        raise SettingsError(f"configuration '{settings.name}', key 'forecast.forecasters': {error}") from None


def _wanted(settings: Settings, series: SeriesSet, *, register: AreaRegister) -> Sequence[str]:
    """Codes of the areas asked for, in the order asked, each once."""
    if settings.areas == "all":
        return list(series.counts.columns)
    found = {name: register.find(name) for name in settings.areas}
    codes = {name: area.code for name, area in found.items() if area and area.code in series.counts}
    unknown = [name for name in settings.areas if name not in codes]
    if unknown:
        raise SettingsError(
            f"configuration '{settings.name}', key 'areas': no series for {', '.join(unknown)}; "
            "use the name or code of a council, region or country in the data"
        )
    return list(dict.fromkeys(codes.values()))
