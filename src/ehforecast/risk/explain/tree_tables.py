"""Exact Shapley values of small trees by table: every row that answers a tree's questions alike has the same ones.

A tree with m splits has 2^m patterns of answers. Its path-dependent Shapley values for each pattern are a small table,
made once; explaining a row is m comparisons and one look-up per tree. Exact, not approximate: the same numbers as
LightGBM's `pred_contrib` and `shap.TreeExplainer` (Lundberg et al. 2020, "tree_path_dependent"), to rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import factorial

import numpy as np
from numpy.typing import NDArray

from ehforecast.risk.tree_text import Split, Tree, read_trees

LARGEST_TREE = 7
"""Splits; a table of a tree with m splits has 2^m rows, so larger trees are left to LightGBM."""

_LARGEST_JOINED = 10
"""Questions of a joined table: 2^10 patterns of a few features stay in the processor's cache."""

_BITS = np.int16  # holds a pattern of that many answers

_ROWS_AT_A_TIME = 8192  # so that answers and sums stay in the processor's cache


@dataclass(frozen=True)
class Table:
    """Shapley values by pattern of answers, of one tree or of several that ask much the same.

    Attributes:
        questions: the splits; bit j of a pattern is set where question j goes left.
        features: those asked about, in ascending order.
        values: of shape (features, 2^questions).
    """

    questions: tuple[Split, ...]
    features: tuple[int, ...]
    values: NDArray[np.float64]


def tabulate(tree: Tree) -> tuple[Table, float]:
    """The table of one tree of at most `LARGEST_TREE` splits, and what it says of somebody nothing is known of.

    With v(S) the tree's expected value when only the features in S are known (unknown ones average over the training
    rows that went each way), a feature's Shapley value is the mean of v(S and it) - v(S) over orders of the features.
    """
    expected = _expected_by_subset(tree)
    count = len(tree.features)
    values = np.zeros((count, expected.shape[1]))
    for subset in range(2**count):
        known = subset.bit_count()
        for place in range(count):
            if not subset >> place & 1:
                weight = factorial(known) * factorial(count - known - 1) / factorial(count)
                values[place] += weight * (expected[subset | 1 << place] - expected[subset])
    return Table(tree.splits, tree.features, values), float(expected[0, 0])


def _expected_by_subset(tree: Tree) -> NDArray[np.float64]:
    """v(S) for each subset of the tree's features and each pattern of answers: bit j set where split j goes left."""
    subsets, patterns = 2 ** len(tree.features), 2 ** len(tree.splits)
    of_child: dict[int, NDArray[np.float64]] = {
        -leaf - 1: np.full((subsets, patterns), value) for leaf, value in enumerate(tree.leaf_values)
    }
    places = {feature: place for place, feature in enumerate(tree.features)}
    for node in reversed(range(len(tree.splits))):
        left, right = of_child[tree.left[node]], of_child[tree.right[node]]
        share = tree.rows(tree.left[node]) / tree.counts[node]
        goes_left = (np.arange(patterns) >> node & 1).astype(bool)
        known = (np.arange(subsets) >> places[tree.splits[node].feature] & 1).astype(bool)[:, None]
        of_child[node] = np.where(known, np.where(goes_left, left, right), share * left + (1 - share) * right)
    return of_child[0] if tree.splits else of_child[-1]


def join(tables: Sequence[Table]) -> list[Table]:
    """Fewer tables that sum to the same: each joins the one whose questions it shares most, while that stays small.

    Boosted trees ask the same questions again and again, so some five of them share one look-up.
    """
    joined: list[list[Table]] = []
    asked: list[set[Split]] = []
    for table in tables:
        own = set(table.questions)
        added = [len(own | questions) - len(questions) for questions in asked]
        fitting = [place for place, questions in enumerate(asked) if len(own | questions) <= _LARGEST_JOINED]
        if fitting:
            best = min(fitting, key=lambda place: added[place])
            joined[best].append(table)
            asked[best] |= own
        else:
            joined.append([table])
            asked.append(own)
    return [_sum(together) for together in joined]


def _sum(tables: Sequence[Table]) -> Table:
    questions = tuple(dict.fromkeys(question for table in tables for question in table.questions))
    features = tuple(sorted({feature for table in tables for feature in table.features}))
    patterns = np.arange(2 ** len(questions), dtype=_BITS)
    values = np.zeros((len(features), len(patterns)))
    for table in tables:
        own = _pattern([patterns >> questions.index(question) & 1 for question in table.questions], len(patterns))
        values[[features.index(feature) for feature in table.features]] += table.values[:, own]
    return Table(questions, features, values)


def _pattern(answers: Sequence[NDArray[np.int16]], rows: int) -> NDArray[np.intp]:
    """The answers to several questions, of each row, as one number."""
    pattern = np.zeros(rows, dtype=_BITS)
    for bit, answer in enumerate(answers):
        pattern |= answer << bit
    return pattern.astype(np.intp)


class TreeTables:
    """Exact Shapley values of a forest of small trees, on the scale of its raw output (log-odds)."""

    def __init__(self, trees: Sequence[Tree]) -> None:
        tabulated = [tabulate(tree) for tree in trees]
        self._tables = join([table for table, _ in tabulated])
        self._questions = tuple(dict.fromkeys(question for table in self._tables for question in table.questions))
        place = {question: number for number, question in enumerate(self._questions)}
        self._asked = [[place[question] for question in table.questions] for table in self._tables]
        self.base = float(sum(base for _, base in tabulated))
        """What the trees say of somebody nothing is known of."""

    def explain(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """One value per row and feature; with `base` they add up to the raw output."""
        explained = np.zeros(features.shape)
        for first in range(0, len(features), _ROWS_AT_A_TIME):
            part = slice(first, first + _ROWS_AT_A_TIME)
            explained[part] = self._explain_part(features[part]).T
        return explained

    def _explain_part(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        columns = np.ascontiguousarray(features.T)
        answers = [question.goes_left(columns[question.feature]).astype(_BITS) for question in self._questions]
        values = np.zeros(columns.shape)
        for table, asked in zip(self._tables, self._asked, strict=True):
            pattern = _pattern([answers[question] for question in asked], columns.shape[1])
            for feature, of_feature in zip(table.features, table.values, strict=True):
                values[feature] += of_feature[pattern]
        return values


def tables_of(model_text: str) -> TreeTables | None:
    """The tables of a model saved as text; None where one of its trees is too large for a table."""
    trees = read_trees(model_text)
    return TreeTables(trees) if all(len(tree.splits) <= LARGEST_TREE for tree in trees) else None
