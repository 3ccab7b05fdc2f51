"""From a forecast to futures: the margins, the year's range, and sources that add up."""

import numpy as np
import pandas as pd
import pytest
from builders import make_demand_result
from scipy.stats import norm

from ehforecast.demand.plan.assumptions import Assumption, certain
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.paths import daily_paths, forecast_paths, opened_volume, split_volume, stated_paths
from ehforecast.demand.quantile_functions import sum_quantiles
from ehforecast.demand.results import QUANTILE_LEVELS, DemandResult
from ehforecast.errors import ForecastError, SettingsError

pytestmark = pytest.mark.acceptance("plan")

MONTHS = pd.period_range("2024-04", periods=12, freq="M")


def result_with(persistence: float) -> DemandResult:
    """Every month 100, standard deviation 15; the total as errors of this persistence give it."""
    quantiles = np.tile(100 + 15 * norm.ppf(QUANTILE_LEVELS), (12, 1))
    sums = sum_quantiles(quantiles[None], levels=QUANTILE_LEVELS, persistence=persistence)[0]
    rows = [
        ("E08", str(month), level, value)
        for month, of_month in zip(MONTHS, quantiles, strict=True)
        for level, value in zip(QUANTILE_LEVELS, of_month, strict=True)
    ]
    forecast = pd.DataFrame(rows, columns=["area_code", "month", "level", "forecast_count"])
    totals = pd.DataFrame({"area_code": "E08", "months": 12, "level": QUANTILE_LEVELS, "total_count": sums})
    none = pd.DataFrame()
    return DemandResult("referrals", "2024-03", 12, none, none, forecast, none, none, totals=totals)


@pytest.mark.parametrize("persistence", [0.0, 0.5, 1.0])
def test_futures_have_the_forecasts_ranges(persistence: float) -> None:
    result = result_with(persistence)
    paths = forecast_paths(result, "E08", number=4000).paths[:, 0]
    # Catches months whose futures are not the forecast's: their ends lie at 100 less and more 1.28 times 15.
    assert np.abs(np.quantile(paths, [0.1, 0.9], axis=0) - [[80.8], [119.2]]).max() < 2.5
    told = result.totals.set_index("level")["total_count"]
    low, high = np.quantile(paths.sum(axis=1), [0.1, 0.9])
    # Catches a year as sure as unrelated months, or as unsure as months that all miss together.
    assert abs((high - low) / (told[0.9] - told[0.1]) - 1) < 0.08


def test_an_area_without_a_forecast_is_refused() -> None:
    with pytest.raises(ForecastError, match="has no forecast"):
        forecast_paths(make_demand_result(), "E99999999")


SHARES = {
    "police": Assumption("police", 0.3, 0.6, 0.8, "", "r"),
    "school": Assumption("school", 0.2, 0.4, 0.6, "", "r"),
}
TWO_EACH = certain("scale", 2.0, unit="", reason="r")


def test_sources_add_up_in_every_future() -> None:
    total = forecast_paths(result_with(0.5), "E08", number=100)
    volume = split_volume(total, SHARES, scale=TWO_EACH, seed=1)
    # Catches sources that do not sum to what was forecast (times two), path by path.
    assert np.allclose(volume.paths.sum(axis=1), 2 * total.paths[:, 0], rtol=1e-12)
    # Catches shares without their doubt.
    assert np.ptp(volume.paths[:, 0, 0] / volume.paths[:, :, 0].sum(axis=1)) > 0.1


def test_shares_that_do_not_add_up_are_refused_by_key() -> None:
    total = forecast_paths(result_with(0.5), "E08", number=10)
    with pytest.raises(SettingsError, match=r"key 'plan\.sources': .* add up to 1"):
        split_volume(total, {"police": SHARES["police"]}, scale=TWO_EACH, seed=1)
    with pytest.raises(SettingsError, match="key 'scale': must be above zero"):
        split_volume(total, SHARES, scale=certain("scale", 0.0, unit="", reason="r"), seed=1)


def test_each_source_opens_its_own_share() -> None:
    volume = Volume(("police", "school"), MONTHS[:1], np.full((3, 2, 1), 10.0))
    opened = opened_volume(volume, {"police": certain("p", 0.5, unit="", reason="r")}, seed=1)
    # Catches a source that opens cases though none was said to, or with another's share.
    assert opened.paths[:, :, 0].tolist() == [[5.0, 0.0]] * 3


def test_no_day_is_lost_or_doubled() -> None:
    volume = Volume(("all",), MONTHS, np.full((5, 1, 12), 30.0))
    days, cases = daily_paths(volume, share=certain("s", 1.0, unit="", reason="r"), seed=1)
    # Catches a day missing or twice between April and March.
    assert (len(days), days.is_unique, days[0], days[-1].date().isoformat()) == (
        365, True, pd.Timestamp("2024-04-01"), "2025-03-31",
    )  # fmt: skip
    # Catches cases lost or made on the way from months to days.
    assert cases.sum(axis=1).tolist() == [360.0] * 5


def test_an_assumed_volume_has_its_doubt_and_chance() -> None:
    volume = stated_paths(Assumption("plan.per_month", 80, 100, 120, "", "r"), MONTHS, number=4000, seed=1)
    # Catches an assumed number taken as known, or chance from month to month left out (variance 67 + 100).
    assert abs(volume.paths[:, 0, 0].var() - 167) < 20
    with pytest.raises(SettingsError, match=r"key 'plan\.per_month'"):
        stated_paths(certain("plan.per_month", 0, unit="", reason="r"), MONTHS, seed=1)
