"""Nothing recorded after the evening of the day of the estimate may move a feature, and features are what they say."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ehforecast.contracts import load_contract
from ehforecast.risk.features import build_features, feature_recipes, with_people_of_factors
from ehforecast.risk.features_known import LOOK_BACK_DAYS
from ehforecast.risk.index_events import OWN_TABLE, find_index_events
from ehforecast.risk.outcome import follow_up
from ehforecast.risk.outcome_settings import QUESTIONS
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

Tables = dict[str, pd.DataFrame]
PLAN = CouncilPlan(seed=11, years=3, contacts_a_year=2500, warm_up_years=1)
QUESTION = ("escalation_after_early_help", "escalation_after_contact", "csc_re_referral_after_referral")
EVENTS = ("contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors", "statutory_steps")


@pytest.fixture(scope="module")
def tables() -> Tables:
    drawn = dict(draw_council(PLAN).tables)
    return {**drawn, "families": moved_families(drawn["families"])}


def moved_families(families: pd.DataFrame) -> pd.DataFrame:
    """One person in ten moves to another family in the middle of it all; some of it is recorded late."""
    some = families.iloc[::10]
    later = some.assign(
        family_id=families["family_id"].to_numpy()[: len(some)],
        from_on=some["from_on"] + pd.Timedelta(days=200),
        recorded_on=some["recorded_on"] + pd.Timedelta(days=230),
    )
    both = pd.concat([families, later], ignore_index=True)
    return both[both["recorded_on"] <= pd.Timestamp(PLAN.extracted_on)].reset_index(drop=True)


def features_of(tables: Tables, question: str, rows: pd.DataFrame) -> pd.DataFrame:
    return build_features(tables, rows, own_table=OWN_TABLE[QUESTIONS[question].index_event], recipes=feature_recipes())


def with_another_future(tables: Tables, day: pd.Timestamp, seed: int) -> Tables:
    """Everything recorded after a day is shuffled, changed or gone; parts of rows recorded after it are changed."""
    rng = np.random.default_rng(seed)
    changed = {}
    for name, table in tables.items():
        changed[name] = table
        if "recorded_on" not in table:
            continue
        frame = table.copy()
        contract = load_contract(name)
        own_key = contract.key if len(contract.key) == 1 else ()
        for column in (column for column in contract.columns if column.name not in own_key):
            part = frame[column.recorded_on] if column.recorded_on else frame["recorded_on"]
            late = part.isna() | (part > day)
            frame.loc[late, column.name] = noise(frame[column.name], column.name, int(late.sum()), day, rng)
        changed[name] = frame
    return changed


def noise(
    column: pd.Series, name: str, number: int, day: pd.Timestamp, rng: np.random.Generator
) -> "np.ndarray[Any, Any]":
    """Other people's values, and days of recording after the day, never before."""
    drawn = pd.Series(rng.choice(column.dropna().to_numpy(), number)) if column.notna().any() else column.iloc[:number]
    if name == "recorded_on" or name.endswith("_recorded_on") or name in {"lead_professional_on", "died_on"}:
        drawn = pd.Series(day + pd.to_timedelta(rng.integers(1, 400, number), unit="D"))
    if name.endswith("_id"):
        drawn = column.iloc[rng.integers(0, len(column), number)]
    return np.asarray(drawn)


@pytest.mark.parametrize("question", QUESTION)
@pytest.mark.parametrize("day", ["2019-02-01", "2020-06-30"])
def test_a_different_future_changes_no_feature(tables: Tables, question: str, day: str) -> None:
    until = pd.Timestamp(day)
    rows = follow_up(tables, QUESTIONS[question], extracted_on=PLAN.extracted_on).rows
    rows = rows[(rows["index_on"] <= until) & (rows["index_on"] > until - pd.Timedelta(days=60))].reset_index(drop=True)
    before = features_of(tables, question, rows)
    after = features_of(with_another_future(tables, until, seed=1), question, rows)
    # Catches any column of any table looked at beyond the evening of the day of the estimate, bit for bit.
    pd.testing.assert_frame_equal(before, after, check_exact=True)
    # Catches a test that looks at nobody.
    assert len(rows) > 30


def test_the_test_of_the_future_would_notice(tables: Tables) -> None:
    """The same noise, one day earlier: events of the day itself are then in the future, and features must move."""
    question, until = "escalation_after_contact", pd.Timestamp("2019-02-01")
    rows = follow_up(tables, QUESTIONS[question], extracted_on=PLAN.extracted_on).rows
    rows = rows[rows["index_on"] == until].reset_index(drop=True)
    before = features_of(tables, question, rows)
    after = features_of(with_another_future(tables, until - pd.Timedelta(days=1), seed=1), question, rows)
    # Catches noise that changes nothing, and features that ignore what is recorded on the day itself: its end counts.
    assert not before.equals(after)


def test_rows_of_one_day_do_not_hang_on_rows_of_another(tables: Tables) -> None:
    question = "escalation_after_early_help"
    rows = follow_up(tables, QUESTIONS[question], extracted_on=PLAN.extracted_on).rows
    everyone = features_of(tables, question, rows)
    some = rows.sample(40, random_state=1).reset_index(drop=True)
    expected = everyone.set_axis(rows["event_id"]).loc[some["event_id"]].reset_index(drop=True)
    # Catches a matrix in which who else is asked about, or the order of the question, changes an answer.
    pd.testing.assert_frame_equal(features_of(tables, question, some), expected, check_exact=True)


class Slow:
    """One index event at a time, one row at a time, with plain comparisons of dates."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], event: dict[str, Any]) -> None:
        self.tables, self.day = tables, pd.Timestamp(event["index_on"])
        self.person, self.happened_on = str(event["person_id"]), pd.Timestamp(event["happened_on"])
        families = self.held("families")
        mine = families[(families["person_id"] == self.person) & (families["from_on"] <= self.day)]
        mine = mine.sort_values(["from_on"], kind="stable")
        self.family: set[str] = set()
        if len(mine):
            now = families[(families["family_id"] == mine["family_id"].iloc[-1]) & (families["from_on"] <= self.day)]
            self.family = set(now["person_id"])

    def held(self, table: str) -> pd.DataFrame:
        frame = self.tables[table]
        return frame[frame["recorded_on"] <= self.day]

    def rows(self, table: str, day: str, people: set[str], part: str = "") -> pd.DataFrame:
        frame = self.held(table)
        frame = frame[frame["person_id"].isin(people) & (frame[day] <= self.day)]
        frame = frame[frame[day] > self.day - pd.Timedelta(days=LOOK_BACK_DAYS)]
        return frame[frame[part] <= self.day] if part else frame

    def count(self, table: str, day: str, people: set[str], last: int = LOOK_BACK_DAYS, part: str = "") -> float:
        found = self.rows(table, day, people, part)
        return float((found[day] > self.day - pd.Timedelta(days=last)).sum())


def _siblings(slow: Slow, table: str, day: str, last: int = LOOK_BACK_DAYS) -> float:
    if not slow.family:
        return float("nan")
    return slow.count(table, day, slow.family - {slow.person}, last)


def _open(slow: Slow, table: str, first: str, end: str, end_recorded: str, people: set[str]) -> float:
    rows = slow.rows(table, first, people)
    ended = (rows[end] <= slow.day) & (rows[end_recorded] <= slow.day)
    return float((~ended).sum())


def _factor(slow: Slow, codes: tuple[str, ...]) -> float:
    rows = slow.rows("assessment_factors", "recorded_on", slow.family)
    return float(rows["factor"].isin(codes).sum()) if slow.family else float("nan")


def _since_referral(slow: Slow, people: set[str]) -> float:
    rows = slow.rows("referrals", "referral_on", people)
    return (slow.day - rows["referral_on"].max()).days if len(rows) else float("nan")


def _youngest(slow: Slow) -> float:
    people = slow.held("people")
    born = people.loc[people["person_id"].isin(slow.family), "birth_month"].dropna()
    return (slow.day - born.max()).days / 365.25 if len(born) else float("nan")


def _family_days(slow: Slow, table: str, day: str) -> float:
    return float(slow.rows(table, day, slow.family)[day].nunique()) if slow.family else float("nan")


def _days_known(slow: Slow) -> float:
    first = slow.rows("contacts", "contact_on", slow.family)["contact_on"].min()
    return (slow.day - first).days if slow.family and pd.notna(first) else float("nan")


def _moves(slow: Slow) -> float:
    rows = slow.held("families")
    mine = rows[(rows["person_id"] == slow.person) & (rows["from_on"] <= slow.day)].sort_values("from_on")
    return float((mine["from_on"].iloc[1:] > slow.day - pd.Timedelta(days=LOOK_BACK_DAYS)).sum())


def _referrals_beside_council(slow: Slow) -> float:
    contacts = slow.tables["contacts"]
    own = contacts[contacts["contact_on"].eq(slow.happened_on) & contacts["person_id"].eq(slow.person)]
    rows = slow.held("contacts")
    rows = rows[(rows["outcome_recorded_on"] <= slow.day) & (rows["contact_on"] <= slow.day)]
    rows = rows[rows["contact_on"] > slow.day - pd.Timedelta(days=365)]
    here = rows[rows["locality"] == own["locality"].iloc[0]]
    everywhere = float((rows["outcome"] == "referral").mean()) if len(rows) else float("nan")
    return float((here["outcome"] == "referral").mean()) / everywhere if len(here) and everywhere else float("nan")


def _of_last_year(slow: Slow, column: str, word: str, part: str = "") -> float:
    rows = slow.rows("contacts", "contact_on", {slow.person}, part)
    return float((rows.loc[rows["contact_on"] > slow.day - pd.Timedelta(days=365), column] == word).sum())


SLOWLY: dict[str, Callable[[Slow], float]] = {
    "contacts_30": lambda s: s.count("contacts", "contact_on", {s.person}, 30),
    "contacts_365": lambda s: s.count("contacts", "contact_on", {s.person}, 365),
    "family_days_with_contacts_365": lambda s: _family_days(s, "contacts", "contact_on"),
    "family_days_known": _days_known,
    "moves_between_families": _moves,
    "siblings_contacts_365": lambda s: _siblings(s, "contacts", "contact_on", 365),
    "siblings_referrals_365": lambda s: _siblings(s, "referrals", "referral_on"),
    "siblings_early_help_365": lambda s: _siblings(s, "early_help_episodes", "started_on"),
    "contacts_no_action_365": lambda s: _of_last_year(s, "outcome", "no_further_action", "outcome_recorded_on"),
    "contacts_from_police_365": lambda s: _of_last_year(s, "source", "6"),
    "referrals_365": lambda s: s.count("referrals", "referral_on", {s.person}, 365),
    "section_47_365": lambda s: float(
        (s.rows("statutory_steps", "started_on", {s.person})["step"] == "section_47").sum()),
    "assessments_365": lambda s: s.count("assessments", "started_on", {s.person}),
    "family_factor_domestic_abuse": lambda s: _factor(s, ("3A", "3B", "3C")),
    "days_since_family_referral": lambda s: _since_referral(s, s.family) if s.family else float("nan"),
    "open_early_help": lambda s: _open(
        s, "early_help_episodes", "started_on", "ended_on", "end_recorded_on", {s.person}),
    "family_open_referrals": lambda s: (
        _open(s, "referrals", "referral_on", "closed_on", "closed_recorded_on", s.family)
        if s.family else float("nan")),
    "family_size": lambda s: float(len(s.family)) if s.family else float("nan"),
    "youngest_age_years": _youngest,
    "locality_referrals_beside_council": _referrals_beside_council,
}  # fmt: skip


def test_features_agree_with_a_slow_independent_count(tables: Tables) -> None:
    question = "escalation_after_contact"
    events = find_index_events(tables, "front_door_contact")
    rows = events[events["index_on"].notna() & (events["index_on"] <= pd.Timestamp(PLAN.extracted_on))]
    rows = rows.drop_duplicates(["person_id", "happened_on"]).sample(50, random_state=5).reset_index(drop=True)
    fast, prepared = features_of(tables, question, rows), with_people_of_factors(tables)
    for place, event in enumerate(rows.astype("object").to_dict("records")):
        slow = Slow(prepared, {str(name): value for name, value in event.items()})
        for name, count in SLOWLY.items():
            expected, got = count(slow), float(fast[name].iloc[place])
            # Catches an engine that is fast and wrong: any difference at all in 50 events and 20 features.
            assert got == pytest.approx(expected, nan_ok=True, abs=1e-9), (name, event["event_id"])
