"""The fan chart of one area: what was observed, and the forecast with its three ranges."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ehforecast.advisory.evidence import interval_ends
from ehforecast.demand.results import INTERVAL_COVERAGES
from ehforecast.reports import palette
from ehforecast.reports.words import compared, month_words, per_cent, whole, year_before
from ehforecast.vocabulary.absence import AbsenceReason

PIXELS_PER_INCH = 96
OUTLINES = {0.5: "-", 0.8: "--", 0.95: ":"}
"""Dash of each range's outline, so that the ranges differ without colour."""


@dataclass(frozen=True)
class Shape:
    """One drawing of a chart. Sizes are CSS pixels at its natural size.

    Attributes:
        room: pixels left of, right of, below and above the axes, for text.
        years_per_tick, months_per_tick: how often the axis of the long and of the close view is labelled.
        range_word: what follows a range's per cent in its label.
    """

    name: str
    width: int
    height: int
    text_px: float
    room: tuple[int, int, int, int]
    years_per_tick: int
    months_per_tick: int
    range_word: str

    @property
    def axes_width(self) -> int:
        """Pixels across the axes."""
        return self.width - self.room[0] - self.room[1]

    @property
    def axes_height(self) -> int:
        """Pixels up the axes."""
        return self.height - self.room[2] - self.room[3]

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """The axes as left, bottom, width and height, in shares of the drawing."""
        left, _, below, _ = self.room
        return left / self.width, below / self.height, self.axes_width / self.width, self.axes_height / self.height

    @property
    def points(self) -> float:
        """Text size as matplotlib counts it."""
        return self.text_px * 72 / PIXELS_PER_INCH


WIDE = Shape("wide", 800, 370, 14.5, (58, 100, 44, 46), 1, 1, " range")
NARROW = Shape("narrow", 320, 310, 13.5, (48, 60, 42, 44), 2, 3, "")
SHAPES = (WIDE, NARROW)
"""A page shows the one that fits, so that text stays readable on a phone."""

HEADROOM = 1.12
"""Height of the axes over the highest value drawn."""


@dataclass(frozen=True)
class FanData:
    """What is drawn, taken from released tables only.

    Attributes:
        observed: indexed by month, one row for every month of the window: `observed_count`, `absent_because`.
        ahead: indexed by month: a column for each published quantile level.
        count_label: what the vertical axis counts.
    """

    observed: pd.DataFrame
    ahead: pd.DataFrame
    count_label: str

    @property
    def counts(self) -> np.ndarray:
        """Observed counts as numbers; not a number where absent."""
        return self.observed["observed_count"].to_numpy(dtype=float)

    @property
    def months(self) -> list[str]:
        """All months on the axis, observed then forecast."""
        return [*self.observed.index, *self.ahead.index]

    @property
    def ahead_positions(self) -> np.ndarray:
        """Where the forecast months stand on the axis of all months."""
        return np.arange(len(self.observed), len(self.months))

    @property
    def year_before(self) -> np.ndarray:
        """Counts of the same months a year before those ahead; not a number where absent."""
        months = [year_before(month) for month in self.ahead.index]
        return self.observed["observed_count"].reindex(months).to_numpy(dtype=float)

    @property
    def top(self) -> float:
        """The highest value drawn over all the months, at least 1."""
        return max(self.close_top, float(np.nanmax([*self.counts, 1.0])))

    @property
    def close_top(self) -> float:
        """The highest value drawn in the close view, at least 1."""
        return float(np.nanmax([*self.ahead.to_numpy(dtype=float).ravel(), *self.year_before, 1.0]))

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        """Runs of absent months as first position, last position, and the shorthand of the first reason in the run."""
        reasons = list(self.observed["absent_because"])
        runs: list[tuple[int, int, str]] = []
        for position, reason in enumerate(reasons):
            if not reason:
                continue
            if runs and runs[-1][1] == position - 1 and reason == reasons[position - 1]:
                runs[-1] = (runs[-1][0], position, runs[-1][2])
            else:
                runs.append((position, position, AbsenceReason(reason).shorthand))
        return runs


def draw_six_years(data: FanData, shape: Shape) -> Figure:
    """What was counted and what is forecast, on one axis. It starts at 0, so heights can be compared by eye."""
    figure, axes = _blank(data.top, data.count_label, shape)
    axes.set_xlim(-1, len(data.months) - 0.5)
    starts = [at for at, month in enumerate(data.months) if month.endswith("-04")][:: shape.years_per_tick]
    axes.set_xticks(starts, [month_words(data.months[at], short=True).replace(" ", "\n") for at in starts])
    _draw_gaps(axes, data, shape)
    _draw_counted(axes, data, shape)
    _draw_ranges(axes, data, data.ahead_positions, shape)
    axes.axvline(len(data.observed) - 0.5, color=palette.DARK_GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    _text(axes, (len(data.months) - 0.5, _above(axes, shape, 22)), "Forecast", shape, ha="right", fontweight="bold")
    return figure


def draw_close_view(data: FanData, shape: Shape) -> Figure:
    """The months ahead alone, large, with what was counted in the same months a year before."""
    figure, axes = _blank(data.close_top, data.count_label, shape)
    positions = np.arange(len(data.ahead))
    axes.set_xlim(-0.6, len(positions) - 0.5)
    ticks = positions[:: shape.months_per_tick]
    axes.set_xticks(ticks, [_close_tick(data.ahead.index[at], first=at == 0) for at in ticks])
    _draw_ranges(axes, data, positions, shape)
    axes.plot(
        positions, data.year_before, "o", color=palette.DARK_GREY, markerfacecolor="white", markersize=6.5, zorder=8
    )
    _text(axes, (len(positions) - 0.5, _above(axes, shape, 22)), "○ a year before", shape, ha="right")
    return figure


def _close_tick(month: str, *, first: bool) -> str:
    name, year = month_words(month, short=True).split()
    return f"{name}\n{year}" if first or name == "Jan" else name


def _blank(top: float, count_label: str, shape: Shape) -> tuple[Figure, Axes]:
    """Axes with a scale and its name, ready to be drawn on."""
    figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, shape.height / PIXELS_PER_INCH))
    axes = figure.add_axes(shape.rectangle)
    axes.set_ylim(0, top * HEADROOM)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(palette.DARK_GREY)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: whole(value)))
    axes.grid(axis="y", color=palette.PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(
        axis="both", labelsize=shape.points, labelcolor=palette.DARK_GREY, color=palette.DARK_GREY, length=4
    )
    axes.tick_params(axis="y", length=0)
    left = -shape.room[0] / shape.axes_width
    axes.text(
        left, 1 + 22 / shape.axes_height, count_label, transform=axes.transAxes, parse_math=False,
        fontsize=shape.points, color=palette.DARK_GREY, va="bottom",
    )  # fmt: skip
    return figure, axes


def _above(axes: Axes, shape: Shape, pixels: float) -> float:
    """The value on the vertical axis that lies so many pixels above its top."""
    return float(axes.get_ylim()[1]) * (1 + pixels / shape.axes_height)


def _text(axes: Axes, xy: tuple[float, float], text: str, shape: Shape, **style: object) -> None:
    """All text among the data goes through here: never read as mathematics, dark, one size."""
    settings = {"color": palette.DARK_GREY, "fontsize": shape.points, "parse_math": False, "va": "bottom", **style}
    axes.text(*xy, text, **settings)  # type: ignore[arg-type]


def _draw_gaps(axes: Axes, data: FanData, shape: Shape) -> None:
    """Hatch the months without a figure and say why above; a label that would run into the one before is left out."""
    label_width = 2 * shape.text_px * len(data.months) / shape.axes_width
    labelled = -label_width
    for first, last, shorthand in data.gaps:
        axes.axvspan(first - 0.5, last + 0.5, facecolor="none", edgecolor=palette.MID_GREY, hatch="////", linewidth=0)
        middle = (first + last) / 2
        if middle - labelled >= label_width:
            _text(axes, (middle, _above(axes, shape, 3)), shorthand, shape, ha="center")
            labelled = middle


def _draw_counted(axes: Axes, data: FanData, shape: Shape) -> None:
    counts = data.counts
    axes.plot(np.arange(len(counts)), counts, color=palette.DARK_BLUE, linewidth=1.7, zorder=5)
    there = np.r_[False, ~np.isnan(counts), False]
    alone = np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:])
    axes.plot(alone, counts[alone], "o", color=palette.DARK_BLUE, markersize=3.5, zorder=5)
    if there.any():
        start = np.flatnonzero(there[1:-1])[:12]
        at = (float(start[0]), float(counts[start].max()) * 1.02)
        _text(axes, at, "Counted", shape, color=palette.DARK_BLUE, fontweight="bold")


def _draw_ranges(axes: Axes, data: FanData, positions: np.ndarray, shape: Shape) -> None:
    """The fan, each part named at its own edge, with the names spread so that none hides another."""
    ends = {"middle": data.ahead[0.5].iloc[-1]}
    for layer, coverage in enumerate(sorted(INTERVAL_COVERAGES)):
        low, high = (data.ahead[end].to_numpy(dtype=float) for end in interval_ends(coverage))
        style = {
            "facecolor": palette.RANGE_FILLS[coverage],
            "edgecolor": palette.DARK_BLUE,
            "linestyle": OUTLINES[coverage],
        }
        axes.fill_between(positions, low, high, linewidth=1.0, zorder=4 - layer, **style)
        ends[f"{per_cent(coverage)}{shape.range_word}"] = high[-1]
    axes.plot(positions, data.ahead[0.5], color=palette.PLUM, linewidth=2.2, zorder=6)
    edge, step = positions[-1], 8 * np.ptp(axes.get_xlim()) / shape.axes_width
    top = float(axes.get_ylim()[1])
    places = spread(list(ends.values()), 1.15 * shape.text_px * top / shape.axes_height, top)
    for (name, value), place in zip(ends.items(), places, strict=True):
        color = palette.PLUM if name == "middle" else palette.DARK_BLUE
        axes.plot([edge, edge + 1.5 * step], [value, place], color=color, linewidth=0.8, clip_on=False, zorder=7)
        _text(axes, (edge + 2 * step, place), name, shape, va="center", color=color)


def spread(values: list[float], gap: float, ceiling: float) -> list[float]:
    """Positions in the same rising order, at least `gap` apart, as near to the values as that allows, none above `ceiling`.

    >>> spread([10.0, 11.0, 30.0], 5.0, 40.0)
    [10.0, 15.0, 30.0]
    >>> spread([10.0, 11.0, 12.0], 5.0, 15.0)
    [5.0, 10.0, 15.0]
    """
    placed: list[float] = []
    for value in values:
        placed.append(max(value, placed[-1] + gap) if placed else value)
    limit = ceiling
    for index in reversed(range(len(placed))):
        placed[index] = min(placed[index], limit)
        limit = placed[index] - gap
    return placed


def six_years_alt(data: FanData, *, counted: str, area_name: str) -> str:
    """What the chart shows, for someone who cannot see it: kind, subject, span, message, and where the numbers are.

    Names are cut so that the whole stays under 250 characters, as much as a screen reader should read in one go.
    """
    span = f"{month_words(data.months[0])} to {month_words(data.months[-1])}"
    return (
        f"Fan chart of monthly {counted[:24]}, {area_name[:48]}, {span}. {_message(data)} Numbers in the tables below."
    )


def close_view_alt(data: FanData, *, counted: str, area_name: str) -> str:
    """The same for the close view, whose message is the highest and the lowest month."""
    middle = data.ahead[0.5]
    high, low = str(middle.idxmax()), str(middle.idxmin())
    return (
        f"Fan chart of forecast {counted[:24]}, {area_name[:48]}, by month. Middle highest in {month_words(high)}, "
        f"{whole(middle[high])}, lowest in {month_words(low)}, {whole(middle[low])}. Numbers in the table below."
    )


def _message(data: FanData) -> str:
    """The next month's forecast beside the same month a year before, where that was counted."""
    month, middle, before = data.ahead.index[0], float(data.ahead[0.5].iloc[0]), float(data.year_before[0])
    said = f"Middle forecast for {month_words(month)}: {whole(middle)}"
    if np.isnan(before):
        return f"{said}."
    return f"{said}, {compared(middle, before)} the {whole(before)} counted a year before."
