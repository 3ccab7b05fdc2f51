"""Published criteria: every boundary exact, and what cannot be judged is said."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.risk.cohort import Feature
from ehforecast.risk.criteria import TARGETED_EARLY_HELP, CriteriaModel, judge_criteria
from ehforecast.risk.learning import LearningRows

BOUNDARIES = [
    ("absence", {"unauthorised_absence_percent": 10.0, "absence_linked_to_parenting": 1}, False),
    ("absence", {"unauthorised_absence_percent": 10.1, "absence_linked_to_parenting": 1}, True),
    ("absence", {"unauthorised_absence_percent": 10.1, "absence_linked_to_parenting": 0}, False),
    ("exclusion_days", {"exclusion_days": 9, "school_year": 7}, False),
    ("exclusion_days", {"exclusion_days": 10, "school_year": 7}, True),
    ("exclusion_days", {"exclusion_days": 10, "school_year": 8}, False),
    ("exclusions", {"fixed_term_exclusions": 2, "school_year": 7}, False),
    ("exclusions", {"fixed_term_exclusions": 3, "school_year": 7}, True),
    ("exclusions", {"fixed_term_exclusions": 3, "school_year": 8}, False),
    ("exclusions", {"fixed_term_exclusions": 3, "school_year": 0}, True),
    ("permanent_exclusion", {"permanent_exclusions": 1, "known_to_family_services": 0}, True),
    ("permanent_exclusion", {"permanent_exclusions": 1, "known_to_family_services": 1}, False),
    ("assessments", {"assessments_in_365_days": 1, "has_plan": 0}, False),
    ("assessments", {"assessments_in_365_days": 2, "has_plan": 0}, True),
    ("assessments", {"assessments_in_365_days": 2, "has_plan": 1}, False),
    ("first_offence", {"low_level_first_offence": 1}, True),
    ("parental_needs", {"parental_needs": 0}, False),
    ("older_sibling", {"older_sibling_convicted": 1}, True),
    ("young_carer", {"young_carer_unmet": 1}, True),
]


@pytest.mark.parametrize(("name", "given", "expected"), BOUNDARIES)
def test_every_boundary_is_exact(name: str, given: dict[str, float], expected: bool) -> None:
    judged = judge_criteria(pd.DataFrame([given]))
    # Catches "at least" for "more than", a year too many, or a criterion that looks at the wrong column.
    assert bool(judged.answers[name].iloc[0]) is expected
    # Catches a criterion judged that the table says nothing about.
    assert judged.judged == (name,)


@pytest.mark.parametrize(("name", "given", "expected"), BOUNDARIES)
def test_tier_four_never_meets_a_criterion_of_early_help(name: str, given: dict[str, float], expected: bool) -> None:
    judged = judge_criteria(pd.DataFrame([given | {"statutory_need": 1}]))
    # Catches a family in need of assessment sent to early help.
    assert judged.met.tolist() == [False]
    del name, expected


def test_a_value_that_is_not_recorded_cannot_be_judged() -> None:
    table = pd.DataFrame(
        {"exclusion_days": [np.nan, 12, np.nan], "school_year": [5, 5, 9], "parental_needs": [0, 0, 1]}
    )
    judged = judge_criteria(table)
    # Catches an absent value taken for "no".
    assert judged.answers["exclusion_days"].isna().tolist() == [True, False, False]
    # Catches a yes elsewhere that is lost because something is not recorded.
    assert judged.met.isna().tolist() == [True, False, False]
    assert judged.met.iloc[1:].tolist() == [True, True]


def test_a_table_without_the_columns_is_not_judged() -> None:
    # Catches criteria judged on columns that happen to be there.
    assert judge_criteria(pd.DataFrame({"contacts": [1.0]})).met.isna().all()


def test_columns_may_have_names_of_their_own() -> None:
    columns = {"assessments_in_365_days": "assessments_1y", "has_plan": "plan"}
    table = pd.DataFrame({"assessments_1y": [2.0, 1.0], "plan": [0.0, 0.0]})
    # Catches a mapping that is ignored.
    assert judge_criteria(table, columns=columns).met.tolist() == [True, False]


def test_every_criterion_of_the_strategy_is_there() -> None:
    # Catches a criterion lost in an edit.
    assert {one.name for one in TARGETED_EARLY_HELP} == {name for name, _, _ in BOUNDARIES}


def rows(features: pd.DataFrame, outcome: list[float]) -> LearningRows:
    known = pd.DataFrame({"outcome": outcome, "weight": 1.0, "group_id": range(len(outcome)), "index_on": pd.NaT})
    return LearningRows(features, tuple(Feature(str(name), str(name)) for name in features), known, 365.0)


def test_criteria_as_a_model_give_past_rates() -> None:
    features = pd.DataFrame({"parental_needs": [1.0] * 500 + [0.0] * 500})
    outcome = [1.0] * 200 + [0.0] * 300 + [1.0] * 50 + [0.0] * 450
    model = CriteriaModel.fit(rows(features, outcome), columns={})
    assert model is not None
    # Catches rates that are swapped or drawn to the average by more than one row: 0.4 and 0.1 from 500 rows each.
    np.testing.assert_allclose(model.estimate(features.iloc[[0, -1]]), [0.4, 0.1], atol=1e-3)


def test_no_criteria_no_model() -> None:
    # Catches a comparator made of nothing.
    assert CriteriaModel.fit(rows(pd.DataFrame({"contacts": [1.0, 2.0]}), [0.0, 1.0]), columns={}) is None
