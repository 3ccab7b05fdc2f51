"""Exact contributions to every estimate, checked to add up, on the log-odds scale and in probability points."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from ehforecast.errors import RiskError
from ehforecast.risk.calibration import Calibrator
from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.cohort import Feature
from ehforecast.risk.explain.tree_tables import TreeTables, tables_of
from ehforecast.risk.model import RiskModel

if TYPE_CHECKING:
    import shap

Matrix = npt.NDArray[np.float64]

EXACT = 1e-9
"""What contributions and base may miss the model's output by, in log odds: rounding alone."""

BY_TABLE, BY_LIGHTGBM = "tables of small trees", "LightGBM"

_NEAR = 1e-6  # closer to the base than this, points follow the slope there instead of a ratio of rounding errors


@dataclass(frozen=True)
class Contributions:
    """Shapley values of one classifier: by table where its trees are small, otherwise LightGBM's own; both exact."""

    classifier: RiskClassifier
    tables: TreeTables | None = field(repr=False)

    @classmethod
    def of(cls, classifier: RiskClassifier) -> Self:
        """Makes the tables once, for any number of rows."""
        return cls(classifier, tables_of(classifier.model_text_))

    @property
    def method(self) -> str:
        """Which of the two exact ways is taken."""
        return BY_TABLE if self.tables is not None else BY_LIGHTGBM

    def of_rows(self, matrix: Matrix) -> tuple[Matrix, float, Matrix]:
        """Values by row and feature, the base, and the log odds they add up to.

        Raises `RiskError` where any row's values and the base miss the model's own output by more than 1e-9. There is
        no way to switch this off: an explanation of something else than the estimate is worse than none.
        """
        if not len(matrix):
            return np.zeros(matrix.shape), float("nan"), np.zeros(0)
        values, base = self._unchecked(matrix)
        odds = self.classifier.log_odds_of(matrix)
        check_they_add_up(values, base=base, odds=odds)
        return values, base, odds

    def _unchecked(self, matrix: Matrix) -> tuple[Matrix, float]:
        if self.tables is None:
            return self.classifier.contributions_of(matrix)
        return self.tables.explain(matrix), self.tables.base


def check_they_add_up(values: Matrix, *, base: float, odds: Matrix) -> None:
    """Raises `RiskError` with the number of rows whose contributions are not the whole estimate, and nothing less."""
    misses = np.abs(values.sum(axis=1) + base - odds)
    wrong = int((~(misses <= EXACT)).sum())
    if wrong:
        raise RiskError(
            f"the contributions to {wrong} of {len(odds)} estimates do not add up to the model's own output (allowed: "
            f"{EXACT:g} in log odds); nothing is explained. Report this with the versions of the libraries."
        )


@dataclass(frozen=True)
class Explanations:
    """Why each estimate is what it is; row for row. A row without an estimate has no reasons.

    Attributes:
        values: contributions in log odds, before calibration, by row and feature; NaN where the model keeps silent.
        base: what the trees say of somebody nothing is known of, in log odds.
        odds: of each row: base and contributions together, before calibration.
        estimates: ``estimate, abstained_because``, after calibration.
        features: what was known of each row.
        catalogue: the features in the order of the columns.
        calibrator: from score to estimate.
        method: how the values were found.
    """

    values: pd.DataFrame = field(repr=False)
    base: float
    odds: pd.Series = field(repr=False)
    estimates: pd.DataFrame = field(repr=False)
    features: pd.DataFrame = field(repr=False)
    catalogue: tuple[Feature, ...] = field(repr=False)
    calibrator: Calibrator = field(repr=False)
    method: str

    def __len__(self) -> int:
        return len(self.values)

    @property
    def base_chance(self) -> float:
        """What everybody starts from, as an estimate: after calibration."""
        return float(self.calibrator.apply(expit(np.array([self.base])))[0]) if len(self) else float("nan")

    @cached_property
    def points(self) -> pd.DataFrame:
        """Contributions in probability points (0.03 is three): they add up to the estimate less `base_chance`.

        Chances do not add, log odds do. So the difference between the estimate and the base, both after calibration,
        is shared out within each estimate in proportion to the contributions in log odds. The same contribution is
        therefore worth more points near a half than near nought or one, and points of two people compare only roughly.
        Every sign is kept; where calibration gives both the same chance, all points are nought.
        """
        distance = self.odds.to_numpy() - self.base
        gained = self.estimates["estimate"].to_numpy() - self.base_chance
        near = np.abs(distance) < _NEAR
        worth = np.where(near, self._slope(), gained / np.where(near, 1.0, distance))
        return self.values * worth[:, None]

    def _slope(self) -> float:
        """Points a small contribution is worth at the base, after calibration."""
        around = self.calibrator.apply(expit(self.base + np.array([-0.01, 0.01])))
        return float(around[1] - around[0]) / 0.02

    def by_theme(self, values: pd.DataFrame | None = None) -> pd.DataFrame:
        """Points (or whatever is given by feature) summed over the features of each theme of the catalogue."""
        given = self.points if values is None else values
        themes = {feature.name: feature.theme for feature in self.catalogue}
        return given.T.groupby(pd.Series(themes), sort=True).sum(min_count=1).T

    def to_shap(self) -> "shap.Explanation":
        """For the analyst: shap's own object, for its plots, of the rows that have an estimate. Never for print."""
        import shap  # noqa: PLC0415 - with its compiler it takes seconds to load, which few runs need

        known = self.values.notna().all(axis=1)
        data = self.features[known].astype("object").to_numpy()
        base = np.full(int(known.sum()), self.base)
        names = [feature.label for feature in self.catalogue]
        return shap.Explanation(self.values[known].to_numpy(), base_values=base, data=data, feature_names=names)


@dataclass(frozen=True)
class Explainer:
    """Explains every estimate of a model, exactly: `Explainer.of(model, catalogue).explain(features)`."""

    model: RiskModel
    catalogue: tuple[Feature, ...]
    contributions: Contributions = field(repr=False)

    @classmethod
    def of(cls, model: RiskModel, catalogue: Sequence[Feature]) -> Self:
        """Of a model and the catalogue of what it may see; a column that the catalogue lacks is an error."""
        known = {feature.name: feature for feature in catalogue}
        names = model.learned.encoder.names
        unknown = sorted(set(names) - set(known))
        if unknown:
            raise RiskError(f"the catalogue does not describe what the model learned from: {', '.join(unknown)}")
        return cls(model, tuple(known[name] for name in names), Contributions.of(model.classifier))

    @property
    def method(self) -> str:
        """How values are found: by tables of small trees, or by LightGBM itself."""
        return self.contributions.method

    def encode(self, features: pd.DataFrame) -> Matrix:
        """The model's own numbers for its columns."""
        return self.model.learned.encoder.encode(self.own(features))

    def own(self, features: pd.DataFrame) -> pd.DataFrame:
        """The columns learned from, by name, where all are there; others are left out."""
        names = list(self.model.learned.encoder.names)
        return features[names] if set(names) <= set(features) else features

    def explain(self, features: pd.DataFrame) -> Explanations:
        """Every estimate with its contributions, on the index of the features."""
        own = self.own(features)
        matrix = self.model.learned.encoder.encode(own)
        values, base, odds = self.contributions.of_rows(matrix)
        because = self.model.learned.reasons(own)
        silent = because != ""
        estimates = pd.DataFrame({"estimate": self.model.calibrator.apply(expit(odds))}, own.index).mask(silent)
        return Explanations(
            pd.DataFrame(values, own.index, [feature.name for feature in self.catalogue]).mask(silent),
            base,
            pd.Series(odds, own.index).mask(silent),
            estimates.assign(abstained_because=because),
            own,
            self.catalogue,
            self.model.calibrator,
            self.method,
        )
