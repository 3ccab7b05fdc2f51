"""The bar: sealed before the test period is opened, and any later change is found."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.bar import (
    CANNOT_BE_JUDGED,
    MET,
    NOT_MET,
    RELATIVE,
    WHAT_WORKS_2020,
    Bar,
    check_sealed,
    open_test,
    seal_bar,
)
from ehforecast.risk.cohort import Cohort, Feature
from ehforecast.risk.implied import auroc_for_average_precision, auroc_for_skill, average_precision_at, skill_at
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.verdict import Evidence, implied_auroc, judge, verdict_of


def cohort() -> Cohort:
    rows = pd.DataFrame(
        {
            "event_id": ["1", "2"], "person_id": ["1", "2"], "group_id": ["1", "2"], "index_on": pd.NaT,
            "event_days": np.nan, "followed_days": 365.0, "period": ["train", "test"],
        }
    )  # fmt: skip
    return Cohort(rows, pd.DataFrame({"x": [0.0, 1.0]}), (Feature("x", "x"),), pd.DataFrame(index=rows.index), 365.0)


def test_the_test_period_opens_for_a_sealed_bar() -> None:
    # Catches a key that does not fit the door.
    assert len(open_test(cohort(), seal_bar(RELATIVE, rate=0.3))) == 1


def test_both_presets_are_sealed_beside_a_bar_of_ones_own() -> None:
    names = [bar.name for bar in seal_bar(Bar("ours", slope=(0.9, 1.1)), rate=0.3).bars]
    # Catches a run that shows only the bar it is likely to meet.
    assert names == ["ours", "relative", "what_works_2020"]
    assert [bar.name for bar in seal_bar(WHAT_WORKS_2020, rate=0.3).bars] == ["what_works_2020", "relative"]


def test_the_range_of_net_benefit_is_in_numbers_before_the_test() -> None:
    sealed = seal_bar(RELATIVE, rate=0.2)
    # Catches a range that could be chosen after the result is known.
    assert sealed.bars[0].net_benefit_range == (0.1, 0.4)
    assert seal_bar(RELATIVE, rate=0.6).bars[0].net_benefit_range == (0.3, 0.8)


def test_a_lowered_bar_is_found() -> None:
    sealed = seal_bar(RELATIVE, rate=0.3)
    lowered = replace(sealed, bars=(replace(sealed.bars[0], slope=(0.1, 3.0)), *sealed.bars[1:]))
    with pytest.raises(RiskError, match="edited"):
        # Catches a bar changed between sealing and judging.
        open_test(cohort(), lowered)
    with pytest.raises(RiskError, match="edited"):
        # Catches a text changed with it, under the old hash.
        open_test(cohort(), replace(sealed, text=sealed.text.replace("0.8", "0.1")))


def test_a_changed_file_is_found(tmp_path: Path) -> None:
    sealed = seal_bar(RELATIVE, rate=0.3, path=tmp_path / "bar.json")
    sealed.check()
    # Catches a stored bar that others can read.
    assert (tmp_path / "bar.json").stat().st_mode & 0o077 == 0
    (tmp_path / "bar.json").write_text(sealed.text.replace("0.8", "0.7"), encoding="utf-8")
    with pytest.raises(RiskError, match="edited"):
        sealed.check()
    (tmp_path / "bar.json").unlink()
    with pytest.raises(RiskError, match="edited"):
        # Catches a bar taken away.
        sealed.check()


def test_a_second_bar_cannot_take_the_place_of_the_first(tmp_path: Path) -> None:
    first = seal_bar(RELATIVE, rate=0.3, path=tmp_path / "bar.json")
    # Catches a refusal of the same run made twice.
    assert seal_bar(RELATIVE, rate=0.3, path=tmp_path / "bar.json") == first
    with pytest.raises(RiskError, match="another bar was sealed before"):
        # Catches a bar lowered by running again.
        seal_bar(Bar("own", slope=(0.1, 3.0)), rate=0.3, path=tmp_path / "bar.json")
    assert (tmp_path / "bar.json").read_text("utf-8") == first.text


def test_a_kept_text_is_checked_against_the_kept_hash() -> None:
    sealed = seal_bar(RELATIVE, rate=0.3)
    check_sealed(sealed.text, sha256=sealed.sha256)
    with pytest.raises(RiskError, match="edited"):
        # Catches a result whose bar was rewritten afterwards.
        check_sealed(sealed.text + " ", sha256=sealed.sha256)


@pytest.mark.parametrize("given", [{"slope": (1.2, 0.8)}, {"net_benefit_range": (0.2, 1.0)}])
def test_a_bar_without_meaning_is_refused(given: dict[str, tuple[float, float]]) -> None:
    # Catches limits that nothing, or everything, satisfies.
    with pytest.raises(SettingsError):
        Bar(**given)


def evidence(slope: float, skill: tuple[float, float, float], *, rows: int = 1_000) -> Evidence:
    draw = np.random.default_rng(0)
    chance = draw.uniform(0.1, 0.6, rows)
    outcome = (draw.random(rows) < chance).astype(float)
    judged = Judged(
        {"trees": chance, "logistic": np.full(rows, outcome.mean())},
        pd.DataFrame({"outcome": outcome, "weight": 1.0, "group_id": range(rows)}),
        PerformanceSettings(replicates=40),
    )
    figures = {"brier_skill": skill, "slope": (slope, 0.8, 1.3), "citl": (0.1, 0.0, 0.2)}
    performance = pd.DataFrame(
        [("trees", name, *ends) for name, ends in figures.items()],
        columns=["model", "metric", "value", "lower", "upper"],
    )
    differences = pd.DataFrame(
        [("trees", "logistic", "logloss", -0.02, -0.03, -0.01)],
        columns=["model", "than", "metric", "value", "lower", "upper"],
    )
    groups = judged.by_group("trees", pd.DataFrame({"sex": np.repeat(["f", "m"], rows // 2)}))
    return Evidence("trees", judged, performance, differences, groups)


def judged_by(bar: Bar, found: Evidence) -> dict[str, str]:
    table = judge(bar.resolved(0.3), found)
    return dict(zip(table["condition"], table["verdict"], strict=True))


def test_each_condition_has_its_verdict_and_margin() -> None:
    table = judge(RELATIVE.resolved(0.3), evidence(1.3, (0.1, 0.05, 0.15))).set_index("condition")
    # Catches a slope beyond its limit that passes, with the margin by which it fails.
    assert table.loc["slope", "verdict"] == NOT_MET
    assert table.loc["slope", "margin"] == pytest.approx(-0.1)
    # Catches a skill judged on its value in place of its lower limit.
    assert table.loc["brier_skill", "margin"] == pytest.approx(0.05)
    # Catches a simple model that is left out, or judged on the wrong end of the interval.
    assert table.loc["logloss_less_than_logistic", "margin"] == pytest.approx(0.01)
    # Catches groups, or either default of net benefit, that are not asked about.
    assert {"skill_in sex: f", "skill_in sex: m", "net_benefit_above_all", "net_benefit_above_none"} < set(table.index)


def test_a_skill_whose_interval_reaches_nought_does_not_pass() -> None:
    # Catches a point estimate taken for proof.
    assert judged_by(RELATIVE, evidence(1.0, (0.1, -0.01, 0.2)))["brier_skill"] == NOT_MET


def test_too_few_events_cannot_be_judged() -> None:
    verdicts = judged_by(RELATIVE, evidence(1.0, (0.1, 0.05, 0.15), rows=120))
    # Catches a verdict on a handful of events, in either direction.
    assert set(verdicts.values()) == {CANNOT_BE_JUDGED}


def test_without_a_group_that_can_be_judged_the_condition_cannot_be() -> None:
    found = evidence(1.0, (0.1, 0.05, 0.15))
    verdicts = judged_by(RELATIVE, replace(found, groups=found.groups.iloc[:0]))
    # Catches an audit that nobody gave, counted as passed.
    assert verdicts["skill_in_every_group"] == CANNOT_BE_JUDGED


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([MET, MET], MET),
        ([MET, NOT_MET, CANNOT_BE_JUDGED], NOT_MET),
        ([MET, CANNOT_BE_JUDGED], CANNOT_BE_JUDGED),
        ([], CANNOT_BE_JUDGED),
    ],
)
def test_a_verdict_is_the_worst_of_its_conditions(verdicts: list[str], expected: str) -> None:
    # Catches one condition that outvotes another.
    assert verdict_of(pd.DataFrame({"verdict": verdicts})) == expected


@pytest.mark.parametrize(("rate", "auroc"), [(0.1, 0.917), (0.2, 0.860), (0.3, 0.804), (0.32, 0.792), (0.36, 0.767)])
def test_the_auroc_an_average_precision_asks_for(rate: float, auroc: float) -> None:
    # Catches a formula that drifts from the published simulation (three decimals, simulated: within 0.0015).
    assert auroc_for_average_precision(0.65, rate) == pytest.approx(auroc, abs=1.5e-3)
    # Catches an inverse that is not one.
    assert average_precision_at(auroc_for_average_precision(0.65, rate), rate) == pytest.approx(0.65, abs=1e-4)


def test_a_guess_may_be_enough() -> None:
    # Catches an AUROC below one half asked for.
    assert np.isnan(auroc_for_average_precision(0.2, 0.3))


def test_the_skill_of_the_textbook_case_against_a_simulation() -> None:
    draw = np.random.default_rng(1)
    outcome = draw.random(400_000) < 0.3
    shift = np.sqrt(2) * 0.5244005  # AUROC 0.7
    scores = draw.normal(size=len(outcome)) + shift * outcome
    chance = 1 / (1 + np.exp(-(np.log(0.3 / 0.7) + shift * scores - shift**2 / 2)))
    gains = ((outcome - 0.3) ** 2 - (outcome - chance) ** 2) / 0.21
    mean, deviation = skill_at(0.7, 0.3)
    # Catches a wrong density or integral; the standard error of the mean is 0.0006, of the deviation about 0.1%.
    assert mean == pytest.approx(gains.mean(), abs=0.0025)
    assert deviation == pytest.approx(gains.std(), rel=0.01)


def test_more_families_ask_for_less() -> None:
    # Catches an AUROC that does not hang on how many there are to judge on.
    assert auroc_for_skill(0.3, families=10_000) < auroc_for_skill(0.3, families=500)
    assert implied_auroc(RELATIVE, rate=0.3, families=500) == auroc_for_skill(0.3, families=500)
    assert np.isnan(implied_auroc(Bar("slope only", slope=(0.8, 1.2)), rate=0.3, families=500))
