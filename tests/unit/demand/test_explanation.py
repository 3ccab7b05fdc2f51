from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from panels import series_set, synthetic_series

from ehforecast.demand.contributions import Contributions, Effect
from ehforecast.demand.decomposition import pooled_contributions
from ehforecast.demand.explanation import explain_forecast, shares_of_change
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.reference.calendar_plan import CalendarPlan, DatedEvent
from ehforecast.reference.nations import Nation

MONTHS = pd.period_range("2010-04", periods=96, freq="M", name="month")
NOVEMBERS = tuple((date(year, 11, 1), date(year, 11, 30)) for year in (2011, 2013, 2014, 2016, 2018))
CAMPAIGN = DatedEvent("campaign", NOVEMBERS)
PLAN = CalendarPlan(events=(CAMPAIGN,), level_shifts=(date(2014, 4, 1),))


def exact_task() -> Task:
    """Counts that are exactly a level, twelve months, holidays, a campaign and a shift: nothing else."""
    calendar = calendar_ahead(MONTHS, 12, plan=PLAN)
    past = calendar.loc[MONTHS]
    season = np.array([0.0, 0.02, -0.02, 0.01, 0.06, 0.0, 0.0, 0.005, 0.01, 0.0, -0.025, -0.06])
    season[7] = (season[6] + season[8]) / 2
    logs = season[MONTHS.month - 1] + np.log(0.8) * past["holiday_share"]
    logs = logs + np.log(1.3) * past["event_campaign"] / past["days"] + np.log(1.5) * past["shift_2014-04-01"]
    counts = np.exp(logs).to_numpy() * past["working_days"].to_numpy()
    series = series_set(pd.DataFrame({"a": 50 * counts, "b": 5 * counts}, index=MONTHS))
    return Task(series, ["a", "b"], calendar, 12)


def test_effects_are_found_where_nothing_else_moves() -> None:
    found = {effect.name: effect for effect in pooled_contributions(exact_task()).effects}
    # Each to a tenth of a per cent, for there is no noise: a wrong reference, share or sign would miss by far.
    assert found["school_holiday"].ratio == pytest.approx(0.8, rel=1e-3)
    assert found["event_campaign"].ratio == pytest.approx(1.3, rel=1e-3)
    assert found["shift_2014-04-01"].ratio == pytest.approx(1.5, rel=1e-3)
    assert found["5"].ratio / found["12"].ratio == pytest.approx(np.exp(0.12), rel=1e-3)
    # In words and with units.
    expected = "a working day in the school holidays carries 0.80 of a school day ("
    assert found["school_holiday"].words.startswith(expected)


def test_effects_of_noisy_series_are_within_their_intervals() -> None:
    held = []
    for seed in range(12):
        series = synthetic_series(councils=30, years=9, seed=seed)
        task = Task(series, list(series.counts)[:1], calendar_ahead(series.periods, 12), 12)
        effect = next(each for each in pooled_contributions(task).effects if each.name == "school_holiday")
        held.append(effect.low <= 0.8 <= effect.high)
        # Thirty councils tell the ratio within five points.
        assert effect.ratio == pytest.approx(0.8, abs=0.05)
    # Twelve intervals at 95%: three misses are one chance in fifty.
    assert sum(held) >= 9


def test_parts_add_up_to_the_forecast_on_both_scales() -> None:
    series = synthetic_series(councils=3, years=7)
    series.counts.iloc[20, 0] = np.nan
    task = Task(series, list(series.counts), calendar_ahead(series.periods, 12), 12)
    middle = SeasonalNaive().quantiles(task)[:, :, 6]
    middle[0, 3] = 0.0
    table = explain_forecast(task, middle, forecaster=SeasonalNaive()).explanation
    ahead = table[table["month"].isin(task.future_periods.astype(str))]
    sums = ahead.groupby(["area_code", "month"])[["log_effect", "count"]].sum()
    expected = np.maximum(middle, 0.05).ravel()
    # Exactly, on the log scale and in counts: a planner who adds the columns up must get the forecast.
    assert np.allclose(sums["log_effect"], np.log(expected), atol=1e-9)
    assert np.allclose(sums["count"], expected, atol=1e-9)
    past = table[table["month"].isin(series.periods.astype(str))]
    came = past.groupby(["area_code", "month"])["count"].sum(min_count=6).unstack(0)
    # The past adds up to what came, where something came.
    assert np.allclose(came.to_numpy(), series.counts[sorted(series.counts)].iloc[-24:].to_numpy(), equal_nan=True)


def test_a_straight_line_of_what_is_left_is_level_and_trend() -> None:
    task = exact_task()
    found = pooled_contributions(task)
    shape = sum(found.ahead.values())
    middle = np.exp(shape + np.log(100.0) + 0.01 * np.arange(12))
    table = explain_forecast(task, middle, forecaster=SeasonalNaive()).explanation
    wide = table[table["month"].isin(task.future_periods.astype(str))].pivot_table(
        index="month", columns="part", values="log_effect", aggfunc="first"
    )
    # All of a straight line goes to level and trend, nothing to the rest.
    assert np.allclose(wide["level"], np.log(100.0))
    assert np.allclose(wide["trend"], 0.01 * np.arange(12), atol=1e-9)
    assert np.allclose(wide["rest"], 0.0, atol=1e-9)


@dataclass(frozen=True)
class Telling(SeasonalNaive):
    """A forecaster with an account of its own."""

    def contributions(self, task: Task) -> Contributions:
        areas, ahead, past = len(task.areas), task.horizon, len(task.history.periods)
        return Contributions(
            past={"season": np.zeros((areas, past))},
            ahead={"season": np.full((areas, ahead), 0.25)},
            past_level=np.zeros((areas, past)),
            effects=(Effect("own", 2.0, 1.5, 2.5, "a day", "another"),),
        )


def test_a_forecaster_with_an_account_of_its_own_is_believed() -> None:
    task = exact_task()
    found = explain_forecast(task, np.full((2, 12), 80.0), forecaster=Telling())
    season = found.explanation.query("part == 'season' and month == '2018-06'")["log_effect"]
    # The pooled decomposition must not be put in its place.
    assert season.tolist() == [0.25, 0.25]
    assert found.effects["words"].tolist()[-1] == "a day carries 2.00 of another (1.50 to 2.50)"
    # What all series together show is told beside its own effects.
    assert "school_holiday" in found.effects["effect"].tolist()
    # One month ahead has no trend, and no division by nought.
    one = replace(task, horizon=1)
    table = explain_forecast(one, np.full((2, 1), 80.0), forecaster=Telling()).explanation
    assert table.query("month == '2018-04' and part == 'trend'")["log_effect"].tolist() == [0.0, 0.0]


def test_shares_of_a_change_favour_nobody() -> None:
    parts = {"a": np.log(np.array([2.0, 3.0])), "b": np.log(np.array([3.0, 2.0]))}
    shares = shares_of_change(parts, before=np.array([10.0, 10.0]), after=np.array([60.0, 60.0]))
    # They add up to the change, and swapping the parts swaps the shares.
    assert np.allclose(shares["a"] + shares["b"], 50.0)
    assert np.allclose(shares["a"], shares["b"][::-1])


@pytest.mark.parametrize("freq", ["D", "W-SUN", "28D"])
def test_other_steps_are_explained_too(freq: str) -> None:
    periods = pd.period_range("2015-01-05", periods={"D": 900, "W-SUN": 160, "28D": 50}[freq], freq=freq, name="period")
    calendar = calendar_ahead(periods, 12)
    past = calendar.loc[periods]
    counts: Array = np.exp(np.log(0.8) * past["holiday_share"]).to_numpy() * (5 + 20 * past["working_days"].to_numpy())
    if freq != "D":
        counts = np.exp(np.log(0.8) * past["holiday_share"]).to_numpy() * 20 * past["working_days"].to_numpy()
    noisy = np.random.default_rng(1).poisson(counts * 10).astype(float)
    task = Task(series_set(pd.DataFrame({"a": noisy}, index=periods)), ["a"], calendar, 12)
    found = {effect.name: effect for effect in pooled_contributions(task).effects}
    # The same ratio at every step; 200 events a day leave an error of under two points, four-week periods of five.
    assert found["school_holiday"].ratio == pytest.approx(0.8, abs=0.06)
    if freq == "D":
        # A Saturday has a fifth of a working day: weekdays are told against a usual working day.
        assert found["Saturday"].ratio == pytest.approx(0.2, abs=0.03)
        assert found["Monday"].ratio == pytest.approx(1.0, abs=0.03)
        # A bank holiday has the count of a Sunday: a fifth of its weekday.
        assert found["christmas_day"].ratio == pytest.approx(0.2, abs=0.08)


def test_without_school_terms_august_has_an_effect_of_its_own() -> None:
    calendar = calendar_ahead(MONTHS, 12, plan=CalendarPlan(Nation.SCOTLAND))
    counts = calendar.loc[MONTHS, "working_days"].to_numpy() * np.where(MONTHS.month == 8, 7.0, 10.0)
    task = Task(series_set(pd.DataFrame({"a": counts}, index=MONTHS)), ["a"], calendar, 12)
    found = {effect.name: effect for effect in pooled_contributions(task).effects}
    # Where no holidays are known, August is not held to its neighbours.
    assert found["8"].ratio / found["7"].ratio == pytest.approx(0.7, rel=1e-3)
    assert "school_holiday" not in found
