import numpy as np
import pandas as pd

from ehforecast.demand.hierarchy import hierarchy_of

LEAVES = ["N school", "N police", "S school", "W police"]
KEYS = pd.DataFrame(
    {"locality": ["N", "N", "S", "W"], "source": ["school", "police", "school", "police"]}, index=LEAVES
)


def test_crossed_and_ragged_levels_add_up() -> None:
    hierarchy = hierarchy_of(KEYS, [(), ("locality",), ("source",)])
    counts = pd.DataFrame([[1.0, 2.0, 4.0, 8.0]], columns=LEAVES)
    summed = hierarchy.add_up(counts).iloc[0].to_dict()
    # Each node is the sum of its own leaves; a locality with one source is that leaf, and is not there twice.
    assert summed == {
        "total": 15.0, "N": 3.0, "school": 5.0, "police": 10.0, "N school": 1.0, "N police": 2.0, "S school": 4.0,
        "W police": 8.0,
    }  # fmt: skip


def test_absent_leaf_makes_its_sums_absent() -> None:
    hierarchy = hierarchy_of(KEYS, [(), ("locality",)])
    summed = hierarchy.add_up(pd.DataFrame([[np.nan, 2.0, 4.0, 8.0]], columns=LEAVES)).iloc[0]
    # A sum that skips what is missing would say that nothing happened there.
    assert np.isnan(summed["total"])
    assert np.isnan(summed["N"])
    assert summed["S school"] == 4.0


def test_two_keys_name_a_node_by_both() -> None:
    keys = pd.DataFrame({"a": ["x", "x", "x"], "b": ["1", "1", "2"]}, index=["l1", "l2", "l3"])
    # A level that keeps two keys is a crossing, and its nodes carry both names.
    assert hierarchy_of(keys, [("a", "b")]).nodes == ("x | 1", "l1", "l2", "l3")
