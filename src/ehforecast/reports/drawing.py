"""Axes in the house style, in one shape for wide screens and one for narrow ones."""

from dataclasses import dataclass, replace
from math import ceil

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ehforecast.reports import palette
from ehforecast.reports.words import whole

PIXELS_PER_INCH = 96
HEADROOM = 1.12
"""Height of the axes over the highest value drawn."""


@dataclass(frozen=True)
class Shape:
    """One drawing of a chart. Sizes are CSS pixels at its natural size.

    Attributes:
        room: pixels left of, right of, below and above the axes, for text.
        years_per_tick: how often an axis of years is labelled.
        months_per_tick: how often an axis of months is labelled.
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

    def with_room_for(self, label: str) -> "Shape":
        """The same shape, with the axes further to the right if a label of the vertical axis needs it."""
        left, right, below, above = self.room
        needed = ceil(10 + 0.58 * self.text_px * len(label))
        return replace(self, room=(max(left, needed), right, below, above))

    @property
    def points(self) -> float:
        """Text size as matplotlib counts it."""
        return self.text_px * 72 / PIXELS_PER_INCH


WIDE = Shape("wide", 800, 370, 14.5, (58, 100, 44, 46), 1, 1, " range")
NARROW = Shape("narrow", 320, 310, 13.5, (48, 60, 42, 44), 2, 3, "")
SHAPES = (WIDE, NARROW)
"""A page shows the one that fits, so that text stays readable on a phone."""


class Canvas:
    """One drawing in the making. The vertical axis starts at 0, so that heights can be compared by eye."""

    def __init__(self, shape: Shape, *, highest: float, count_label: str) -> None:
        self.shape = shape = shape.with_room_for(whole(highest * HEADROOM))
        self.figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, shape.height / PIXELS_PER_INCH))
        self.axes = self._styled_axes()
        self.top = highest * HEADROOM
        self.axes.set_ylim(0, self.top)
        left = -shape.room[0] / shape.axes_width
        self.text((left, self.pixels_above(22)), count_label, transform=self.axes.transAxes)

    def _styled_axes(self) -> Axes:
        shape, (left, _, below, _) = self.shape, self.shape.room
        size = (shape.axes_width / shape.width, shape.axes_height / shape.height)
        axes = self.figure.add_axes((left / shape.width, below / shape.height, *size))
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(palette.DARK_GREY)
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: whole(value)))
        axes.grid(axis="y", color=palette.PALE_GREY, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(labelsize=shape.points, labelcolor=palette.DARK_GREY, color=palette.DARK_GREY, length=4)
        axes.tick_params(axis="y", length=0)
        return axes

    def pixels_above(self, pixels: float) -> float:
        """Where a point so many pixels above the axes lies, in shares of their height."""
        return 1 + pixels / self.shape.axes_height

    def pixels_wide(self, pixels: float) -> float:
        """So many pixels, in units of the horizontal axis."""
        left, right = self.axes.get_xlim()
        return pixels * (right - left) / self.shape.axes_width

    def pixels_high(self, pixels: float) -> float:
        """So many pixels, in units of the vertical axis."""
        return pixels * self.top / self.shape.axes_height

    def name_ticks(self, names: dict[int, tuple[str, str]]) -> None:
        """Name places on the horizontal axis in two lines. Each line is its own text, so that any font centres both."""
        self.axes.set_xticks(list(names), [""] * len(names))
        for place, lines in names.items():
            for row, line in enumerate(lines):
                below = -self.pixels_high(9 + 1.2 * self.shape.text_px * row)
                self.text((place, below), line, ha="center", va="top")

    def text(self, at: tuple[float, float], text: str, **style: object) -> None:
        """All text goes through here: dark, of one size, and never read as mathematics."""
        settings = {"color": palette.DARK_GREY, "fontsize": self.shape.points, "va": "bottom", "parse_math": False}
        self.axes.text(*at, text, **{**settings, **style})  # type: ignore[arg-type]
