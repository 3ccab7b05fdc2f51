"""The fast calendar regression against direct computation, statsmodels and truth."""

import numpy as np
import pandas as pd
import pytest
from panels import series_set
from scipy.optimize import minimize_scalar
from scipy.stats import multivariate_normal
from statsmodels.tsa.seasonal import STL

from ehforecast.demand.forecasters.calendar_design import EffectKind
from ehforecast.demand.forecasters.calendar_fits import calendar_fits, earlier_fits
from ehforecast.demand.forecasters.calendar_method import LEVEL, CalendarMethod
from ehforecast.demand.forecasters.calendar_priors import mean_of_others
from ehforecast.demand.forecasters.count_regression import CountRegression
from ehforecast.demand.forecasters.ensemble import CalendarEnsemble
from ehforecast.demand.forecasters.error_filter import BURN_IN, MovingAverageFiltered
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.forecasters.regression_arima import RegressionArima
from ehforecast.demand.forecasters.season_smoothing import seasonal_parts
from ehforecast.demand.forecasters.shrunken_regression import Moments, fit_shrunken
from ehforecast.demand.forecasters.stl import StlTheta
from ehforecast.demand.forecasters.theta import Theta
from ehforecast.demand.period_calendar import calendar_ahead

WEEKS = pd.period_range("2012-01-02", periods=260, freq="W-SUN", name="week")
MIDDLE = 6


def task_of(counts: pd.DataFrame, horizon: int = 13) -> Task:
    series = series_set(counts)
    return Task(series, list(counts), calendar_ahead(series.periods, horizon), horizon)


def seasonal_weeks(series: int, seed: int, *, noise: float = 20.0, weeks: pd.PeriodIndex = WEEKS) -> pd.DataFrame:
    """A common season of 10% about levels that wander, near 200."""
    rng = np.random.default_rng(seed)
    turn = 2 * np.pi * np.arange(len(weeks)) / 52.18
    levels = 200 + np.cumsum(rng.normal(0, 1.0, (len(weeks), series)), axis=0)
    values = levels * (1 + 0.1 * np.sin(turn) + 0.05 * np.cos(3 * turn))[:, None] + rng.normal(0, noise, levels.shape)
    return pd.DataFrame(values, index=weeks).rename(columns=str)


def regression(seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    inputs, sd = rng.normal(size=(60, 4)), np.array([1.0, 0.5, 0.1, 0.02])
    return inputs, sd, inputs @ (sd[:, None] * rng.normal(size=(4, 3))) + rng.normal(0, 0.7, (60, 3))


def test_shrunken_fit_is_the_bayesian_regression_it_says() -> None:
    inputs, sd, targets = regression()
    moments = Moments(inputs.T @ inputs, inputs.T @ targets, np.square(targets).sum(axis=0), len(targets))
    fit = fit_shrunken(moments, sd)
    for series in range(3):
        noise = fit.variance[series]
        whole = noise * np.eye(60) + (inputs * np.square(sd)) @ inputs.T
        likelihood = multivariate_normal(np.zeros(60), whole).logpdf(targets[:, series])
        # The cost chooses between priors: it must be the marginal likelihood itself, constant aside.
        assert np.isclose(fit.cost[series], -2 * likelihood - 60 * np.log(2 * np.pi))
        precision = inputs.T @ inputs / noise + np.diag(1 / np.square(sd))
        # Effects and their covariance are the normal posterior's, solved for directly.
        assert np.allclose(fit.effects[:, series], np.linalg.solve(precision, inputs.T @ targets[:, series]) / noise)
        assert np.allclose(fit.covariance(series), np.linalg.inv(precision))


def test_noise_has_reached_its_fixed_point() -> None:
    inputs, sd, targets = regression(2)

    def cost(log_noise: float) -> float:
        whole = np.exp(log_noise) * np.eye(60) + (inputs * np.square(sd)) @ inputs.T
        return -float(multivariate_normal(np.zeros(60), whole).logpdf(targets[:, 0]))

    moments = Moments(inputs.T @ inputs, inputs.T @ targets, np.square(targets).sum(axis=0), len(targets))
    best = np.exp(minimize_scalar(cost, bounds=(-5, 5), method="bounded").x)
    # MacKay's fixed point is where the marginal likelihood is greatest; too few rounds would stop short of it.
    assert np.isclose(fit_shrunken(moments, sd).variance[0], best, rtol=0.01)


def filtered(ends: tuple[int, ...], marks: int = 0) -> tuple[MovingAverageFiltered, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    inputs, targets = rng.normal(size=(120, 4 + marks)), rng.normal(size=(120, 2))
    if marks:
        inputs[:, 4:] = np.diff(np.eye(121)[:, 60 : 60 + marks], axis=0)
    return MovingAverageFiltered(inputs, targets, 4, -0.6, ends), inputs, targets


def by_recursion(values: np.ndarray, ar: float, ma: float) -> np.ndarray:
    """e[t] = x[t] - ar x[t-1] - ma e[t-1], from zero, as the textbook writes it."""
    errors = np.zeros_like(values)
    for number in range(len(values)):
        before = values[number - 1] if number else 0.0
        errors[number] = values[number] - ar * before - ma * (errors[number - 1] if number else 0.0)
    return errors


def test_filtered_moments_are_those_of_the_textbook_recursion() -> None:
    problem, inputs, targets = filtered((80, 120))
    for place, end in enumerate((80, 120)):
        x, y = (by_recursion(values[:end], 0.3, -0.6)[BURN_IN:] for values in (inputs, targets))
        moments = problem.moments(0.3, place)
        # Sums kept for an earlier date must be what a fit to that much history would have seen.
        assert np.allclose(moments.gram, x.T @ x)
        assert np.allclose(moments.cross, x.T @ y)
        assert np.allclose(moments.squares, np.square(y).sum(axis=0))
        assert moments.number == end - BURN_IN


def test_marks_are_taken_out_as_if_they_were_regressors() -> None:
    problem, inputs, targets = filtered((120,), marks=3)
    x, y = (by_recursion(values, 0.3, -0.6)[BURN_IN:] for values in (inputs, targets))
    whole = np.linalg.lstsq(x, y, rcond=None)[0]
    moments = problem.moments(0.3)
    effects = np.linalg.solve(moments.gram, moments.cross)
    # Frisch and Waugh: the other effects are the same, and so are those of the marks once asked for.
    assert np.allclose(effects, whole[:4], atol=1e-6)
    assert np.allclose(problem.mark_effects(0.3, effects), whole[4:], atol=1e-6)
    assert moments.number == 120 - BURN_IN - 3


@pytest.mark.parametrize(
    ("number", "period"), [(260, 52), (263, 52), (121, 52), (140, 12), (109, 12), (40, 12), (120, 13), (200, 7)]
)
def test_seasons_smoothed_together_are_those_of_statsmodels(number: int, period: int) -> None:
    rng = np.random.default_rng(4)
    season = 10 * np.sin(2 * np.pi * np.arange(number) / period)[:, None]
    values = np.cumsum(rng.normal(size=(number, 3)), axis=0) + season
    theirs = [STL(column, period=period, seasonal=11, seasonal_deg=0).fit().seasonal for column in values.T]
    # The same loess, the same five rounds: equal to rounding, at a fortieth of the time for a panel.
    assert np.allclose(seasonal_parts(values, period, window=11), np.column_stack(theirs), atol=1e-10)


def test_mean_of_others_leaves_a_series_itself_out() -> None:
    effects = np.array([[1.0, 2.0, 6.0]])
    # A series that taught its own prior would believe its noise.
    assert mean_of_others(effects).tolist() == [[4.0, 3.5, 1.5]]
    assert mean_of_others(effects[:, :2]).tolist() == [[0.0, 0.0]]


def test_panel_borrows_its_season_and_a_stranger_keeps_its_own() -> None:
    counts = seasonal_weeks(12, seed=5)
    turn = 2 * np.pi * np.arange(len(WEEKS)) / 52.18
    counts["stranger"] = 200 - 60 * np.sin(turn) + np.random.default_rng(6).normal(0, 5, len(WEEKS))
    future = 2 * np.pi * np.arange(len(WEEKS), len(WEEKS) + 13) / 52.18
    waves = [kind is EffectKind.HARMONIC for kind in calendar_fits(task_of(counts))[0].group.design.kinds]

    def error(task: Task, truth: np.ndarray, place: int) -> float:
        (fit,) = calendar_fits(task)
        ahead = fit.group.design.future[:, waves] @ fit.arima.coefficients[waves]
        return float(np.abs((ahead - ahead.mean(axis=0))[:, place] - (truth - truth.mean())).mean())

    common = 200 * (0.1 * np.sin(future) + 0.05 * np.cos(3 * future))
    together = np.mean([error(task_of(counts), common, place) for place in range(12)])
    alone = np.mean([error(task_of(counts[[code]]), common, 0) for code in list(counts)[:12]])
    # Five years of weeks with 10% noise: a season shared by twelve others is known better than alone ...
    assert together < 0.9 * alone
    # ... and one that swings the other way by three times as much is not drawn to them.
    assert error(task_of(counts), -60 * np.sin(future), 12) < 6.0


def test_earlier_fits_are_near_those_made_then() -> None:
    counts, length = seasonal_weeks(6, seed=7), 221
    then, _ = earlier_fits(task_of(counts), (length,))
    made_then = calendar_fits(task_of(counts.iloc[:length]))
    ahead = [fits[0].calendar_ahead for fits in (then, made_then)]
    # Process and prior are chosen later, effects are not: half a wave would differ by 20, a grid step by a few.
    assert np.abs(ahead[0] - ahead[1]).max() < 5.0
    assert then[0].arima.remainder.shape == (length, 6)


def test_past_forecasts_agree_with_forecasts_from_the_past() -> None:
    counts, lengths = seasonal_weeks(6, seed=8), (215, 247)
    now, past = CalendarEnsemble().with_past(task_of(counts), lengths, levels=(0.1, 0.5, 0.9))
    assert np.allclose(now, CalendarEnsemble().quantiles(task_of(counts)))
    for place, length in enumerate(lengths):
        made_then = CalendarEnsemble().quantiles(task_of(counts.iloc[:length]))
        # An index off by one would forecast another season, or from another level: noise alone is 20.
        assert np.abs(past[place, :, :, 1] - made_then[:, :, MIDDLE]).mean() < 3.0


def test_series_too_short_then_has_no_past_forecast() -> None:
    counts = seasonal_weeks(3, seed=9)
    counts.iloc[:130, 2] = np.nan
    _, past = CalendarEnsemble().with_past(task_of(counts), (200, 247), levels=(0.1, 0.5, 0.9))
    # Seventy weeks at the first date are no two seasons, 117 at the second are.
    assert np.isnan(past[0, 2]).all()
    assert np.isfinite(past[1]).all()
    assert np.isfinite(past[0, :2]).all()


@pytest.mark.parametrize(
    "method", [RegressionArima(), CountRegression(), Theta(), StlTheta(), CalendarEnsemble()], ids=lambda one: one.name
)
@pytest.mark.parametrize("freq", ["D", "W-SUN", "M"])
def test_parts_add_up_to_the_median(method: CalendarMethod, freq: str) -> None:
    periods = pd.period_range("2015-01-05", periods=150, freq=freq, name="period")
    rng = np.random.default_rng(10)
    counts = pd.DataFrame({"x": rng.poisson(40, 150), "y": rng.poisson(3, 150)}, index=periods).astype(float)
    task = task_of(counts, 12)
    parts = method.counts_by_part(task)
    # A planner adds them up.
    assert np.allclose(sum(parts.values()), method.quantiles(task)[:, :, MIDDLE])
    # The level is most of it: constant means of 40 and 3.
    assert np.abs(parts[LEVEL][0] - 40).max() < 12


def test_account_on_the_log_scale_tells_season_from_level() -> None:
    counts = seasonal_weeks(5, seed=11, noise=5.0)
    said = RegressionArima().contributions(task_of(counts))
    turn = 2 * np.pi * np.arange(len(WEEKS)) / 52.18
    truth = np.log(1 + 0.1 * np.sin(turn) + 0.05 * np.cos(3 * turn))
    # The planted season, in logs, within a few hundredths; the level near log 200, not moving with the season.
    assert np.abs(said.past["season"] - truth).mean() < 0.02
    assert np.abs(said.past_level - np.log(200)).max() < 0.35
    assert all(effect.low < effect.ratio < effect.high for effect in said.effects)


def test_unobserved_components_agree_with_the_fast_regression() -> None:
    months = pd.period_range("2008-01", periods=96, freq="M", name="month")
    rng = np.random.default_rng(12)
    season = np.array([0, 5, 10, 0, 5, 0, 0, -40, 5, 10, 5, 0])[months.month - 1]
    counts = pd.DataFrame({"x": 4000 + 10 * season + rng.normal(0, 40, 96)}, index=months)
    counts.iloc[50] = np.nan
    (slow,) = forecasters_named(("unobserved_components",))
    task = task_of(counts, 12)
    theirs, ours = slow.quantiles(task), RegressionArima().quantiles(task)
    # Two ways to the same model, one through statsmodels: middles within 2% of a level of thousands (the scale trap).
    assert np.allclose(theirs[:, :, MIDDLE], ours[:, :, MIDDLE], rtol=0.02)
    assert (np.diff(theirs, axis=2) > 0).all()
