"""What a kept step of a run shows in the experiment record: settings, figures by group and by fold, and its parts.

Every figure comes from a result as it may be released: counts protected, small groups left out. Nothing is worked out
here; figures get names under which MLflow puts like beside like ("wape by area/…"), and steps where they have an order.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pandas as pd

from ehforecast.advisory.fairness_advice import release_fairness
from ehforecast.advisory.plan_advice import release_plan
from ehforecast.advisory.release import release
from ehforecast.advisory.risk_advice import protect_counts
from ehforecast.advisory.statement import Purpose
from ehforecast.demand.plan_results import PlanResult
from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.errors import ReleaseRefused
from ehforecast.kept_result import KeptResult
from ehforecast.pipelines.report_figures import audit_figures, plan_figures
from ehforecast.risk.fairness_results import FairnessResult
from ehforecast.risk.results import MODEL, RiskResult
from ehforecast.tracking.experiment_run import ExperimentRun, Figure, as_setting, flat_settings, plain_name
from ehforecast.tracking.run_comparison import DATES
from ehforecast.tracking.run_record import recorded_settings

Record = Mapping[str, Any]
FORECAST, RISK, PLAN, AUDIT = "forecast", "risk_", "plan", "audit"
BY_AREA = ("wape", "bias", "coverage80")
BY_ORIGIN = ("wape", "wql", "bias", "coverage80")


def experiment_of(
    record: Record, run_id: str, *, step: str, facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]
) -> ExperimentRun | None:
    """A step as the experiment record shows it; None for a step that is not shown there."""
    about = _about(record, run_id, step=step)
    if step.startswith(RISK) and "verdict" in facts:
        return risk_experiment(protect_counts(RiskResult.from_parts(facts, frames)), about)
    if step not in _SHOWN:
        return None
    kept, show = _SHOWN[step]
    try:
        return show(kept.from_parts(facts, frames), about)
    except ReleaseRefused:  # settings alone: the experiment record is no way round the door
        return _with(about, {"kind": step, "release": "refused"})


def _released_forecast(result: DemandResult, about: ExperimentRun) -> ExperimentRun:
    return forecast_experiment(release(result, **_letterhead(about)).result, about)


def _released_plan(result: PlanResult, about: ExperimentRun) -> ExperimentRun:
    shown = release_plan(result, reader="analyst", **_letterhead(about)).result
    tags = {"kind": PLAN, "area": shown.area_name, "data_until": shown.data_until}
    return _with(about, tags, figures=tuple(plan_figures(shown)))


def _released_audit(result: FairnessResult, about: ExperimentRun) -> ExperimentRun:
    shown = release_fairness(result, reader="analyst", **_letterhead(about)).result
    return _with(about, {"kind": AUDIT}, figures=tuple(audit_figures(shown)))


_SHOWN: Mapping[str, tuple[type[KeptResult], Callable[..., ExperimentRun]]] = MappingProxyType(
    {
        FORECAST: (DemandResult, _released_forecast),
        PLAN: (PlanResult, _released_plan),
        AUDIT: (FairnessResult, _released_audit),
    }
)
"""What a step keeps, and how it is shown as far as the door lets it out."""


def _letterhead(about: ExperimentRun) -> dict[str, Any]:
    return {"purpose": Purpose.RESEARCH, "run_id": about.run_id, "data_source": "the run's own record"}


def forecast_experiment(result: DemandResult, about: ExperimentRun) -> ExperimentRun:
    """A forecast: the published method's accuracy, and one part for each method tried."""
    published = str(result.forecasters.loc[result.forecasters["is_published"], "forecaster"].iloc[0])
    parts = tuple(
        _part(about, str(row["forecaster"]), figures=_of_method(result, str(row["forecaster"])),
              tags={"published": "yes" if row["is_published"] else "no", "kind": "method tried"},
              settings={"method": str(row["label"]), "choice_loss": as_setting(float(row["choice_loss"]))})
        for row in result.forecasters.to_dict("records")
    )  # fmt: skip
    tags = {"kind": "forecast", "measure": result.measure, "data_until": result.data_until, "method": published}
    figures = (*_of_method(result, published), *_by_area(result, published), *_ahead(result, published))
    dates = {DATES: as_setting(", ".join(_origins(result.accuracy_by_origin)))}
    return _with(about, tags | _against_naive(result, published), figures=figures, parts=parts, settings=dates)


def risk_experiment(result: RiskResult, about: ExperimentRun) -> ExperimentRun:
    """A question: figures on the test period, by group and over time; its parts are the search and simple models."""
    trees = flat_settings({"trees": {name: as_setting(value) for name, value in result.parameters.items()}})
    tags = {"kind": "risk research", "verdict": result.verdict, "outcome": result.outcome}
    tags |= {f"verdict.{bar}": verdict for bar, verdict in result.verdicts.items()}
    figures = (
        *_of_model(result, MODEL),
        *_by_group(result.by_group),
        *_stepped(result.stability, "by quarter"),
        *_stepped(result.learning_curve, "by share learned from"),
        *_calibration(result.calibration_curve),
    )
    simple = [model for model in result.performance["model"].unique() if model != MODEL]
    compared = [
        _part(about, f"model {model}", figures=_of_model(result, str(model)), tags={"kind": "simple model"})
        for model in simple
    ]
    more = trees | {"calibration": result.calibration_method, "divided": as_setting(result.tuned_on)}
    parts = (*_trials(result.trials, about), *compared)
    return _with(about, tags, figures=figures, parts=parts, settings=more)


def _about(record: Record, run_id: str, *, step: str) -> ExperimentRun:
    """What every step of a run has in common."""
    told = flat_settings(recorded_settings(record["settings"])) | {"data_until": str(record["data_until"])}
    versions = {f"version.{name}": str(number) for name, number in record["versions"].items()}
    settings = {plain_name(name): value for name, value in (told | versions).items()}
    return ExperimentRun(plain_name(f"{record['name']} {step}"), plain_name(run_id), run_id, settings)


def _with(
    about: ExperimentRun,
    tags: Mapping[str, str],
    *,
    settings: Mapping[str, str] | None = None,
    figures: tuple[Figure, ...] = (),
    parts: tuple[ExperimentRun, ...] = (),
) -> ExperimentRun:
    told = {plain_name(name): as_setting(value) for name, value in tags.items()}
    known = {**about.settings, **{plain_name(name): value for name, value in (settings or {}).items()}}
    return replace(about, tags=told, settings=known, figures=figures, parts=parts)


def _part(
    about: ExperimentRun,
    name: str,
    *,
    figures: tuple[Figure, ...],
    tags: Mapping[str, str],
    settings: Mapping[str, str] | None = None,
) -> ExperimentRun:
    return ExperimentRun(about.experiment, plain_name(name), about.run_id, settings or {}, figures, tags)


def _of_method(result: DemandResult, method: str) -> tuple[Figure, ...]:
    rows = result.accuracy
    pooled = rows[(rows["area_code"] == ALL_AREAS) & (rows["forecaster"] == method)]
    figures = [
        Figure(metric if stage == "report" else f"{stage} {metric}", float(value))
        for stage, metric, value in zip(pooled["stage"], pooled["metric"], pooled["value"], strict=True)
    ]
    return (*figures, *_by_origin(result.accuracy_by_origin, method))


def _by_origin(rows: pd.DataFrame, method: str) -> Iterator[Figure]:
    """One step for each date in the past from which was forecast, in their order."""
    if rows.empty:
        return
    order = {origin: place for place, origin in enumerate(_origins(rows), start=1)}
    own = rows[rows["forecaster"].eq(method) & rows["metric"].isin(BY_ORIGIN)]
    for origin, metric, value in zip(own["origin"], own["metric"], own["value"], strict=True):
        yield Figure(f"by origin/{metric}", float(value), order[origin])


def _origins(rows: pd.DataFrame) -> list[str]:
    return sorted(map(str, rows["origin"].unique())) if len(rows) else []


def _by_area(result: DemandResult, method: str) -> Iterator[Figure]:
    rows = result.accuracy
    own = rows[
        rows["forecaster"].eq(method)
        & rows["stage"].eq("report")
        & rows["area_code"].ne(ALL_AREAS)
        & rows["metric"].isin(BY_AREA)
    ]
    for code, metric, value in zip(own["area_code"], own["metric"], own["value"], strict=True):
        yield Figure(plain_name(f"{metric} by area/{code}"), float(value))


def _ahead(result: DemandResult, method: str) -> Iterator[Figure]:
    rows = result.accuracy_ahead
    if rows.empty:
        return
    own = rows[rows["forecaster"].eq(method) & rows["area_code"].eq(ALL_AREAS) & rows["area_level"].eq("")]
    for metric, ahead, value in zip(own["metric"], own["months_ahead"], own["value"], strict=True):
        if metric in BY_ORIGIN:
            yield Figure(f"by periods ahead/{metric}", float(value), int(ahead))


def _against_naive(result: DemandResult, method: str) -> dict[str, str]:
    rows = result.comparison
    own = rows[rows["forecaster"] == method] if len(rows) else rows
    return {"against_same_season_before": str(own["verdict"].iloc[0])} if len(own) else {}


def _of_model(result: RiskResult, model: str) -> tuple[Figure, ...]:
    rows = result.performance[result.performance["model"] == model]
    ends = (("value", "{}"), ("lower", "limits/{} lower"), ("upper", "limits/{} upper"))
    return tuple(
        Figure(plain_name(name.format(row["metric"])), float(row[end]))
        for row in rows.to_dict("records")
        for end, name in ends
    )


def _by_group(rows: pd.DataFrame) -> Iterator[Figure]:
    judged = rows[rows["can_be_judged"].astype(bool)] if len(rows) else rows
    for row in judged.to_dict("records"):
        yield Figure(plain_name(f"{row['metric']} by {row['characteristic']}/{row['group']}"), float(row["value"]))


def _stepped(rows: pd.DataFrame, name: str) -> Iterator[Figure]:
    """Figures in the order of their rows, each metric by itself."""
    for metric, own in rows.groupby("metric", sort=True) if len(rows) else ():
        judged = own.get("can_be_judged", pd.Series(data=True, index=own.index)).astype(bool)
        for place, (value, is_judged) in enumerate(zip(own["value"], judged, strict=True), start=1):
            if is_judged:
                yield Figure(plain_name(f"{name}/{metric}"), float(value), place)


def _calibration(rows: pd.DataFrame) -> Iterator[Figure]:
    own = rows[rows["model"].eq(MODEL) & rows["value"].notna()] if len(rows) else rows
    for row in own.to_dict("records"):
        yield Figure("calibration curve/estimated", float(row["mean_estimate"]), int(row["bin"]))
        yield Figure("calibration curve/came", float(row["value"]), int(row["bin"]))


def _trials(rows: pd.DataFrame, about: ExperimentRun) -> Iterator[ExperimentRun]:
    """One part for each trial of the search; its loss on each fold has a step for each."""
    known = ("trial", "trees", "logloss", "difference", "se", "chosen")
    folds = sorted(name for name in rows.columns if str(name).startswith("logloss_fold_"))
    for row in rows.to_dict("records"):
        figures = [Figure(name, float(row[name])) for name in ("logloss", "difference", "se", "trees")]
        figures += [Figure("by fold/logloss", float(row[name]), place) for place, name in enumerate(folds, start=1)]
        settings = {str(name): as_setting(value) for name, value in row.items() if name not in (*known, *folds)}
        tags = {"kind": "trial of the search", "chosen": "yes" if row["chosen"] else "no"}
        yield _part(about, f"trial {row['trial']}", figures=tuple(figures), tags=tags, settings=settings)
