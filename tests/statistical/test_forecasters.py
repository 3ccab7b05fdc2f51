"""Forecasters against truth: identities, invariances, coverage at the stated rate."""

import numpy as np
import pandas as pd
import pytest
from panels import series_set, synthetic_series

from ehforecast.demand.accuracy import score_forecasts
from ehforecast.demand.forecasters.calendar_regression import CalendarRegression, calendar_effects
from ehforecast.demand.forecasters.ensemble import PooledEnsemble
from ehforecast.demand.forecasters.ets import Ets
from ehforecast.demand.forecasters.interface import Forecaster, Task
from ehforecast.demand.forecasters.past_errors import noise_scale, pooled_error_quantiles
from ehforecast.demand.forecasters.pooled_season import pooled_month_index
from ehforecast.demand.forecasters.pooled_smoothing import PooledSmoothing
from ehforecast.demand.forecasters.registry import FORECASTERS
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.demand.period_calendar import period_calendar
from ehforecast.demand.series import SeriesSet
from ehforecast.synthetic.referrals import ReferralTruth, draw_levels, expected_referrals

MIDDLE = 6
COUNT_LIKELIHOODS = ("count_regression", "calendar_ensemble")
each_forecaster = pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda forecaster: forecaster.name)


def task_of(series: SeriesSet, areas: list[str] | None = None, horizon: int = 12) -> Task:
    calendar = period_calendar(pd.period_range(series.periods[0], series.last_period + horizon, freq="M"))
    return Task(series, areas or list(series.counts), calendar, horizon)


@each_forecaster
@pytest.mark.parametrize("horizon", [1, 12, 18])
def test_shape_order_and_sign(forecaster: Forecaster, horizon: int) -> None:
    series = synthetic_series(councils=4, years=6)
    quantiles = forecaster.quantiles(task_of(series, list(series.counts)[:2], horizon))
    # One quantile per area, month and level, or tables and charts go out of step.
    assert quantiles.shape == (2, horizon, 13)
    # Crossing quantiles would make a 50% range stick out of the 80% one.
    assert (np.diff(quantiles, axis=2) >= 0).all()
    # Counts are never negative, and never undefined.
    assert (quantiles >= 0).all()
    assert np.isfinite(quantiles).all()


@each_forecaster
def test_larger_unit_gives_larger_forecast(forecaster: Forecaster) -> None:
    series = synthetic_series(councils=4, years=6)
    tenfold = SeriesSet(series.counts * 10, series.absences, series.areas)
    once, ten = forecaster.quantiles(task_of(series)), forecaster.quantiles(task_of(tenfold))
    if forecaster.name in COUNT_LIKELIHOODS:
        # Ten times the count is not ten times as noisy: middles go along within 2%, ranges must not.
        assert np.allclose(ten[:, :, MIDDLE], 10 * once[:, :, MIDDLE], rtol=0.02)
        return
    # A hidden constant in counts would break this; ETS stops its search at a relative tolerance of about 1e-4.
    assert np.allclose(ten, 10 * once, rtol=5e-3, atol=0.5)


@each_forecaster
def test_order_of_areas_does_not_matter(forecaster: Forecaster) -> None:
    series = synthetic_series(councils=4, years=6)
    codes = list(series.counts)
    turned = series.of_areas(codes[::-1])
    straight = forecaster.quantiles(task_of(series))
    # Areas mixed up between learning and forecasting would swap their numbers.
    assert np.allclose(forecaster.quantiles(task_of(turned))[::-1], straight, rtol=1e-6)


@each_forecaster
def test_gap_in_one_area_is_stepped_over(forecaster: Forecaster) -> None:
    series = synthetic_series(councils=4, years=6)
    code = series.counts.columns[0]
    gapped = SeriesSet(series.counts.copy(), series.absences, series.areas)
    gapped.counts.loc[gapped.periods[[-10, -8]], code] = np.nan
    whole, holed = forecaster.quantiles(task_of(series, [code])), forecaster.quantiles(task_of(gapped, [code]))
    # Two suppressed months (as Wandsworth has) read as zero would pull the forecast down by far more than that.
    assert np.isfinite(holed).all()
    assert np.allclose(holed[:, :, MIDDLE], whole[:, :, MIDDLE], rtol=0.3)


def test_seasonal_naive_of_a_periodic_series_is_exact() -> None:
    months = pd.period_range("2012-04", periods=48, freq="M", name="month")
    series = series_set(pd.DataFrame({"x": 100.0 + months.month.to_numpy()}, index=months))
    expected = 100.0 + task_of(series, horizon=18).future_periods.month.to_numpy()
    # Every month repeats, with no spread, beyond a year too.
    assert np.allclose(SeasonalNaive().quantiles(task_of(series, horizon=18))[0], expected[:, None])


def test_seasonal_naive_spread_grows_with_years_ahead() -> None:
    quantiles = SeasonalNaive().quantiles(task_of(synthetic_series(councils=1, years=6), horizon=24))
    width = quantiles[0, :, -3] - quantiles[0, :, MIDDLE]
    # Two years ahead carry two years of change: sqrt(2) wider.
    assert np.isclose(width[12] / width[0], np.sqrt(2))


def test_seasonal_naive_without_a_year_on_year_pair_is_still_finite() -> None:
    months = pd.period_range("2012-04", periods=36, freq="M", name="month")
    counts = np.random.default_rng(2).normal(100, 10, 36)
    counts[12:24] = np.nan
    quantiles = SeasonalNaive().quantiles(task_of(series_set(pd.DataFrame({"x": counts}, index=months))))
    # Twelve months, a year of silence, twelve months: no pair a year apart, yet a range is owed (sd of a change 14).
    assert 5 < (quantiles[0, 0, -2] - quantiles[0, 0, 6]) / 1.28 < 28


def test_pooled_index_recovers_a_planted_season() -> None:
    months = pd.period_range("2012-04", periods=96, freq="M", name="month")
    planted = np.array([1.1, 0.9, 1.0, 1.0, 1.05, 0.95, 1.0, 0.8, 1.2, 1.0, 1.0, 1.0])
    working_days = pd.Series(20.0, index=months)
    counts = pd.DataFrame({"x": 500 * planted[months.month - 1], "y": 50 * planted[months.month - 1]}, index=months)
    # Without noise the index is the season itself.
    assert np.allclose(pooled_month_index(counts, working_days), planted / planted.mean())


def test_pooled_index_is_not_taught_by_covid() -> None:
    months = pd.period_range("2014-04", periods=108, freq="M", name="month")
    planted = np.where(months.month == 8, 0.8, 1.0)
    lockdown = np.where((months >= pd.Period("2020-04", "M")) & (months <= pd.Period("2020-06", "M")), 0.5, 1.0)
    counts = pd.DataFrame({"x": 500 * planted * lockdown}, index=months)
    index = pooled_month_index(counts, pd.Series(20.0, index=months))
    # Three months at half would take 5% off April, May and June for ever.
    assert np.allclose(index[3:6] / index[0], 1.0)
    short = counts.loc["2019-04":]
    # Where only two usual years are there, every year is needed, the odd ones too.
    assert pooled_month_index(short, pd.Series(20.0, index=months))[4] < index[4]


def test_a_month_without_any_count_is_not_forecast_as_never() -> None:
    months = pd.period_range("2014-04", periods=96, freq="M", name="month")
    rare = np.random.default_rng(0).poisson(0.4, 96) * (months.month != 8)
    series = series_set(pd.DataFrame({"x": rare.astype(float)}, index=months))
    for method in (PooledSmoothing(), CalendarRegression()):
        found = method.quantiles(task_of(series))[0]
        # Catches nought divided by nought, or its logarithm, which spoil every month, and a sure nought each August.
        assert np.isfinite(found).all()
        assert (found[:, -1] > found[:, 0]).all()


def test_calendar_effect_recovers_the_planted_holiday_ratio() -> None:
    truth = ReferralTruth(monthly_sd=0.0, yearly_sd=0.0, break_chance=0.0)
    months = pd.period_range("2009-04", periods=120, freq="M", name="month")
    means = pd.DataFrame(expected_referrals(months, np.full((120, 1), 500.0), truth=truth), index=months, columns=["x"])
    calendar = period_calendar(pd.period_range(months[0], months[-1], freq="M"))
    effect = calendar_effects(means, calendar)
    fitted = np.log(means["x"] / calendar["working_days"]) - effect
    # Season and school holidays explain a noiseless series but for the linearisation of 1 - 0.2 * share (under 1%).
    assert fitted.groupby(months.year - (months.month < 4)).std().max() < 0.01


def test_pooled_ensemble_is_the_mean_of_its_two_members() -> None:
    task = task_of(synthetic_series(councils=4, years=6))
    members = (PooledSmoothing().quantiles(task), CalendarRegression().quantiles(task))
    # A member left out would go unnoticed by every identity of shape, order and sign.
    assert np.allclose(PooledEnsemble().quantiles(task), (members[0] + members[1]) / 2)


def test_noise_scale_is_shrunk_and_robust() -> None:
    rng = np.random.default_rng(8)
    errors = rng.normal(0, 0.1, (120, 40))
    errors[:, 0] *= 5
    errors[10, 1] = 50.0
    scale = noise_scale(errors)
    # Standard error of a standard deviation from 120 values is 6.5%; 20 leaves room for 40 series and clipping.
    assert np.abs(scale[2:] / 0.1 - 1).max() < 0.25
    # The noisy series keeps most of its own noise.
    assert 0.4 < scale[0] < 0.55
    # One recording change must not widen a series' ranges for ever.
    assert scale[1] < 0.13


def test_error_quantiles_grow_with_the_horizon_of_a_random_walk() -> None:
    walk = np.cumsum(np.random.default_rng(9).normal(0, 1, (200, 50)), axis=0)
    errors = [walk[step:] - walk[:-step] for step in range(1, 13)]
    spread = pooled_error_quantiles(errors, np.ones(50), levels=[0.1, 0.9])
    widths = spread[:, 1] - spread[:, 0]
    # sqrt(11) / sqrt(1.5) = 2.7 between the mean horizons pooled at each end; 10% for sampling.
    assert np.isclose(widths[-1] / widths[0], np.sqrt(11.5 / 1.5), rtol=0.1)


def coverage(forecaster: Forecaster) -> np.ndarray:
    """Shares of months inside the 50, 80 and 95% ranges over twelve synthetic panels, each forecast from another month.

    Levels move each April, so origins of one month only would judge another question.
    """
    held = []
    for back in range(12):
        series = synthetic_series(councils=50, years=9, seed=100 + back)
        task = task_of(series.known_until(series.periods[-13 - back]))
        actual = series.counts.loc[task.future_periods].to_numpy().T
        scores = score_forecasts(actual, forecaster.quantiles(task), levels=task.levels)
        held.append([scores[f"within{share}"].mean() for share in (50, 80, 95)])
    return np.mean(held, axis=0)


# 600 forecasts of 12 months whose errors share a level: worth about 3 independent months each, so standard errors of
# 1.2, 0.9 and 0.5 points at 50, 80 and 95%; three of them allowed.
TOLERANCE = np.array([0.036, 0.028, 0.015])


@pytest.mark.parametrize(
    "forecaster", [PooledSmoothing(), CalendarRegression()], ids=lambda forecaster: forecaster.name
)
def test_ranges_hold_at_the_stated_rate(forecaster: Forecaster) -> None:
    # Ranges that are too narrow, or too wide to be of use, are the failure a planner cannot see.
    assert (np.abs(coverage(forecaster) - [0.5, 0.8, 0.95]) < TOLERANCE).all()


def test_a_confident_forecaster_would_fail_the_coverage_test() -> None:
    class TooSure(PooledSmoothing):
        def quantiles(self, task: Task) -> np.ndarray:
            honest = super().quantiles(task)
            return honest[:, :, [MIDDLE]] + 0.85 * (honest - honest[:, :, [MIDDLE]])

    # The control: ranges only 15% too narrow are caught at every level by the tolerance above.
    assert (np.abs(coverage(TooSure()) - [0.5, 0.8, 0.95]) > TOLERANCE).all()


def test_truth_beats_every_forecaster() -> None:
    truth, months = ReferralTruth(), pd.period_range("2009-04", periods=108, freq="M", name="month")
    rng = np.random.default_rng(11)
    means = expected_referrals(months, draw_levels(months, 60, truth=truth, rng=rng), truth=truth)
    counts = pd.DataFrame(rng.poisson(means), index=months, columns=[f"c{number}" for number in range(60)])
    series = series_set(counts)
    task = task_of(series.known_until(months[-13]))
    actual = counts.iloc[-12:].to_numpy().T
    oracle = np.abs(actual - means[-12:].T).sum()
    errors = {f.name: np.abs(actual - f.quantiles(task)[:, :, MIDDLE]).sum() for f in FORECASTERS}
    # Whoever beats the true mean has seen the answer.
    assert oracle < min(errors.values())
    # And each method that learns must beat the same month last year.
    assert max(errors["pooled_smoothing"], errors["calendar_regression"]) < errors["seasonal_naive"]


def test_ets_follows_level_and_season_of_its_own() -> None:
    months = pd.period_range("2012-04", periods=72, freq="M", name="month")
    working_days = period_calendar(pd.period_range(months[0], months[-1] + 12, freq="M"))["working_days"]
    season = np.where(months.month == 8, 0.5, 1.0)
    rng = np.random.default_rng(12)
    counts = pd.DataFrame({"x": 10 * working_days.loc[months] * season * rng.normal(1, 0.02, 72)}, index=months)
    task = task_of(series_set(counts))
    future = np.where(task.future_periods.month == 8, 0.5, 1.0) * 10 * task.future["working_days"]
    # 2% noise: a forecast without the August dip would be off by half.
    assert np.allclose(Ets().quantiles(task)[0, :, MIDDLE], future, rtol=0.06)
