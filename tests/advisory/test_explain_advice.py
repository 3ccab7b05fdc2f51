"""The door for explanations: ranges with every figure, nothing few people reach, no count that points to somebody."""

from dataclasses import replace

import pandas as pd
import pytest
from explain_sample import explain_advice, explanation_result, risk_advice

from ehforecast.advisory.explain_advice import FEWEST_BEYOND, ExplainAdvice, release_explanations
from ehforecast.advisory.protection import HIDDEN
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.explain_results import ExplanationResult


def test_what_few_people_reach_is_not_shown() -> None:
    effects = explain_advice().result.effects
    # Catches the greatest number of contacts of one child on a page, and a curve drawn through one point.
    assert set(effects["feature"]) == {"contacts_90"}
    assert effects["at"].tolist() == [0.0, 1.0, 2.0]
    assert (effects["beyond"] >= FEWEST_BEYOND).all()


def test_counts_are_rounded_and_small_ones_hidden_with_their_figures() -> None:
    shown = explain_advice().result
    # By hand: 1,203 to the nearest 5, and 3 without an estimate told as none.
    assert (shown.rows, shown.families, shown.silent) == (1205, 640, 0)
    rare = shown.by_group.set_index("group").loc["neither"]
    # Catches a figure of six people beside a hidden count.
    assert rare["rows"] == HIDDEN
    assert pd.isna(rare["value"])
    # Catches a reason given three times told of.
    assert shown.steadiness["label"].tolist() == ["All of them"]
    assert shown.bands["rows"].tolist() == [605, 605]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"outcome": "another outcome"}, "an account of the same outcome"),
        ({"cannot_see": ()}, "what the model cannot see"),
        ({"bands": explanation_result().bands.iloc[:0]}, "the table 'bands'"),
        ({"importance": explanation_result().importance.assign(lower=float("nan"))}, "the ranges of 'importance'"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, object], words: str) -> None:
    # Catches an account without the evidence to judge it.
    with pytest.raises(ReleaseRefused, match=words):
        explain_advice(**changes)


def test_there_is_no_way_round_the_door() -> None:
    raw = explanation_result()
    # Catches advice made directly out of counts and extremes that were not protected.
    with pytest.raises(ReleaseRefused, match=r"protection of .* in importance") as raised:
        ExplainAdvice(raw, risk_advice())
    assert f"effects only of values that {FEWEST_BEYOND} people" in str(raised.value)


def test_a_result_is_kept_and_found_again() -> None:
    raw = explanation_result()
    again = ExplanationResult.from_parts({**raw.facts(), "cannot_see": [*raw.cannot_see]}, raw.frames())
    # Catches a list out of JSON where a tuple was kept, and a frame lost on the way.
    assert again.facts() == raw.facts()
    assert set(again.frames()) == set(raw.frames())
    few = release_explanations(replace(raw, rows=5), beside=risk_advice())
    # Catches a small number of people rounded up to 5.
    assert few.result.rows == 0
