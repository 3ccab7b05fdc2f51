"""Targets: intervals by the book, conflicts shown, chances learned from past changes alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from ehforecast.demand.plan.targets import (
    Indicator,
    StatedFigure,
    agreed_definitions,
    chance_of_count_target,
    find_conflicts,
    learn_changes,
    share_interval,
)
from ehforecast.errors import ForecastError, SettingsError

pytestmark = pytest.mark.acceptance("plan")


def indicator(**changes: object) -> Indicator:
    settings: dict[str, object] = {
        "name": "re-referral",
        "definition": "children referred again within 12 months, of those referred",
        "unit": "percent",
        "better": "lower",
        "target": 10.0,
        "by": date(2022, 3, 31),
    }
    return Indicator(**(settings | changes))  # type: ignore[arg-type] # built from names


def pulled_back(areas: int, years: int, *, pull: float = 0.4, seed: int = 2) -> pd.DataFrame:
    """Rates that go back towards 20% by a share of the way each year, with noise: what `learn_changes` should find."""
    rng = np.random.default_rng(seed)
    logits = np.empty((areas, years))
    logits[:, 0] = rng.normal(-1.386, 0.4, areas)
    for year in range(1, years):
        logits[:, year] = logits[:, year - 1] - pull * (logits[:, year - 1] + 1.386) + rng.normal(0, 0.2, areas)
    columns = [str(2013 + year) for year in range(years)]
    return pd.DataFrame(100 / (1 + np.exp(-logits)), index=[f"A{place}" for place in range(areas)], columns=columns)


@pytest.mark.parametrize(("successes", "of"), [(55, 65), (0, 7), (9, 9), (3, 100)])
@pytest.mark.parametrize(("method", "known"), [("wilson", "wilson"), ("exact", "beta")])
def test_intervals_are_those_of_an_independent_library(successes: int, of: int, method: str, known: str) -> None:
    found = share_interval(successes, of, method=method)  # type: ignore[arg-type] # both words are known
    # Catches one method under the other's name, and ends that leave 0 to 1.
    assert found == pytest.approx(proportion_confint(successes, of, method=known), abs=1e-9)


def test_eighty_four_percent_of_sixty_five_is_a_wide_range() -> None:
    """Westminster's Intensive Support Team: 84% of 65 children not becoming looked after."""
    low, high = share_interval(round(0.84 * 65 + 0.4), 65)
    # Catches a small sample shown as if it were sure.
    assert (round(100 * low, 1), round(100 * high, 1)) == (73.9, 91.4)


@pytest.mark.parametrize(("successes", "of"), [(3, 2), (-1, 5), (0, 0)])
def test_a_share_of_nothing_is_refused(successes: int, of: int) -> None:
    # Catches 0 of 0 printed as 0%.
    with pytest.raises(ForecastError, match="a share needs"):
        share_interval(successes, of)


def test_a_figure_that_disagrees_is_shown_with_both_values() -> None:
    stated = (
        StatedFigure(15.4, "2014", "Early Help Strategy 2019-2022"),
        StatedFigure(10.0, "2018", "Early Help Strategy 2019-2022"),
        StatedFigure(15.0, "2017", "Board paper"),
    )
    official = pd.Series({"2014": 5.8, "2017": 15.04, "2018": 15.0})
    found = find_conflicts(indicator(stated=stated), official)
    # Catches a conflict averaged, hidden, or shown one-sided; rounding is no conflict.
    assert found.to_dict("records") == [
        {"period": "2014", "stated": 15.4, "stated_by": "Early Help Strategy 2019-2022", "official": 5.8},
        {"period": "2018", "stated": 10.0, "stated_by": "Early Help Strategy 2019-2022", "official": 15.0},
    ]


def test_the_chance_is_the_truths() -> None:
    rates = pulled_back(300, 10)
    learned = learn_changes(rates, years=1)
    start = -1.386 + 0.8
    now = pd.concat(
        [rates, pd.DataFrame([[np.nan] * 9 + [100 / (1 + np.exp(-start))]], index=["high"], columns=rates.columns)]
    )
    found = learn_changes(now, years=1).chance("high", target=27.0)
    expected = start - 0.4 * (start + 1.386)
    true = norm.cdf((np.log(27 / 73) - expected) / 0.2)
    # Catches the pull of the usual left out (the chance would be 0.09, not about 0.5), or noise of the wrong size.
    assert found.chance == pytest.approx(true, abs=0.1)
    # Catches quantiles on another scale than percent, or out of order.
    assert list(found.quantiles.values()) == sorted(found.quantiles.values())
    assert found.quantiles[0.5] == pytest.approx(100 / (1 + np.exp(-expected)), abs=1.0)
    # By hand: the usual alone takes 35.7% to about 28.7% of the 8.7 points needed. Catches luck taken for merit.
    assert found.usual_return == pytest.approx((28.7 - 35.7) / (27 - 35.7), abs=0.12)
    assert learned.chance("A1", target=50.0).chance == pytest.approx(1.0, abs=0.02)


def test_a_rise_is_the_other_side_of_a_fall() -> None:
    learned = learn_changes(pulled_back(100, 8), years=2)
    down, up = learned.chance("A3", target=20.0), learned.chance("A3", target=20.0, better="higher")
    # Catches "higher is better" read as lower.
    assert down.chance + up.chance == pytest.approx(1.0)


def test_the_base_rate_is_a_plain_count() -> None:
    rates = pd.DataFrame([[20.0, 15.0, 15.0], [40.0, 39.0, 10.0], [30.0, np.nan, 25.0]] * 20, columns=["1", "2", "3"])
    rates.index = [f"A{place}" for place in range(len(rates))]
    found = learn_changes(rates, years=1).chance("A0", target=15.0 * 0.75)
    # By hand: of (20, 15), (15, 15), (40, 39), (39, 10) one fell by a quarter or more twice: 20 -> 15 and 39 -> 10.
    assert found.base_rate == pytest.approx(0.5)
    assert found.comparable == 80
    # By hand: like starts (11.25 to 18.75) are the 15s; none of them fell.
    assert (found.from_like_starts, found.like_starts) == (0.0, 20)
    # Catches a usual return given where the target is met already.
    assert np.isnan(learn_changes(rates, years=1).chance("A0", target=16.0).usual_return)


def test_later_years_move_no_earlier_chance() -> None:
    rates = pulled_back(60, 9)
    changed = rates.copy()
    changed.iloc[:, 6:] = 50.0
    before = learn_changes(rates.iloc[:, :6], years=2).chance("A1", target=15.0)
    # Catches a chance that has seen what came.
    assert learn_changes(changed.iloc[:, :6], years=2).chance("A1", target=15.0) == before


def test_too_little_to_learn_from_is_refused() -> None:
    # Catches a chance from a handful of changes.
    with pytest.raises(ForecastError, match="fewer than 30 past changes over 2 years"):
        learn_changes(pulled_back(10, 4), years=2)
    with pytest.raises(ForecastError, match="fewer than 30"):
        learn_changes(pulled_back(50, 2), years=3)
    rates = pulled_back(50, 5)
    rates.iloc[0, -1] = np.nan
    # Catches last year's figure taken for this year's.
    with pytest.raises(ForecastError, match="no figure in the latest year"):
        learn_changes(rates, years=1).chance("A0", target=15.0)


def test_a_count_target_is_met_by_what_was_and_what_comes() -> None:
    paths = np.array([[100.0, 50.0], [100.0, 80.0], [100.0, 49.0], [200.0, 0.0]])
    # By hand: 1,550 and 150 make 1,700. Catches the count so far left out, and "more than" for "at least".
    assert chance_of_count_target(paths, so_far=1550, target=1700) == 0.75


def test_targets_without_meaning_are_refused_by_key() -> None:
    # Catches an indicator nobody can count.
    with pytest.raises(SettingsError, match=r"indicators\.re-referral\.definition"):
        indicator(definition=" ")
    # Catches a target that should have been met already.
    with pytest.raises(SettingsError, match=r"indicators\.re-referral\.by"):
        indicator().check_ahead(date(2022, 3, 31))
    indicator().check_ahead(date(2022, 3, 30))
    early_help = indicator(name="early help re-referral", definition="families back in early help", official="c1")
    # Catches early help re-referral held against DfE's re-referral.
    with pytest.raises(SettingsError, match="two definitions are never compared"):
        agreed_definitions([indicator(official="c1"), early_help])
    agreed_definitions([indicator(official="c1"), indicator(official="c1", name="again")])
    # Catches the direction mixed up.
    assert indicator().is_met(np.array([9.0, 10.0, 11.0])).tolist() == [True, True, False]
    assert indicator(better="higher").is_met(np.array([9.0, 10.0, 11.0])).tolist() == [False, True, True]
