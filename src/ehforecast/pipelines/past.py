"""From the store to what changed: breaks in every series watched, and what came after each thing that was done."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import pandas as pd

from ehforecast.advisory.ledger import Earlier
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.advisory.past_advice import PastAdvice, release_past
from ehforecast.demand.breaks import find_breaks
from ehforecast.demand.impact import ImpactFound, measure_impact
from ehforecast.demand.impact_date import Intervention
from ehforecast.demand.past_results import PastResult
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import step_of
from ehforecast.errors import ForecastError, SettingsError
from ehforecast.pipelines.figures import figures_settings, has_figures
from ehforecast.pipelines.one_run import OneRun, current_run
from ehforecast.pipelines.past_ground import Ground, ground_of
from ehforecast.pipelines.past_settings import ChangeConfig, PastConfig
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reports.past_page import write_past_report
from ehforecast.store import Store

Progress = Callable[[str], None]

PAST = "past"
"""The step's name, in the private folder of a run and in the published one."""


def changes(settings: Settings | CouncilSettings, places: Places, *, progress: Progress) -> Path:
    """Say what changed, from what the store holds; keep it, write its page, and return the page."""
    config = settings.past
    if config is None:
        raise SettingsError(
            f"configuration '{settings.name}' has no section 'past': say who reads what changed, and what was done when"
        )
    run = current_run(settings, places)
    try:
        ground = ground_of(settings, config, places=places, progress=progress)
        result = past_result(config, ground, progress=progress)
    except SettingsError as error:
        words = str(error)
        raise SettingsError(
            words if words.startswith("configuration") else f"configuration '{settings.name}', {words}"
        ) from None
    run.keep(PAST, result.facts(), frames=result.frames())
    advice = _released(settings, result, run=run, source=ground.source)
    return way_out(run).publish(PAST, lambda folder: write_past_report(advice, folder), counted=advice.counted)


def lacks_figures(settings: Settings | CouncilSettings, places: Places) -> bool:
    """Whether what changed is asked of published figures that nobody gave."""
    asked = isinstance(settings, CouncilSettings) and settings.past is not None and settings.past.of == "figures"
    return asked and not has_figures(Store(places.store(settings)))


def kept_past(settings: CouncilSettings, run: OneRun) -> PastAdvice | None:
    """What changed, as the run's own report tells it; none where it was not made."""
    if run.run_id not in run.log.runs(PAST):
        return None
    result = PastResult.from_parts(*run.log.load(run.run_id, PAST))
    is_of_figures = settings.past is not None and settings.past.of == "figures"
    told = figures_settings(settings).data.source if is_of_figures else source_of(run.log.record_of(run.run_id))
    return _released(settings, result, run=run, source=told)


def _released(settings: Settings | CouncilSettings, result: PastResult, *, run: OneRun, source: str) -> PastAdvice:
    reader = settings.past.reader if settings.past else ""
    told = Letterhead(purpose=settings.purpose, reader=reader, run_id=run.run_id, data_source=source)
    return release_past(result, told, earlier=Earlier(way_out(run).ledger.read()))


def past_result(config: PastConfig, ground: Ground, *, progress: Progress) -> PastResult:
    """What changed in the series, and after each thing that was done. Raises `SettingsError` naming the key."""
    done = {name: _intervention(name, told, ground=ground) for name, told in config.changes.items()}
    watched = list(dict.fromkeys([*ground.watched, *(one.area_code for one in done.values())]))
    progress(f"looking for breaks in {len(watched)} series")
    breaks = find_breaks(ground.series, watched, plan=ground.plan)
    measured = {name: _measured(one, ground, progress=progress) for name, one in done.items()}
    rows = [_told(one, config.changes[name], refusal=measured[name][1], ground=ground) for name, one in done.items()]
    found = [impact for impact, _ in measured.values() if impact is not None]
    return PastResult(
        measure=ground.measure,
        data_until=str(ground.series.last_period),
        step=step_of(ground.series.periods).value,
        areas=breaks.areas,
        observed=ground.observed if len(ground.observed) else observed_of(ground.series, watched),
        breaks=breaks.breaks,
        singles=breaks.singles,
        windows=breaks.windows,
        changes=pd.DataFrame(rows, columns=CHANGE_COLUMNS),
        **_together(found),
        notes=pd.DataFrame(
            [(name, note) for name, (impact, _) in measured.items() if impact for note in impact.notes],
            columns=["change", "note"],
        ),
    )


CHANGE_COLUMNS = ["change", "words", "area_code", "area_name", "month", "said_by", "refusal"]


def observed_of(series: SeriesSet, codes: Sequence[str]) -> pd.DataFrame:
    """Counts as `PastResult` keeps them."""
    parts = [
        pd.DataFrame(
            {
                "area_code": code,
                "month": series.periods.astype(str),
                "observed_count": series.counts[code].to_numpy(dtype=float),
                "absent_because": series.absences[code].astype(str).to_numpy(),
            }
        )
        for code in codes
    ]
    return pd.concat(parts, ignore_index=True)


def _intervention(name: str, told: ChangeConfig, *, ground: Ground) -> Intervention:
    """What was done, with the codes of all it names."""
    area = told.area or (ground.watched[0] if "total" not in ground.series.counts else "")
    codes = {each: ground.find(each) for each in (area, *told.neighbours)}
    if unknown := [each for each, code in codes.items() if code is None]:
        raise SettingsError(
            f"key 'past.changes.{name}': no series for {', '.join(unknown)}; use a name or code in the data"
        )
    begins = pd.Period(told.begins, freq="M")
    neighbours = tuple(str(codes[each]) for each in told.neighbours)
    return Intervention(name, str(codes[area]), begins, neighbours, told.months_before)


def _measured(one: Intervention, ground: Ground, *, progress: Progress) -> tuple[ImpactFound | None, str]:
    """What came of it; or nothing, and why nothing can be measured."""
    progress(f"measuring what changed after '{one.name}', with placebo tests")
    try:
        return measure_impact(ground.series, one, plan=ground.plan), ""
    except ForecastError as error:
        return None, f"{error} (key 'past.changes.{one.name}')"


def _told(one: Intervention, told: ChangeConfig, *, refusal: str, ground: Ground) -> tuple[str, ...]:
    name = str(ground.series.areas.loc[one.area_code, "area_name"])
    return (one.name, told.words, one.area_code, name, told.begins, told.source, refusal)


def _together(found: Sequence[ImpactFound]) -> dict[str, pd.DataFrame]:
    """The frames of several changes under each other."""
    names = [each.name for each in fields(ImpactFound) if each.name != "notes"]
    return {
        name: pd.concat([getattr(each, name) for each in found], ignore_index=True) if found else pd.DataFrame()
        for name in names
    }
