"""Plots for notebooks: one set of axes in the house style, from frames that results give.

Pages have charts of their own. Each returns matplotlib's axes, so that an analyst can go on from there.
"""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ehforecast.demand.results import INTERVAL_COVERAGES, interval_ends
from ehforecast.reports import palette

__all__ = [
    "Axes",
    "plot_calibration",
    "plot_counts",
    "plot_forecast",
    "plot_gaps",
    "plot_misses",
    "plot_net_benefit",
    "plot_sizes",
    "plot_staffing",
]

LINES = (palette.DARK_BLUE, palette.PLUM, palette.MID_GREY, palette.LIGHT_BLUE)
DASHES = ("-", "--", ":", "-.")
"""Lines differ in dash as well as in colour."""

MOST_LINES = 16


def _axes(title: str, *, horizontal: str, vertical: str, height: float = 4.0) -> Axes:
    _, axes = plt.subplots(figsize=(9, height), layout="constrained")
    axes.set_title(title, loc="left", color=palette.DARK_GREY)
    axes.set_xlabel(horizontal)
    axes.set_ylabel(vertical)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color=palette.PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def _starts(periods: pd.Index) -> pd.DatetimeIndex:
    """First days of periods, also where they are written out: "2024-03", or "2024-03-25/2024-03-31" for a week."""
    return pd.to_datetime([str(period).split("/")[0] for period in periods])


def _style(place: int) -> dict[str, Any]:
    """Of one line among several."""
    return {"color": LINES[place % len(LINES)], "linestyle": DASHES[place // len(LINES) % len(DASHES)]}


def plot_counts(counts: pd.DataFrame, *, label: str) -> Axes:
    """Counts by period as lines, at most sixteen of them; a gap where a count is absent."""
    axes = _axes(label.replace("_", " "), horizontal="", vertical="count")
    shown = counts.iloc[:, :MOST_LINES]
    times = _starts(shown.index)
    for place, name in enumerate(shown):
        style: dict[str, Any] = {
            "color": LINES[place % len(LINES)],
            "linestyle": DASHES[place // len(LINES) % len(DASHES)],
        }
        axes.plot(times, shown[name], label=str(name), **style)
    axes.set_ylim(0, None)
    axes.legend(frameon=False, fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
    return axes


def plot_forecast(observed: pd.Series, ahead: pd.DataFrame, *, title: str) -> Axes:
    """What was counted in the last six years, and the forecast with its ranges; ``ahead`` has a column per level."""
    axes = _axes(title, horizontal="", vertical="count")
    past = observed.iloc[-72:]
    future = _starts(ahead.index)
    for coverage in sorted(INTERVAL_COVERAGES, reverse=True):
        low, high = (ahead[level] for level in interval_ends(coverage))
        fill = palette.RANGE_FILLS[coverage]
        axes.fill_between(future, low, high, color=fill, linewidth=0, label=f"{coverage:.0%} range")
    axes.plot(future, ahead[0.5], color=palette.PLUM, linestyle="--", label="middle of the forecast")
    axes.plot(_starts(past.index), past, color=palette.DARK_BLUE, label="counted")
    axes.set_ylim(0, None)
    axes.legend(frameon=False, fontsize="small")
    return axes


def plot_misses(misses: pd.DataFrame) -> Axes:
    """How far methods were off by periods ahead: a row for each, a column for each method, shares of the counts."""
    axes = _axes("How far off, on later dates", horizontal="periods ahead", vertical="share of the counts (WAPE)")
    for place, name in enumerate(misses):
        style: dict[str, Any] = {"color": LINES[place % len(LINES)], "linestyle": DASHES[place % len(DASHES)]}
        axes.plot(misses.index, misses[name], label=str(name), **style)
    axes.set_ylim(0, None)
    axes.legend(frameon=False, fontsize="small")
    return axes


def plot_calibration(curve: pd.DataFrame) -> Axes:
    """What was estimated against what came, in bins, with 95% limits; on the line, estimates mean what they say."""
    axes = _axes("Estimated and observed", horizontal="mean estimate", vertical="share with the event")
    for place, (model, rows) in enumerate(curve.groupby("model", sort=False)):
        misses = np.abs(rows[["lower", "upper"]].to_numpy().T - rows["value"].to_numpy())
        style: dict[str, Any] = {"color": LINES[place % len(LINES)], "marker": "os^D"[place % 4], "capsize": 2.0}
        axes.errorbar(rows["mean_estimate"], rows["value"], yerr=misses, label=str(model), **style)
    top = float(curve[["mean_estimate", "upper"]].max().max()) * 1.05
    axes.plot([0, top], [0, top], color=palette.DARK_GREY, linewidth=0.8, linestyle=":")
    axes.legend(frameon=False, fontsize="small")
    return axes


def plot_net_benefit(curve: pd.DataFrame) -> Axes:
    """Net benefit by the chance from which somebody would be looked at; "none" is the line at 0."""
    axes = _axes(
        "Would the estimates be of use?", horizontal="chance from which one would look", vertical="net benefit"
    )
    for place, (model, rows) in enumerate(curve.groupby("model", sort=False)):
        style: dict[str, Any] = {
            "color": LINES[place % len(LINES)],
            "linestyle": DASHES[place // len(LINES) % len(DASHES)],
        }
        axes.plot(rows["threshold"], rows["value"], label=str(model), **style)
    axes.axhline(0, color=palette.DARK_GREY, linewidth=0.8)
    highest = float(curve["value"].max())
    axes.set_ylim(-highest, 1.1 * highest)  # far below 0 one model is as useless as another
    axes.legend(frameon=False, fontsize="small")
    return axes


def plot_sizes(sizes: pd.DataFrame) -> Axes:
    """Sizes with their limits, the largest on top: ``label, value, lower, upper``."""
    axes = _axes("What drives the estimates", horizontal="mean size, in points of chance", vertical="", height=5.0)
    return _dots(axes, sizes, labels=sizes["label"])


def plot_gaps(gaps: pd.DataFrame, *, metric: str) -> Axes:
    """Differences between each group and everyone else, with their limits."""
    title = f"{metric.replace('_', ' ')}: each group less everyone else"
    axes = _axes(title, horizontal="difference", vertical="", height=2 + 0.3 * len(gaps))
    axes.axvline(0, color=palette.DARK_GREY, linewidth=0.8)
    renamed = gaps.rename(columns={"difference": "value"})
    return _dots(axes, renamed, labels=gaps["view"] + ": " + gaps["group"])


def plot_staffing(staffing: pd.DataFrame, *, workers: str) -> Axes:
    """The chance to keep each promise, by how many people there are: ``promise, workers, chance_kept``."""
    axes = _axes("How many people it takes", horizontal=workers, vertical="chance that the promise is kept")
    for place, (promise, rows) in enumerate(staffing.groupby("promise", sort=False)):
        style: dict[str, Any] = {"color": LINES[place % len(LINES)], "linestyle": DASHES[place % len(DASHES)]}
        axes.plot(rows["workers"], rows["chance_kept"], marker="os^D"[place % 4], label=str(promise), **style)
    axes.set_ylim(0, 1.02)
    axes.legend(frameon=False, fontsize="small")
    return axes


def _dots(axes: Axes, rows: pd.DataFrame, *, labels: pd.Series) -> Axes:
    places = np.arange(len(rows))[::-1]
    axes.hlines(places, rows["lower"], rows["upper"], color=palette.DARK_BLUE)
    axes.plot(rows["value"], places, "o", color=palette.DARK_BLUE)
    axes.set_yticks(places, labels=list(labels.astype("str")))
    axes.grid(axis="x", color=palette.PALE_GREY, linewidth=0.8)
    return axes
