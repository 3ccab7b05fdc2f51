"""Exact Shapley values by table, held to their definition, to LightGBM's own and to shap's."""

from itertools import permutations

import lightgbm
import numpy as np
import pytest
import shap
from numpy.typing import NDArray

from ehforecast.errors import ModelError
from ehforecast.risk.explain.tree_tables import TreeTables, tables_of
from ehforecast.risk.tree_text import Tree, read_trees

EXACT = 1e-9
"""What the values may differ by: rounding alone."""


def draw(rows: int, *, seed: int = 1, missing: float = 0.1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows of whole and broken numbers with zeros and gaps, and an outcome that hangs on some of them."""
    chance = np.random.default_rng(seed)
    features = chance.normal(size=(rows, 6))
    features[:, :3] = np.round(features[:, :3] * 2)
    features[chance.random(features.shape) < missing] = np.nan
    known = np.nan_to_num(features)
    log_odds = 0.5 * known[:, 0] - 0.4 * known[:, 1] * known[:, 3] + 0.6 * np.isnan(features[:, 4]) - 0.5
    return features, (chance.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)


def fit(leaves: int = 5, **settings: object) -> lightgbm.Booster:
    features, outcome = draw(3_000)
    chosen = {"objective": "binary", "num_leaves": leaves, "verbose": -1, "num_threads": 1, "seed": 1, **settings}
    return lightgbm.train(chosen, lightgbm.Dataset(features, outcome, params={"verbose": -1}), 25)


def tables(model: lightgbm.Booster) -> TreeTables:
    found = tables_of(model.model_to_string())
    assert found is not None
    return found


def expected(tree: Tree, row: NDArray[np.float64], known: set[int], node: int = 0) -> float:
    """The definition: follow known features, average over the training rows at unknown ones."""
    if node < 0:
        return float(tree.leaf_values[-node - 1])
    split, left, right = tree.splits[node], tree.left[node], tree.right[node]
    if split.feature in known:
        goes_left = bool(split.goes_left(row[[split.feature]])[0])
        return expected(tree, row, known, left if goes_left else right)
    rows = tree.counts[left] if left >= 0 else tree.leaf_counts[-left - 1]
    share = rows / tree.counts[node]
    return share * expected(tree, row, known, left) + (1 - share) * expected(tree, row, known, right)


def brute_force(tree: Tree, row: NDArray[np.float64]) -> dict[int, float]:
    """Shapley's definition: what a feature adds when it comes to be known, averaged over every order of them all."""
    orders = list(permutations(tree.features))
    values = dict.fromkeys(tree.features, 0.0)
    for order in orders:
        known: set[int] = set()
        for feature in order:
            before = expected(tree, row, known)
            known |= {feature}
            values[feature] += (expected(tree, row, known) - before) / len(orders)
    return values


def test_values_are_shapleys_by_brute_force() -> None:
    model = fit(leaves=6)
    features, _ = draw(12, seed=5, missing=0.3)
    by_hand = np.zeros(features.shape)
    for tree in read_trees(model.model_to_string()):
        for place, row in enumerate(features):
            for feature, value in brute_force(tree, row).items():
                by_hand[place, feature] += value
    # Catches a wrong weight of an order, a share taken of the wrong child, or an answer read from the wrong bit.
    assert tables(model).explain(features) == pytest.approx(by_hand, abs=EXACT)


@pytest.mark.parametrize("leaves", [2, 4, 8])
@pytest.mark.parametrize("settings", [{}, {"use_missing": False}, {"zero_as_missing": True}], ids=str)
def test_values_are_lightgbms_and_add_up(leaves: int, settings: dict[str, object]) -> None:
    model = fit(leaves, **settings)
    features, _ = draw(10_000, seed=2)
    features[:3] = [np.inf] * 6, [-np.inf] * 6, [0.0] * 6
    explained = tables(model).explain(features)
    own = np.asarray(model.predict(features, pred_contrib=True, num_threads=1))
    # Catches a missing value or a zero sent to the other side than LightGBM sends it, and rows mixed up between parts.
    assert explained == pytest.approx(own[:, :-1], abs=EXACT)
    # Catches a base that is not what the trees say of nobody in particular.
    assert tables(model).base == pytest.approx(own[0, -1], abs=EXACT)
    raw = np.asarray(model.predict(features, raw_score=True, num_threads=1))
    # Catches an explanation that does not explain the whole estimate.
    assert explained.sum(axis=1) + tables(model).base == pytest.approx(raw, abs=EXACT)


def test_values_are_those_of_shap() -> None:
    model = fit()
    features, _ = draw(200, seed=3)
    # Catches a drift from the library that people compare with.
    assert tables(model).explain(features) == pytest.approx(shap.TreeExplainer(model).shap_values(features), abs=EXACT)


def test_a_model_that_never_splits_explains_nothing() -> None:
    features, _ = draw(100)
    stump = lightgbm.train(
        {"objective": "binary", "verbose": -1, "min_data_in_leaf": 100},
        lightgbm.Dataset(features, np.arange(100) % 2),
        2,
    )
    explained = tables(stump)
    # Catches a crash on trees of one leaf, and a reason given where there is none.
    assert not explained.explain(features).any()
    assert explained.base == pytest.approx(np.asarray(stump.predict(features, raw_score=True))[0], abs=EXACT)


def test_larger_trees_are_left_to_lightgbm() -> None:
    # Catches tables of 2^30 rows.
    assert tables_of(fit(leaves=9, min_data_in_leaf=5).model_to_string()) is None


def test_categories_are_refused() -> None:
    features, outcome = draw(500)
    features[:, 0] = np.nan_to_num(features[:, 0]) + 20
    model = lightgbm.train(
        {"objective": "binary", "verbose": -1, "min_data_per_group": 1},
        lightgbm.Dataset(features, outcome, categorical_feature=[0], params={"verbose": -1}),
        5,
    )
    # Catches a split on a set of categories read as a threshold.
    with pytest.raises(ModelError, match="splits on categories"):
        read_trees(model.model_to_string())


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("num_leaves=5", "num_leaves=6"),
        ("num_leaves=5", "num_leaves=-5"),
        ("num_leaves=5", "num_leaves=many"),
        ("left_child=", "left_child=9"),
        ("right_child=", "left_out="),
        ("leaf_value=", "leaf_value=nan "),
        ("threshold=", "threshold=nan "),
        ("leaf_count=", "leaf_count=1"),
        ("split_feature=", "split_feature=-9"),
        ("split_feature=", "split_feature=9"),
        ("end of trees", "Tree=99\nend of trees"),
    ],
)
def test_a_damaged_model_is_named_not_followed(written: str, instead: str) -> None:
    text = fit().model_to_string()
    damaged = text.replace(written, instead, 1)
    assert damaged != text
    # Catches a model that leads round in a circle, past its end, or to no number, and is used all the same.
    with pytest.raises(ModelError, match=r"damaged|splits on categories"):
        read_trees(damaged)


def test_a_text_without_trees_is_refused() -> None:
    # Catches an empty file taken for a model that knows nothing.
    with pytest.raises(ModelError, match="no trees"):
        read_trees("")
