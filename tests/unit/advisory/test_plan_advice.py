"""The door for plans: nothing passes without range, label and reason."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from plans import invented_plan

from ehforecast.advisory.plan_advice import PlanAdvice, missing_of_plan, protect_volume, release_plan
from ehforecast.demand.plan_results import SCENARIO_LABEL, PlanResult
from ehforecast.errors import ReleaseRefused

pytestmark = pytest.mark.acceptance("plan")


@pytest.fixture(scope="module")
def plan() -> PlanResult:
    return invented_plan()


def without(frame: pd.DataFrame, **changes: object) -> pd.DataFrame:
    """The frame with some columns' first rows changed."""
    changed = frame.copy()
    for name, value in changes.items():
        changed[name] = [value, *changed[name].iloc[1:]]
    return changed


def test_a_whole_plan_is_released(plan: PlanResult) -> None:
    advice = release_plan(plan, purpose="planning", reader="head", run_id="run-1", data_source="Invented")
    # Catches a door that lets nothing through, or changes what it lets through.
    assert isinstance(advice, PlanAdvice)
    assert advice.result is plan


def test_who_and_what_for_are_asked(plan: PlanResult) -> None:
    with pytest.raises(ReleaseRefused) as caught:
        release_plan(plan, purpose="staff cuts", reader=" ", run_id="", data_source="")
    # Catches advice for a purpose outside the list, or for nobody, from nowhere.
    assert len(caught.value.missing) == 4


def no_middle(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["level"] != 0.5]


def upside_down(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(value=-frame["value"].to_numpy())


FAULTS: dict[str, tuple[Callable[[PlanResult], dict[str, pd.DataFrame]], str]] = {
    "no reason": (lambda p: {"assumptions": without(p.assumptions, reason=" ")}, "the reason of the assumption"),
    "range upside down": (lambda p: {"assumptions": without(p.assumptions, low=1e9)}, "the range of the assumption"),
    "no assumptions": (lambda p: {"assumptions": p.assumptions[:0]}, "the table of what was assumed"),
    "no middle": (lambda p: {"capacity": no_middle(p.capacity)}, "the range of people needed"),
    "no volume": (lambda p: {"volume": p.volume[:0]}, "what comes, with its range"),
    "volume upside down": (lambda p: {"volume": upside_down(p.volume)}, "what comes, its ends in order"),
    "volume not known": (lambda p: {"volume": without(p.volume, value=np.nan)}, "the range of what comes"),
    "no staffing": (lambda p: {"staffing": p.staffing[:0]}, "chance of keeping each promise"),
    "staffing not known": (lambda p: {"staffing": without(p.staffing, share_low=np.nan)}, "chance of keeping each"),
    "no workers": (lambda p: {"workers_for": p.workers_for[:0]}, "the workers for a chance of 0.8"),
    "no range of workers": (lambda p: {"workers_for": without(p.workers_for, low=np.nan)}, "range of the workers"),
    "no label": (
        lambda p: {"scenarios": p.scenarios.assign(label="forecast")},
        "the label 'assumption, not a forecast'",
    ),
    "no base": (lambda p: {"scenarios": p.scenarios[p.scenarios["part"] != "base"]}, "base, changed and difference"),
    "scenario without range": (lambda p: {"scenarios": no_middle(p.scenarios)}, "the range of the scenario"),
    "no definition": (lambda p: {"targets": without(p.targets, definition="")}, "the definition of"),
    "no range": (lambda p: {"targets": without(p.targets, no_range_because="")}, "or why there is none"),
    "chance from nothing": (lambda p: {"targets": without(p.targets, chance=0.5)}, "what the chance of"),
    "no chance": (lambda p: {"targets": p.targets.assign(basis="official")}, "with the range of its forecast"),
    "panel": (lambda p: {"panels": without(p.panels, cases_low=np.nan)}, "every panel's agenda"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_is_missing_is_named(plan: PlanResult, fault: str) -> None:
    changes, words = FAULTS[fault]
    missing = list(missing_of_plan(replace(plan, **changes(plan))))  # type: ignore[arg-type] # frames of these names
    # Catches a number without its range, a scenario without its label, an assumption without its reason.
    assert any(words in each for each in missing), missing


def test_a_plan_of_no_scenarios_panels_or_targets_is_whole(plan: PlanResult) -> None:
    none = pd.DataFrame()
    # Catches a council refused because it has no panels.
    assert list(missing_of_plan(replace(plan, scenarios=none, panels=none, targets=none))) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"label": "forecast"}, "on every promise under a scenario"), ({"chance_kept": np.nan}, "the chance of every")],
)
def test_promises_under_a_scenario_need_label_and_chance(
    plan: PlanResult, changed: dict[str, object], named: str
) -> None:
    told = {"label": SCENARIO_LABEL, "chance_kept": 0.5, "share_low": 0.4, "share_high": 0.9}
    whole = pd.DataFrame([told])
    # Catches a promise told under a scenario as if it were a forecast, or without its chance.
    assert list(missing_of_plan(replace(plan, promises_if=whole))) == []
    assert [named in words for words in missing_of_plan(replace(plan, promises_if=whole.assign(**changed)))] == [True]


def test_what_comes_of_records_tells_no_month_of_last_year() -> None:
    middles = {"all": 250.3, "north": 126.4, "west": 3 * 0.63}
    rows = [(month, name, level, middle * (0.5 + level)) for month in ("2022-04", "2022-05")
            for name, middle in middles.items() for level in (0.1, 0.5, 0.9)]  # fmt: skip
    volume = pd.DataFrame(rows, columns=["period", "series", "level", "value"])
    shown = protect_volume(volume, {"west"})
    # Catches 1.9 families beside 0.63 families for each contact: three contacts in a hidden month of last year.
    assert set(shown["series"]) == {"all", "north"}
    # Catches months finer than counts are shown, a series lost without need, or a month of it.
    assert shown.loc[shown["level"] == 0.5, "value"].tolist() == [250, 125, 250, 125]
    assert ((shown["value"] % 5 == 0).all(), len(shown)) == (True, 12)
    # Catches a council so small that its own month is told by its plan: it is refused at the door.
    assert protect_volume(volume, {"all", "north", "west"}).empty
