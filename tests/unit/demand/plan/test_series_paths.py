"""Parts of a council's forecast that add up to its whole on every path: places (row 7) and sources (row 18)."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from ehforecast.demand.plan.paths import forecast_paths, series_paths
from ehforecast.demand.quantile_functions import sum_quantiles
from ehforecast.demand.results import QUANTILE_LEVELS, DemandResult
from ehforecast.errors import ForecastError

pytestmark = pytest.mark.acceptance("plan")

MONTHS = pd.period_range("2024-04", periods=12, freq="M")
BEFORE = pd.period_range("2023-04", periods=12, freq="M")
MEANS = {"total": 130.0, "north": 80.0, "south": 40.0, "east": 6.0, "west": 4.0}
SMALL = ("east", "west")
"""Parts too small for a forecast of their own."""


def result_of(means: dict[str, float] = MEANS, *, small: tuple[str, ...] = SMALL) -> DemandResult:
    """A whole and its parts, every month alike: a normal spread of a tenth of the mean, and of three more."""
    forecasts, totals = [], []
    for code, mean in means.items():
        if code not in small:
            quantiles = np.maximum(mean + (0.1 * mean + 3) * norm.ppf(QUANTILE_LEVELS), 0.0)
            months, levels = np.repeat(MONTHS.astype(str), len(QUANTILE_LEVELS)), np.tile(QUANTILE_LEVELS, 12)
            rows = pd.DataFrame({"month": months, "level": levels, "forecast_count": np.tile(quantiles, 12)})
            sums = sum_quantiles(np.tile(quantiles, (1, 12, 1)), levels=QUANTILE_LEVELS, persistence=0.5)[0]
            forecasts.append(rows.assign(area_code=code))
            totals.append(pd.DataFrame({"area_code": code, "months": 12, "level": QUANTILE_LEVELS,
                                        "total_count": sums}))  # fmt: skip
    kinds = ["council", *["locality"] * (len(means) - 1)]
    areas = pd.DataFrame({"area_code": list(means), "area_name": list(means), "area_level": kinds})
    observed = pd.DataFrame([(code, str(month), mean) for code, mean in means.items() for month in BEFORE],
                            columns=["area_code", "month", "observed_count"])  # fmt: skip
    none = pd.DataFrame()
    return DemandResult("contacts", "2024-03", 12, areas, observed, pd.concat(forecasts), none, none,
                        totals=pd.concat(totals))  # fmt: skip


def test_places_add_up_to_the_borough_on_every_path() -> None:
    whole = forecast_paths(result_of(), "total", number=600).paths[:, 0]
    volume = series_paths(result_of(), "total", number=600)
    assert volume.series == ("north", "south", "east", "west")
    # Row 7. Catches places that do not sum to the council's own forecast, in any month of any future.
    assert np.abs(volume.paths.sum(axis=1) - whole).max() < 1e-6
    assert (volume.paths >= 0).all()


def test_a_part_keeps_its_own_middle_and_range() -> None:
    volume = series_paths(result_of(), "total", number=2000)
    for place, code in enumerate(("north", "south")):
        low, middle, high = np.quantile(volume.paths[:, place, 0], [0.1, 0.5, 0.9])
        own = forecast_paths(result_of(), code, number=2000).paths[:, 0, 0]
        # Catches parts that are bare shares of the whole, or as sure as if nothing were their own.
        assert middle == pytest.approx(MEANS[code], rel=0.05)
        assert (high - low) / np.subtract(*np.quantile(own, [0.9, 0.1])) == pytest.approx(1.0, abs=0.35)


def test_parts_go_partly_together_with_the_whole() -> None:
    volume = series_paths(result_of(), "total", number=2000)
    whole, north = volume.paths.sum(axis=1)[:, 0], volume.paths[:, 0, 0]
    # Catches a part that knows nothing of the whole, or is nothing but it.
    assert 0.3 < np.corrcoef(whole, north)[0, 1] < 0.98


def test_parts_too_small_for_a_forecast_have_their_share_of_the_last_year() -> None:
    volume = series_paths(result_of(), "total", number=600)
    east, west = volume.paths[:, 2], volume.paths[:, 3]
    # Catches a small place left out, or all small ones given alike: 6 against 4 of 130.
    assert np.allclose(east, 1.5 * west)
    assert np.median(east) == pytest.approx(6.0, rel=0.1)


def test_nothing_is_lost_where_every_part_may_be_nothing() -> None:
    means = {"total": 3.0, "north": 0.5, "south": 0.5}
    whole = forecast_paths(result_of(means, small=()), "total", number=400).paths[:, 0]
    volume = series_paths(result_of(means, small=()), "total", number=400)
    # Row 7. Catches a future in which every place has nothing and the council something.
    assert np.abs(volume.paths.sum(axis=1) - whole).max() < 1e-6


def test_parts_of_which_none_is_forecast_are_refused() -> None:
    with pytest.raises(ForecastError, match="no part of the whole has a forecast; forecast fewer and larger series"):
        series_paths(result_of(small=("north", "south", "east", "west")), "total")
