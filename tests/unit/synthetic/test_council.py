"""One synthetic council: its tables hold together, keep every rule, and show only what was known on the last day."""

from dataclasses import replace
from types import GeneratorType

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import SettingsError
from ehforecast.synthetic.council import SyntheticCouncil, draw_council, draw_councils
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.extract import COLUMNS
from ehforecast.vocabulary.answers import YesNoNotRecorded, YesNoUnknown
from ehforecast.vocabulary.dated_codes import DatedCode
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.needs_and_factors import AssessmentFactor, EarlyHelpReason, PrimaryNeed
from ehforecast.vocabulary.pathways import (
    CloseReason,
    ContactOutcome,
    EarlyHelpEndReason,
    LeadOrganisation,
    StatutoryStep,
    WorkforceRole,
)
from ehforecast.vocabulary.protected_groups import AgeBand, Disability, Sex
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

KEYS = {
    "people": "person_id",
    "contacts": "contact_id",
    "early_help_episodes": "episode_id",
    "referrals": "referral_id",
    "assessments": "assessment_id",
    "statutory_steps": "step_id",
}
WORDS = [
    ("people", "sex", Sex), ("people", "ethnicity", Ethnicity), ("people", "disability", Disability),
    ("people", "care_experienced", YesNoNotRecorded), ("contacts", "source", ReferralSourceCode),
    ("contacts", "outcome", ContactOutcome), ("early_help_episodes", "need_level", NeedLevel),
    ("early_help_episodes", "reason", EarlyHelpReason), ("early_help_episodes", "lead_organisation", LeadOrganisation),
    ("early_help_episodes", "end_reason", EarlyHelpEndReason), ("referrals", "source", ReferralSourceCode),
    ("referrals", "no_further_action", YesNoUnknown), ("referrals", "primary_need", PrimaryNeed),
    ("referrals", "close_reason", CloseReason), ("assessments", "outcome_no_further_action", YesNoUnknown),
    ("assessment_factors", "factor", AssessmentFactor), ("statutory_steps", "step", StatutoryStep),
    ("workforce", "role", WorkforceRole), ("population", "age_band", AgeBand), ("population", "sex", Sex),
]  # fmt: skip


def test_columns_are_the_canonical_ones(small_council: SyntheticCouncil) -> None:
    found = {name: " ".join(small_council.tables[name].columns) for name in COLUMNS}
    # Catches a table that no longer fits its contract.
    assert found == COLUMNS
    # Catches truth that leaked into a table, or a table that leaked into the truth.
    assert not {column for table in small_council.tables.values() for column in table.columns if "true" in column}


def test_same_plan_same_council(small_plan: CouncilPlan, small_council: SyntheticCouncil) -> None:
    again = draw_council(small_plan)
    for name, table in small_council.tables.items():
        # Catches chance that does not come from the seed.
        pd.testing.assert_frame_equal(table, again.tables[name])
    other = draw_council(replace(small_plan, seed=4))
    # Catches a seed that is ignored.
    assert len(other.tables["contacts"]) != len(small_council.tables["contacts"])


@pytest.mark.parametrize(("table", "key"), KEYS.items())
def test_keys_stand_once(small_council: SyntheticCouncil, table: str, key: str) -> None:
    # Catches two rows under one key.
    assert small_council.tables[table][key].is_unique


@pytest.mark.parametrize(
    ("table", "column", "target"),
    [
        ("families", "person_id", "people"), ("contacts", "person_id", "people"),
        ("early_help_episodes", "person_id", "people"), ("referrals", "person_id", "people"),
        ("early_help_episodes", "contact_id", "contacts"), ("referrals", "contact_id", "contacts"),
        ("assessments", "referral_id", "referrals"), ("statutory_steps", "referral_id", "referrals"),
        ("assessment_factors", "assessment_id", "assessments"), ("assessments", "person_id", "people"),
    ],
)  # fmt: skip
def test_pointers_lead_somewhere(small_council: SyntheticCouncil, table: str, column: str, target: str) -> None:
    pointed = small_council.tables[table][column].dropna()
    # Catches rows about people or events that are not in the extract.
    assert pointed.isin(small_council.tables[target][column]).all()


def test_a_step_up_belongs_to_its_own_contact(small_council: SyntheticCouncil) -> None:
    for table, starts in (("referrals", "referral_on"), ("early_help_episodes", "started_on")):
        rows = small_council.tables[table].merge(small_council.tables["contacts"], on="contact_id", suffixes=("", "_c"))
        outcome = {"referrals": "referral", "early_help_episodes": "early_help"}[table]
        # Catches a row joined to another person's contact, or to one that led elsewhere.
        assert (rows["person_id"] == rows["person_id_c"]).all()
        assert (rows["outcome"].dropna() == outcome).all()
        # Catches help that begins before anybody asked.
        assert (rows[starts] >= rows["contact_on"]).all()


@pytest.mark.parametrize(("table", "column", "words"), WORDS)
def test_words_are_of_the_vocabulary(
    small_council: SyntheticCouncil, table: str, column: str, words: type[DatedCode]
) -> None:
    # Catches a word that no contract would let in.
    assert set(small_council.tables[table][column].dropna()) <= {word.value for word in words}


def test_codes_are_used_in_their_time(small_council: SyntheticCouncil) -> None:
    assessments = small_council.tables["assessments"].set_index("assessment_id")["completed_on"]
    factors = small_council.tables["assessment_factors"]
    uses = [
        (ReferralSourceCode, small_council.tables["contacts"][["source", "contact_on"]]),
        (CloseReason, small_council.tables["referrals"][["close_reason", "closed_on"]]),
        (AssessmentFactor, factors[["factor"]].assign(on=factors["assessment_id"].map(assessments))),
    ]
    for codes, rows in uses:
        used = rows.dropna().groupby(rows.columns[0])[rows.columns[1]].agg(["min", "max"])
        early = [code for code, first in used["min"].items() if not codes(code).is_valid(first.date())]
        late = [code for code, last in used["max"].items() if not codes(code).is_valid(last.date())]
        # Catches a code before the census had it, or after it went.
        assert early + late == []


@pytest.mark.parametrize(
    ("table", "pairs"),
    [
        ("contacts", [("contact_on", "recorded_on"), ("recorded_on", "outcome_recorded_on")]),
        (
            "early_help_episodes",
            [
                ("started_on", "recorded_on"),
                ("started_on", "ended_on"),
                ("ended_on", "end_recorded_on"),
                ("recorded_on", "end_recorded_on"),
                ("started_on", "lead_professional_on"),
            ],
        ),
        (
            "referrals",
            [("referral_on", "recorded_on"), ("referral_on", "closed_on"), ("closed_on", "closed_recorded_on")],
        ),
        (
            "assessments",
            [("started_on", "recorded_on"), ("started_on", "completed_on"), ("completed_on", "completed_recorded_on")],
        ),
        (
            "statutory_steps",
            [("started_on", "recorded_on"), ("started_on", "ended_on"), ("ended_on", "ended_recorded_on")],
        ),
        ("families", [("from_on", "recorded_on")]),
        ("people", [("recorded_on", "died_on")]),
    ],
)
def test_days_come_in_order(small_council: SyntheticCouncil, table: str, pairs: list[tuple[str, str]]) -> None:
    rows = small_council.tables[table]
    for earlier, later in pairs:
        both = rows[[earlier, later]].dropna()
        # Catches a day recorded before it came, or an end before a beginning.
        assert (both[earlier] <= both[later]).all()


def test_nothing_after_the_extract(small_council: SyntheticCouncil) -> None:
    last = pd.Timestamp(small_council.plan.extracted_on)
    for table in small_council.tables.values():
        for column in (column for column in table.columns if column.endswith("_on")):
            # Catches an extract that knows the future.
            assert not (table[column] > last).any()


@pytest.mark.parametrize(
    ("table", "recorded", "parts"),
    [
        ("contacts", "outcome_recorded_on", ["outcome"]),
        ("early_help_episodes", "end_recorded_on", ["ended_on", "end_reason"]),
        ("referrals", "closed_recorded_on", ["closed_on", "close_reason"]),
        ("assessments", "completed_recorded_on", ["completed_on", "outcome_no_further_action"]),
        ("statutory_steps", "ended_recorded_on", ["ended_on"]),
    ],
)
def test_later_parts_come_together(
    small_council: SyntheticCouncil, table: str, recorded: str, parts: list[str]
) -> None:
    rows = small_council.tables[table]
    for part in parts:
        # Catches an end without its day of recording: nothing could tell when it became known.
        assert (rows[part].isna() == rows[recorded].isna()).all()
    # Catches an extract in which nothing is open: real ones never are.
    assert 0 < rows[recorded].isna().sum() < len(rows) / 2


@pytest.mark.parametrize(
    ("table", "starts", "ends"),
    [("referrals", "referral_on", "closed_on"), ("early_help_episodes", "started_on", "ended_on")],
)
def test_one_open_at_a_time(small_council: SyntheticCouncil, table: str, starts: str, ends: str) -> None:
    rows = small_council.tables[table].sort_values(["person_id", starts])
    following = rows.groupby("person_id")[starts].shift(-1)
    # Catches two open episodes of one person, which the census refuses.
    assert not (rows[ends] > following).any()


def test_births_and_deaths(small_council: SyntheticCouncil) -> None:
    people = small_council.tables["people"].set_index("person_id")
    contacts = small_council.tables["contacts"]
    age = (contacts["contact_on"] - contacts["person_id"].map(people["birth_month"])).dt.days / 365.25
    # Catches contacts about grown-ups, and over 40 weeks before birth; a month of birth is known to the month.
    assert age.max() < 18.1
    assert age.min() > -40 / 52
    # Catches a front door that never hears of a child not born yet.
    assert (age < 0).any()
    assert not (contacts["contact_on"] > contacts["person_id"].map(people["died_on"])).any()


def test_factor_none_stands_alone(small_council: SyntheticCouncil) -> None:
    factors = small_council.tables["assessment_factors"]
    # Catches the same factor twice at one assessment.
    assert not factors.duplicated(["assessment_id", "factor"]).any()
    beside = factors.groupby("assessment_id")["factor"].agg(["size", lambda codes: (codes == "21").any()])
    # Catches "none" beside another.
    assert (beside.loc[beside.iloc[:, 1], "size"] == 1).all()


def test_population_adds_up(small_council: SyntheticCouncil) -> None:
    population = small_council.tables["population"]
    cells = ["year", "age_band", "sex", "ethnicity_group"]
    whole = population[population["locality"] == "all"].set_index(cells)["children"]
    parts = population[population["locality"] != "all"].groupby(cells)["children"].sum()
    # Catches localities that do not make up the council.
    assert (whole.sort_index() == parts.sort_index()).all()


def test_truth_covers_the_tables(small_council: SyntheticCouncil) -> None:
    ends, referrals = small_council.truth_tables["ends_of_help"], small_council.truth_tables["referrals"]
    # Catches truth for other rows than those in the extract.
    assert set(ends["episode_id"]) == set(small_council.tables["early_help_episodes"]["episode_id"])
    assert set(referrals["referral_id"]) == set(small_council.tables["referrals"]["referral_id"])
    up = small_council.tables["early_help_episodes"].set_index("episode_id")["end_reason"] == "stepped_up"
    # Catches an escalation counted after an end that was itself the escalation.
    assert ends.loc[ends["episode_id"].isin(up.index[up]), "came_escalation"].isna().all()
    # Catches risks that are no chances.
    assert ends["true_help_risk"].between(0, 1).all()


def test_what_came_agrees_with_the_tables(small_council: SyntheticCouncil) -> None:
    referrals = small_council.tables["referrals"].sort_values(["person_id", "referral_on"])
    following = referrals.groupby("person_id")["referral_on"].shift(-1)
    known = referrals["referral_on"] < pd.Timestamp(small_council.plan.extracted_on) - pd.Timedelta(days=600)
    came = small_council.truth_tables["referrals"].set_index("referral_id")["came_referral"]
    seen = (following - referrals["referral_on"]).dt.days <= 365
    # Catches truth that tells of another history than the tables (600 days: late records have come in by then).
    assert (seen[known].to_numpy() == came[referrals["referral_id"]][known.to_numpy()].to_numpy(dtype=bool)).all()


def test_names_of_councils_keep_keys_apart(small_plan: CouncilPlan) -> None:
    plans = [replace(small_plan, name=name, years=1, contacts_a_year=300) for name in ("A1", "A2")]
    stream = draw_councils(plans)
    # Catches a stream that draws every council before giving the first.
    assert isinstance(stream, GeneratorType)
    first, second = (set(council.tables["people"]["person_id"]) for council in stream)
    # Catches councils whose people would merge in one table.
    assert not first & second


def test_truth_can_be_changed(small_plan: CouncilPlan) -> None:
    default = CouncilTruth()
    never = replace(default, pathways=replace(default.pathways, advice_share=0.0))
    outcomes = draw_council(replace(small_plan, years=1), never).tables["contacts"]["outcome"]
    # Catches parameters that do nothing.
    assert "information_and_advice" not in set(outcomes)


@pytest.mark.parametrize("wrong", [{"name": "a council"}, {"years": 0}, {"contacts_a_year": 0}, {"warm_up_years": -1}])
def test_impossible_plans_are_refused(wrong: dict[str, object]) -> None:
    # Catches a plan that would fail deep inside, or write odd characters into every key.
    with pytest.raises(SettingsError):
        CouncilPlan(seed=1, **wrong)  # type: ignore[arg-type]


def test_truth_can_be_written_down() -> None:
    # Catches a parameter that no record of a run could hold.
    assert np.isclose(CouncilTruth().as_dict()["pathways"]["engages"], 0.85)  # type: ignore[index]
