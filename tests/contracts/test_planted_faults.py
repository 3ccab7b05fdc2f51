"""Each fault that can be planted in a synthetic council is reported once, by its rule, with its count."""

import numpy as np
import pytest

from ehforecast.contracts import QualityResult, check_council
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.faults import plant_faults

PLAN = CouncilPlan(seed=11, first_month="2020-04", years=3, contacts_a_year=3000, warm_up_years=1)

RULES = {
    "duplicate_contact_id": "each_contact_stands_once",
    "duplicate_person": "each_person_stands_once",
    "person_in_two_families": "a_person_has_one_family_at_a_time",
    "referral_before_birth": "referral_is_at_most_40_weeks_before_birth",
    "contact_after_death": "contact_is_not_after_death",
    "person_over_25": "person_is_at_most_25_years_old_at_contact",
    "close_reason_without_date": "a_closure_has_its_date_reason_and_day_of_recording",
    "close_date_without_reason": "a_closure_has_its_date_reason_and_day_of_recording",
    "end_date_without_reason": "an_end_has_its_date_reason_and_day_of_recording",
    "outcome_without_date": "an_outcome_has_its_day_of_recording",
    "overlapping_referrals": "closure_is_before_the_next_referral",
    "overlapping_help": "help_ends_before_the_next_begins",
    "unknown_source_code": "source_is_a_word_of_referral_source_code",
    "source_code_before_its_time": "source_is_in_force_on_contact_on",
    "close_reason_before_its_time": "close_reason_is_in_force_on_closed_on",
    "unknown_ethnicity_code": "ethnicity_is_a_word_of_ethnicity",
    "unknown_outcome": "outcome_is_a_word_of_contact_outcome",
    "future_contact": "nothing_is_dated_after_the_extract",
    "recorded_before_contact": "contact_is_recorded_on_its_day_or_later",
    "help_ends_before_it_starts": "help_ends_on_its_first_day_or_later",
    "step_ends_before_it_starts": "step_ends_on_its_first_day_or_later",
    "contact_of_nobody": "person_id_is_in_people",
    "referral_of_no_contact": "contact_id_is_in_contacts",
    "factor_of_no_assessment": "assessment_id_is_in_assessments",
    "missing_person": "person_id_is_given",
    "missing_contact_date": "contact_on_is_given",
    "missing_need": "an_accepted_referral_has_a_primary_need",
    "factor_none_beside_others": "no_factors_found_stands_alone",
    "repeated_factor": "a_factor_stands_once_in_an_assessment",
    "sex_often_unknown": "sex_is_recorded_for_98_percent",
    "negative_cases": "cases_held_is_a_whole_number_of_zero_or_more",
}


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return draw_council(PLAN)


@pytest.fixture(scope="module")
def clean(council: SyntheticCouncil) -> QualityResult:
    return check_council(council.tables, as_of=PLAN.extracted_on)


def broken(result: QualityResult) -> dict[tuple[str, str, str], int]:
    return {(count.table, count.rule, count.column): count.broken for count in result.rules if count.broken}


def test_an_unharmed_council_breaks_no_rule_of_severity_error(clean: QualityResult) -> None:
    # Catches a contract that the synthetic councils, or a council as they are, could not keep.
    assert clean.find_broken("error") == ()


@pytest.mark.parametrize("name", RULES)
def test_fault_is_reported_once_by_its_rule(name: str, council: SyntheticCouncil, clean: QualityResult) -> None:
    tables, planted = plant_faults(
        dict(council.tables), dict(council.truth_tables), names=(name,), rng=np.random.default_rng(5)
    )
    fault = planted.iloc[0]
    before, after = broken(clean), broken(check_council(tables, as_of=PLAN.extracted_on))
    changed = {where: after.get(where, 0) - before.get(where, 0) for where in before | after}
    # Catches a fault nobody sees, one counted wrongly, and one reported under two names.
    assert {where: count for where, count in changed.items() if count > 0} == {
        (fault["table"], RULES[name], changed_column(changed, RULES[name])): fault["count"]
    }


def changed_column(changed: dict[tuple[str, str, str], int], rule: str) -> str:
    return next((column for _, name, column in changed if name == rule), "")
