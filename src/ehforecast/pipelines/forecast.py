"""From the store to a recorded forecast."""

from collections.abc import Callable, Mapping, Sequence

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.interface import Forecaster
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.record_counts import EVENTS
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.errors import SettingsError
from ehforecast.pipelines.calendars import calendar_plan
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.earlier_runs import find_earlier_runs, with_earlier_runs
from ehforecast.pipelines.forecast_records import asked_of, forecast_records, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.store import Store, StoredExtract
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions

Progress = Callable[[str], None]


def forecast(settings: Settings | CouncilSettings, places: Places, *, progress: Progress) -> str:
    """Forecast from what the store holds, keep result and record, and return the run's id."""
    store, log = Store(places.store(settings)), FolderLog(places.runs(settings))
    if isinstance(settings, CouncilSettings):
        result = forecast_records(settings, store, methods=_methods(settings), progress=progress)
        resolved, inputs = _resolved(settings, store), _extracts_known(settings, store)
    else:
        result = _forecast_figures(settings, store, progress=progress)
        resolved, inputs = settings.model_dump(mode="json"), store.manifest().current("demand_counts")
    earlier = find_earlier_runs(result, settings=resolved, log=log, progress=progress)
    compared: list[Mapping[str, object]] = [{"earlier_runs": sorted(earlier)}] if earlier else []
    result = with_earlier_runs(result, earlier)
    record = RunRecord(
        name=settings.name,
        settings=resolved,
        inputs=[*(stored.model_dump(mode="json") for stored in inputs), *compared],
        data_until=result.data_until.split("/")[-1],  # a week is named by both its ends
        versions=current_versions(),
    )
    log.save(record, result.facts(), frames=result.frames())
    return record.run_id


def _forecast_figures(settings: Settings, store: Store, *, progress: Progress) -> DemandResult:
    methods, areas = _methods(settings), area_register(settings)
    series = monthly_series(store.table("demand_counts"), areas, measure=settings.forecast.measure)
    plan = ForecastSettings(
        measure=settings.forecast.measure,
        forecasters=methods,
        backtest=BacktestSettings(horizon=settings.forecast.horizon_months),
        calendar=calendar_plan(settings.forecast.calendar, configuration=settings.name),
    )
    return forecast_demand(series, _wanted(settings, series, register=areas), settings=plan, progress=progress)


def _resolved(settings: CouncilSettings, store: Store) -> dict[str, object]:
    """The configuration with the day of the extract that was forecast from."""
    told: dict[str, object] = settings.model_dump(mode="json")
    day = last_extract(store, EVENTS[asked_of(settings).measure].table)
    return told | {"extract_forecast_from": day.isoformat()}


def _extracts_known(settings: CouncilSettings, store: Store) -> Sequence[StoredExtract]:
    """Every extract of the table that is counted: what was known then is read from all of them."""
    return store.manifest().extracts_of(EVENTS[asked_of(settings).measure].table)


def _methods(settings: Settings | CouncilSettings) -> Sequence[Forecaster]:
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
