"""Features as numbers: categories become the place of their level in a stored list, columns are matched by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import ContractError, Finding
from ehforecast.risk.cohort import Feature

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class FeatureEncoder:
    """Columns in a fixed order, with the levels of each category in the order of their codes.

    Codes are plain numbers, so that every split of a tree is a threshold: better on small data than native categories,
    and the only form in which contributions are exact. Only levels that were there to learn from are stored, in the
    order of the catalogue or else sorted: a level that was never seen has no code, whatever list it stands in.
    """

    names: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def fit(cls, features: pd.DataFrame, catalogue: Sequence[Feature] = ()) -> "FeatureEncoder":
        """Columns of a frame and the levels found in it; ordered as in the catalogue where that gives them."""
        given = {feature.name: feature.levels for feature in catalogue if feature.levels}
        levels = {str(name): _levels(column, given.get(str(name), ())) for name, column in features.items()}
        return cls(tuple(levels), {name: found for name, found in levels.items() if found is not None})

    @classmethod
    def of_parts(cls, parts: Iterable[pd.DataFrame], catalogue: Sequence[Feature]) -> "FeatureEncoder":
        """The same of frames that are never held together: the levels found in any, ordered as in the catalogue."""
        found = [cls.fit(part, catalogue) for part in parts]
        given = {feature.name: feature.levels for feature in catalogue}
        levels = {name: {level for one in found for level in one.levels[name]} for name in found[0].levels}
        return cls(found[0].names, {name: _in_order(words, given.get(name, ())) for name, words in levels.items()})

    def encode(self, features: pd.DataFrame) -> Matrix:
        """One row per row: NaN where a value is absent or of no stored level (see `unseen` to tell them apart)."""
        self._check_columns(features)
        matrix = np.empty((len(features), len(self.names)), order="F")
        for place, name in enumerate(self.names):
            matrix[:, place] = self._codes(features[name], name) if name in self.levels else _numbers(features[name])
        return matrix

    def unseen(self, features: pd.DataFrame) -> pd.DataFrame:
        """For each category: True where a value is there that no level stands for."""
        self._check_columns(features)
        return pd.DataFrame(
            {name: features[name].notna() & np.isnan(self._codes(features[name], name)) for name in self.levels},
            index=features.index,
        )

    def _codes(self, column: pd.Series, name: str) -> Matrix:
        """The place of each value in the stored list; every distinct value is looked up once."""
        places, values = pd.factorize(column)
        codes = pd.Index(self.levels[name], dtype="object").get_indexer(pd.Index([str(value) for value in values]))
        found = np.append(np.where(codes < 0, np.nan, codes.astype("float64")), np.nan)
        return np.asarray(found[places])

    def _check_columns(self, features: pd.DataFrame) -> None:
        given = [str(name) for name in features]
        if given == list(self.names):
            return
        absent, added = set(self.names) - set(given), set(given) - set(self.names)
        count = len(absent | added) or sum(a != b for a, b in zip(given, self.names, strict=True))
        rule = "columns_are_those_learned_from_in_that_order"
        where = ", ".join(sorted(absent | added)) or "order"
        raise ContractError([Finding("", "features", where, rule, count, "Give every column, by name, in that order.")])

    def to_dict(self) -> dict[str, Any]:
        """For keeping as JSON."""
        return {"names": list(self.names), "levels": {name: list(found) for name, found in self.levels.items()}}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "FeatureEncoder":
        """What `to_dict` kept."""
        return cls(tuple(kept["names"]), {name: tuple(found) for name, found in kept["levels"].items()})


def _levels(column: pd.Series, given: Sequence[str]) -> tuple[str, ...] | None:
    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    if not (given or is_category) and (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)):
        return None
    order = given or ([str(level) for level in column.cat.categories] if is_category else ())
    return _in_order({str(value) for value in column.dropna().unique()}, order)


def _in_order(found: Iterable[str], order: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(found, key=lambda level: (order.index(level) if level in order else len(order), level)))


def _numbers(column: pd.Series) -> Matrix:
    return np.asarray(column.to_numpy(dtype="float64", na_value=np.nan))
