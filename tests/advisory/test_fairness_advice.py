"""The door for audits: one test per piece of evidence taken away, and counts that cannot be worked out again."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from audit_sample import AREA, RARE, REQUEST, sample_advice, sample_options, sample_result, sample_table
from estimates import ALONE, GROUP, audited, settings

from ehforecast.advisory.fairness_advice import ASKED_BESIDES, PROTECTED, FairnessAdvice, release_fairness
from ehforecast.advisory.fairness_counts import cell_of, tell_counts
from ehforecast.advisory.fairness_protection import TOO_SMALL_TO_SHOW, protect_audit, protect_options
from ehforecast.advisory.protection import HIDDEN, UK_STRICT
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.fairness.audit import Beside, audit
from ehforecast.risk.fairness.frame import AuditColumns, audit_frame
from ehforecast.risk.fairness.settings import Characteristic
from ehforecast.risk.fairness.shares import SHARES
from ehforecast.risk.fairness_results import FairnessResult

Change = Callable[[FairnessResult], FairnessResult]


def inventory_without(name: str) -> Change:
    return lambda found: replace(found, inventory=found.inventory[found.inventory["characteristic"] != name])


def inventory_with(column: str, value: str, standing: str = "not recorded") -> Change:
    def change(found: FairnessResult) -> FairnessResult:
        rows = found.inventory["standing"] == standing
        return replace(found, inventory=found.inventory.assign(**{column: found.inventory[column].mask(rows, value)}))

    return change


def without(frame: str, column: str) -> Change:
    return lambda found: replace(found, **{frame: getattr(found, frame).assign(**{column: np.nan})})


CHANGES: dict[str, Change] = {
    **{
        f"the characteristic '{name}' in the inventory": inventory_without(name)
        for name in (*PROTECTED, *ASKED_BESIDES)
    },
    "a standing of 'age': assessed": inventory_with("standing", "fine"),
    "the reason why 'age' is not recorded": inventory_with("reason", " "),
    "figures of 'race', which is said to be assessed": inventory_with("column", "elsewhere", "assessed"),
    "the range of 'base_rate'": without("metrics", "lower"),
    "the range of the gap in 'base_rate'": without("gaps", "upper"),
    "why there is none": lambda found: replace(found, no_population_because=" "),
    "what the tests of gaps are adjusted for": lambda found: replace(found, multiplicity=""),
    "counts that are rounded and hidden where small, in groups": lambda found: replace(
        found, groups=found.groups.assign(positives=[HIDDEN, *[103] * (len(found.groups) - 1)])
    ),
    "counts that are rounded and hidden where small, in missing": lambda found: replace(
        found, missing=found.missing.assign(not_recorded=3)
    ),
    "groups of 10 people or more": lambda found: replace(found, groups=found.groups.assign(people=5)),
    "words made from figures that are protected": lambda found: replace(
        found, statements=sample_result().statements
    ),
}  # fmt: skip


@pytest.mark.parametrize("missing", CHANGES)
def test_each_piece_of_evidence_is_asked_for(missing: str) -> None:
    with pytest.raises(ReleaseRefused) as refusal:
        FairnessAdvice(CHANGES[missing](sample_advice().result), **REQUEST)
    # Catches a report that goes to a panel without it.
    assert any(missing in each for each in refusal.value.missing)


@pytest.mark.parametrize("name", REQUEST)
def test_each_part_of_the_request_is_asked_for(name: str) -> None:
    with pytest.raises(ReleaseRefused):
        # Catches a report for no purpose of the list, no reader, no run or no source.
        release_fairness(sample_result(), **{**REQUEST, name: " "})


def test_the_list_is_the_audits_own() -> None:
    # Catches a characteristic added to the audit and not asked for at the door, or the other way round.
    assert {*PROTECTED, *ASKED_BESIDES} == {each.value for each in Characteristic}
    assert len(PROTECTED) == 9


def test_nobody_small_is_named_or_counted() -> None:
    told = sample_advice().result
    frames = [frame.to_csv() for frame in told.frames().values()]
    # Catches a rare value, which may itself say who somebody is, in any frame that leaves.
    assert not any(RARE in text for text in frames)
    row = told.groups[(told.groups["view"] == "area") & (told.groups["group"] == TOO_SMALL_TO_SHOW)].iloc[0]
    # Catches small groups dropped without a word.
    assert row["people"] == HIDDEN
    assert row["reason"].startswith("1 group of")


def test_figures_rest_on_shown_counts_only() -> None:
    told = sample_advice().result
    shown = told.metrics[told.metrics["value"].notna() & told.metrics["metric"].isin(SHARES)]
    counts = shown["value"] * shown["denominator"]
    # Catches a share told from exact counts, from which those could be had back.
    assert np.allclose(counts, np.round(counts / 5) * 5, atol=1e-6)
    # Catches ends told so exactly that they give the count away.
    assert np.allclose(shown[["lower", "upper"]] * 100, np.round(shown[["lower", "upper"]] * 100))
    # Catches a protection that hides everything, and so tells nothing.
    assert len(shown) > 100


def small_misses(misses: int) -> FairnessResult:
    """Group c has so many people with the outcome below the edge."""
    table = sample_table()[["estimate", "outcome", "group"]].assign(group=lambda each: each["group"].fillna("a"))
    events = table.index[(table["group"] == "c") & (table["outcome"] == 1)]
    table.loc[events, "estimate"] = 0.9
    table.loc[events[:misses], "estimate"] = 0.01
    return audited(table, settings((0.3,), (GROUP,)))


@pytest.mark.parametrize(("misses", "is_told"), [(0, True), (1, False), (7, False), (8, True)])
def test_a_share_of_few_is_hidden_with_its_gaps(misses: int, is_told: bool) -> None:
    told = protect_audit(small_misses(misses))
    metric = (told.metrics["group"] == "c") & (told.metrics["metric"] == "false_negative_rate")
    gap = (told.gaps["group"] == "c") & (told.gaps["metric"] == "false_negative_rate")
    # Catches 7 of 300 told as 2.3%, or hidden as 0; a real 0 is told.
    assert told.metrics.loc[metric, "value"].notna().item() is is_told
    assert (told.metrics.loc[metric, "standing"].item() == HIDDEN) is not is_told
    # Catches a hidden share given back as a gap, or a test of it.
    assert told.gaps.loc[gap, ["difference", "lower", "upper"]].notna().all(axis=None) == is_told
    assert is_told or told.gaps.loc[gap, ["ratio", "lowest", "p_value"]].isna().all(axis=None)


def test_gaps_to_a_hidden_group_are_hidden() -> None:
    table = sample_table()[["estimate", "outcome", "group"]].assign(group=lambda each: each["group"].fillna("a"))
    events = table.index[(table["group"] == "c") & (table["outcome"] == 1)]
    table.loc[events, "estimate"] = 0.9
    table.loc[events[:4], "estimate"] = 0.01
    told = protect_audit(audited(table, settings((0.3,), (replace(GROUP, reference="c"),)))).gaps
    chosen = told[(told["compared_with"] == "c") & (told["metric"] == "false_negative_rate")]
    # Catches the hidden share of a reference group worked out from somebody else's gap to it.
    assert len(chosen) > 0
    assert chosen["difference"].isna().all()


def test_one_hidden_count_is_never_left_alone() -> None:
    result = small_misses(3)
    told, protection = tell_counts(result, rules=UK_STRICT)
    # Catches tables that are not attacked together: something small was found, and attacked.
    assert protection.small >= 1
    assert protection.attacked >= protection.small
    # Catches a count shown that is small.
    assert not any(0 < count < 8 for count in told.shown.values())
    assert cell_of("group", "c") in told.shown


@pytest.mark.parametrize(("people", "is_split"), [(7, False), (90, True)])
def test_a_few_not_recorded_are_not_split_by_groups(people: int, is_split: bool) -> None:
    table = sample_table()[["estimate", "outcome", "group"]].assign(
        group=lambda each: each["group"].fillna("a").mask(each.index < people),
        area=lambda each: np.where(each.index < 600, each.index % 6, 0).astype(str),
    )
    table["area"] = "area " + table["area"]
    told = protect_audit(audited(table, settings((0.3,), (GROUP, AREA)))).missing
    split = told[(told["column"] == "group") & (told["by"] == "area")]
    # Catches an audit refused for seven people in six groups, whose six hidden counts tell that they are six or seven;
    # and zeros of such a split, which say in which groups the seven are.
    assert len(split) == 6
    assert split["share"].isna().all() != is_split
    # Catches groups themselves hidden with it, and the number in all shown.
    assert (
        told.loc[(told["column"] == "group") & (told["by"] == "everyone"), "not_recorded"] == HIDDEN
    ).all() != is_split
    assert HIDDEN not in set(split["people"])


def test_a_group_may_be_called_all() -> None:
    table = sample_table()[["estimate", "outcome", "group"]].assign(
        group=lambda each: each["group"].replace("a", "all")
    )
    told = protect_audit(audited(table, settings((0.3,), (GROUP,)))).groups.set_index("group")
    # Catches a group taken for the total of its table.
    assert told.loc["all", "people"] < 2000
    assert cell_of("sex x area", "with x and x without") == frozenset({("sex x area", "with x and x without")})


def test_without_outcomes_shares_and_missingness_are_told() -> None:
    told = sample_advice(has_outcome=False).result
    # Catches an audit refused, or emptied, because nobody knows the outcome.
    assert told.metrics.loc[told.metrics["metric"] == "band_share", "value"].notna().mean() > 0.9
    assert told.with_outcome == 0
    assert set(told.groups["positives"]) <= {0, HIDDEN}


@pytest.mark.parametrize(
    ("field", "words"), [("people", "people"), ("clusters", "clusters"), ("with_outcome", "known outcomes")]
)
def test_an_audit_of_few_is_refused(field: str, words: str) -> None:
    # Catches totals of 3 to 7, which would be told to the nearest 5.
    with pytest.raises(ReleaseRefused, match=f"more than 7 {words}"):
        protect_audit(replace(sample_result(), **{field: 5}))
    with pytest.raises(ReleaseRefused, match="more than 7 test people"):
        protect_options(replace(sample_options(), people=5))
    # Catches a total that may be told, refused.
    assert protect_audit(replace(sample_result(), clusters=8)).clusters == 10


def test_weights_hide_what_rests_on_few_people() -> None:
    table = sample_table()[["estimate", "outcome", "group"]].assign(weight=2.0)
    events = table.index[(table["group"] == "c") & (table["outcome"] == 1)]
    table.loc[events, "estimate"] = 0.9
    table.loc[events[:4], "estimate"] = 0.01
    none = table["group"].eq("d") & table["outcome"].eq(1)
    table = table[~none]
    told = protect_audit(audited(table, settings((0.3,), (GROUP,)))).metrics.set_index(["group", "metric"])
    # Catches small shares told because counts by band cannot be had back from weighted ones.
    assert np.isnan(told.loc[("c", "false_negative_rate"), "value"])
    # Catches a share of nobody.
    assert told.loc[("d", "false_negative_rate"), "standing"] == "not calculable"
    assert told["value"].notna().sum() > 20


def test_coverage_is_told_from_rounded_counts() -> None:
    table = sample_table()[["estimate", "outcome", "group"]]
    population = pd.DataFrame(
        [("group", name, people) for name, people in (("a", 4e4), ("b", 3e4), ("c", 2e4), ("d", 1e4), ("e", 1e3))],
        columns=["column", "group", "population"],
    )
    asked = settings((0.3,), (GROUP,))
    frame = audit_frame(table, AuditColumns(outcome="outcome"), groups=(GROUP,))
    told = protect_audit(audit(frame, asked, beside=Beside(population))).coverage.set_index("group")
    # Catches an exact number of people recorded, from which a small number not recorded could be had.
    assert (told.loc[["a", "b", "c", "d"], ["people", "expected"]].astype(float) % 5 == 0).all(axis=None)
    # Catches a group nobody comes from left out.
    assert told.loc["e", ["people", "ratio"]].tolist() == [0, 0]
    few = table.assign(group=table["group"].fillna("a"))
    few.loc[[1, 2, 3], "group"] = None
    frame = audit_frame(few, AuditColumns(outcome="outcome"), groups=(GROUP,))
    hidden = protect_audit(audit(frame, asked, beside=Beside(population)))
    # Catches three people not recorded, given away by the number expected.
    assert hidden.coverage["expected"].isna().all()
    assert hidden.inventory.set_index("characteristic").loc["race", "people"] == HIDDEN


def test_drift_of_few_is_left_out() -> None:
    told = sample_advice().result.drift
    shown = told[told["earlier"].notna() & told["metric"].isin(SHARES)]
    # Catches a share of a period that may rest on fewer than eight people.
    assert ((shown["earlier"] == 0) | (shown["earlier"] >= 0.08)).all()
    assert len(shown) > 0


def test_options_are_protected_and_hold_no_model() -> None:
    told = sample_advice(has_options=True).mitigation
    assert told is not None
    groups = told.groups.set_index("group")
    # Catches 4 of 200 told in the table of options, though it would be hidden anywhere else.
    assert groups.loc["b", "value"].isna().all()
    assert groups.loc["a", "value"].eq(0.3).all()
    assert told.people == 1005
    assert told.statements.empty
    options = sample_options()
    lacking = replace(options, options=options.options[options.options["option"] != "no_model"])
    with pytest.raises(ReleaseRefused, match="not using a model"):
        # Catches a comparison of models in which doing without is no option.
        sample_advice().with_options(lacking)
    bare = replace(options, options=options.options.assign(metric="band_share", lower=np.nan))
    with pytest.raises(ReleaseRefused, match="ranges of the options"):
        # Catches options told as if they were known exactly.
        sample_advice().with_options(bare)


def test_near_copies_of_hidden_groups_are_hidden() -> None:
    table = sample_table()[["estimate", "outcome", "group"]]
    frame = audit_frame(table, AuditColumns(outcome="outcome"), groups=(GROUP,))
    features = pd.DataFrame({"code": (table["group"] == "d").astype(float)})
    found = audit(frame, settings((0.3,), (GROUP,), no_population_because=ALONE), beside=Beside(features=features))
    told = protect_audit(found).proxies
    # Catches a near copy of a large group that is not told.
    assert told.set_index("group").loc["d", "auroc"] > 0.99
    gone = replace(found, proxies=found.proxies.assign(group="nobody"))
    # Catches a figure about a group whose count is hidden.
    assert protect_audit(gone).proxies["auroc"].isna().all()
