"""Where a model keeps silent: rows unlike anything it learned from, each with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ehforecast.risk.encoder import FeatureEncoder

UNSEEN_CATEGORY = "a category never seen: "
OUTSIDE = "a value far beyond all seen: "
NEVER_ABSENT = "absent, though never absent before: "
UNSEEN_PATTERN = "a combination of absent values never seen"

FAR = 0.1
"""How far beyond the range learned from a number may lie, in widths of that range: trees take it for the largest seen.

Features look back equally far for everybody, so that ranges hold from year to year: on synthetic councils of 16,700 to
60,000 contacts a year this silences 0.2% to 3.2% of the test period (0% to 1% with half a width, 1% to 14% with none).
"""

NEW_PATTERNS = 0.01
"""New combinations of absent values are told from old ones only where fewer than this share of rows would bring one."""


@dataclass(frozen=True)
class LearnedFrom:
    """What the rows a model learned from looked like: ranges, levels, and which values were absent together.

    Attributes:
        encoder: columns and the levels seen.
        lowest: smallest value of each number.
        highest: largest value of each number.
        absent: columns that were absent at least once.
        patterns: combinations of absent columns; empty where there are too many kinds for a new one to mean anything.
    """

    encoder: FeatureEncoder
    lowest: Mapping[str, float]
    highest: Mapping[str, float]
    absent: frozenset[str]
    patterns: frozenset[str]

    @classmethod
    def fit(cls, features: pd.DataFrame, encoder: FeatureEncoder) -> "LearnedFrom":
        """Look at the rows a model learns from."""
        numbers = features[[name for name in encoder.names if name not in encoder.levels]].astype("float64")
        absent = features.isna()
        return cls(
            encoder,
            {str(name): float(value) for name, value in numbers.min().items()},
            {str(name): float(value) for name, value in numbers.max().items()},
            frozenset(str(name) for name in absent.columns[absent.any()]),
            _telling_patterns(absent),
        )

    def reasons(self, features: pd.DataFrame) -> pd.Series:
        """For each row the reasons not to estimate, or an empty text."""
        reasons = pd.Series("", index=features.index)
        unseen = self.encoder.unseen(features)
        for name in self.encoder.names:
            reasons = _add(reasons, UNSEEN_CATEGORY + name, where=unseen[name]) if name in unseen else reasons
            reasons = _add(reasons, OUTSIDE + name, where=self._outside(features[name], name))
            if name not in self.absent:
                reasons = _add(reasons, NEVER_ABSENT + name, where=features[name].isna())
        if self.patterns:
            new = (reasons == "") & ~_patterns(features.isna()).isin(self.patterns)
            reasons = _add(reasons, UNSEEN_PATTERN, where=new)
        return reasons

    def _outside(self, column: pd.Series, name: str) -> pd.Series:
        if name not in self.lowest or np.isnan(self.lowest[name]):
            return pd.Series(False, index=column.index)
        values, low, high = column.astype("float64"), self.lowest[name], self.highest[name]
        return (values < low - FAR * (high - low)) | (values > high + FAR * (high - low))

    def to_dict(self) -> dict[str, Any]:
        """For keeping as JSON."""
        return {
            "encoder": self.encoder.to_dict(),
            "lowest": dict(self.lowest),
            "highest": dict(self.highest),
            "absent": sorted(self.absent),
            "patterns": sorted(self.patterns),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "LearnedFrom":
        """What `to_dict` kept."""
        return cls(
            FeatureEncoder.from_dict(kept["encoder"]),
            dict(kept["lowest"]),
            dict(kept["highest"]),
            frozenset(kept["absent"]),
            frozenset(kept["patterns"]),
        )


def _patterns(absent: pd.DataFrame) -> pd.Series:
    """One word per row, with a 1 for each absent column."""
    word = pd.Series("", index=absent.index)
    for name in absent.columns:
        word += absent[name].map({True: "1", False: "0"})
    return word


def _telling_patterns(absent: pd.DataFrame) -> frozenset[str]:
    """The patterns, if a next row is unlikely to bring a new one (Good-Turing: the share of patterns met once)."""
    counts = _patterns(absent).value_counts()
    is_rare = (counts == 1).sum() <= NEW_PATTERNS * len(absent)
    return frozenset(counts.index) if is_rare else frozenset()


def _add(reasons: pd.Series, reason: str, *, where: pd.Series) -> pd.Series:
    return reasons.where(~where, reasons.where(reasons == "", reasons + "; ") + reason)
