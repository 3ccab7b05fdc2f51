"""A plan from a council's own records: their forecast is what comes, and what they tell of the work is counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pandas as pd

from ehforecast.advisory.count_tables import CountTable
from ehforecast.advisory.demand_protection import hidden_last_season
from ehforecast.advisory.plan_advice import protect_volume
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.board_records import BoardRecords, board_records
from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.make import make_plan
from ehforecast.demand.plan.measured import WorkCounts, measured_work, work_counts
from ehforecast.demand.plan.measured_targets import MeasuredShare
from ehforecast.demand.plan.paths import series_paths
from ehforecast.demand.plan_results import PlanResult
from ehforecast.demand.results import DemandResult
from ehforecast.errors import SettingsError
from ehforecast.pipelines.figures import area_of, official_of
from ehforecast.pipelines.forecast import FORECAST, forecast
from ehforecast.pipelines.forecast_records import asked_of
from ehforecast.pipelines.measures import measured_for
from ehforecast.pipelines.one_run import OneRun, current_run, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan_inputs import Ground, plan_inputs
from ehforecast.pipelines.plan_settings import (
    EverySource,
    IndicatorSettings,
    PlanConfig,
    PlanNumber,
    PlanWork,
    RecordsPlanConfig,
    SourceSettings,
)
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.store import Store
from ehforecast.vocabulary.coded_words import coded_words

Progress = Callable[[str], None]

WHOLE = "total"
"""Code of the series that holds all of a council's records."""

SERIES_KEYS = ("source_group", "locality")

_TRIED = (0.6, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.4, 1.5, 1.7, 2.0, 2.5)
"""Workers tried where none are named, over those in post."""


@dataclass(frozen=True)
class _Known:
    """What a plan is made from: the records, their forecast, and the day."""

    records: BoardRecords
    workforce: pd.DataFrame
    forecast: DemandResult
    today: str


def plan_of_records(
    settings: CouncilSettings, places: Places, *, progress: Progress, safe: SafeCounts
) -> PlanResult:  # fmt: skip
    """The plan of one council's records. Raises `SettingsError` naming the key at fault."""
    config = settings.plan
    if config is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'plan'; see configs/walsall.yaml")
    key = _series_key(settings)
    store = Store(places.store(settings))
    known = _known(settings, places, store=store, progress=progress)
    progress("plan: counting a year of work")
    counts = work_counts(known.records, known.workforce, key=key)
    measured = measured_work(shown_work(counts, today=known.today, safe=safe), today=known.today)
    volume = series_paths(known.forecast, WHOLE, number=config.futures, seed=config.seed)
    whole = _complete(config, measured, series=volume.series)
    official = official_of(settings, store, until=known.forecast.data_until)
    whole = whole if official else _without_official(whole)
    shares = _measured_shares(known.records, whole, safe=safe)
    ground = Ground(*area_of(settings), known.forecast.data_until, volume, official, shares)
    plan = make_plan(plan_inputs(whole, ground), progress=progress)
    return _without_hidden(plan, hidden_last_season(known.forecast, safe))


def _without_hidden(plan: PlanResult, hidden: set[str]) -> PlanResult:
    """The same plan, telling nothing of the months of these series."""
    safe = replace(plan, volume=protect_volume(plan.volume, hidden))
    if not hidden:
        return safe
    named = ", ".join(sorted(coded_words(name) for name in hidden))
    note = f"What comes month by month is not shown of {named}: a month of the last year is too small to be told."
    return replace(safe, notes=pd.concat([plan.notes, pd.DataFrame({"note": [note]})], ignore_index=True))


def _series_key(settings: CouncilSettings) -> str:
    keys = asked_of(settings).keys
    if len(keys) != 1 or keys[0] not in SERIES_KEYS:
        raise SettingsError(
            f"configuration '{settings.name}', key 'forecast.keys': a plan needs the series of one key, "
            f"{' or '.join(SERIES_KEYS)}"
        )
    return keys[0]


def _known(settings: CouncilSettings, places: Places, *, store: Store, progress: Progress) -> _Known:
    run, day = current_run(settings, places), last_extract(store)
    tables = store.known_by(day)
    found = forecast_of(settings, places, run=run, progress=progress)
    return _Known(board_records(tables, day), tables["workforce"], found, day.isoformat())


def forecast_of(settings: CouncilSettings, places: Places, *, run: OneRun, progress: Progress) -> DemandResult:
    """The forecast of the same run, made first where it was not."""
    if run.run_id not in run.log.runs(FORECAST):
        forecast(settings, places, progress=progress)
    return DemandResult.from_parts(*run.log.load(run.run_id, FORECAST))


def shown_work(counts: WorkCounts, *, today: str, safe: SafeCounts) -> WorkCounts:
    """The counts of a year of work as they may be shown; hidden ones are absent."""
    year = f"12 months to {today}"

    def alone(who: str, count: float) -> float:
        rows = pd.DataFrame({"series": ["all"], "count": [int(count)]})
        return float(safe.shown([CountTable(who, f"{who}, {year}", ("series",), rows)])[0][0])

    held = counts.staff[["month"]].astype(str).assign(count=counts.staff["families"].round().astype("int64"))
    caseloads = CountTable("families held", f"families held, {year}", ("month",), held)
    return replace(
        counts,
        came=_shown_came(counts.came, year=year, safe=safe),
        stepped_down=alone("families who step down", counts.stepped_down),
        open_now=alone("families open", counts.open_now),
        staff=counts.staff.assign(families=safe.shown([caseloads])[0]),
    )


def _shown_came(came: pd.DataFrame, *, year: str, safe: SafeCounts) -> pd.DataFrame:
    """Who came, as it may be shown: families with and without a worker are attacked together."""
    by_answer = {"yes": came["opened"], "no": came["families"] - came["opened"], "all": came["families"]}
    frames = [pd.DataFrame({"series": came["series"], "worker": answer, "count": count})
              for answer, count in by_answer.items()]  # fmt: skip
    rows = pd.concat(frames, ignore_index=True)
    families = CountTable("families who came", f"families who came, {year}", ("series", "worker"), rows)
    contacts = came[["series"]].assign(count=came["children"])
    children = CountTable("children's contacts", f"children's contacts, {year}", ("series",), contacts)
    shown, number = safe.shown([families])[0], len(came)
    return came[["series"]].assign(
        children=safe.shown([children])[0], families=shown[2 * number :], opened=shown[:number]
    )


def _complete(config: RecordsPlanConfig, measured: dict[str, Assumption], *, series: tuple[str, ...]) -> PlanConfig:
    """The whole section `plan`: what the configuration gives, and what was counted in place of what it leaves out."""
    work = {name: getattr(config.work, name) or _number(measured[f"plan.work.{name}"])
            for name in ("weeks_open", "workers", "families_per_worker", "families_open")}  # fmt: skip
    opened = {name: measured.get(f"plan.sources.{name}.opened") for name in series}
    told = config.model_dump(exclude={"minutes", "opened", "families_per_count", "work", "workers_tried"})
    whole = config.opened or _number(measured["plan.every_source.opened"])
    return PlanConfig(
        **told | {"area": "the council"},
        families_per_count=config.families_per_count or _number(measured["plan.families_per_count"]),
        every_source=EverySource(minutes=config.minutes, opened=whole),
        sources={
            name: SourceSettings(opened=_number(each) if each and config.opened is None else None)
            for name, each in opened.items()
        },
        work=PlanWork(**work, spread=config.work.spread,
                      hours_per_case_week=config.work.hours_per_case_week,
                      hours_per_worker_week=config.work.hours_per_worker_week),
        workers_tried=config.workers_tried or _tried(work["workers"].likeliest),
    )  # fmt: skip


def _number(assumed: Assumption) -> PlanNumber:
    if assumed.low == assumed.high:
        return PlanNumber(value=assumed.central, unit=assumed.unit, reason=assumed.reason)
    return PlanNumber(
        low=assumed.low, central=assumed.central, high=assumed.high, unit=assumed.unit, reason=assumed.reason
    )


def _tried(workers: float) -> tuple[float, ...]:
    return tuple(sorted({max(1.0, round(factor * workers)) for factor in _TRIED}))


def _without_official(config: PlanConfig) -> PlanConfig:
    """Where no published figures were given, targets that rest on them say so instead."""
    note = "No published figures were given (--data), so no target is held against those of other councils."
    indicators = {
        name: told.model_copy(update={"official": "", "yardstick": ""}) for name, told in config.indicators.items()
    }
    return config.model_copy(update={"indicators": indicators, "notes": (*config.notes, note)})


def _measured_shares(records: BoardRecords, config: PlanConfig, *, safe: SafeCounts) -> dict[str, MeasuredShare]:
    names: dict[str, IndicatorSettings] = config.indicators
    return measured_for(records, {name: told.measured for name, told in names.items() if told.measured}, safe=safe)
