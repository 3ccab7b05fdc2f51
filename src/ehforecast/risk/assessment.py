"""One question asked of one cohort, from first check to verdict: the method, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.risk.accounts import left_out_table
from ehforecast.risk.bar import RELATIVE, Bar, SealedBar, open_test, seal_bar
from ehforecast.risk.censoring import CensoringSettings
from ehforecast.risk.checks import check_can_be_assessed, without_constants
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.judgement import Opened, Prepared, figures_of, frames_of, notes_on, verdicts_on
from ehforecast.risk.learning import LearningRows, joined, learning_rows
from ehforecast.risk.learning_curve import learning_curve
from ehforecast.risk.model import ModelSettings, RiskModel, fit_model
from ehforecast.risk.performance import PerformanceSettings
from ehforecast.risk.probes import probe
from ehforecast.risk.results import RiskResult
from ehforecast.risk.simple_models import fit_simple_models
from ehforecast.risk.tuning import Progress, TuningSettings, grown, tune


@dataclass(frozen=True)
class AssessmentSettings:
    """Every choice of method; defaults are those the published figures were measured with.

    Attributes:
        outcome: the recorded later event, as it is named in reports.
        label_card: who decides the label, what it misses, how surveillance feeds it.
        not_looked_at, outcomes_not_counted: index events without an estimate, and later events that do not count, by
            reason; see `CohortAccount.told`.
        cohort_notes: what a reader must know of how the cohort was made.
        bar: that counts; both presets are judged beside it.
        bar_path: where the sealed bar is stored; None to keep it only in the result.
        criteria_columns: which feature holds what a published criterion needs; see `criteria`.
        explained_features: for a feature that looks like the outcome, why it was known on the day of the estimate.
        censoring, tuning, model, performance: see there.

    >>> AssessmentSettings(outcome="came back within a year").tuning.trials
    8
    """

    outcome: str = "a recorded later event"
    label_card: Mapping[str, str] = field(default_factory=dict)
    not_looked_at: Mapping[str, int] = field(default_factory=dict)
    outcomes_not_counted: Mapping[str, int] = field(default_factory=dict)
    cohort_notes: tuple[str, ...] = ()
    bar: Bar = RELATIVE
    bar_path: Path | None = None
    criteria_columns: Mapping[str, str] = field(default_factory=dict)
    explained_features: Mapping[str, str] = field(default_factory=dict)
    censoring: CensoringSettings = field(default_factory=CensoringSettings)
    tuning: TuningSettings = field(default_factory=TuningSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    performance: PerformanceSettings = field(default_factory=PerformanceSettings)


@dataclass(frozen=True)
class Assessment:
    """What can be published, beside what cannot.

    Attributes:
        result: figures and verdict; nothing about one person.
        model: private.
        estimates: private; the test period, on the cohort's index: ``estimate, lower, upper, abstained_because``,
            ``outcome`` (1, 0, or absent where not known), ``weight, group_id, period``, and ``estimate_by_NAME`` of
            each simple model.
    """

    result: RiskResult
    model: RiskModel
    estimates: pd.DataFrame = field(repr=False)


@one_thread
def assess(
    cohort: Cohort, settings: AssessmentSettings | None = None, *, progress: Progress | None = None
) -> Assessment:
    """Estimate a later event, and judge whether the estimates deserve to be used.

    Raises `RiskError` where the question cannot be asked (the outcome never happens, too few families, a window longer
    than the data), where a feature looks like the outcome, or where a sealed bar was edited.
    """
    settings = settings or AssessmentSettings()
    check_can_be_assessed(cohort)
    usable, constants = without_constants(cohort)
    train, calibrate = (learning_rows(usable.of(period), settings.censoring) for period in ("train", "calibrate"))
    search = tune(train, settings.tuning, progress=progress)
    probes = probe(train, calibrate, parameters=search.parameters, settings=settings.model)
    probes.check(settings.explained_features)
    before = joined(train, calibrate)
    learned = before if settings.model.learn_from_calibration else train
    parameters = grown(search.parameters, len(learned) / len(train))
    fitted = fit_model(train, calibrate, parameters=parameters, settings=settings.model, progress=progress)
    simple = fit_simple_models(before, criteria_columns=settings.criteria_columns, seed=settings.model.seed)
    sealed = _sealed(settings, usable, before=before)
    prepared = Prepared(usable, cohort.catalogue, constants, before, search, probes, fitted, simple, sealed)
    test = open_test(usable, sealed)
    opened = Opened.of(test, prepared, censoring=settings.censoring, performance=settings.performance)
    curve = _learning_curve(prepared, opened, settings=settings, progress=progress)
    return Assessment(_result(prepared, opened, settings=settings, curve=curve), fitted.model, opened.estimates)


def _sealed(settings: AssessmentSettings, cohort: Cohort, *, before: LearningRows) -> SealedBar:
    known = {"outcome": settings.outcome, "horizon_days": cohort.horizon_days}  # published: no count of people
    return seal_bar(settings.bar, rate=before.rate, context=known, path=settings.bar_path)


def _learning_curve(
    prepared: Prepared, opened: Opened, *, settings: AssessmentSettings, progress: Progress | None
) -> pd.DataFrame:
    known = opened.known.assign(index_on=opened.cohort.rows["index_on"])
    features = opened.cohort.features.loc[known.index]
    test = LearningRows(features, opened.cohort.catalogue, known, opened.cohort.horizon_days)
    return learning_curve(
        prepared.before,
        test,
        parameters=prepared.fitted.parameters,
        settings=(settings.model, settings.performance),
        progress=progress,
    )


def _result(prepared: Prepared, opened: Opened, *, settings: AssessmentSettings, curve: pd.DataFrame) -> RiskResult:
    figures = figures_of(opened)
    left_out = left_out_table(index_events=settings.not_looked_at, later_events=settings.outcomes_not_counted)
    frames = {**frames_of(prepared, settings.censoring), **figures, "learning_curve": curve, "left_out": left_out}
    facts = {
        "outcome": settings.outcome,
        "label_card": dict(settings.label_card),
        "horizon_days": opened.cohort.horizon_days,
        "rate_before_test": prepared.before.rate,
        "parameters": prepared.fitted.parameters,
        "calibration_method": prepared.fitted.model.method,
        "learned_from_calibration": prepared.fitted.learned_from_calibration,
        "tuned_on": prepared.search.divided,
        "seed": settings.model.seed,
        "notes": (*settings.cohort_notes, *notes_on(prepared, opened, frames=frames)),
    }
    return RiskResult.from_parts(facts | verdicts_on(prepared, opened, figures=figures), frames)
