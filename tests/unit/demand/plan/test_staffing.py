"""Workers against a promise: more never keep it less often, and the range of workers is printed."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.plan.assumptions import Assumption, certain
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.staffing import Caseload, Promise, chance_of_promise, workers_for
from ehforecast.errors import ForecastError, SettingsError

pytestmark = pytest.mark.acceptance("plan")

MONTHS = pd.period_range("2024-04", periods=6, freq="M")
PLACES = certain("families_per_worker", 9.5, unit="families", reason="case review 2016")
WEEKS = Assumption("weeks_open", 18, 20, 22, "weeks", "closed cases")
A_MONTH = 446.5 / 20 * 365.25 / 7 / 12
"""Families that keep 446.5 places taken for 20 weeks each: 47 workers with 9.5 families."""


def families(seed: int = 1, a_month: float = A_MONTH) -> Volume:
    rng = np.random.default_rng(seed)
    level = a_month * np.exp(rng.normal(0, 0.05, (150, 1, 1)))
    return Volume(("families",), MONTHS, rng.poisson(level, (150, 1, len(MONTHS))).astype(float))


def chances(workers: list[float], spread: float = 1.0) -> pd.DataFrame:
    caseload = Caseload(PLACES, WEEKS, families_open=446, spread=spread)
    return chance_of_promise(families(), Promise(5, 0.9), caseload=caseload, workers=workers)


@pytest.mark.parametrize("spread", [0.0, 0.6, 1.0])
def test_more_workers_never_keep_it_less_often(spread: float) -> None:
    found = chances([40, 44, 47, 50, 55, 60], spread)
    # Catches noise between numbers of workers that makes hiring look harmful.
    assert found["chance_kept"].is_monotonic_increasing
    assert found["share_in_time"].is_monotonic_increasing
    # Catches a promise that is always, or never, kept: 40 workers have 380 places for 446 families, 60 have 570.
    assert found["chance_kept"].iloc[0] < 0.05
    assert found["chance_kept"].iloc[-1] > 0.95
    # Catches the ends of the range mixed up.
    assert (found["share_low"] <= found["share_high"]).all()


def test_the_fewest_workers_for_a_chance() -> None:
    found = pd.DataFrame({"workers": [40, 45, 50], "chance_kept": [0.1, 0.8, 0.95]})
    # Catches a number that keeps the promise less surely than asked.
    assert workers_for(found, 0.8) == 45
    assert workers_for(found, 0.99) == np.inf


def test_what_cannot_be_is_refused_by_key() -> None:
    caseload = Caseload(PLACES, WEEKS, families_open=0)
    with pytest.raises(SettingsError, match="key 'workers'"):
        chance_of_promise(families(), Promise(5, 0.9), caseload=caseload, workers=[0])
    with pytest.raises(SettingsError, match="key 'promise'"):
        Promise(-1, 0.9)
    with pytest.raises(SettingsError, match="key 'caseload'"):
        Caseload(PLACES, WEEKS, families_open=-1)
    # Catches a promise kept to nobody, and places for less than one family.
    with pytest.raises(ForecastError, match="nobody is expected"):
        chance_of_promise(families(a_month=0.0), Promise(5, 0.9), caseload=caseload, workers=[1])
    with pytest.raises(ForecastError, match="no place"):
        chance_of_promise(families(), Promise(5, 0.9), caseload=caseload, workers=[0.05])
