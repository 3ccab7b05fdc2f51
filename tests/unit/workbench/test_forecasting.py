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
    with pytest.raises(ForecastError, match="at least 1 period, not '3'"):
        eh.Forecaster("theta").fit(series).predict("3")  # type: ignore[arg-type]
    late = counts().astype("float64")
    late.iloc[-6:, 1] = np.nan
    # Catches a refusal that names no series, or blames a short history for one that ended.
    said = "1 of 2 series cannot be forecast: South, only 6 of the last 12 months have a count"
    with pytest.raises(ForecastError, match=said):
        eh.Forecaster("theta").fit(eh.Series.of_frame(late)).predict()


def test_a_frame_is_not_yet_series() -> None:
    # Catches an error of Python's own that does not say what to do.
    for ask in (eh.forecast, eh.backtest, eh.Forecaster("theta").fit):
        with pytest.raises(SettingsError, match="a DataFrame is not yet a Series"):
            ask(counts())  # type: ignore[operator]
    with pytest.raises(ForecastError, match="a frame or a series of pandas, not as list"):
        eh.Series.of_frame([1, 2, 3])  # type: ignore[arg-type]


def test_nothing_asked_is_said(series: eh.Series) -> None:
    # Catches a history blamed for being too short where no method, or no series, was asked for.
    with pytest.raises(SettingsError, match="no method is named"):
        eh.backtest(series, [])
    with pytest.raises(SettingsError, match="name at least one series; there are North, South"):
        series.only()


def test_the_past_is_tested_as_it_is_forecast() -> None:
    frame = counts().astype("float64")
    frame.iloc[70, 0] *= 10  # a load of old cases on one day, which a forecast does not learn from
    spoilt = eh.Series.of_frame(frame)
    told = eh.forecast(spoilt, ["seasonal_naive", "theta"]).accuracy()
    told = told[(told["area_code"] == "all") & (told["stage"] == "report") & (told["forecaster"] == "theta")]
    tested = eh.backtest(spoilt, ["theta"]).to_frame().loc["theta"]
    # Catches two accuracies of one method on one series, the larger from a count that is left out elsewhere.
    for metric in ("wape", "mase", "coverage80"):
        assert tested[metric] == pytest.approx(told.set_index("metric").loc[metric, "value"], abs=1e-12)
    # Catches a forecast that repeats the spoilt count.
    frame = counts().astype("float64")
    frame.iloc[-6, 0] *= 10
    ahead = eh.Forecaster("seasonal_naive").fit(eh.Series.of_frame(frame)).predict(12)
    assert ahead.loc["North", 0.5].max() < 2 * counts()["North"].max()


def test_series_that_could_not_be_tested_are_told() -> None:
    new, young = np.r_[np.full(82, np.nan), np.full(14, 5.0)], np.r_[np.full(70, np.nan), np.arange(26.0)]
    frame = counts().assign(New=new, Young=young)
    tested = eh.backtest(eh.Series.of_frame(frame), ["seasonal_naive"])
    # Catches series that count as tested, and never were.
    assert "on 2 series" in repr(tested)
    said = {"New": "only 14 months have a count; 24 are needed", "Young": "too little history at every date tested"}
    assert tested.untested == said
    assert "2 series could not be tested: New, only 14 months" in repr(tested)
    # Catches the accuracy of others taken for that of a series that was forecast and never tested.
    assert "Too short to be tested on earlier dates: Young." in repr(eh.forecast(eh.Series.of_frame(frame), ["theta"]))
    # Catches a constant series refused for the length of its history.
    with pytest.raises(ForecastError, match="no series can be forecast: Same, every count"):
        eh.backtest(eh.Series.of_frame(pd.DataFrame({"Same": 7.0}, index=MONTHS)))


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


def test_series_can_have_a_calendar_of_their_own() -> None:
    months = pd.period_range("2014-04", periods=84, freq="M")  # to March 2021
    counts_up = pd.Series(100.0 + 2 * np.arange(84), index=months)
    ahead = {
        name: eh.Forecaster("theta").fit(eh.Series.of_frame(counts_up, calendar=calendar)).predict(1)[0.5].iloc[0]
        for name, calendar in {"usual": None, "kept": eh.CalendarPlan(shocks=())}.items()
    }
    # Catches a calendar that is taken and not used: a line that rises by 2 a month goes on to 268.
    assert ahead["kept"] == pytest.approx(268, abs=4)
    # Catches Covid learned from by default: the last month that teaches is February 2020, at 240.
    assert ahead["usual"] < ahead["kept"] - 5


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
    series = eh.Series.of_frame(pd.DataFrame({"All": draw}, index=weeks))
    found = eh.forecast(series, ["seasonal_naive"], horizon=4)
    # Catches a plot that knows months only.
    assert len(found.plot().get_lines()[0].get_xdata()) == 4
    # Catches a week named a month.
    assert "by the same week last year" in repr(found)
    # Catches defaults that refuse every step but months.
    assert set(eh.backtest(series).to_frame().index) == {"seasonal_naive", "theta"}
    # Catches a refusal that does not name the method, or sends to another that refuses too.
    with pytest.raises(ForecastError, match="pooled_ensemble forecast months alone; for weeks name other"):
        eh.forecast(series, ["pooled_smoothing"])
