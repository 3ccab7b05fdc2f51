from datetime import date

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.record_counts import EVENTS, NOT_SETTLED, count_days, count_days_by_engine
from ehforecast.demand.record_series import Coverage, SeriesPlan, record_series
from ehforecast.demand.steps import Step
from ehforecast.errors import ForecastError
from ehforecast.store import KnownTables
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

CONTACTS = pd.DataFrame(
    [
        ("C1", "2023-01-02", "2A", "north", "referral", "2023-01-05", "2023-01-03"),
        ("C2", "2023-01-02", "2B", "north", None, None, "2023-01-02"),
        ("C3", "2023-01-08", "6", None, "early_help", "2023-02-01", "2023-01-09"),
        ("C4", "2023-02-14", "6", "south", None, None, "2023-02-14"),
    ],
    columns=["contact_id", "contact_on", "source", "locality", "outcome", "outcome_recorded_on", "recorded_on"],
).astype(dict.fromkeys(("contact_on", "outcome_recorded_on", "recorded_on"), "datetime64[us]"))
REFERRALS = pd.DataFrame(
    {
        "referral_id": ["R1", "R2"],
        "contact_id": ["C1", None],
        "referral_on": pd.to_datetime(["2023-01-05", "2023-02-01"]),
        "source": ["2A", "6"],
        "recorded_on": pd.to_datetime(["2023-01-05", "2023-02-02"]),
    }
)
KNOWN = {"contacts": CONTACTS, "referrals": REFERRALS}
COVERED = Coverage(date(2023, 1, 1), date(2023, 3, 31))


def test_events_are_counted_by_what_is_known_of_them() -> None:
    counted = count_days(KNOWN, "contacts", keys=("locality", "source_group"))
    # A contact lost, or one without a locality dropped by the grouping, would be missing from the sum.
    assert counted["count"].sum() == 4
    assert set(counted["locality"]) == {"north", "south", "locality not recorded"}
    # Groups are those of the census, which keep schools and education services apart.
    assert set(counted["source_group"]) == {"schools", "education_services", "police"}


def test_an_outcome_counts_as_recorded_when_it_was_settled() -> None:
    counted = count_days(KNOWN, "contacts", keys=("outcome",)).set_index("outcome")
    # Its delay is that of the outcome, not of the contact.
    assert counted.loc["early_help", "recorded_on"] == pd.Timestamp("2023-02-01")
    # Contacts not settled yet stay in the total.
    assert counted.loc[NOT_SETTLED, "count"].sum() == 2


def test_a_referral_lives_where_its_contact_did() -> None:
    counted = count_days(KNOWN, "referrals", keys=("locality",)).set_index("locality")["count"]
    # One with no contact is kept, under its own name.
    assert counted.to_dict() == {"north": 1, "locality not recorded": 1}


@pytest.mark.parametrize(
    ("measure", "keys", "message"),
    [("visits", (), "no measure 'visits' is counted"), ("referrals", ("outcome",), "cannot be told apart by outcome")],
)
def test_what_cannot_be_counted_is_said(measure: str, keys: tuple[str, ...], message: str) -> None:
    # A misspelt key that was ignored would give the total where a split was asked for.
    with pytest.raises(ForecastError, match=message):
        count_days(KNOWN, measure, keys=keys)


def test_every_source_code_has_a_group() -> None:
    # A code without a group would be counted as not recorded.
    assert all(code.group for code in ReferralSourceCode)
    assert set(EVENTS) == {"contacts", "referrals", "early_help"}


def series(step: Step, coverage: Coverage = COVERED, **plan: object) -> pd.DataFrame:
    counted = count_days(KNOWN, "contacts", keys=("locality", "source_group"))
    return record_series(counted, SeriesPlan(step, **plan), coverage=coverage).series.counts  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "periods", "first", "total"),
    [
        (Step.DAY, 90, "2023-01-01", 4),
        (Step.WEEK, 12, "2023-01-02/2023-01-08", 4),
        (Step.FOUR_WEEKS, 2, "2023-01-23", 1),
        (Step.MONTH, 3, "2023-01", 4),
    ],
)
def test_whole_covered_periods_are_counted(step: Step, periods: int, first: str, total: int) -> None:
    counts = series(step)
    # A part of a week or month at either end would look like a drop.
    assert (len(counts), str(counts.index[0])) == (periods, first)
    # Nought where nothing happened, and nothing twice.
    assert counts["total"].sum() == total
    assert counts.notna().all().all()


def test_a_sunday_belongs_to_the_week_that_ends_with_it() -> None:
    # 8 January 2023 was a Sunday: a week that began on it would split the third contact off.
    assert series(Step.WEEK)["total"].iloc[0] == 3


def test_four_weeks_stay_the_same_from_run_to_run() -> None:
    starts = (date(2022, 6, 1), COVERED.first)
    early, late = (series(Step.FOUR_WEEKS, Coverage(start, COVERED.last)) for start in starts)
    # Periods that moved with the first day covered could not be compared between runs.
    assert late.index.isin(early.index).all()
    moved = series(Step.FOUR_WEEKS, four_weeks_from=date(2023, 1, 2))
    assert str(moved.index[0]) == "2023-01-02"


def test_days_not_covered_are_absent_not_nought() -> None:
    gap = Coverage(COVERED.first, COVERED.last, holes=((date(2023, 2, 10), date(2023, 2, 12)),))
    counted = count_days(KNOWN, "contacts", keys=("locality",))
    found = record_series(counted, SeriesPlan(Step.MONTH, ("locality",)), coverage=gap).series
    # A month of which three days are lost is no month; a nought in it would be learned as a quiet one.
    assert found.counts["total"].isna().tolist() == [False, True, False]
    assert found.absences["total"].tolist() == ["", "not_available", ""]


def test_levels_cross_and_add_up() -> None:
    counted = count_days(KNOWN, "contacts", keys=("locality", "source_group"))
    levels = ((), ("locality",), ("source_group",))
    found = record_series(counted, SeriesPlan(Step.MONTH, ("locality", "source_group"), levels), coverage=COVERED)
    counts, hierarchy = found.series.counts, found.hierarchy
    # Every node is the sum of its leaves, ragged or not.
    assert np.allclose(counts[list(hierarchy.leaves)].to_numpy() @ hierarchy.summing.T, counts.to_numpy())
    # Each level has its name, for tables by level.
    assert found.series.areas.loc["total", "area_level"] == "council"
    assert found.series.areas.loc["north", "area_level"] == "locality"
    assert found.series.areas.loc["police", "area_level"] == "source_group"
    assert found.series.areas.loc["north | schools", "area_level"] == "locality by source_group"


def test_what_nobody_could_know_is_refused() -> None:
    counted = count_days(KNOWN, "contacts")
    # A row recorded, or dated, after the last day covered is knowledge of the future.
    short = Coverage(COVERED.first, date(2023, 2, 13))
    with pytest.raises(ForecastError, match="1 events have a recorded_on after 2023-02-13"):
        record_series(counted.assign(happened_on=pd.Timestamp("2023-01-01")), SeriesPlan(), coverage=short)
    with pytest.raises(ForecastError, match="1 events have a happened_on after"):
        record_series(counted, SeriesPlan(), coverage=short)


def test_no_whole_period_is_said() -> None:
    # An empty table of series would fail later, in words nobody could use.
    counted = count_days(KNOWN, "contacts").iloc[:2]
    with pytest.raises(ForecastError, match="no whole month lies within"):
        record_series(counted, SeriesPlan(), coverage=Coverage(date(2023, 1, 2), date(2023, 1, 30)))
    with pytest.raises(ForecastError, match="no whole four weeks lies within"):
        record_series(counted, SeriesPlan(Step.FOUR_WEEKS), coverage=Coverage(date(2023, 1, 2), date(2023, 1, 20)))
    with pytest.raises(ForecastError, match="ends before it begins"):
        Coverage(date(2023, 2, 1), date(2023, 1, 1))


@pytest.mark.parametrize("measure", sorted(EVENTS))
def test_the_engine_counts_the_same(measure: str) -> None:
    plan = CouncilPlan(seed=4, years=1, contacts_a_year=400, warm_up_years=1)
    tables = draw_council(plan).tables
    with KnownTables.from_frames(tables, on=plan.extracted_on) as known:
        for keys in ((), *((key,) for key in EVENTS[measure].keys), EVENTS[measure].keys):
            columns = [*keys, "happened_on", "recorded_on"]
            by_frame = count_days(tables, measure, keys=keys).sort_values(columns, ignore_index=True)
            by_engine = count_days_by_engine(known, measure, keys=keys).sort_values(columns, ignore_index=True)
            # Two ways of counting that differ by a row would give a council two truths.
            pd.testing.assert_frame_equal(by_frame, by_engine[by_frame.columns], check_dtype=False)
