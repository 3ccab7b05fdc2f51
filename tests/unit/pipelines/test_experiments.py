"""What a run shows in the experiment record: figures that may be released, by group and by fold, with its parts."""

from dataclasses import replace

import pandas as pd
import pytest
from audit_sample import RARE, sample_result
from plans import invented_plan
from recorded_runs import ORIGINS, RISK, demand_result, trials
from risk_result import risk_result

from ehforecast.pipelines.experiments import experiment_of
from ehforecast.tracking.experiment_run import ExperimentRun
from ehforecast.tracking.run_comparison import DATES

RECORD = {
    "name": "northmere",
    "settings": {"title": "Northmere", "tracking": {"mlflow": True}, "records": {"source": "/srv/anna/x.csv"}},
    "data_until": "2022-03",
    "versions": {"lightgbm": "4.7.0", "ehforecast source": "ab"},
}


def shown(step: str, facts: dict[str, object], frames: dict[str, pd.DataFrame]) -> ExperimentRun:
    found = experiment_of(RECORD, "northmere-2022-03-abc", step=step, facts=facts, frames=frames)
    assert found is not None
    return found


@pytest.fixture
def forecast() -> ExperimentRun:
    result = demand_result()
    return shown("forecast", result.facts(), result.frames())


@pytest.fixture
def risk() -> ExperimentRun:
    result = risk_result("not met", trials=trials())
    return shown(RISK, result.facts(), result.frames())


def figures(run: ExperimentRun) -> dict[tuple[str, int], float]:
    return {(figure.name, figure.step): figure.value for figure in run.figures}


def test_a_forecast_shows_accuracy_of_the_whole_by_area_and_by_date(forecast: ExperimentRun) -> None:
    found = figures(forecast)
    # Catches the accuracy on the dates of choice shown as the one that is reported.
    assert found["wape", 0] == 0.2
    assert ("choice wape", 0) in found or not any(name.startswith("choice") for name, _ in found)
    # Catches an area left out.
    assert {name for name, _ in found if name.startswith("wape by area/")}
    # Catches dates out of their order, or on one step.
    assert [found["by origin/wape", step] for step in (1, 2, 3)] == pytest.approx([0.2, 0.21, 0.22])
    assert forecast.settings[DATES] == ", ".join(ORIGINS)


def test_each_method_tried_is_a_part(forecast: ExperimentRun) -> None:
    # Catches a backtest whose methods cannot be compared in MLflow's page.
    assert [part.name for part in forecast.parts] == ["seasonal_naive", "pooled_season"]
    assert [part.tags["published"] for part in forecast.parts] == ["no", "yes"]
    assert all(("by origin/wape", 3) in figures(part) for part in forecast.parts)


def test_settings_hold_no_place_and_no_log(forecast: ExperimentRun) -> None:
    # Catches a user's folder in a record that others look at.
    assert forecast.settings["records.source"] == "x.csv"
    assert not [name for name in forecast.settings if name.startswith("tracking")]
    assert forecast.settings["version.lightgbm"] == "4.7.0"
    # Catches runs of different questions in one experiment, where comparing means nothing.
    assert forecast.experiment == "northmere forecast"


def test_a_forecast_that_is_refused_shows_no_figure() -> None:
    result = replace(demand_result(), accuracy=demand_result().accuracy.iloc[:0])
    refused = shown("forecast", result.facts(), result.frames())
    # Catches a way round the door by the experiment record.
    assert refused.figures == ()
    assert refused.parts == ()
    assert refused.tags["release"] == "refused"


def test_a_question_shows_its_verdict_and_figures_with_limits(risk: ExperimentRun) -> None:
    found = figures(risk)
    assert risk.tags["verdict"] == "not met"
    assert risk.tags["verdict.what_works_2020"] == "not met"
    # Catches a figure without its limits.
    assert {("auroc", 0), ("limits/auroc lower", 0), ("limits/auroc upper", 0)} <= set(found)
    # Catches curves on one step.
    assert {("calibration curve/came", step) for step in range(1, 11)} <= set(found)
    assert ("by quarter/auroc", 1) in found
    assert risk.settings["trees.leaves"] == "4"


def test_a_group_too_small_to_be_judged_has_no_figure(risk: ExperimentRun) -> None:
    names = {name for name, _ in figures(risk)}
    # Catches a group of six children with a figure of its own.
    assert "brier_skill by sex/female" in names
    assert "brier_skill by sex/neither" not in names


def test_every_trial_is_a_part_with_its_folds_as_steps(risk: ExperimentRun) -> None:
    first, second = risk.parts[:2]
    # Catches a search whose trials cannot be compared.
    assert (first.name, second.name) == ("trial 0", "trial 1")
    assert first.settings == {"leaves": "4"}
    assert (first.tags["chosen"], second.tags["chosen"]) == ("no", "yes")
    assert [figures(second)["by fold/logloss", fold] for fold in (1, 2)] == [0.39, 0.41]
    # Catches the models it has to be better than left out.
    assert {"model logistic", "model points"} <= {part.name for part in risk.parts}


def test_a_plan_shows_workers_chances_and_targets_with_their_ranges() -> None:
    result = invented_plan()
    plan = shown("plan", result.facts(), result.frames())
    found = figures(plan)
    first = result.workers_for.iloc[0]
    name = f"workers for {first['promise']}/chance {first['chance']:g}"
    # Catches a number of workers without its range.
    assert [found[form.format(name), 0] for form in ("{}", "limits/{} lower", "limits/{} upper")] == [
        first["workers"], first["low"], first["high"],
    ]  # fmt: skip
    middle = result.capacity[result.capacity["measure"].eq("people_needed") & result.capacity["level"].eq(0.5)]
    # Catches months out of their order, or the ends of the range in place of its middle.
    assert [found["people needed", month] for month in range(1, len(middle) + 1)] == middle["value"].tolist()
    assert found["limits/people needed lower", 1] <= found["people needed", 1]
    assert {name for name, _ in found} >= {"chance that those in post are enough", "chance of target/Health"}
    assert (plan.experiment, plan.tags["kind"]) == ("northmere plan", "plan")
    refused = shown("plan", result.facts(), result.frames() | {"staffing": result.staffing.iloc[:0]})
    # Catches a way round the door by the experiment record.
    assert (refused.figures, refused.tags["release"]) == ((), "refused")


def test_an_audit_shows_groups_that_can_be_judged_and_no_other() -> None:
    result = sample_result()
    audit = shown("audit", result.facts(), result.frames())
    names = {name for name, _ in figures(audit)}
    # Catches an audit whose gaps cannot be compared from one run to the next.
    assert any(name.startswith("gap in ") for name in names)
    assert any(" by group/" in name for name in names)
    # Catches a figure without its range.
    assert {f"limits/{name} lower"[:250] for name in names if not name.startswith("limits/")} <= names
    # Catches a group of five people with a figure of its own.
    assert not [name for name in names if RARE in name]


def test_other_steps_are_not_shown() -> None:
    # Catches a step without figures sent as an empty run.
    assert experiment_of(RECORD, "a", step="past", facts={}, frames={}) is None
    assert experiment_of(RECORD, "a", step="risk_x", facts={"other": 1}, frames={}) is None


def test_codes_of_records_become_names_that_mlflow_takes() -> None:
    result = demand_result()
    codes = dict(zip(result.areas["area_code"], ("total", "north | 1A", "<b>", "a*b"), strict=True))
    result = replace(
        result,
        areas=result.areas.assign(area_code=result.areas["area_code"].map(codes)),
        accuracy=result.accuracy.replace({"area_code": codes}),
    )
    from ehforecast.pipelines.experiments import forecast_experiment  # noqa: PLC0415 - past the door, which knows codes

    found = forecast_experiment(result, ExperimentRun("e", "n", "r"))
    # Catches a run that is lost because one of its areas has a sign in its code.
    assert "wape by area/north _ 1A" in {figure.name for figure in found.figures}
