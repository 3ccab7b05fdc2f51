"""Planted faults: each does what its name says, as often as it says, and nothing when it is not asked for."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import SettingsError
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.faults import FAULTS, plant_faults
from ehforecast.synthetic.model_faults import LABEL_BIAS_SHARE, MODEL_FAULTS, SHIFT_SHARE
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity

Tables = dict[str, pd.DataFrame]
DAY = pd.Timedelta(days=1)


def plant(council: SyntheticCouncil, name: str) -> tuple[Tables, int]:
    rng = np.random.default_rng(1)
    tables, planted = plant_faults(dict(council.tables), dict(council.truth_tables), names=(name,), rng=rng)
    return tables, int(planted["count"].item())


def age_at_contact(tables: Tables) -> pd.Series:
    born = tables["people"].set_index("person_id")["birth_month"]
    return (tables["contacts"]["contact_on"] - tables["contacts"]["person_id"].map(born)).dt.days / 365.25


def overlapping(table: pd.DataFrame, starts: str, ends: str) -> int:
    rows = table.sort_values(["person_id", starts])
    return int((rows[ends] > rows.groupby("person_id")[starts].shift(-1)).sum())


# Each counts the fault another way than the planter does.
COUNTS = {
    "duplicate_contact_id": lambda t: int(t["contacts"]["contact_id"].duplicated().sum()),
    "duplicate_person": lambda t: int(t["people"]["person_id"].duplicated().sum()),
    "person_in_two_families": lambda t: int(
        (t["families"][["person_id", "family_id"]].drop_duplicates().groupby("person_id").size() > 1).sum()
    ),
    "referral_before_birth": lambda t: int(
        (
            t["referrals"]["referral_on"] + 280 * DAY
            < t["referrals"]["person_id"].map(t["people"].set_index("person_id")["birth_month"])
        ).sum()
    ),
    "contact_after_death": lambda t: int(
        (
            t["contacts"]["contact_on"] > t["contacts"]["person_id"].map(t["people"].set_index("person_id")["died_on"])
        ).sum()
    ),
    "person_over_25": lambda t: int((age_at_contact(t) > 25).sum()),
    "close_reason_without_date": lambda t: int(
        (t["referrals"]["closed_on"].isna() & t["referrals"]["close_reason"].notna()).sum()
    ),
    "close_date_without_reason": lambda t: int(
        (t["referrals"]["closed_on"].notna() & t["referrals"]["close_reason"].isna()).sum()
    ),
    "end_date_without_reason": lambda t: int(
        (t["early_help_episodes"]["ended_on"].notna() & t["early_help_episodes"]["end_reason"].isna()).sum()
    ),
    "outcome_without_date": lambda t: int(
        (t["contacts"]["outcome"].notna() & t["contacts"]["outcome_recorded_on"].isna()).sum()
    ),
    "overlapping_referrals": lambda t: overlapping(t["referrals"], "referral_on", "closed_on"),
    "overlapping_help": lambda t: overlapping(t["early_help_episodes"], "started_on", "ended_on"),
    "unknown_source_code": lambda t: int((t["contacts"]["source"] == "11X").sum()),
    "source_code_before_its_time": lambda t: int(
        ((t["contacts"]["source"] == "5D") & (t["contacts"]["contact_on"] < "2022-04-01")).sum()
    ),
    "close_reason_before_its_time": lambda t: int(
        ((t["referrals"]["close_reason"] == "RC9") & (t["referrals"]["closed_on"] < "2022-04-01")).sum()
    ),
    "unknown_ethnicity_code": lambda t: int((~t["people"]["ethnicity"].isin([code.value for code in Ethnicity])).sum()),
    "unknown_outcome": lambda t: int((t["contacts"]["outcome"] == "maybe").sum()),
    "future_contact": lambda t: int((t["contacts"]["contact_on"] > "2023-03-31").sum()),
    "recorded_before_contact": lambda t: int((t["contacts"]["recorded_on"] < t["contacts"]["contact_on"]).sum()),
    "help_ends_before_it_starts": lambda t: int(
        (t["early_help_episodes"]["ended_on"] < t["early_help_episodes"]["started_on"]).sum()
    ),
    "step_ends_before_it_starts": lambda t: int(
        (t["statutory_steps"]["ended_on"] < t["statutory_steps"]["started_on"]).sum()
    ),
    "contact_of_nobody": lambda t: int((~t["contacts"]["person_id"].isin(t["people"]["person_id"])).sum()),
    "referral_of_no_contact": lambda t: int(
        (t["referrals"]["contact_id"].notna() & ~t["referrals"]["contact_id"].isin(t["contacts"]["contact_id"])).sum()
    ),
    "factor_of_no_assessment": lambda t: int(
        (~t["assessment_factors"]["assessment_id"].isin(t["assessments"]["assessment_id"])).sum()
    ),
    "missing_person": lambda t: int(t["contacts"]["person_id"].isna().sum()),
    "missing_contact_date": lambda t: int(t["contacts"]["contact_on"].isna().sum()),
    "missing_need": lambda t: int(
        (t["referrals"]["primary_need"].isna() & (t["referrals"]["no_further_action"] == "no")).sum()
    ),
    "factor_none_beside_others": lambda t: int(
        t["assessment_factors"].groupby("assessment_id")["factor"].agg(lambda f: (f == "21").any() and len(f) > 1).sum()
    ),
    "repeated_factor": lambda t: int(t["assessment_factors"].duplicated(["assessment_id", "factor"]).sum()),
    "sex_often_unknown": lambda t: int((t["people"]["sex"] == "not_recorded").sum()),
    "negative_cases": lambda t: int((t["workforce"]["cases_held"] < 0).sum()),
}


@pytest.mark.parametrize("name", COUNTS)
def test_each_breaks_its_rule_as_often_as_it_says(small_council: SyntheticCouncil, name: str) -> None:
    tables, count = plant(small_council, name)
    # Catches a fault that misses, or that a count of rejected rows could not be compared with.
    assert COUNTS[name](tables) == count > 0
    if name != "sex_often_unknown":
        # Catches a council that breaks the rule before anything is planted.
        assert COUNTS[name](dict(small_council.tables)) == 0


def test_every_rule_has_its_count_here() -> None:
    # Catches a new fault that nobody checks.
    assert set(COUNTS) | {fault.name for fault in MODEL_FAULTS} == set(FAULTS)


@pytest.mark.parametrize("name", FAULTS)
def test_the_council_itself_is_left_alone(small_council: SyntheticCouncil, name: str) -> None:
    before = {table: frame.copy() for table, frame in small_council.tables.items()}
    plant(small_council, name)
    for table, frame in before.items():
        # Catches a fault that reaches back into the sound council.
        pd.testing.assert_frame_equal(frame, small_council.tables[table])


def test_label_bias_hides_referrals_of_one_group(small_council: SyntheticCouncil) -> None:
    tables, count = plant(small_council, "label_bias")
    needs = small_council.truth_tables["needs"].set_index("person_id")["ethnicity"]
    groups = small_council.tables["referrals"]["person_id"].map(needs).map(lambda code: Ethnicity(code).group)
    hidden = ~small_council.tables["referrals"]["referral_id"].isin(tables["referrals"]["referral_id"])
    # Catches bias against the wrong people, or a wrong count.
    assert set(groups[hidden]) == {EthnicGroup.BLACK}
    assert hidden.sum() == count
    of_group = groups == EthnicGroup.BLACK
    # Catches another strength: binomial, four standard errors.
    assert abs(hidden[of_group].mean() - LABEL_BIAS_SHARE) < 4 * np.sqrt(0.25 / of_group.sum())
    # Catches assessments that point at hidden referrals.
    assert tables["assessments"]["referral_id"].isin(tables["referrals"]["referral_id"]).all()


def test_level_shift_begins_on_its_day(small_council: SyntheticCouncil) -> None:
    tables, count = plant(small_council, "level_shift")
    full, left = small_council.tables["contacts"], tables["contacts"]
    assert len(full) - len(left) == count
    before = full["contact_on"] < "2021-04-01"
    gone = ~full["contact_id"].isin(left["contact_id"])
    # Catches a shift that begins early, or that takes contacts others point at.
    assert not gone[before].any()
    assert set(full.loc[gone, "outcome"]) == {"no_further_action", "information_and_advice"}
    nowhere = full["outcome"].isin(["no_further_action", "information_and_advice"]) & ~before
    # Catches another strength: binomial, four standard errors.
    assert abs(gone[nowhere].mean() - SHIFT_SHARE) < 4 * np.sqrt(0.25 / nowhere.sum())


def test_leakage_field_gives_the_outcome_away(small_council: SyntheticCouncil) -> None:
    tables, count = plant(small_council, "leakage_field")
    episodes = tables["early_help_episodes"].set_index("episode_id")["need_level"]
    came = small_council.truth_tables["ends_of_help"].set_index("episode_id")["came_escalation"].fillna(value=False)
    # Catches a leak that leaks nothing.
    assert ((episodes == "statutory") == came[episodes.index]).all()
    assert came.sum() == count


def test_proxy_stands_for_the_group(small_council: SyntheticCouncil) -> None:
    tables, _ = plant(small_council, "proxy_field")
    needs = small_council.truth_tables["needs"].set_index("person_id")["ethnicity"]
    episodes = tables["early_help_episodes"]
    black = episodes["person_id"].map(needs).map(lambda code: Ethnicity(code).group is EthnicGroup.BLACK)
    # Catches a proxy too weak to find: at least three in four of `other` are of the group (before: one in ten).
    assert black[episodes["lead_organisation"] == "other"].mean() > 0.70


def test_ethnicity_goes_missing_for_one_group(small_council: SyntheticCouncil) -> None:
    tables, count = plant(small_council, "ethnicity_missing_by_group")
    lost = tables["people"]["ethnicity"] != small_council.tables["people"]["ethnicity"]
    # Catches loss elsewhere than in the group.
    assert lost.sum() == count
    assert {Ethnicity(code).group for code in small_council.tables["people"].loc[lost, "ethnicity"]} == {
        EthnicGroup.BLACK
    }


def test_faults_are_named_in_the_truth(small_plan: CouncilPlan) -> None:
    plan = CouncilPlan(
        seed=1, years=2, contacts_a_year=2_000, warm_up_years=1, faults=("missing_person", "future_contact")
    )
    planted = draw_council(plan).truth_tables["faults"]
    # Catches faults that are planted silently.
    assert planted["fault"].tolist() == ["missing_person", "future_contact"]
    assert planted["count"].tolist() == [7, 7]
    # Catches faults in a council that asked for none.
    assert draw_council(small_plan).truth_tables["faults"].empty


def test_unknown_faults_are_refused() -> None:
    # Catches a misspelt fault that would leave a test of an audit testing nothing.
    with pytest.raises(SettingsError, match="no such fault: lable_bias"):
        draw_council(CouncilPlan(seed=1, years=1, contacts_a_year=300, warm_up_years=0, faults=("lable_bias",)))


def test_a_council_too_small_for_a_fault_says_so() -> None:
    # Catches a fault planted fewer times than it says.
    with pytest.raises(SettingsError, match="too small for this fault"):
        draw_council(CouncilPlan(seed=1, years=1, contacts_a_year=40, warm_up_years=0, faults=("overlapping_help",)))
