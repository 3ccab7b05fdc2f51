from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from panels import series_set

from ehforecast.demand.eligibility import find_refusals, forecastable

MONTHS = pd.period_range("2019-01", periods=40, freq="M", name="month")
USUAL = 50.0 + np.arange(40) % 3


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda y: y.fill(np.nan), "no month has a count"),
        (lambda y: y[:17].fill(np.nan), "only 23 months have a count; 24 are needed"),
        (
            lambda y: y[-5:].fill(np.nan),
            "only 7 of the last 12 months have a count (8 are needed); the last one is November 2021",
        ),
        (lambda y: y[-24:].fill(0.0), "every count of the last 24 months is zero"),
        (lambda y: y[-24:].fill(7.0), "every count of the last 24 months is the same"),
    ],
)
def test_each_refusal_says_why(change: Callable[[np.ndarray], None], reason: str) -> None:
    counts = USUAL.copy()
    change(counts)
    series = series_set(pd.DataFrame({"x": counts, "good": USUAL}, index=MONTHS))
    # The reader sees this sentence in place of a forecast.
    assert find_refusals(series) == {"x": reason}
    # What is refused must not be learned from either.
    assert list(forecastable(series).counts) == ["good"]


@pytest.mark.parametrize("absent", [0, 4])
def test_enough_is_accepted(absent: int) -> None:
    counts = USUAL.copy()
    counts[:16] = np.nan
    counts[39 - absent : 39] = np.nan
    series = series_set(pd.DataFrame({"x": counts}, index=MONTHS))
    # With 24 and 20 months present: the first is just enough, the second is not.
    assert bool(find_refusals(series)) == (absent == 4)
