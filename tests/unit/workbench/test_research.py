"""A question in a notebook: assessed, explained, audited; what is shown is what the result holds."""

from collections.abc import Callable

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from simulated_risk import simulated_council

import ehforecast as eh
from ehforecast.errors import EhforecastError, SettingsError
from ehforecast.risk.model import ModelSettings
from ehforecast.risk.performance import PerformanceSettings
from ehforecast.risk.tuning import TuningSettings
from ehforecast.workbench import public

mpl.use("Agg")
QUICK = eh.AssessmentSettings(
    outcome="escalation",
    tuning=TuningSettings(trials=1, folds=2, most_trees=100),
    model=ModelSettings(spread_models=2),
    performance=PerformanceSettings(20, 20, learning_shares=()),
)


@pytest.fixture(scope="module")
def assessed() -> eh.Assessed:
    return eh.assess(simulated_council(seed=6, families=1_500).cohort, settings=QUICK)


@pytest.fixture(scope="module")
def audited(assessed: eh.Assessed) -> eh.Audited:
    estimates = assessed.assessment.estimates
    groups = pd.Series(np.where(np.arange(len(estimates)) % 2, "a", "b"), estimates.index)
    return eh.audit(estimates.assign(sex=groups), {"sex": eh.Characteristic.SEX}, cluster="group_id", draws=100)


def test_the_verdict_stands_first(assessed: eh.Assessed) -> None:
    lines = repr(assessed).splitlines()
    # Catches an answer that hides its verdict, its beaten rival, or what it must never be used for.
    assert lines[0] == f"escalation: the bar is {assessed.verdict}."
    assert "logistic regression" in lines[2]
    assert "no estimate may be used to decide" in lines[3]
    held = assessed.conditions()
    missed = held[(held["bar"] == "relative") & (held["verdict"] == "not met")]["condition"]
    # Catches "not met" without a word why, or the conditions of the bar that does not count.
    assert assessed.verdict == "not met"
    assert lines[1].startswith(f"Not met: {', '.join(missed)}")
    # Catches figures of another model.
    assert assessed.to_frame().loc["lightgbm", "auroc"] == assessed.result.figure("auroc")
    assert {"bar", "condition", "verdict"} <= set(assessed.conditions())
    # Catches a setting lost on the way to the bar that was asked for.
    other = assessed.conditions()["bar"].unique()
    assert {"relative", "what_works_2020"} <= set(other)


@pytest.mark.parametrize("kind", ["calibration", "net_benefit"])
def test_plots_of_an_assessment_show_every_model(assessed: eh.Assessed, kind: str) -> None:
    labels = assessed.plot(kind).get_legend_handles_labels()[1]  # type: ignore[arg-type] # both kinds there are
    # Catches a picture of the trees alone: simple models always stand beside them.
    assert {"lightgbm", "logistic"} <= set(labels)


def test_a_plot_nobody_drew_is_refused(assessed: eh.Assessed) -> None:
    with pytest.raises(SettingsError, match="no plot 'roc'; there are calibration and net_benefit"):
        assessed.plot("roc")  # type: ignore[arg-type] # that is the point


def test_reasons_are_told_for_all_and_shown_the_largest_first(assessed: eh.Assessed) -> None:
    reasons = assessed.explain()
    table = reasons.to_frame()
    # Catches an order by name, or limits not around their value.
    assert table["value"].is_monotonic_decreasing
    assert ((table["lower"] <= table["value"]) & (table["value"] <= table["upper"])).all()
    # Catches an account that does not say what no record can show.
    assert "never recorded" in repr(reasons)
    drawn = reasons.plot(3).get_lines()[-1].get_xdata()
    np.testing.assert_allclose(np.sort(drawn), np.sort(table["value"].head(3)))


def test_an_audit_of_a_cohort_lists_every_characteristic(assessed: eh.Assessed) -> None:
    inventory = assessed.audit(draws=100).result.inventory
    # Catches a characteristic that is left out because nobody recorded it.
    assert set(inventory["characteristic"]) >= {characteristic.value for characteristic in eh.Characteristic}


def test_any_table_can_be_audited(audited: eh.Audited) -> None:
    gaps = audited.to_frame()
    # Catches gaps to a single other group shown for gaps to everyone else, or groups left out.
    assert {"a", "b"} <= set(gaps["group"])
    assert "estimates audited" in repr(audited)
    # Catches an audit that shows what it could not look at in place of what it found.
    assert "gaps were judged" in repr(audited).splitlines()[1]
    assert "of 12 characteristics could not be looked at" in repr(audited).splitlines()[-1]
    # Catches a picture that is not of the measure named.
    assert audited.plot("false_negative_rate").get_title(loc="left").startswith("false negative rate")
    with pytest.raises(SettingsError, match="no gap in 'beauty'"):
        audited.plot("beauty")


TABLE = pd.DataFrame({"estimate": [0.1, 0.2] * 50, "outcome": [0, 1] * 50, "sex": ["a", "b"] * 50})


def test_what_estimates_are_not_is_said() -> None:
    scores = TABLE.assign(estimate=TABLE["estimate"] * 10)
    # Catches calibration left out without a word, because one estimate is above 1.
    assert "no chances: calibration and Brier were left out" in repr(eh.audit(scores, {"sex": "sex"}, draws=100))  # type: ignore[dict-item]
    told = eh.audit(TABLE, {"sex": "sex"}, band_edges=0.2, draws=100)  # type: ignore[dict-item]
    assert "were left out" not in repr(told)
    # Catches one edge, given as a number, that ends in an error of Python's own, or is another edge.
    assert set(told.to_frame()["band_edge"].dropna()) == {0.2}
    with pytest.raises(SettingsError, match="a frame of pandas, a row for each, not as list"):
        eh.audit([0.1], {"sex": "sex"})  # type: ignore[arg-type, dict-item]


@pytest.mark.parametrize(
    ("table", "groups", "said"),
    [
        (TABLE, {"gender": eh.Characteristic.SEX}, "table estimates, column gender: rule 'every_group_has_its_column'"),
        (TABLE, {"sex": "gender"}, "out of: age, care experience,"),
        (TABLE, ["sex"], "given as {column: what it stands for}"),
        (TABLE, {}, "given as {column: what it stands for}"),
        (pd.concat([TABLE, TABLE], axis=1), {"sex": "sex"}, "column sex: rule 'every_column_stands_once'"),
    ],
)
def test_groups_nobody_would_look_at_are_refused(table: pd.DataFrame, groups: object, said: str) -> None:
    # Catches a misspelt column left out of an audit in silence, and an error of pandas' own.
    with pytest.raises(EhforecastError) as refused:
        eh.audit(table, groups, draws=100)  # type: ignore[arg-type] # as somebody in a hurry writes it
    assert said in str(refused.value)
    # Catches a file named where there is none.
    assert "file " not in str(refused.value)


def test_what_a_characteristic_is_called_will_do() -> None:
    # Catches a word refused that is the characteristic itself.
    assert set(eh.audit(TABLE, {"sex": "sex"}, draws=100).result.groups["group"]) == {"a", "b"}  # type: ignore[dict-item]


def test_what_is_no_cohort_or_bar_is_refused(assessed: eh.Assessed) -> None:
    # Catches an error of Python's own where a step was left out or a name mistyped.
    with pytest.raises(SettingsError, match="cohort_from_table"):
        eh.assess(TABLE)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="no bar easy; there are relative, what_works_2020"):
        eh.assess(assessed.cohort, bar="easy")  # type: ignore[arg-type]


@pytest.mark.parametrize("make", [lambda: eh.__getattr__("Oracle"), lambda: eh.Oracle])
def test_a_name_that_is_not_public_is_an_attribute_error(make: Callable[[], object]) -> None:
    # Catches a package that says nothing where a name is mistyped.
    with pytest.raises(AttributeError, match="no public name 'Oracle'"):
        make()


def test_every_public_name_is_there() -> None:
    # Catches a name that is offered and cannot be loaded, or that a notebook's completion does not show.
    assert [name for name in eh.__all__ if getattr(eh, name, None) is None] == []
    assert set(dir(eh)) == set(eh.__all__)


def test_the_names_are_those_of_the_workbench() -> None:
    # Catches a name that is offered in one place and not in the other.
    assert set(public.__all__) == set(eh.__all__) - {"__version__"}
