"""A forecast explained to planners: level, trend, season, calendar and events, adding up to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from ehforecast.demand.contributions import SHAPE_PARTS, Contributions
from ehforecast.demand.decomposition import SMALLEST, pooled_contributions
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task

PARTS = ("level", "trend", *SHAPE_PARTS, "rest")

TOLD_OTHERWISE = ("school_days", "working_days", "days")
"""Regressors of a forecaster that are told as school holidays, or as the length of a period."""

PAST_SHOWN = 24
"""Past periods whose parts are told too."""


@runtime_checkable
class Explaining(Protocol):
    """A forecaster that can say how its forecasts are made up. Others are explained by a pooled decomposition."""

    def contributions(self, task: Task) -> Contributions:
        """The parts of the forecast of the same task, areas in its order."""


@dataclass(frozen=True)
class Explanation:
    """The `explanation` and `effects` frames of `DemandResult`."""

    explanation: pd.DataFrame
    effects: pd.DataFrame


def explain_forecast(task: Task, middle: Array, *, forecaster: Forecaster) -> Explanation:
    """Say what each forecast month is made of.

    On the log scale the parts add up exactly to the log of the middle: season, calendar and events by the forecaster's
    own account, or else by the pooled decomposition; level and trend as the straight line through what is left over the
    horizon; `rest` is what the line misses. In counts the level is what a usual month would bring, and the other parts
    share the difference between that and the middle in proportion to their logs; see `shares_of_change`. Effects are
    told one by one as all series together show them, or as the forecaster tells them where it does.

    Args:
        middle: (areas, horizon), the published middle.
    """
    pooled = pooled_contributions(task)
    found = forecaster.contributions(task) if isinstance(forecaster, Explaining) else pooled
    ahead = _parts_ahead(np.log(np.maximum(middle, SMALLEST)), found)
    past = _parts_past(task, found)
    tables = [
        _long(task, ahead, periods=task.future_periods),
        _long(task, past, periods=task.history.periods[-PAST_SHOWN:]),
    ]
    own = [each for each in found.effects if each.name not in TOLD_OTHERWISE]
    told = {each.name: each for each in (*pooled.effects, *own)}.values()
    effects = [(each.name, each.ratio, each.low, each.high, each.compared_with, each.words) for each in told]
    return Explanation(
        pd.concat(tables, ignore_index=True).sort_values(["area_code", "month"], kind="stable", ignore_index=True),
        pd.DataFrame(effects, columns=["effect", "ratio", "low", "high", "unit", "words"]),
    )


def shares_of_change(parts: Mapping[str, Array], *, before: Array, after: Array) -> dict[str, Array]:
    """Split a change of counts over parts whose logs add up to the change of the log, exactly.

    Formula: ``(after - before) / (log after - log before)``, the logarithmic mean of the two, times each part's log; no
    part is favoured by coming first. Where both are equal, the logarithmic mean is that number.

    Source: Ang (2005) on the logarithmic mean Divisia index.

    >>> parts = {"a": np.log(np.array([2.0])), "b": np.log(np.array([0.5]))}
    >>> shares = shares_of_change(parts, before=np.array([10.0]), after=np.array([10.0]))
    >>> [round(float(share[0]), 2) for share in shares.values()]
    [6.93, -6.93]
    """
    gap = np.log(after) - np.log(before)
    same = np.abs(gap) < 1e-9
    mean = np.where(same, before, (after - before) / np.where(same, 1.0, gap))
    return {name: np.asarray(mean * part) for name, part in parts.items()}


def _parts_ahead(log_middle: Array, found: Contributions) -> dict[str, Array]:
    shape = {part: found.ahead.get(part, np.zeros_like(log_middle)) for part in SHAPE_PARTS}
    net = log_middle - sum(shape.values())
    steps = np.arange(net.shape[1], dtype=float)
    slope = _slope(net)
    level = net.mean(axis=1, keepdims=True) - slope[:, None] * steps.mean()
    trend = slope[:, None] * steps
    return {"level": level + 0 * trend, "trend": trend, **shape, "rest": net - level - trend}


def _slope(net: Array) -> Array:
    if net.shape[1] == 1:
        return np.zeros(len(net))
    steps = np.arange(net.shape[1]) - (net.shape[1] - 1) / 2
    return np.asarray(net @ steps / (steps @ steps))


def _parts_past(task: Task, found: Contributions) -> dict[str, Array]:
    """Parts of the last periods known; `rest` is what came beyond them, absent where nothing did."""
    last = slice(-min(PAST_SHOWN, len(task.history.periods)), None)
    level = found.past_level[:, last]
    shape = {part: found.past.get(part, np.zeros_like(found.past_level))[:, last] for part in SHAPE_PARTS}
    came = np.log(np.maximum(task.values.T[:, last], SMALLEST))
    return {"level": level, "trend": np.zeros_like(level), **shape, "rest": came - level - sum(shape.values())}


def _long(task: Task, parts: Mapping[str, Array], *, periods: pd.PeriodIndex) -> pd.DataFrame:
    usual = np.exp(parts["level"])
    others = {name: parts[name] for name in PARTS if name != "level"}
    whole = usual * np.exp(sum(others.values()))
    counts = {"level": usual} | shares_of_change(others, before=usual, after=whole)
    index = pd.MultiIndex.from_product(
        [list(PARTS), list(task.areas), periods.astype(str)], names=["part", "area_code", "month"]
    )
    values = {
        "log_effect": np.stack([parts[name] for name in PARTS]).ravel(),
        "count": np.stack([counts[name] for name in PARTS]).ravel(),
    }
    table = pd.DataFrame(values, index=index).reset_index()
    return table[["area_code", "month", "part", "log_effect", "count"]]
