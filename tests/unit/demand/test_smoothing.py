import numpy as np
from statsmodels.tsa.holtwinters import SimpleExpSmoothing

from ehforecast.demand.forecasters.smoothing import running_means, smoothed_levels


def test_equals_statsmodels() -> None:
    values = np.random.default_rng(3).gamma(5, 20, (60, 1))
    fit = SimpleExpSmoothing(values[:, 0], initialization_method="known", initial_level=values[0, 0]).fit(
        smoothing_level=0.3, optimized=False
    )
    # The independent library gives the same last level; a wrong start or weight would not.
    assert np.isclose(smoothed_levels(values, 0.3)[-1, 0], fit.forecast(1)[0], rtol=1e-12)


def test_absent_months_leave_the_level_alone() -> None:
    values = np.array([[np.nan, 4.0], [8.0, np.nan], [np.nan, np.nan], [10.0, 6.0]])
    levels = smoothed_levels(values, 0.5)
    # A gap read as zero, or as a repeat of the last value, would move the level.
    assert np.array_equal(levels[:, 1], [4.0, 4.0, 4.0, 5.0])
    # Before its first value a series has no level.
    assert np.array_equal(levels[:, 0], [np.nan, 8.0, 8.0, 9.0], equal_nan=True)


def test_running_means_equal_a_loop() -> None:
    values = np.random.default_rng(4).normal(size=(30, 3))
    values[5:9, 1] = np.nan
    expected = np.array([np.nanmean(values[max(0, month - 6) : month + 1], axis=0) for month in range(30)])
    # Off by one in the window is the classic fault of cumulative sums.
    assert np.allclose(running_means(values, 7), expected)
    # Without a window the whole past counts.
    assert np.allclose(running_means(values)[-1], np.nanmean(values, axis=0))
