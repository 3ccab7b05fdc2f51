"""How estimates move with a feature, near where people are (ALE), and which features work in pairs."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import RiskError
from ehforecast.risk.bootstrap import LIMITS, replicated
from ehforecast.risk.explain.explainer import Explainer

Matrix = npt.NDArray[np.float64]

BINS = 10

MOST_ROWS = 500
"""Pairs are looked for among so many rows: they cost a thousand times what contributions cost."""

_PAIRS_EXACT = 1e-6


def effect_curve(
    explainer: Explainer, features: pd.DataFrame, *, feature: str, families: pd.Series, seed: int = 0
) -> pd.DataFrame:
    """``at, rows, beyond, value, lower, upper``: accumulated local effects of one number, in log odds, about nought.

    Between two quantiles of the feature the change of the output is averaged over the people who are there, and these
    changes are added up (Apley and Zhu 2020). Unlike partial dependence it never asks what the model says of people who
    do not exist. 95% limits over resampled families: of the curve of this model, not over other models. ``rows`` are
    those between this value and the one before, ``beyond`` those at this value or further out, on its smaller side: an
    end that only few reach must not be published. Rows without the value are left out. A category has no order, so no
    curve: `RiskError`.
    """
    place = _place_of_number(explainer, feature)
    matrix = explainer.encode(features)
    there = np.isfinite(matrix[:, place])
    matrix, groups = matrix[there], families[there].to_numpy()
    edges = np.unique(np.quantile(matrix[:, place], np.linspace(0, 1, BINS + 1), method="inverted_cdf"))
    if len(edges) < 2:
        raise RiskError(f"{feature} has one value only: nothing moves with it")
    at = np.clip(np.searchsorted(edges, matrix[:, place], side="left"), 1, len(edges) - 1)
    changes = _output(explainer, matrix, place=place, values=edges[at]) - _output(
        explainer, matrix, place=place, values=edges[at - 1]
    )
    in_bin = (at[:, None] == np.arange(1, len(edges))).astype(np.float64)

    def curves(weights: Matrix) -> dict[str, Matrix]:
        return {"curve": _accumulated(weights @ (changes[:, None] * in_bin), weights @ in_bin)}

    drawn = replicated(curves, groups, replicates=200, seed=seed)["curve"]
    lower, upper = np.percentile(drawn, LIMITS, axis=0)
    value = curves(np.ones((1, len(matrix))))["curve"][0]
    rows = [0, *in_bin.sum(axis=0).astype(int)]
    known = matrix[:, place]
    beyond = [int(min((known >= edge).sum(), (known <= edge).sum())) for edge in edges]
    return pd.DataFrame({"at": edges, "rows": rows, "beyond": beyond, "value": value, "lower": lower, "upper": upper})


def _place_of_number(explainer: Explainer, feature: str) -> int:
    names = [known.name for known in explainer.catalogue]
    if feature not in names:
        raise RiskError(f"the model knows no feature {feature}")
    if feature in explainer.model.learned.encoder.levels:
        raise RiskError(f"{feature} is a category: its levels have no order to draw a curve along")
    return names.index(feature)


def _output(explainer: Explainer, matrix: Matrix, *, place: int, values: Matrix) -> Matrix:
    moved = matrix.copy()
    moved[:, place] = values
    return explainer.model.classifier.log_odds_of(moved)


def _accumulated(sums: Matrix, counts: Matrix) -> Matrix:
    """Curves at the edges from sums of changes and counts by bin, one row per resampling; an empty bin adds nothing."""
    steps = np.divide(sums, counts, out=np.zeros_like(sums), where=counts > 0)
    curve = np.concatenate([np.zeros((len(sums), 1)), np.cumsum(steps, axis=1)], axis=1)
    middles = (curve[:, 1:] + curve[:, :-1]) / 2
    return np.asarray(curve - (middles * counts).sum(axis=1, keepdims=True) / counts.sum(axis=1, keepdims=True))


def strongest_pairs(explainer: Explainer, features: pd.DataFrame, *, most: int = 10, seed: int = 0) -> pd.DataFrame:
    """``first, second, value, share``: features that work in pairs, by the mean size of their Shapley interaction.

    By shap, on at most 500 drawn rows; checked to add up to the exact contributions, or `RiskError`. ``value`` is in
    log odds, both halves together; ``share`` is of the mean size of all contributions and pairs.
    """
    import shap  # noqa: PLC0415 - with its compiler it takes seconds to load, which few runs need

    matrix = explainer.encode(features)
    if len(matrix) > MOST_ROWS:
        matrix = matrix[np.sort(np.random.default_rng(seed).choice(len(matrix), MOST_ROWS, replace=False))]
    pairs = np.asarray(shap.TreeExplainer(explainer.model.classifier.booster()).shap_interaction_values(matrix))
    exact = explainer.contributions.of_rows(matrix)[0]
    miss = np.abs(pairs.sum(axis=2) - exact).max(initial=0.0)
    if not miss <= _PAIRS_EXACT:
        raise RiskError(f"shap's pairs miss the contributions by up to {miss:.2g} in log odds: they are not shown")
    sizes = np.abs(pairs).mean(axis=0)
    first, second = np.triu_indices(len(sizes), k=1)
    names = np.array([feature.name for feature in explainer.catalogue], dtype=object)
    value = 2 * sizes[first, second]
    frame = pd.DataFrame({"first": names[first], "second": names[second], "value": value})
    frame["share"] = value / sizes.sum() if sizes.sum() else 0.0
    return frame[frame["value"] > 0].sort_values("value", ascending=False, ignore_index=True).head(most)
