"""Bars of how many rows broke each rule, with the rule's own words above each bar."""

import textwrap
from dataclasses import dataclass
from math import floor

from matplotlib.figure import Figure

from ehforecast.contracts.rules import Severity
from ehforecast.reports import palette
from ehforecast.reports.drawing import PIXELS_PER_INCH, Shape
from ehforecast.reports.words import whole

_BAR, _GAP, _AIR = 16, 16, 4
"""Pixels: a bar's height, below it, and between it and its label."""
_LETTER = 0.62
"""Width of a letter over its size, in a font wider than most."""


@dataclass(frozen=True)
class Bar:
    """One rule: its words, how many rows broke it, and what that means for them."""

    label: str
    count: int
    severity: Severity


def draw_bars(bars: list[Bar], shape: Shape) -> Figure:
    """Errors are filled, queries hollow, so that they differ without colour. Lengths start at 0."""
    lines = [_label_lines(bar, shape) for bar in bars]
    line_height = 1.25 * shape.text_px
    heights = [len(label) * line_height + _AIR + _BAR + _GAP for label in lines]
    total, room = sum(heights), 0.58 * shape.text_px * (len(whole(bars[0].count)) + 2)
    figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, total / PIXELS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, shape.width)
    axes.set_ylim(total, 0)
    longest = max(bar.count for bar in bars)
    top = 0.0
    for bar, label, height in zip(bars, lines, heights, strict=True):
        middle = top + len(label) * line_height + _AIR + _BAR / 2
        length = max(2.0, (shape.width - room) * bar.count / longest)
        fill = palette.DARK_BLUE if bar.severity == "error" else "white"
        axes.barh(middle, length, height=_BAR, left=1, facecolor=fill, edgecolor=palette.DARK_BLUE, linewidth=1.4)
        text = {"fontsize": shape.points, "parse_math": False, "va": "center"}
        for row, words in enumerate(label):
            axes.text(0, top + (row + 0.5) * line_height, words, color=palette.DARK_GREY, **text)  # type: ignore[arg-type]
        axes.text(length + 8, middle, whole(bar.count), color=palette.DARK_BLUE, fontweight="bold", **text)  # type: ignore[arg-type]
        top += height
    return figure


def _label_lines(bar: Bar, shape: Shape) -> list[str]:
    return textwrap.wrap(f"{bar.label} ({bar.severity})", floor(shape.width / (_LETTER * shape.text_px)))


def bars_alt(bars: list[Bar]) -> str:
    """What the chart shows, for someone who cannot see it: kind, subject, message, where the numbers are."""
    first = bars[0]
    return (
        f"Bar chart of the {len(bars)} rules broken most. Most often: {first.label[:90]}, "
        f"{whole(first.count)} rows ({first.severity}). Numbers in the tables below."
    )
