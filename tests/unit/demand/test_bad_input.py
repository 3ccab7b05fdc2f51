"""Input no forecast should be made from: refused, or forecast plainly with a reason; never a crash or a sure line."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from panels import series_set, synthetic_series

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.doubtful import find_doubtful, without_doubtful
from ehforecast.demand.forecast import ForecastSettings, forecast_demand, without_shocks
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.shocks import COVID_SHOCK, ShockTreatment

SETTINGS = ForecastSettings(
    forecasters=(PooledSmoothing(), RegressionArima()), backtest=BacktestSettings(origins_per_stage=2)
)
Change = Callable[["np.ndarray[tuple[int], np.dtype[np.float64]]"], None]


def changed(change: Change) -> SeriesSet:
    """Four councils, the first one's counts changed in place."""
    series = synthetic_series(councils=4, years=7)
    counts = series.counts.copy()
    own = counts.iloc[:, 0].to_numpy(copy=True)
    change(own)
    counts[counts.columns[0]] = own
    return series_set(counts)


def as_it_is(_: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> None:
    """Nothing changed."""


def run(series: SeriesSet, settings: ForecastSettings = SETTINGS) -> DemandResult:
    return forecast_demand(series, list(series.counts), settings=settings)


def first_area(result: DemandResult) -> "pd.Series[str]":
    return result.areas.iloc[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda own: own[:-2].fill(np.nan), "only 2 months have a count; 24 are needed"),
        (lambda own: own.fill(0.0), "every count of the last 24 months is zero"),
        (lambda own: own.fill(7.0), "every count of the last 24 months is the same"),
        (lambda own: own[-12:].fill(np.nan), "only 0 of the last 12 months have a count"),
    ],
)
def test_what_cannot_be_forecast_is_refused_and_the_rest_is_not(change: Change, reason: str) -> None:
    result = run(changed(change))
    # The reader gets the reason in place of a line without doubt.
    assert first_area(result)["refusal"].startswith(reason)
    # The others do not pay for it.
    assert (result.areas["refusal"] != "").tolist() == [True, False, False, False]
    assert set(result.forecast["area_code"]) == set(result.areas["area_code"][1:])


@pytest.mark.parametrize("place", [40, 81])
def test_one_huge_spike_is_named_and_not_learned_from(place: int) -> None:
    plain, spiked = run(changed(as_it_is)), run(changed(lambda own: own.__setitem__(place, 100_000.0)))
    middles = [result.forecast.query("level == 0.5")["forecast_count"].to_numpy() for result in (plain, spiked)]
    widths = [
        result.forecast.pivot_table(index=["area_code", "month"], columns="level", values="forecast_count")
        for result in (plain, spiked)
    ]
    # One count of a thousand times the usual moved forecasts a hundredfold before; now as if it had not been told.
    assert np.abs(middles[1] / middles[0] - 1).max() < 0.25
    wide = ((widths[1][0.9] - widths[1][0.1]) / (widths[0][0.9] - widths[0][0.1])).to_numpy()
    assert wide.max() < 1.6
    # Named in words, without the count, and still shown as it came.
    note = first_area(spiked)["note"]
    assert "is more than 5 times any other and was left out of what is learned: check it." in note
    assert "100" not in note
    assert spiked.observed["observed_count"].max() == 100_000.0


def test_small_counts_and_levels_are_not_doubted() -> None:
    rng = np.random.default_rng(1)
    counts = rng.poisson(2.0, (60, 3)).astype(float)
    counts[30, 0] = 24.0
    counts[-2:, 1] = 300.0
    counts[:50, 2] = np.nan
    counts[-1, 2] = 500.0
    months = pd.period_range("2015-04", periods=60, freq="M", name="month")
    series = series_set(pd.DataFrame(counts, index=months, columns=list("abc")))
    # A small count by chance, a new level seen twice, and a series too short to know: none is an error for sure.
    assert find_doubtful(series) == {}
    assert without_doubtful(series) is series


def test_gaps_are_stepped_over_and_counted() -> None:
    result = run(changed(lambda own: own.__setitem__([10, 11, 30, 31, 50, 75], np.nan)))
    # Forecast, with the gaps told.
    assert first_area(result)["refusal"] == ""
    assert "6 months are absent" in first_area(result)["note"]


@pytest.mark.parametrize("horizon", [24, 90])
def test_a_horizon_longer_than_history_allows_is_refused(horizon: int) -> None:
    settings = replace(SETTINGS, backtest=BacktestSettings(horizon=horizon, training_months=37))
    # A forecast that no past forecast of its length can vouch for.
    with pytest.raises(ForecastError, match=f"84 months of history are too few to test a forecast of {horizon} months"):
        run(changed(as_it_is), settings)


def test_a_calendar_that_misses_a_year_is_refused() -> None:
    holidays = tuple((date(year, 7, 20), date(year, 8, 31)) for year in range(2009, 2017))
    settings = replace(SETTINGS, calendar=CalendarPlan(school_holidays=holidays))
    # History to March 2016 is covered, the forecast runs into 2017: a year without holidays must not be made up.
    with pytest.raises(ForecastError, match="school holidays are not known for 2017"):
        run(changed(as_it_is), settings)


def test_covid_is_left_out_kept_or_dummied_as_asked() -> None:
    months = pd.period_range("2013-04", periods=120, freq="M", name="month")
    rng = np.random.default_rng(2)
    level = np.where(COVID_SHOCK.holds(months), 50.0, 100.0)
    counts = rng.poisson(level[:, None], (120, 2)).astype(float)
    series = series_set(pd.DataFrame(counts, index=months, columns=["a", "b"]))
    missing = CalendarPlan(shocks=(replace(COVID_SHOCK, treatment=ShockTreatment.MISSING),))
    taken = without_shocks(series, missing)
    # Seventeen months are taken out of what is learned, with a reason that is not the publisher's.
    assert taken.counts["a"].isna().sum() == 17
    assert set(taken.absences.loc["2020-03":"2021-07", "a"]) == {"not_applicable"}
    assert without_shocks(series, CalendarPlan()) is series
    # Two past forecasts, both into the months taken out, leave nothing to choose on: said, not a crash.
    with pytest.raises(ForecastError, match="no method can be chosen"):
        run(series, replace(SETTINGS, calendar=missing))
    result = run(series, replace(SETTINGS, calendar=missing, backtest=BacktestSettings()))
    # They are still shown as they came, and the reader is told.
    assert result.observed["observed_count"].notna().all()
    assert result.notes["note"].tolist() == ["The periods of 'covid', 2020-03 to 2021-07, were taken out."]
    kept = CalendarPlan(shocks=(replace(COVID_SHOCK, treatment=ShockTreatment.KEPT),))
    assert "are learned from like any others" in run(series, replace(SETTINGS, calendar=kept)).notes["note"][0]


def test_a_history_that_ends_in_covid_is_said_to() -> None:
    series = synthetic_series(councils=3, years=9)
    until = pd.period_range(end="2021-03", periods=len(series.periods), freq="M", name="month")
    ends_inside = series_set(series.counts.set_axis(until))
    # Catches a forecast that goes on from before the last thirteen months, and does not say so.
    (said,) = run(ends_inside).notes["note"]
    assert said.startswith("The latest periods (13) lie in 'covid', 2020-03 to 2021-07.")
    # Catches the same said of every history with Covid somewhere in it.
    assert run(series_set(series.counts.set_axis(until + 12))).notes.empty
