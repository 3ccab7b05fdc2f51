"""From the store to a recorded forecast."""

from collections.abc import Callable, Sequence

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.errors import SettingsError
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import Settings
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.store import Store
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions


def forecast(settings: Settings, places: Places, *, progress: Callable[[str], None]) -> str:
    """Forecast from what the store holds, keep result and record, and return the run's id."""
    methods = _methods(settings)
    store, areas = Store(places.store(settings)), area_register(settings)
    series = monthly_series(store.table("demand_counts"), areas, measure=settings.forecast.measure)
    plan = ForecastSettings(
        measure=settings.forecast.measure,
        forecasters=methods,
        backtest=BacktestSettings(horizon=settings.forecast.horizon_months),
    )
    result = forecast_demand(series, _wanted(settings, series, register=areas), settings=plan, progress=progress)
    record = RunRecord(
        name=settings.name,
        settings=settings.model_dump(mode="json"),
        inputs=[stored.model_dump(mode="json") for stored in store.manifest().current("demand_counts")],
        data_until=result.data_until,
        versions=current_versions(),
    )
    FolderLog(places.runs(settings)).save(record, result.facts(), frames=result.frames())
    return record.run_id


def _methods(settings: Settings) -> Sequence[Forecaster]:
    try:
        return forecasters_named(settings.forecast.forecasters)
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
