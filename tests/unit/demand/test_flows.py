"""Flows, rolling counts, check-ins, reviews, groups and themes: by hand, by recount and by identity."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from flow_sample import families_of, invented_council
from hypothesis import given
from hypothesis import strategies as st
from risk_records import records

from ehforecast.demand import case_review
from ehforecast.demand.check_ins import CheckInPlan, check_in_calendar, compare_timings, due_counts
from ehforecast.demand.cohort_watch import COHORTS, check_question, watch_cohorts
from ehforecast.demand.flow_incidence import Incidence
from ehforecast.demand.flow_intervals import difference_interval, family_variance, wilson
from ehforecast.demand.flow_moves import FlowSettings, find_moves
from ehforecast.demand.flow_results import ALL, ORIGINS, ROLLING_MEASURES
from ehforecast.demand.flow_tables import CANNOT_BE_TOLD, Contrast, contrast_table, flow_table
from ehforecast.demand.rolling_counts import MONTHS, measured_events, rolling_ahead, rolling_table
from ehforecast.demand.themes import theme_table
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

NOBODY = pd.Series(dtype="str")


def by_hand() -> dict[str, pd.DataFrame]:
    return records(
        contacts=[{"person_id": "A", "contact_on": "2020-01-10"}, {"person_id": "B", "contact_on": "2020-01-10"},
                  {"person_id": "C", "contact_on": "2020-01-10"}],
        early_help_episodes=[
            {"person_id": "A", "started_on": "2020-01-20", "ended_on": "2020-04-20"},
            {"person_id": "A", "started_on": "2020-06-19"},
            {"person_id": "D", "started_on": "2020-02-01", "ended_on": "2020-03-01", "end_reason": "stepped_up"},
            {"person_id": "E", "started_on": "2020-05-10"},
        ],
        referrals=[
            {"person_id": "B", "referral_on": "2020-01-10", "closed_on": "2020-02-10"},
            {"person_id": "B", "referral_on": "2020-02-11"},
            {"person_id": "E", "referral_on": "2020-04-01", "closed_on": "2020-05-01"},
            {"person_id": "F", "referral_on": "2020-04-01", "no_further_action": "yes", "closed_on": "2020-04-03"},
        ],
    )  # fmt: skip


def test_moves_by_hand() -> None:
    found = find_moves(by_hand(), families=NOBODY, known_on=date(2021, 12, 31), settings=FlowSettings(settle_days=0))
    rows = found.rows.assign(to=[
        ("", *ORIGINS[origin])[place] for origin, place in zip(found.rows["origin"], found.rows["place"], strict=True)
    ])  # fmt: skip
    told = set(rows[["origin", "person_id", "to", "days"]].itertuples(index=False, name=None))
    # Catches a move to the wrong place, the wrong wait, or a closing that a new referral took the place of.
    assert {
        ("contact", "A", "early_help", 10), ("contact", "B", "statutory", 0),
        ("early_help", "A", "needs_met", 91), ("early_help", "D", "stepped_up", 29),
        ("early_help_closed", "A", "early_help_again", 60),
        ("statutory", "B", "referred_again", 32), ("statutory", "E", "closed", 30),
        ("statutory", "F", "no_further_action", 2), ("statutory_closed", "E", "stepped_down", 9),
    } <= told  # fmt: skip
    # Catches a step up counted as an end after which families may come back, and a superseded referral as closed.
    assert "D" not in set(rows.loc[rows["origin"] == "early_help_closed", "person_id"])
    assert "B" not in set(rows.loc[rows["origin"] == "statutory_closed", "person_id"])
    # Catches somebody who went nowhere left out.
    assert ("contact", "C", "", 721) in told


def test_help_open_when_a_referral_closes_is_a_step_down_at_once() -> None:
    known = records(
        referrals=[{"person_id": "A", "referral_on": "2020-01-01", "closed_on": "2020-03-01"}],
        early_help_episodes=[{"person_id": "A", "started_on": "2020-02-01", "ended_on": "2020-06-01"}],
    )
    rows = find_moves(known, families=NOBODY, known_on=date(2021, 1, 1), settings=FlowSettings()).rows
    closed = rows[rows["origin"] == "statutory_closed"].iloc[0]
    # Catches help that began before the closing missed, or counted from its own beginning.
    assert (closed["place"], closed["days"]) == (1, 0)


def test_nothing_after_the_settled_day_counts() -> None:
    rows = find_moves(by_hand(), families=NOBODY, known_on=date(2020, 4, 19), settings=FlowSettings(settle_days=0)).rows
    episode = rows[rows["origin"].eq("early_help") & rows["person_id"].eq("A")].iloc[0]
    # Catches a look into the future: the end came on the day after.
    assert (episode["place"], episode["days"], episode["followed"]) == (0, 90, False)


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"contact_days": 0}, {"settle_days": -1}, {"step_down_days": 365}]
)
def test_settings_that_cannot_be_are_refused(wrong: dict[str, int]) -> None:
    # Catches a time to look at that is no time.
    with pytest.raises(ForecastError):
        FlowSettings(**wrong)


def sample(number: int, *, lost: bool, seed: int = 3) -> Incidence:
    rng = np.random.default_rng(seed)
    place = rng.integers(0 if lost else 1, 3, number)
    return Incidence(rng.integers(0, 30, number), place, rng.integers(0, number // 2, number), 25)


def test_without_loss_chances_are_plain_shares() -> None:
    found = sample(200, lost=False)
    inside = (found.place == 1) & (found.days <= 25)
    # Catches an estimate that is not the plain share where everybody was followed.
    assert found.share(1) == pytest.approx(inside.mean())
    # Catches an influence that is not the textbook one there: own indicator less the share.
    np.testing.assert_allclose(found.influence(1, 25), inside - inside.mean(), atol=1e-12)


def test_influence_is_the_jackknife() -> None:
    found = sample(80, lost=True)
    full = found.share(1)
    without = np.array(
        [Incidence(*(np.delete(a, i) for a in (found.days, found.place, found.families)), 25).share(1)
         for i in range(80)]
    )  # fmt: skip
    # Catches a term of the influence left out; the two differ by terms of the order 1/n only.
    np.testing.assert_allclose(found.influence(1, 25), 79 * (full - without), atol=0.03)


def test_all_places_and_staying_add_up() -> None:
    found = sample(300, lost=True)
    anywhere = Incidence(found.days, np.minimum(found.place, 1), found.families, 25)
    # Catches competing moves that are not counted against each other.
    assert found.share(1) + found.share(2) == pytest.approx(anywhere.share(1))


def test_median_of_those_who_go() -> None:
    days = np.array([1, 2, 3, 4, 5, 30])
    found = Incidence(days, np.ones(6, dtype=np.int64), np.arange(6), 25)
    middle, low, high = found.median(1)
    # Catches a median over those who never went in time.
    assert middle == 3
    assert low <= middle <= high
    # Catches a median of nobody.
    assert np.isnan(Incidence(days, np.zeros(6, dtype=np.int64), np.arange(6), 25).median(1)).all()


def test_families_make_intervals_wider() -> None:
    place = np.repeat(np.array([1, 0, 1, 0, 0, 1, 0, 0, 1, 0]), 4)
    alone = Incidence(np.full(40, 3), place, np.arange(40), 25).estimate(1)
    together = Incidence(np.full(40, 3), place, np.repeat(np.arange(10), 4), 25).estimate(1)
    # Catches brothers and sisters counted as if independent: four alike count as one, so the error doubles.
    assert together.error == pytest.approx(2 * alone.error, rel=0.06)
    assert together.high - together.low > alone.high - alone.low


def test_intervals_of_nobody_and_of_one_family() -> None:
    # Catches a division by nobody, and a variance out of one family.
    assert np.isnan(wilson(0.5, 0)).all()
    assert np.isnan(family_variance(np.array([0.1, -0.1]), np.array([7, 7])))
    # Catches a difference beyond what shares can be.
    low, high = difference_interval((0.0, 0.0, 0.9), (1.0, 0.1, 1.0))
    assert -1 <= low <= high <= 1


def test_tables_say_why_there_is_no_share() -> None:
    council = invented_council()
    moves = find_moves(
        council.tables, families=families_of(council), known_on=council.plan.extracted_on, settings=FlowSettings()
    )
    by_year = flow_table(moves, by="year")
    groups = by_year.groupby(["origin", "period", "need_level"])
    # Catches spells lost between the places they went to, stayed in, or were not followed to.
    np.testing.assert_array_equal(
        groups["moved"].sum() + groups["not_followed"].first(), groups["started"].first()
    )
    told = by_year[by_year["share"].notna()].groupby(["origin", "period", "need_level"])["share"].sum()
    np.testing.assert_allclose(told, 1.0, atol=1e-9)
    # Catches a share of a period that could not be followed.
    assert by_year.loc[by_year["period"] == "2020-21", "reason"].str.contains("too recent").any()
    assert by_year["reason"].str.contains("fewer than 20").any()
    by_quarter = flow_table(moves, by="quarter")
    # Catches quarters split by need level, which hold too few.
    assert not (by_quarter["period"].ne(ALL) & by_quarter["need_level"].ne(ALL)).any()
    with pytest.raises(ForecastError, match="quarter or by year"):
        flow_table(moves, by="week")
    late = Contrast("x", "x", council.plan.extracted_on, "early_help", "stepped_up")
    # Catches a verdict on a change nobody could follow yet.
    assert contrast_table(moves, (late,))["verdict"].tolist() == [CANNOT_BE_TOLD]


@pytest.mark.parametrize(("origin", "place", "months"), [("moon", "x", 12), ("contact", "x", 12),
                                                         ("contact", "statutory", 0)])  # fmt: skip
def test_contrasts_that_cannot_be_are_refused(origin: str, place: str, months: int) -> None:
    # Catches a question about a move that is not counted.
    with pytest.raises(ForecastError):
        Contrast("x", "x", date(2020, 4, 1), origin, place, months)


EVENTS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(0, 4), st.sampled_from(["north", "south", None]),
              st.sampled_from(["targeted", "universal"]), st.booleans()), max_size=40,
)  # fmt: skip


@pytest.mark.acceptance("councils")
@given(events=EVENTS)
def test_rolling_counts_equal_a_recount(events: list[tuple[int, int, str | None, str, bool]]) -> None:
    first, last = date(2019, 1, 15), date(2021, 6, 20)
    known = records(
        early_help_episodes=[
            {"person_id": f"P{who}", "started_on": str((pd.Timestamp(first) + pd.Timedelta(days=day)).date()),
             "locality": place, "need_level": level, "lead_professional_on": "2021-01-01" if named else None}
            for day, who, place, level, named in events
        ],
    )  # fmt: skip
    measures = ("early_help_started", "team_around_the_family")
    found = rolling_table(known, families=pd.Series({"P0": "F", "P1": "F"}), first_on=first, last_on=last,
                          measures=measures)  # fmt: skip
    for row in found[found["locality"] == ALL].to_dict("records"):
        end = pd.Period(row["month"], freq="M").end_time
        inside = [
            one for one in events
            if end - pd.DateOffset(months=12) < pd.Timestamp(first) + pd.Timedelta(days=one[0]) <= end
            and pd.Timestamp(first) + pd.Timedelta(days=one[0]) >= pd.Timestamp("2019-02-01")
            and (row["measure"] == "early_help_started" or (one[3] == "targeted" and one[4]))
        ]  # fmt: skip
        # Catches a window of 11 or 13 months, one month early or late, an event counted twice, or siblings as two.
        assert row["count"] == len(inside)
        assert row["families"] == len({"F" if who in {0, 1} else who for _, who, *_ in inside})
    # Catches localities that do not add up to the whole.
    sums = found[found["locality"] != ALL].groupby(["measure", "month"])["count"].sum()
    whole = found[found["locality"] == ALL].set_index(["measure", "month"])["count"]
    assert (sums.reindex(whole.index, fill_value=0) == whole).all()


def test_every_measure_counts_what_it_says() -> None:
    tables = dict(invented_council().tables)
    contacts = tables["contacts"]
    below = contacts["outcome"].isin(["no_further_action", "information_and_advice", "early_help"])
    # Catches referrals, or contacts not settled yet, among those below the threshold.
    assert len(measured_events(tables, "contacts_below_threshold")) == below.sum()
    assert len(measured_events(tables, "referrals")) == len(tables["referrals"])
    with pytest.raises(ForecastError, match="no rolling count"):
        measured_events(tables, "moons")
    assert set(ROLLING_MEASURES) >= {"team_around_the_family"}


def test_rolling_counts_ahead_need_a_year() -> None:
    # Catches a forecast of a year from less than a year.
    with pytest.raises(ForecastError):
        rolling_ahead([1.0] * (MONTHS - 1), np.ones((2, 1)), levels=[0.5])


@pytest.mark.acceptance("councils")
@pytest.mark.parametrize("months", [(3, 6, 12), (12,), (1,)])
def test_every_closed_family_has_a_check_in_within_a_year(months: tuple[int, ...]) -> None:
    council = invented_council()
    families, on = families_of(council), council.plan.extracted_on
    plan = CheckInPlan(months, closed_within_days=2_000)
    calendar = check_in_calendar(council.tables, plan, families=families, known_on=on)
    ended = council.tables["early_help_episodes"].dropna(subset=["ended_on"])
    latest = ended.groupby(ended["person_id"].map(families))["ended_on"].max()
    first = calendar.groupby("family")["due_on"].min().reindex(latest.index)
    # Catches a family left out, whatever the reason of its ending, or a first check-in later than a year.
    assert first.notna().all()
    assert (first <= latest + pd.DateOffset(months=12)).all()
    assert (first >= latest).all()
    # Catches an order that is not that of dates.
    assert calendar["due_on"].is_monotonic_increasing
    # Catches a column that could put one family before another.
    assert list(calendar.columns) == ["due_on", "family", "locality", "closed_on", "reason"]
    # Catches check-ins on weekends.
    assert (calendar["due_on"].dt.day_of_week < 5).all()
    counts = due_counts(calendar, first_on=on)
    whole = counts[counts["step"].eq("month") & counts["locality"].eq(ALL)].set_index("due")["count"]
    parts = counts[counts["step"].eq("month") & counts["locality"].ne(ALL)].groupby("due")["count"].sum()
    assert (whole == parts).all()


def test_no_score_can_move_a_check_in() -> None:
    council = invented_council()
    args = {"families": families_of(council), "known_on": council.plan.extracted_on}
    tables = dict(council.tables)
    scored = {name: frame.assign(score=np.arange(len(frame))[::-1]) for name, frame in tables.items()}
    plain = check_in_calendar(tables, CheckInPlan(), **args)
    # Catches a calendar that reads anything beside dates and ages.
    pd.testing.assert_frame_equal(plain, check_in_calendar(scored, CheckInPlan(), **args))


def test_children_at_transitions_bring_a_check_in() -> None:
    known = records(
        people=[{"person_id": "A", "birth_month": "2009-03-01"}, {"person_id": "B", "birth_month": "2009-10-01"},
                {"person_id": "C", "birth_month": "2016-08-01"}],
        early_help_episodes=[{"person_id": p, "started_on": "2019-12-01", "ended_on": "2020-02-03"} for p in "ABC"],
    )  # fmt: skip
    calendar = check_in_calendar(known, CheckInPlan((12,)), families=NOBODY, known_on=date(2020, 3, 1))
    told = {family: set(rows["reason"]) for family, rows in calendar.groupby("family")}
    # Catches a child born in March 2009 who does not move school in September 2020, or one born in October who does.
    assert "before a child moves to secondary school" in told["A"]
    assert told["B"] == {"12 months after closing"}
    assert "before a child starts school" in told["C"]
    without = check_in_calendar(known, CheckInPlan((12,), at_transitions=False), families=NOBODY,
                                known_on=date(2020, 3, 1))  # fmt: skip
    assert set(without["reason"]) == {"12 months after closing"}


@pytest.mark.parametrize("wrong", [{"months_after": ()}, {"months_after": (13,)}, {"days_before_transition": -1}])
def test_plans_that_leave_families_out_are_refused(wrong: dict[str, object]) -> None:
    # Catches a plan by which nobody is asked within a year.
    with pytest.raises(ForecastError):
        CheckInPlan(**wrong)  # type: ignore[arg-type] # wrong on purpose


def test_timings_fall_and_carry_ranges() -> None:
    rows = pd.DataFrame({"days": [10, 100, 200, 300, 400], "place": [1, 1, 2, 1, 1], "family": [0, 1, 2, 3, 4]})
    told = compare_timings(rows, timings=(30, 150))
    # Catches returns after the year counted, or those before the check-in.
    assert told[["came_back", "before"]].to_numpy().tolist() == [[4, 3], [4, 2]]
    assert (told["low"] <= told["share"]).all()
    assert (told["share"] <= told["high"]).all()
    assert compare_timings(rows.iloc[:0])["share"].isna().all()


def test_calendar_of_nobody_is_empty() -> None:
    known = records(early_help_episodes=[{"person_id": "A", "started_on": "2020-01-01"}])
    # Catches an error where no help has closed yet.
    assert check_in_calendar(known, CheckInPlan(), families=NOBODY, known_on=date(2020, 6, 1)).empty


def walsall() -> case_review.Review:
    rows = [("yes", "yes", "yes")] * 47 + [("yes", "no", "no")] * 285 + [("no", "yes", "no")] * 287
    rows += [("no", "no", "yes")] * 67 + [("no", "no", "no")] * 105
    frame = pd.DataFrame(rows, columns=list(case_review.TROUBLES))
    return case_review.Review("2016", date(2016, 9, 30), frame.assign(child=range(791), family=range(791), age=7.0))


@pytest.mark.acceptance("councils")
def test_walsalls_own_review_is_reproduced() -> None:
    told = case_review.prevalence((walsall(),)).set_index("question")
    ends = [f"{100 * row['low']:.1f}-{100 * row['high']:.1f}" for _, row in told.iterrows()]
    # Catches another interval than Wilson's: the published counts give these.
    assert ends == ["38.6-45.4", "38.8-45.7", "12.1-17.0", "4.5-7.8"]
    # Catches a child lost between combinations.
    assert case_review.overlap((walsall(),))["children"].sum() == 791


def test_a_review_says_what_it_does_not_know() -> None:
    review = walsall()
    rows = review.rows.assign(domestic_abuse=["not known"] * 100 + list(review.rows["domestic_abuse"][100:]))
    told = case_review.prevalence((case_review.Review("x", review.on, rows),)).set_index("question")
    # Catches "not known" counted as no, and all three judged where one answer is missing and none is no.
    assert told.loc["domestic_abuse", "of"] == 691
    assert told.loc["all_three", "of"] == 791 - 47
    two = (review, case_review.Review("second", date(2017, 6, 30), rows))
    change = case_review.change_between(two)
    # Catches a change without its range.
    assert len(change) == 4
    assert (change["low"] <= change["difference"]).all()
    assert case_review.change_between((review,)).empty
    assert review.children_per_family == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.drop(columns="age"), "no column age"),
        (lambda rows: rows.assign(substance_misuse="maybe"), "791 answers"),
        (lambda rows: rows.assign(child=0), "790 children stand in it twice"),
    ],
)
def test_reviews_that_cannot_be_read_are_refused(change: object, words: str) -> None:
    # Catches a review that is read as something else, and an error that quotes a child's value.
    with pytest.raises(ForecastError, match=words):
        case_review.Review("x", date(2016, 9, 30), change(walsall().rows))  # type: ignore[operator] # a function


@pytest.mark.acceptance("councils")
def test_cohort_watch_refuses_children_and_small_groups() -> None:
    # Catches an answer about a child or a family.
    for by in ("person_id", "family_id", "locality"):
        with pytest.raises(ForecastError, match="never of a child or a family"):
            check_question((by,))
        with pytest.raises(ForecastError, match="never of a child or a family"):
            watch_cohorts({}, ("housing",), first_on=date(2019, 1, 1), last_on=date(2021, 12, 31), by=("quarter", by))
    known = records(contacts=[
        {"person_id": f"P{n}", "contact_on": "2020-02-03", "source": ReferralSourceCode.HOUSING.value} for n in range(9)
    ])  # fmt: skip
    counts, trends = watch_cohorts(known, tuple(COHORTS), first_on=date(2019, 1, 1), last_on=date(2021, 12, 31))
    # Catches a group of nine told of, and a group that the records cannot know guessed at.
    assert counts.empty
    assert trends.set_index("cohort")["refused"].str.len().min() > 20
    assert (trends["total"] == 0).all()
    with pytest.raises(ForecastError, match="no group"):
        watch_cohorts(known, ("rich",), first_on=date(2019, 1, 1), last_on=date(2021, 12, 31))


def test_a_group_that_grows_is_seen_to() -> None:
    quarters = pd.period_range("2018Q1", "2021Q4", freq="Q")
    rows = [
        {"person_id": f"P{place}-{n}", "contact_on": str(quarter.start_time.date()), "source": "4"}
        for place, quarter in enumerate(quarters) for n in range(20 + 5 * place)
    ]  # fmt: skip
    _, trends = watch_cohorts(records(contacts=rows), ("housing",), first_on=date(2018, 1, 1), last_on=date(2021, 12, 31))
    # Catches a trend of the wrong sign, or per quarter.
    assert trends["verdict"].tolist() == ["rising"]
    assert trends["low"].iloc[0] > 0.2
    _, short = watch_cohorts(records(contacts=rows), ("housing",), first_on=date(2021, 1, 1), last_on=date(2021, 12, 31))
    # Catches a trend from one year.
    assert short["verdict"].tolist() == ["cannot be told"]


@pytest.mark.acceptance("councils")
def test_themes_name_and_order_nobody() -> None:
    council = invented_council()
    themes = theme_table(council.tables, families=families_of(council), last_on=council.plan.extracted_on)
    # Catches a column about a child or family, or one that orders.
    assert list(themes.columns) == ["locality", "theme", "value", "count", "of", "share", "low", "high"]
    for _, rows in themes.groupby(["locality", "theme"]):
        # Catches themes ordered by size: then they would be put before each other.
        assert all(one <= other for one, other in pairwise(rows["value"]))
    shares = themes[themes["value"] != ALL]
    # Catches a theme without n or interval.
    assert shares[["count", "of", "share", "low", "high"]].notna().all(axis=None)
    sums = shares.groupby(["locality", "theme"])["count"].sum()
    assert (sums == shares.groupby(["locality", "theme"])["of"].first()).all()
