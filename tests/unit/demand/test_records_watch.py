"""Check-ins, reviews, groups that are watched and themes: everybody is there, and nobody is put before another."""

from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from flow_sample import families_of, invented_council
from risk_records import records

from ehforecast.demand import case_review
from ehforecast.demand.check_ins import CheckInPlan, check_in_calendar, compare_timings, due_counts
from ehforecast.demand.cohort_watch import COHORTS, check_question, watch_cohorts
from ehforecast.demand.flow_results import ALL
from ehforecast.demand.themes import theme_table
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

NOBODY = pd.Series(dtype="str")


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
    _, trends = watch_cohorts(
        records(contacts=rows), ("housing",), first_on=date(2018, 1, 1), last_on=date(2021, 12, 31)
    )
    # Catches a trend of the wrong sign, or per quarter.
    assert trends["verdict"].tolist() == ["rising"]
    assert trends["low"].iloc[0] > 0.2
    _, short = watch_cohorts(
        records(contacts=rows), ("housing",), first_on=date(2021, 1, 1), last_on=date(2021, 12, 31)
    )
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
