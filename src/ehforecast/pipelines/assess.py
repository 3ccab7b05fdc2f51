"""From a council's records to a verdict: can they tell how often families come back or step up, and how surely?"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path

import pandas as pd

from ehforecast.advisory.risk_advice import release_risk
from ehforecast.errors import SettingsError, StoreError
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import AssessmentConfig, CouncilSettings
from ehforecast.reports import write_risk_report
from ehforecast.risk.assessment import Assessment, AssessmentSettings, assess
from ehforecast.risk.bar import PRESETS
from ehforecast.risk.bundle import bundle_of
from ehforecast.risk.matrix import CouncilCohort, build_cohort
from ehforecast.risk.outcome import followed_until
from ehforecast.risk.outcome_settings import QUESTIONS, OutcomeSettings
from ehforecast.risk.timeline import default_timeline
from ehforecast.risk.tuning import TuningSettings
from ehforecast.store import Store, make_private_folder, write_bytes_atomically
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions

BAR_FILE = "bar.json"


def assess_records(settings: CouncilSettings, places: Places, *, progress: Callable[[str], None]) -> list[Path]:
    """Answer every question of a configuration from what its store holds; return the reports' pages.

    Raises `SettingsError` for a question or timeline that cannot be used, `RiskError` where a question cannot be asked.
    """
    asked = settings.assessment
    if asked is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'assessment': say which questions to ask")
    unknown = [name for name in asked.questions if name not in QUESTIONS]
    if unknown:
        known = ", ".join(QUESTIONS)
        raise SettingsError(
            f"configuration '{settings.name}', key 'assessment.questions': no {', '.join(unknown)}; there are {known}"
        )
    store = Store(places.store(settings))
    day = _last_extract(store)
    tables = store.known_by(day)
    return [
        _answer(QUESTIONS[name], tables, settings=settings, places=places, told=(asked, day, progress))
        for name in asked.questions
    ]


def _last_extract(store: Store) -> date:
    days = [stored.extracted_on for stored in store.manifest().extracts_of("contacts") if stored.extracted_on]
    if not days:
        raise StoreError(f"store {store.folder} holds no council's records yet; run 'ehforecast ingest' first")
    return date.fromisoformat(max(days))


def _answer(
    question: OutcomeSettings,
    tables: Mapping[str, pd.DataFrame],
    *,
    settings: CouncilSettings,
    places: Places,
    told: tuple[AssessmentConfig, date, Callable[[str], None]],
) -> Path:
    """One question, from cohort to report."""
    asked, day, progress = told
    progress(f"{question.name}: finding who is asked about, as known on {day}")
    found = _cohort(question, tables, day=day)
    log = FolderLog(places.assessments(settings, question.name))
    record = _record(settings, question, day=day, store=Store(places.store(settings)))
    bar_path = log.folder / record.run_id / BAR_FILE
    make_private_folder(bar_path.parent)
    assessment = assess(
        found.cohort, _method(question, found, asked=asked, bar_path=bar_path), progress=_told(question.name, progress)
    )
    _keep(assessment, record, log=log)
    progress(f"{question.name}: the bar is {assessment.result.verdict}")
    advice = release_risk(
        assessment.result,
        purpose=settings.purpose,
        reader=asked.reader,
        run_id=record.run_id,
        data_source=f"Records of {settings.title}, extract of {day}",
    )
    return write_risk_report(advice, places.reports / record.run_id)


def _cohort(question: OutcomeSettings, tables: Mapping[str, pd.DataFrame], *, day: date) -> CouncilCohort:
    first_on = tables["contacts"]["contact_on"].min().date()
    timeline = default_timeline(first_on, followed_until(question, day), families=question.families)
    return build_cohort(tables, question=question, timeline=timeline, extracted_on=day)


def _method(
    question: OutcomeSettings, found: CouncilCohort, *, asked: AssessmentConfig, bar_path: Path
) -> AssessmentSettings:
    return AssessmentSettings(
        outcome=question.name.replace("_", " "),
        label_card=asdict(found.account.card),
        bar=PRESETS[asked.bar],
        bar_path=bar_path,
        tuning=TuningSettings(trials=asked.trials, seed=asked.seed),
    )


def _record(settings: CouncilSettings, question: OutcomeSettings, *, day: date, store: Store) -> RunRecord:
    current = [stored for stored in store.manifest().extracts if stored.extracted_on == day.isoformat()]
    return RunRecord(
        name=f"{settings.name}-{question.name}",
        settings=settings.model_dump(mode="json"),
        inputs=[stored.model_dump(mode="json") for stored in current],
        data_until=day.isoformat(),
        versions=current_versions(),
    )


def _keep(assessment: Assessment, record: RunRecord, *, log: FolderLog) -> None:
    """Result and record; the model as a bundle, and estimates not at all: they can be made again."""
    log.save(record, assessment.result.facts(), frames=assessment.result.frames())
    for name, data in bundle_of(assessment.model, about={"run_id": record.run_id}).items():
        write_bytes_atomically(log.folder / record.run_id / "model" / name, data)


def _told(question: str, progress: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """Progress of long steps in lines, one for each tenth."""

    def tell(step: str, done: int, of: int) -> None:  # noqa: PLR0917 - called by place, as progress is
        if done == of or done * 10 // of != (done - 1) * 10 // of:
            progress(f"{question}: {step}, {done} of {of}")

    return tell
