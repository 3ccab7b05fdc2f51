import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.period_calendar import NAMED_DAYS, calendar_ahead, period_calendar
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError
from ehforecast.reference.nations import Nation

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
    england, scotland = period_calendar(august), period_calendar(august, Nation.SCOTLAND)
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
