"""The trees of a LightGBM model, read from its text: numbers only, checked, nothing run."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ehforecast.errors import ModelError

MISSING_TYPES = ("none", "zero", "nan")
_ZERO = 1e-35  # what LightGBM takes for zero where zero means missing


_ONE, _SPLITS, _LEAVES = "one", "splits", "leaves"
_WHOLE, _REAL = re.compile(r"-?[0-9]{1,9}"), re.compile(r"-?([0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|inf)")
_TREE_FIELDS: Mapping[str, tuple[str, re.Pattern[str]]] = MappingProxyType(
    {
        "num_leaves": (_ONE, _WHOLE), "num_cat": (_ONE, _WHOLE), "split_feature": (_SPLITS, _WHOLE),
        "split_gain": (_SPLITS, _REAL), "threshold": (_SPLITS, _REAL), "decision_type": (_SPLITS, _WHOLE),
        "left_child": (_SPLITS, _WHOLE), "right_child": (_SPLITS, _WHOLE), "leaf_value": (_LEAVES, _REAL),
        "leaf_weight": (_LEAVES, _REAL), "leaf_count": (_LEAVES, _WHOLE), "internal_value": (_SPLITS, _REAL),
        "internal_weight": (_SPLITS, _REAL), "internal_count": (_SPLITS, _WHOLE), "is_linear": (_ONE, _WHOLE),
        "shrinkage": (_ONE, _REAL),
    }
)  # fmt: skip
"""How many numbers each field holds, and of what kind, in LightGBM's own order. LightGBM takes them at their word."""


@dataclass(frozen=True)
class Split:
    """One question a tree asks: whether a feature is at most a threshold, and where the missing go."""

    feature: int
    threshold: float
    missing_type: str
    missing_left: bool

    def goes_left(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """LightGBM's own answer for each value of the feature, missing ones included."""
        if self.missing_type == "nan":
            left = values <= self.threshold  # false of the missing
            return left | np.isnan(values) if self.missing_left else left
        known = np.where(np.isnan(values), 0.0, values)
        left = known <= self.threshold
        return np.where(np.abs(known) <= _ZERO, self.missing_left, left) if self.missing_type == "zero" else left


@dataclass(frozen=True)
class Tree:
    """One tree: `m` splits, `m + 1` leaves; a child below zero is leaf `-child - 1`, as LightGBM writes it.

    `counts` are the training rows that reached each split, `leaf_counts` those of each leaf.
    """

    splits: tuple[Split, ...]
    left: tuple[int, ...]
    right: tuple[int, ...]
    counts: NDArray[np.float64]
    leaf_counts: NDArray[np.float64]
    leaf_values: NDArray[np.float64]

    @property
    def features(self) -> tuple[int, ...]:
        """The features asked about, each once, in ascending order."""
        return tuple(sorted({split.feature for split in self.splits}))

    def rows(self, child: int) -> float:
        """Training rows that reached a child."""
        return float(self.counts[child] if child >= 0 else self.leaf_counts[-child - 1])


def read_trees(model_text: str) -> tuple[Tree, ...]:
    """Every tree of a model saved as text. Raises `ModelError` for what is not a sound forest of numeric splits.

    Source of the format: LightGBM 4, `Tree::ToString`, and `Tree::NumericalDecision` for the meaning of a split.
    """
    header, *parts = model_text.split("end of trees", maxsplit=1)[0].split("\nTree=")
    last_feature = _fields(header).get("max_feature_idx", "")
    if not parts or not last_feature.isdecimal():
        raise ModelError("the model holds no trees")
    return tuple(
        _read_tree(_fields(part), place=place, width=int(last_feature) + 1) for place, part in enumerate(parts)
    )


def checked_text(model_text: str, *, features: int) -> str:
    """The same model written anew from what was checked, and nothing else: what LightGBM may be given.

    LightGBM trusts its own format: a wrong child, feature or length in it ends the process or runs for ever. Here every
    tree is read and found sound, every number is a number, and lengths are counted, not copied. Ranges of features and
    whatever else the text held are left out; estimates and contributions are bit for bit the same.

    Raises `ModelError` for a model of other than so many features, or one that is no sound forest.
    """
    trees = read_trees(model_text)
    if any(split.feature >= features for tree in trees for split in tree.splits):
        raise ModelError(f"the model asks for features beyond the {features} it was saved with")
    parts = model_text.split("end of trees", maxsplit=1)[0].split("\nTree=")[1:]
    pairs = enumerate(zip(parts, trees, strict=True))
    written = [_written(_fields(part), splits=len(tree.splits), place=place) for place, (part, tree) in pairs]
    header = [
        "tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0",
        f"max_feature_idx={features - 1}", "objective=binary sigmoid:1",
        f"feature_names={' '.join(f'Column_{place}' for place in range(features))}",
        f"feature_infos={' '.join(['none'] * features)}",
        f"tree_sizes={' '.join(str(len(tree.encode())) for tree in written)}",
    ]  # fmt: skip
    return (
        "\n".join(header)
        + "\n\n"
        + "".join(written)
        + "end of trees\n\nfeature_importances:\n\nparameters:\nend of parameters\n"
    )


def _written(fields: Mapping[str, str], *, splits: int, place: int) -> str:
    """One tree as LightGBM writes it, of the fields it knows, each with as many numbers as it must hold."""
    sizes = {_ONE: (1,), _SPLITS: (splits,), _LEAVES: (splits + 1,) if splits else (0, 1)}
    lines = []
    for name, (size, number) in _TREE_FIELDS.items():
        words = fields.get(name, "").split()
        if name in fields and (len(words) not in sizes[size] or not all(_is_number(word, number) for word in words)):
            raise ModelError(f"tree {place} of the model is damaged: {name} holds too few or many numbers, or none")
        lines += [f"{name}={' '.join(words)}"] if name in fields else []
    return "\n".join([f"Tree={place}", *lines]) + "\n\n\n"


def _is_number(word: str, kind: re.Pattern[str]) -> bool:
    """Of its kind, and not too large to be one."""
    return bool(kind.fullmatch(word)) and (word.endswith("inf") or math.isfinite(float(word)))


def _fields(part: str) -> dict[str, str]:
    lines = (line.partition("=") for line in part.splitlines())
    return {name: value for name, sign, value in lines if sign}


def _read_tree(fields: Mapping[str, str], *, place: int, width: int) -> Tree:
    if fields.get("num_cat") != "0" or fields.get("is_linear", "0") != "0":
        raise ModelError(f"tree {place} of the model splits on categories or fits lines; only thresholds are read")
    try:
        leaves = _whole(fields, "num_leaves", count=1)[0]
        tree = Tree(
            splits=_splits(fields, leaves - 1),
            left=_whole(fields, "left_child", count=leaves - 1),
            right=_whole(fields, "right_child", count=leaves - 1),
            counts=_numbers(fields, "internal_count", count=leaves - 1),
            leaf_counts=_numbers(fields, "leaf_count", count=leaves if leaves > 1 else 0),
            leaf_values=_numbers(fields, "leaf_value", count=leaves),
        )
    except (KeyError, ValueError, IndexError) as error:
        raise ModelError(f"tree {place} of the model is damaged: a field is absent, cut short or no number") from error
    if not _is_sound(tree) or any(split.feature not in range(width) for split in tree.splits):
        raise ModelError(f"tree {place} of the model is damaged: it does not lead from one root to every leaf once")
    return tree


def _splits(fields: Mapping[str, str], count: int) -> tuple[Split, ...]:
    features = _whole(fields, "split_feature", count=count)
    kinds = _whole(fields, "decision_type", count=count)
    thresholds = _numbers(fields, "threshold", count=count)
    return tuple(
        Split(feature, float(threshold), MISSING_TYPES[(kind >> 2) & 3], bool(kind & 2))
        for feature, threshold, kind in zip(features, thresholds, kinds, strict=True)
    )


def _whole(fields: Mapping[str, str], name: str, *, count: int) -> tuple[int, ...]:
    return tuple(int(word) for word in _words(fields, name, count=count))


def _numbers(fields: Mapping[str, str], name: str, *, count: int) -> NDArray[np.float64]:
    numbers = np.array([float(word) for word in _words(fields, name, count=count)], dtype=np.float64)
    if np.isnan(numbers).any() or (name != "threshold" and np.isinf(numbers).any()):
        raise ValueError(name)  # a threshold is infinite where a split only asks who is missing
    return numbers


def _words(fields: Mapping[str, str], name: str, *, count: int) -> list[str]:
    words = fields[name].split() if count else []
    if len(words) != count:
        raise ValueError(name)
    return words


def _is_sound(tree: Tree) -> bool:
    """Whether every split and leaf is reached once, splits after their parents, and rows add up."""
    children = tree.left + tree.right
    nodes = len(tree.splits)
    expected = {*range(1, nodes), *(-leaf - 1 for leaf in range(nodes + 1))} if nodes else set()
    if len(children) != len(expected) or set(children) != expected:
        return False
    return all(_is_sound_split(tree, node) for node in range(nodes))


def _is_sound_split(tree: Tree, node: int) -> bool:
    left, right = tree.left[node], tree.right[node]
    rows = (tree.rows(left), tree.rows(right))
    return (
        all(child < 0 or child > node for child in (left, right)) and min(rows) > 0 and sum(rows) == tree.counts[node]
    )
