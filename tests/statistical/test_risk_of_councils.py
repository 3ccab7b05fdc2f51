"""Estimates for synthetic councils, from records to figures, beside the chances that drew what came."""

import importlib.util
from collections.abc import Callable
from types import ModuleType

import pandas as pd
import pytest


@pytest.fixture(scope="module")
def is_whole(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--acceptance"))


@pytest.fixture(scope="module")
def council_risk(request: pytest.FixtureRequest) -> ModuleType:
    path = request.config.rootpath / "benchmarks" / "council_risk.py"
    spec = importlib.util.spec_from_file_location("council_risk", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows(council_risk: ModuleType, *, is_whole: bool) -> pd.DataFrame:
    seeds, contacts_a_year = ((101, 102, 103), 60_000) if is_whole else ((101,), 30_000)
    found: pd.DataFrame = council_risk.pooled(seeds, contacts_a_year)
    return found


@pytest.mark.acceptance("risk")
def test_a_council_is_estimated_beside_its_truth(
    rows: pd.DataFrame, council_risk: ModuleType, record_figure: Callable[..., None], *, is_whole: bool
) -> None:
    table = council_risk.judge(rows, replicates=20).performance()
    figures = table.pivot_table(index="model", columns="metric", values="value")
    ours = figures.loc["ehforecast"]
    record_figure("synthetic councils, AUROC below the truth's", figures["auroc"]["true_chance"] - ours["auroc"],
                  "bar: at most 0.02 (missed)")  # fmt: skip
    record_figure("synthetic councils, AUROC below what records hold", figures["auroc"]["records"] - ours["auroc"])
    record_figure("synthetic councils, calibration slope", ours["slope"], "bar: 0.9-1.1 (missed)")
    record_figure("synthetic councils, in the large", ours["citl"], f"truth: {figures['citl']['true_chance']:.3f}")
    record_figure(
        "synthetic councils, ECE", ours["ece"], f"bar: at most 0.02; truth: {figures['ece']['true_chance']:.3f}"
    )
    record_figure("synthetic councils, log loss", ours["logloss"], f"logistic: {figures['logloss']['logistic']:.4f}")
    record_figure("synthetic councils, silent", rows["is_silent"].mean(), "a few per cent")
    # Catches features that drift as records grow: 47% to 74% were silenced when they counted all of the past.
    # One council with 3,000 in its test period: 3.2%, mostly for values of its four areas; three larger ones: 1.2%.
    assert 0.0 < rows["is_silent"].mean() <= (0.03 if is_whole else 0.05)
    # Catches a model worth less than a base rate on later people: 0.41 too low in the large when features drifted.
    assert abs(ours["citl"]) < 0.2
    assert ours["logloss"] < figures["logloss"]["base_rate"]
    # Catches a ceiling that is none.
    assert figures["auroc"]["true_chance"] > figures["auroc"]["records"] > ours["auroc"]
    if is_whole:
        # Catches trees that are not worth their opacity, and estimates that are off.
        assert ours["logloss"] < figures["logloss"][["points_score", "logistic"]].min()
        assert ours["ece"] <= 0.02
        # Catches features that no longer hold what the last measurement found them to hold (0.017).
        assert figures["auroc"]["records"] - ours["auroc"] <= 0.025
