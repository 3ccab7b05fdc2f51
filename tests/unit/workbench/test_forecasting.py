"""Series, forecasters and tests on the past in a notebook: what they say is what the engine says."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import ehforecast as eh
from ehforecast.errors import ForecastError, SettingsError

mpl.use("Agg")
MONTHS = pd.period_range("2016-04", periods=96, freq="M")


def counts() -> pd.DataFrame:
    draw = np.random.default_rng(4)
    season = 100 + 20 * np.sin(np.arange(96) * 2 * np.pi / 12)
    return pd.DataFrame({"North": draw.poisson(season), "South": draw.poisson(2 * season)}, index=MONTHS)


@pytest.fixture(scope="module")
def series() -> eh.Series:
    return eh.Series.of_frame(counts(), measure="referrals")


@pytest.fixture(scope="module")
def forecast(series: eh.Series) -> eh.Forecast:
    return eh.forecast(series, ["seasonal_naive", "theta"], horizon=6)


def test_a_frame_becomes_series_and_comes_back(series: eh.Series) -> None:
    # Catches counts, names or months changed on the way.
    pd.testing.assert_frame_equal(series.to_frame(), counts().astype("float64"), check_freq=False)
    assert repr(series) == "referrals by month: 2 series, April 2016 to March 2024."


def test_an_absent_month_stays_absent() -> None:
    series = eh.Series.of_frame(counts().drop(MONTHS[50]))
    # Catches a hole that is closed up, or filled with nought.
    assert series.to_frame().loc[MONTHS[50]].isna().all()
    assert len(series.to_frame()) == 96


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (counts().set_axis(MONTHS.to_timestamp()), "give counts with a PeriodIndex"),
        (pd.concat([counts(), counts().tail(1)]), "each period once"),
        (-counts(), "192 counts are negative"),
        (counts().assign(South=np.inf), "column 'South': 96 values are not finite numbers"),
        (counts().assign(North="many"), "column 'North': 96 values are not finite numbers"),
        (counts().set_axis(["South", "South"], axis=1), "columns whose name stands before: 1"),
        (counts()[[]], "there are no counts"),
        (counts().head(0), "there are no counts"),
    ],
)
def test_what_are_not_counts_by_period_is_refused(frame: pd.DataFrame, said: str) -> None:
    # Catches dates read as if they were months, a month counted twice, a count below or beyond all, and an error of
    # pandas' own, which may quote what stands in a cell.
    with pytest.raises(ForecastError, match=said):
        eh.Series.of_frame(frame)


def test_one_series_alone_keeps_its_name() -> None:
    # Catches 96 series of one month each.
    assert eh.Series.of_frame(counts()["North"]).names == ["North"]
    assert eh.Series.of_frame(counts()["North"].rename(None), measure="referrals").names == ["referrals"]


def test_one_method_is_its_name_and_a_horizon_is_ahead(series: eh.Series) -> None:
    # Catches a name taken apart into letters.
    assert repr(eh.backtest(series, "seasonal_naive", horizon=6)).startswith("1 method tested at ")
    # Catches a horizon of nothing ending in an error of pandas' own.
    for ask in (eh.forecast, eh.backtest):
        with pytest.raises(ForecastError, match="at least 1 period, not 0"):
            ask(series, ["theta"], horizon=0)


def test_only_some_are_forecast_and_all_are_learned_from(series: eh.Series) -> None:
    south = series.only("South")
    # Catches the others lost to the methods that borrow from them.
    assert (south.names, list(south.counted.counts)) == (["South"], ["North", "South"])
    with pytest.raises(SettingsError, match="no series West; there are North, South"):
        series.only("West")


def test_a_forecaster_learns_and_forecasts(series: eh.Series) -> None:
    ahead = eh.Forecaster("seasonal_naive").fit(series).predict(12)
    last = counts()["North"].iloc[-12:].to_numpy()
    # Catches quantiles in the wrong order, series or month: the middle of this method is the same month a year before.
    np.testing.assert_allclose(ahead.loc["North", 0.5].to_numpy(), last, atol=1)
    assert (np.diff(ahead.to_numpy(), axis=1) >= 0).all()
    assert ahead.index.get_level_values("period")[0] == MONTHS[-1] + 1
    assert "seasonal_naive" in repr(eh.Forecaster("seasonal_naive"))


def test_a_forecaster_says_what_it_lacks(series: eh.Series) -> None:
    # Catches a forecast from nothing, of nothing, or by nobody.
    with pytest.raises(ForecastError, match="call fit"):
        eh.Forecaster("theta").predict()
    with pytest.raises(ForecastError, match="at least 1 period, not 0"):
        eh.Forecaster("theta").fit(series).predict(0)
    with pytest.raises(SettingsError, match="no forecaster named oracle"):
        eh.Forecaster("oracle")
    with pytest.raises(ForecastError, match="2 of 2 series have too little history"):
        eh.Forecaster("theta").fit(eh.Series.of_frame(counts().head(5))).predict()


def test_methods_are_tested_at_dates_in_the_past(series: eh.Series) -> None:
    tested = eh.backtest(series, ["seasonal_naive", "theta"], horizon=6)
    # Catches a table of other methods or without the figures people ask for.
    assert list(tested.to_frame().index) == ["seasonal_naive", "theta"]
    assert {"wape", "coverage80", "mase"} <= set(tested.to_frame())
    # Catches tests that count one date twice.
    assert f"{tested.scores['origin'].nunique()} dates in the past on 2 series" in repr(tested)
    misses = tested.misses()
    # Catches misses of the earlier dates, on which methods are chosen, or of periods counted together.
    assert (misses.shape, list(misses)) == ((6, 2), ["seasonal_naive", "theta"])
    assert misses["theta"].mean() == pytest.approx(tested.to_frame().loc["theta", "wape"], rel=0.05)
    # Catches a picture of other figures.
    np.testing.assert_allclose(tested.plot().get_lines()[1].get_ydata(), misses["theta"])


def test_a_forecast_shows_itself(forecast: eh.Forecast) -> None:
    table = forecast.to_frame()
    # Catches a table without a row for each series and month.
    assert len(table) == 2 * 6
    assert table.loc["South", 0.5].mean() > 1.5 * table.loc["North", 0.5].mean()
    # Catches accuracy told of another method than the one that forecasts.
    assert "referrals: 2 series, 6 periods after 2024-03" in repr(forecast)
    assert "its 80% ranges held" in repr(forecast)
    assert {"wape", "coverage80"} <= set(forecast.accuracy()["metric"])
    html = forecast._repr_html_()
    # Catches a notebook's display that is not the table, or that hides how much there is.
    assert "<table" in html
    assert "The first 12 of" not in html


def test_plots_draw_what_the_tables_hold(series: eh.Series, forecast: eh.Forecast) -> None:
    lines = series.plot().get_lines()
    # Catches a series that is not drawn, or drawn with other values.
    np.testing.assert_allclose(lines[1].get_ydata(), counts()["South"])
    middle = forecast.plot("South").get_lines()[0]
    np.testing.assert_allclose(middle.get_ydata(), forecast.to_frame().loc["South", 0.5])
    with pytest.raises(SettingsError, match="no series West"):
        forecast.plot("West")


def test_weeks_are_drawn_by_their_first_day() -> None:
    weeks = pd.period_range("2019-01-07", periods=220, freq="W-SUN")
    draw = np.random.default_rng(1).poisson(50, 220)
    found = eh.forecast(eh.Series.of_frame(pd.DataFrame({"All": draw}, index=weeks)), ["seasonal_naive"], horizon=4)
    # Catches a plot that knows months only.
    assert len(found.plot().get_lines()[0].get_xdata()) == 4
