"""The walking skeleton on England's own figures: the published baseline first, then whether we do better."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.contracts import find_extract_files, load_layout, read_extract
from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import REPORT, Backtest, Origins
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.results import ALL_AREAS
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.reference.area_codes import english_areas

pytestmark = pytest.mark.acceptance("skeleton")


@pytest.fixture(scope="module")
def councils(real_data: Path) -> SeriesSet:
    layout = load_layout("dfe_children_in_need")
    path = find_extract_files(real_data, layout, required=("referrals_by_month",))["referrals_by_month"]
    extract = read_extract(path, layout, english_areas())
    series = monthly_series(extract.frame, english_areas()).known_until(pd.Period("2022-03", "M"))
    return series.of_level("council").complete()


@pytest.fixture(scope="module")
def accuracy(councils: SeriesSet) -> "pd.Series[float]":
    """Pooled accuracy over origins March 2016 to December 2018, by method and metric."""
    methods = forecasters_named(("seasonal_naive", "pooled_smoothing", "calendar_regression", "pooled_ensemble"))
    origins = Origins((), tuple(pd.period_range("2016-03", "2018-12", freq="M")))
    codes = [str(code) for code in councils.counts]
    table = accuracy_table(Backtest(councils, methods, codes, origins).run(), codes)
    pooled = table[(table["area_code"] == ALL_AREAS) & (table["stage"] == REPORT)]
    return pooled.set_index(["forecaster", "metric"])["value"]


def test_about_135_councils_have_complete_series(councils: SeriesSet, record_figure: Callable[..., None]) -> None:
    record_figure("councils with complete series to March 2022", councils.counts.shape[1], "about 135")
    # 135 by code; Buckinghamshire's two codes are one council. A lost or invented council would change every figure.
    assert councils.counts.shape == (120, 136)


def test_published_baseline_is_reproduced(accuracy: "pd.Series[float]", record_figure: Callable[..., None]) -> None:
    wape = accuracy["pooled_smoothing", "wape"]
    record_figure("WAPE, pooled smoothing (published baseline)", wape, "0.177 to 0.178, within 0.003")
    # Measured independently of this package; a month, a working day or an origin out of place shows here.
    assert 0.177 - 0.003 <= wape <= 0.178 + 0.003


def test_calendar_regression_is_no_worse_than_the_baseline(
    accuracy: "pd.Series[float]", record_figure: Callable[..., None]
) -> None:
    wape = accuracy["calendar_regression", "wape"]
    record_figure("WAPE, calendar regression", wape, "at most 0.178 (councils.md row 1)")
    record_figure("  against pooled smoothing, %", 100 * (wape / accuracy["pooled_smoothing", "wape"] - 1), "")
    # Councils.md row 1: at most 0.178, and at least 15% below the same month last year.
    assert wape <= 0.178
    assert wape <= 0.85 * accuracy["seasonal_naive", "wape"]


def test_average_of_the_pooled_methods_beats_the_baseline(
    accuracy: "pd.Series[float]", record_figure: Callable[..., None]
) -> None:
    change = 100 * (accuracy["pooled_ensemble", "wape"] / accuracy["pooled_smoothing", "wape"] - 1)
    record_figure("WAPE of the pooled ensemble against the baseline, %", change, "below 0; capability C asks for -3")
    # An average that is no better than its simpler half is not worth its keep.
    assert change < -1.0


@pytest.mark.parametrize("method", ["pooled_smoothing", "calendar_regression", "pooled_ensemble"])
def test_ranges_hold_on_real_councils(
    accuracy: "pd.Series[float]", method: str, record_figure: Callable[..., None]
) -> None:
    coverage = [accuracy[method, f"coverage{share}"] for share in (50, 80, 95)]
    for share, held in zip((50, 80, 95), coverage, strict=True):
        record_figure(f"{share}% range held, {method}", held, f"0.{share}")
    # Councils.md row 1 asks 75 to 85% of the 80% range; the others likewise within five points, the 95% within two.
    assert abs(coverage[0] - 0.5) <= 0.05
    assert abs(coverage[1] - 0.8) <= 0.05
    assert abs(coverage[2] - 0.95) <= 0.02
