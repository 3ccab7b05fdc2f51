"""What an assessment tells besides its verdict: the account of its reasons, the audit, cards, all out of one model."""

import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from card_attack import BEATEN_BY, gain_of_attack
from explain_sample import risk_advice
from simulated_risk import simulated_council

from ehforecast.advisory.risk_advice import RiskAdvice
from ehforecast.errors import ReleaseRefused, RiskError, SettingsError
from ehforecast.pipelines.explain import (
    Answered,
    attack_model,
    audit_estimates,
    explain_estimates,
    read_cards,
    remove_expired_cards,
)
from ehforecast.pipelines.explain_settings import ExplanationsConfig, ModelAuditConfig
from ehforecast.pipelines.one_run import OneRun
from ehforecast.risk.assessment import Assessment, AssessmentSettings, assess
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.explain.account import Explained, explain_test_period
from ehforecast.risk.explain.card_reasons import card_inputs
from ehforecast.risk.fairness_results import ASSESSED, MitigationResult
from ehforecast.risk.model import ModelSettings
from ehforecast.risk.model_audit import (
    ModelAuditSettings,
    Remedies,
    audit_test_period,
    compare_remedies,
    edges_for,
    population_of,
)
from ehforecast.risk.tuning import TuningSettings
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord

TODAY = date(2026, 11, 23)
THEMES = ("history with services", "family circumstances", "referral pattern", "history with services",
          "family circumstances", "other")  # fmt: skip
REVIEWER = ExplanationsConfig(cards_reviewer="Ann Lee, principal social worker", cards_expire_after_days=10)
QUICK = ModelAuditConfig(draws=100, permutations=100)


@cache
def council() -> tuple[Cohort, Assessment]:
    """A simulated council with characteristics nobody's chance hangs on, assessed."""
    cohort = simulated_council(seed=5, families=3_000).cohort
    draw, rows = np.random.default_rng(1), len(cohort)
    # Care experience goes with what the model sees, so that there is something to give away.
    much = cohort.features["domestic_abuse"].eq(1) & cohort.features["earlier_referrals"].gt(1)
    audit = pd.DataFrame(
        {
            "sex": draw.choice(["female", "male"], rows),
            "ethnicity": draw.choice(["WBRI", "BCRB", "CHNE"], rows, p=[0.6, 0.3, 0.1]),
            "ethnic_group": draw.choice(["white", "black"], rows, p=[0.7, 0.3]),
            "disability": pd.Series(draw.choice(["none", "LD", None], rows, p=[0.8, 0.1, 0.1])),
            "care_experienced": np.where(draw.random(rows) < np.where(much, 0.75, 0.03), "yes", "no"),
            "age_band": draw.choice(["0_4", "5_9", "10_15"], rows),
            "referral_source": draw.choice(["police", "school"], rows),
        }
    ).set_axis(cohort.rows.index)
    named = tuple(replace(feature, theme=theme) for feature, theme in zip(cohort.catalogue, THEMES, strict=True))  # type: ignore[arg-type]  # themes
    cohort = Cohort(cohort.rows, cohort.features, named, audit, cohort.horizon_days)
    settings = AssessmentSettings(tuning=TuningSettings(trials=1), model=ModelSettings(spread_models=5),
                                  outcome="escalation after early help")  # fmt: skip
    return cohort, assess(cohort, settings)


@cache
def explained() -> Explained:
    cohort, found = council()
    return explain_test_period(cohort, found.model, estimates=found.estimates, outcome=found.result.outcome)


def answered(folder: Path, advice: RiskAdvice | None = None) -> Answered:
    record = RunRecord("ours", {"purpose": "research"}, [], "2024-03-31", {})
    run = OneRun(record, FolderLog(folder / "private" / "ours" / "runs"), folder / "reports")
    beside = advice or risk_advice("met")
    return Answered("escalation", *council(), replace(beside, run_id=run.run_id), run)


def silent(_: str) -> None:
    """Progress nobody listens to."""


def test_the_account_is_of_every_estimate() -> None:
    result = explained().result
    estimates = council()[1].estimates["estimate"]
    # Catches estimates without an explanation, and one explained that was not made.
    assert (result.rows, result.silent) == (estimates.notna().sum(), estimates.isna().sum())
    themes = result.importance[result.importance["kind"] == "theme"].set_index("name")
    # Catches sizes that are not of contributions: by truth earlier referrals, abuse and source drive the chance.
    assert themes["value"].idxmax() != "other"
    assert (themes["lower"] <= themes["value"]).all()
    # Catches a curve that is flat where the truth rises.
    curve = result.effects[result.effects["feature"] == "earlier_referrals"]["value"]
    assert curve.iloc[-1] > curve.iloc[0]
    assert {"importance", "over_time", "by_group", "bands"} <= set(result.frames())
    assert 0 < result.steadiness["value"].iloc[0] <= 1
    assert result.steadiness["reasons"].iloc[0] == result.steadiness["reasons"].iloc[1:].sum()


def test_nobody_estimated_is_nothing_to_explain() -> None:
    cohort, found = council()
    # Catches an account of nobody.
    with pytest.raises(RiskError, match="no row of the test period has an estimate"):
        explain_test_period(cohort, found.model, estimates=found.estimates.iloc[:0], outcome="x")


def test_cards_are_of_each_childs_latest_estimate_and_of_steady_themes() -> None:
    cohort, found = council()
    given = card_inputs(cohort, found.model, explained=explained())
    # Catches two cards of one child, which can be compared, and a number or a secret among the words.
    assert given.children.is_unique
    assert set(given.reasons["reason"]) <= set(THEMES)
    assert not given.reasons["reason"].str.contains(r"\d").any()
    assert set(given.sensitive) == {"disability", "care_experienced", "ethnic_group"}
    assert given.sensitive.notna().all(axis=None)
    # Catches reasons that no other model gives: noise is steady for few.
    of_noise = given.reasons["reason"].eq("other").sum()
    assert of_noise < given.reasons["reason"].eq("history with services").sum()


def test_the_audit_sees_every_characteristic_on_record() -> None:
    cohort, found = council()
    years = [(where, year, "0_4", sex, "white", 500.0) for where in ("all", "north") for year in (2019, 2022)
             for sex in ("female", "male")]  # fmt: skip
    people = pd.DataFrame(years, columns=["locality", "year", "age_band", "sex", "ethnicity_group", "children"])
    edges = edges_for(explained().result, cohort=cohort, model=found.model)
    settings = ModelAuditSettings(edges, draws=100, permutations=100)
    result = audit_test_period(cohort, estimates=found.estimates, settings=settings, population=people)
    standing = result.inventory.drop_duplicates("characteristic").set_index("characteristic")["standing"]
    # Catches a characteristic left out in silence, disabilities judged kind by kind, and a reason lost.
    assert len(standing) == 12
    assert standing["sex"] == standing["race"] == ASSESSED
    assert set(result.groups.loc[result.groups["view"] == "disability", "group"]) == {"yes", "no", "not recorded"}
    assert "under 18 can marry" in result.inventory.set_index("characteristic").loc["marriage and civil partnership",
                                                                                     "reason"]  # fmt: skip
    # Catches periods not compared, and a population that was given and not looked at.
    assert len(result.drift)
    assert set(result.coverage["column"]) == {"sex"}
    taken = population_of(people, by=cohort.rows["index_on"])
    assert taken.set_index("column").loc["sex", "population"].tolist() == [500.0, 500.0]


def test_one_band_still_leaves_an_edge_to_look_at() -> None:
    cohort, found = council()
    result = explained().result
    one = replace(result, bands=result.bands.iloc[:1])
    # Catches an audit without any edge where estimates cannot be told apart.
    assert len(edges_for(one, cohort=cohort, model=found.model)) == 1


def test_a_remedy_for_a_grouping_that_is_not_there_is_refused() -> None:
    cohort, found = council()
    # Catches a remedy tried on nobody.
    with pytest.raises(SettingsError, match="no grouping 'hair'"):
        compare_remedies(cohort, estimates=found.estimates, remedies=Remedies("hair", 0.3))


OPTIONS = ("Do nothing", "Leave features out", "Weigh people", "Exponentiated gradient", "An edge for each group",
           "A simpler model", "No model")  # fmt: skip


@pytest.fixture(scope="module")
def with_audit(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answered, Path]:
    """A question whose estimates were audited, other ways of making them included; few trees, to be quick."""
    given = answered(tmp_path_factory.mktemp("audit"), risk_advice("not met"))
    told = given.assessment.result.features.assign(label=lambda table: "Known: " + table["label"])
    small = replace(given.assessment.result, parameters={"trees": 15, "leaves": 4}, features=told)
    given = replace(given, assessment=replace(given.assessment, result=small))
    asked = QUICK.model_copy(update={"mitigation": True, "mitigation_by": "sex", "leave_out": ("noise",)})
    return given, audit_estimates(given, asked, explained=explained(), tables={}, progress=silent)


def test_ways_of_doing_otherwise_stand_side_by_side(with_audit: tuple[Answered, Path]) -> None:
    given, page = with_audit
    told = pd.read_csv(page.parent / "options.csv", keep_default_na=False)
    # Catches an option a panel must see left out, that of no model above all.
    labels = [label.partition(". ")[2] for label in told["label"]]
    assert [name for name, label in zip(OPTIONS, labels, strict=True) if label.startswith(name)] == list(OPTIONS)
    # Catches a figure without its range.
    nothing = told.iloc[0]
    assert all(re.fullmatch(r".+ \(.+ to .+\)", str(nothing[name])) for name in ("balanced_accuracy", "auroc", "brier"))
    groups = pd.read_csv(page.parent / "option_groups.csv", na_values="[z]")
    judged = groups[groups["value"].notna()]
    # Catches each group's errors left out, or told without their ranges.
    assert {"female", "male"} <= set(groups["group"].str.lower())
    assert judged["value"].between(judged["lower"], judged["upper"]).all()
    kept = MitigationResult.from_parts(*given.run.log.load(given.run.run_id, "mitigation_escalation"))
    # Catches a trial of other people than those who are audited, and one that is not kept.
    assert kept.view == "sex"
    assert 0 < kept.people <= council()[1].estimates["estimate"].notna().sum()
    copies = pd.read_csv(page.parent / "near_copies.csv")
    # Catches columns named as a machine names them, where a panel must recognise what the tool looks at.
    assert len(copies)
    assert copies["feature"].str.startswith("Known: ").all()
    # Catches a page that does not say that nothing of it was done.
    assert "None of them was made and none is proposed" in page.read_text("utf-8")


def test_an_attack_is_kept(tmp_path: Path) -> None:
    given = answered(tmp_path, risk_advice("not met"))
    gate = attack_model(given, progress=silent)
    kept = given.run.log.load(given.run.run_id, "membership_escalation")[0]
    # Catches an attack that the model card cannot tell of.
    assert kept["smallest_leaf"] == gate.smallest_leaf


def test_below_the_bar_no_file_about_a_child_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ehforecast.pipelines.explain.explain_test_period", lambda *_, **__: explained())
    below = answered(tmp_path, risk_advice("not met"))
    folder = below.run.step("cards_escalation")
    folder.mkdir(parents=True)
    page = explain_estimates(below, REVIEWER, progress=silent, today=TODAY)[1]
    # Catches cards of a better run that stay when the bar is no longer met.
    assert not folder.exists()
    assert "nothing here is about a child" in page.read_text("utf-8")


@pytest.fixture(scope="module")
def with_cards(tmp_path_factory: pytest.TempPathFactory) -> Answered:
    """A question whose estimates are explained and printed as cards. Tests may not change what lies there."""
    given = answered(tmp_path_factory.mktemp("cards"))
    explain_estimates(given, REVIEWER, progress=silent, today=TODAY)
    return given


def test_an_attacker_learns_nothing_from_the_cards_of_a_run(with_cards: Answered) -> None:
    cohort, cards = council()[0], read_cards(with_cards.run.step("cards_escalation"), today=TODAY)
    people = cohort.rows["person_id"].astype("str")
    in_care = cohort.audit["care_experienced"].groupby(people).last()
    printed = pd.get_dummies(cards[["band", "higher", "lower"]].astype("str")).to_numpy(dtype=float)
    # Catches cards from which care experience, which no model saw, can be told better than by the commonest answer.
    assert gain_of_attack(printed, in_care[cards["child"]].to_numpy()) <= BEATEN_BY
    private = with_cards.run.log.load(with_cards.run.run_id, "estimates_escalation")[1]["contributions"]
    of_event = dict(zip(cohort.rows["event_id"].astype("str"), people, strict=True))
    private = private[private["estimate"].notna()]
    numbers = private.filter(like="contribution_").to_numpy()
    # Catches an attack too weak to find anything: the same attackers on the numbers behind the cards.
    assert gain_of_attack(numbers, in_care[private["event_id"].map(of_event)].to_numpy()) > BEATEN_BY


def test_cards_lie_in_the_private_area_until_their_last_day(with_cards: Answered, tmp_path: Path) -> None:
    shutil.copytree(with_cards.run.log.folder, tmp_path / "runs")
    log = FolderLog(tmp_path / "runs")
    folder = OneRun(with_cards.run.record, log, tmp_path / "reports").step("cards_escalation")
    other = shutil.copytree(folder, folder.with_name("cards_other"))
    cards = read_cards(folder, today=TODAY + timedelta(days=10))
    # Catches cards that others may read, or that are published, or that few families share.
    assert [path for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
    assert not any("cards" in path.name for path in with_cards.run.published.rglob("*"))
    assert cards.drop(columns="child").value_counts().min() >= 10
    # Catches estimates with contributions kept where others may read them.
    private = with_cards.run.step("estimates_escalation")
    assert all(path.stat().st_mode & 0o077 == 0 for path in private.iterdir())
    assert remove_expired_cards(log.folder, today=TODAY) == 0
    with pytest.raises(ReleaseRefused, match="expired after 2026-12-03"):
        read_cards(folder, today=TODAY + timedelta(days=11))
    # Catches cards that are refused and still lie there.
    assert not folder.exists()
    with pytest.raises(ReleaseRefused, match="the day on which"):
        read_cards(folder, today=TODAY)
    assert remove_expired_cards(log.folder, today=TODAY + timedelta(days=11)) == 1
    assert not other.exists()


def test_a_population_that_compares_nothing_is_said_to_be_none() -> None:
    cohort, found = council()
    one = pd.DataFrame([("all", 2022, "0_4", "female", "white", 9.0)],
                       columns=["locality", "year", "age_band", "sex", "ethnicity_group", "children"])  # fmt: skip
    settings = ModelAuditSettings((0.3,), draws=100, permutations=100)
    result = audit_test_period(cohort, estimates=found.estimates, settings=settings, population=one)
    # Catches a crash, or a ratio to a population of one kind.
    assert result.coverage.empty
    assert result.no_population_because
