"""For which places a forecast is worse: a place forecast too low is found, an even forecast names hardly anybody.

Short in CI; `make accept-fairness` runs 200 audits of each kind and prints the figures.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from panels import series_set

from ehforecast.demand.forecast import ForecastSettings, forecast_demand
from ehforecast.pipelines.forecast_fairness import audit_places
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.risk.fairness.forecasts import audit_forecasts

Record = Callable[..., None]
DATES, AHEAD, PLACES = 16, 3, 8


@pytest.fixture(scope="module")
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--acceptance"))


def past_forecasts(seed: int, *, low: float = 0.0, narrow: float = 1.0, usual: float = 60.0) -> pd.DataFrame:
    """Three months from each of 16 dates in eight places: the best forecast of counts whose level wanders.

    Every date has its own shock, the same for all places; every place has a level that drifts within the months of a
    date, and counts that vary more than chance. What comes to the first place is more than forecast by the share `low`;
    the range of the second is `narrow` times as wide as it should be.
    """
    rng, rows = np.random.default_rng([seed, 11]), []
    shock = np.repeat(rng.normal(0, 0.06, DATES), AHEAD)
    volumes = usual * np.exp(rng.normal(0, 0.6, PLACES))
    for place, volume in enumerate(volumes):
        drift = rng.normal(0, 0.025, (DATES, AHEAD)).cumsum(axis=1).ravel()
        expected = volume * np.exp(shock + drift) * rng.gamma(100, 0.01, DATES * AHEAD)
        spread = np.sqrt(1 / volume + 0.1**2 + 0.06**2 + 2 * 0.025**2)
        half = 1.2816 * volume * spread * (narrow if place == 1 else 1.0)
        rows.append(
            pd.DataFrame(
                {
                    "actual": rng.poisson(expected * (1 + low * (place == 0))).astype(float),
                    "median": volume,
                    "lower": max(volume - half, 0.0),
                    "upper": volume + half,
                    "group": f"place {place}",
                    "cluster": np.repeat(np.arange(DATES), AHEAD),
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


@pytest.mark.acceptance("fairness")
@pytest.mark.parametrize("usual", [12.0, 60.0])
def test_an_even_forecast_names_hardly_any_place(usual: float, is_long: bool, record_figure: Record) -> None:
    runs = 200 if is_long else 20
    audits = [audit_forecasts(past_forecasts(run, usual=usual)).groups for run in range(runs)]
    named = sum(bool((found[["p_adjusted", "inside_p_adjusted"]] <= 0.05).any(axis=None)) for found in audits)
    record_figure(f"forecasts, {usual:.0f} a month: false alarms, {runs} audits", named / runs, "at most 0.05")
    # Catches months of one date taken for independent, tests of eight places not adjusted: at most 5% of 200; of 20,
    # 3 or fewer (98.4% of the time).
    assert named <= (10 if is_long else 3)


@pytest.mark.acceptance("fairness")
@pytest.mark.parametrize(
    ("planted", "place", "column"),
    [({"low": 0.15}, 0, "p_adjusted"), ({"narrow": 0.5}, 1, "inside_p_adjusted")],
    ids=["15% more came than was forecast", "a range half as wide as it should be"],
)
def test_a_planted_place_is_found(
    planted: dict[str, float], place: int, column: str, is_long: bool, record_figure: Record
) -> None:
    runs = 200 if is_long else 12
    audits = [audit_forecasts(past_forecasts(run, **planted)).groups for run in range(runs)]
    found = sum(bool(groups[column][place] <= 0.05) for groups in audits)
    record_figure(f"forecasts: power, {planted}, {runs} audits", found / runs, "at least 0.8")
    # Catches an audit that sees nothing; 12 runs have a standard error of 12 points: two of them.
    assert found / runs >= (0.8 if is_long else 0.56)


def test_a_growing_place_is_found_through_a_real_forecast() -> None:
    months = pd.period_range("2004-04", periods=132, freq="M", name="month")
    rng, years = np.random.default_rng(3), np.arange(132) / 12
    # The same month last year is a year behind in a place that grows by a fifth each year.
    levels = {f"Place {n}": 150 * (1.2 ** (years if n == 0 else 0 * years)) for n in range(6)}
    series = series_set(pd.DataFrame({name: rng.poisson(level) for name, level in levels.items()}, index=months))
    plan = ForecastSettings(forecasters=(), calendar=CalendarPlan(shocks=()))
    audited = audit_places(forecast_demand(series, list(levels), settings=plan))
    assert audited is not None
    told = audited.groups.set_index("group")
    # Catches months told twice, places mixed up, and a bias of the wrong sign between the forecast and its audit.
    assert told["periods"].eq(48).all()
    assert told.loc["Place 0", "bias"] == pytest.approx(1 / 1.2 - 1, abs=0.03)
    assert told.loc["Place 0", "p_adjusted"] < 0.001
    assert told["bias"].drop("Place 0").abs().max() < 0.05
    # Catches words that do not name the place that the table does.
    assert audited.statements["text"].str.contains("Place 0: forecasts lay 1[0-9.]+% below what came").any()
    assert "16 dates" in audited.about
