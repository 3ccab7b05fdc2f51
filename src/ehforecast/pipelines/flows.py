"""From the store to how families move: flows, rolling counts, themes, reviews, check-ins and groups, on one page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ehforecast.advisory.flow_advice import FlowAdvice, release_flows
from ehforecast.advisory.ledger import Earlier
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.demand import case_review
from ehforecast.demand.check_ins import CheckInPlan, check_in_calendar, compare_timings, due_counts, reason_counts
from ehforecast.demand.cohort_watch import watch_cohorts
from ehforecast.demand.flow_moves import FlowSettings, Moves, find_moves
from ehforecast.demand.flow_results import FlowResult
from ehforecast.demand.flow_tables import Contrast, contrast_table, flow_table
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.plan.paths import forecast_paths
from ehforecast.demand.rolling_counts import MONTHS, rolling_ahead, rolling_table
from ehforecast.demand.themes import theme_table
from ehforecast.errors import ForecastError, SettingsError
from ehforecast.pipelines.flow_settings import CheckInConfig, FlowConfig, ReviewConfig, RollingAheadConfig
from ehforecast.pipelines.forecast_records import forecast_records
from ehforecast.pipelines.one_run import OneRun, current_run, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.publish import source_of
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.settings import CouncilSettings, RecordsForecastConfig
from ehforecast.reports.flow_page import write_flow_report
from ehforecast.risk.linked_families import link_families
from ehforecast.store import Store, make_private_folder, write_bytes_atomically
from ehforecast.synthetic.case_review import draw_walsall_review

Progress = Callable[[str], None]

FLOWS = "flows"
"""The step's name, in the private folder of a run and in the published one."""

CALENDAR = "check_in_calendar.csv"
"""The private calendar: which family is asked when, by date alone."""

_AHEAD = (0.1, 0.5, 0.9)
_WHOLE, _FUTURES = "total", 400


@dataclass(frozen=True)
class Ground:
    """What flows are told from.

    Attributes:
        tables: as known on the day.
        families: by person, who may not be parted.
        known_on: the day of the last extract.
    """

    tables: Mapping[str, pd.DataFrame]
    families: "pd.Series[str]"
    known_on: date

    @property
    def first_on(self) -> date:
        """The first day with a contact."""
        first: date = self.tables["contacts"]["contact_on"].min().date()
        return first


def flows(settings: CouncilSettings, places: Places, *, progress: Progress) -> Path:
    """Say how families move, from what the store holds; keep it, write its page, and return the page."""
    config = settings.flows
    if config is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'flows': say who reads how families move")
    run, ground = current_run(settings, places), _ground(Store(places.store(settings)))
    calendar = _calendar(config.check_ins, ground) if config.check_ins else pd.DataFrame()
    result = _of_configuration(settings, config, ground=ground, calendar=calendar, told=(places, progress))
    run.keep(FLOWS, result.facts(), frames=result.frames())
    if config.check_ins:
        make_private_folder(run.step(FLOWS))
        write_bytes_atomically(run.step(FLOWS) / CALENDAR, calendar.to_csv(index=False).encode())
    advice = _released(settings, result, run=run)
    return way_out(run).publish(FLOWS, lambda folder: write_flow_report(advice, folder), counted=advice.counted)


def kept_flows(settings: CouncilSettings, run: OneRun) -> FlowAdvice | None:
    """How families moved, as the run's own report tells it; none where it was not made."""
    if run.run_id not in run.log.runs(FLOWS):
        return None
    return _released(settings, FlowResult.from_parts(*run.log.load(run.run_id, FLOWS)), run=run)


def _released(settings: CouncilSettings, result: FlowResult, *, run: OneRun) -> FlowAdvice:
    reader = settings.flows.reader if settings.flows else ""
    told = Letterhead(
        purpose=settings.purpose, reader=reader, run_id=run.run_id, data_source=source_of(run.log.record_of(run.run_id))
    )
    return release_flows(result, told, earlier=Earlier(way_out(run).ledger.read()))


def _ground(store: Store) -> Ground:
    day = last_extract(store)
    tables = store.known_by(day)
    if tables["contacts"].empty:
        raise SettingsError("flows need contacts, and the store holds none")
    return Ground(tables, link_families(tables["families"]), day)


def _of_configuration(
    settings: CouncilSettings, config: FlowConfig, *, ground: Ground, calendar: pd.DataFrame,
    told: tuple[Places, Progress],
) -> FlowResult:  # fmt: skip
    """Everything asked for. Faults of the section are said with the configuration's name."""
    try:
        result = flow_result(config, ground, council=settings.title, calendar=calendar, progress=told[1])
        reviews = tuple(_review(settings, name, asked=asked) for name, asked in config.reviews.items())
        ahead = _ahead(settings, config.rolling_ahead, result=result, told=told) if config.rolling_ahead else None
    except ForecastError as error:
        raise ForecastError(f"configuration '{settings.name}', section 'flows': {error}") from None
    frames = {} if ahead is None else {"rolling_ahead": ahead}
    if reviews:
        frames |= {
            "reviews": case_review.prevalence(reviews),
            "review_overlap": case_review.overlap(reviews),
            "review_ages": case_review.age_split(reviews),
            "review_change": case_review.change_between(reviews),
        }
    return FlowResult.from_parts(result.facts(), result.frames() | frames)


def flow_result(
    config: FlowConfig, ground: Ground, *, council: str, calendar: pd.DataFrame, progress: Progress
) -> FlowResult:
    """What the records alone tell."""
    progress(f"following families as known on {ground.known_on}")
    moves = find_moves(
        ground.tables,
        families=ground.families,
        known_on=ground.known_on,
        settings=FlowSettings(config.days, config.contact_days, config.step_down_days, config.settle_days),
    )
    progress("counting the last 12 months")
    frames = {
        "flows": flow_table(moves, by=config.by),
        "contrasts": contrast_table(moves, _contrasts(config)),
        "rolling": rolling_table(
            ground.tables, families=ground.families, first_on=ground.first_on, last_on=ground.known_on
        ),
        "notes": pd.DataFrame({"note": _notes(config)}),
        **(_themes(ground) if config.themes else {}),
        **(_check_ins(config.check_ins, moves, ground=ground, calendar=calendar) if config.check_ins else {}),
        **(_cohorts(config, ground) if config.cohorts else {}),
    }
    facts = {
        "council": council, "known_on": ground.known_on.isoformat(), "by": config.by, "seed": config.seed,
        "followed_until": moves.followed_until.isoformat(), "days": moves.settings.as_days(),
    }  # fmt: skip
    return FlowResult.from_parts(facts, frames)


def _contrasts(config: FlowConfig) -> tuple[Contrast, ...]:
    return tuple(
        Contrast(name, one.words, one.changed_on, one.origin, one.destination, one.months, one.need_level)
        for name, one in config.changes.items()
    )


def _notes(config: FlowConfig) -> list[str]:
    nearest = (
        "The records hold no field for a team around the family. The nearest is counted: help at the targeted level "
        "with a lead professional named."
    )
    late = f"The last {config.settle_days} days before the extract are not counted: not all of them is recorded yet."
    notes = [late, nearest]
    if config.reviews:
        notes.append("A review counts children whose case was open on its day. It is a picture of that day alone.")
    return notes


def _themes(ground: Ground) -> dict[str, pd.DataFrame]:
    return {"themes": theme_table(ground.tables, families=ground.families, last_on=ground.known_on)}


def _cohorts(config: FlowConfig, ground: Ground) -> dict[str, pd.DataFrame]:
    counts, trends = watch_cohorts(
        ground.tables, config.cohorts, first_on=ground.first_on, last_on=ground.known_on
    )  # fmt: skip
    return {"cohorts": counts, "cohort_trends": trends}


def _calendar(config: CheckInConfig, ground: Ground) -> pd.DataFrame:
    plan = CheckInPlan(config.months_after, config.at_transitions, config.days_before_transition)
    return check_in_calendar(ground.tables, plan, families=ground.families, known_on=ground.known_on)


def _check_ins(
    config: CheckInConfig, moves: Moves, *, ground: Ground, calendar: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    closed = moves.rows[moves.rows["origin"].eq("early_help_closed") & moves.rows["followed"]]
    return {
        "check_ins": due_counts(calendar, first_on=ground.known_on),
        "check_in_reasons": reason_counts(calendar, first_on=ground.known_on),
        "timings": compare_timings(closed, timings=config.timings_days),
    }


def _review(settings: CouncilSettings, name: str, *, asked: ReviewConfig) -> case_review.Review:
    """A review from its file; of a council that never existed, one that is invented like Walsall's."""
    key = f"configuration '{settings.name}', key 'flows.reviews.{name}'"
    if asked.file is None:
        if settings.synthetic is None:
            raise SettingsError(f"{key}.file': say where the review is")
        return case_review.Review(name, asked.on, draw_walsall_review(settings.synthetic.seed, on=asked.on))
    path = settings.at(asked.file)
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError):
        raise SettingsError(f"{key}.file': {path} cannot be read as CSV") from None
    if "age" in rows:
        rows = rows.assign(age=pd.to_numeric(rows["age"], errors="coerce"))
    return case_review.Review(name, asked.on, rows)


def _ahead(
    settings: CouncilSettings, config: RollingAheadConfig, *, result: FlowResult, told: tuple[Places, Progress]
) -> pd.DataFrame:
    """The count of early help started over 12 months, in months to come, from sample paths of the monthly count."""
    places, progress = told
    asked = RecordsForecastConfig(measure="early_help", horizon=config.months, forecasters=config.forecasters)
    found = forecast_records(
        settings.model_copy(update={"forecast": asked}),
        Store(places.store(settings)),
        methods=forecasters_named(config.forecasters),
        progress=progress,
    )
    paths = forecast_paths(found, _WHOLE, number=_FUTURES, seed=result.seed)
    known = found.observed[found.observed["area_code"] == _WHOLE].sort_values("month")["observed_count"]
    values = rolling_ahead(known.astype(float).tolist()[-MONTHS:], paths.paths.sum(axis=1), levels=_AHEAD)
    return pd.DataFrame(
        [
            {"measure": "early_help_started", "month": str(month), "level": level, "value": float(values[place, at])}
            for place, month in enumerate(paths.periods)
            for at, level in enumerate(_AHEAD)
        ]
    )
