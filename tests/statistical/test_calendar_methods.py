"""The calendar methods against truth and against statsmodels."""

import numpy as np
import pandas as pd
import pytest
from panels import series_set
from scipy.stats import nbinom, norm
from statsmodels.tools.sm_exceptions import SpecificationWarning
from statsmodels.tsa.arima.model import ARIMA
from statsmodels.tsa.forecasting.theta import ThetaModel

from ehforecast.demand.accuracy import score_forecasts
from ehforecast.demand.forecasters import calendar_fits as calendar_fits_module
from ehforecast.demand.forecasters.calendar_design import calendar_design
from ehforecast.demand.forecasters.calendar_fits import calendar_fits
from ehforecast.demand.forecasters.count_regression import CountRegression, count_quantiles
from ehforecast.demand.forecasters.ensemble import CalendarEnsemble
from ehforecast.demand.forecasters.gaps import groups_of_equal_gaps
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.forecasters.reconciled import Reconciled, leaf_projection, shrunken_covariance
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.forecasters.stl import StlTheta
from ehforecast.demand.forecasters.theta import Theta, theta_forecast
from ehforecast.demand.hierarchy import hierarchy_of
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.series import SeriesSet

MIDDLE = 6
DAYS = pd.period_range("2014-01-01", periods=900, freq="D", name="day")
WEEKS = pd.period_range("2012-01-02", periods=260, freq="W-SUN", name="week")


def task_of(counts: pd.DataFrame, horizon: int = 28, areas: list[str] | None = None) -> Task:
    series = series_set(counts)
    return Task(series, areas or list(counts), calendar_ahead(series.periods, horizon), horizon)


def wandering(number: int, series: int, *, ma: float, seed: int) -> np.ndarray:
    """ARIMA(0,1,1) about 200: (periods, series)."""
    shocks = np.random.default_rng(seed).normal(0, 8, (number + 1, series))
    return 200 + np.cumsum(shocks[1:] + ma * shocks[:-1], axis=0)


def test_arima_agrees_with_statsmodels() -> None:
    shape = np.array([30, 10, 0, 0, 5, -20, -25])[DAYS.day_of_week]
    counts = pd.DataFrame({"x": wandering(900, 1, ma=-0.8, seed=1)[:, 0] + shape}, index=DAYS)
    task = task_of(counts)
    (fit,) = calendar_fits(task)
    design = fit.group.design
    model = ARIMA(counts["x"].to_numpy(), exog=design.past, order=(0, 1, 1), trend=None)
    with pytest.warns(SpecificationWarning, match="differenced"):  # they say that they difference, as we do
        theirs = model.fit(method="innovations_mle", gls=True)
    # Ours searches a grid: the moving average within a grid step.
    assert abs(fit.arima.ma[0] - theirs.maparams[0]) <= 0.06
    assert fit.arima.ar[0] == 0.0
    # Ours counts the effects it has spent (restricted likelihood), theirs does not: the same once that is put right.
    unbiased = theirs.params[-1] * len(DAYS) / (len(DAYS) - len(design.names))
    assert np.isclose(fit.arima.variance[0], unbiased, rtol=0.03)
    ours = RegressionArima().quantiles(task)[0, :, MIDDLE]
    # Forecasts within 2% of theirs, although 40 effects with no truth in them are shrunk here and not there.
    assert np.allclose(ours, theirs.forecast(28, exog=design.future), rtol=0.02)


def test_weekday_shape_is_recovered() -> None:
    shape = np.array([30.0, 10.0, 0.0, 0.0, 5.0, -20.0, -25.0])
    counts = pd.DataFrame({"x": wandering(900, 1, ma=-0.8, seed=2)[:, 0] + shape[DAYS.day_of_week]}, index=DAYS)
    task = task_of(counts)
    week = RegressionArima().quantiles(task)[0, :28, MIDDLE].reshape(4, 7).mean(axis=0)
    order = task.future_periods[:7].day_of_week
    # Standard error of a weekday effect: 8 * sqrt(7 / 900) = 0.7; four of them.
    assert np.abs((week - week.mean()) - (shape - shape.mean())[order]).max() < 3.0


@pytest.mark.parametrize("method", [RegressionArima(), Theta()], ids=lambda method: method.name)
def test_ranges_hold_on_their_own_truth(method: RegressionArima | Theta) -> None:
    paths = wandering(288, 150, ma=-0.7, seed=3)
    counts = pd.DataFrame(paths, index=WEEKS[:1].append(pd.period_range(WEEKS[0] + 1, periods=287, freq="W-SUN")))
    counts = counts.set_axis([f"s{number}" for number in range(150)], axis=1)
    task = task_of(counts.iloc[:-13], 13)
    scores = score_forecasts(counts.iloc[-13:].to_numpy().T, method.quantiles(task), levels=task.levels)
    held = [scores[f"within{share}"].mean() for share in (50, 80, 95)]
    # 150 series of 13 weeks that share a level: worth about 4 independent weeks each, standard errors 2.0, 1.6 and 0.9
    # points; three of them allowed.
    assert np.all(np.abs(np.array(held) - [0.5, 0.8, 0.95]) < [0.06, 0.05, 0.027]), held


def test_not_knowing_the_effects_of_the_calendar_is_part_of_thetas_range() -> None:
    months = pd.period_range("2008-04", periods=108, freq="M", name="month")
    values = np.random.default_rng(9).normal(200, 10, (108, 300))
    counts = pd.DataFrame(values, index=months, columns=[f"s{number}" for number in range(300)])
    task = task_of(counts.iloc[:-12], 12)
    quantiles = Theta().quantiles(task)
    low, middle, high = (quantiles[:, :, task.levels.index(level)] for level in (0.1, 0.5, 0.9))
    claimed = np.square((high - low) / (2 * norm.ppf(0.9))).mean()
    missed = np.square(counts.iloc[-12:].to_numpy().T - middle).mean()
    # Catches the fourteen effects of months counted as known: they make errors of the past a fifth too small. 3,600
    # squared errors, standard error 2.5%; what is left besides is the search over smoothing weights.
    assert 0.9 < claimed / missed < 1.1, claimed / missed


def test_theta_middle_equals_statsmodels_and_its_variance_is_that_of_arima_011() -> None:
    values = wandering(200, 1, ma=-0.6, seed=4)
    mean, variance = theta_forecast(values, 12)
    theirs = ThetaModel(pd.Series(values[:, 0]), period=1, deseasonalize=False).fit()
    # The independent library agrees on the middle within the grid of smoothing weights.
    assert np.allclose(mean[0], theirs.forecast(12).to_numpy(), rtol=0.01)
    weight = np.sqrt(variance[0, 1] / variance[0, 0] - 1)
    # Variance grows in a straight line with the square of the weight; statsmodels 0.15 has another form, far too wide.
    assert np.allclose(np.diff(variance[0]), variance[0, 0] * weight**2)
    assert 0.2 < weight < 0.6
    # The weight in the variance is the one the level was smoothed with.
    assert np.isclose(weight, theirs.params["alpha"], atol=0.06)


def test_small_counts_get_count_quantiles() -> None:
    levels = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
    ours = count_quantiles(np.array([1.5]), np.array([2.4]), levels=levels)[0]
    rng = np.random.default_rng(5)
    # Made another way: Poisson about gamma means of mean 1.5 and variance 2.4 - 1.5.
    draws = rng.poisson(rng.gamma(1.5**2 / 0.9, 0.9 / 1.5, 400_000))
    # Nobody refers half a child, nor fewer than none; a wrong size or a swapped probability moves a quantile.
    assert ours.tolist() == np.quantile(draws, levels, method="inverted_cdf").tolist()


def test_count_ranges_hold_on_overdispersed_counts() -> None:
    size, mean = 5.0, 30.0
    drawn = nbinom.rvs(size, size / (size + mean), size=(len(WEEKS), 60), random_state=14)
    counts = pd.DataFrame(drawn, index=WEEKS).rename(columns=str)
    task = task_of(counts.iloc[:-13], 13)
    scores = score_forecasts(counts.iloc[-13:].to_numpy().T, CountRegression().quantiles(task), levels=task.levels)
    held = np.array([scores[f"within{share}"].mean() for share in (50, 80, 95)])
    # 780 weeks, 13 to a level: standard errors near 2.5, 2.0 and 1.1 points, three of them. The variance is seven
    # times Poisson's, so ranges made without the dispersion hold less than half the time.
    assert np.all(np.abs(held - [0.5, 0.8, 0.95]) < [0.075, 0.06, 0.033]), held


@pytest.mark.parametrize(("mean", "variance"), [(50.0, 60.0), (50.0, 300.0), (80.0, 1000.0)])
def test_large_counts_are_the_same_distribution_made_smooth(mean: float, variance: float) -> None:
    levels = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
    smooth = count_quantiles(np.array([mean + 0.01]), np.array([variance]), levels=levels)[0]
    size = mean**2 / (variance - mean)
    # Where the gamma takes over, no quantile may jump by more than one referral.
    assert np.abs(smooth - nbinom.ppf(levels, size, size / (size + mean))).max() <= 1.0


def test_finer_grid_moves_forecasts_little(monkeypatch: pytest.MonkeyPatch) -> None:
    task = task_of(pd.DataFrame(wandering(260, 6, ma=-0.63, seed=13), index=WEEKS).rename(columns=str), 13)
    coarse = RegressionArima().quantiles(task)[:, :, MIDDLE]
    monkeypatch.setattr(calendar_fits_module, "AR_GRID", (0.0, *np.arange(-0.3, 0.8, 0.05)))
    monkeypatch.setattr(calendar_fits_module, "MA_GRID", tuple(np.arange(-0.98, 0.05, 0.02)))
    # The grid's words promise under 1%; steps too wide would show between two of its points.
    assert np.abs(RegressionArima().quantiles(task)[:, :, MIDDLE] / coarse - 1).max() < 0.01


def test_absent_stretch_and_covid_teach_nothing() -> None:
    weeks = pd.period_range("2017-01-02", periods=300, freq="W-SUN", name="week")
    values = wandering(300, 1, ma=-0.8, seed=7)[:, 0]
    shocked = values.copy()
    in_window = (weeks.end_time >= "2020-03-15") & (weeks.end_time <= "2021-07-25")
    shocked[in_window] *= 0.4
    tasks = [task_of(pd.DataFrame({"x": given}, index=weeks), 13) for given in (values, shocked)]
    calm, after = (CalendarEnsemble((RegressionArima(), Theta())).quantiles(task)[0] for task in tasks)
    # 60% fewer through the named window, and the forecast a year later hardly moves (its season is learned elsewhere).
    assert np.allclose(after[:, MIDDLE], calm[:, MIDDLE], rtol=0.03)
    gapped = values.copy()
    gapped[100:110] = np.nan
    holed = RegressionArima().quantiles(task_of(pd.DataFrame({"x": gapped}, index=weeks), 13))[0]
    whole = RegressionArima().quantiles(tasks[0])[0]
    # Ten absent weeks out of 300 are stepped over, not read as zero.
    assert np.allclose(holed[:, MIDDLE], whole[:, MIDDLE], rtol=0.03)


def test_each_gap_is_marked_so_that_nothing_is_learned_from_it() -> None:
    values = wandering(260, 2, ma=-0.8, seed=15)
    values[[40, 41, 90], 0] = np.nan
    task = task_of(pd.DataFrame(values, index=WEEKS).rename(columns=str), 13)
    groups = {int(group.columns[0]): group for group in groups_of_equal_gaps(task.values, calendar_design(task))}
    marks = groups[0].design.marks
    # Bridged values counted as seen would make the noise look smaller than it is.
    assert np.argwhere(marks).tolist() == [[40, 0], [41, 1], [90, 2]]
    assert marks.max() == 1.0
    # A series without gaps keeps the plain design.
    assert groups[1].design.marks.shape[1] == 0


def test_shocks_are_marked_by_week_for_days_and_not_at_all_before_covid() -> None:
    days = pd.period_range("2019-06-01", "2021-12-31", freq="D", name="day")
    marks = calendar_design(task_of(pd.DataFrame({"x": np.ones(len(days))}, index=days))).marks
    # March 2020 to July 2021 is 518 days in 74 weeks: one block each, not one a day.
    assert 73 <= marks.shape[1] <= 76
    assert marks.sum() == 518
    early = calendar_design(task_of(pd.DataFrame({"x": np.ones(900)}, index=DAYS)))
    assert early.marks.shape[1] == 0


def test_stl_season_is_constant_in_shape_and_short_series_are_left_alone() -> None:
    weeks, season = WEEKS, 40 * np.sin(2 * np.pi * np.arange(260) / 52 * 3)
    rng = np.random.default_rng(8)
    counts = pd.DataFrame({"x": 300 + season + rng.normal(0, 3, 260)}, index=weeks)
    future = 300 + 40 * np.sin(2 * np.pi * np.arange(260, 273) / 52 * 3)
    # The planted season swings by 25 on average: most of it must be forecast.
    assert np.abs(StlTheta().quantiles(task_of(counts, 13))[0, :, MIDDLE] - future).mean() < 25 / 2
    short = task_of(counts.iloc[:80], 13)
    # Less than two years of weeks hold no season to smooth.
    assert np.allclose(StlTheta().quantiles(short), Theta().quantiles(short))


def test_ensemble_is_the_mean_of_its_members() -> None:
    task = task_of(pd.DataFrame({"x": wandering(260, 1, ma=-0.5, seed=9)[:, 0]}, index=WEEKS), 13)
    ensemble = CalendarEnsemble((RegressionArima(), Theta()), yearly_members=())
    # Sharing one calendar fit must not change what each member says.
    assert np.allclose(
        ensemble.quantiles(task), (RegressionArima().quantiles(task) + Theta().quantiles(task)) / 2, rtol=1e-12
    )


def reconciled_case() -> tuple[Task, Reconciled]:
    keys = pd.DataFrame({"locality": ["N", "N", "S", "S", "S"]}, index=[f"leaf {number}" for number in range(5)])
    hierarchy = hierarchy_of(keys, [(), ("locality",)])
    rates = np.array([3.0, 20.0, 8.0, 40.0, 15.0])
    leaves = pd.DataFrame(np.random.default_rng(10).poisson(rates, (260, 5)), index=WEEKS, columns=keys.index)
    counts = hierarchy.add_up(leaves)
    return task_of(counts, 13, list(hierarchy.nodes)), Reconciled(
        CalendarEnsemble((RegressionArima(), Theta())), hierarchy
    )


def test_every_path_adds_up_and_none_is_negative() -> None:
    task, forecaster = reconciled_case()
    paths = forecaster.paths(task, 200)
    position = {node: number for number, node in enumerate(forecaster.hierarchy.nodes)}
    parts = paths[:, [position[leaf] for leaf in forecaster.hierarchy.leaves]]
    # Localities and total are sums in every path, not only on average.
    assert np.abs(np.einsum("nl,slh->snh", forecaster.hierarchy.summing, parts) - paths).max() < 1e-6
    assert paths.min() >= 0
    # The same seed gives the same paths.
    assert np.array_equal(paths, forecaster.paths(task, 200))


def test_reconciling_keeps_forecasts_and_their_width() -> None:
    task, forecaster = reconciled_case()
    base, together = forecaster.base.quantiles(task), forecaster.quantiles(task)
    # Poisson noise on constant rates: reconciled middles stay within 8% or one referral of the base ones ...
    assert np.allclose(together[:, :, MIDDLE], base[:, :, MIDDLE], rtol=0.08, atol=1.0)
    widths = [(given[:, :, -2] - given[:, :, 1]).mean() for given in (base, together)]
    # ... and ranges neither collapse nor swell by a quarter.
    assert 0.75 < widths[1] / widths[0] < 1.25


def test_projection_leaves_what_adds_up_alone() -> None:
    _, forecaster = reconciled_case()
    summing = forecaster.hierarchy.summing
    covariance = np.diag(np.arange(1.0, len(summing) + 1))
    # G S = I: coherent forecasts are a fixed point, whatever the covariance.
    assert np.allclose(leaf_projection(summing, covariance) @ summing, np.eye(summing.shape[1]))


def test_shrinkage_goes_all_the_way_for_independent_errors_and_not_for_dependent_ones() -> None:
    rng = np.random.default_rng(11)
    independent = rng.standard_normal((60, 20))
    common = rng.standard_normal((60, 1)) + 0.3 * independent
    (_, of_independent), (_, of_common) = shrunken_covariance(independent), shrunken_covariance(common)
    aside = ~np.eye(20, dtype=bool)
    # Sampling noise of 1 / sqrt(60) = 0.13 is shrunk away; a true correlation of 0.92 is not.
    assert np.abs(of_independent[aside]).mean() < 0.05
    assert of_common[aside].mean() > 0.85


def test_seasonal_naive_and_calendar_methods_speak_of_every_step() -> None:
    for freq, horizon in (("D", 28), ("W-SUN", 13), ("28D", 6), ("M", 12)):
        periods = pd.period_range("2015-01-05", periods=160, freq=freq, name="period")
        counts = pd.DataFrame({"x": norm.rvs(100, 5, size=160, random_state=12)}, index=periods)
        quantiles = CalendarEnsemble().quantiles(task_of(counts, horizon))
        # Constant means with 5% noise: middles near 100 at every step, ordered and finite.
        assert np.abs(quantiles[0, :, MIDDLE] - 100).max() < 12, freq
        assert (np.diff(quantiles, axis=2) >= 0).all()


def test_future_does_not_leak_into_reconciled_paths() -> None:
    task, forecaster = reconciled_case()
    series = task.history
    shorter = SeriesSet(series.counts.iloc[:-20], series.absences.iloc[:-20], series.areas)
    before = Task(shorter, task.areas, calendar_ahead(shorter.periods, 13), 13)
    changed = SeriesSet(series.counts.copy(), series.absences, series.areas)
    changed.counts.iloc[-20:] *= 7
    after = Task(changed.known_until(shorter.last_period), task.areas, before.calendar, 13)
    # Bit for bit the same, whatever comes later.
    assert np.array_equal(forecaster.quantiles(before), forecaster.quantiles(after))
