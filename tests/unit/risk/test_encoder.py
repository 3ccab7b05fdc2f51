"""Columns as numbers, and rows unlike those learned from."""

import json

import numpy as np
import pandas as pd
import pytest

from ehforecast.errors import ContractError
from ehforecast.risk.abstention import (
    NEVER_ABSENT,
    OUTSIDE,
    UNSEEN_CATEGORY,
    UNSEEN_PATTERN,
    LearnedFrom,
)
from ehforecast.risk.cohort import Feature
from ehforecast.risk.encoder import FeatureEncoder

LEVELS = ("school", "police", "health")


def frame(sources: list[str | None], contacts: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"source": pd.Categorical(sources, categories=LEVELS), "contacts": contacts})


LEARNED = frame(["school", "police", None, "school"], [0.0, 3.0, 1.0, np.nan])
CATALOGUE = (Feature("source", "who referred", levels=LEVELS), Feature("contacts", "earlier contacts"))


def test_levels_keep_the_order_of_the_catalogue() -> None:
    matrix = FeatureEncoder.fit(LEARNED, CATALOGUE).encode(LEARNED)
    # Catches codes that hang on which level comes first in the data.
    np.testing.assert_array_equal(matrix[:, 0], [0.0, 1.0, np.nan, 0.0])
    np.testing.assert_array_equal(matrix[:, 1], [0.0, 3.0, 1.0, np.nan])


def test_a_level_never_seen_is_told_from_an_absent_value() -> None:
    unseen = FeatureEncoder.fit(LEARNED, CATALOGUE).unseen(frame(["health", None, "school"], [0, 0, 0]))
    # Catches a category that nobody learned from, scored as if it were not recorded.
    assert unseen["source"].tolist() == [True, False, False]


def test_text_without_a_catalogue_is_sorted() -> None:
    encoder = FeatureEncoder.fit(pd.DataFrame({"source": ["police", "school", "health"]}))
    # Catches codes that change with the order of the rows.
    assert encoder.levels == {"source": ("health", "police", "school")}


def test_levels_of_parts_are_those_of_any_part_in_the_order_of_the_whole() -> None:
    parts = [frame(["police", None], [1.0, 2.0]), frame([], []), frame(["school"], [np.nan])]
    named = [part.assign(area=words) for part, words in zip(parts, (["West", "East"], [], ["North"]), strict=True)]
    whole = pd.concat([part.astype({"area": "str"}) for part in named])
    catalogue = (*CATALOGUE, Feature("area", "where"))
    encoder = FeatureEncoder.of_parts([part.astype({"area": "str"}) for part in named], catalogue)
    # Catches a level of a later part without a code, or one that no part holds with a code.
    assert encoder == FeatureEncoder.fit(whole, catalogue)
    assert encoder.levels == {"source": ("school", "police"), "area": ("East", "North", "West")}


@pytest.mark.parametrize("columns", [["contacts", "source"], ["source"], ["source", "contacts", "more"]])
def test_other_columns_are_refused(columns: list[str]) -> None:
    given = LEARNED.assign(more=0.0)[columns]
    with pytest.raises(ContractError) as refused:
        FeatureEncoder.fit(LEARNED, CATALOGUE).encode(given)
    # Catches a frame in another order, which LightGBM scores wrongly and in silence.
    assert refused.value.findings[0].rule == "columns_are_those_learned_from_in_that_order"


def test_an_encoder_survives_being_kept() -> None:
    encoder = FeatureEncoder.fit(LEARNED, CATALOGUE)
    # Catches a stored encoder that codes differently.
    assert FeatureEncoder.from_dict(json.loads(json.dumps(encoder.to_dict()))) == encoder


def learned() -> LearnedFrom:
    rows = pd.concat([LEARNED] * 60, ignore_index=True)
    return LearnedFrom.fit(rows, FeatureEncoder.fit(rows, CATALOGUE))


def test_rows_unlike_those_learned_from_get_a_reason() -> None:
    reasons = learned().reasons(frame(["health", "police", "school", None], [1.0, 3.4, 3.2, np.nan]))
    # Catches silence about a new category or a value far beyond the range (0 to 3, and a tenth of it more), and a
    # reason for one a little beyond.
    # The last: each value was absent before, but never both at once.
    assert reasons.tolist() == [UNSEEN_CATEGORY + "source", OUTSIDE + "contacts", "", UNSEEN_PATTERN]


def test_several_reasons_are_all_said() -> None:
    reasons = learned().reasons(frame(["health"], [-2.0]))
    # Catches a second reason that replaces the first.
    assert reasons.tolist() == [f"{UNSEEN_CATEGORY}source; {OUTSIDE}contacts"]


def test_a_value_absent_for_the_first_time_is_a_reason() -> None:
    whole = pd.concat([LEARNED.dropna()] * 60, ignore_index=True)
    reasons = LearnedFrom.fit(whole, FeatureEncoder.fit(whole, CATALOGUE)).reasons(frame(["school"], [np.nan]))
    # Catches a model that scores what LightGBM sends down a branch nobody learned.
    assert reasons.tolist() == [NEVER_ABSENT + "contacts"]


def test_patterns_are_not_used_where_every_row_has_its_own() -> None:
    draw = np.random.default_rng(0)
    rows = pd.DataFrame(np.where(draw.random((300, 12)) < 0.5, np.nan, 1.0), columns=[f"x{n}" for n in range(12)])
    found = LearnedFrom.fit(rows, FeatureEncoder.fit(rows))
    fresh = pd.DataFrame(np.where(draw.random((300, 12)) < 0.5, np.nan, 1.0), columns=rows.columns)
    # Catches a rule that silences nearly everyone where values are absent at random.
    assert (found.reasons(fresh) == "").all()


def test_what_was_learned_from_survives_being_kept() -> None:
    kept = json.loads(json.dumps(learned().to_dict()))
    # Catches a stored range or pattern that is lost.
    assert LearnedFrom.from_dict(kept) == learned()
