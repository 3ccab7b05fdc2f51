"""Shares and scores against fairlearn, scikit-learn, statsmodels and counting by hand; undefined stays undefined."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from estimates import GROUP, SEX, audited, drawn, framed, in_families, settings
from sklearn.metrics import brier_score_loss, roc_auc_score

from ehforecast.risk.fairness.counts import tally
from ehforecast.risk.fairness.fairlearn_metrics import fairlearn_shares
from ehforecast.risk.fairness.scores import (
    AUROC,
    BRIER,
    DIFFERENCE,
    IN_THE_LARGE,
    SLOPE,
    Members,
    gap_in_the_large,
    members,
    score,
)
from ehforecast.risk.fairness.shares import EVERYONE, FALSE_NEGATIVE_RATE, SHARES, MomentSums, confusion, parts_of


def members_of(table: pd.DataFrame) -> Members:
    frame = framed(table)
    return Members(frame.estimate, frame.outcome, frame.weights, frame.cluster)


@pytest.mark.parametrize("weighted", [False, True])
def test_shares_are_fairlearns(weighted: bool) -> None:
    table = drawn(800, 3)
    if weighted:
        table["weight"] = np.random.default_rng(1).uniform(0.5, 3, len(table))
    result = audited(table, settings((0.2, 0.4), (GROUP, SEX), intersections=(("group", "sex"),)))
    frame = framed(table, (GROUP, SEX))
    for edge in (0.2, 0.4):
        for view, columns in (("group", ["group"]), ("group x sex", ["group", "sex"])):
            theirs = fairlearn_shares(frame, columns, edge=edge)
            theirs.index = [" x ".join(key) if isinstance(key, tuple) else key for key in theirs.index]
            ours = result.metrics[(result.metrics["view"] == view) & result.metrics["band_edge"].isin([edge, np.nan])]
            for metric in SHARES:
                got = ours[ours["metric"] == metric].set_index("group")["value"]
                # Catches a numerator or denominator that is not what its name says; fairlearn counts rows one by one.
                np.testing.assert_allclose(got, theirs[metric].reindex(got.index).astype(float), rtol=1e-12)


def test_scores_are_those_of_other_libraries() -> None:
    table = drawn(400, 5).round({"estimate": 2})
    table["estimate"] = table["estimate"].clip(0.01, 0.99)
    people = members_of(table)
    log_odds = np.log(table["estimate"] / (1 - table["estimate"]))
    slope = sm.Logit(table["outcome"], sm.add_constant(log_odds)).fit(disp=0).params.iloc[1]
    large = sm.GLM(table["outcome"], np.ones(400), family=sm.families.Binomial(), offset=log_odds).fit().params.iloc[0]
    # Catches a formula with a slip, ties in estimates included.
    assert score(AUROC, people).value == pytest.approx(roc_auc_score(table["outcome"], table["estimate"]), abs=1e-12)
    assert score(BRIER, people).value == pytest.approx(brier_score_loss(table["outcome"], table["estimate"]), abs=1e-12)
    assert score(SLOPE, people).value == pytest.approx(slope, abs=1e-6)
    assert score(IN_THE_LARGE, people).value == pytest.approx(large, abs=1e-6)
    assert score(DIFFERENCE, people).value == pytest.approx((table["outcome"] - table["estimate"]).mean())


def test_robust_errors_are_those_of_another_library() -> None:
    table = in_families(600, 2)
    people = members_of(table)
    log_odds = np.log(table["estimate"] / (1 - table["estimate"]))
    fitted = sm.Logit(table["outcome"], sm.add_constant(log_odds.to_numpy())).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": people.cluster}
    )
    g, n, k = people.cluster.max() + 1, len(table), 2
    theirs = fitted.bse.iloc[1] / np.sqrt((n - 1) / (n - k) * g / (g - 1)) * np.sqrt(g / (g - 1))
    # Catches brothers and sisters counted as strangers; statsmodels differs by (n - 1) / (n - k) at most.
    assert score(SLOPE, people).standard_error == pytest.approx(theirs, rel=0.003)


def test_the_gap_in_the_large_is_tested_as_the_generalised_score_test_does() -> None:
    table = in_families(600, 8)
    table["group"] = np.where(table["group"] == "a", "a", "b")
    table.loc[(table["group"] == "a") & (table.index % 3 == 0), "outcome"] = 0.0
    is_a = (table["group"] == "a").to_numpy()
    found = gap_in_the_large(*(members(framed(table), mask) for mask in (is_a, ~is_a)))
    frame = table.assign(log_odds=np.log(table["estimate"] / (1 - table["estimate"])), is_a=is_a.astype(float))
    model = {"groups": frame["family"], "family": sm.families.Binomial(), "offset": frame["log_odds"]}
    whole = sm.GEE(frame["outcome"], sm.add_constant(frame[["is_a"]]), **model)
    none = sm.GEE(frame["outcome"], np.ones(len(frame)), **model).fit()
    theirs = whole.compare_score_test(none)["statistic"]
    g = frame["family"].nunique()
    # Catches a test with the spread of the few events that are left, and one that counts brothers and sisters twice.
    assert found.value < 0
    assert (found.value / found.standard_error) ** 2 == pytest.approx(theirs * (g - 1) / g, rel=1e-6)


def test_influences_are_what_leaving_a_family_out_shows() -> None:
    people = members_of(in_families(300, 4))
    for metric in (AUROC, BRIER, DIFFERENCE, IN_THE_LARGE, SLOPE):
        whole = score(metric, people)
        left = []
        for family in range(60):
            kept = people.cluster != family
            part = Members(people.estimate[kept], people.outcome[kept], people.weights[kept], people.cluster[kept])
            left.append(whole.value - score(metric, part).value)
        sums = np.bincount(whole.cluster, whole.influence)[:60]
        # Catches a standard error made of something other than what each family does to the figure.
        assert np.corrcoef(sums, left)[0, 1] > 0.97


@pytest.mark.parametrize(("metric", "outcome"), [(AUROC, 1.0), (AUROC, 0.0), (SLOPE, 0.0), (IN_THE_LARGE, 1.0)])
def test_what_has_no_denominator_is_not_calculable(metric: str, outcome: float) -> None:
    found = score(metric, members_of(drawn(40, 1).assign(outcome=outcome)))
    # Catches an AUROC of 0 or 1, or a calibration, of people who all had the same outcome.
    assert np.isnan(found.value)
    assert np.isnan(found.range(0.95)).all()


def test_a_slope_needs_estimates_that_differ() -> None:
    # Catches a slope of estimates that are all alike, and one that lies at infinity because a line parts the outcomes.
    assert np.isnan(score(SLOPE, members_of(drawn(40, 1).assign(estimate=0.3))).value)
    parted = drawn(40, 1).sort_values("estimate").assign(outcome=np.repeat([0.0, 1.0], 20))
    assert np.isnan(score(SLOPE, members_of(parted)).value)
    perfect = score(AUROC, members_of(parted))
    # Catches an AUROC of 1 with a range of no width.
    assert perfect.value == 1.0
    assert np.isnan(perfect.range(0.95)).all()


@pytest.mark.parametrize("families", [False, True])
def test_counted_draws_are_the_bootstrap_of_rows(families: bool) -> None:
    table = in_families(400, 8) if families else drawn(400, 8)
    frame = framed(table)
    counted = tally(frame, (0.3,))
    drawn_counts = np.concatenate(list(counted.draws(3000, np.random.default_rng(1))))
    rng = np.random.default_rng(2)
    groups = np.split(np.argsort(frame.cluster, kind="stable"), np.cumsum(np.bincount(frame.cluster))[:-1])
    by_rows = []
    for _ in range(1500):
        places = np.concatenate([groups[family] for family in rng.integers(0, len(groups), len(groups))])
        by_rows.append(np.bincount(counted.rows[places], minlength=counted.counts.size))
    ours, theirs = drawn_counts.reshape(3000, -1), np.array(by_rows)
    # Catches draws of something else than families of rows: means and spread agree with drawing rows one by one.
    # Standard errors of a standard deviation of 1,500 draws are 1.8%; four of them, for 24 cells.
    np.testing.assert_allclose(ours.mean(axis=0), theirs.mean(axis=0), atol=4 * theirs.std(axis=0).max() / 38)
    some = theirs.std(axis=0) > 0
    np.testing.assert_allclose(ours.std(axis=0)[some], theirs.std(axis=0)[some], rtol=0.1)


def test_a_group_without_the_outcome_has_no_rate_of_misses() -> None:
    table = drawn(1200, 2)
    table.loc[table["group"] == "d", "outcome"] = 0.0
    result = audited(table)
    row = result.metrics[(result.metrics["group"] == "d") & (result.metrics["metric"] == FALSE_NEGATIVE_RATE)].iloc[0]
    # Catches a rate of 0.0 with a range of no width, which would look like the best group of all.
    assert np.isnan(row["value"])
    assert row["standing"] == "not calculable"
    # Catches the group lost, or compared in a gap it cannot have.
    assert result.groups.set_index("group").loc["d", "standing"] == "cannot be judged"
    gaps = result.gaps[(result.gaps["group"] == "d") & (result.gaps["metric"] == FALSE_NEGATIVE_RATE)]
    assert gaps.empty


def test_confusion_is_counted_by_hand() -> None:
    table = pd.DataFrame(
        {"estimate": [0.1, 0.3, 0.3, 0.9, 0.2, 0.8], "outcome": [0, 1, 0, 1, 1, np.nan], "group": ["a"] * 6}
    )
    counted = tally(framed(table), (0.3, 0.9))
    found = confusion(counted.grouped(counted.counts, counted.views[0]))
    # Catches an estimate at an edge put below it, and people with an unknown outcome counted as without.
    assert found.hits.tolist() == [[2, 1]]
    assert found.false_alarms.tolist() == [[1, 0]]
    assert found.misses.tolist() == [[1, 2]]
    assert found.correct_rest.tolist() == [[1, 2]]
    assert [part.tolist() for part in parts_of(found, "band_share")] == [[[4, 1]], [[6, 6]]]


def test_groups_that_share_families_move_together() -> None:
    rng = np.random.default_rng(1)
    table = in_families(2000, 3).assign(group=rng.choice(["f", "m"], 2000))
    counted = tally(framed(table), (0.3,))
    sums = MomentSums((0,))
    for some in counted.draws(1000, rng):
        sums.add(counted.grouped(some, counted.views[0]))
    found = sums.moments().correlations
    # Catches brothers and sisters in two groups taken for strangers: what happens to them goes together here.
    assert found["base_rate", EVERYONE].min() > 0.15
    # Catches a reference compared with something else: in two groups, the second's everyone else is the first.
    np.testing.assert_allclose(found["base_rate", 0][1], found["base_rate", EVERYONE][1], rtol=1e-9)
    np.testing.assert_allclose(found["base_rate", 0][0], 1.0, atol=1e-6)
