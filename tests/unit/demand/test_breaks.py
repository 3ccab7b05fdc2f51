"""Breaks in single series: found, dated and sized; one odd month, a season and a named shock are none."""

import numpy as np
import pandas as pd
import pytest
from past_series import Null, drawn_counts, series_set, step_at

from ehforecast.demand.breaks import BreakPlan, BreaksFound, find_breaks
from ehforecast.demand.breaks_noise import Evidence, Known, UsualMoves, step_columns
from ehforecast.demand.breaks_series import adjusted_series, shared_by_others
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan

MONTHS = pd.period_range("2010-04", periods=84, freq="M")
STEADY = Null(noise=0.05)


def found(counts: pd.DataFrame, level: str = "hub", plan: BreakPlan | None = None) -> BreaksFound:
    return find_breaks(series_set(counts, level), [str(counts.columns[0])], plan=plan)


def one(change: "np.ndarray | None" = None, null: Null = STEADY, seed: int = 3) -> pd.DataFrame:
    return drawn_counts(null, MONTHS, number=1, seed=seed, change=change)


def test_a_step_is_found_dated_and_sized() -> None:
    rows = found(one(step_at(MONTHS, "2014-04", 0.5))).breaks
    # Catches a break missed, called late, or put on another month.
    assert rows[["month", "found_on"]].to_numpy().tolist() == [["2014-04", "2014-05"]]
    row = rows.iloc[0]
    # Catches a size far from the truth, a half, and a range that leaves it out.
    assert row["low"] <= 0.5 <= row["high"]
    assert row["ratio"] == pytest.approx(0.5, rel=0.1)
    # Catches typical counts taken from the wrong side: 300 a month before, 150 after, within a tenth.
    assert [row["before_count"], row["after_count"]] == pytest.approx([300, 150], rel=0.1)
    # Catches a break so clear that is said to be of chance's making.
    assert row["p_value"] < 0.001


def test_a_single_month_that_stands_out_is_no_break() -> None:
    counts = one()
    counts.iloc[48] *= 0.4
    rows = found(counts)
    # Catches one odd month called a change of level.
    assert rows.breaks.empty
    # Catches it passed over in silence, or known before the month after was.
    assert rows.singles[["month", "found_on"]].to_numpy().tolist() == [["2014-04", "2014-05"]]
    assert rows.singles["ratio"].iloc[0] == pytest.approx(0.4, rel=0.25)


def test_a_strong_season_is_no_break() -> None:
    counts = one()
    season = np.where(np.isin(MONTHS.month, [8, 12]), 0.5, 1.0)
    # Catches a season of a half called breaks twice a year.
    assert found(counts.mul(season, axis=0).round()).breaks.empty


def test_covid_is_a_named_window_and_no_break() -> None:
    months = pd.period_range("2015-04", periods=96, freq="M")
    fell = np.where((months >= pd.Period("2020-03")) & (months <= pd.Period("2021-07")), np.log(0.7), 0.0)
    rows = found(drawn_counts(STEADY, months, number=1, seed=4, change=fell))
    # Catches the shock called a break at its beginning or end.
    assert rows.breaks.empty
    # Catches it not told of, or with a size that is not the truth: 0.7, and the old level after.
    window = rows.windows.iloc[0]
    assert (window["window"], window["months"]) == ("covid", 17)
    assert window["low"] <= 0.7 <= window["high"]
    assert window["after_low"] <= 1.0 <= window["after_high"]


def test_a_shock_that_is_kept_is_looked_at_like_any_other_time() -> None:
    months = pd.period_range("2015-04", periods=84, freq="M")
    fell = np.where(months >= pd.Period("2020-06", "M"), np.log(0.5), 0.0)
    counts = drawn_counts(STEADY, months, number=1, seed=4, change=fell)
    rows = found(counts, plan=BreakPlan(CalendarPlan(shocks=())))
    # Catches months that a configuration wants looked at left out all the same.
    assert rows.breaks["month"].tolist() == ["2020-06"]
    assert rows.windows.empty


def test_data_that_end_before_a_window_or_begin_in_it_tell_nothing_of_it() -> None:
    inside = pd.period_range("2020-01", periods=60, freq="M")
    # Catches a window sized against fewer than twelve months before it.
    assert found(drawn_counts(STEADY, inside, number=1, seed=4)).windows.empty
    ends = pd.period_range("2015-04", "2020-12", freq="M")
    window = found(drawn_counts(STEADY, ends, number=1, seed=4)).windows.iloc[0]
    # Catches a level after a window that has not ended.
    assert np.isnan(window["after_ratio"])
    assert window["months_after"] == 0


def test_a_window_without_any_figure_is_not_sized() -> None:
    months = pd.period_range("2015-04", periods=96, freq="M")
    counts = drawn_counts(STEADY, months, number=1, seed=4)
    counts.loc["2020-03":"2021-07"] = np.nan
    # Catches a crash over a council that published nothing in a shock, as Hackney did not.
    assert found(counts).windows.empty


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        (one().iloc[:24], "only 24 months outside named windows have a count; 25 are needed"),
        (one() * 0 + 2, "too few in a usual period"),
    ],
)
def test_a_series_that_cannot_be_watched_is_refused_in_words(counts: pd.DataFrame, words: str) -> None:
    row = found(counts).areas.iloc[0]
    # Catches silence where no break could have been found: it would read as none.
    assert words in row["refusal"]
    assert row["months_watched"] == 0


def test_absent_months_are_neither_noughts_nor_breaks() -> None:
    counts = one()
    counts.iloc[40:44] = np.nan
    rows = found(counts)
    # Catches a hole read as a fall to nought.
    assert rows.breaks.empty
    assert rows.areas["months"].iloc[0] == 80


def test_what_all_councils_share_is_no_break_of_one() -> None:
    counts = drawn_counts(STEADY, MONTHS, number=14, seed=5, change=step_at(MONTHS, "2014-04", 0.6))
    rows = found(counts, level="council")
    # Catches a national change called one council's own.
    assert rows.breaks.empty
    assert rows.areas["against"].iloc[0] == "other councils"
    # Catches the same series, alone, held against councils that are not there.
    assert found(counts.iloc[:, :1], level="council").breaks["month"].tolist() == ["2014-04"]


def test_weeks_are_watched_too() -> None:
    weeks = pd.period_range("2011-01-03", periods=208, freq="W-SUN")
    fell = np.where(np.arange(208) >= 150, np.log(0.5), 0.0)
    rows = found(drawn_counts(Null(level=80, noise=0.05), weeks, number=1, seed=6, change=fell))
    # Catches a weekly series left unwatched, or a break dated more than a fortnight off or found later than a month.
    assert len(rows.breaks) == 1
    row = rows.breaks.iloc[0]
    assert abs((pd.Period(row["month"].split("/")[0], "W-SUN") - weeks[150]).n) <= 2
    assert row["months_to_find"] <= 4


def test_days_are_refused() -> None:
    days = pd.period_range("2011-01-03", periods=60, freq="D")
    with pytest.raises(ForecastError, match="by week, four weeks or month"):
        adjusted_series(series_set(pd.DataFrame(5.0, index=days, columns=["E08000001"])))


def test_four_weeks_have_a_season_of_waves() -> None:
    periods = pd.period_range("2011-01-03", periods=40, freq="28D")
    adjusted = adjusted_series(series_set(pd.DataFrame(50.0, index=periods, columns=["a"]), "hub"))
    # Catches steps of four weeks treated as months: their season has no twelve effects, and is symmetric.
    assert adjusted.season["a"].shape == (40, 40)
    assert np.allclose(adjusted.season["a"], adjusted.season["a"].T)


def test_others_are_all_but_oneself() -> None:
    logs = pd.DataFrame({"a": [0.0, 1.0], "b": [0.0, 2.0], "c": [0.0, 6.0]})
    # Catches a series held against a mean with itself in it.
    assert shared_by_others(logs).iloc[1].tolist() == [4.0, 3.5, 1.5]


def test_a_step_measured_without_season_or_drift_is_the_difference_of_means() -> None:
    moves = UsualMoves(kept=0.0, drift=0.0)
    times = np.arange(20)
    values = np.random.default_rng(1).normal(size=20) * 0.1 + (times >= 12) * 0.5
    known = Known(values, times, np.zeros((20, 20)))
    size, error = Evidence.of(known, moves).effects(step_columns(times, [12]))
    # Identity: with white noise and a free level, generalised least squares is the plain difference of two means.
    assert size[0] == pytest.approx(values[12:].mean() - values[:12].mean(), abs=1e-3)
    # And its standard error the textbook one, for the noise that the series is found to have.
    single = Evidence.of(known, moves).effects(np.eye(20)[:, :1])[1][0] / np.sqrt(20 / 19)
    assert error[0] == pytest.approx(single * np.sqrt(1 / 8 + 1 / 12), rel=0.01)
