"""One peer's forecasts of the tasks in a folder. Run by another Python, which knows nothing of ehforecast."""

import logging
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from prophet import Prophet
from scipy.stats import norm
from statsforecast.models import MSTL, AutoARIMA, AutoCES, AutoETS, DynamicOptimizedTheta

LONGEST_SEASON = 24
"""AutoETS and AutoARIMA get no season beyond it: the first would drop it silently, the second take minutes a series."""


def main(peer: str, folder: Path) -> None:
    """Read each task, forecast, write quantiles and seconds."""
    warnings.filterwarnings("ignore")
    logging.getLogger("cmdstanpy").setLevel(logging.ERROR)
    for path in sorted(folder.glob("task_*.npz")):
        task = np.load(path)
        began = time.process_time()
        quantiles = _prophet(task) if peer == "prophet" else _statsforecast(peer, task)
        seconds = time.process_time() - began
        np.savez(path.with_name(path.name.replace("task", "forecast")), quantiles=quantiles, seconds=seconds)


def _statsforecast(peer: str, task: Mapping[str, np.ndarray]) -> np.ndarray:
    season, levels, horizon = int(task["season"]), task["levels"], int(task["horizon"])
    short = season if season <= LONGEST_SEASON else 1
    models = {
        "AutoETS": lambda: AutoETS(season_length=short),
        "AutoCES": lambda: AutoCES(season_length=season),
        "DynamicOptimizedTheta": lambda: DynamicOptimizedTheta(season_length=season),
        "MSTL": lambda: MSTL(season_length=season),
        "AutoARIMA": lambda: AutoARIMA(season_length=short),
    }
    calendar = task["calendar"] if peer == "AutoARIMA" else None
    results = []
    for values in task["values"].T:
        known = len(values)
        past, future = (None, None) if calendar is None else (calendar[:known], calendar[known:])
        said = models[peer]().forecast(y=values, h=horizon, X=past, X_future=future, level=[80.0])
        middle = np.asarray(said["mean"])
        spread = (np.asarray(said["hi-80.0"] if "hi-80.0" in said else said["hi-80"]) - middle) / norm.ppf(0.9)
        results.append(middle[:, None] + spread[:, None] * norm.ppf(levels))
    return np.maximum(np.stack(results), 0.0)


def _prophet(task: Mapping[str, np.ndarray]) -> np.ndarray:
    logging.getLogger("prophet").setLevel(logging.ERROR)
    starts, levels = pd.to_datetime(task["starts"]), task["levels"]
    calendar, known, results = task["calendar"], len(task["values"]), []
    names = [f"named_{number}" for number in range(calendar.shape[1])]
    frame = pd.DataFrame(calendar, columns=names).assign(ds=starts)
    for values in task["values"].T:
        model = Prophet(interval_width=0.8, uncertainty_samples=500)
        for name in names:
            model.add_regressor(name)
        model.fit(frame.iloc[:known].assign(y=values))
        drawn = model.predictive_samples(frame.iloc[known:])["yhat"]
        results.append(np.quantile(drawn, levels, axis=1).T)
    return np.maximum(np.stack(results), 0.0)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
