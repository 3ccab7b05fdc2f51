"""One plan: every part of it from the same futures."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.capacity import QUANTILES, Volume, WorkSettings, check_series, plan_capacity, tornado
from ehforecast.demand.plan.panels import PanelPlan, plan_panels
from ehforecast.demand.plan.paths import daily_paths, opened_volume
from ehforecast.demand.plan.scenario import LABEL, Difference, Scenario, change_volume, run_scenario, staff_steps
from ehforecast.demand.plan.staffing import Caseload, Promise, chance_of_promise, workers_for
from ehforecast.demand.plan.watched import Evidence, OfficialRates, TargetTables, Watched, target_tables, with_promises
from ehforecast.demand.plan_results import PROMISE_CHANCES, PlanResult
from ehforecast.errors import SettingsError

_SHOWN = ("people_needed", "backlog_hours", "cases_open")


@dataclass(frozen=True)
class PanelInputs:
    """When panels sit, and which cases need one: a share of what comes; how many are left from before."""

    plan: PanelPlan
    share: Assumption
    waiting_now: int = 0


@dataclass(frozen=True)
class PlanInputs:
    """Everything a plan is made from.

    Attributes:
        area_name, area_code: for whom.
        data_until: last month known.
        counted, workers_word: what comes, and what the workers are called.
        volume: what comes, by source; split with the same seed as `work` has.
        work: what it brings.
        caseload: how many families a worker holds, and for how long.
        promises: by name.
        workers: numbers of workers to try.
        words: of each assumption, by name.
    """

    area_name: str
    area_code: str
    data_until: str
    counted: str
    workers_word: str
    volume: Volume
    work: WorkSettings
    caseload: Caseload
    promises: Mapping[str, Promise]
    workers: tuple[float, ...]
    words: Mapping[str, str]
    panels: PanelInputs | None = None
    scenarios: tuple[Scenario, ...] = ()
    watched: tuple[Watched, ...] = ()
    official: Mapping[str, OfficialRates] | None = None
    stated: tuple[Assumption, ...] = ()
    notes: tuple[str, ...] = ()


def make_plan(inputs: PlanInputs, *, progress: Callable[[str], None] = lambda _: None) -> PlanResult:
    """Work out every part of a plan. Raises `SettingsError` naming the key at fault."""
    work, volume = inputs.work, inputs.volume
    check_series(volume, tuple(work.share_opened), key="plan.sources")
    _check_promises(inputs)
    opened = opened_volume(volume, work.share_opened, seed=work.seed)
    targets = _targets(inputs, opened)
    scenarios = _scenarios(inputs)
    progress("plan: people needed")
    capacity = plan_capacity(volume, work)
    staffing = _staffing(inputs, opened, progress=progress)
    return PlanResult(
        area_name=inputs.area_name,
        data_until=inputs.data_until,
        counted=inputs.counted,
        workers=inputs.workers_word,
        seed=work.seed,
        assumptions=_assumptions((*work.assumptions, *inputs.stated), inputs.words),
        volume=volume_frame(volume),
        capacity=capacity.to_frame(),
        enough=capacity.chance_enough().rename_axis("period").reset_index(),
        staffing=staffing,
        workers_for=_workers_for(staffing, inputs),
        drivers=_in_words(tornado(volume, work), inputs),
        panels=_panels(inputs, volume),
        scenarios=scenarios,
        promises_if=_promises_if(inputs, staffing),
        targets=with_promises(targets.targets, inputs.watched, staffing=_in_post(staffing, inputs)),
        stated=targets.stated,
        conflicts=targets.conflicts,
        notes=pd.DataFrame({"note": list(inputs.notes)}),
    )


def _check_promises(inputs: PlanInputs) -> None:
    """A target that is a promise must be one that is made, and of the same share."""
    for each in inputs.watched:
        if each.promise:
            made = inputs.promises.get(each.promise)
            if made is None or abs(100 * made.share - each.indicator.target) > 1e-9:
                raise SettingsError(
                    f"key 'plan.indicators.{each.indicator.name}.promise': no promise '{each.promise}' of "
                    f"{each.indicator.target:g}% is among plan.promises"
                )


def volume_frame(volume: Volume) -> pd.DataFrame:
    """What comes: quantiles of each source and of all together, by period."""
    paths = {"all": volume.paths.sum(axis=1)} | {code: volume.paths[:, k] for k, code in enumerate(volume.series)}
    values = np.stack([np.quantile(each, QUANTILES, axis=0).T for each in paths.values()], axis=1)
    index = pd.MultiIndex.from_product(
        [volume.periods.astype(str), list(paths), QUANTILES], names=["period", "series", "level"]
    )
    return pd.DataFrame({"value": values.ravel()}, index=index).reset_index()


def _targets(inputs: PlanInputs, opened: Volume) -> TargetTables:
    known_until = pd.Period(inputs.data_until, freq="M").end_time.normalize()
    official = inputs.official or {}
    return target_tables(inputs.watched, Evidence(inputs.area_code, known_until, official, opened, inputs.work.seed))


def _staffing(inputs: PlanInputs, opened: Volume, *, progress: Callable[[str], None]) -> pd.DataFrame:
    tried = sorted({*inputs.workers, inputs.work.workers.central})
    frames = []
    for name, promise in inputs.promises.items():
        progress(f"plan: waiting for '{name}' with {len(tried)} numbers of workers")
        found = chance_of_promise(opened, promise, caseload=inputs.caseload, workers=tried)
        frames.append(found.assign(promise=name))
    return pd.concat(frames, ignore_index=True)


def _in_post(staffing: pd.DataFrame, inputs: PlanInputs) -> pd.DataFrame:
    return staffing[staffing["workers"] == inputs.work.workers.central]


def _workers_for(staffing: pd.DataFrame, inputs: PlanInputs) -> pd.DataFrame:
    rows = []
    for name, promise in inputs.promises.items():
        of_promise, now = staffing[staffing["promise"] == name], inputs.work.workers.central
        chance_now = float(of_promise.loc[of_promise["workers"] == now, "chance_kept"].iloc[0])
        low, high = (workers_for(of_promise, chance) for chance in (0.1, 0.9))
        told = (now, chance_now, low, high)
        rows += [
            (name, promise.within_days, promise.share, chance, workers_for(of_promise, chance), *told)
            for chance in PROMISE_CHANCES
        ]
    columns = ["promise", "within_days", "share", "chance", "workers", "workers_now", "chance_now", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _panels(inputs: PlanInputs, volume: Volume) -> pd.DataFrame:
    if inputs.panels is None:
        return pd.DataFrame()
    days, paths = daily_paths(volume, share=inputs.panels.share, seed=inputs.work.seed)
    load = plan_panels(inputs.panels.plan, days, paths=paths, waiting_now=inputs.panels.waiting_now)
    low, middle, high = np.quantile(load.cases, [0.1, 0.5, 0.9], axis=0)
    return pd.DataFrame(
        {
            "panel_on": [day.isoformat() for day in load.panels],
            "cases_low": low,
            "cases": middle,
            "cases_high": high,
            "chance_over": load.chance_over_capacity,
            "capacity": float(load.capacity),
        }
    )


def _scenarios(inputs: PlanInputs) -> pd.DataFrame:
    parts = [
        _of_scenario(run_scenario(scenario, inputs.volume, work=inputs.work), part)
        for scenario in inputs.scenarios
        for part in ("base", "changed", "difference")
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _promises_if(inputs: PlanInputs, staffing: pd.DataFrame) -> pd.DataFrame:
    """Each promise with the workers in post, under each scenario beside the base."""
    base = {row["promise"]: row for row in _in_post(staffing, inputs).to_dict("records")}
    rows = []
    for scenario in inputs.scenarios:
        volume = change_volume(inputs.volume, scenario.volume, seed=inputs.work.seed)
        opened = opened_volume(volume, inputs.work.share_opened, seed=inputs.work.seed)
        there = staff_steps(scenario, volume, seed=inputs.work.seed)
        for name, promise in inputs.promises.items():
            workers = [inputs.work.workers.central]
            found = chance_of_promise(opened, promise, caseload=inputs.caseload, workers=workers, there=there)
            pair = (base[name], found.to_dict("records")[0])
            told = [float(part[column]) for part in pair for column in _KEPT]
            rows.append((scenario.name, LABEL, name, promise.within_days, promise.share, *told))
    columns = ["scenario", "label", "promise", "within_days", "share", *(f"{name}_base" for name in _KEPT), *_KEPT]
    return pd.DataFrame(rows, columns=columns)


_KEPT = ("chance_kept", "share_in_time", "share_low", "share_high")


def _of_scenario(found: Difference, part: str) -> pd.DataFrame:
    frame: pd.DataFrame = getattr(found, part)
    told = {"scenario": found.name, "words": found.words, "label": found.label, "part": part}
    return frame[frame["measure"].isin(_SHOWN)].assign(**told)


def _in_words(drivers: pd.DataFrame, inputs: PlanInputs) -> pd.DataFrame:
    names = {"volume": f"Number of {inputs.counted}"}
    return drivers.assign(driver=[names.get(name, inputs.words.get(name, name)) for name in drivers["driver"]])


def _assumptions(used: Sequence[Assumption], words: Mapping[str, str]) -> pd.DataFrame:
    rows = [
        (each.name, words.get(each.name, each.name), each.low, each.central, each.high, each.unit, each.reason)
        for each in {each.name: each for each in used}.values()
    ]
    return pd.DataFrame(rows, columns=["name", "words", "low", "central", "high", "unit", "reason"])
