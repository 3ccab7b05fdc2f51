"""The whole audit: nothing left out in silence, metamorphic checks, and bounds, suppositions, drift and near copies."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from estimates import ALONE, GROUP, SEX, audited, beyond_chance, drawn, framed, in_families, settings

from ehforecast.errors import ContractError, SettingsError
from ehforecast.risk.fairness.audit import Beside, audit
from ehforecast.risk.fairness.settings import Characteristic, RecordingScenario
from ehforecast.risk.fairness.shares import FALSE_NEGATIVE_RATE
from ehforecast.risk.fairness_results import NOT_RECORDED, FairnessResult

PRONOUNCING = re.compile(r"\b(un)?(fair|biased|safe)(ly|ness|ty|r|st)?\b|\bunbiased\b|\bdiscriminat", re.IGNORECASE)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    table = drawn(3000, 11)
    table.loc[table.index % 9 == 0, "group"] = None
    return table


@pytest.fixture(scope="module")
def result(table: pd.DataFrame) -> FairnessResult:
    return audited(table, settings((0.2, 0.4), (replace(GROUP, reference="a"), SEX), intersections=(("group", "sex"),)))


def test_every_characteristic_is_listed(result: FairnessResult) -> None:
    standings = result.inventory.set_index("characteristic")["standing"]
    # Catches a protected characteristic that is passed over in silence.
    assert set(standings.index) == {characteristic.value for characteristic in Characteristic}
    assert standings["race"] == "assessed"
    assert standings["religion or belief"] == "not recorded"
    assert result.inventory["reason"][standings.to_numpy() == "not recorded"].str.len().min() > 0


def test_a_dropped_column_is_not_recorded(table: pd.DataFrame) -> None:
    asked = settings(
        (0.3,), (GROUP, SEX), intersections=(("group", "sex"),), not_applicable=((Characteristic.MARRIAGE, "children"),)
    )
    found = audited(table.drop(columns="sex"), asked).inventory.set_index("characteristic")
    # Catches a column that vanished between two runs without a word.
    assert found.loc["sex", ["standing", "reason"]].tolist() == ["not recorded", "the table has no such column"]
    assert found.loc["marriage and civil partnership", ["standing", "reason"]].tolist() == [
        "not applicable",
        "children",
    ]
    empty = audited(table.assign(sex=None), asked).inventory.set_index("characteristic")
    # Catches an empty column called assessed.
    assert empty.loc["sex", ["standing", "reason"]].tolist() == ["not recorded", "the column is empty"]
    few = audited(table.head(150), asked).inventory.set_index("characteristic")
    assert few.loc["race", "standing"] == "too small"
    with pytest.raises(SettingsError, match="needs a reason"):
        # Catches a characteristic put aside without saying why.
        audited(table, settings(not_applicable=((Characteristic.AGE, " "),)))


def test_not_recorded_is_a_group_like_others(result: FairnessResult) -> None:
    groups = result.groups[result.groups["view"] == "group"]
    # Catches people without a record left out of the figures.
    assert NOT_RECORDED in set(groups["group"])
    assert groups["people"].sum() == 3000
    assert NOT_RECORDED in set(result.gaps.loc[result.gaps["view"] == "group", "group"])


def test_a_group_of_seven_has_no_figure() -> None:
    table = drawn(2000, 4)
    table.loc[:6, "group"] = "seven"
    found = audited(table, settings((0.3,), (replace(GROUP, reference="seven"),)))
    row = found.groups.set_index("group").loc["seven"]
    # Catches any figure of a group too small for one, or the group not even listed.
    assert row["standing"] == "too small"
    assert np.isnan(row["people"])
    for frame in (found.metrics, found.gaps, found.pooled):
        assert "seven" not in set(frame["group"])
    # Catches the figure found from the other side: a gap to the reference of seven.
    assert "seven" not in set(found.gaps["compared_with"])


def test_everyone_else_of_seven_has_no_figure() -> None:
    table = drawn(500, 4).assign(group="all")
    table.loc[:6, "group"] = "seven"
    found = audited(table)
    # Catches a gap to an "everyone else" that is seven people.
    assert found.gaps.empty
    assert not found.metrics.empty


def test_renaming_groups_changes_nothing(table: pd.DataFrame) -> None:
    names = {"a": "z9", "b": "m m", "c": "é", "d": "0"}
    renamed = table.assign(group=table["group"].map(names))
    before, after = (audited(each) for each in (table, renamed))
    for kind in ("metrics", "gaps"):
        one, other = before.frames()[kind].replace({"group": names}), after.frames()[kind]
        keys = ["group", "compared_with", "metric"] if kind == "gaps" else ["group", "metric"]
        one, other = (
            frame.sort_values(keys, ignore_index=True).drop(columns=["p_value", "p_family", "p_audit"], errors="ignore")
            for frame in (one, other)
        )
        # Catches a figure that depends on what a group is called. Drawn p values are compared below.
        pd.testing.assert_frame_equal(one, other, check_exact=False, rtol=1e-9)
    one, other = (
        r.gaps.replace({"group": names}).sort_values(["group", "metric"])["p_family"] for r in (before, after)
    )
    # Catches a null that depends on names; two sets of 400 draws differ by at most five standard errors.
    np.testing.assert_allclose(one, other, atol=5 * 0.5 / 400**0.5 * 2**0.5)


def test_order_of_rows_changes_nothing(table: pd.DataFrame) -> None:
    before, after = audited(table), audited(table.sample(frac=1, random_state=1))
    # Catches a figure that depends on where a person stands in the table.
    pd.testing.assert_frame_equal(before.metrics, after.metrics)
    pd.testing.assert_frame_equal(before.gaps, after.gaps)


def test_doubled_data_narrow_ranges_by_the_root_of_two(table: pd.DataFrame) -> None:
    once, twice = audited(table), audited(pd.concat([table, table], ignore_index=True))
    for kind in ("metrics", "gaps"):
        wide, narrow = (result.frames()[kind] for result in (once, twice))
        ratios = (wide["upper"] - wide["lower"]) / (narrow["upper"] - narrow["lower"])
        # Catches a range that does not shrink as information grows; small groups are a little off.
        assert ratios.median() == pytest.approx(2**0.5, rel=0.02)
        assert ratios.between(1.25, 1.6).mean() > 0.97


def test_a_table_told_twice_is_no_more_sure_in_families(table: pd.DataFrame) -> None:
    kin = table.assign(family=np.arange(len(table)))
    once, twice = (audited(each, settings(draws=2000)) for each in (kin, pd.concat([kin, kin], ignore_index=True)))
    ratios = [
        ((one["upper"] - one["lower"]) / (other["upper"] - other["lower"])).median()
        for one, other in ((once.metrics, twice.metrics), (once.gaps, twice.gaps))
    ]
    # Catches copies of a person that count as more people: ranges must stay as they were.
    np.testing.assert_allclose(ratios, 1.0, atol=0.02)


def test_shuffled_groups_have_gaps_around_nothing() -> None:
    table = drawn(3000, 5)
    table["outcome"] = np.where(table["group"] == "b", 1 - table["outcome"], table["outcome"])
    rng, found = np.random.default_rng(1), []
    assert len(beyond_chance(audited(table))) > 0
    for _ in range(16):
        gaps = audited(table.assign(group=rng.permutation(table["group"])), settings(permutations=100)).gaps
        found.append(gaps[(gaps["metric"] == FALSE_NEGATIVE_RATE) & (gaps["group"] == "b")]["difference"].iloc[0])
    # Catches gaps that are there whatever the groups are; four standard errors of a mean of 16.
    assert abs(np.mean(found)) < 4 * np.std(found) / 16**0.5


def test_without_outcomes_shares_and_missingness_are_told(table: pd.DataFrame) -> None:
    found = audited(table.drop(columns="outcome"), settings((0.3,), (GROUP, SEX), intersections=(("group", "sex"),)))
    # Catches an audit that stops, or invents errors, where no outcome is known.
    assert set(found.metrics["metric"]) == {"band_share"}
    assert set(found.gaps["metric"]) == {"band_share"}
    assert found.gaps["p_value"].isna().all()
    assert found.inventory.set_index("characteristic").loc["sex", "standing"] == "assessed"
    assert found.statements["text"].str.contains("No outcome is known").any()
    assert not found.statements["text"].str.contains("gaps were judged").any()


def test_scores_of_any_scale_are_audited(table: pd.DataFrame) -> None:
    found = audited(table.assign(estimate=600 * table["estimate"]), settings((200.0,)))
    # Catches calibration told of scores that are no probabilities.
    assert not set(found.metrics["metric"]) & {"brier", "calibration_slope", "calibration_in_the_large"}
    assert "auroc" in set(found.metrics["metric"])


def test_who_is_missing_needs_a_population_or_a_reason(table: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="give a population"):
        # Catches an audit that forgets those who never come.
        audited(table, settings(no_population_because=" "))


def test_coverage_finds_who_hardly_comes(table: pd.DataFrame) -> None:
    population = pd.DataFrame(
        {"column": "group", "group": ["a", "b", "c", "d", "e"], "population": [4000, 3000, 2000, 4000, 500]}
    )
    asked = settings(no_population_because="")
    found = audit(framed(table), asked, beside=Beside(population=population)).coverage.set_index("group")
    # Catches a ratio upside down: d is a tenth of those seen and 4,000 of 13,500.
    assert found.loc["d", "ratio"] == pytest.approx(0.1 / (4000 / 13500), rel=0.15)
    assert found.loc["d", "upper"] < 1 < found.loc["a", "lower"]
    # Catches a group of the population that nobody audited belongs to left out.
    assert found.loc["e", "people"] == 0
    for broken in (population.drop(columns="group"), population.assign(population=0), population.assign(column="x")):
        with pytest.raises(ContractError):
            # Catches a population that cannot be compared with.
            audit(framed(table), asked, beside=Beside(population=broken))


def test_missingness_is_told_by_group_source_and_outcome() -> None:
    table = drawn(4000, 6).assign(source=np.random.default_rng(1).choice(["school", "police"], 4000))
    lost = (table["source"] == "police") & (np.random.default_rng(2).random(4000) < 0.3)
    table.loc[lost, "group"] = None
    rows = audited(table, settings((0.3,), (GROUP, SEX))).missing
    by = rows[rows["column"] == "group"].set_index(["by", "level"])
    # Catches shares of the wrong whole.
    assert by.loc[("source", "police"), "share"] == pytest.approx(0.3, abs=0.04)
    assert by.loc[("source", "school"), "share"] == 0
    assert by.loc[("everyone", "everyone"), "not_recorded"] == lost.sum()
    # Catches a difference that is not seen, and one that is not there: nothing is lost by sex or outcome.
    assert by.loc[("source", "police"), "p_value"] < 1e-6
    assert by.loc["sex", "p_value"].min() > 0.001
    assert by.loc["outcome", "p_value"].min() > 0.001


def test_bounds_hold_whatever_the_missing_were() -> None:
    full = drawn(600, 9, {"a": 0.6, "b": 0.4})
    rng = np.random.default_rng(1)
    seen = full.copy()
    seen.loc[rng.random(600) < 0.15, "group"] = None
    gone = rng.random(600) < 0.1
    seen.loc[gone, "outcome"] = np.nan
    gaps = audited(seen, settings((0.2, 0.4), (replace(GROUP, reference="a"),))).gaps
    keys = ["group", "compared_with", "band_edge", "metric"]
    bounded = gaps[gaps["lowest"].notna()].set_index(keys)
    for trial in range(15):
        guess = (
            full
            if trial == 0
            else full.assign(
                group=np.where(seen["group"].isna(), rng.choice(["a", "b"], 600), seen["group"]),
                outcome=np.where(gone, rng.random(600) < rng.random(), seen["outcome"]).astype(float),
            )
        )
        true = audited(guess, settings((0.2, 0.4), (replace(GROUP, reference="a"),), permutations=100)).gaps.set_index(
            keys
        )["difference"]
        both = bounded.join(true.rename("true"), how="inner")
        # Catches bounds that do not hold for some way the missing could have been, the true one among them.
        assert (both["true"] >= both["lowest"] - 1e-12).all()
        assert (both["true"] <= both["highest"] + 1e-12).all()
    # Catches bounds so wide that they would hold of anything, and a comparison of nothing.
    shares = bounded.xs("band_share", level="metric")
    assert (shares["highest"] - shares["lowest"]).max() < 0.7
    assert len(both) >= 20


def test_bounds_are_the_gap_where_nothing_is_missing() -> None:
    gaps = audited(drawn(900, 9)).gaps
    gaps = gaps[gaps["lowest"].notna()]
    # Catches bounds that are not reached.
    np.testing.assert_allclose(gaps["lowest"], gaps["difference"], atol=1e-12)
    np.testing.assert_allclose(gaps["highest"], gaps["difference"], atol=1e-12)


def test_supposed_recording_gives_back_what_was_hidden() -> None:
    true = drawn(60_000, 3, {"a": 0.7, "b": 0.3}).assign(source="school")
    hidden = (true["group"] == "b") & (true["outcome"] == 1) & (np.random.default_rng(1).random(60_000) < 0.35)
    seen = true.assign(outcome=np.where(hidden, 0.0, true["outcome"]))
    scenario = RecordingScenario("a third unrecorded", "group", "b", source="school", unrecorded=0.35)
    rows = audited(seen, settings(scenarios=(scenario,))).recording.set_index("metric")
    told = audited(true).metrics
    told = told[told["group"] == "b"].set_index("metric")["value"]
    # Catches a correction in the wrong direction or of the wrong size: it gives back the figures from before hiding.
    # 18,000 people: standard errors up to 0.5 points.
    for metric in ("base_rate", "false_positive_rate", "false_negative_rate", "precision", "calibration_difference"):
        assert rows.loc[metric, "supposed"] == pytest.approx(told[metric], abs=0.02)
    # Catches a test without anything to give back.
    assert rows.loc["calibration_difference", "difference_as_recorded"] < -0.08
    over = RecordingScenario("some were none", "group", "a", wrongly_recorded=0.2)
    rates = audited(true, settings(scenarios=(over,))).recording.set_index("metric").loc["base_rate"]
    assert rates["supposed"] == pytest.approx(0.8 * rates["as_recorded"])
    with pytest.raises(SettingsError, match="no such group"):
        # Catches a scenario about nobody.
        audited(true, settings(scenarios=(replace(over, group="z"),)))


def test_near_copies_of_a_group_are_found() -> None:
    table, rng = drawn(2000, 8), np.random.default_rng(1)
    of_c = table["group"] == "c"
    features = pd.DataFrame(
        {
            "chance": rng.random(2000), "rare": rng.integers(0, 900, 2000).astype(str),
            "organisation": np.where(of_c & (rng.random(2000) < 0.85), "other", rng.choice(["school", "health"], 2000)),
            "low": np.where(of_c, -1.0, 0.0) + rng.normal(0, 0.3, 2000),
            "gap": np.where(of_c, np.nan, rng.random(2000)),
        }
    )  # fmt: skip
    found = audit(framed(table), settings(), beside=Beside(features=features))
    auroc = found.proxies.set_index(["group", "feature"])["auroc"]
    # Catches a copy that is a category, runs downwards, or shows only in what is missing.
    assert auroc["c"][["organisation", "low", "gap"]].min() > 0.9
    # Catches columns that tell nothing, or have many values, called copies.
    assert auroc["c"][["chance", "rare"]].max() < 0.56
    assert found.statements["text"].str.contains("organisation alone tells group c").sum() == 1
    with pytest.raises(SettingsError, match="one row of features"):
        # Catches features of other people.
        audit(framed(table), settings(), beside=Beside(features=features.head(5)))


def test_drift_is_seen_between_periods() -> None:
    early, late = drawn(3000, 1).assign(period="2023"), drawn(3000, 2).assign(period="2024")
    steady = audited(pd.concat([early, late], ignore_index=True)).drift
    later_b = (late["group"] == "b") & (late["outcome"] == 1)
    moved = late.assign(estimate=np.where(later_b & (late.index % 3 == 0), 0.05, late["estimate"]))
    changed = audited(pd.concat([early, moved], ignore_index=True))
    rows = changed.drift[(changed.drift["group"] == "b") & (changed.drift["metric"] == FALSE_NEGATIVE_RATE)].iloc[0]
    # Catches a change that is not seen, told the wrong way round, or seen where there is none.
    assert rows["gap_change"] > 0.1
    assert rows["gap_lower"] > 0
    assert rows["p_adjusted"] < 0.01
    assert steady["p_adjusted"].min() > 0.05
    assert changed.statements["subject"].eq("drift").any()
    assert (rows["later"] - rows["earlier"]) == pytest.approx(rows["change"])


def test_families_widen_ranges() -> None:
    table = in_families(2500, 3)
    alone, kin = audited(table.drop(columns="family")), audited(table, settings(draws=1000))
    wider = (kin.metrics["upper"] - kin.metrics["lower"]) / (alone.metrics["upper"] - alone.metrics["lower"])
    # Catches families that are read and not used: members of one share most of what happens to them here.
    assert wider.median() > 1.1


def test_the_result_can_be_kept(result: FairnessResult) -> None:
    facts = json.loads(json.dumps(result.facts()))
    again = FairnessResult.from_parts(facts, result.frames())
    # Catches a fact that JSON cannot keep, or a part that is lost on the way.
    assert again.facts() == result.facts()
    assert all(again.frames()[name] is frame for name, frame in result.frames().items())


def test_families_of_tests_share_the_error(result: FairnessResult) -> None:
    tested = result.gaps[result.gaps["p_value"].notna()]
    # Catches adjusted p values that are smaller than raw ones, and gaps of base rates or shares that are tested.
    assert (tested["p_family"] >= tested["p_value"] - 0.06).all()
    assert (tested["p_audit"] >= tested["p_family"]).all()
    assert set(tested["family"]) == {"errors", "estimates"}
    assert set(tested.loc[tested["family"] == "errors", "metric"]) == {"false_negative_rate", "false_positive_rate"}
    assert result.gaps.loc[result.gaps["metric"] == "base_rate", "band_edge"].isna().all()


def test_words_never_pronounce(result: FairnessResult, table: pd.DataFrame) -> None:
    gap = table.assign(outcome=np.where(table["group"] == "b", 1 - table["outcome"], table["outcome"]))
    told = pd.concat([result.statements, audited(gap, settings((0.3,), (GROUP, SEX))).statements])
    # Catches a report that calls a model or a group anything, rather than saying what was measured.
    assert not [text for text in told["text"] if PRONOUNCING.search(text)]
    assert told["text"].str.contains("larger than chance explains").all() or told["subject"].eq("gaps").any()
    assert told["text"].str.contains("Recorded base rates differ").any()
    assert ALONE in " ".join(told["text"])
