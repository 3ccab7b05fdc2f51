"""Calibration: too narrow and too wide methods come right, good ones stay as they are."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from panels import series_set

from ehforecast.demand.accuracy import score_forecasts
from ehforecast.demand.forecasters.calibrated import Calibrated
from ehforecast.demand.forecasters.interface import IntervalKind, Task, interval_kind
from ehforecast.demand.forecasters.theta import Theta
from ehforecast.demand.period_calendar import calendar_ahead

WEEKS = pd.period_range("2012-01-02", periods=240, freq="W-SUN", name="week")
MIDDLE, HORIZON = 6, 8


@dataclass(frozen=True)
class Stretched:
    """A level with ranges this many times as wide as they ought to be."""

    times: float
    name: str = "stretched"
    label: str = "ranges of the wrong width"

    def quantiles(self, task: Task) -> np.ndarray:
        honest = Theta().quantiles(task)
        middle = honest[:, :, [list(task.levels).index(0.5)]]
        return np.maximum(middle + self.times * (honest - middle), 0.0)


def walks(series: int, seed: int) -> pd.DataFrame:
    shocks = np.random.default_rng(seed).normal(0, 8, (len(WEEKS) + 1, series))
    paths = 400 + np.cumsum(shocks[1:] - 0.7 * shocks[:-1], axis=0)
    return pd.DataFrame(paths, index=WEEKS, columns=[f"s{number}" for number in range(series)])


def task_of(counts: pd.DataFrame, horizon: int = HORIZON) -> Task:
    series = series_set(counts)
    return Task(series, list(counts), calendar_ahead(series.periods, horizon), horizon)


def held(times: float, *, calibrated: bool) -> np.ndarray:
    counts = walks(80, seed=3)
    task, method = task_of(counts.iloc[:-HORIZON]), Stretched(times)
    quantiles = (Calibrated(method) if calibrated else method).quantiles(task)
    scores = score_forecasts(counts.iloc[-HORIZON:].to_numpy().T, quantiles, levels=task.levels)
    return np.array([scores[f"within{share}"].mean() for share in (50, 80, 95)])


@pytest.mark.parametrize("times", [0.4, 1.0, 2.5])
def test_ranges_come_right_whatever_the_method_said(times: float) -> None:
    # 80 series of 8 weeks that share a level, worth about 3 independent weeks each: standard errors 3.2, 2.6 and 1.4
    # points; three of them allowed, and the same again for what the factors themselves are off by at 95%.
    assert np.all(np.abs(held(times, calibrated=True) - [0.5, 0.8, 0.95]) < [0.096, 0.078, 0.05])


@pytest.mark.parametrize("times", [0.4, 2.5])
def test_without_calibration_the_same_methods_fail(times: float) -> None:
    # The control: the tolerance above is not so wide that anything passes.
    assert abs(held(times, calibrated=False)[1] - 0.8) > 0.15


def test_middle_is_left_alone_and_order_kept() -> None:
    task, method = task_of(walks(6, seed=4)), Stretched(0.5)
    before, after = method.quantiles(task), Calibrated(method).quantiles(task)
    # Calibration speaks of ranges; the point forecast is the method's own.
    assert np.allclose(before[:, :, MIDDLE], after[:, :, MIDDLE])
    assert (np.diff(after, axis=2) >= 0).all()


def test_good_ranges_are_left_almost_alone() -> None:
    counts = walks(80, seed=3)
    task = task_of(counts.iloc[:-HORIZON])
    before, after = Theta().quantiles(task), Calibrated(Theta()).quantiles(task)
    widths = [(given[:, :, 11] - given[:, :, 1]).mean() for given in (before, after)]
    # Eight past forecasts put a right factor off by 1 / sqrt(32) = 18% by chance; drawn to 1, by half of that.
    assert 0.9 < widths[1] / widths[0] < 1.1


def test_nothing_to_score_leaves_ranges_alone() -> None:
    counts = walks(3, seed=5)
    counts.iloc[150:] = np.nan
    task = task_of(counts)
    # Every past forecast met only absent weeks: no factor, rather than one that is not a number.
    assert np.isfinite(Calibrated(Theta()).quantiles(task)).all()


def test_kind_of_range_is_named() -> None:
    long, short = task_of(walks(3, seed=5)), task_of(walks(3, seed=5).iloc[:116])
    # A reader told that ranges are calibrated where history was too short to do so would be misled.
    assert interval_kind(Calibrated(Theta()), long) is IntervalKind.CALIBRATED
    assert interval_kind(Calibrated(Theta()), short) is IntervalKind.NATIVE


def test_too_little_history_leaves_ranges_alone() -> None:
    task = task_of(walks(3, seed=5).iloc[:116])
    # Two seasons and a horizon leave room for two past forecasts: no correction can be learned from those.
    assert np.array_equal(Calibrated(Theta()).quantiles(task), Theta().quantiles(task))


def test_covid_is_not_scored() -> None:
    weeks = pd.period_range("2018-01-01", periods=len(WEEKS), freq="W-SUN", name="week")
    calm = walks(5, seed=6).set_axis(weeks)
    shocked = calm.copy()
    shocked.loc[(weeks.end_time >= "2020-03-02") & (weeks.end_time <= "2021-07-31")] *= 0.3
    ends = pd.Period("2021-12-26", "W-SUN")
    widths = []
    for counts in (calm, shocked):
        quantiles = Calibrated(Theta(), origins=12).quantiles(task_of(counts.loc[:ends]))
        widths.append((quantiles[:, :, 11] - quantiles[:, :, 1]).mean())
    # Lockdown errors ten times the usual size, were they scored, would make every later range useless.
    assert widths[1] < 1.5 * widths[0]
