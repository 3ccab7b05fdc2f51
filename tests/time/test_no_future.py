"""Change the future: nothing known before may move."""

import numpy as np
import pandas as pd
import pytest
from panels import synthetic_series

from ehforecast.demand.backtest import Backtest, Origins
from ehforecast.demand.forecasters.interface import Forecaster, Task
from ehforecast.demand.forecasters.registry import FORECASTERS
from ehforecast.demand.period_calendar import period_calendar
from ehforecast.demand.series import SeriesSet

ORIGIN = pd.Period("2014-09", "M")


def with_other_future(series: SeriesSet) -> SeriesSet:
    counts = series.counts.copy()
    later = counts.index > ORIGIN
    counts.loc[later] = np.random.default_rng(5).integers(0, 100_000, (int(later.sum()), counts.shape[1]))
    return SeriesSet(counts, series.absences, series.areas)


@pytest.mark.parametrize("forecaster", FORECASTERS, ids=lambda forecaster: forecaster.name)
def test_forecasts_do_not_see_the_future(forecaster: Forecaster) -> None:
    series = synthetic_series(councils=4, years=8)
    calendar = period_calendar(pd.period_range(series.periods[0], ORIGIN + 12, freq="M"))
    codes = list(series.counts)
    before, after = (
        forecaster.quantiles(Task(given.known_until(ORIGIN), codes, calendar))
        for given in (series, with_other_future(series))
    )
    # Bit for bit: a season, scale or weight learned from later months would move some digit.
    assert np.array_equal(before, after)


def test_backtest_scores_change_only_through_the_actuals() -> None:
    series = synthetic_series(councils=3, years=8)
    origins = Origins((ORIGIN,), ())
    tables = [
        Backtest(given, list(FORECASTERS[:2]), list(series.counts), origins).run()
        for given in (series, with_other_future(series))
    ]
    # The scale of MASE is known at the origin; the outcomes are what changed.
    assert tables[0]["seasonal_scale"].equals(tables[1]["seasonal_scale"])
    assert not tables[0]["actual"].equals(tables[1]["actual"])
