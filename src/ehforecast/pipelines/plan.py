"""From the store to a plan: forecast what comes, work out what it takes, and write the planner's page."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from ehforecast.advisory.plan_advice import release_plan
from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.make import make_plan
from ehforecast.demand.plan.paths import forecast_paths, stated_paths
from ehforecast.demand.plan.watched import OfficialRates
from ehforecast.demand.plan.yearly_rates import yearly_rates
from ehforecast.demand.plan_results import PlanResult
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.errors import SettingsError
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan_inputs import Ground, months_after, plan_inputs, work_settings
from ehforecast.pipelines.plan_settings import PlanConfig
from ehforecast.pipelines.settings import Settings
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.reports.plan_page import write_plan_report
from ehforecast.store import Store

OFFICIAL_RATES: Mapping[str, tuple[str, str]] = {
    "re_referrals_share": (
        "referrals to children's social care within 12 months of an earlier one, of all referrals, as the DfE has it",
        "referrals",
    ),
    "no_further_action_share": (
        "referrals to children's social care that lead to no further action, of all referrals, as the DfE has it",
        "referrals",
    ),
}
"""Official rates that targets can rest on: what each counts over what, and the count it is a share of."""

PLAN = "plan"
"""The step's name, in the private folder of a run and in the published one."""


def plan(settings: Settings, places: Places, *, progress: Callable[[str], None]) -> Path:
    """Make a plan from what the store holds, keep it, and write its page; returns the page."""
    config = settings.plan
    if config is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'plan'; see configs/walsall_plan.yaml")
    try:
        result = plan_result(settings, config, store=Store(places.store(settings)), progress=progress)
    except SettingsError as error:
        raise SettingsError(f"configuration '{settings.name}', {error}") from None
    run = current_run(settings, places)
    run.keep(PLAN, result.facts(), frames=result.frames())
    advice = release_plan(
        result, purpose=settings.purpose, reader=config.reader, run_id=run.run_id, data_source=settings.data.source
    )
    page = write_plan_report(advice, run.report(PLAN))
    run.write_index()
    return page


def plan_result(settings: Settings, config: PlanConfig, *, store: Store, progress: Callable[[str], None]) -> PlanResult:
    """The plan itself. Settings are checked before anything long is worked out."""
    work_settings(config)
    register = area_register(settings)
    series = monthly_series(store.table("demand_counts"), register, measure=settings.forecast.measure)
    found = register.find(config.area)
    if found is None or (config.per_month is None and found.code not in series.counts):
        raise SettingsError(f"key 'plan.area': no series for {config.area}; use a council's name or code in the data")
    series = _known(series, config.data_until)
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


def _known(series: SeriesSet, until: str | None) -> SeriesSet:
    if until is None:
        return series
    month = pd.Period(until, freq="M")
    if month > series.last_period or month not in series.periods:
        raise SettingsError(
            f"key 'plan.data_until': the data run from {series.periods[0]} to {series.last_period}; {until} is outside"
        )
    return series.known_until(month)


def _forecast(settings: Settings, series: SeriesSet, *, code: str, progress: Callable[[str], None]) -> Volume:
    config = settings.plan
    method = ForecastSettings(
        measure=settings.forecast.measure,
        forecasters=forecasters_named(settings.forecast.forecasters),
        backtest=BacktestSettings(horizon=settings.forecast.horizon_months),
    )
    result = forecast_demand(series, [code], settings=method, progress=progress)
    return forecast_paths(result, code, number=config.futures if config else 300, seed=config.seed if config else 1)


def official_rates(rows: pd.DataFrame, register: AreaRegister, *, until: str) -> dict[str, OfficialRates]:
    """Official yearly rates as they stood at a month, with the counts they are shares of."""
    last = pd.Period(until, freq="M").end_time
    known = rows[rows["period_end"] <= last]
    here = set(known["indicator"])
    return {
        name: OfficialRates(
            words, yearly_rates(known, register, indicator=name), _yearly_counts(known, register, indicator=of)
        )
        for name, (words, of) in OFFICIAL_RATES.items()
        if name in here
    }


def _yearly_counts(rows: pd.DataFrame, register: AreaRegister, *, indicator: str) -> pd.DataFrame:
    chosen = rows[rows["indicator"] == indicator]
    long = pd.DataFrame(
        {
            "area_code": chosen["area_code"].map(register.current_code).to_numpy(),
            "year": chosen["period_end"].dt.year.astype(str).to_numpy(),
            "value": chosen["value"].astype(float).to_numpy(),
        }
    ).dropna(subset=["value"])
    return long.pivot(index="area_code", columns="year", values="value")
