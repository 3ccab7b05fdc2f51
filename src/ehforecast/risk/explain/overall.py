"""What matters over many estimates: mean sizes of contributions with intervals, by group, over time, and agreement."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import RiskError
from ehforecast.risk.bootstrap import interval, replicated
from ehforecast.risk.explain.explainer import Explainer, Explanations
from ehforecast.risk.scores import log_losses

Matrix = npt.NDArray[np.float64]

FEWEST_ROWS = 30
"""Groups and quarters with fewer rows are listed without figures."""

REPLICATES = 200

COLUMNS = ("kind", "name", "rows", "value", "lower", "upper")


def importance(
    explanations: Explanations, families: pd.Series, *, replicates: int = REPLICATES, seed: int = 0
) -> pd.DataFrame:
    """`COLUMNS`: the mean size of contributions in log odds, of each ``feature`` and each ``theme``, largest first.

    A theme's size is that of the sum of its features, which may cancel. 95% limits over resampled families.
    """
    known = explanations.odds.notna()
    values = explanations.values[known]
    sizes = {"feature": values.abs(), "theme": explanations.by_theme(values).abs()}
    joined = pd.concat(sizes, axis=1)
    if joined.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    matrix = joined.to_numpy(dtype="float64")

    def figures(weights: Matrix) -> Mapping[str, Matrix]:
        return {"size": weights @ matrix / weights.sum(axis=1, keepdims=True)}

    drawn = replicated(figures, families[known].to_numpy(), replicates=replicates, seed=seed)["size"]
    names = [(kind, str(name)) for kind, frame in sizes.items() for name in frame]
    rows = [
        (kind, name, len(joined), float(matrix[:, place].mean()), *interval(drawn[:, place]))
        for place, (kind, name) in enumerate(names)
    ]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.sort_values(["kind", "value"], ascending=[True, False], ignore_index=True)


def importance_by(
    explanations: Explanations,
    families: pd.Series,
    *,
    groups: pd.Series,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pd.DataFrame:
    """``group`` and `COLUMNS`: the same within each group; an absent group is "not recorded".

    Groups of fewer than 30 estimates are listed, without figures.
    """
    labels = groups.astype("object").where(groups.notna(), "not recorded").astype("str")
    parts = []
    for label in sorted(set(labels)):
        inside = (labels == label) & explanations.odds.notna()
        found = importance(_taken(explanations, inside), families[inside], replicates=replicates, seed=seed)
        if inside.sum() < FEWEST_ROWS:
            found = found.assign(rows=int(inside.sum()), value=np.nan, lower=np.nan, upper=np.nan)
        parts.append(found.assign(group=label))
    return pd.concat(parts, ignore_index=True)[["group", *COLUMNS]]


def importance_over_time(
    explanations: Explanations,
    families: pd.Series,
    *,
    index_on: pd.Series,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> pd.DataFrame:
    """``group, kind, name, rows, value, lower, upper, is_changed``: the same by calendar quarter (2024Q1), in order.

    ``is_changed``: the quarter's interval and that of the first quarter with figures do not meet. Many are compared:
    about one in a hundred steady ones looks changed (two 95% intervals that do not meet are rarer than one in twenty).
    """
    quarters = index_on.dt.to_period("Q").astype("str").where(index_on.notna())
    found = importance_by(explanations, families, groups=quarters, replicates=replicates, seed=seed)
    first = found.dropna(subset="lower").groupby(["kind", "name"])[["lower", "upper"]].first()
    before = found[["kind", "name"]].join(first, on=["kind", "name"])
    changed = (found["lower"] > before["upper"]) | (found["upper"] < before["lower"])
    return found.assign(is_changed=changed)


def _taken(explanations: Explanations, inside: pd.Series) -> Explanations:
    return Explanations(
        explanations.values[inside],
        explanations.base,
        explanations.odds[inside],
        explanations.estimates[inside],
        explanations.features[inside],
        explanations.catalogue,
        explanations.calibrator,
        explanations.method,
    )


def permutation_importance(
    explainer: Explainer, features: pd.DataFrame, *, known: pd.DataFrame, repeats: int = 3, seed: int = 0
) -> pd.Series:
    """By feature, how much the log loss rises, on rows with a known outcome, when its values are dealt out anew.

    ``known``: ``outcome, weight`` on the index of the features. Calibration is left out, as it is for contributions.
    """
    matrix, draw = explainer.encode(features), np.random.default_rng(seed)
    outcome, weights = known["outcome"].to_numpy(), known["weight"].to_numpy()

    def loss(given: Matrix) -> float:
        chance = 1 / (1 + np.exp(-explainer.model.classifier.log_odds_of(given)))
        return float(np.average(log_losses(chance, outcome), weights=weights))

    before, rises = loss(matrix), {}
    for place, feature in enumerate(explainer.catalogue):
        shuffled = matrix.copy()
        after = []
        for _ in range(repeats):
            shuffled[:, place] = draw.permutation(matrix[:, place])
            after.append(loss(shuffled))
        rises[feature.name] = float(np.mean(after)) - before
    return pd.Series(rises, name="rise")


def agreement(sizes: pd.Series, rises: pd.Series) -> float:
    """Spearman's correlation by rank of two importances by feature: far below 1, they tell of different things.

    Raises `RiskError` for fewer than three features in common.
    """
    both = pd.concat([sizes, rises], axis=1, join="inner").dropna()
    if len(both) < 3:
        raise RiskError("agreement needs at least three features that both importances name")
    ranked = both.rank().to_numpy(dtype="float64")
    return float(np.corrcoef(ranked[:, 0], ranked[:, 1])[0, 1])
