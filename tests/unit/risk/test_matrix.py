"""The whole cohort out of a small synthetic council: aligned, accounted for, and refused where it must be."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from risk_records import Row, days_after, on, records

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.audit_columns import AUDIT_COLUMNS
from ehforecast.risk.features_known import LOOK_BACK_DAYS
from ehforecast.risk.matrix import CouncilCohort, MatrixSettings, build_cohort
from ehforecast.risk.matrix_leaks import REFUSED
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.risk.timeline import Span, TimelineSettings, default_timeline
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

PLAN = CouncilPlan(seed=4, years=6, contacts_a_year=3000, warm_up_years=2)
ESCALATION = QUESTIONS["escalation_after_early_help"]
TIMELINE = default_timeline(PLAN.starts_on, PLAN.extracted_on, families="latest")
LOOK = MatrixSettings(check_for_leaks=False)
Tables = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return dict(draw_council(PLAN).tables)


@pytest.fixture(scope="module")
def faulty() -> Tables:
    """A larger council in whose records a leak and a proxy are planted."""
    return dict(draw_council(replace(PLAN, faults=("leakage_field", "proxy_field"), contacts_a_year=9000)).tables)


@pytest.fixture(scope="module")
def built(tables: Tables) -> CouncilCohort:
    return build(tables)


def build(
    tables: Tables,
    timeline: TimelineSettings = TIMELINE,
    *,
    name: str = ESCALATION.name,
    settings: MatrixSettings | None = None,
) -> CouncilCohort:
    return build_cohort(
        tables, question=QUESTIONS[name], timeline=timeline, extracted_on=PLAN.extracted_on, settings=settings
    )


def test_every_index_event_is_accounted_for(built: CouncilCohort, tables: Tables) -> None:
    account, cohort = built.account, built.cohort
    ended = tables["early_help_episodes"]["ended_on"].notna().sum()
    gone = sum(account.not_looked_at.values())
    # Catches events that disappear without a reason.
    assert account.index_events == ended == len(cohort) + gone
    # Catches a reader of the report told of other events, or not told why the others were left out.
    told = account.told()
    assert told["not_looked_at"] == account.not_looked_at
    assert all(told["label_card"].values())
    # Catches counts of something else than what is in the cohort.
    assert cohort.rows["period"].value_counts().to_dict() == account.families.kept


def test_rows_features_and_audit_are_of_the_same_people(built: CouncilCohort, tables: Tables) -> None:
    cohort = built.cohort
    episodes = tables["early_help_episodes"].set_index("episode_id").loc[cohort.rows["event_id"]]
    people = tables["people"].set_index("person_id").loc[cohort.rows["person_id"]]
    # Catches a join that shifts: each part is looked up again by its own key.
    assert cohort.rows["person_id"].tolist() == episodes["person_id"].tolist()
    length = (episodes["ended_on"] - episodes["started_on"]).dt.days.clip(upper=LOOK_BACK_DAYS)
    assert cohort.features["help_days"].tolist() == length.tolist()
    assert cohort.audit["sex"].fillna("not_recorded").tolist() == people["sex"].tolist()
    assert cohort.audit["locality"].tolist() == episodes["locality"].tolist()
    # Catches rows in an order that changes from run to run.
    assert cohort.rows["index_on"].is_monotonic_increasing


def test_the_past_is_not_trained_with_the_test_periods_outcomes(built: CouncilCohort) -> None:
    rows = built.cohort.rows
    learned = rows[rows["period"] != "test"]
    last = learned["index_on"] + pd.to_timedelta(learned["event_days"].fillna(0), unit="D")
    # Catches a label of training or calibration that was decided in the test period.
    assert (last < pd.Timestamp(TIMELINE.test.first_on)).all()
    assert (learned["index_on"] + pd.to_timedelta(learned["followed_days"], unit="D")).max() < pd.Timestamp(
        TIMELINE.test.first_on
    )
    # Catches families on both sides.
    assert rows[["group_id", "period"]].drop_duplicates()["group_id"].is_unique
    # Catches an event counted though follow-up had ended.
    assert not (rows["event_days"] > rows["followed_days"]).any()
    assert rows["event_step"].notna().equals(rows["event_days"].notna())


def test_a_censored_period_has_unresolved_outcomes(tables: Tables) -> None:
    test = TIMELINE.test
    late = Span(TIMELINE.calibrate.first_on, test.first_on - pd.Timedelta(days=1).to_pytimedelta())
    cohort = build(tables, replace(TIMELINE, calibrate=late, labels="censored")).cohort
    calibrate = cohort.of("calibrate")
    unresolved = calibrate.outcome.isna()
    cut = calibrate.rows["follow_up_ended_by"].eq("test period opens")
    # Catches an unresolved outcome counted as no event: whoever is cut off before a year without one stays absent.
    assert unresolved.sum() > 50
    assert (calibrate.rows.loc[unresolved, "event_days"].isna()).all()
    # Catches a reason for the end of follow-up that is not the true one.
    assert cut[unresolved].mean() > 0.8


def test_what_never_happened_is_no_gap(built: CouncilCohort) -> None:
    by_nature = {feature.name for feature in built.cohort.catalogue if feature.absent_by_nature}
    # Catches days since what never was taken for something that nobody wrote down.
    assert {name for name in built.cohort.features if name.startswith("days_since_")} <= by_nature
    assert not by_nature & {"age_years", "family_size", "days_to_record"}


def test_audit_columns_are_for_audit_alone(built: CouncilCohort) -> None:
    # Catches a group that fairness asks for and does not get, in another order than stated.
    assert tuple(built.cohort.audit.columns) == AUDIT_COLUMNS
    # Catches what was not recorded standing as a group of its own.
    assert not built.cohort.audit.isin(["not_recorded", "not_known"]).any(axis=None)
    assert built.cohort.audit["ethnic_group"].isna().any()
    # Catches an age band that is not the age on the day of the estimate.
    age = built.cohort.features["age_years"]
    band = built.cohort.audit["age_band"]
    assert band[age < 4.9].unique().tolist() == ["0_4"]
    assert set(band[(age > 10.1) & (age < 15.9)]) == {"10_15"}


def test_no_protected_column_is_a_feature(built: CouncilCohort) -> None:
    # Catches a protected characteristic among the features, by name.
    assert not set(built.cohort.features.columns) & set(AUDIT_COLUMNS)
    # Catches proxies found for something else than protected groups; age stands for age bands by construction.
    assert {proxy.field for proxy in built.account.proxies} <= {"age_band"}


def test_a_protected_field_needs_a_reason_that_is_told(tables: Tables) -> None:
    reason = "To show the steering group what leaving it out costs."
    made = build(tables, settings=MatrixSettings(protected_reasons={"people.sex": reason}))
    # Catches a field used without the reason standing in the account.
    assert any(reason in note and "people.sex" in note for note in made.account.notes)
    found = made.cohort.features["sex"]
    # Catches another column under its name, or values in the wrong rows.
    assert found.astype("str").equals(made.cohort.audit["sex"])
    for column, why in (("people.sex", ""), ("people.died_on", "We want to know of it.")):
        # Catches a use without a reason, and one that cannot be.
        with pytest.raises(SettingsError, match=column):
            build(tables, settings=MatrixSettings(protected_reasons={column: why}))


def test_a_feature_can_be_left_out_by_its_name_alone(tables: Tables, built: CouncilCohort) -> None:
    made = build(tables, settings=MatrixSettings(leave_out=("age_years",)))
    # Catches a feature left in, or more left out.
    assert set(built.cohort.features.columns) - set(made.cohort.features.columns) == {"age_years"}
    with pytest.raises(SettingsError, match="shoe_size"):
        build(tables, settings=MatrixSettings(leave_out=("shoe_size",)))


def test_directions_are_for_statutory_outcomes_alone(faulty: Tables, built: CouncilCohort) -> None:
    rising = {feature.name for feature in built.cohort.catalogue if feature.direction == 1}
    # Catches constraints that got lost.
    assert "referrals_365" in rising
    assert "age_years" not in rising
    again = build(faulty, replace(TIMELINE, families="by_lot"), name="early_help_offered_again", settings=LOOK)
    # Catches a constraint that holds for one question forced upon another.
    assert {feature.direction for feature in again.cohort.catalogue} == {0}


def test_a_way_of_keeping_families_apart_that_tilts_the_question_is_refused(faulty: Tables) -> None:
    # Catches training on families who did not come back: only their latest period, though a return makes an event.
    longer = replace(
        TIMELINE,
        train=Span(date(2019, 4, 1), date(2020, 6, 30)),
        calibrate=Span(date(2020, 7, 1), date(2021, 3, 31)),
        labels="censored",
        families="latest",
    )
    with pytest.raises(SettingsError, match="keep families apart by_lot"):
        build(faulty, longer, name="early_help_re_referral", settings=LOOK)
    made = build(faulty, replace(TIMELINE, families="by_lot"), name="escalation_after_contact", settings=LOOK)
    # Catches a tilt told of the test period, whose outcomes must not be looked at.
    assert [tilt.period for tilt in made.account.tilts] == ["train", "calibrate"]


def test_the_area_of_a_referral_is_that_of_its_contact(faulty: Tables) -> None:
    lots = replace(TIMELINE, families="by_lot")
    made = build(faulty, lots, name="csc_re_referral_after_referral", settings=LOOK).cohort
    referrals = faulty["referrals"].set_index("referral_id").loc[made.rows["event_id"]]
    contacts = faulty["contacts"].set_index("contact_id")["locality"]
    # Catches areas looked up by another key, or kept where the contact is not linked.
    assert made.audit["locality"].fillna("").tolist() == referrals["contact_id"].map(contacts).fillna("").tolist()


def test_a_cohort_is_the_same_twice(built: CouncilCohort, tables: Tables) -> None:
    again = build({name: table.sample(frac=1, random_state=3) for name, table in tables.items()})
    # Catches features that hang on the order in which rows happen to lie, ties of one day aside.
    same = [name for name in built.cohort.features if built.cohort.features[name].equals(again.cohort.features[name])]
    assert len(same) >= len(built.cohort.features.columns) - 3
    assert again.cohort.rows["event_id"].tolist() == built.cohort.rows["event_id"].tolist()


def test_what_cannot_be_estimated_is_refused_in_words(tables: Tables) -> None:
    # Catches a window longer than the data, told only by an empty result.
    with pytest.raises(SettingsError, match="whole window"):
        build(tables, replace(TIMELINE, horizon_days=2000, labels="censored"))
    # Catches dates out of order.
    with pytest.raises(SettingsError, match="not after"):
        build(tables, replace(TIMELINE, test=TIMELINE.train, train=TIMELINE.test))
    # Catches tables without a single row.
    with pytest.raises(SettingsError, match="holds no row"):
        build_cohort(records(), question=ESCALATION, timeline=TIMELINE, extracted_on=PLAN.extracted_on)


def test_thirty_rows_of_one_group_make_a_cohort_that_says_little() -> None:
    starts = pd.date_range("2018-06-01", periods=30, freq="60D")
    helped: list[Row] = [
        {"person_id": f"P{place}", "started_on": str(day.date()), "ended_on": days_after(str(day.date()), 30)}
        for place, day in enumerate(starts)
    ]
    timeline = TimelineSettings(
        Span(date(2018, 1, 1), date(2019, 12, 31)),
        Span(date(2020, 1, 1), date(2020, 12, 31)),
        Span(date(2022, 1, 1), date(2023, 3, 31)),
        warm_up_days=0,
    )
    made = build_cohort(
        records(early_help_episodes=helped), question=ESCALATION, timeline=timeline, extracted_on=on("2024-03-31")
    )
    kinds = {suspect.kind for suspect in made.account.suspects}
    # Catches a crash where the outcome never happens, and probes that judge a handful.
    assert set(made.cohort.outcome.dropna()) == {0.0}
    assert made.account.proxies == ()
    assert kinds <= {"says_nothing", "says_the_same_as_another"}
    # Catches a rate of nothing divided by nothing in the account.
    assert all(np.isfinite(tilt.relative) for tilt in made.account.tilts)


def test_planted_leaks_are_refused_by_name(faulty: Tables) -> None:
    # Catches the need level overwritten by what came after: refused, by name, before any model sees it.
    with pytest.raises(ContractError, match="column need_level"):
        build(faulty)
    # Catches a refusal of anything else, and a check that cannot be looked past.
    account = build(faulty, settings=LOOK).account
    assert {suspect.feature for suspect in account.suspects if suspect.kind in REFUSED} == {"need_level"}
    reason = MatrixSettings(accepted_suspects={"need_level": "Known: this test plants it."})
    assert any("need_level" in note for note in build(faulty, settings=reason).account.notes)
    # Catches the lead organisation that stands for an ethnic group going unnoticed.
    assert ("lead_organisation", "ethnic_group", "black") in {(p.feature, p.field, p.group) for p in account.proxies}
