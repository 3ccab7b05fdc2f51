"""From a council's records to a verdict: can they tell how often families come back or step up, and how surely?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from ehforecast.advisory.counted import counted_in_risk
from ehforecast.advisory.risk_advice import release_risk
from ehforecast.compute.countdown import Countdown
from ehforecast.errors import SettingsError
from ehforecast.pipelines.explain import Answered, attack_model, audit_estimates, explain_estimates
from ehforecast.pipelines.one_run import OneRun, current_run, last_extract
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import AssessmentConfig, CouncilSettings
from ehforecast.reports import write_risk_report
from ehforecast.risk.assessment import Assessment, AssessmentSettings, assess
from ehforecast.risk.bar import PRESETS
from ehforecast.risk.bundle import bundle_of
from ehforecast.risk.cohort_parts import CohortParts, build_cohort_parts
from ehforecast.risk.matrix import CohortPlan, CouncilCohort, MatrixSettings, build_cohort
from ehforecast.risk.outcome import followed_until
from ehforecast.risk.outcome_settings import QUESTIONS, OutcomeSettings
from ehforecast.risk.timeline import default_timeline
from ehforecast.risk.tuning import TuningSettings
from ehforecast.store import KnownTables, Store, make_private_folder, write_bytes_atomically
from ehforecast.vocabulary.periods import day_words

BAR_FILE = "bar.json"


def assess_records(settings: CouncilSettings, places: Places, *, progress: Callable[[str], None]) -> list[Path]:
    """Answer every question of a configuration from what its store holds; return the reports' pages.

    Raises `SettingsError` for a question or timeline that cannot be used, `RiskError` where a question cannot be asked.
    """
    asked = settings.assessment
    if asked is None:
        raise SettingsError(f"configuration '{settings.name}' has no section 'assessment': say which questions to ask")
    check_questions(asked.questions, key=f"configuration '{settings.name}', key 'assessment.questions'")
    run = current_run(settings, places)
    store = Store(places.store(settings))
    day = last_extract(store, "contacts")
    tables = store.known_by(day)
    about = Asked(asked, day, f"{settings.title}: extract of {day_words(day)}", settings.purpose)
    pages = []
    for name in asked.questions:
        with recorded(run):
            answered, page = _answer(QUESTIONS[name], tables, run=run, about=about, progress=progress)
            pages += [page, *_told_besides(answered, settings, tables=tables, progress=progress)]
    return pages


def check_questions(names: Sequence[str], *, key: str) -> None:
    """Raise `SettingsError` for a question nobody defined."""
    unknown = [name for name in names if name not in QUESTIONS]
    if unknown:
        raise SettingsError(f"{key}: no {', '.join(unknown)}; there are {', '.join(QUESTIONS)}")


def step_of(question: str) -> str:
    """The step's name, in the private folder of a run and in the published one."""
    return f"risk_{question}"


@dataclass(frozen=True)
class Asked:
    """What is the same for every question of a run."""

    section: AssessmentConfig
    day: date
    source: str
    purpose: str


def _answer(
    question: OutcomeSettings,
    tables: Mapping[str, pd.DataFrame],
    *,
    run: OneRun,
    about: Asked,
    progress: Callable[[str], None],
) -> tuple[Answered, Path]:
    """One question, from cohort to report."""
    progress(f"{question.name}: finding who is asked about, as known on {about.day}")
    step = step_of(question.name)
    found = cohort_of(question, tables, day=about.day, settings=_matrix(about.section))
    bar_path = run.step(step) / BAR_FILE
    make_private_folder(bar_path.parent)
    assessment = assess(
        found.cohort,
        _method(found, asked=about.section, bar_path=bar_path),
        progress=_told(question.name, progress),
    )
    _keep(assessment, run, step=step)
    progress(f"{question.name}: the bar is {assessment.result.verdict}")
    advice = release_risk(
        assessment.result,
        purpose=about.purpose,
        reader=about.section.reader,
        run_id=run.run_id,
        data_source=about.source,
    )
    counted = counted_in_risk(assessment.result, run_id=run.run_id)
    page = way_out(run).publish(step, lambda folder: write_risk_report(advice, folder), counted=counted)
    return Answered(question.name, found.cohort, assessment, advice, run), page


def _told_besides(
    answered: Answered,
    settings: CouncilSettings,
    *,
    tables: Mapping[str, pd.DataFrame],
    progress: Callable[[str], None],
) -> Iterator[Path]:
    """What drives the estimates, and for whom they are worse: good or not, somebody must be able to ask."""
    attack_model(answered, progress=progress)
    explained, page = explain_estimates(answered, settings.explanations, progress=progress)
    yield page
    yield audit_estimates(answered, settings.fairness, explained=explained, tables=tables, progress=progress)


def _matrix(asked: AssessmentConfig) -> MatrixSettings:
    return MatrixSettings(leave_out=asked.leave_out, accepted_suspects=asked.accepted_features)


def cohort_of(
    question: OutcomeSettings,
    tables: Mapping[str, pd.DataFrame],
    *,
    day: date,
    settings: MatrixSettings | None = None,
) -> CouncilCohort:
    """Who a question is asked about, by the usual timeline; ``tables`` as they were known on ``day``."""
    plan = _usual_plan(question, tables["contacts"]["contact_on"].min(), day=day)
    return build_cohort(tables, question=question, timeline=plan.timeline, extracted_on=day, settings=settings)


def cohort_in_parts(
    question: OutcomeSettings, known: KnownTables, *, folder: Path, progress: Callable[[str], None]
) -> CohortParts:
    """The same of tables that memory cannot hold, kept in a folder."""
    first = known.frame("SELECT min(contact_on) AS contact_on FROM contacts")["contact_on"][0]
    plan = _usual_plan(question, first, day=known.on)
    progress(f"{question.name}: records of children go into {folder}, for you alone to read; delete it when done")
    return build_cohort_parts(known, folder, plan=plan, progress=_told(question.name, progress))


def _usual_plan(question: OutcomeSettings, first: pd.Timestamp, *, day: date) -> CohortPlan:
    if pd.isna(first):
        raise SettingsError("contacts holds no row: nobody can say when records begin")
    timeline = default_timeline(first.date(), followed_until(question, day), families=question.families)
    return CohortPlan(question, timeline, day)


def _method(found: CouncilCohort, *, asked: AssessmentConfig, bar_path: Path) -> AssessmentSettings:
    return AssessmentSettings(
        **found.account.told(),
        bar=PRESETS[asked.bar],
        bar_path=bar_path,
        tuning=TuningSettings(trials=asked.trials, seed=asked.seed),
        explained_features=asked.accepted_features,
    )


def _keep(assessment: Assessment, run: OneRun, *, step: str) -> None:
    """Result and record; the model as a bundle, and estimates not at all: they can be made again."""
    run.keep(step, assessment.result.facts(), frames=assessment.result.frames())
    for name, data in bundle_of(assessment.model, about={"run_id": run.run_id}).items():
        write_bytes_atomically(run.step(step) / "model" / name, data)


def _told(question: str, progress: Callable[[str], None]) -> Callable[[str, int, int], None]:
    """Progress of long steps in lines, one for each tenth, with the time left of the step."""
    after_first: dict[str, Countdown] = {}

    def tell(step: str, done: int, of: int) -> None:  # noqa: PLR0917 - called by place, as progress is
        left = after_first.setdefault(step, Countdown(of - 1)).left(done - 1)  # told of when the first is done
        if done == of or done * 10 // of != (done - 1) * 10 // of:
            progress(f"{question}: {step}, {done} of {of}{left}")

    return tell
