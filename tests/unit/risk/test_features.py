"""The catalogue of features, and single features on records written by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_records import Row, Rows, records

from ehforecast.contracts import load_contract
from ehforecast.risk.features import build_features, feature_recipes
from ehforecast.risk.index_events import OWN_TABLE, find_index_events
from ehforecast.risk.outcome_settings import IndexEvent

HELP: Row = {"person_id": "P1", "started_on": "2022-01-10", "ended_on": "2022-06-01", "end_recorded_on": "2022-06-11",
             "recorded_on": "2022-01-12", "lead_professional_on": "2022-01-20"}  # fmt: skip


def features(kind: IndexEvent = "early_help_closure", **tables: Rows) -> pd.DataFrame:
    made = records(**tables)
    events = find_index_events(made, kind)
    return build_features(made, events, own_table=OWN_TABLE[kind], recipes=feature_recipes())


def one(kind: IndexEvent = "early_help_closure", **tables: Rows) -> "pd.Series[Any]":
    return features(kind, **{"early_help_episodes": [HELP], **tables}).iloc[0]


def test_every_feature_is_described() -> None:
    recipes = feature_recipes()
    names = [recipe.feature.name for recipe in recipes]
    # Catches two features under one name, of which one would be lost.
    assert len(set(names)) == len(names)
    for recipe in recipes:
        feature = recipe.feature
        texts = (feature.label, feature.unit, feature.source, feature.lag, feature.reason)
        # Catches a feature nobody can explain: without words, unit, source, lag or reason.
        assert all(text.strip() for text in texts), feature.name
        # Catches a category without levels, and a number with some.
        assert bool(feature.levels) == (feature.unit == "category"), feature.name
    # Catches labels that cannot be told apart in a report.
    assert len({recipe.feature.label for recipe in recipes}) == len(recipes)


def test_no_feature_reads_a_column_kept_for_audits() -> None:
    others = ("people", "families", "assessments", "assessment_factors", "statutory_steps")
    permitted = {
        f"{table}.{column.name}": column.permitted_use
        for table in (*OWN_TABLE.values(), *others)
        for column in load_contract(table).columns
    }
    read = {column for recipe in feature_recipes() for column in recipe.columns} - {"assessment_factors.person_id"}
    # Catches a column that no contract has, and one that is for audits only.
    assert {column: permitted.get(column) for column in read if permitted.get(column) not in {"feature", "key"}} == {}


def test_columns_without_a_day_of_recording_of_their_own_stay_out() -> None:
    """Whether a referral led to further action, and its main need, are filled in later without a day of recording."""
    read = {column for recipe in feature_recipes() for column in recipe.columns}
    # Catches what was decided after the referral read as if it had been known with it.
    assert not read & {"referrals.no_further_action", "referrals.primary_need", "assessments.outcome_no_further_action"}


def test_the_matrix_keeps_the_order_and_types_of_the_catalogue() -> None:
    made, recipes = features(early_help_episodes=[HELP]), feature_recipes()
    # Catches columns in another order than their descriptions.
    assert list(made.columns) == [recipe.feature.name for recipe in recipes]
    for recipe in recipes:
        levels = recipe.feature.levels
        kind = made[recipe.feature.name].dtype
        # Catches a category with other levels than those described, and whole numbers among numbers.
        assert tuple(getattr(kind, "categories", ())) == levels, recipe.feature.name
        assert levels or kind == np.float64, recipe.feature.name


def test_the_event_itself_is_not_its_own_past() -> None:
    earlier: Row = {"contact_id": "C0", "person_id": "P1", "contact_on": "2022-05-02"}
    index: Row = {"contact_id": "C1", "person_id": "P1", "contact_on": "2022-06-01",
                  "outcome_recorded_on": "2022-06-05", "source": "6", "outcome": "information_and_advice"}  # fmt: skip
    made = features("front_door_contact", contacts=[earlier, index]).iloc[1]
    # Catches a contact that finds itself: 34 days lie between the earlier one and the day of the estimate.
    assert (made["days_since_contact"], made["contacts_30"], made["contacts_365"]) == (34, 1, 2)
    # Catches its own source and answer taken from another row.
    assert (made["source_group"], made["contact_outcome"]) == ("police", "information_and_advice")
    assert made["days_to_record"] == 4


def test_an_answer_given_later_is_not_known() -> None:
    late: Row = {
        "person_id": "P1",
        "contact_on": "2022-06-10",
        "outcome": "referral",
        "outcome_recorded_on": "2022-06-12",
    }
    made = one(contacts=[late])
    # Catches an outcome read a day before it was recorded; the contact itself was known.
    assert (made["contacts_30"], made["contacts_to_early_help_365"]) == (1, 0)
    assert pd.isna(made["contact_outcome"])
    known = one(contacts=[{**late, "outcome_recorded_on": "2022-06-11"}])
    # Catches the evening of the day of the estimate not counted.
    assert known["contact_outcome"] == "referral"


def test_the_closed_episode_is_told() -> None:
    before: Row = {"person_id": "P1", "started_on": "2021-08-01", "ended_on": "2021-10-01", "end_reason": "disengaged"}
    made = features(early_help_episodes=[before, HELP]).iloc[1]
    # Catches the earlier episode told in place of the one that has just ended.
    assert (made["help_days"], made["end_reason"], made["need_level"]) == (142, "needs_met", 3)
    assert (made["days_to_lead_professional"], made["lead_organisation"]) == (10, "school")
    # Catches the past lost: the end before this one, on 1 October 2021, was 253 days before the estimate.
    assert (made["days_since_help_ended"], made["disengaged_365"], made["early_help_365"]) == (253, 1, 2)
    # Catches help taken as still open though its end was on record.
    assert made["open_early_help"] == 0
    # Catches a lead professional named only after the estimate.
    late = features(early_help_episodes=[{**HELP, "lead_professional_on": "2022-06-12"}]).iloc[0]
    assert pd.isna(late["days_to_lead_professional"])


def test_brothers_and_sisters_are_counted_without_the_child() -> None:
    families: list[Row] = [{"person_id": person, "family_id": "F1"} for person in ("P1", "P2", "P3")]
    families.append({"person_id": "P4", "family_id": "F2"})
    rows: list[Row] = [{"person_id": person, "referral_on": "2022-03-01"} for person in ("P1", "P2", "P2", "P4")]
    made = one(families=families, referrals=rows)
    # Catches the child among its siblings, other families among them, or one sibling counted for all.
    assert (made["referrals_365"], made["siblings_referrals_365"], made["family_size"]) == (1, 2, 3)
    # Catches three forms of one day told as three days with referrals.
    assert made["family_days_with_referrals_365"] == 1
    alone = one(referrals=rows)
    # Catches an unknown family taken for a family without siblings.
    assert alone[["siblings_referrals_365", "family_size"]].isna().all()


PAST = ("contacts", "referrals", "assessments", "statutory_steps", "early_help_episodes")


@pytest.mark.parametrize(("on", "is_seen"), [("2021-06-11", False), ("2021-06-12", True)])
def test_nothing_older_than_the_look_back_is_seen(on: str, is_seen: bool) -> None:
    """The estimate is of 11 June 2022: the last 365 days begin on 12 June 2021."""
    past: dict[str, Rows] = {
        "contacts": [{"person_id": "P1", "contact_on": on, "outcome": "early_help", "source": "6"}],
        "referrals": [{"person_id": "P1", "referral_on": on}],
        "assessments": [{"person_id": "P1", "started_on": on}],
        "statutory_steps": [{"person_id": "P1", "started_on": on, "step": "section_47"}],
        "early_help_episodes": [HELP, {"person_id": "P1", "started_on": on}],
    }
    families: list[Row] = [{"person_id": "P1", "family_id": "F1", "from_on": "2020-01-01"}]
    for table in PAST:
        without, made = (
            features(families=families, **{"early_help_episodes": [HELP], **more}).iloc[0]
            for more in ({}, {table: past[table]})
        )
        # Catches a feature that grows with the length of the records, and a look-back a day too short.
        assert made.equals(without) is not is_seen, (table, made.compare(without))


def test_an_area_is_held_beside_its_council() -> None:
    contacts: list[Row] = [
        {"person_id": f"X{number}", "contact_on": "2022-05-01", "locality": place, "outcome": outcome}
        for number, (place, outcome) in enumerate(
            [("north", "referral"), ("north", "early_help"), ("south", "early_help"), ("south", "early_help")]
        )
    ]
    # Catches the share itself, which drifts with thresholds: half of the area's, a quarter of the council's.
    assert one(contacts=contacts)["locality_referrals_beside_council"] == 2.0


def test_a_move_shows_the_new_family_from_the_day_it_was_recorded() -> None:
    families: list[Row] = [
        {"person_id": "P1", "family_id": "F1"}, {"person_id": "P2", "family_id": "F1"},
        {"person_id": "P1", "family_id": "F2", "from_on": "2022-02-01", "recorded_on": "2022-06-12"},
        {"person_id": "P3", "family_id": "F2"}, {"person_id": "P4", "family_id": "F2"},
    ]  # fmt: skip
    # Catches a move known before it was recorded (a day after the estimate), and the first family taken for a move.
    assert one(families=families)[["family_size", "moves_between_families"]].tolist() == [2, 0]
    families[2] = {**families[2], "recorded_on": "2022-06-11"}
    # Catches the old family after the move.
    assert one(families=families)[["family_size", "moves_between_families"]].tolist() == [3, 1]


def test_ages_are_known_when_the_person_is() -> None:
    people: list[Row] = [{"person_id": "P1", "birth_month": "2012-06-01"},
                         {"person_id": "P2", "birth_month": "2022-09-01", "recorded_on": "2022-06-11"}]  # fmt: skip
    families: list[Row] = [{"person_id": "P1", "family_id": "F1"}, {"person_id": "P2", "family_id": "F1"}]
    made = one(people=people, families=families)
    # Catches another day than that of the estimate, and an unborn child lost.
    assert made["age_years"] == pytest.approx(3662 / 365.25)
    assert made["youngest_age_years"] == pytest.approx(-82 / 365.25)
    people[1] = {**people[1], "recorded_on": "2022-06-12"}
    # Catches a child known before it was on record.
    assert one(people=people, families=families)["youngest_age_years"] == made["age_years"]


def test_the_area_of_a_closure_is_the_episodes_own() -> None:
    contacts: list[Row] = [
        {"person_id": f"X{number}", "contact_on": "2022-05-01", "locality": place, "outcome": outcome}
        for number, (place, outcome) in enumerate(
            [("north", "referral"), ("north", "early_help"), ("south", "referral"), ("north", None)]
        )
    ]
    contacts[3] = {**contacts[3], "outcome_recorded_on": None}
    made = one(contacts=contacts)
    # Catches the whole council's share (2 of 3) in place of the area's (1 of 2), and contacts not answered yet counted.
    assert made["locality_referrals_beside_council"] == pytest.approx(0.5 / (2 / 3))
    # Catches an area nobody knows taken for one without contacts.
    nowhere = one(contacts=contacts, early_help_episodes=[{**HELP, "locality": None}])
    assert pd.isna(nowhere["locality_referrals_beside_council"])


def test_a_contact_without_contacts_of_its_area_has_no_share() -> None:
    index: Row = {
        "person_id": "P1",
        "contact_on": "2022-06-01",
        "outcome_recorded_on": "2022-06-05",
        "locality": "west",
    }
    made = features("front_door_contact", contacts=[index]).iloc[0]
    # Catches a division by nothing: its own contact is the area's only one, and nothing led to referral anywhere.
    assert pd.isna(made["locality_referrals_beside_council"])
    assert made["locality_recent_volume"] == pytest.approx(365 / 91)


def test_the_calendar_is_that_of_the_event() -> None:
    made = one(early_help_episodes=[{**HELP, "ended_on": "2022-08-06", "end_recorded_on": "2022-09-20"}])
    # Catches the day of the estimate in place of the day of the event: a Saturday in the summer holidays.
    assert (made["weekday"], made["quarter"]) == ("Saturday", "July to September")
    assert (made["school_holiday"], made["working_day"], made["days_to_record"]) == (1, 0, 45)


def test_an_early_record_is_known_from_the_day_it_happened() -> None:
    planned: Row = {"person_id": "P1", "referral_on": "2022-06-12", "recorded_on": "2022-06-01"}
    # Catches an event that is written down beforehand and counted before it happened.
    assert one(referrals=[planned])["referrals_365"] == 0


def test_an_index_event_that_is_a_referral_takes_the_area_of_the_latest_contact() -> None:
    made = features(
        "referral",
        contacts=[{"person_id": "P1", "contact_on": "2022-01-01", "locality": "south", "outcome": "referral"}],
        referrals=[{"person_id": "P1", "referral_on": "2022-01-02"}, {"person_id": "P2", "referral_on": "2022-01-02"}],
    )
    # Catches a referral, which has no area of its own, given somebody else's.
    assert made["locality_referrals_beside_council"].fillna(-1).tolist() == [1.0, -1.0]
