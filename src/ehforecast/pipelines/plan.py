"""From the store to a plan: forecast what comes, work out what it takes, and write the planner's page."""

from collections.abc import Callable
from pathlib import Path

from ehforecast.advisory.ledger import Earlier
from ehforecast.advisory.plan_advice import release_plan
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.make import make_plan
from ehforecast.demand.plan.paths import forecast_paths, stated_paths
from ehforecast.demand.plan_results import PlanResult
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.errors import SettingsError
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.forecast import known_until
from ehforecast.pipelines.official_rates import official_rates
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan_inputs import Ground, months_after, plan_inputs, work_settings
from ehforecast.pipelines.plan_records import plan_of_records
from ehforecast.pipelines.plan_settings import PlanConfig, RecordsPlanConfig
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reports.plan_page import write_plan_report
from ehforecast.store import Store

PLAN = "plan"
"""The step's name, in the private folder of a run and in the published one."""


def plan(settings: Settings | CouncilSettings, places: Places, *, progress: Callable[[str], None]) -> Path:
    """Make a plan from what the store holds, keep it, and write its page; returns the page."""
    config, run = _section(settings), current_run(settings, places)
    way = way_out(run)
    safe = SafeCounts(Earlier(way.ledger.read()), run.run_id)
    with recorded(run):
        result = made_plan(settings, places, progress=progress, safe=safe)
        run.keep(PLAN, result.facts(), frames=result.frames())
        advice = release_plan(
            result,
            purpose=settings.purpose,
            reader=config.reader,
            run_id=run.run_id,
            data_source=source_of(run.log.record_of(run.run_id)),
        )
        return way.publish(PLAN, lambda folder: write_plan_report(advice, folder), counted=safe.counted)


def made_plan(
    settings: Settings | CouncilSettings,
    places: Places,
    *,
    progress: Callable[[str], None],
    safe: SafeCounts | None = None,
) -> PlanResult:
    """The plan that a configuration asks for. Raises `SettingsError` naming configuration and key.

    Counts from records in it are as ``safe`` may show them.
    """
    _section(settings)
    try:
        return _result(settings, places, progress=progress, safe=safe or SafeCounts())
    except SettingsError as error:
        raise SettingsError(_named(settings.name, str(error))) from None


def _section(settings: Settings | CouncilSettings) -> PlanConfig | RecordsPlanConfig:
    if settings.plan is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'plan'; see configs/walsall_plan.yaml")
    return settings.plan


def _result(
    settings: Settings | CouncilSettings, places: Places, *, progress: Callable[[str], None], safe: SafeCounts
) -> PlanResult:
    if isinstance(settings, CouncilSettings):
        return plan_of_records(settings, places, progress=progress, safe=safe)
    assert settings.plan is not None, "checked by the caller"  # noqa: S101 - narrows the type
    return plan_result(settings, settings.plan, store=Store(places.store(settings)), progress=progress)


def _named(configuration: str, words: str) -> str:
    return words if words.startswith("configuration") else f"configuration '{configuration}', {words}"


def plan_result(settings: Settings, config: PlanConfig, *, store: Store, progress: Callable[[str], None]) -> PlanResult:
    """The plan itself. Settings are checked before anything long is worked out."""
    work_settings(config)
    register = area_register(settings)
    series = monthly_series(store.table("demand_counts"), register, measure=settings.forecast.measure)
    found = register.find(config.area)
    if found is None or (config.per_month is None and found.code not in series.counts):
        raise SettingsError(f"key 'plan.area': no series for {config.area}; use a council's name or code in the data")
    series = known_until(series, config.data_until, key="plan.data_until")
    data_until = config.data_until or str(series.last_period)
    counted = (
        _forecast(settings, series, code=found.code, progress=progress)
        if config.per_month is None
        else stated_paths(
            config.per_month.assumption("plan.per_month"),
            months_after(data_until, settings.forecast.horizon_months),
            number=config.futures,
            seed=config.seed,
        )
    )
    official = official_rates(store.table("indicators"), register, until=data_until) if config.indicators else {}
    ground = Ground(found.name, found.code, data_until, counted, official)
    return make_plan(plan_inputs(config, ground), progress=progress)


def _forecast(settings: Settings, series: SeriesSet, *, code: str, progress: Callable[[str], None]) -> Volume:
    config = settings.plan
    method = ForecastSettings(
        measure=settings.forecast.measure,
        forecasters=forecasters_named(settings.forecast.forecasters),
        backtest=BacktestSettings(horizon=settings.forecast.horizon_months),
    )
    result = forecast_demand(series, [code], settings=method, progress=progress)
    return forecast_paths(result, code, number=config.futures if config else 300, seed=config.seed if config else 1)
