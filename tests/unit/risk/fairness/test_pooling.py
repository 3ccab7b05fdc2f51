"""Shares of crossed groups pulled together by as much as their numbers are few."""

import numpy as np
from estimates import GROUP, SEX, audited, drawn, in_families, settings

from ehforecast.risk.fairness.pooling import pool


def test_groups_that_are_alike_are_pulled_together() -> None:
    found = pool(np.array([0.2, 0.3, 0.25, 0.4]), np.array([10.0, 12, 8, 10]), confidence=0.95)
    # Catches no pooling where differences are what chance makes.
    assert np.ptp(found.value) < 0.05
    assert found.worth_of_the_rest > 30


def test_large_groups_keep_their_own_share() -> None:
    found = pool(np.array([0.1, 0.5, 0.9, 0.5]), np.array([9000.0, 9000, 9000, 3]), confidence=0.95)
    # Catches large groups moved, and a small one left out on its own.
    np.testing.assert_allclose(found.value[:3], [0.1, 0.5, 0.9], atol=0.001)
    assert found.upper[3] - found.lower[3] > 0.4
    assert found.worth_of_the_rest < 10


def test_a_group_of_nobody_gets_what_all_have_in_common() -> None:
    found = pool(np.array([np.nan, 0.3, 0.32]), np.array([0.0, 400, 400]), confidence=0.95)
    # Catches NaN that spreads from one group to all.
    assert abs(found.value[0] - 0.31) < 0.03
    nobody = pool(np.array([np.nan, np.nan]), np.array([0.0, 0.0]), confidence=0.95)
    assert np.isnan(nobody.value).all()
    assert np.isnan(nobody.common)


def test_crossed_groups_are_told_raw_and_pooled() -> None:
    asked = settings((0.3,), (GROUP, SEX), intersections=(("group", "sex"),))
    found = audited(drawn(600, 3), asked).pooled
    rates = found[found["metric"] == "false_negative_rate"]
    # Catches pooling of groupings that are not crossed, and pooled shares further apart than raw ones.
    assert set(found["view"]) == {"group x sex"}
    assert rates["pooled"].std() < rates["raw"].std()
    # Catches thin groups left out, or not called what they are.
    assert len(rates) == 8
    assert set(rates["standing"]) == {"cannot be judged"}


def test_families_count_for_less_in_pooling() -> None:
    table = in_families(1500, 4)
    table["sex"] = np.random.default_rng(1).choice(["f", "m"], 1500)[table["family"]]
    table["estimate"] = np.where(table["sex"] == "f", table["estimate"], table["estimate"] / 2)
    asked = settings((0.3,), (GROUP, SEX), intersections=(("group", "sex"),), draws=500)
    kin, alone = (audited(each, asked).pooled for each in (table, table.drop(columns="family")))
    width = [(each["upper"] - each["lower"])[each["metric"] == "band_share"].mean() for each in (kin, alone)]
    # Catches posteriors that take siblings for strangers.
    assert width[0] > width[1]
