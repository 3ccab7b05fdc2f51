"""An account of explanations, an attack on a model and a model card, made by hand, whole enough to pass the door."""

import pandas as pd
import risk_result
from audit_sample import REQUEST, sample_advice

from ehforecast.advisory.datasheet import Datasheet, Received, TableAccount, make_datasheet
from ehforecast.advisory.explain_advice import ExplainAdvice, release_explanations
from ehforecast.advisory.model_card import ModelCard
from ehforecast.advisory.risk_advice import RiskAdvice, release_risk
from ehforecast.advisory.transparency import DataAccount, ModelAccount, Tool, TransparencyRecord, make_record
from ehforecast.contracts import load_contract
from ehforecast.risk.explain_results import ExplanationResult, MembershipResult

RANGES = {"value": 0.031, "lower": 0.02, "upper": 0.04}
THEMES = ("history with services", "family circumstances", "place")


def bands(count: int = 2) -> pd.DataFrame:
    """Bands of estimates, the lowest first."""
    rows = [
        {"band": name, "at_least": edge, "below": end, "rows": 603, "families": 401, "events": 71, "value": value,
         "lower": value - 0.03, "upper": value + 0.03}
        for name, edge, end, value in (
            ("lower band", float("-inf"), 0.184, 0.1), ("higher band", 0.184, float("inf"), 0.25))
    ]  # fmt: skip
    if count == 1:
        return pd.DataFrame([rows[0] | {"band": "one band for all", "below": float("inf")}])
    return pd.DataFrame(rows)


def explanation_result(**changes: object) -> ExplanationResult:
    """An account; `changes` replace facts and frames by name."""
    importance = [
        {"kind": "feature", "name": name, "label": label, "theme": THEMES[0], "rows": 1203, **RANGES,
         "not_on_record": absent, "rise": 0.004}
        for name, label, absent in (("contacts_90", "Contacts", 0.0), ("days_since", "Days since", 0.4))
    ] + [
        {"kind": "feature", "name": "weekday", "label": "Weekday", "theme": "timing", "rows": 1203, "value": 0.0,
         "lower": 0.0, "upper": 0.0, "not_on_record": 0.0, "rise": 0.0},
        *({"kind": "theme", "name": theme, "label": theme, "theme": theme, "rows": 1203, **RANGES,
           "not_on_record": float("nan"), "rise": float("nan")} for theme in THEMES),
    ]  # fmt: skip
    effects = [
        {"feature": "contacts_90", "label": "Contacts", "unit": "count", "at": float(at), "rows": 100,
         "beyond": beyond, **RANGES, "value": 0.01 * at - 0.02}
        for at, beyond in ((0, 400), (1, 300), (2, 40), (43, 1))
    ] + [
        {"feature": "age_years", "label": "Age", "unit": "years", "at": at, "rows": 10, "beyond": beyond, **RANGES}
        for at, beyond in ((0.5, 12), (17.9, 1))
    ]  # fmt: skip
    frames: dict[str, pd.DataFrame] = {
        "importance": pd.DataFrame(importance),
        "effects": pd.DataFrame(effects),
        "pairs": pd.DataFrame([{"first": "a", "second": "b", "first_label": "Contacts", "second_label": "Age",
                                "value": 0.03, "share": 0.02}]),
        "over_time": pd.DataFrame([
            {"group": quarter, "kind": "theme", "name": "place", "rows": rows, **RANGES, "is_changed": changed}
            for quarter, rows, changed in (("2022Q1", 303, False), ("2022Q2", 298, True), ("2022Q3", 4, False))]),
        "by_group": pd.DataFrame([
            {"characteristic": "sex", "group": group, "name": "place", "rows": rows, **RANGES}
            for group, rows in (("female", 612), ("neither", 6))]),
        "steadiness": pd.DataFrame([
            {"feature": name, "label": label, "reasons": reasons, "value": 0.32, "lower": 0.31, "upper": 0.33,
             "kept": 0.5, "kept_nearby": 0.9}
            for name, label, reasons in (("", "All of them", 3609), ("weekday", "Weekday", 3))]),
        "bands": bands(),
    }  # fmt: skip
    facts: dict[str, object] = {
        "outcome": "escalation after early help",
        "rows": 1203,
        "families": 641,
        "silent": 3,
        "base_chance": 0.15,
        "method": "tables of small trees",
        "agreement": 0.41,
        "cannot_see": ("What was never recorded.",),
        "seed": 0,
    }
    given = {name: value for name, value in changes.items() if isinstance(value, pd.DataFrame)}
    return ExplanationResult.from_parts(facts | changes, frames | given)


def risk_advice(verdict: str = "met") -> RiskAdvice:
    """The question's own advice, of the same run as the sample audit."""
    return release_risk(risk_result.risk_result(verdict), **REQUEST)


def explain_advice(verdict: str = "met", **changes: object) -> ExplainAdvice:
    """The account as released."""
    return release_explanations(explanation_result(**changes), beside=risk_advice(verdict))


def membership(*because: str) -> MembershipResult:
    """An attack that came to nothing, unless there is a reason."""
    attack = {"attack": "how little the outcome surprises the model", "auc": 0.52, "lower": 0.5, "upper": 0.54,
              "found": 0.012}  # fmt: skip
    return MembershipResult(pd.DataFrame([attack]), 900, 900, 43, because)


def model_card(verdict: str = "not met", **supplied: str) -> ModelCard:
    """A card with all its parts."""
    return ModelCard(risk_advice(verdict), explain_advice(verdict), sample_advice(), membership(), supplied)


RECEIVED = Received("Records of a council", "2024-03-31", "ssd", True, False, "research", "run-1", "Invented.")
ABSENT = {"ended_on": 603, "end_reason": 3}


def sheet_account(*, rows: int = 1203) -> TableAccount:
    """What a store says of one table; one rule set 3 rows aside, one none."""
    aside = {"ended_on_is_not_before_started_on": 12, "person_id_is_in_people": 3, "nothing_broke_this": 0}
    return TableAccount(load_contract("early_help_episodes"), rows, aside, 2, ABSENT if rows else {})


def datasheet() -> Datasheet:
    """A datasheet of one table."""
    return make_datasheet([sheet_account()], received=RECEIVED)


MODELS = tuple(ModelAccount(name, *(["In words."] * 7)) for name in ("Forecast", "Estimates"))


def transparency(**supplied: str) -> TransparencyRecord:
    tool = Tool("Records of a council", "research", "run-1", "Invented.", supplied)
    return make_record(tool, models=MODELS, data=DataAccount(*(["In words."] * 8)))
