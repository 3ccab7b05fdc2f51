"""One council's pack for its board: what its strategy asks for, from its records, each number with its definition."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ehforecast.advisory.board_advice import protect_ahead, protect_openings, release_board
from ehforecast.advisory.count_tables import CountTable
from ehforecast.advisory.demand_protection import hidden_last_season
from ehforecast.advisory.ledger import Earlier
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.demand.board_records import BoardRecords, board_records
from ehforecast.demand.board_results import BoardResult
from ehforecast.demand.boards.counted import GROUPS, group_counts, measure_counts
from ehforecast.demand.boards.journeys import after_help
from ehforecast.demand.boards.maturity import grade_changes, grade_table
from ehforecast.demand.boards.measures import Measure, measure_named
from ehforecast.demand.boards.places import contacts_lately, openings, people_in_places, places_ahead
from ehforecast.demand.boards.shares import gaps, measured_shares, met_and_of, next_quarter, year_on_year
from ehforecast.demand.plan.paths import series_paths
from ehforecast.demand.plan.targets import share_interval
from ehforecast.demand.plan_results import PlanResult
from ehforecast.errors import SettingsError
from ehforecast.pipelines.figures import council_name
from ehforecast.pipelines.flows import kept_flows
from ehforecast.pipelines.forecast_records import asked_of
from ehforecast.pipelines.measures import LEARNED_FROM
from ehforecast.pipelines.one_run import OneRun, current_run, last_extract
from ehforecast.pipelines.pack_criteria import criteria_rows
from ehforecast.pipelines.pack_settings import PackConfig
from ehforecast.pipelines.past import kept_past
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.plan import PLAN
from ehforecast.pipelines.plan_records import WHOLE, forecast_of
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.reports.board_page import PackParts, write_board_report, write_place_report
from ehforecast.reports.words import slug
from ehforecast.store import Store

Progress = Callable[[str], None]

PACK = "pack"
"""The step's name, in the private folder of a run and in the published one."""


@dataclass(frozen=True)
class _Ground:
    """What a pack is made from."""

    settings: CouncilSettings
    config: PackConfig
    tables: Mapping[str, pd.DataFrame]
    records: BoardRecords
    safe: SafeCounts

    @property
    def year(self) -> str:
        """The 12 months before the extract, in words."""
        return f"12 months to {self.records.known_on}"

    def has(self, *parts: str) -> bool:
        """Whether the board asked for any of these parts."""
        return bool({*parts} & {*self.config.parts})


def pack(settings: CouncilSettings, places: Places, *, progress: Progress) -> Path:
    """Make a council's pack from what its store holds, keep it, and write its page; returns the page."""
    config = settings.pack
    if config is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'pack': say what the board asks for")
    run = current_run(settings, places)
    way = way_out(run)
    safe = SafeCounts(Earlier(way.ledger.read()), run.run_id)
    result = board_result(settings, config, places=places, safe=safe, progress=progress)
    run.keep(PACK, result.facts(), frames=result.frames())
    told = Letterhead(
        purpose=settings.purpose,
        reader=config.reader,
        run_id=run.run_id,
        data_source=source_of(run.log.record_of(run.run_id)),
    )
    advice = release_board(result, told, counted=safe.counted)
    parts = PackParts(advice, _plan_of(settings, run), kept_flows(settings, run), kept_past(settings, run))
    counted = [
        *advice.counted,
        *(parts.flows.counted if parts.flows else ()),
        *(parts.past.counted if parts.past else ()),
    ]
    if "hub_packs" in config.parts:
        for place in config.places.named:
            way.publish(f"{PACK}_{slug(place)}", _writer(parts, place), counted=counted)
    return way.publish(PACK, lambda folder: write_board_report(parts, folder), counted=counted)


def _writer(parts: PackParts, place: str) -> Callable[[Path], Path]:
    return lambda folder: write_place_report(parts, place, folder=folder)


def _plan_of(settings: CouncilSettings, run: OneRun) -> PlanResult | None:
    """The plan of the same run, whose targets and panels the pack shows; none where it was not made."""
    if settings.plan is None or run.run_id not in run.log.runs(PLAN):
        return None
    return PlanResult.from_parts(*run.log.load(run.run_id, PLAN))


def board_result(
    settings: CouncilSettings, config: PackConfig, *, places: Places, safe: SafeCounts, progress: Progress
) -> BoardResult:
    """Everything the pack says, counts as ``safe`` may show them. Raises `SettingsError` naming the key at fault."""
    chosen = [measure_named(name, key="pack.measures") for name in config.measures]
    equal = measure_named(config.equality_of, key="pack.equality_of")
    grades = _grades(config)
    store = Store(places.store(settings))
    day = last_extract(store)
    tables = store.known_by(day)
    ground = _Ground(settings, config, tables, board_records(tables, day), safe)
    progress(f"pack: counting {len(chosen)} measures as known on {day}")
    exact = measure_counts(ground.records, chosen, quarters=LEARNED_FROM)
    shown = safe.measures(_latest(exact, config.quarters))
    shares = measured_shares(shown)
    progress("pack: groups and places")
    return BoardResult(
        council=council_name(settings),
        data_until=day.isoformat(),
        seed=config.seed,
        rhythm=config.rhythm,
        parts=config.parts,
        words=_words(config),
        measures=_definitions({measure.name: measure for measure in (*chosen, equal)}),
        shares=shares,
        changes=year_on_year(shares),
        ahead=next_quarter(met_and_of(exact), seed=config.seed),
        grades=grades,
        grade_changes=grade_changes(grades) if len(grades) else grades,
        led_by=_stated_shares(config),
        small=_small(config),
        names=_names(config),
        stated=pd.DataFrame([fact.model_dump() for fact in config.facts], columns=["what", "value", "source"]),
        notes=pd.DataFrame({"note": list(config.notes)}),
        **_of_groups(ground, equal),
        **_of_places(ground, places, progress=progress),
    )


def _latest(counts: pd.DataFrame, quarters: int) -> pd.DataFrame:
    """So many quarters of each measure; one followed for a year ends a year earlier."""
    newest = counts.groupby("measure")["period"].transform(lambda periods: sorted(set(periods))[-quarters:][0])
    return counts[counts["period"] >= newest].reset_index(drop=True)


def _of_groups(ground: _Ground, measure: Measure) -> dict[str, pd.DataFrame]:
    """Groups side by side, and what came after help."""
    found: dict[str, pd.DataFrame] = {}
    if ground.has("impact_circle"):
        counts = group_counts(ground.records, measure, groups=GROUPS)
        found["equality"] = gaps(measured_shares(ground.safe.measures(counts)))
        exact = after_help(ground.records)
        table = CountTable("after help", f"children after help, {ground.year}", ("need_level", "came"), exact)
        found["after_help"] = exact[["need_level", "came"]].assign(count=ground.safe.shown([table])[0])
    if ground.has("criteria"):
        found["criteria"] = criteria_rows(ground.tables, ground.records.known_on, safe=ground.safe)
    return found


def _of_places(ground: _Ground, places: Places, *, progress: Progress) -> dict[str, pd.DataFrame]:
    """Contacts, children and forecasts of localities or hubs."""
    if not ground.has("places", "impact_circle", "openings", "hub_packs"):
        return {}
    exact = contacts_lately(ground.records)
    table = CountTable("contacts", f"contacts, {ground.year}", ("place",), exact)
    lately = exact[["place"]].assign(count=ground.safe.shown([table])[0])
    found = {"places_until": lately, "people": people_in_places(ground.tables["population"], lately)}
    if asked_of(ground.settings).keys == ("locality",):
        run = current_run(ground.settings, places)
        result = forecast_of(ground.settings, places, run=run, progress=progress)
        ahead = places_ahead(series_paths(result, WHOLE, number=1000, seed=ground.config.seed))
        found["places"] = protect_ahead(ahead, hidden_last_season(result, ground.safe))
    if ground.has("openings"):
        named = ground.config.places.named
        opens = {name: place.opens for name, place in named.items() if place.opens is not None}
        found["openings"] = protect_openings(openings(ground.records, opens))
    return found


def _definitions(measures: dict[str, Measure]) -> pd.DataFrame:
    rows = [
        (each.name, each.words, each.definition, each.population.words, each.population.dated_by,
         each.population.follow_days, each.better)
        for each in measures.values()
    ]  # fmt: skip
    columns = ["measure", "words", "definition", "population", "dated_by", "follow_days", "better"]
    return pd.DataFrame(rows, columns=columns)


def _grades(config: PackConfig) -> pd.DataFrame:
    told = config.maturity
    return grade_table(told.strands, source=told.source, key="pack.maturity.strands") if told else pd.DataFrame()


def _stated_shares(config: PackConfig) -> pd.DataFrame:
    for number, each in enumerate(config.led_by):
        measure_named(each.measure, key=f"pack.led_by.{number}.measure")
    rows = [(each.measure, each.period, each.value / 100, each.source) for each in config.led_by]
    return pd.DataFrame(rows, columns=["measure", "period", "value", "source"])


def _small(config: PackConfig) -> pd.DataFrame:
    rows = [
        (each.name, each.met, each.of, each.stated / 100, each.met / each.of, *share_interval(each.met, each.of),
         each.source)
        for each in config.small_samples
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["name", "met", "of", "stated", "value", "low", "high", "source"])


def _names(config: PackConfig) -> pd.DataFrame:
    pathways = [("pathway", common.value, local) for common, local in config.front_door.pathways.items()]
    levels = [("need level", common.value, local) for common, local in config.need_levels.levels.items()]
    return pd.DataFrame([*pathways, *levels], columns=["kind", "common", "local"])


def _words(config: PackConfig) -> dict[str, str]:
    return {
        "strategy": config.strategy, "front_door": config.front_door.name, "form": config.front_door.form,
        "front_door_source": config.front_door.source, "places": config.places.called,
        "places_source": config.places.source, "need_levels_source": config.need_levels.source,
    }  # fmt: skip
