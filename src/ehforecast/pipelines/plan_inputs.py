"""From the section `plan` of a configuration to what the plan's core takes; assumptions are named by their keys."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.capacity import Volume, WorkSettings
from ehforecast.demand.plan.make import PanelInputs, PlanInputs
from ehforecast.demand.plan.measured_targets import MeasuredShare
from ehforecast.demand.plan.panels import PanelPlan
from ehforecast.demand.plan.paths import scaled_volume, split_volume
from ehforecast.demand.plan.scenario import Scenario, StaffChange, VolumeChange
from ehforecast.demand.plan.staffing import Caseload, Promise
from ehforecast.demand.plan.targets import Indicator, StatedFigure
from ehforecast.demand.plan.watched import CountTarget, OfficialRates, Watched
from ehforecast.errors import SettingsError
from ehforecast.pipelines.plan_settings import (
    IndicatorSettings,
    PanelSettings,
    PlanConfig,
    PlanNumber,
    ScenarioSettings,
)
from ehforecast.vocabulary.coded_words import coded_words

_WORDS: Mapping[str, str] = {
    "families_per_count": "Families for each one counted",
    "every_source.minutes": "Minutes of first work on a family",
    "every_source.opened": "Share of families given a worker",
    "work.weeks_open": "Weeks a family stays",
    "work.hours_per_case_week": "Hours of work on a family in a week",
    "work.hours_per_worker_week": "Hours a worker has in a week",
    "work.workers": "Workers in post",
    "work.families_per_worker": "Families one worker can hold",
    "work.families_open": "Families open on the first day",
    "panels.share": "Share of families that go to a panel",
    "panels.capacity": "Families the panels can hear at one sitting",
}


@dataclass(frozen=True)
class Ground:
    """What a plan stands on: the area, the last month known, what comes, official rates, and what records tell."""

    area_name: str
    area_code: str
    data_until: str
    counted: Volume
    official: Mapping[str, OfficialRates]
    measured: Mapping[str, MeasuredShare] = field(default_factory=dict)


def plan_inputs(config: PlanConfig, ground: Ground) -> PlanInputs:
    """Everything a plan is made from. Raises `SettingsError` naming the key at fault."""
    work = work_settings(config)
    scale = config.families_per_count.assumption("plan.families_per_count")
    shares = _shares(config) if len(ground.counted.series) == 1 else {}
    extra = [scale, *shares.values(), _of_work(config, "families_per_worker")]
    if config.panels:
        extra += [config.panels.share.assumption("plan.panels.share"),
                  config.panels.capacity.assumption("plan.panels.capacity")]  # fmt: skip
    return PlanInputs(
        area_name=ground.area_name,
        area_code=ground.area_code,
        data_until=ground.data_until,
        counted=config.counted,
        workers_word=config.workers_called,
        volume=split_volume(ground.counted, shares, scale=scale, seed=config.seed)
        if shares
        else scaled_volume(ground.counted, scale, seed=config.seed),
        work=work,
        caseload=_caseload(config, work),
        promises=_promises(config),
        workers=config.workers_tried,
        words=dict(_words(config)),
        panels=_panels(config.panels) if config.panels else None,
        scenarios=tuple(_scenario(name, told) for name, told in config.scenarios.items()),
        watched=tuple(
            _watched(name, told, measured=ground.measured.get(name)) for name, told in config.indicators.items()
        ),
        official=ground.official,
        stated=tuple(extra),
        notes=config.notes,
    )


def _shares(config: PlanConfig) -> dict[str, Assumption]:
    """Of a total, what each source sends."""
    unknown = [name for name, source in config.sources.items() if source.share is None]
    if unknown:
        raise SettingsError(f"key 'plan.sources.{unknown[0]}.share': needed, since only the total is forecast")
    told = {name: source.share for name, source in config.sources.items() if source.share is not None}
    return {name: share.assumption(f"plan.sources.{name}.share") for name, share in told.items()}


def work_settings(config: PlanConfig) -> WorkSettings:
    """The work, checked."""
    if min(config.workers_tried) <= 0:
        raise SettingsError("key 'plan.workers_tried': every number of workers is above zero")
    return WorkSettings(
        minutes_per_contact={name: _of_source(config, name, key="minutes") for name in config.sources},
        share_opened={name: _of_source(config, name, key="opened") for name in config.sources},
        weeks_open=_of_work(config, "weeks_open"),
        hours_per_case_week=_of_work(config, "hours_per_case_week"),
        hours_per_worker_week=_of_work(config, "hours_per_worker_week"),
        workers=_of_work(config, "workers"),
        cases_open=_of_work(config, "families_open"),
        seed=config.seed,
    )  # fmt: skip


def _of_source(config: PlanConfig, source: str, *, key: Literal["minutes", "opened"]) -> Assumption:
    """A source's own number, or the one that holds for every source."""
    own: PlanNumber | None = getattr(config.sources[source], key)
    if own is not None:
        return own.assumption(f"plan.sources.{source}.{key}")
    shared: PlanNumber = getattr(config.every_source, key)
    return shared.assumption(f"plan.every_source.{key}")


def _of_work(config: PlanConfig, key: str) -> Assumption:
    number: PlanNumber = getattr(config.work, key)
    return number.assumption(f"plan.work.{key}")


def _caseload(config: PlanConfig, work: WorkSettings) -> Caseload:
    return Caseload(
        families_per_worker=_of_work(config, "families_per_worker"),
        weeks_open=work.weeks_open,
        families_open=round(work.cases_open.central),
        spread=config.work.spread,
        seed=config.seed,
    )


def _promises(config: PlanConfig) -> dict[str, Promise]:
    for name, told in config.promises.items():
        if told.within_days < 0 or not 0 < told.share <= 1:
            raise SettingsError(
                f"key 'plan.promises.{name}': days must not be below 0, and the share lies above 0 and up to 1"
            )
    return {name: Promise(told.within_days, told.share) for name, told in config.promises.items()}


def _words(config: PlanConfig) -> Iterator[tuple[str, str]]:
    yield from ((f"plan.{key}", words) for key, words in _WORDS.items())
    for name in config.sources:
        plain = coded_words(name)
        yield f"plan.sources.{name}.share", f"Share that comes from {plain}"
        yield f"plan.sources.{name}.minutes", f"Minutes of first work, {plain}"
        yield f"plan.sources.{name}.opened", f"Share given a worker, {plain}"


def _panels(told: PanelSettings) -> PanelInputs:
    plan = PanelPlan(told.first_on, round(told.capacity.likeliest), told.days_before)
    return PanelInputs(plan, told.share.assumption("plan.panels.share"), told.waiting_now)


def _scenario(name: str, told: ScenarioSettings) -> Scenario:
    key = f"plan.scenarios.{name}"
    return Scenario(
        name,
        told.words,
        volume=tuple(
            VolumeChange(
                change.sources, change.factor.assumption(f"{key}.volume.{place}.factor"), change.begins, change.ends,
                change.moves_to,
            )
            for place, change in enumerate(told.volume)
        ),
        staff=tuple(
            StaffChange(change.factor.assumption(f"{key}.staff.{place}.factor"), change.begins, change.ends)
            for place, change in enumerate(told.staff)
        ),
    )  # fmt: skip


def _watched(name: str, told: IndicatorSettings, *, measured: MeasuredShare | None) -> Watched:
    key = f"plan.indicators.{name}.count"
    count = None
    if told.count is not None:
        share = told.count.share.assumption(f"{key}.share")
        count = CountTarget(told.count.so_far.likeliest, told.count.sources, share)
    return Watched(_indicator(name, told), told.yardstick, count, told.promise, measured)


def _indicator(name: str, told: IndicatorSettings) -> Indicator:
    stated = tuple(StatedFigure(each.value, each.period, each.source, each.of) for each in told.stated)
    return Indicator(
        name=name, definition=told.definition, unit=told.unit, better=told.better, target=told.target, by=told.by,
        stated=stated, official=told.official,
    )  # fmt: skip


def months_after(data_until: str, number: int) -> pd.PeriodIndex:
    """So many months after the last one known."""
    return pd.period_range(pd.Period(data_until, freq="M") + 1, periods=number, freq="M")
