"""Charts of rows: words above, a mark and a range below, on one scale across the whole width."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from ehforecast.reports import palette
from ehforecast.reports.drawing import PIXELS_PER_INCH, Shape

_ROW, _LINE = 20, 1.3


@dataclass(frozen=True)
class RangeRow:
    """One row: its name, what is said at its right end, a dot, its range, and perhaps a second, hollow dot."""

    label: str
    words: str
    value: float
    low: float
    high: float
    before: float = float("nan")


def draw_ranges(rows: Sequence[RangeRow], shape: Shape, *, line_at: float = float("nan")) -> Figure:
    """Dots with ranges, row by row; a line where nothing differs, if given. A row without a number shows its words."""
    room = int((shape.width - 0.58 * shape.text_px * max(len(row.words) for row in rows)) / (0.58 * shape.text_px))
    lines = [textwrap.wrap(row.label, max(room, 12)) for row in rows]
    panel = Rows(shape, [len(each) for each in lines])
    ends = [end for row in rows for end in (row.low, row.high, row.before) if np.isfinite(end)]
    scale = np.array([*ends, 0.0] if np.isnan(line_at) else [*ends, line_at])
    if np.isfinite(line_at):
        panel.axes.plot([panel.x(line_at, scale)] * 2, [panel.height, 0], color=palette.MID_GREY, linewidth=1)
    for row, label, (top, y) in zip(rows, lines, panel.places, strict=True):
        panel.words(label, top)
        panel.text(shape.width, top + 0.65 * shape.text_px, words=row.words, ha="right")
        if np.isfinite(row.low):
            panel.axes.plot([panel.x(row.low, scale), panel.x(row.high, scale)], [y, y], color=palette.DARK_BLUE, lw=3)
        if np.isfinite(row.before):
            panel.axes.plot([panel.x(row.before, scale)], [y], "o", ms=9, mfc="white", mec=palette.DARK_BLUE, mew=1.6)
        if np.isfinite(row.value):
            panel.axes.plot([panel.x(row.value, scale)], [y], "o", color=palette.PLUM, ms=8)
    return panel.figure


class Rows:
    """Rows of words, each with room for a mark below, on a scale across the whole width."""

    def __init__(self, shape: Shape, lines: list[int]) -> None:
        self.shape, tops = shape, [0.0]
        for number in lines:
            tops.append(tops[-1] + number * _LINE * shape.text_px + _ROW + 14)
        self.height = tops[-1]
        self.places = [
            (top, top + number * _LINE * shape.text_px + _ROW / 2) for top, number in zip(tops, lines, strict=False)
        ]
        self.figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH))
        self.axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, shape.width)
        self.axes.set_ylim(self.height, 0)

    def x(self, value: float, values: np.ndarray) -> float:
        """Where a value lies between the least and the greatest of those shown, with room for numbers on both sides."""
        low, high, room = float(np.nanmin(values)), float(np.nanmax(values)), 3.2 * self.shape.text_px
        return room + (value - low) / max(high - low, 1e-9) * (self.shape.width - 2 * room)

    def words(self, lines: list[str], top: float) -> None:
        """A row's name in its lines."""
        for number, line in enumerate(lines):
            self.text(0, top + (number + 0.5) * _LINE * self.shape.text_px, words=line)

    def text(self, x: float, y: float, *, words: str, ha: str = "left") -> None:
        """Dark text of one size."""
        self.axes.text(
            x, y, words, fontsize=self.shape.points, parse_math=False, color=palette.DARK_GREY, va="center", ha=ha
        )
