"""What an assessment tells besides its verdict: the account of its reasons, the audit, cards, all out of one model."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
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
from ehforecast.risk.fairness_results import ASSESSED
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
    audit = pd.DataFrame(
        {
            "sex": draw.choice(["female", "male"], rows),
            "ethnicity": draw.choice(["WBRI", "BCRB", "CHNE"], rows, p=[0.6, 0.3, 0.1]),
            "ethnic_group": draw.choice(["white", "black"], rows, p=[0.7, 0.3]),
            "disability": pd.Series(draw.choice(["none", "LD", None], rows, p=[0.8, 0.1, 0.1])),
            "care_experienced": draw.choice(["no", "yes"], rows, p=[0.95, 0.05]),
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


def test_remedies_are_measured_beside_doing_nothing_and_no_model() -> None:
    cohort, found = council()
    remedies = Remedies("sex", 0.3, {"trees": 15, "leaves": 4}, ("noise",))
    options = set(compare_remedies(cohort, estimates=found.estimates, remedies=remedies).options["option"])
    # Catches an option a panel must see left out.
    assert options >= {"nothing", "without_features", "reweighed", "simpler_model", "no_model"}
    with pytest.raises(SettingsError, match="no grouping 'hair'"):
        compare_remedies(cohort, estimates=found.estimates, remedies=Remedies("hair", 0.3))


def test_an_audit_and_an_attack_are_kept_and_published(tmp_path: Path) -> None:
    given = answered(tmp_path, risk_advice("not met"))
    page = audit_estimates(given, QUICK, explained=explained(), tables={}, progress=silent)
    # Catches an audit that is not published, or not kept for the model card.
    assert page.is_file()
    gate = attack_model(given, progress=silent)
    kept = given.run.log.load(given.run.run_id, "membership_escalation")[0]
    assert kept["smallest_leaf"] == gate.smallest_leaf


def test_below_the_bar_no_file_about_a_child_is_left(tmp_path: Path) -> None:
    below = answered(tmp_path, risk_advice("not met"))
    folder = below.run.step("cards_escalation")
    folder.mkdir(parents=True)
    page = explain_estimates(below, REVIEWER, progress=silent, today=TODAY)[1]
    # Catches cards of a better run that stay when the bar is no longer met.
    assert not folder.exists()
    assert "nothing here is about a child" in page.read_text("utf-8")


def test_cards_lie_in_the_private_area_until_their_last_day(tmp_path: Path) -> None:
    given = answered(tmp_path)
    explain_estimates(given, REVIEWER, progress=silent, today=TODAY)
    folder = given.run.step("cards_escalation")
    other = shutil.copytree(folder, folder.with_name("cards_other"))
    cards = read_cards(folder, today=TODAY + timedelta(days=10))
    # Catches cards that others may read, or that are published, or that few families share.
    assert [path for path in folder.iterdir() if path.stat().st_mode & 0o077] == []
    assert not any("cards" in path.name for path in (tmp_path / "reports").rglob("*"))
    assert cards.drop(columns="child").value_counts().min() >= 10
    # Catches estimates with contributions kept where others may read them.
    private = given.run.step("estimates_escalation")
    assert all(path.stat().st_mode & 0o077 == 0 for path in private.iterdir())
    assert remove_expired_cards(given.run.log.folder, today=TODAY) == 0
    with pytest.raises(ReleaseRefused, match="expired after 2026-12-03"):
        read_cards(folder, today=TODAY + timedelta(days=11))
    # Catches cards that are refused and still lie there.
    assert not folder.exists()
    with pytest.raises(ReleaseRefused, match="the day on which"):
        read_cards(folder, today=TODAY)
    assert remove_expired_cards(given.run.log.folder, today=TODAY + timedelta(days=11)) == 1
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
