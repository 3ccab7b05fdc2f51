"""The fan charts of one area: what was counted, and the forecast with its three ranges."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ehforecast.demand.results import INTERVAL_COVERAGES, interval_ends
from ehforecast.reports import palette
from ehforecast.reports.drawing import Canvas, Shape
from ehforecast.reports.words import compared, month_words, per_cent, whole, year_before
from ehforecast.vocabulary.absence import AbsenceReason

OUTLINES = {0.5: "-", 0.8: "--", 0.95: ":"}
"""Dash of each range's outline, so that the ranges differ without colour."""


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
        """All months, observed then forecast."""
        return [*self.observed.index, *self.ahead.index]

    @property
    def year_before(self) -> np.ndarray:
        """Counts of the same months a year before those ahead; not a number where absent."""
        months = [year_before(month) for month in self.ahead.index]
        return self.observed["observed_count"].reindex(months).to_numpy(dtype=float)

    @property
    def highest(self) -> float:
        """The highest value drawn over all the months, at least 1."""
        return max(self.highest_ahead, float(np.nanmax([*self.counts, 1.0])))

    @property
    def highest_ahead(self) -> float:
        """The highest value drawn in the close view, at least 1."""
        return float(np.nanmax([*self.ahead.to_numpy(dtype=float).ravel(), *self.year_before, 1.0]))

    @property
    def gaps(self) -> list[tuple[int, int, str]]:
        """Runs of months absent for one reason: first position, last position, shorthand."""
        reasons = self.observed["absent_because"]
        runs = (reasons != reasons.shift()).cumsum().to_numpy()
        places = [np.flatnonzero(runs == run) for run in np.unique(runs[reasons.to_numpy() != ""])]
        return [(int(at[0]), int(at[-1]), AbsenceReason(reasons.iloc[at[0]]).shorthand) for at in places]


def draw_six_years(data: FanData, shape: Shape) -> Figure:
    """What was counted and what is forecast, on one axis."""
    canvas = Canvas(shape, highest=data.highest, count_label=data.count_label)
    now = len(data.observed)
    canvas.axes.set_xlim(-1, len(data.months) - 0.5)
    starts = [at for at, month in enumerate(data.months) if month.endswith("-04")][:: shape.years_per_tick]
    canvas.name_ticks({at: _month_lines(data.months[at]) for at in starts})
    _draw_gaps(canvas, data)
    _draw_counted(canvas, data)
    _draw_ranges(canvas, data, positions=np.arange(now, len(data.months)))
    canvas.axes.axvline(now - 0.5, color=palette.DARK_GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    _right_heading(canvas, "Forecast", fontweight="bold")
    return canvas.figure


def draw_close_view(data: FanData, shape: Shape) -> Figure:
    """The months ahead alone, large, with what was counted in the same months a year before."""
    canvas = Canvas(shape, highest=data.highest_ahead, count_label=data.count_label)
    positions = np.arange(len(data.ahead))
    canvas.axes.set_xlim(-0.6, len(positions) - 0.5)
    ticks = range(0, len(positions), shape.months_per_tick)
    canvas.name_ticks({at: _close_lines(str(data.ahead.index[at]), is_first=at == 0) for at in ticks})
    _draw_ranges(canvas, data, positions=positions)
    rings = canvas.axes.plot(positions, data.year_before, "o", color=palette.DARK_GREY, zorder=8)
    rings[0].set(markerfacecolor="white", markersize=6.5)
    _right_heading(canvas, "○ a year before")
    return canvas.figure


def _month_lines(month: str) -> tuple[str, str]:
    name, year = month_words(month, short=True).split()
    return name, year


def _close_lines(month: str, *, is_first: bool) -> tuple[str, str]:
    """The year is said once, and again where it changes."""
    name, year = _month_lines(month)
    return name, year if is_first or name == "Jan" else ""


def _right_heading(canvas: Canvas, text: str, **style: str) -> None:
    canvas.text((1.0, canvas.pixels_above(22)), text, ha="right", transform=canvas.axes.transAxes, **style)


def _draw_gaps(canvas: Canvas, data: FanData) -> None:
    """Hatch the months without a figure and say why above; a label that would touch the one before is left out."""
    label_width = canvas.pixels_wide(2 * canvas.shape.text_px)
    labelled = -label_width
    for first, last, shorthand in data.gaps:
        edge = palette.MID_GREY
        canvas.axes.axvspan(first - 0.5, last + 0.5, facecolor="none", edgecolor=edge, hatch="////", linewidth=0)
        middle = (first + last) / 2
        if middle - labelled >= label_width:
            canvas.text((middle, canvas.top + canvas.pixels_high(3)), shorthand, ha="center")
            labelled = middle


def _draw_counted(canvas: Canvas, data: FanData) -> None:
    """The line breaks where figures are absent; a month alone between two absent ones is a dot."""
    counts = data.counts
    canvas.axes.plot(np.arange(len(counts)), counts, color=palette.DARK_BLUE, linewidth=1.7, zorder=5)
    there = np.r_[False, ~np.isnan(counts), False]
    alone = np.flatnonzero(there[1:-1] & ~there[:-2] & ~there[2:])
    canvas.axes.plot(alone, counts[alone], "o", color=palette.DARK_BLUE, markersize=3.5, zorder=5)
    start = np.flatnonzero(there[1:-1])[: int(canvas.pixels_wide(5.5 * canvas.shape.text_px)) + 1]
    if len(start):
        height = float(counts[start].max()) + canvas.pixels_high(4)
        canvas.text((float(start[0]), height), "Counted", color=palette.DARK_BLUE, fontweight="bold")


def _draw_ranges(canvas: Canvas, data: FanData, *, positions: np.ndarray) -> None:
    """The fan. Wider ranges lie under narrower ones."""
    for layer, coverage in enumerate(sorted(INTERVAL_COVERAGES)):
        low, high = (data.ahead[end].to_numpy(dtype=float) for end in interval_ends(coverage))
        canvas.axes.fill_between(
            positions,
            low,
            high,
            facecolor=palette.RANGE_FILLS[coverage],
            edgecolor=palette.DARK_BLUE,
            linestyle=OUTLINES[coverage],
            linewidth=1.0,
            zorder=4 - layer,
        )
    canvas.axes.plot(positions, data.ahead[0.5].to_numpy(dtype=float), color=palette.PLUM, linewidth=2.2, zorder=6)
    _name_ranges(canvas, data.ahead.iloc[-1], edge=float(positions[-1]))


def _name_ranges(canvas: Canvas, last: pd.Series, *, edge: float) -> None:
    """Name each part of the fan at its own edge, with the names spread so that none hides another."""
    ends = {"middle": float(last[0.5])} | {
        f"{per_cent(coverage)}{canvas.shape.range_word}": float(last[interval_ends(coverage)[1]])
        for coverage in INTERVAL_COVERAGES
    }
    step = canvas.pixels_wide(8)
    places = spread([*ends.values()], gap=canvas.pixels_high(1.15 * canvas.shape.text_px), ceiling=canvas.top)
    for (name, value), place in zip(ends.items(), places, strict=True):
        color = palette.PLUM if name == "middle" else palette.DARK_BLUE
        leader = ([edge, edge + 1.5 * step], [value, place])
        canvas.axes.plot(*leader, color=color, linewidth=0.8, clip_on=False, zorder=7)
        canvas.text((edge + 2 * step, place), name, va="center", color=color)


def spread(values: list[float], *, gap: float, ceiling: float) -> list[float]:
    """Places in the same rising order, at least `gap` apart, near to the values, none above `ceiling`.

    >>> spread([10.0, 11.0, 30.0], gap=5.0, ceiling=40.0)
    [10.0, 15.0, 30.0]
    >>> spread([10.0, 11.0, 12.0], gap=5.0, ceiling=15.0)
    [5.0, 10.0, 15.0]
    """
    rising: list[float] = []
    for value in values:
        rising.append(max(value, rising[-1] + gap) if rising else value)
    falling: list[float] = []
    for value in reversed(rising):
        falling.append(min(value, falling[-1] - gap if falling else ceiling))
    return falling[::-1]


def six_years_alt(data: FanData, *, counted: str, area_name: str) -> str:
    """What the chart shows, for someone who cannot see it: kind, subject, span, message, where the numbers are.

    Names are cut so that the whole stays under 250 characters, as much as a screen reader should read in one go.
    """
    span = f"{month_words(data.months[0])} to {month_words(data.months[-1])}"
    subject = f"Fan chart of monthly {counted[:24]}, {area_name[:48]}, {span}."
    return f"{subject} {_next_month_message(data)} Numbers in the tables below."


def close_view_alt(data: FanData, *, counted: str, area_name: str) -> str:
    """The same for the close view, whose message is the highest and the lowest month."""
    middle = data.ahead[0.5]
    high, low = str(middle.idxmax()), str(middle.idxmin())
    return (
        f"Fan chart of forecast {counted[:24]}, {area_name[:48]}, by month. Middle highest in {month_words(high)}, "
        f"{whole(middle[high])}, lowest in {month_words(low)}, {whole(middle[low])}. Numbers in the table below."
    )


def _next_month_message(data: FanData) -> str:
    """The next month's forecast beside the same month a year before, where that was counted."""
    month, middle, before = str(data.ahead.index[0]), float(data.ahead[0.5].iloc[0]), float(data.year_before[0])
    said = f"Middle forecast for {month_words(month)}: {whole(middle)}"
    if np.isnan(before):
        return f"{said}."
    return f"{said}, {compared(middle, before)} the {whole(before)} counted a year before."
