"""Effects planted in simulated councils are recovered, and placebo tests keep their rate."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from past_series import Null, drawn_counts, series_set

from ehforecast.demand.impact import measure_impact
from ehforecast.demand.impact_date import Intervention
from ehforecast.demand.past_results import NOT_TOLD

pytestmark = pytest.mark.acceptance("councils")

MONTHS = pd.period_range("2010-04", periods=76, freq="M")
START = pd.Period("2014-10", "M")
TRUTH = 0.7


@pytest.fixture(scope="module")
def number(request: pytest.FixtureRequest) -> int:
    """Panels drawn: more when the acceptance is asked for."""
    return 60 if request.config.getoption("--acceptance") else 5


def main_estimates(number: int, ratio: float) -> pd.DataFrame:
    rows = []
    for seed in range(number):
        counts = drawn_counts(Null(drift=0.02), MONTHS, number=24, seed=seed)
        counts.iloc[:, 0] = (counts.iloc[:, 0] * np.where(MONTHS >= START, ratio, 1.0)).round()
        found = measure_impact(series_set(counts), Intervention("x", str(counts.columns[0]), START)).estimates
        rows.append(found[found["is_main"]])
    return pd.concat(rows)


def test_a_planted_fall_is_recovered(number: int, record_figure: Callable[..., None]) -> None:
    rows = main_estimates(number, TRUTH)
    held = ((rows["low"] <= TRUTH - 1) & (rows["high"] >= TRUTH - 1)).mean()
    mean = float(np.log1p(rows["effect"]).mean())
    record_figure("fall of 30% planted: mean estimate", float(np.expm1(mean)), "about -0.30")
    record_figure("  95% range held", float(held), "about 0.95")
    # An estimate's own error is about 0.11 in logs here; three standard errors of the mean of them.
    assert mean == pytest.approx(np.log(TRUTH), abs=3 * 0.11 / np.sqrt(number))
    assert held >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / number)


def test_nothing_planted_is_seldom_called(number: int, record_figure: Callable[..., None]) -> None:
    rows = main_estimates(number, 1.0)
    called = float((rows["verdict"] != NOT_TOLD).mean())
    record_figure("nothing planted: called a change", called, "about 0.05")
    # Three standard errors above one in twenty.
    assert called <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / number)
