"""The calendar of arrivals: what every council shares, and how each one's months and years move."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.synthetic.arrival_calendar import ArrivalCalendar, draw_calendar
from ehforecast.synthetic.council_truth import ArrivalTruth

MONTHS = pd.period_range("2018-04", periods=72, freq="M")
TRUTH = ArrivalTruth()


def draw(seed: int, months: pd.PeriodIndex = MONTHS) -> ArrivalCalendar:
    return draw_calendar(months, TRUTH, rng=np.random.default_rng(seed))


def test_months_are_a_shared_calendar_times_a_disturbance() -> None:
    first, second = (calendar.month_factors / calendar.disturbances for calendar in (draw(1), draw(2)))
    # Catches a disturbance that is told but does not move the months, or moves them twice.
    np.testing.assert_allclose(first, second)
    # Catches a calendar without August, or without Covid.
    by_month = pd.Series(first, index=MONTHS)
    assert by_month["2019-08"] < 0.9 * by_month["2019-11"]
    assert by_month["2020-04"] < 0.9 * by_month["2019-04"]


def test_disturbances_have_their_size_and_memory() -> None:
    drawn = np.log(np.array([draw(seed).disturbances for seed in range(100)]))
    # Catches months too calm or too wild; 7,200 months, correlated: standard error 0.002.
    assert drawn.std() == pytest.approx(TRUTH.monthly_sd, abs=0.006)
    # Catches months without memory; standard error 1/sqrt(7100) = 0.012.
    lagged = np.corrcoef(drawn[:, 1:].ravel(), drawn[:, :-1].ravel())[0, 1]
    assert lagged == pytest.approx(TRUTH.monthly_autocorrelation, abs=0.04)


def test_levels_move_each_april() -> None:
    levels = np.log(np.array([draw(seed).levels for seed in range(200)]))
    moves = np.diff(levels, axis=1)
    aprils = MONTHS.month.to_numpy()[1:] == 4
    # Catches levels that move in another month.
    assert not moves[:, ~aprils].any()
    expected = np.sqrt(TRUTH.yearly_sd**2 + TRUTH.break_chance * TRUTH.break_sd**2)
    # Catches years of another size: 1,000 moves with heavy tails, standard error about 5%.
    assert moves[:, aprils].std() == pytest.approx(expected, rel=0.15)


def test_days_are_drawn_by_weight() -> None:
    calendar = draw(1)
    on = calendar.draw_days(4, 20_000, rng=np.random.default_rng(1))
    days = pd.DatetimeIndex(on.astype("datetime64[D]"))
    # Catches days of another month.
    assert set(days.to_period("M")) == {MONTHS[4]}
    # Catches weekends as busy as weekdays: 4% of a week, in August more, because weekdays are calmer.
    assert (days.day_of_week >= 5).mean() == pytest.approx(0.05, abs=0.015)


def test_share_after_a_day() -> None:
    calendar = draw(1)
    last_of_month, first = calendar.first_days[1:2] - 1, calendar.first_days[:1]
    # Catches a window that is off by a day: nothing is left after a month's last day, and nearly all after its first.
    assert calendar.share_after(last_of_month)[0] == pytest.approx(0, abs=1e-12)
    assert 0.9 < calendar.share_after(first)[0] < 1
    # Catches a day counted to the wrong month.
    assert calendar.month_of(last_of_month)[0] == 0
    assert calendar.month_of(calendar.first_days[1:2])[0] == 1
