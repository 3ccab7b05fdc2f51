"""Targets as a table: what each chance rests on, and definitions that are never mixed."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.plan.assumptions import certain
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.targets import Indicator, StatedFigure
from ehforecast.demand.plan.watched import CountTarget, Evidence, OfficialRates, Watched, target_tables, with_promises
from ehforecast.errors import ForecastError, SettingsError

pytestmark = pytest.mark.acceptance("plan")

MONTHS = pd.period_range("2022-04", periods=12, freq="M")
YEARS = [str(year) for year in range(2014, 2023)]


def evidence() -> Evidence:
    rng = np.random.default_rng(3)
    rates = pd.DataFrame(np.clip(rng.normal(20, 5, (40, 9)), 5, 45), index=[f"E{n}" for n in range(40)], columns=YEARS)
    opened = Volume(("police", "school"), MONTHS, rng.poisson(10, (400, 2, 12)).astype(float))
    official = {"re_referrals_share": OfficialRates("DfE words", rates, rates * 0 + 2000)}
    return Evidence("E1", pd.Timestamp("2022-03-31"), official, opened, 1)


def indicator(**changes: object) -> Indicator:
    plain = Indicator("x", "some of all", "percent", "lower", 15.0, date(2023, 3, 31))
    return replace(plain, **changes)  # type: ignore[arg-type] # of the fields' own types


def row_of(watched: Watched) -> pd.Series:
    return target_tables([watched], evidence()).targets.iloc[0]


def test_an_official_rate_has_chance_range_and_base_rate() -> None:
    row = row_of(Watched(indicator(official="re_referrals_share")))
    # Catches a chance that is not one, and a forecast outside its range.
    assert 0 < row["chance"] < 1
    assert row["forecast_low"] < row["forecast"] < row["forecast_high"]
    # Catches the range of the current value not of its own number of cases: about 1.8 points either side at 2,000.
    assert row["current_low"] < row["current"] < row["current_high"] < row["current_low"] + 5
    assert row["comparable"] == 40 * 8


def test_a_yardstick_never_gives_a_chance_or_a_current_value_of_its_own() -> None:
    stated = (StatedFigure(33.2, "2022", "scorecard"),)
    row = row_of(Watched(indicator(target=25.0, stated=stated), yardstick="re_referrals_share"))
    # Catches a rate of another definition passed off as this one's forecast.
    assert pd.isna(row["chance"])
    assert pd.isna(row["forecast"])
    assert (row["current"], row["no_range_because"]) == (33.2, "its source does not say of how many")
    rates = evidence().official["re_referrals_share"].rates.to_numpy()
    before, after = rates[:, :-1].ravel(), rates[:, 1:].ravel()
    like = (before > 33.2 * 0.75) & (before < 33.2 * 1.25)
    # Catches a base rate or its like starts counted wrongly.
    assert row["base_rate"] == pytest.approx((after <= before * 25 / 33.2).mean())
    assert row["like_starts"] == like.sum()
    # Catches the return to the usual not taken against the change that is needed.
    assert row["usual_return"] == pytest.approx((after[like].mean() / before[like].mean() - 1) / (25 / 33.2 - 1))


def test_two_baselines_both_stand_and_small_ones_are_wide() -> None:
    stated = (StatedFigure(2, "2017", "narrative"), StatedFigure(84, "2019", "review", of=65))
    tables = target_tables([Watched(indicator(stated=stated))], evidence())
    # Catches one of two figures dropped, or both averaged.
    assert tables.stated["value"].tolist() == [2, 84]
    # Catches Wilson's range lost: 84% of 65 is 73.9 to 91.4.
    assert tables.stated[["low", "high"]].iloc[1].round(1).tolist() == [73.9, 91.4]
    assert tables.targets["basis"].tolist() == ["none"]


def test_a_count_is_met_in_as_many_futures_as_reach_it() -> None:
    count = CountTarget(100.0, ("police",), certain("share", 0.5, unit="", reason="r"))
    told = indicator(unit="families", better="higher", target=160.0, by=date(2022, 9, 30))
    row = row_of(Watched(told, count=count))
    in_time = evidence().opened.paths[:, 0, :6].sum(axis=1) / 2
    # Catches the other source counted too, months after the day, or what was there already left out.
    assert row["chance"] == pytest.approx((100 + in_time >= 160).mean())
    assert row["forecast"] == pytest.approx(np.median(100 + in_time))
    with pytest.raises(SettingsError, match=r"key 'plan\.indicators\.x\.count\.series': no series health"):
        row_of(Watched(told, count=replace(count, series=("health",))))


def test_conflicts_show_both_figures() -> None:
    stated = (StatedFigure(15.4, "2014", "strategy"),)
    found = target_tables([Watched(indicator(official="re_referrals_share", stated=stated))], evidence()).conflicts
    official = evidence().official["re_referrals_share"].rates.loc["E1", "2014"]
    # Catches a conflict overlooked or averaged.
    assert found[["stated", "official"]].to_numpy().tolist() == [[15.4, official]]


def test_a_promise_has_the_chance_that_waiting_gives() -> None:
    watched = [Watched(indicator()), Watched(indicator(name="y", target=90.0, better="higher"), promise="five days")]
    staffing = pd.DataFrame(
        [("five days", 0.2, 0.8, 0.7, 0.9)],
        columns=["promise", "chance_kept", "share_in_time", "share_low", "share_high"],
    )
    found = with_promises(target_tables(watched, evidence()).targets, watched, staffing=staffing)
    # Catches the chance given to another indicator, or shares not turned into per cent.
    assert found["chance"].fillna(-1).tolist() == [-1, 0.2]
    assert found[["forecast_low", "forecast", "forecast_high"]].iloc[1].tolist() == [70, 80, 90]


def test_what_cannot_be_is_refused_by_key() -> None:
    with pytest.raises(SettingsError, match=r"official': there is no official rate 'health'; there are re_ref"):
        row_of(Watched(indicator(official="health")))
    with pytest.raises(SettingsError, match=r"yardstick': there is no official rate"):
        row_of(Watched(indicator(stated=(StatedFigure(1, "", ""),)), yardstick="health"))
    # Catches a target that should have been met before the plan begins.
    with pytest.raises(SettingsError, match=r"key 'indicators\.x\.by': 2022-03-31 is not after the data"):
        row_of(Watched(indicator(by=date(2022, 3, 31))))
    with pytest.raises(ForecastError, match="the area has no figure of 're_referrals_share'"):
        target_tables([Watched(indicator(official="re_referrals_share"))], replace(evidence(), area_code="E99"))
    # Catches a base rate of nothing: no councils' rates lie twelve years apart.
    told = indicator(by=date(2034, 3, 31), stated=(StatedFigure(33.2, "", ""),))
    with pytest.raises(ForecastError, match="no past changes over 12 years"):
        row_of(Watched(told, yardstick="re_referrals_share"))
