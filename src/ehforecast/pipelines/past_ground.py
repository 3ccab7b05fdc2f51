"""The series whose past is looked at: published figures, or a council's records as its forecast counted them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from ehforecast.demand.breaks import BreakPlan
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.demand.steps import Step
from ehforecast.errors import SettingsError
from ehforecast.pipelines.calendars import calendar_plan
from ehforecast.pipelines.demonstrate import area_register
from ehforecast.pipelines.figures import figures_settings, has_figures
from ehforecast.pipelines.forecast import known_until
from ehforecast.pipelines.forecast_records import asked_of
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.past_settings import PastConfig
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan_records import forecast_of
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.store import Store

Progress = Callable[[str], None]

FEWEST_OF_RECORDS = 10.0
"""Records in a usual period below which a series of them is not watched: nothing said may rest on a few children."""

WHOLE = "total"
"""Code of the series that holds all of a council's records."""

_FREQUENCY = {Step.WEEK: "W-SUN", Step.FOUR_WEEKS: "28D", Step.MONTH: "M"}


@dataclass(frozen=True)
class Ground:
    """What is looked at.

    Attributes:
        measure: what is counted.
        series: every series there is: others are held against those watched.
        observed: counts as recorded, as `PastResult` keeps them, of every area that may be shown; empty to take them
            from the series.
        watched: codes of the series to watch.
        plan: how breaks are looked for.
        find: the code of a name or code, if there is such a series.
        source: of the data, as printed.
    """

    measure: str
    series: SeriesSet
    observed: pd.DataFrame
    watched: Sequence[str]
    plan: BreakPlan
    find: Callable[[str], str | None]
    source: str


def ground_of(
    settings: Settings | CouncilSettings, config: PastConfig, *, places: Places, progress: Progress
) -> Ground:
    """The series of a configuration. Raises `SettingsError` naming the key at fault."""
    if not isinstance(settings, CouncilSettings):
        return _figures(settings, config, store=Store(places.store(settings)))
    if config.of == "figures":
        store, told = Store(places.store(settings)), figures_settings(settings)
        if not has_figures(store):
            raise SettingsError(
                "key 'past.of': the store holds no published figures yet; give their folder with --data"
            )
        until = settings.figures.data_until if settings.figures else None
        return _figures(told, config, store=store, until=until)
    return _records(settings, config, places=places, progress=progress)


def _figures(settings: Settings, config: PastConfig, *, store: Store, until: str | None = None) -> Ground:
    register = area_register(settings)
    series = monthly_series(store.table("demand_counts"), register, measure=settings.forecast.measure)
    series = known_until(known_until(series, until, key="figures.data_until"), config.data_until, key="past.data_until")

    def find(name: str) -> str | None:
        area = register.find(name)
        return area.code if area and area.code in series.counts else None

    names = config.areas or (series.counts.columns if settings.areas == "all" else settings.areas)
    found = {str(name): find(str(name)) for name in names}
    if unknown := [name for name, code in found.items() if code is None]:
        raise SettingsError(
            f"key 'past.areas': no series for {', '.join(unknown)}; use the name or code of a council, region or "
            "country in the data"
        )
    plan = BreakPlan(calendar_plan(settings.forecast.calendar, configuration=settings.name))
    watched = list(dict.fromkeys(code for code in found.values() if code))
    source = settings.data.source
    return Ground(settings.forecast.measure, series, pd.DataFrame(), watched, plan, find, source)


def _records(settings: CouncilSettings, config: PastConfig, *, places: Places, progress: Progress) -> Ground:
    if config.areas:
        raise SettingsError("key 'past.areas': every series of a council's records is watched; take the key out")
    if config.data_until:
        raise SettingsError("key 'past.data_until': of records, give an earlier extract instead; take the key out")
    asked, run = asked_of(settings), current_run(settings, places)
    if Step(asked.step) not in _FREQUENCY:
        raise SettingsError("key 'forecast.step': days are too noisy to watch for breaks; count by week or month")
    result = forecast_of(settings, places, run=run, progress=progress)
    series = series_of(result, Step(asked.step))
    names = {str(name).casefold(): str(code) for code, name in series.areas["area_name"].items()}

    def find(name: str) -> str | None:
        return name if name in series.counts else names.get(name.casefold()) if name else WHOLE

    plan = BreakPlan(calendar_plan(asked.calendar, configuration=settings.name), fewest=FEWEST_OF_RECORDS)
    source = source_of(run.log.record_of(run.run_id))
    return Ground(result.measure, series, result.observed, [str(code) for code in series.counts], plan, find, source)


def series_of(result: DemandResult, step: Step) -> SeriesSet:
    """The series a forecast was made from: counts as observed, the latest ones completed for late records."""
    codes = [str(code) for code in result.areas["area_code"]]
    counts = _wide(result.observed, "observed_count", step=step)[codes].astype(float)
    if len(result.completed):
        latest = result.completed.drop_duplicates(["area_code", "month"])
        counts = _wide(latest, "completed_count", step=step).astype(float).combine_first(counts)[codes]
    absences = _wide(result.observed, "absent_because", step=step)[codes]
    areas = result.areas.set_index("area_code")[["area_name", "area_level", "rounded_to"]]
    return SeriesSet(counts, absences, areas.loc[codes])


def _wide(rows: pd.DataFrame, column: str, *, step: Step) -> pd.DataFrame:
    wide = rows.pivot(index="month", columns="area_code", values=column)
    periods = [pd.Period(str(name).split("/", maxsplit=1)[0], freq=_FREQUENCY[step]) for name in wide.index]
    return wide.set_index(pd.PeriodIndex(periods, name="month")).sort_index().rename_axis(columns=None)
