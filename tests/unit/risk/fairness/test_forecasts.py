"""For whom a forecast runs low, and whose range is too narrow."""

import re

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.fairness.forecasts import ForecastAuditSettings, audit_forecasts


def forecasts(seed: int, *, low: float = 0.0, narrow: float = 1.0, shock: float = 0.0, groups: int = 6) -> pd.DataFrame:
    """Four years of months; the first group is forecast too low by a share, the second with too narrow a range."""
    rng = np.random.default_rng(seed)
    month = np.tile(np.arange(48), groups)
    name = np.repeat([f"g{n}" for n in range(groups)], 48)
    level = np.repeat(rng.uniform(80, 400, groups), 48) * (1 + shock * rng.normal(0, 1, 48)[month])
    actual = rng.poisson(level).astype(float)
    middle = np.repeat([level[name == f"g{n}"].mean() for n in range(groups)], 48) if shock else level
    middle = np.where(name == "g0", middle * (1 - low), middle)
    half = 1.2816 * np.sqrt(middle) * np.where(name == "g1", narrow, 1.0)
    return pd.DataFrame(
        {
            "actual": actual,
            "median": middle,
            "lower": middle - half,
            "upper": middle + half,
            "group": name,
            "cluster": month,
        }
    )


def test_a_forecast_that_runs_low_is_found() -> None:
    found = audit_forecasts(forecasts(1, low=0.08))
    rows = found.groups.set_index("group")
    # Catches bias of the wrong sign or size; 48 months of 80 and more have a mean within 1.6%.
    assert rows.loc["g0", "bias"] == pytest.approx(-0.08, abs=0.03)
    assert rows.loc["g0", "p_adjusted"] < 0.01
    assert (rows["p_adjusted"] < 0.05).sum() == 1
    assert found.statements["text"].str.contains("g0: forecasts lay .*% below").any()


def test_a_range_that_is_too_narrow_is_found() -> None:
    found = audit_forecasts(forecasts(2, narrow=0.4))
    rows = found.groups.set_index("group")
    # Catches coverage that is not counted by group: 1.28 * 0.4 standard errors hold 39 of 100.
    assert rows.loc["g1", "inside"] == pytest.approx(0.39, abs=0.2)
    assert rows.loc["g1", "inside_p_adjusted"] < 0.01
    assert (rows["inside_p_adjusted"] < 0.05).sum() == 1
    assert rows.loc["g1", "below"] == pytest.approx((1 - rows.loc["g1", "inside"]) / 2, abs=0.15)
    assert found.statements["subject"].eq("range").sum() == 1


def test_what_hits_all_at_once_is_not_a_difference() -> None:
    found = audit_forecasts(forecasts(3, shock=0.15))
    # Catches months that hit every area alike taken for differences between areas.
    assert found.groups["p_adjusted"].min() > 0.05


def test_bias_is_counted_by_hand() -> None:
    rows = pd.DataFrame(
        {
            "actual": [10.0, 20] * 4,
            "median": [9.0, 24] * 4,
            "lower": [8.0, 10] * 4,
            "upper": [9.5, 30] * 4,
            "group": "one",
        }
    )
    told = audit_forecasts(rows).groups.iloc[0]
    # Catches a mean of ratios in place of a ratio of sums, and an edge counted on the wrong side.
    assert told["bias"] == pytest.approx((33 - 30) / 30)
    assert (told["inside"], told["below"]) == (0.5, 0.5)
    assert told["standing"] == "cannot be judged"


def test_few_periods_are_listed_without_figures() -> None:
    table = pd.concat([forecasts(1), forecasts(2, groups=1).head(5).assign(group=None)], ignore_index=True)
    found = audit_forecasts(table)
    row = found.groups.set_index("group").loc["not recorded"]
    # Catches a group dropped for want of periods, or judged on five of them.
    assert row["standing"] == "too small"
    assert np.isnan(row["bias"])
    assert found.statements["text"].str.contains("1 too small: not recorded").any()


def test_an_area_without_events_has_no_bias() -> None:
    table = forecasts(1)
    table.loc[table["group"] == "g2", "actual"] = 0.0
    # Catches a division by nothing.
    assert np.isnan(audit_forecasts(table).groups.set_index("group").loc["g2", "bias"])


def test_frames_that_cannot_be_audited_are_refused() -> None:
    table = forecasts(1)
    turned = table.assign(lower=table["upper"], upper=table["lower"])
    for broken in (table.drop(columns="actual"), table.assign(median=np.nan), turned, table.head(0)):
        with pytest.raises(ContractError):
            # Catches a range with its ends changed, and numbers that are not there.
            audit_forecasts(broken)
    with pytest.raises(SettingsError):
        # Catches a coverage in per cent.
        ForecastAuditSettings(coverage=80.0)


def test_words_never_pronounce() -> None:
    told = audit_forecasts(forecasts(1, low=0.1, narrow=0.4)).statements["text"]
    # Catches a forecast called anything, rather than measured.
    assert not [text for text in told if re.search(r"\b(un)?(fair|biased|safe)", text)]


def test_months_that_go_together_count_as_one() -> None:
    alone = forecasts(4)
    months = alone.assign(cluster=np.arange(len(alone)))
    copies = pd.concat([months] * 3, ignore_index=True)
    one, three = (audit_forecasts(table).groups.set_index("group") for table in (months, copies))
    width = {name: (rows["inside_upper"] - rows["inside_lower"]) for name, rows in (("one", one), ("three", three))}
    # Catches a range of coverage made three times as sure by telling each month three times.
    assert (width["three"] / width["one"]).to_numpy() == pytest.approx(1.0, abs=0.05)
    # Catches the same of the tests of coverage, which then name places that are as they should be.
    assert (three["inside_p_adjusted"] > 0.5 * one["inside_p_adjusted"]).all()


def test_places_are_compared_with_their_own_kind() -> None:
    low = forecasts(6).assign(view="locality")
    low["median"] *= 0.8
    table = pd.concat([low, forecasts(7).assign(view="source")], ignore_index=True)
    rows = audit_forecasts(table).groups
    # Catches localities held against sources, beside which all of them are forecast too low.
    assert (rows["p_adjusted"] > 0.05).all()
    assert rows.groupby("view")["difference"].mean().abs().max() < 0.01
    # Catches groups of one name in two views taken for one.
    assert rows["periods"].tolist() == [48] * 12
