from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from panels import synthetic_series

from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.changes import forecast_changes
from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.past_forecasts import months_against_forecast, score_past_forecasts
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.errors import ForecastError

SETTINGS = ForecastSettings(forecasters=(PooledSmoothing(),), backtest=BacktestSettings(origins_per_stage=2))
PARTS = ["new_data", "level", "calendar", "rest"]


def run(series: SeriesSet) -> DemandResult:
    return forecast_demand(series, list(series.counts), settings=SETTINGS)


@pytest.fixture(scope="module")
def series() -> SeriesSet:
    return synthetic_series(councils=3, years=8)


@pytest.fixture(scope="module")
def latest(series: SeriesSet) -> DemandResult:
    return run(series)


@pytest.fixture(scope="module")
def earlier(series: SeriesSet) -> DemandResult:
    return run(series.known_until(series.periods[-3]))


def test_changes_add_up_and_say_what_came(series: SeriesSet, earlier: DemandResult, latest: DemandResult) -> None:
    table = forecast_changes(earlier, latest)
    area = table[table["area_code"] == series.counts.columns[0]].set_index("month")
    # Two months have come since, ten are forecast twice; a shift of months would show in the names.
    assert area["observed_count"].notna().sum() == 2
    assert area["change"].notna().sum() == 10
    came = series.counts.iloc[-2:, 0]
    assert area["observed_count"].dropna().tolist() == came.tolist()
    split = table.dropna(subset=["change"])
    # Exactly: a part left out would be a change nobody explains.
    assert np.allclose(split[PARTS].sum(axis=1), split["change"])
    assert np.allclose(split["change"], split["latest_count"] - split["earlier_count"])


def test_corrections_are_level_and_new_months_are_new_data(series: SeriesSet, earlier: DemandResult) -> None:
    doubled = series.counts.copy()
    doubled.iloc[:-2] *= 2.0
    doubled.iloc[-2:] *= 2.0
    table = forecast_changes(earlier, run(replace(series, counts=doubled))).dropna(subset=["change"])
    shares = table[PARTS].abs().sum() / table[PARTS].abs().sum().sum()
    # All months corrected to twice as many: the level then was another, what came since adds little.
    assert shares["level"] > 0.6
    risen = series.counts.copy()
    risen.iloc[-2:] *= 2.0
    table = forecast_changes(earlier, run(replace(series, counts=risen))).dropna(subset=["change"])
    shares = table[PARTS].abs().sum() / table[PARTS].abs().sum().sum()
    # Only the new months are higher: that is new data.
    assert shares["new_data"] > 0.6


def test_what_cannot_be_compared_is_refused(earlier: DemandResult, latest: DemandResult) -> None:
    # Contacts against referrals, or a forecast with itself, would give a table of nonsense.
    with pytest.raises(ForecastError, match="a forecast of contacts cannot be compared with one of referrals"):
        forecast_changes(replace(earlier, measure="contacts"), latest)
    with pytest.raises(ForecastError, match="not before"):
        forecast_changes(latest, latest)


def test_an_older_run_without_parts_has_a_change_and_no_split(earlier: DemandResult, latest: DemandResult) -> None:
    table = forecast_changes(replace(earlier, explanation=pd.DataFrame()), latest)
    # Runs kept before explanations were: the change is known, the reasons are not.
    assert table["change"].notna().any()
    assert table[PARTS].isna().all().all()


def test_saved_forecasts_are_scored_as_they_were_published(
    series: SeriesSet, earlier: DemandResult, latest: DemandResult
) -> None:
    table = score_past_forecasts({"r1": earlier, "r0": latest}, latest).set_index(
        ["run_id", "area_code", "months_ahead", "metric"]
    )
    middles = earlier.forecast.query("level == 0.5").pivot(index="month", columns="area_code", values="forecast_count")
    came = series.counts.iloc[-2:]
    gaps = np.abs(middles.iloc[:2].to_numpy() - came[middles.columns].to_numpy())
    # By hand from the forecast as kept: a method run again would know better.
    assert table.loc[("r1", "all", 0, "wape"), "value"] == pytest.approx(gaps.sum() / came.to_numpy().sum())
    assert table.loc[("r1", "all", 2, "wape"), "value"] == pytest.approx(gaps[1].sum() / came.to_numpy()[1].sum())
    # Six months of three areas have come, and the latest run has none to be scored on.
    assert table.loc[("r1", "all", 0, "coverage80"), "months"] == 6
    assert "r0" not in table.index.get_level_values("run_id")
    code = series.counts.columns[1]
    assert table.loc[("r1", code, 0, "bias"), "months"] == 2


def test_months_that_are_absent_are_not_scored(series: SeriesSet, earlier: DemandResult) -> None:
    counts, absences = series.counts.copy(), series.absences.copy()
    counts.iloc[-1, 0], absences.iloc[-1, 0] = np.nan, "suppressed"
    result = run(replace(series, counts=counts, absences=absences))
    months = months_against_forecast({"r1": earlier}, result)
    # Suppressed is not nought, and not in any sum.
    assert len(months) == 5
    assert score_past_forecasts({}, result).empty
    other = {"r2": replace(earlier, measure="contacts")}
    assert score_past_forecasts(other, result).empty


def test_suppressed_areas_have_no_total(series: SeriesSet) -> None:
    counts, absences = series.counts.copy(), series.absences.copy()
    counts.iloc[10, 0], absences.iloc[10, 0] = np.nan, "suppressed"
    totals = run(replace(series, counts=counts, absences=absences)).totals.set_index("area_code")
    hidden, shown = totals.loc[series.counts.columns[0]], totals.loc[series.counts.columns[1]]
    # With the other months known, a total would give the suppressed one away.
    assert hidden[["total_count", "total_before"]].isna().all().all()
    assert set(hidden["absent_because"]) == {"suppressed"}
    assert shown["total_count"].notna().all()
    assert shown["total_before"].iloc[0] == series.counts.iloc[-12:, 1].sum()


def test_a_result_is_put_together_again_whole(latest: DemandResult) -> None:
    again = DemandResult.from_parts(latest.facts(), latest.frames())
    # A frame forgotten in the round trip would be lost from every kept run.
    assert all(again.frames()[name].equals(frame) for name, frame in latest.frames().items())
    old = {name: frame for name, frame in latest.frames().items() if name not in ("totals", "explanation")}
    # A run kept by an older version can still be read.
    assert DemandResult.from_parts(latest.facts(), old).totals.empty
