"""The door for flows: groups only, small counts hidden with whatever gives them away, no figure without its range."""

import re
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from flow_sample import invented_flows

from ehforecast.advisory.flow_advice import COUNTS, FlowAdvice, missing_of_flows, release_flows, unprotected
from ehforecast.advisory.flow_cells import Cells, share_told
from ehforecast.advisory.flow_protection import HIDDEN_REASON, NOT_FOLLOWED, protect_flows
from ehforecast.advisory.ledger import Earlier
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.advisory.protection import HIDDEN
from ehforecast.demand import case_review
from ehforecast.demand.flow_results import FlowResult
from ehforecast.errors import ReleaseRefused

TOLD = Letterhead(purpose="planning", reader="head of early help", run_id="run-1", data_source="Invented records")


@pytest.fixture(scope="module")
def result() -> FlowResult:
    return invented_flows()


@pytest.fixture(scope="module")
def advice(result: FlowResult) -> FlowAdvice:
    return release_flows(result, TOLD)


def test_every_count_that_leaves_is_hidden_or_rounded(result: FlowResult, advice: FlowAdvice) -> None:
    # Catches a frame of counts that the door forgot.
    assert list(unprotected(advice.result)) == []
    # Catches a check that would pass bare counts: the sample has small ones in every kind of table.
    assert len(list(unprotected(result))) >= 10
    assert any((advice.result.frames()[name] == HIDDEN).to_numpy().any() for name in COUNTS)


def test_small_counts_take_their_figures_with_them(result: FlowResult, advice: FlowAdvice) -> None:
    flows, exact = advice.result.flows, result.flows
    small = exact["moved"].between(1, 7)
    # Catches a small count shown, and a share or median that gives it back.
    assert small.any()
    assert (flows.loc[small, "moved"] == HIDDEN).all()
    assert flows.loc[small, ["share", "low", "high", "median_days"]].isna().all(axis=None)
    assert set(flows.loc[small & exact["reason"].eq(""), "reason"]) == {HIDDEN_REASON}
    alone = [
        group for _, group in flows.groupby(["origin", "period", "need_level"])
        if (group["started"] != HIDDEN).all() and (group["moved"] == HIDDEN).sum() == 1
        and (group["not_followed"] != HIDDEN).all()
    ]  # fmt: skip
    exact_small = {len(group) for group in alone if exact.loc[group.index, "moved"].between(1, 7).any()}
    # Catches one small count alone hidden in a group whose other counts and total are told: unless rounding of the
    # others leaves it three numbers or more, it is their difference. Rounded sums of four leave at least nine.
    assert all(size >= 3 for size in exact_small)


def test_shares_are_no_more_exact_than_their_counts(advice: FlowAdvice) -> None:
    told = advice.result.flows.dropna(subset=["share"])
    moved = told["share"].astype(float) * told["started"].astype(float)
    # Catches an exact share beside a rounded count: share times count would be the count before rounding.
    assert np.allclose(moved / 5, np.round(moved / 5), atol=1e-6)
    assert (told["low"] <= told["share"]).all()
    assert (told["share"] <= told["high"]).all()


def test_share_told_stays_in_bounds() -> None:
    told = share_told({"share": 1.0, "low": 0.9, "high": 1.0}, of=7, rounded_to=5)
    # Catches a share above 1, and one of nobody.
    assert told["share"] == pytest.approx(5 / 7)
    assert share_told({"share": 0.99, "low": 0.9, "high": 1.0}, of=13, rounded_to=5)["share"] == 1.0
    assert np.isnan(share_told({"share": 0.5, "low": 0.4, "high": 0.6}, of=0, rounded_to=5)["share"])


def test_the_same_records_give_the_same_figures_and_are_entered_once(result: FlowResult, advice: FlowAdvice) -> None:
    again = release_flows(result, replace(TOLD, run_id="run-2"), earlier=Earlier(advice.counted))
    # Catches a second release with other figures for the same counts, whose difference would tell something.
    for name, frame in advice.result.frames().items():
        pd.testing.assert_frame_equal(frame, again.result.frames()[name])
    assert [one.run_id for one in again.counted] == ["run-1"] * len(advice.counted)


def test_a_count_that_moved_by_a_few_stays_as_it_was_released() -> None:
    first, second = Cells(), Cells()
    first.add("somebody", 20)
    second.add("somebody", 23)
    before = first.told(earlier=Earlier(), run_id="run-1")
    # Catches two releases whose difference tells of three children.
    assert second.told(earlier=Earlier(before.counted), run_id="run-2").count("somebody") == 20


def test_groups_under_ten_are_not_told(result: FlowResult) -> None:
    few = result.cohorts.assign(children=9)
    shown = protect_flows(replace(result, cohorts=few, cohort_trends=pd.DataFrame())).result
    # Catches a group of nine shown because the usual rules hide seven and fewer.
    assert (shown.cohorts["children"] == HIDDEN).all()


def test_timings_beside_a_hidden_band_are_hidden(result: FlowResult) -> None:
    rows = [
        {
            "timing": after,
            "words": "w",
            "came_back": 50,
            "before": before,
            "share": before / 50,
            "low": 0.0,
            "high": 1.0,
        }
        for after, before in ((30, 40), (91, 38), (182, 20))
    ]
    shown = protect_flows(replace(result, timings=pd.DataFrame(rows))).result.timings.set_index("timing")
    # Catches 40 - 38 told by two neighbouring rows.
    assert list(shown["before"] == HIDDEN) == [True, True, False]


@pytest.mark.parametrize("came_back", [4])
def test_few_returns_give_no_timing(result: FlowResult, came_back: int) -> None:
    row = {"timing": 30, "words": "w", "came_back": came_back, "before": 2, "share": 0.5, "low": 0.1, "high": 0.9}
    shown = protect_flows(replace(result, timings=pd.DataFrame([row]))).result.timings.iloc[0]
    # Catches a share of four families.
    assert (shown["came_back"], shown["before"]) == (HIDDEN, HIDDEN)


def test_a_change_that_rests_on_a_hidden_count_is_not_told(result: FlowResult) -> None:
    change = result.contrasts.assign(started_before=100, share_before=0.03)
    shown = protect_flows(replace(result, contrasts=change)).result.contrasts.iloc[0]
    # Catches a difference from which three children could be worked out.
    assert shown["verdict"] == HIDDEN_REASON
    assert pd.isna(shown["difference"])
    untold = change.assign(share_before=np.nan, share_after=np.nan, difference=np.nan, verdict="cannot be told")
    # Catches the reason "hidden" given where there was nothing to hide.
    assert protect_flows(replace(result, contrasts=untold)).result.contrasts["verdict"].iloc[0] == "cannot be told"


def review_of(name: str, *, substance: int) -> case_review.Review:
    answers = {"domestic_abuse": 60, "adult_mental_health": 50, "substance_misuse": substance}
    rows = pd.DataFrame({trouble: ["yes"] * yes + ["no"] * (150 - yes) for trouble, yes in answers.items()})
    return case_review.Review(name, date(2020, 1, 1), rows.assign(child=range(150), family=range(150), age=7.0))


def test_reviews_with_hidden_answers_tell_no_change(result: FlowResult) -> None:
    two = (review_of("first", substance=5), review_of("second", substance=40))
    changed = replace(
        result, reviews=case_review.prevalence(two), review_overlap=case_review.overlap(two),
        review_ages=case_review.age_split(two), review_change=case_review.change_between(two),
    )  # fmt: skip
    shown = protect_flows(changed).result
    told, found = shown.review_change.set_index("question"), shown.reviews.set_index(["review", "question"])["found"]
    # Catches a change between reviews that gives back the share which is hidden.
    assert found["first", "substance_misuse"] == HIDDEN
    assert found["second", "substance_misuse"] == 40
    assert told.loc["substance_misuse", "verdict"] == HIDDEN_REASON
    assert told["difference"].notna().any()


def test_a_review_of_nobody_has_no_share(result: FlowResult) -> None:
    nobody = result.reviews.assign(of=0, found=0, share=np.nan, low=np.nan, high=np.nan)
    changed = replace(
        result, reviews=nobody, review_overlap=pd.DataFrame(), review_ages=pd.DataFrame(), review_change=pd.DataFrame()
    )
    # Catches a division by nobody.
    assert protect_flows(changed).result.reviews["share"].isna().all()


def test_forecasts_are_rounded_too(advice: FlowAdvice) -> None:
    # Catches a forecast so exact that it tells the months counted in it.
    assert advice.result.rolling_ahead["value"].tolist() == [300.0, 315.0, 330.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flows": pd.DataFrame()}, "flows: from where to where"),
        ({"themes": pd.DataFrame({"person_id": ["P1"], "share": [1.0], "low": [1.0], "high": [1.0]})}, "person_id"),
        ({"timings": pd.DataFrame({"share": [0.5], "low": [0.6], "high": [0.7]})}, "range of every figure of timings"),
        ({"rolling_ahead": pd.DataFrame({"measure": ["m"], "month": ["2021-04"], "level": [0.5], "value": [5.0]})},
         "range of every rolling count ahead"),
    ],
)  # fmt: skip
def test_what_lacks_evidence_is_refused(result: FlowResult, change: dict[str, pd.DataFrame], words: str) -> None:
    # Catches advice without one of the things it needs.
    with pytest.raises(ReleaseRefused, match=re.escape(words)):
        release_flows(replace(result, **change), TOLD)


def test_a_flow_without_share_says_why(result: FlowResult) -> None:
    bare = replace(result, flows=result.flows.assign(share=np.nan, reason=""))
    # Catches a silence that nobody explains.
    assert any("the reason why" in words for words in missing_of_flows(bare))


def test_advice_cannot_be_made_by_hand(result: FlowResult) -> None:
    # Catches a way round the protection of counts.
    with pytest.raises(ReleaseRefused, match="protection of"):
        FlowAdvice(result, **vars(TOLD))
    # Catches advice for a purpose nobody agreed to, for nobody.
    with pytest.raises(ReleaseRefused, match="purpose from the closed list"):
        release_flows(result, Letterhead(purpose="profit", reader=" ", run_id="run-1", data_source="Invented"))


def test_not_followed_is_a_cell_of_its_own(advice: FlowAdvice) -> None:
    spells = next(one for one in advice.counted if one.table == "spells: early_help")
    # Catches those not followed left out of what is attacked: then they would be what is left of the whole.
    assert any(NOT_FOLLOWED in name for name in spells.counted)


def test_an_empty_result_of_records_can_be_protected(result: FlowResult) -> None:
    bare = FlowResult(**result.facts(), flows=result.flows)  # type: ignore[arg-type] # its own facts
    # Catches a part that cannot be left out.
    assert len(release_flows(bare, TOLD).result.flows) == len(result.flows)
