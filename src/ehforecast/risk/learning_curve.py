"""Whether more families would help: the same model learned from parts of the training period."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ehforecast.risk.calibration import family_folds
from ehforecast.risk.learning import LearningRows
from ehforecast.risk.model import ModelSettings, fit_trees
from ehforecast.risk.performance import Judged, PerformanceSettings
from ehforecast.risk.tuning import Progress, grown

LOTS = 1_000
SHOWN = ("auroc", "brier", "logloss", "slope")


def learning_curve(
    rows: LearningRows,
    test: LearningRows,
    *,
    parameters: Mapping[str, Any],
    settings: tuple[ModelSettings, PerformanceSettings],
    progress: Progress | None = None,
) -> pd.DataFrame:
    """``share, rows, events, metric, value, lower, upper``: trees, uncalibrated, on the test period.

    Families are drawn once, so that each part holds the smaller ones; trees grow in number with the rows.
    """
    lots = family_folds(rows.known["group_id"], folds=LOTS, seed=settings[0].seed)
    parts = []
    shares = settings[1].learning_shares
    for number, share in enumerate(shares):
        part = rows.take(lots < share * LOTS)
        if 0 < part.outcome.sum() < len(part):
            parts.append(_at(part, test, parameters=grown(parameters, share), settings=settings).assign(share=share))
        if progress is not None:
            progress("learning curve", number + 1, len(shares))
    columns = ["share", "rows", "events", "metric", "value", "lower", "upper"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _at(
    part: LearningRows,
    test: LearningRows,
    *,
    parameters: Mapping[str, Any],
    settings: tuple[ModelSettings, PerformanceSettings],
) -> pd.DataFrame:
    trees = fit_trees(part, parameters=parameters, settings=settings[0])
    odds = trees.log_odds(test.features, unseen_as_absent=True)
    few = replace(settings[1], replicates=settings[1].group_replicates)
    table = Judged({"trees": 1 / (1 + np.exp(-odds))}, test.known, few).performance()
    return table[table["metric"].isin(SHOWN)].assign(rows=len(part), events=int(part.outcome.sum()))


def by_time(index_on: pd.Series, *, parts: Sequence[str] = ("1", "2", "3", "4")) -> pd.Series:
    """The quarter of the period, by days, in which each index event lies; absent without dates."""
    if index_on.isna().any() or index_on.nunique() < len(parts):
        return pd.Series(np.nan, index=index_on.index, dtype="object")
    return pd.cut(index_on, len(parts), labels=list(parts)).astype("object")
