"""What counts as an outcome, what does not, and for how long anybody is followed."""

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from risk_records import Row, Rows, days_after, on, records

from ehforecast.errors import SettingsError
from ehforecast.risk.outcome import FollowUp, check_some_are_followed, follow_up, followed_until
from ehforecast.risk.outcome_settings import QUESTIONS, OutcomeSettings
from ehforecast.risk.outcome_steps import find_outcome_events, is_accepted, is_planned_step_down, is_re_referral

CLOSED = "2022-06-01"
EXTRACT = on("2024-03-31")
ESCALATION = QUESTIONS["escalation_after_early_help"]
HELP: Row = {"person_id": "P1", "started_on": "2022-01-10", "ended_on": CLOSED, "end_recorded_on": "2022-06-11"}


def followed(question: OutcomeSettings = ESCALATION, **tables: Rows) -> FollowUp:
    return follow_up(records(early_help_episodes=[HELP], **tables), question, extracted_on=EXTRACT)


def only(found: FollowUp) -> dict[str, Any]:
    assert len(found.rows) == 1
    return dict(found.rows.iloc[0])


def why_left_out(question: OutcomeSettings = ESCALATION, **tables: Rows) -> dict[str, int]:
    """The only index event is left out: a second person keeps the run alive."""
    other: Row = {"person_id": "OTHER", "started_on": "2022-01-10", "ended_on": CLOSED}
    help_rows = [*tables.pop("early_help_episodes", [HELP]), other]
    found = follow_up(records(early_help_episodes=help_rows, **tables), question, extracted_on=EXTRACT)
    assert found.rows["person_id"].tolist() == ["OTHER"]
    assert sum(found.left_out.values()) + len(found.rows) == found.index_events
    return {name: count for name, count in found.left_out.items() if count}


def test_the_estimate_is_made_on_the_day_the_end_was_on_record() -> None:
    row = only(followed(referrals=[{"person_id": "P1", "referral_on": "2022-07-11"}]))
    # Catches an estimate dated before anybody could have made it.
    assert (row["happened_on"], row["index_on"]) == (pd.Timestamp(CLOSED), pd.Timestamp("2022-06-11"))
    # Catches days counted from the closure, and the step not told.
    assert (row["event_days"], row["event_step"]) == (30, "accepted_referral")


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("referrals", {"referral_on": "2022-09-01"}),
        ("statutory_steps", {"step": "section_47", "started_on": "2022-09-01"}),
        ("statutory_steps", {"step": "child_in_need_plan", "started_on": "2022-09-01"}),
        ("statutory_steps", {"step": "child_protection_plan", "started_on": "2022-09-01"}),
        ("statutory_steps", {"step": "looked_after", "started_on": "2022-09-01"}),
    ],
)
def test_every_statutory_step_is_an_escalation(table: str, row: Row) -> None:
    # Catches a step forgotten in the definition.
    assert only(followed(ESCALATION, **{table: [{"person_id": "P1", **row}]}))["event_days"] == 82


def test_what_is_no_escalation() -> None:
    turned_away: Row = {"person_id": "P1", "referral_on": "2022-09-01", "no_further_action": "yes"}
    somebody_else: Row = {"person_id": "P2", "referral_on": "2022-09-01"}
    # Catches a referral that was not accepted, or another child's, taken for the outcome.
    assert pd.isna(only(followed(referrals=[turned_away, somebody_else]))["event_days"])
    # Catches an event after the window lost: it is seen, and the horizon decides.
    assert only(followed(referrals=[{"person_id": "P1", "referral_on": "2023-06-12"}]))["event_days"] == 366


def test_unknown_is_accepted_only_where_an_assessment_began() -> None:
    tables = records(
        referrals=[{"person_id": "P1", "referral_id": f"R{answer}", "referral_on": "2022-09-01",
                    "no_further_action": answer} for answer in ("yes", "no", "unknown")]
        + [{"person_id": "P1", "referral_id": "R4", "referral_on": "2022-09-02", "no_further_action": "unknown"}],
        assessments=[{"person_id": "P1", "referral_id": "R4", "started_on": "2022-09-03"},
                     {"person_id": "P1", "referral_id": "Ryes", "started_on": "2022-09-03"}],
    )  # fmt: skip
    # Catches unknown read as no, or as yes.
    assert is_accepted(tables["referrals"], tables["assessments"]).tolist() == [False, True, False, True]


def test_re_referrals_are_those_of_the_definition() -> None:
    """Counted by hand: A is referred on days 0, 0, 365, 731 and 1096; B once; C on days 10 and 11."""
    days = {"A": (0, 0, 365, 731, 1096), "B": (5,), "C": (10, 11)}
    rows: Rows = [{"person_id": who, "referral_on": days_after("2020-01-01", day)} for who in days for day in days[who]]
    found = is_re_referral(
        pd.DataFrame([dict(row) for row in rows]).assign(referral_on=lambda f: pd.to_datetime(f["referral_on"]))
    )
    # Catches same-day rows taken for returns (0), 366 days taken for 12 months (731), and 365 not taken (365, 1096).
    assert found.tolist() == [False, False, True, False, True, False, False, True]


def test_a_re_referral_after_help_needs_a_referral_before() -> None:
    question = QUESTIONS["csc_re_referral_after_early_help"]
    later: Row = {"person_id": "P1", "referral_on": "2022-09-01", "no_further_action": "yes"}
    # Catches a first referral taken for a re-referral.
    assert pd.isna(only(followed(question, referrals=[later]))["event_days"])
    before: Row = {"person_id": "P1", "referral_on": "2021-10-01"}
    # Catches a definition that leaves out referrals with no further action, which DfE's does not.
    assert only(followed(question, referrals=[before, later]))["event_days"] == 82


def test_a_referral_that_is_the_index_event_is_not_its_own_return() -> None:
    question = QUESTIONS["csc_re_referral_after_referral"]
    tables = records(referrals=[{"person_id": "P1", "referral_on": day} for day in ("2022-01-01", "2022-06-01")])
    rows = follow_up(tables, question, extracted_on=EXTRACT).rows
    # Catches a second referral left out because it is itself a re-referral.
    assert rows["event_days"].fillna(-1).tolist() == [151, -1]


def test_early_help_comes_back_as_a_new_episode() -> None:
    question = QUESTIONS["early_help_re_referral"]
    again: Row = {"person_id": "P1", "started_on": "2022-09-01"}
    found = follow_up(records(early_help_episodes=[HELP, again]), question, extracted_on=EXTRACT)
    # Catches the episode that ended taken for a new one.
    assert only(found)["event_days"] == 82
    contact: Row = {"person_id": "P1", "contact_on": "2022-08-01", "outcome": "early_help"}
    # Catches an offer confused with an episode, in either direction.
    assert pd.isna(only(followed(question, contacts=[contact]))["event_days"])
    assert only(followed(QUESTIONS["early_help_offered_again"], contacts=[contact]))["event_days"] == 51


@pytest.mark.parametrize(
    ("reason", "days", "counts"),
    [("RC9", 0, False), ("RC9", 60, False), ("RC9", 61, True), ("RC9", -1, True), ("RC8", 5, True)],
)
def test_a_planned_step_down_is_no_return(reason: str, days: int, counts: bool) -> None:
    """Help began so many days after a referral of the child was closed to early help."""
    referral: Row = {"person_id": "P1", "referral_on": "2022-07-01", "closed_on": "2022-09-01", "close_reason": reason}
    again: Row = {"person_id": "P1", "started_on": days_after("2022-09-01", days)}
    tables = records(early_help_episodes=[HELP, again], referrals=[referral])
    found = follow_up(tables, QUESTIONS["early_help_re_referral"], extracted_on=EXTRACT)
    # Catches a step down counted as failure, a border a day off, or another closing reason taken for it.
    assert only(found)["event_days"] == (82 + days) if counts else pd.isna(only(found)["event_days"])
    # Catches one that is left out without being counted.
    assert found.outcomes_left_out == {"planned_step_down": 0 if counts else 1}


def test_only_help_can_be_a_step_down() -> None:
    events = pd.DataFrame({"person_id": ["P1"], "happened_on": pd.to_datetime(["2022-09-02"]), "step": ["section_47"]})
    closed: Row = {"person_id": "P1", "referral_on": "2022-07-01", "closed_on": "2022-09-01", "close_reason": "RC9"}
    # Catches a section 47 enquiry explained away.
    assert not is_planned_step_down(events, records(referrals=[closed])["referrals"], within_days=60).any()


def test_referrals_from_another_council_can_be_left_out() -> None:
    question = replace(ESCALATION, outcome_exclusions=("from_another_council",))
    rows = [
        {"person_id": "P1", "referral_on": day, "source": code}
        for day, code in (("2022-09-01", "5C"), ("2022-09-03", "5A"))
    ]
    found = followed(question, referrals=rows)
    # Catches the wrong source left out, or the transfer kept.
    assert (only(found)["event_days"], found.outcomes_left_out) == (84, {"from_another_council": 1})


def test_an_outcome_that_does_not_count_is_counted_once() -> None:
    """A step down that also came from another council does not exist: reasons are of different tables."""
    question = replace(
        QUESTIONS["early_help_re_referral"], outcome_exclusions=("planned_step_down", "from_another_council")
    )
    _, left_out = find_outcome_events(records(early_help_episodes=[HELP]), question)
    # Catches a reason missing from the account because nothing fell under it.
    assert left_out == {"planned_step_down": 0, "from_another_council": 0}


def test_reasons_for_leaving_out_an_index_event() -> None:
    person: Row = {"person_id": "P1", "birth_month": "2004-06-01"}
    # Catches an adult among the children: the month of the 18th birthday began before the estimate.
    assert why_left_out(people=[person]) == {"aged_18_or_over": 1}
    # Catches an estimate about a child who had died.
    assert why_left_out(people=[{"person_id": "P1", "died_on": "2022-06-10"}]) == {"died_before": 1}
    # Catches families followed who had left.
    assert why_left_out(early_help_episodes=[{**HELP, "end_reason": "moved"}]) == {"moved_away": 1}
    # Catches an end that was itself the step up.
    assert why_left_out(early_help_episodes=[{**HELP, "end_reason": "stepped_up"}]) == {"ended_by_the_outcome": 1}
    open_case: Row = {"person_id": "P1", "referral_on": "2022-05-01"}
    # Catches a child already in statutory services asked about stepping up to them.
    assert why_left_out(referrals=[open_case]) == {"open_to_statutory_services": 1}
    # Catches an end never recorded taken as the day it happened.
    assert why_left_out(early_help_episodes=[{**HELP, "end_recorded_on": None}]) == {"no_day_of_estimate": 1}
    # Catches an event in the last days, after which nothing can be seen.
    assert why_left_out(early_help_episodes=[{**HELP, "ended_on": "2024-03-25", "end_recorded_on": "2024-03-25"}]) == {
        "not_followed": 1
    }


@pytest.mark.parametrize("day", [CLOSED, "2022-06-05", "2022-06-11"])
def test_an_outcome_by_the_day_of_the_estimate_leaves_nothing_to_estimate(day: str) -> None:
    referral: Row = {"person_id": "P1", "referral_on": day, "closed_on": day, "recorded_on": "2022-07-01"}
    # Catches what had already happened estimated as if it were to come.
    assert why_left_out(referrals=[referral]) == {"outcome_before_the_estimate": 1}


def test_an_outcome_before_the_event_is_its_past() -> None:
    referral: Row = {"person_id": "P1", "referral_on": "2022-05-31", "closed_on": "2022-05-31"}
    # Catches history taken for an outcome.
    assert pd.isna(only(followed(referrals=[referral]))["event_days"])


def test_of_several_events_on_one_day_one_stays() -> None:
    question = QUESTIONS["escalation_after_contact"]
    rows: list[Row] = [
        {"contact_id": name, "person_id": person, "contact_on": "2022-06-01", "outcome_recorded_on": recorded}
        for name, person, recorded in (
            ("C1", "P1", "2022-06-02"),
            ("C2", "P1", "2022-06-03"),
            ("C3", "P2", "2022-06-02"),
        )
    ]
    other_day: Row = {
        "contact_id": "C4",
        "person_id": "P1",
        "contact_on": "2022-05-31",
        "outcome_recorded_on": "2022-06-02",
    }
    found = follow_up(records(contacts=[*rows, other_day]), question, extracted_on=EXTRACT)
    # Catches one child estimated twice on one day, whether contacts or their records fall together.
    assert found.rows["event_id"].tolist() == ["C1", "C3"]
    assert found.left_out["same_day_duplicate"] == 2


def test_a_contact_that_became_a_referral_is_left_out() -> None:
    question = QUESTIONS["escalation_after_contact"]
    rows: list[Row] = [
        {"contact_id": "C1", "person_id": "P1", "contact_on": "2022-06-01", "outcome": "referral"},
        {"contact_id": "C2", "person_id": "P2", "contact_on": "2022-06-01", "outcome": None},
        {"contact_id": "C3", "person_id": "P3", "contact_on": "2022-06-01"},
    ]
    rows[1] = {**rows[1], "outcome_recorded_on": None}
    found = follow_up(records(contacts=rows), question, extracted_on=EXTRACT)
    # Catches a contact whose answer is the outcome, or is not known, estimated all the same.
    assert found.rows["event_id"].tolist() == ["C3"]
    assert (found.left_out["ended_by_the_outcome"], found.left_out["no_day_of_estimate"]) == (1, 1)


def test_follow_up_ends_when_records_do() -> None:
    row = only(followed())
    # Catches days counted as followed whose events could not be recorded yet: from 11 June 2022 to 17 March 2024, 14
    # days before the extract, are 203 + 365 + 77 days.
    assert (row["followed_days"], row["follow_up_ended_by"]) == (645, "extract")
    # Catches the lag applied twice or to the wrong side.
    assert followed_until(replace(ESCALATION, recording_lag_days=0), EXTRACT) == EXTRACT
    late: Row = {"person_id": "P1", "referral_on": "2024-03-18"}
    # Catches an event seen in days that do not count as followed.
    assert pd.isna(only(followed(referrals=[late]))["event_days"])


@pytest.mark.parametrize(    ("tables", "days", "ended_by"),
    [
        ({"people": [{"person_id": "P1", "birth_month": "2004-09-01"}]}, 81, "18th birthday"),
        ({"people": [{"person_id": "P1", "died_on": "2022-07-11"}]}, 30, "death"),
        ({"referrals": [{"person_id": "P1", "referral_on": "2021-01-01", "closed_on": "2022-08-10",
                         "close_reason": "RC5",
                         "closed_recorded_on": "2022-08-10"}]}, 60, "moved away"),
    ],
)  # fmt: skip
def test_follow_up_ends_with_childhood_death_or_a_move(tables: dict[str, Rows], days: int, ended_by: str) -> None:
    question = replace(
        ESCALATION, exclusions=tuple(x for x in ESCALATION.exclusions if x != "open_to_statutory_services")
    )
    row = only(followed(question, **tables))
    # Catches months after the end counted as followed without an event (31 August 2022 is 81 days after the estimate).
    assert (row["followed_days"], row["follow_up_ended_by"]) == (days, ended_by)


def test_an_event_on_the_last_day_followed_counts_and_one_after_does_not() -> None:
    died: Row = {"person_id": "P1", "died_on": "2022-07-11"}
    for day, seen in (("2022-07-11", True), ("2022-07-12", False)):
        row = only(followed(people=[died], referrals=[{"person_id": "P1", "referral_on": day}]))
        # Catches a border a day off.
        assert pd.notna(row["event_days"]) == seen


def test_a_move_ends_follow_up_only_if_asked_to() -> None:
    moved: Row = {"person_id": "P1", "started_on": "2022-08-01", "ended_on": "2022-08-10", "end_reason": "moved"}
    tables = records(early_help_episodes=[HELP, moved])
    one = follow_up(tables, ESCALATION, extracted_on=EXTRACT)
    # Catches a move recorded by early help overlooked.
    assert one.rows["follow_up_ended_by"].tolist() == ["moved away"]
    other = follow_up(tables, replace(ESCALATION, move_ends_follow_up=False), extracted_on=EXTRACT)
    # Catches a setting without effect.
    assert other.rows["follow_up_ended_by"].tolist() == ["extract"]


def test_people_whose_birthday_is_unknown_are_told_of() -> None:
    found = followed(people=[{"person_id": "P1", "birth_month": None}])
    # Catches adults who may be among the followed without a word.
    assert (found.without_birth_month, only(found)["follow_up_ended_by"]) == (1, "extract")


def test_nothing_left_to_follow_is_an_error_that_says_why() -> None:
    # Catches an empty cohort that fails later, somewhere else.
    for help_rows, why in (
        ([{**HELP, "end_reason": "moved"}], "out of 1: moved_away 1"),
        ([], "no early_help_closure"),
    ):
        found = follow_up(records(early_help_episodes=help_rows), ESCALATION, extracted_on=EXTRACT)
        assert found.rows.empty
        with pytest.raises(SettingsError, match=why):
            check_some_are_followed(ESCALATION, index_events=found.index_events, left_out=found.left_out)


@pytest.mark.parametrize(
    "change", [{"steps": ()}, {"steps": ("divorce",)}, {"index_event": "birth"}, {"exclusions": ("luck",)},
               {"outcome_exclusions": ("luck",)}, {"recording_lag_days": -1}, {"step_down_days": -1}]
)  # fmt: skip
def test_a_question_that_cannot_be_asked_is_refused(change: dict[str, Any]) -> None:
    # Catches a misspelt word that would silently leave something out.
    with pytest.raises(SettingsError, match="escalation_after_early_help"):
        replace(ESCALATION, **change)


def test_every_question_has_a_label_card() -> None:
    for name, question in QUESTIONS.items():
        card = question.card
        # Catches an outcome published without who decides it, what it misses and how being watched feeds it.
        assert all(len(text) > 40 for text in vars(card).values()), name
        # Catches a question filed under another name.
        assert question.name == name
    # Catches DfE's re-referral and the early help one sharing a definition.
    assert QUESTIONS["early_help_re_referral"].card != QUESTIONS["csc_re_referral_after_early_help"].card
    # Catches the way of keeping families apart that halves the rate of a return to early help.
    assert QUESTIONS["early_help_re_referral"].families == "by_lot"
    assert QUESTIONS["escalation_after_early_help"].families == "latest"
