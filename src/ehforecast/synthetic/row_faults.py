"""Planted faults that break a rule of a contract, a few rows each."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ehforecast.synthetic.fault import Fault, Ground, Places, Plant, Tables

_DAY = pd.Timedelta(days=1)
_NOBODY = "X99999999"

Rows = Callable[[pd.DataFrame], "pd.Series[bool]"]


def _set(target: str, value: object, *, rows: Rows | None = None) -> Plant:
    """Put one value into a column (``table.column``) of some rows."""
    table, _, column = target.partition(".")

    def plant(ground: Ground) -> tuple[Tables, int]:
        places = ground.pick(table, rows(ground.tables[table]) if rows else None)
        return ground.put(table, column, places=places, values=value), len(places)

    return plant


def _shift(target: str, origin: str, *, days: int, rows: Rows | None = None) -> Plant:
    """Put a date (``table.column``) so many days from another date of the same row."""
    table, _, column = target.partition(".")

    def plant(ground: Ground) -> tuple[Tables, int]:
        frame = ground.tables[table]
        places = ground.pick(table, rows(frame) if rows else None)
        moved = frame[origin].iloc[places] + days * _DAY
        return ground.put(table, column, places=places, values=moved.to_numpy()), len(places)

    return plant


def _closed_last(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Closed referrals after which the person has no other."""
    last = frame.sort_values("referral_on").groupby("person_id")["referral_on"].transform("max")
    return frame["closed_on"].notna() & (frame["referral_on"] == last.reindex(frame.index))


def _led_nowhere(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Contacts that nothing points at."""
    return frame["outcome"].isin(["no_further_action", "information_and_advice"])


def _only_contact(ground: Ground) -> "pd.Series[bool]":
    """Contacts of people about whom nothing else is recorded, and whose month of birth is known and past."""
    contacts, people = ground.tables["contacts"], ground.tables["people"].set_index("person_id")
    once = ~contacts["person_id"].duplicated(keep=False)
    others = pd.concat([ground.tables[table]["person_id"] for table in ("early_help_episodes", "referrals")])
    born = contacts["person_id"].map(people["birth_month"])
    return once & ~contacts["person_id"].isin(others) & (born + 365 * _DAY < contacts["contact_on"])


def _duplicate_contact_ids(ground: Ground) -> tuple[Tables, int]:
    places = ground.pick("contacts", _led_nowhere(ground.tables["contacts"]), number=14)
    ids = ground.tables["contacts"]["contact_id"].iloc[places[7:]].to_numpy()
    return ground.put("contacts", "contact_id", places=places[:7], values=ids), 7


def _duplicate_people(ground: Ground) -> tuple[Tables, int]:
    return ground.add("people", ground.tables["people"].iloc[ground.pick("people")]), 7


def _two_families(ground: Ground) -> tuple[Tables, int]:
    places = ground.pick("families", number=14)
    families = ground.tables["families"]
    rows = families.iloc[places[:7]].assign(family_id=families["family_id"].iloc[places[7:]].to_numpy())
    return ground.add("families", rows), 7


def _referral_before_birth(ground: Ground) -> tuple[Tables, int]:
    referrals = ground.tables["referrals"]
    born = referrals["person_id"].map(ground.tables["people"].set_index("person_id")["birth_month"])
    first = referrals["referral_on"] == referrals.groupby("person_id")["referral_on"].transform("min")
    places = ground.pick("referrals", born.notna() & first)
    return ground.put("referrals", "referral_on", places=places, values=(born.iloc[places] - 400 * _DAY).to_numpy()), 7


def _on_their_person(ground: Ground, column: str, *, days: int) -> tuple[Tables, int]:
    """Put a date of the person some days from their only contact."""
    places = ground.pick("contacts", _only_contact(ground))
    contacts = ground.tables["contacts"].iloc[places]
    row_of = pd.Series(np.arange(len(ground.tables["people"])), index=ground.tables["people"]["person_id"])
    people: Places = row_of[contacts["person_id"]].to_numpy()
    moved = contacts["contact_on"] + days * _DAY
    if column == "birth_month":
        moved = moved.dt.to_period("M").dt.start_time
    return ground.put("people", column, places=people, values=moved.to_numpy()), 7


def _contact_after_death(ground: Ground) -> tuple[Tables, int]:
    return _on_their_person(ground, "died_on", days=-10)


def _over_25(ground: Ground) -> tuple[Tables, int]:
    return _on_their_person(ground, "birth_month", days=-27 * 365)


def _overlap(table: str, starts: str, *, ends: str) -> Plant:
    """Let an earlier row of a person end after the next has begun."""

    def plant(ground: Ground) -> tuple[Tables, int]:
        frame = ground.tables[table]
        ordered = frame.sort_values(["person_id", starts])
        following = ordered.groupby("person_id")[starts].shift(-1).reindex(frame.index)
        places = ground.pick(table, following.notna() & frame[ends].notna())
        return ground.put(table, ends, places=places, values=(following.iloc[places] + 1 * _DAY).to_numpy()), 7

    return plant


def _factor_none_beside_others(ground: Ground) -> tuple[Tables, int]:
    factors = ground.tables["assessment_factors"]
    rows = factors[factors["factor"] != "21"].drop_duplicates("assessment_id")
    chosen = rows.iloc[np.sort(ground.rng.choice(len(rows), 7, replace=False))]
    return ground.add("assessment_factors", chosen.assign(factor="21")), 7


def _repeated_factor(ground: Ground) -> tuple[Tables, int]:
    places = ground.pick("assessment_factors")
    return ground.add("assessment_factors", ground.tables["assessment_factors"].iloc[places]), 7


def _factors_of_nothing(ground: Ground) -> tuple[Tables, int]:
    places = ground.pick("assessment_factors")
    keys = [f"X{place:08d}" for place in places]
    return ground.put("assessment_factors", "assessment_id", places=places, values=keys), 7


def _future_contacts(ground: Ground) -> tuple[Tables, int]:
    contacts = ground.tables["contacts"]
    places = ground.pick("contacts", _led_nowhere(contacts))
    after = contacts["recorded_on"].max() + 400 * _DAY
    return ground.put("contacts", "contact_on", places=places, values=after), 7


def _sex_often_unknown(ground: Ground) -> tuple[Tables, int]:
    people = ground.tables["people"]
    places = ground.pick("people", people["sex"] != "not_recorded", number=max(7, len(people) // 25))
    unknown = len(places) + int((people["sex"] == "not_recorded").sum())
    return ground.put("people", "sex", places=places, values="not_recorded"), unknown


def _before(column: str, day: str) -> Rows:
    return lambda frame: frame[column] < pd.Timestamp(day)


ROW_FAULTS = (
    Fault("duplicate_contact_id", "contacts", "contact_id", "each id stands once", _duplicate_contact_ids),
    Fault("duplicate_person", "people", "person_id", "each person stands once", _duplicate_people),
    Fault("person_in_two_families", "families", "person_id", "one family at a time", _two_families),
    Fault("referral_before_birth", "referrals", "referral_on", "at most 40 weeks before birth", _referral_before_birth),
    Fault("contact_after_death", "contacts", "contact_on", "not after death", _contact_after_death),
    Fault("person_over_25", "contacts", "contact_on", "not over 25 years old", _over_25),
    Fault("close_reason_without_date", "referrals", "closed_on", "closing date and reason together",
          _set("referrals.closed_on", pd.NaT, rows=_closed_last)),
    Fault("close_date_without_reason", "referrals", "close_reason", "closing date and reason together",
          _set("referrals.close_reason", None, rows=_closed_last)),
    Fault("end_date_without_reason", "early_help_episodes", "end_reason", "end and its reason together",
          _set("early_help_episodes.end_reason", None, rows=lambda frame: frame["ended_on"].notna())),
    Fault("outcome_without_date", "contacts", "outcome_recorded_on", "outcome and its day of recording together",
          _set("contacts.outcome_recorded_on", pd.NaT, rows=lambda frame: frame["outcome"].notna())),
    Fault("overlapping_referrals", "referrals", "closed_on", "one open referral at a time",
          _overlap("referrals", "referral_on", ends="closed_on")),
    Fault("overlapping_help", "early_help_episodes", "ended_on", "one open episode at a time",
          _overlap("early_help_episodes", "started_on", ends="ended_on")),
    Fault("unknown_source_code", "contacts", "source", "a code of the list", _set("contacts.source", "11X")),
    Fault("source_code_before_its_time", "contacts", "source", "a code in use on that day",
          _set("contacts.source", "5D", rows=_before("contact_on", "2022-04-01"))),
    Fault("close_reason_before_its_time", "referrals", "close_reason", "a code in use on that day",
          _set("referrals.close_reason", "RC9", rows=_before("closed_on", "2022-04-01"))),
    Fault("unknown_ethnicity_code", "people", "ethnicity", "a code of the list", _set("people.ethnicity", "WHIT")),
    Fault("unknown_outcome", "contacts", "outcome", "a word of the list",
          _set("contacts.outcome", "maybe", rows=_led_nowhere)),
    Fault("future_contact", "contacts", "contact_on", "not after the extract", _future_contacts),
    Fault("recorded_before_contact", "contacts", "recorded_on", "recorded when it happened or later",
          _shift("contacts.recorded_on", "contact_on", days=-5)),
    Fault("help_ends_before_it_starts", "early_help_episodes", "ended_on", "ends when it began or later",
          _shift("early_help_episodes.ended_on", "started_on", days=-3, rows=lambda frame: frame["ended_on"].notna())),
    Fault("step_ends_before_it_starts", "statutory_steps", "ended_on", "ends when it began or later",
          _shift("statutory_steps.ended_on", "started_on", days=-3, rows=lambda frame: frame["ended_on"].notna())),
    Fault("contact_of_nobody", "contacts", "person_id", "a person of the table of people",
          _set("contacts.person_id", _NOBODY, rows=_led_nowhere)),
    Fault("referral_of_no_contact", "referrals", "contact_id", "a contact of the table of contacts",
          _set("referrals.contact_id", _NOBODY)),
    Fault("factor_of_no_assessment", "assessment_factors", "assessment_id", "an assessment of the table",
          _factors_of_nothing),
    Fault("missing_person", "contacts", "person_id", "not blank", _set("contacts.person_id", None, rows=_led_nowhere)),
    Fault("missing_contact_date", "contacts", "contact_on", "not blank",
          _set("contacts.contact_on", pd.NaT, rows=_led_nowhere)),
    Fault("missing_need", "referrals", "primary_need", "given on an accepted referral",
          _set("referrals.primary_need", None, rows=lambda frame: frame["no_further_action"] == "no")),
    Fault("factor_none_beside_others", "assessment_factors", "factor", "21 stands alone", _factor_none_beside_others),
    Fault("repeated_factor", "assessment_factors", "factor", "each factor once", _repeated_factor),
    Fault("sex_often_unknown", "people", "sex", "known for 98%", _sex_often_unknown),
    Fault("negative_cases", "workforce", "cases_held", "0 or more", _set("workforce.cases_held", -1)),
)  # fmt: skip
"""Each by itself breaks one rule; several together may meet in one row."""
