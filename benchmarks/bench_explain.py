"""Explaining every estimate of the default model: rows a second of one core, three exact ways in the same run.

Case `default_25000`: the default classifier on 25,000 drawn people with 24 features, gaps and categories (8 leaves a
tree). Case `default_5000`: on 5,000 (4 leaves). Method `ehforecast` is the package's own way to the values, the making
of its tables included; `pred_contrib` is LightGBM's own; `shap` is shap's TreeExplainer. None of these three checks
anything. Method `ehforecast_checked` is what the package always does: the model's own output as well, which is the
estimate that is explained, and the check that contributions add up to it; most of its time is LightGBM's, estimating.
Ours explains 100,000 rows, the peers 2,000, three times each, and the best time counts. Metric `largest_difference`:
from `pred_contrib`, in log odds.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shap

from ehforecast.risk.classifier import RiskClassifier
from ehforecast.risk.explain.explainer import Contributions
from ehforecast.risk.explain.tree_tables import tables_of

Matrix = npt.NDArray[np.float64]
Explain = Callable[[Matrix], Matrix]

SIZES = (25_000, 5_000)
EXPLAINED, BY_PEERS = 100_000, 2_000
REPEATS = 3
COLUMNS = ["case", "method", "metric", "value", "unit"]


def people(rows: int, *, seed: int) -> tuple[pd.DataFrame, npt.NDArray[np.int64]]:
    """Drawn counts, days since, ages and three categories, with gaps; an outcome that hangs on some of them."""
    draw = np.random.default_rng(seed)
    columns: dict[str, npt.NDArray[np.float64] | pd.Categorical] = {}
    for place in range(12):
        columns[f"count_{place}"] = draw.poisson(0.3 + 0.3 * place, rows).astype(float)
    for place in range(9):
        days = np.round(draw.exponential(200 + 50 * place, rows))
        columns[f"days_{place}"] = np.where(draw.random(rows) < 0.2, np.nan, days)
    for place in range(3):
        columns[f"kind_{place}"] = pd.Categorical(draw.choice(list("abcdef"), rows))
    frame = pd.DataFrame(columns)
    gap = frame["days_0"].isna().astype(float)
    odds = -1.5 + 0.3 * frame["count_3"] - 0.002 * frame["days_1"].fillna(300) + 0.4 * gap
    chance = 1 / (1 + np.exp(-(odds + 0.3 * frame["kind_0"].isin(["a", "b"]) * frame["count_5"])))
    return frame, (draw.random(rows) < chance).to_numpy().astype(np.int64)


def methods(classifier: RiskClassifier) -> dict[str, Explain]:
    """Each from the fitted classifier to values by row and feature; whatever is prepared is prepared anew."""

    def by_shap(matrix: Matrix) -> Matrix:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return np.asarray(shap.TreeExplainer(classifier.booster()).shap_values(matrix))

    def by_table(matrix: Matrix) -> Matrix:
        tables = tables_of(classifier.model_text_)
        assert tables is not None, "trees of the default are small"  # noqa: S101 - a script
        return tables.explain(matrix)

    return {
        "ehforecast": by_table,
        "ehforecast_checked": lambda matrix: Contributions.of(classifier).of_rows(matrix)[0],
        "pred_contrib": lambda matrix: classifier.contributions_of(matrix)[0],
        "shap": by_shap,
    }


def _seconds(explain: Explain, matrix: Matrix) -> float:
    best = float("inf")
    for _ in range(REPEATS):
        began = time.process_time()
        explain(matrix)
        best = min(best, time.process_time() - began)
    return best


def rows_of(size: int) -> list[tuple[str, str, str, float, str]]:
    """All figures of one case."""
    case = f"default_{size}"
    classifier = RiskClassifier().fit(*people(size, seed=1))
    matrix = classifier.encoder_.encode(people(EXPLAINED, seed=2)[0])
    peers = matrix[:BY_PEERS]
    exact = classifier.contributions_of(peers)[0]
    rows: list[tuple[str, str, str, float, str]] = []
    for name, explain in methods(classifier).items():
        given = matrix if name.startswith("ehforecast") else peers
        rows.append((case, name, "rows_per_second", len(given) / _seconds(explain, given), "rows a second of one core"))
        miss = float(np.abs(explain(peers) - exact).max())
        rows.append((case, name, "largest_difference", miss, "log odds"))
    return rows


def main() -> None:
    """Time every way and write the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, required=True, help="not used: people are drawn")
    arguments.add_argument("--out", type=Path, default=Path("benchmarks/out"))
    given = arguments.parse_args()
    table = pd.DataFrame([row for size in SIZES for row in rows_of(size)], columns=COLUMNS)
    given.out.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.out / "explain.csv", index=False)
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
