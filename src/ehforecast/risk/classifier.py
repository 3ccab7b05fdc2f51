"""Small boosted trees: the estimator of risk, and the only place that knows LightGBM."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import lightgbm
import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.cohort import Feature
from ehforecast.risk.encoder import FeatureEncoder, Matrix

SMALLEST_LEAF = 10
"""No leaf may rest on fewer rows: an overfitted leaf is a memory of the people in it.

LightGBM estimates the rows of a leaf from their weights, so leaves may be a little smaller than asked for.
"""

MANY_ROWS = 20_000
"""From here on trees may have 8 leaves; below, 4."""


@dataclass(frozen=True)
class Learning:
    """Rows to learn from or to be judged on: numbers, outcomes of 0 and 1, and weights."""

    matrix: Matrix
    outcome: Matrix
    weights: Matrix


class RiskClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Gradient-boosted trees, small and heavily regularised: a scikit-learn classifier of two classes.

    Many trees of 4 leaves (8 from 20,000 rows on), slow learning and strong shrinkage do best on every public data set
    of return within months, calibrate themselves, and can be explained exactly. LightGBM's own defaults are the worst
    choice on a council's sample sizes.

    Args:
        leaves: of each tree; None for 4, or 8 from 20,000 rows on.
        trees: how many; None for a rule of thumb, ``80 * (rows / 500) ** 0.56``, at least 40 and at most 1,500.
        learning_rate: how much of each tree is kept.
        feature_fraction: share of the features each tree may use.
        bagging_fraction: share of the rows each tree sees.
        l2: shrinkage of the leaves.
        min_rows_per_leaf: None for a twentieth of the rows, at least 10 and at most 50; fewer than 10 is refused.
        catalogue: the features, with levels and directions; None to take both from the data.
        seed: of all that is drawn.
        threads: of LightGBM; any number gives the same model.

    A row with a category that was never seen gets NaN, never the estimate of a row without that value. Categories and
    columns are stored: columns of other names or in another order are an error. Absent numbers are learned from.

    Source: Ke et al. (2017), LightGBM. The default: measured, see docs/decisions.md.

    >>> X = pd.DataFrame({"contacts": [0.0, 1.0, 2.0, 3.0] * 50})
    >>> RiskClassifier().fit(X, (X["contacts"] > 1).astype(int)).predict_proba(X)[:4, 1].round(1)
    array([0.2, 0.2, 0.8, 0.8])
    """

    model_text_: str
    encoder_: FeatureEncoder
    classes_: npt.NDArray[Any]
    n_features_in_: int
    feature_names_in_: npt.NDArray[Any]

    def __init__(  # noqa: PLR0913 - scikit-learn's way: every setting is an argument of that name
        self,
        *,
        leaves: int | None = None,
        trees: int | None = None,
        learning_rate: float = 0.04,
        feature_fraction: float = 0.3,
        bagging_fraction: float = 0.7,
        l2: float = 10.0,
        min_rows_per_leaf: int | None = None,
        catalogue: Sequence[Feature] | None = None,
        seed: int = 0,
        threads: int = 1,
    ) -> None:
        self.leaves = leaves
        self.trees = trees
        self.learning_rate = learning_rate
        self.feature_fraction = feature_fraction
        self.bagging_fraction = bagging_fraction
        self.l2 = l2
        self.min_rows_per_leaf = min_rows_per_leaf
        self.catalogue = catalogue
        self.seed = seed
        self.threads = threads

    def fit(self, X: object, y: object, sample_weight: object = None) -> Self:  # noqa: N803, PLR0917 - scikit-learn asks for it
        """Learn from rows with known outcomes."""
        frame, outcome = self._checked(X, y)
        weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True)
        encoder = FeatureEncoder.fit(frame, self.catalogue or ())
        return self._fit(Learning(encoder.encode(frame), outcome, weights), encoder)

    def fit_encoded(self, data: Learning, encoder: FeatureEncoder) -> Self:
        """Learn from numbers that an encoder has made already."""
        self._take_names(encoder)
        return self._fit(data, encoder)

    def fit_parts(self, parts: Sequence[Callable[[], Learning]], encoder: FeatureEncoder) -> Self:
        """The same trees as from all rows at once; one part is in memory at a time, and each is read three times.

        Raises `RiskError` where there are no rows, or all have one outcome.
        """
        self._take_names(encoder)
        known = [(data.outcome, data.weights) for data in (read() for read in parts)]
        held = _HeldPart(parts)
        rows = [_PartRows(held, number, len(outcome)) for number, (outcome, _) in enumerate(known)]
        outcome, weights = (np.concatenate(column) for column in zip(*known, strict=True))
        if len(np.unique(outcome)) < 2:
            raise RiskError(
                f"there is nothing to learn: of {len(outcome):,} rows in {len(parts)} parts, {int(outcome.sum()):,} "
                "have the outcome; it takes some with it and some without"
            )
        return self._learn(_PartedDataset(rows, outcome, weight=weights), encoder, rows=len(outcome))

    def _take_names(self, encoder: FeatureEncoder) -> None:
        self.classes_, self.n_features_in_ = np.array([0.0, 1.0]), len(encoder.names)
        self.feature_names_in_ = np.array(encoder.names, dtype=object)

    def _fit(self, data: Learning, encoder: FeatureEncoder) -> Self:
        return self._learn(_dataset(data), encoder, rows=len(data.outcome))

    def _learn(self, dataset: lightgbm.Dataset, encoder: FeatureEncoder, *, rows: int) -> Self:
        self.encoder_, self.trees_ = encoder, self.trees or trees_for(rows)
        trained = lightgbm.train(self._parameters(rows), dataset, num_boost_round=self.trees_)
        self.model_text_ = without_ranges(trained.model_to_string())
        return self

    @classmethod
    def from_text(cls, model_text: str, encoder: FeatureEncoder) -> Self:
        """A fitted classifier from its text and the encoder it was fitted with."""
        classifier = cls()
        classifier.model_text_, classifier.encoder_ = model_text, encoder
        classifier.classes_, classifier.n_features_in_ = np.array([0.0, 1.0]), len(encoder.names)
        classifier.feature_names_in_ = np.array(encoder.names, dtype=object)
        return classifier

    def fit_beside(self, learning: Learning, held_out: Learning, *, most: int) -> "HeldOutFit":
        """Learn as `fit` does, up to `most` trees; stop when the loss on held-out rows has long not fallen."""
        curve: dict[str, dict[str, list[float]]] = {}
        train = _dataset(learning)
        booster = lightgbm.train(
            self._parameters(len(learning.outcome)) | {"metric": "binary_logloss"},
            train,
            num_boost_round=most,
            valid_sets=[_dataset(held_out, like=train)],
            callbacks=[lightgbm.record_evaluation(curve), lightgbm.early_stopping(100, verbose=False)],
        )
        return HeldOutFit(booster, held_out, np.asarray(curve["valid_0"]["binary_logloss"]))

    def log_odds(self, X: object, *, unseen_as_absent: bool = False) -> Matrix:  # noqa: N803
        """Sum of the trees, before any calibration; NaN for a row with a category never seen, unless told otherwise."""
        check_is_fitted(self, "model_text_")
        frame = self._frame(X, reset=False)
        silent = self.encoder_.unseen(frame).any(axis=1) & (not unseen_as_absent)
        return np.where(silent, np.nan, self.log_odds_of(self.encoder_.encode(frame)))

    def log_odds_of(self, matrix: Matrix) -> Matrix:
        """The same for numbers that the encoder has made."""
        return np.asarray(self.booster().predict(matrix, raw_score=True, num_threads=self.threads), dtype=np.float64)

    def contributions_of(self, matrix: Matrix) -> tuple[Matrix, float]:
        """LightGBM's own Shapley values for numbers that the encoder has made, and what the trees say of nobody."""
        found = np.asarray(self.booster().predict(matrix, pred_contrib=True, num_threads=self.threads))
        return found[:, :-1].astype(np.float64), float(found[0, -1]) if len(found) else float("nan")

    def booster(self) -> lightgbm.Booster:
        """The trees as LightGBM's own object, made anew from their text."""
        return lightgbm.Booster(model_str=self.model_text_)

    def predict_proba(self, X: object) -> Matrix:  # noqa: N803
        """Chance of each class, by row; NaN for a row with a category never seen."""
        chance = 1 / (1 + np.exp(-self.log_odds(X)))
        return np.column_stack([1 - chance, chance])

    def predict(self, X: object) -> npt.NDArray[Any]:  # noqa: N803
        """The likelier class, as scikit-learn asks of a classifier; nothing in this package uses it."""
        is_likelier = self.predict_proba(X)[:, 1] > 0.5
        return np.asarray(self.classes_[is_likelier.astype(int)])

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def _checked(self, X: object, y: object) -> tuple[pd.DataFrame, Matrix]:  # noqa: N803
        frame = self._frame(X, reset=True, y=y)
        kind = type_of_target(y, input_name="y", raise_unknown=True)
        if kind != "binary":
            raise ValueError(f"Only binary classification is supported. The type of the target is {kind}.")
        self.classes_, codes = np.unique(np.asarray(y).ravel(), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        return frame, codes.astype("float64")

    def _frame(self, X: object, *, reset: bool, y: object = None) -> pd.DataFrame:  # noqa: N803
        """The features as a frame, after scikit-learn's own checks of arrays."""
        if isinstance(X, pd.DataFrame) and _has_categories(X):
            validate_data(self, X, reset=reset, skip_check_array=True)
            return X
        target = {} if y is None else {"y": y}
        checked = validate_data(self, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan", **target)
        array = checked[0] if target else checked
        given = X.columns if isinstance(X, pd.DataFrame) else [f"x{place}" for place in range(array.shape[1])]
        return pd.DataFrame(array, columns=[str(name) for name in given])

    def _parameters(self, rows: int) -> dict[str, object]:
        least = leaf_rows_for(rows) if self.min_rows_per_leaf is None else self.min_rows_per_leaf
        if least < SMALLEST_LEAF:
            raise SettingsError(
                f"min_rows_per_leaf is {least}; at least {SMALLEST_LEAF}, as smaller leaves remember "
                "people instead of learning from them"
            )
        return {
            "objective": "binary",
            "num_leaves": self.leaves or leaves_for(rows),
            "learning_rate": self.learning_rate,
            "feature_fraction": self.feature_fraction,
            "bagging_fraction": self.bagging_fraction,
            "bagging_freq": 1,
            "lambda_l2": self.l2,
            "min_data_in_leaf": least,
            "monotone_constraints": [feature.direction for feature in self.catalogue or ()] or None,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_col_wise": True,
            "verbosity": -1,
        }


@dataclass(frozen=True)
class HeldOutFit:
    """A fit watched on held-out rows: their weighted log loss after each tree, and their estimates after any number."""

    booster: lightgbm.Booster
    held_out: Learning
    losses: Matrix

    def estimates(self, trees: int) -> Matrix:
        """Of the held-out rows; fewer trees where learning stopped before."""
        most = min(trees, len(self.losses))
        return np.asarray(self.booster.predict(self.held_out.matrix, num_iteration=most, num_threads=1))


class _HeldPart:
    """The one part in memory."""

    def __init__(self, parts: Sequence[Callable[[], Learning]]) -> None:
        self._parts = parts
        self._number = -1
        self._matrix: Matrix = np.empty((0, 0))

    def matrix(self, number: int) -> Matrix:
        """Of a part, which takes the place of the one before."""
        if number != self._number:
            self._matrix = np.empty((0, 0))  # let go of, before the next is read
            self._number, self._matrix = number, self._parts[number]().matrix
        return self._matrix


@dataclass(frozen=True)
class _PartRows(lightgbm.Sequence):
    """One part, as LightGBM asks for rows: some, to see how values spread, and then all in their order."""

    held: _HeldPart
    number: int
    rows: int
    batch_size: int = 65_536

    def __getitem__(self, place: int | slice | list[int]) -> Matrix:
        return np.asarray(self.held.matrix(self.number)[place])

    def __len__(self) -> int:
        return self.rows


class _PartedDataset(lightgbm.Dataset):
    """Rows in parts, divided into bins as rows at once would be."""

    def get_params(self) -> dict[str, Any]:
        """All of them: LightGBM takes its sample by the seed and leaves features out by the rows of a leaf, but from
        parts it would hear of neither.
        """
        return dict(self.params or {})


def leaves_for(rows: int) -> int:
    """Leaves of a tree by default."""
    return 8 if rows >= MANY_ROWS else 4


def leaf_rows_for(rows: int) -> int:
    """Rows under every leaf, at least, by default: 50 where that costs no accuracy (measured from 1,000 rows on).

    >>> [leaf_rows_for(rows) for rows in (100, 500, 1_000, 50_000)]
    [10, 25, 50, 50]
    """
    return int(np.clip(rows // 20, SMALLEST_LEAF, 50))


def trees_for(rows: int) -> int:
    """Trees by default, before any search: what did best at 500 to 8,000 rows, continued.

    >>> [trees_for(rows) for rows in (500, 1_000, 8_000, 1_000_000)]
    [80, 118, 378, 1500]
    """
    return int(np.clip(round(80 * (rows / 500) ** 0.56), 40, 1_500))


def without_ranges(model_text: str) -> str:
    """A model's text without the smallest and largest value of every feature; it estimates the same."""
    return re.sub(r"(?m)^feature_infos=.*$", lambda line: "feature_infos=" + _no_ranges(line.group()), model_text)


def _no_ranges(line: str) -> str:
    return " ".join("none" for _ in line.removeprefix("feature_infos=").split())


def _dataset(data: Learning, *, like: lightgbm.Dataset | None = None) -> lightgbm.Dataset:
    return lightgbm.Dataset(data.matrix, data.outcome, weight=data.weights, reference=like, free_raw_data=True)


def _has_categories(frame: pd.DataFrame) -> bool:
    return any(isinstance(kind, pd.CategoricalDtype) or kind == "str" for kind in frame.dtypes)
