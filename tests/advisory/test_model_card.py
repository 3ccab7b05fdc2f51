"""The model card: made of what was released, draft until people have spoken, and the model's own accounts."""

from dataclasses import replace

import pandas as pd
import pytest
from audit_sample import sample_advice
from explain_sample import membership, model_card, risk_advice

from ehforecast.advisory.model_accounts import demand_account, risk_account
from ehforecast.advisory.risk_advice import RISK_NEVER_USE_FOR, protected_words
from ehforecast.advisory.transparency import NOT_SUPPLIED
from ehforecast.demand.results import SEASONAL_NAIVE, DemandResult
from ehforecast.errors import ReleaseRefused

SAID = {"senior_responsible_owner": "Director", "contact_email": "x@example.org", "organisation_name": "Council"}
TOOLKIT = {"model_details", "model_parameters", "quantitative_analysis", "considerations"}


def test_a_card_is_a_draft_until_people_have_said_who_answers_for_it() -> None:
    assert model_card().is_draft
    assert model_card().owner == NOT_SUPPLIED
    # Catches a card called complete with nobody's name on it.
    assert model_card(**SAID | {"contact_email": " "}).is_draft
    assert not model_card(**SAID).is_draft


def test_its_json_has_the_toolkits_keys_and_a_range_with_every_figure() -> None:
    told = model_card(**SAID).to_json()
    # Catches a part of the schema left out, and the verdict or the never-list lost on the way into JSON.
    assert set(told) >= TOOLKIT
    assert told["verdict"] == "not met"
    assert told["never_to_be_used"] == list(RISK_NEVER_USE_FOR)
    figures = told["quantitative_analysis"]["performance_metrics"]  # type: ignore[index]  # JSON
    assert all(one["confidence_interval"]["lower_bound"] is not None for one in figures)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"advice": replace(risk_advice(), run_id="run-2")}, "explanations of the same model; a fairness audit"),
        ({"audit": replace(sample_advice(), run_id="run-2")}, "a fairness audit of the same run"),
        ({"membership": replace(membership(), attacks=membership().attacks.iloc[:0])}, "an attack on the model"),
    ],
)
def test_a_card_of_parts_that_do_not_belong_together_is_refused(changes: dict[str, object], words: str) -> None:
    # Catches the audit of one model beside the figures of another, and a model let out untried.
    with pytest.raises(ReleaseRefused, match=words):
        replace(model_card(), **changes)  # type: ignore[arg-type]  # fields by name


def test_the_risk_models_account_says_its_verdict_and_what_nobody_knows() -> None:
    account = risk_account(model_card())
    # Catches figures without the verdict, without ranges, or with the gaps in the audit left out.
    assert "Bar fixed beforehand: not met. AUROC 0.50 (0.40 to 0.60)" in account.performance
    assert "religion or belief" in account.performance
    assert "No estimate of a child" in account.gives


def test_age_among_the_features_is_said() -> None:
    features = risk_advice().result.features
    aged = pd.concat([features, features.assign(name="youngest_age_years", label="Age of the youngest child")])
    # Catches "no protected characteristic" said of a model that looks at age.
    assert protected_words(features) == "None of it is a protected characteristic."
    assert "looks at age (age of the youngest child)" in protected_words(aged)
    assert protected_words(aged.assign(is_used=False)) == "None of it is a protected characteristic."


def demand(areas: int = 1, *, scored: bool = True) -> DemandResult:
    codes = [f"area-{place}" for place in range(areas)]
    rows = [
        {"area_code": code, "stage": "report", "forecaster": method, "metric": metric, "value": value, "months": 48,
         "origins": 12, "first_origin": "2022-01", "last_origin": "2022-12"}
        for code in codes
        for method, miss in (("theta", 0.08), (SEASONAL_NAIVE, 0.12))
        for metric, value in (("wape", miss), ("coverage50", 0.5), ("coverage80", 0.79), ("coverage95", 0.95))
    ]  # fmt: skip
    named = pd.DataFrame(
        [{"area_code": code, "area_name": f"Place {code[-1]}", "area_level": "locality", "rounded_to": 1,
          "forecaster": "theta", "refusal": "", "note": ""} for code in codes]
    )  # fmt: skip
    methods = pd.DataFrame({"forecaster": ["theta", SEASONAL_NAIVE], "label": ["Theta", "Same month last year"]})
    accuracy = pd.DataFrame(rows) if scored else pd.DataFrame(rows).iloc[:0]
    return DemandResult("contacts", "2024-03", 12, named, pd.DataFrame(), pd.DataFrame(), accuracy, methods)


def test_the_forecasters_account_says_how_far_off_it_was() -> None:
    account = demand_account(demand(), run_id="run-1")
    # Catches an accuracy without the simple method beside it, or without on how much it rests.
    assert account.performance.startswith(
        "Place 0: average miss 8% of the average count; the same period last year 12%; the 80% range held in 79% of "
        "48 forecasts"
    )
    assert account.name == "Forecast of contacts"
    # Catches an area that was never scored passing for one that was, and a list of areas without end.
    assert "past accuracy is not known" in demand_account(demand(scored=False), run_id="run-1").performance
    assert "2 more areas" in demand_account(demand(8), run_id="run-1").performance
    refused = replace(demand(), areas=demand().areas.assign(forecaster=""))
    assert "Published: none" in demand_account(refused, run_id="run-1").architecture
    alone = replace(demand(), accuracy=demand().accuracy[demand().accuracy["forecaster"] == "theta"])
    assert "the same period" not in demand_account(alone, run_id="run-1").performance
