import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from ehforecast.demand.accuracy import quantile_column
from ehforecast.demand.results import QUANTILE_LEVELS
from ehforecast.demand.totals import USUAL_PERSISTENCE, accuracy_of_totals, error_persistence

LEVELS = np.asarray(QUANTILE_LEVELS)


def scores(persistence: float, *, areas: int = 60, origins: int = 8, spread: float = 10.0) -> pd.DataFrame:
    """Past forecasts of 100 a month whose errors persist as told, with the quantiles of a normal of spread 10."""
    rng, ahead = np.random.default_rng(5), np.arange(1, 13)
    wander = np.sqrt(np.minimum.outer(ahead, ahead) / np.maximum.outer(ahead, ahead))
    factor = np.linalg.cholesky(persistence * wander + (1 - persistence) * np.eye(12))
    places = rng.standard_normal((origins * areas, 12)) @ factor.T
    index = pd.MultiIndex.from_product(
        [range(origins), range(areas), ahead], names=["origin", "area_code", "months_ahead"]
    )
    table = pd.DataFrame({"pit": norm.cdf(places).ravel(), "actual": (100 + spread * places).ravel()}, index=index)
    table = table.reset_index().assign(stage="report", forecaster="m")
    table["origin"] = pd.PeriodIndex([pd.Period("2018-01", "M") + number for number in table["origin"]])
    return table.assign(**{quantile_column(level): 100 + 10 * norm.ppf(level) for level in QUANTILE_LEVELS})


@pytest.mark.parametrize("persistence", [0.0, 0.4, 0.9])
def test_persistence_is_learned_from_past_forecasts(persistence: float) -> None:
    # 480 forecasts of 66 pairs each: within 0.06. Monthly errors taken for unrelated make a year's range too narrow.
    assert error_persistence(scores(persistence), "m") == pytest.approx(persistence, abs=0.06)


def test_too_few_pairs_use_the_usual_persistence() -> None:
    few = scores(0.9, areas=1, origins=2)
    # Two forecasts say nothing about how errors hang together.
    assert error_persistence(few, "m") == USUAL_PERSISTENCE
    # Absent months make no pairs.
    absent = scores(0.9).assign(actual=np.nan)
    assert error_persistence(absent, "m") == USUAL_PERSISTENCE


@pytest.mark.parametrize("persistence", [0.0, 0.5, 1.0])
def test_ranges_of_totals_hold(persistence: float) -> None:
    past = scores(persistence)
    table = accuracy_of_totals(
        past, forecaster="m", pooled=list(range(60)), persistence=error_persistence(past, "m"), stage="report"
    ).set_index("metric")["value"]
    # 480 totals: within three standard errors (0.055) of 80%. Summed quantiles would hold always, unrelated ones half
    # of the time where errors persist.
    assert table["total_coverage80"] == pytest.approx(0.8, abs=0.055)
    # A miss of a total of 1,200 is between 35 and 100 here.
    assert 0.015 < table["total_wape"] < 0.09


def test_totals_need_every_month() -> None:
    past = scores(0.5, areas=2, origins=4)
    past.loc[past["months_ahead"] == 7, "actual"] = np.nan
    # Eleven months are not a year.
    assert accuracy_of_totals(past, forecaster="m", pooled=[0, 1], persistence=0.5, stage="report").empty
