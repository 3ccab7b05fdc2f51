from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.period_calendar import NAMED_DAYS, calendar_ahead, events_not_seen, period_calendar
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan, DatedEvent
from ehforecast.reference.nations import Nation
from ehforecast.reference.shocks import COVID_SHOCK, ShockTreatment

YEAR = {
    "D": pd.period_range("2023-01-01", "2023-12-31", freq="D"),
    "W-SUN": pd.period_range("2023-01-02", "2023-12-31", freq="W-SUN"),
    "28D": pd.period_range("2023-01-01", periods=13, freq="28D"),
    "M": pd.period_range("2023-01", "2023-12", freq="M"),
}


@pytest.mark.parametrize("freq", YEAR)
def test_every_day_is_counted_once(freq: str) -> None:
    counted = period_calendar(YEAR[freq])
    # A day lost at a period's edge, or counted in two, would show in the sum.
    assert counted["days"].sum() == len(pd.date_range(YEAR[freq][0].start_time, YEAR[freq][-1].end_time.normalize()))
    # Parts of a whole.
    assert (counted["school_days"] <= counted["working_days"]).all()
    assert (counted["working_days"] <= counted["days"]).all()


@pytest.mark.parametrize("freq", ["D", "W-SUN", "28D", "M"])
def test_named_days_of_a_year_add_up_at_every_step(freq: str) -> None:
    named = period_calendar(YEAR[freq])[list(NAMED_DAYS)].sum()
    # One Christmas, four days between it and New Year's Eve, one Easter; and six other bank holidays, the coronation's
    # among them, for New Year's Day fell on a Sunday and its Monday is the day after it.
    assert named["christmas_day"] == 1
    assert named["easter_sunday"] == 1
    assert named["between_christmas_and_new_year"] == 4
    assert named["other_bank_holiday"] == 6


def test_nations_differ() -> None:
    august = pd.period_range("2023-08", periods=1, freq="M")
    england, scotland = period_calendar(august), period_calendar(august, CalendarPlan(Nation.SCOTLAND))
    # Scotland's August bank holiday comes first in the month, but there is one in each nation.
    assert england["bank_holidays"].tolist() == scotland["bank_holidays"].tolist() == [1.0]
    # Scotland's schools keep another year, which is not known here: it must not be filled with England's.
    assert np.isnan(scotland["school_days"]).all()
    assert scotland["holiday_share"].tolist() == [0.0]


def test_years_unknown_are_refused() -> None:
    # A calendar that ends must not make up quiet years.
    with pytest.raises(ForecastError, match="no calendar for"):
        period_calendar(pd.period_range("2050-06", periods=12, freq="M"))


def test_calendar_ahead_covers_past_and_future() -> None:
    past = pd.period_range("2023-01", periods=3, freq="M")
    # One row short would fail at the last month ahead.
    assert len(calendar_ahead(past, 12)) == 15


def test_step_is_named_or_refused() -> None:
    # The season of a step decides the naive forecast and the scale of MASE.
    assert [step_of(periods).season for periods in YEAR.values()] == [7, 52, 13, 12]
    assert step_of(YEAR["28D"]) is Step.FOUR_WEEKS
    with pytest.raises(ForecastError, match="periods of 'Q"):
        step_of(pd.period_range("2020-01", periods=4, freq="Q"))


STRIKE = DatedEvent("strike", ((date(2023, 3, 15), date(2023, 3, 16)), (date(2024, 12, 30), date(2025, 1, 2))))


@pytest.mark.parametrize("freq", YEAR)
def test_own_events_add_up_at_every_step(freq: str) -> None:
    plan = CalendarPlan(islamic_events=("ramadan",), events=(STRIKE,))
    counted = period_calendar(YEAR[freq], plan)
    # Two days of strike in 2023 and none of the other span; Ramadan had 29 days.
    assert counted["event_strike"].sum() == 2
    assert counted["event_ramadan"].sum() == 29


def test_an_event_over_the_turn_of_the_year_is_whole() -> None:
    months = period_calendar(pd.period_range("2024-12", "2025-01", freq="M"), CalendarPlan(events=(STRIKE,)))
    # Looked up year by year, a span over New Year could be lost or counted twice.
    assert months["event_strike"].tolist() == [2.0, 2.0]


def test_a_level_shift_is_a_share_of_its_first_period() -> None:
    months = pd.period_range("2023-05", "2023-07", freq="M")
    shift = period_calendar(months, CalendarPlan(level_shifts=(date(2023, 6, 16),)))["shift_2023-06-16"]
    # Half of June: a whole month of it would drag the estimate.
    assert shift.tolist() == [0.0, 0.5, 1.0]


def test_shocks_are_marked_where_they_get_effects_of_their_own() -> None:
    months = pd.period_range("2020-02", "2020-04", freq="M")
    kept = CalendarPlan(shocks=(replace(COVID_SHOCK, treatment=ShockTreatment.KEPT),))
    # The default marks the Covid window; a shock that is kept is time like any other.
    assert period_calendar(months)["shock"].tolist() == [0.0, 1.0, 1.0]
    assert period_calendar(months, kept)["shock"].tolist() == [0.0, 0.0, 0.0]


def test_events_that_never_came_are_named() -> None:
    past = pd.period_range("2023-01", "2024-06", freq="M")
    plan = CalendarPlan(
        islamic_events=("ramadan",),
        events=(DatedEvent("fair", ((date(2024, 9, 1), date(2024, 9, 2)),)), DatedEvent("old", STRIKE.spans[:1])),
        level_shifts=(date(2025, 1, 1),),
    )
    calendar = calendar_ahead(past, 12, plan=plan)
    # A reader must know what the forecast cannot know; what came before, or does not come, is no such thing.
    assert events_not_seen(calendar, past) == ("fair", "2025-01-01")
