import numpy as np
import pandas as pd
import pytest
from panels import series_set, synthetic_series

from ehforecast.demand.backtest import Backtest, BacktestSettings, Origins, months_told_once, plan_origins
from ehforecast.demand.choice import choose_forecaster, relative_losses
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.registry import FORECASTERS, forecasters_named
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.errors import ForecastError, SettingsError


@pytest.mark.parametrize("months", [60, 61, 90, 120, 144])
def test_choice_ends_before_reporting_begins(months: int) -> None:
    history = pd.period_range("2010-04", periods=months, freq="M")
    plan = plan_origins(history, BacktestSettings())
    # An outcome used for choosing that lies after the first reporting origin would flatter the report.
    assert plan.choice[-1] + 12 <= plan.report[0]
    # Every reported horizon has been seen whole.
    assert plan.report[-1] + 12 == history[-1]
    # The first method is trained on no less than it was promised.
    assert (plan.choice[0] - history[0]).n + 1 >= 36
    # As many origins as fit, up to eight a stage.
    assert len(plan.choice) == len(plan.report) == min(8, 1 + (months - 60) // 6)


def test_too_short_a_history_is_refused() -> None:
    # A forecast nobody could test must not be made.
    with pytest.raises(ForecastError, match=r"59 months of history are too few .* 60 are needed"):
        plan_origins(pd.period_range("2010-04", periods=59, freq="M"), BacktestSettings())


def test_scores_compare_with_what_came() -> None:
    months = pd.period_range("2010-04", periods=72, freq="M", name="month")
    counts = pd.DataFrame({"x": 100.0 + 10 * months.month.to_numpy()}, index=months)
    counts.iloc[-1] += 50
    origins = Origins((pd.Period("2014-03", "M"),), (pd.Period("2015-03", "M"),))
    scores = Backtest(series_set(counts), [SeasonalNaive()], ["x"], origins).run()
    report = scores[scores.stage == "report"]
    # Last year's months are exact but for the one that was raised: any shift of months would show.
    assert report["absolute_error"].tolist() == [0.0] * 11 + [50.0]
    # Twelve months ahead, in order, for each stage.
    assert report["months_ahead"].tolist() == list(range(1, 13))


def test_months_are_told_once() -> None:
    series = synthetic_series(councils=2, years=7)
    origins = plan_origins(series.periods, BacktestSettings())
    scores = Backtest(series, [SeasonalNaive()], list(series.counts), origins).run()
    told = months_told_once(scores, forecaster="seasonal_naive", between=3)
    month = pd.PeriodIndex(told["origin"], freq="M") + told["months_ahead"].to_numpy()
    # Catches forecasts that overlap, of which one bad month is counted several times, and another method's.
    assert not told.assign(month=month).duplicated(["area_code", "month"]).any()
    assert told.groupby("area_code").size().eq(3 * (len(origins.choice) + len(origins.report))).all()
    came = [series.counts.loc[month, area] for month, area in zip(month, told["area_code"], strict=True)]
    before = [series.counts.loc[month - 12, area] for month, area in zip(month, told["area_code"], strict=True)]
    # Catches a forecast beside the count of another month, and ends of a range the wrong way round.
    assert told["actual"].tolist() == came
    assert told["middle"].tolist() == pytest.approx(before, rel=0.02)
    assert (told["low"] < told["high"]).all()
    assert months_told_once(scores, forecaster="another", between=3).empty


def test_area_without_history_at_an_origin_is_left_out_of_it() -> None:
    series = synthetic_series(councils=3, years=7)
    late = series.counts.columns[0]
    series.counts.loc[: series.periods[40], late] = np.nan
    origins = Origins((series.periods[47],), (series.periods[70],))
    scores = Backtest(series, [SeasonalNaive()], list(series.counts), origins).run()
    # Seven months of data at the first origin: no honest forecast, so nothing to score.
    assert late not in set(scores[scores.stage == "choice"]["area_code"])
    assert late in set(scores[scores.stage == "report"]["area_code"])


def test_tie_goes_to_the_simpler_and_a_clear_win_to_the_better() -> None:
    def scores(loss: float) -> pd.DataFrame:
        rows = [("seasonal_naive", 10.0), ("pooled_smoothing", loss)]
        return pd.DataFrame(
            [(name, "choice", "x", 100.0, value) for name, value in rows],
            columns=["forecaster", "stage", "area_code", "actual", "quantile_loss"],
        )

    methods = forecasters_named(("seasonal_naive", "pooled_smoothing"))
    # Half a per cent better is noise.
    assert choose_forecaster(relative_losses(scores(9.95)), methods).name == "seasonal_naive"
    # Five per cent better is not.
    assert choose_forecaster(relative_losses(scores(9.5)), methods).name == "pooled_smoothing"


def test_choice_does_not_look_at_reporting_origins() -> None:
    rows = [
        ("seasonal_naive", "choice", 10.0),
        ("m", "choice", 20.0),
        ("seasonal_naive", "report", 10.0),
        ("m", "report", 1.0),
    ]
    scores = pd.DataFrame(
        [(name, stage, "x", 100.0, loss) for name, stage, loss in rows],
        columns=["forecaster", "stage", "area_code", "actual", "quantile_loss"],
    )
    # A method that shines only later must not be chosen for it.
    assert relative_losses(scores)["m"] == 2.0


def test_unknown_forecaster_is_named() -> None:
    # A misspelt method silently left out would change the answer.
    with pytest.raises(SettingsError, match="no forecaster named prophet; there are: seasonal_naive"):
        forecasters_named(("ets", "prophet"))


def test_forecast_demand_says_everything_on_one_page() -> None:
    series = synthetic_series(councils=4, years=7)
    gone = series.counts.columns[3]
    series.counts.loc[series.periods[-12] :, gone] = np.nan
    said: list[str] = []
    settings = ForecastSettings(forecasters=(PooledSmoothing(),))
    result = forecast_demand(series, list(series.counts), settings=settings, progress=said.append)
    # The yardstick is tried although nobody asked for it.
    assert set(result.forecasters["forecaster"]) == {"seasonal_naive", "pooled_smoothing"}
    # The refused area is listed with its reason, and has no forecast.
    refused = result.areas.set_index("area_code").loc[gone]
    assert refused["forecaster"] == ""
    assert "of the last 12 months" in refused["refusal"]
    assert set(result.forecast["area_code"]) == set(series.counts.columns[:3])
    # Twelve months, thirteen levels, three areas; a lost month would shorten it.
    assert len(result.forecast) == 3 * 12 * 13
    # Long work says where it is.
    assert any("in the past" in line for line in said)


def test_nothing_forecastable_is_an_error_with_reasons() -> None:
    series = synthetic_series(councils=2, years=7)
    series.counts.iloc[-12:] = np.nan
    # An empty result would look like a quiet month.
    with pytest.raises(ForecastError, match="no area can be forecast: only 0 of the last 12 months"):
        forecast_demand(series, list(series.counts))


def test_registry_runs_from_simple_to_complex() -> None:
    # Order is what a tie is settled by.
    assert [method.name for method in FORECASTERS] == [
        "seasonal_naive",
        "pooled_smoothing",
        "ets",
        "theta",
        "regression_arima",
        "count_regression",
        "stl_theta",
        "calendar_regression",
        "calendar_ensemble",
        "pooled_ensemble",
    ]


def losses(**by_method: float) -> pd.DataFrame:
    return pd.DataFrame(
        [(name, "choice", "x", 100.0, value) for name, value in by_method.items()],
        columns=["forecaster", "stage", "area_code", "actual", "quantile_loss"],
    )


@pytest.mark.parametrize("other", [0.0, 1e-9, 5.0])
def test_exact_naive_is_published_and_divides_nothing_by_nought(other: float) -> None:
    methods = forecasters_named(("seasonal_naive", "pooled_smoothing"))
    scores = losses(seasonal_naive=0.0, pooled_smoothing=other)
    # A constant series has a loss of nought: the ratio to it must not crash or favour the more complex method.
    assert choose_forecaster(relative_losses(scores), methods).name == "seasonal_naive"


def test_no_refusal_and_one_gap_read_well() -> None:
    series = synthetic_series(councils=3, years=7)
    code = series.counts.columns[0]
    series.counts.loc[series.periods[50], code] = np.nan
    series.absences.loc[series.periods[50], code] = "suppressed"
    settings = ForecastSettings(forecasters=(PooledSmoothing(),))
    areas = forecast_demand(series, list(series.counts), settings=settings).areas.set_index("area_code")
    # Nobody refused: the column stays text, with no reason in it.
    assert areas["refusal"].tolist() == ["", "", ""]
    # One month is not "1 months".
    assert areas.loc[code, "note"] == "1 month is absent from the figures and was not filled in."
