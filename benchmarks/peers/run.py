"""Forecasts of other libraries on the benchmark's nodes and dates, made by another Python."""

import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from real_series import Case

from ehforecast.demand.forecasters.calendar_design import TOLD_APART
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.results import QUANTILE_LEVELS
from ehforecast.demand.steps import Step, step_of

Array = npt.NDArray[np.float64]

SCRIPT = Path(__file__).with_name("forecast.py")

PEERS = ("AutoETS", "AutoCES", "DynamicOptimizedTheta", "MSTL", "prophet", "AutoARIMA_sample")

SAMPLE_ORIGINS, SAMPLE_AREAS = 2, 3
"""The last dates and first nodes of a peer that takes seconds a series."""


@dataclass(frozen=True)
class PeerForecaster:
    """Forecasts made elsewhere, looked up by date.

    Attributes:
        areas: codes, in the order of the forecasts.
        by_origin: last known period -> (areas, horizon, levels).
        seconds: of one core, per series and forecast.
    """

    name: str
    areas: tuple[str, ...]
    by_origin: Mapping[pd.Period, Array]
    seconds: float
    label: str = "another library"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        places = [self.areas.index(area) for area in task.areas]
        return self.by_origin[task.history.last_period][places]


def peer_forecasters(case: Case, python: Path) -> list[PeerForecaster]:
    """Every peer's forecasts of a case."""
    return [_run(case, peer, python=python) for peer in PEERS]


def _run(case: Case, peer: str, *, python: Path) -> PeerForecaster:
    sample = peer.endswith("_sample")
    nodes = case.hierarchy.nodes[:SAMPLE_AREAS] if sample else case.hierarchy.nodes
    origins = case.origins.report[-SAMPLE_ORIGINS:] if sample else case.origins.report
    with tempfile.TemporaryDirectory() as folder:
        for number, origin in enumerate(origins):
            facts = _task(case, list(nodes), origin=origin)
            np.savez(Path(folder) / f"task_{number}.npz", **facts)
        subprocess.run([str(python), str(SCRIPT), peer.removesuffix("_sample"), folder], check=True)  # noqa: S603 -- our own script
        done = [np.load(Path(folder) / f"forecast_{number}.npz") for number in range(len(origins))]
        forecasts = {origin: one["quantiles"] for origin, one in zip(origins, done, strict=True)}
        seconds = float(np.median([one["seconds"] for one in done])) / len(nodes)
    print(f"{case.name}: {peer} done", flush=True)
    return PeerForecaster(peer, tuple(nodes), forecasts, seconds)


def _task(case: Case, nodes: list[str], *, origin: pd.Period) -> dict[str, Any]:
    history = case.series.known_until(origin)
    calendar = calendar_ahead(history.periods, case.horizon, plan=case.plan)
    step = step_of(history.periods)
    starts = pd.PeriodIndex(calendar.index).start_time.strftime("%Y-%m-%d").to_numpy(dtype=str)
    return {
        "values": history.counts[nodes].to_numpy(dtype=np.float64),
        "starts": starts,
        "freq": {Step.DAY: "D", Step.WEEK: "W-MON", Step.MONTH: "MS"}[step],
        "season": step.season,
        "horizon": case.horizon,
        "levels": np.asarray(QUANTILE_LEVELS),
        "calendar": calendar[[name for name in TOLD_APART[step] if calendar[name].std() > 0]].to_numpy(
            dtype=np.float64
        ),
    }
