"""A small council that keeps every rule; for every rule one change that breaks it, and only it."""

import pandas as pd
import pytest
from council_sample import (
    AS_OF,
    ASSESSMENT,
    CONTACT,
    EPISODE,
    FACTOR,
    GROUP,
    NOT_CLOSED,
    OPEN,
    PERSON,
    REFERRAL,
    SOUND,
    STEP,
    TEAM,
    Row,
    Tables,
    broken,
    check,
)

from ehforecast.contracts import COUNCIL_TABLES, check_council, load_contract
from ehforecast.contracts.pseudonyms import Pseudonyms
from ehforecast.contracts.rules import Rule, column_rules, row_rules
from ehforecast.errors import ContractError

LATER = {"recorded_on": "2023-12-20"}
BROKEN: dict[str, dict[str, list[Row]]] = {
    "people": {
        "each_person_stands_once": [PERSON],
        "person_id_has_the_form_of_an_id": [PERSON | {"person_id": "Mr Canary"}],
        "birth_month_is_known": [PERSON | {"person_id": "P9", "birth_month": None}],
        "birth_month_is_the_first_of_a_month": [PERSON | {"person_id": "P9", "birth_month": "2012-05-17"}],
        "birth_is_at_most_40_weeks_after_the_extract": [PERSON | {"person_id": "P9", "birth_month": "2025-02-01"}],
        "death_is_not_before_birth": [PERSON | {"person_id": "P9", "died_on": "2012-04-30"}],
        "sex_is_recorded_for_98_percent": [PERSON | {"person_id": "P9", "sex": "not_recorded"}],
        "nothing_is_dated_after_the_extract": [PERSON | {"person_id": "P9", "recorded_on": "2024-04-01"}],
    },
    "families": {
        "a_person_has_one_family_at_a_time": [SOUND["families"][0] | {"family_id": "F2"}],
        "person_id_is_in_people": [SOUND["families"][0] | {"person_id": "P9"}],
        "nothing_is_dated_after_the_extract": [SOUND["families"][0] | {"from_on": "2024-04-01"}],
    },
    "contacts": {
        "source_is_in_force_on_contact_on": [
            CONTACT | {"contact_id": "C9", "contact_on": "2022-03-31", "source": "5D"},
        ],
        "each_contact_stands_once": [CONTACT],
        "person_id_is_in_people": [CONTACT | {"contact_id": "C9", "person_id": "P9"}],
        "an_outcome_has_its_day_of_recording": [CONTACT | {"contact_id": "C9", "outcome_recorded_on": None}],
        "contact_is_at_most_40_weeks_before_birth": [CONTACT | {"contact_id": "C9", "contact_on": "2011-07-25"}],
        "contact_is_not_after_death": [
            CONTACT | LATER | {"contact_id": "C9", "person_id": "P3", "contact_on": "2023-12-01"},
        ],
        "person_is_at_most_25_years_old_at_contact": [CONTACT | {"contact_id": "C9", "person_id": "P_ADULT"}],
        "contact_is_recorded_on_its_day_or_later": [CONTACT | {"contact_id": "C9", "contact_on": "2023-01-11"}],
        "nothing_is_dated_after_the_extract": [CONTACT | {"contact_id": "C9", "contact_on": "2024-04-01"}],
    },
    "early_help_episodes": {
        "each_episode_stands_once": [EPISODE],
        "person_id_is_in_people": [EPISODE | {"episode_id": "E9", "person_id": "P9", "contact_id": None}],
        "contact_id_is_in_contacts": [EPISODE | {"episode_id": "E9", "person_id": "P3", "contact_id": "C9"}],
        "contact_id_is_of_the_same_person": [EPISODE | {"episode_id": "E9", "person_id": "P3"}],
        "help_ends_on_its_first_day_or_later": [
            EPISODE | {"episode_id": "E9", "person_id": "P1", "contact_id": None, "ended_on": "2023-01-31"},
        ],
        "an_end_has_its_date_reason_and_day_of_recording": [
            EPISODE | {"episode_id": "E9", "person_id": "P1", "contact_id": None, "end_reason": None},
        ],
        "help_ends_before_the_next_begins": [
            EPISODE | {"episode_id": "E9", "started_on": "2022-02-01", "ended_on": "2023-02-02"},
        ],
        "open_help_is_the_last_of_its_person": [EPISODE | OPEN | {"episode_id": "E9", "started_on": "2022-02-01"}],
        "start_of_help_is_at_most_40_weeks_before_birth": [
            EPISODE | {"episode_id": "E9", "person_id": "P1", "contact_id": None, "started_on": "2011-07-25"},
        ],
        "start_of_help_is_not_after_death": [
            EPISODE | OPEN | LATER
            | {"episode_id": "E9", "person_id": "P3", "contact_id": None, "started_on": "2023-12-01"},
        ],
        "person_is_at_most_25_years_old_at_start_of_help": [
            EPISODE | {"episode_id": "E9", "person_id": "P_ADULT", "contact_id": None},
        ],
        "start_of_help_is_recorded_on_its_day_or_later": [
            EPISODE | {"episode_id": "E9", "person_id": "P1", "contact_id": None, "started_on": "2023-02-04"},
        ],
        "nothing_is_dated_after_the_extract": [
            EPISODE | {"episode_id": "E9", "person_id": "P1", "contact_id": None, "ended_on": "2024-04-01"},
        ],
    },
    "referrals": {
        "source_is_in_force_on_referral_on": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "source": "5D",
                        "referral_on": "2022-03-31"},
        ],
        "primary_need_is_in_force_on_referral_on": [],  # no need code has dates
        "close_reason_is_in_force_on_closed_on": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "close_reason": "RC9",
                        "referral_on": "2022-03-01", "closed_on": "2022-03-31"},
        ],
        "each_referral_stands_once": [REFERRAL],
        "person_id_is_in_people": [REFERRAL | {"referral_id": "R9", "person_id": "P9", "contact_id": None}],
        "contact_id_is_in_contacts": [REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": "C9"}],
        "contact_id_is_of_the_same_person": [REFERRAL | {"referral_id": "R9", "person_id": "P3"}],
        "an_accepted_referral_has_a_primary_need": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "primary_need": None},
        ],
        "whether_action_followed_is_known": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "no_further_action": "unknown"},
        ],
        "a_need_from_disability_does_not_meet_none": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "primary_need": "N2"},
        ],
        "closure_is_on_the_day_of_referral_or_later": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "closed_on": "2023-01-11"},
        ],
        "a_closure_has_its_date_reason_and_day_of_recording": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "close_reason": None},
        ],
        "closure_is_before_the_next_referral": [
            REFERRAL | {"referral_id": "R9", "referral_on": "2022-12-01", "closed_on": "2023-01-13"},
        ],
        "an_open_referral_is_the_last_of_its_person": [
            REFERRAL | NOT_CLOSED | {"referral_id": "R9", "referral_on": "2022-12-01"},
        ],
        "referral_is_at_most_40_weeks_before_birth": [
            REFERRAL | {"referral_id": "R9", "person_id": "P2", "contact_id": None, "referral_on": "2011-07-25"},
        ],
        "referral_is_not_after_death": [
            REFERRAL | NOT_CLOSED | LATER
            | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "referral_on": "2023-12-01"},
        ],
        "person_is_at_most_25_years_old_at_referral": [
            REFERRAL | {"referral_id": "R9", "person_id": "P_ADULT", "contact_id": None},
        ],
        "referral_is_recorded_on_its_day_or_later": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "recorded_on": "2023-01-11"},
        ],
        "nothing_is_dated_after_the_extract": [
            REFERRAL | {"referral_id": "R9", "person_id": "P3", "contact_id": None, "closed_recorded_on": "2024-04-01"},
        ],
    },
    "assessments": {
        "each_assessment_stands_once": [ASSESSMENT],
        "person_id_is_in_people": [],  # tried on its own below
        "referral_id_is_in_referrals": [ASSESSMENT | {"assessment_id": "A9", "referral_id": "R9"}],
        "referral_id_is_of_the_same_person": [ASSESSMENT | {"assessment_id": "A9", "person_id": "P2"}],
        "assessment_starts_on_the_day_of_referral_or_later": [
            ASSESSMENT | {"assessment_id": "A9", "started_on": "2023-01-11"},
        ],
        "assessment_is_completed_on_its_first_day_or_later": [
            ASSESSMENT | {"assessment_id": "A9", "completed_on": "2023-01-12"},
        ],
        "a_completion_has_its_date_outcome_and_day_of_recording": [
            ASSESSMENT | {"assessment_id": "A9", "outcome_no_further_action": None},
        ],
        "assessment_is_recorded_on_its_day_or_later": [
            ASSESSMENT | {"assessment_id": "A9", "recorded_on": "2023-01-12"},
        ],
        "nothing_is_dated_after_the_extract": [ASSESSMENT | {"assessment_id": "A9", "completed_on": "2024-04-01"}],
    },
    "assessment_factors": {
        "factor_is_in_force_on_recorded_on": [FACTOR | {"factor": "18B", "recorded_on": "2020-03-31"}],
        "a_factor_stands_once_in_an_assessment": [FACTOR],
        "assessment_id_is_in_assessments": [FACTOR | {"assessment_id": "A9"}],
        "no_factors_found_stands_alone": [FACTOR | {"factor": "21"}],
        "nothing_is_dated_after_the_extract": [FACTOR | {"factor": "1A", "recorded_on": "2024-04-01"}],
    },
    "statutory_steps": {
        "each_step_stands_once": [STEP],
        "person_id_is_in_people": [STEP | {"step_id": "S9", "person_id": "P9", "referral_id": None}],
        "referral_id_is_in_referrals": [STEP | {"step_id": "S9", "person_id": "P2", "referral_id": "R9"}],
        "referral_id_is_of_the_same_person": [STEP | {"step_id": "S9", "person_id": "P2"}],
        "step_ends_on_its_first_day_or_later": [
            STEP | {"step_id": "S9", "person_id": "P2", "referral_id": None, "ended_on": "2023-02-20"},
        ],
        "an_end_has_its_day_of_recording": [
            STEP | {"step_id": "S9", "person_id": "P2", "referral_id": None, "ended_recorded_on": None},
        ],
        "step_ends_before_the_next_of_its_kind": [
            STEP | {"step_id": "S9", "started_on": "2023-02-01", "ended_on": "2023-02-22"},
        ],
        "an_open_step_is_the_last_of_its_kind": [
            STEP | {"step_id": "S9", "started_on": "2023-02-01", "ended_on": None, "ended_recorded_on": None},
        ],
        "step_is_recorded_on_its_day_or_later": [
            STEP | {"step_id": "S9", "person_id": "P2", "referral_id": None, "recorded_on": "2023-02-20"},
        ],
        "nothing_is_dated_after_the_extract": [
            STEP | {"step_id": "S9", "person_id": "P2", "referral_id": None, "ended_on": "2024-04-01"},
        ],
    },
    "workforce": {
        "one_row_per_team_role_and_month": [TEAM],
        "month_is_the_first_of_a_month": [TEAM | {"month": "2023-03-02"}],
        "full_time_posts_are_at_most_the_people": [TEAM | {"month": "2023-03-01", "full_time_equivalent": "4.1"}],
        "nothing_is_dated_after_the_extract": [TEAM | {"month": "2024-04-01"}],
    },
    "population": {
        "one_row_per_locality_year_and_group": [GROUP],
        "year_is_not_after_the_extract": [GROUP | {"year": "2025"}],
        "localities_add_up_to_the_whole": [
            GROUP | {"sex": "female", "children": "3"},
            GROUP | {"sex": "female", "children": "2", "locality": "south"},
        ],
    },
}  # fmt: skip
CASES = [(table, rule, rows) for table, rules in BROKEN.items() for rule, rows in rules.items() if rows]


NEEDED = {
    "early_help_episodes": ["contacts"], "referrals": ["contacts"], "assessments": ["referrals", "contacts"],
    "assessment_factors": ["assessments", "referrals"], "statutory_steps": ["referrals"],
}  # fmt: skip


def with_rows(table: str, rows: list[Row]) -> Tables:
    """The sound council with rows put on top, and an adult where one of them is about one."""
    adult = PERSON | {"person_id": "P_ADULT", "birth_month": "1996-01-01"}
    is_about_an_adult = any(row.get("person_id") == "P_ADULT" for row in rows)
    people = {"people": [*SOUND["people"], adult]} if is_about_an_adult else {}
    needed = ("people", table, *NEEDED.get(table, ()))  # fewer tables, quicker tests
    tables = {name: SOUND[name] for name in needed} | people
    return tables | {table: [*tables[table], *rows]}


def test_a_sound_council_breaks_nothing() -> None:
    result = check(SOUND)
    # Catches a rule that refuses what the contracts promise to take.
    assert broken(result) == {}
    # Catches rows lost or changed on their way.
    assert {count.table: count.rows_used for count in result.tables} == {name: len(SOUND[name]) for name in SOUND}
    written = {name: frame.astype(str).to_dict("records") for name, frame in result.used.items()}
    assert written["contacts"][0] == CONTACT


@pytest.mark.parametrize("table", COUNCIL_TABLES)
def test_every_rule_between_cells_has_a_breaking_row(table: str) -> None:
    # Catches a rule that was added without an example of what it refuses.
    assert [rule.name for rule in row_rules(load_contract(table))] == list(BROKEN[table])


@pytest.mark.parametrize(("table", "rule", "rows"), CASES)
def test_row_breaks_its_rule_and_no_other(table: str, rule: str, rows: list[Row]) -> None:
    result = check(with_rows(table, rows))
    # Catches a rule that has stopped looking, and one fault reported under two names.
    assert broken(result) == {(table, rule): 1}
    (count,) = (count for count in result.rules if count.broken)
    rows_of = next(count for count in result.tables if count.table == table)
    # Catches a query that loses rows, and an error whose row is used.
    assert dict(rows_of.set_aside) == ({rule: 1} if count.severity == "error" else {})


def test_a_person_of_nobody_cannot_be_the_one_of_the_referral() -> None:
    rows = [ASSESSMENT | {"assessment_id": "A9", "person_id": "P9"}]
    # Catches a rule that has stopped looking, for the one that cannot be broken alone.
    assert broken(check(with_rows("assessments", rows))) == {
        ("assessments", "person_id_is_in_people"): 1,
        ("assessments", "referral_id_is_of_the_same_person"): 1,
    }


CELLS = [(table, rule) for table in COUNCIL_TABLES for rule in column_rules(load_contract(table))]


def unsound(rule: Rule) -> str:
    """A cell that breaks a rule about single cells, by what the rule's name says it must be."""
    if rule.name == f"{rule.column}_is_given":
        return " "
    return "31/12/2022" if rule.name.endswith("_is_a_date") else "-1" if "number" in rule.name else "Canary"


def test_every_unsound_cell_breaks_its_rule_and_no_other() -> None:
    tables = {name: list(rows) for name, rows in SOUND.items()}
    for table, rule in CELLS:
        tables[table].append(SOUND[table][0] | {rule.column: unsound(rule)})
    result = check(tables)
    # Catches a cell that is not looked at, and a row judged further on cells that cannot be read.
    assert broken(result) == {(table, rule.name): 1 for table, rule in CELLS}
    counts = {(count.table, count.rule): count.not_judged for count in result.rules}
    unread = {name: len(tables[name]) - len(SOUND[name]) for name in tables}
    # Catches rules between cells that count an unreadable row as kept.
    assert all(
        counts[name, rule.name] >= unread[name] for name in COUNCIL_TABLES for rule in row_rules(load_contract(name))
    )
    # Catches a row with an unsound cell that is used.
    assert {name: len(frame) for name, frame in result.used.items()} == {name: len(SOUND[name]) for name in SOUND}


def test_what_cannot_be_judged_is_counted_as_such() -> None:
    result = check({"contacts": SOUND["contacts"]})
    answers = {count.rule: (count.judged, count.not_judged) for count in result.rules}
    # Catches a comparison with a table that is not there being taken for kept, or for broken.
    assert answers["person_id_is_in_people"] == answers["contact_is_not_after_death"] == (0, 2)
    assert broken(result) == {}
    unknown = [person | {"birth_month": None} for person in SOUND["people"][:1]] + SOUND["people"][1:]
    of_unknown = {count.rule: (count.judged, count.not_judged) for count in check(SOUND | {"people": unknown}).rules
                  if count.table == "contacts"}  # fmt: skip
    # Catches an unknown month of birth taken for a sound one.
    assert of_unknown["contact_is_at_most_40_weeks_before_birth"] == (1, 1)


def test_a_word_that_is_none_still_answers_rules_of_other_tables() -> None:
    people = [PERSON | {"disability": "Canary"}, *SOUND["people"][1:]]
    referrals = [REFERRAL | {"primary_need": "N2"}]
    rules = check({"people": people, "referrals": referrals}).rules
    (count,) = (count for count in rules if count.rule == "a_need_from_disability_does_not_meet_none")
    # Catches a word no list knows taken for an absent one where another table is judged by it.
    assert (count.judged, count.broken) == (1, 0)


def test_a_person_who_stands_twice_is_asked_of_once() -> None:
    people = [*SOUND["people"], PERSON | {"birth_month": "2024-03-01"}]
    result = check({"people": people, "contacts": SOUND["contacts"]})
    # Catches rows of a person taken one by one, by the second of which the contact came before birth.
    assert broken(result) == {("people", "each_person_stands_once"): 1}


def test_rows_without_an_order_of_their_own_stand_by_their_text() -> None:
    factors = pd.DataFrame([FACTOR | {"factor": factor} for factor in ("5B", "2B", "10A", "3B")], dtype="str")
    result = check_council({"assessment_factors": factors}, as_of=AS_OF, pseudonyms=Pseudonyms(bytes(range(32))))
    # Catches an order of words as their list has them: the same extract would get other bytes than it has in stores.
    assert result.used["assessment_factors"]["factor"].tolist() == ["10A", "2B", "3B", "5B"]


def test_typed_tables_give_the_same_answers() -> None:
    text = with_rows("contacts", BROKEN["contacts"]["source_is_in_force_on_contact_on"])
    by_text = check(text)
    typed = {name: frame.copy() for name, frame in by_text.used.items()}
    typed["contacts"] = pd.concat(
        [typed["contacts"], by_text.set_aside["contacts"].drop(columns="rules").astype(typed["contacts"].dtypes)]
    )
    typed["people"]["died_on"] = typed["people"]["died_on"].astype(object)  # mixed with blanks, as readers leave it
    typed["people"]["disability"] = pd.Series(["none", 3, "none"], dtype=object)  # no word of the list, and no text
    # Catches dates or mixed columns that turn into text no rule can read.
    assert broken(check_council(typed, as_of=AS_OF)) == broken(by_text) | {
        ("people", "disability_is_a_word_of_disability"): 1
    }


def test_what_it_is_called_must_be_known() -> None:
    tables = {name: pd.DataFrame(rows, dtype="str") for name, rows in SOUND.items()}
    given_tables = tables | {"Canary": tables["people"], "referrals": tables["referrals"].drop(columns="source")}
    with pytest.raises(ContractError) as refused:
        check_council(given_tables, as_of=AS_OF)
    # Catches a table quietly left out, and a column that is simply not there.
    assert [(found.table, found.column) for found in refused.value.findings] == [
        ("table 11 of those given", ""),
        ("referrals", "source"),
    ]
    # Catches a name that may be a person's in a message.
    assert "Canary" not in str(refused.value)


def test_columns_no_contract_names_are_left_behind() -> None:
    people = pd.DataFrame(SOUND["people"], dtype="str").assign(surname="Canary")
    result = check_council({"people": people}, as_of=AS_OF)
    # Catches a name that slips into the store.
    assert "surname" not in result.used["people"]


def test_no_value_is_printed() -> None:
    result = check(SOUND | {"people": [*SOUND["people"], PERSON | {"person_id": "Canary", "ethnicity": "Canary"}]})
    findings = result.find_broken("error", file="people.csv")
    # Catches a record in a log, a table of counts or a message.
    assert "Canary" not in repr(result) + result.counts().to_string() + "".join(str(found) for found in findings)
    # Catches findings without their place or number.
    assert [(found.file, found.table, found.column, found.count) for found in findings] == [
        ("people.csv", "people", "ethnicity", 1)
    ]
    # Catches a row set aside without every rule it broke.
    assert result.set_aside["people"]["rules"].tolist() == ["ethnicity_is_a_word_of_ethnicity"]
    assert result.find_broken("query") == ()
