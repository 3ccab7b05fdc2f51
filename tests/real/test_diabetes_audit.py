"""The fairlearn tutorial on readmission of diabetic patients, by our counts, and audited as ours."""

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ehforecast.risk.fairness.audit import audit
from ehforecast.risk.fairness.fairlearn_metrics import fairlearn_shares
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.settings import AuditSettings

MEMBERS_WITH_OUTCOME = {"AfricanAmerican": 1152, "Caucasian": 4211, "Other": 222, "Unknown": 94}


@pytest.fixture(scope="module")
def recipe(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("diabetes_tutorial", root / "benchmarks" / "diabetes_tutorial.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def frame(recipe: ModuleType, real_data: Path) -> AuditFrame:
    path = real_data / "risk" / "diabetes_compact.csv.gz"
    if not path.is_file():
        pytest.skip("risk/diabetes_compact.csv.gz is not among the data")
    found: AuditFrame = recipe.tutorial_frame(path).frame
    return found


@pytest.mark.acceptance("fairness")
def test_the_tutorials_figures(recipe: ModuleType, frame: AuditFrame, record_figure: Callable[..., None]) -> None:
    found = recipe.Tutorial(frame).figures()
    for name, value in found.items():
        record_figure(f"fairlearn tutorial, {name}", float(value), f"published {recipe.PUBLISHED[name]}")
    # Catches another model, split or count than the tutorial's: balanced accuracy to three decimals.
    assert round(found["balanced_accuracy"], 3) == round(recipe.PUBLISHED["balanced_accuracy"], 3)
    for race, events in MEMBERS_WITH_OUTCOME.items():
        name = f"false_negative_rate, {race}"
        # Catches rates of other people: each is within five people, or one, of what was published (see the recipe).
        people = abs(found[name] - recipe.PUBLISHED[name]) * events
        assert people <= (5 if events > 4000 else 1.5)


def test_our_shares_are_fairlearns(recipe: ModuleType, frame: AuditFrame) -> None:
    theirs = fairlearn_shares(frame, ["race"], edge=0.5)["false_negative_rate"]
    ours = recipe.Tutorial(frame).figures()
    # Catches two reckonings of the same people that disagree.
    np.testing.assert_allclose([ours[f"false_negative_rate, {race}"] for race in theirs.index], theirs, atol=1e-12)


def test_the_audit_says_what_the_tutorial_does_not(recipe: ModuleType, frame: AuditFrame) -> None:
    asked = AuditSettings((0.5,), (recipe.RACE,), no_population_because="patients of many hospitals", permutations=500)
    result = audit(frame, asked)
    standings = result.groups.set_index("group")["standing"]
    # Catches the group of the tutorial's largest rate judged, though 94 readmitted people are too few.
    assert standings["Unknown"] == "cannot be judged"
    assert standings["Caucasian"] == "measured"
    large = result.metrics.set_index(["group", "metric"]).loc[("Caucasian", "calibration_in_the_large")]
    # Catches estimates of a balanced training set taken for probabilities: they are far above what came.
    assert large["upper"] < -1.5
