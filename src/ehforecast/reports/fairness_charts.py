"""Charts of the report for ethics panels: a dot and a range for each group, and what options for change would cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import NARROW, PIXELS_PER_INCH, WIDE, Shape
from ehforecast.reports.fairness_words import OF_SHARES, measure_heading, place_of, plain
from ehforecast.reports.words import as_sentence, per_cent
from ehforecast.risk.fairness_results import MEASURED, FairnessResult, MitigationResult

_ROW, _HEAD, _FOOT, _SIDE, _LABELS, _VALUES = 26, 34, 34, 12, 250, 64
"""Pixels: of a row, a heading, the axis; at the sides, for labels and for values on a wide screen."""
_LETTER = 0.56


@dataclass(frozen=True)
class Dot:
    """One line of a chart: a heading where there is no group, a note where there is no figure."""

    label: str
    is_heading: bool = False
    value: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    is_judged: bool = False


def measure_chart(result: FairnessResult, metric: str, *, edge: float | None) -> Chart | None:
    """One measure in every group of every grouping, at one edge; nothing where no group has a figure."""
    dots = _dots(result, metric, edge=edge)
    shown = [dot for dot in dots if np.isfinite(dot.value)]
    if not shown:
        return None
    at = "" if edge is None else f", edge {edge:g}"
    high, low = max(shown, key=lambda dot: dot.value), min(shown, key=lambda dot: dot.value)
    words = (
        f"Dots with {per_cent(result.confidence)} ranges: {measure_heading(metric).lower()}{at}, {len(shown)} groups."
    )
    ends = (
        f" Highest: {high.label[:40]}, {_said(metric, high.value)}. Lowest: "
        f"{low.label[:40]}, {_said(metric, low.value)}."
    )
    return Chart(
        name=f"dots-{metric.replace('_', '-')}",
        caption=(
            f"{measure_heading(metric)}{at}: dot and {per_cent(result.confidence)} "
            "range. Hollow: too few to judge a gap."
        ),
        alt_text=f"{words}{ends} Numbers in the table below.",
        figures=[(shape, _draw(dots, metric, shape=shape)) for shape in (WIDE, NARROW)],
    )


def _said(metric: str, value: float) -> str:
    return per_cent(value) if metric in OF_SHARES else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def _dots(result: FairnessResult, metric: str, *, edge: float | None) -> list[Dot]:
    rows = result.metrics[result.metrics["metric"] == metric]
    rows = rows if edge is None else rows[rows["band_edge"] == edge]
    figures = {(row["view"], row["group"]): row for row in rows.to_dict("records")}
    dots: list[Dot] = []
    for view, groups in result.groups.groupby("view", sort=False):
        if " x " in str(view):
            continue
        dots.append(Dot(as_sentence(plain(str(view))), is_heading=True))
        for group in sorted(groups["group"].astype("str"), key=place_of):
            row = figures.get((view, group), {})
            value, lower, upper = (float(row.get(name, np.nan)) for name in ("value", "lower", "upper"))
            is_judged = row.get("standing") == MEASURED
            dots.append(Dot(plain(group), value=value, lower=lower, upper=upper, is_judged=is_judged))
    return dots


def _draw(dots: Sequence[Dot], metric: str, *, shape: Shape) -> Figure:
    is_wide = shape.name == WIDE.name
    heights = [_HEAD if dot.is_heading else _ROW if is_wide else 2 * _ROW - 6 for dot in dots]
    total = sum(heights) + _FOOT
    figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, total / PIXELS_PER_INCH))
    left = _LABELS if is_wide else _SIDE
    width = shape.width - left - _VALUES - _SIDE
    axes = figure.add_axes((left / shape.width, _FOOT / total, width / shape.width, 1 - _FOOT / total))
    low, high = _limits(dots, metric)
    axes.set_xlim(low, high)
    axes.set_ylim(sum(heights), 0)
    _style(axes, metric, shape=shape)
    top = 0.0
    for dot, height in zip(dots, heights, strict=True):
        _draw_dot(axes, dot, metric=metric, shape=shape, at=(top, height))
        top += height
    return figure


def _limits(dots: Sequence[Dot], metric: str) -> tuple[float, float]:
    ends = [end for dot in dots for end in (dot.lower, dot.upper, dot.value) if np.isfinite(end)]
    step = 0.1 if metric in OF_SHARES else 0.25
    low, high = floor(min(ends) / step + 1e-9) * step, ceil(max(ends) / step - 1e-9) * step
    if metric in OF_SHARES:
        return 0.0, min(max(high, step), 1.0)
    return min(low, 0.0), max(high, low + step)


def _style(axes: Axes, metric: str, *, shape: Shape) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(palette.DARK_GREY)
    axes.set_yticks([])
    axes.grid(axis="x", color=palette.PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    low, high = axes.get_xlim()
    ticks = _ticks(low, high, most=6 if shape.name == WIDE.name else 3)
    axes.set_xticks(list(ticks), [""] * len(ticks))
    axes.tick_params(axis="x", color=palette.DARK_GREY, length=4)
    bottom = axes.get_ylim()[0]
    for place, tick in enumerate(ticks):
        side = "left" if tick <= low else "right" if tick >= high and place else "center"
        said = per_cent(tick) if metric in OF_SHARES else f"{tick:.2f}".replace("-", "\N{MINUS SIGN}")
        _text(axes, (tick, bottom + 8), words=said, shape=shape, ha=side, va="top")
    if metric not in OF_SHARES and low <= 0 <= high:
        axes.axvline(0, color=palette.DARK_GREY, linewidth=1.2, dashes=(4, 3))


def _ticks(low: float, high: float, *, most: int) -> list[float]:
    """Round places on the axis, no more than a screen has room for; both ends of a share's axis are round."""
    step = next(step for step in (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0) if (high - low) / step <= most)
    return [float(tick) for tick in np.arange(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1) * step]


def _text(axes: Axes, at: tuple[float, float], *, words: str, shape: Shape, **style: object) -> None:
    settings = {"color": palette.DARK_GREY, "fontsize": shape.points, "va": "center", "parse_math": False}
    axes.text(*at, words, **{**settings, **style})  # type: ignore[arg-type]


def _draw_dot(axes: Axes, dot: Dot, *, metric: str, shape: Shape, at: tuple[float, float]) -> None:
    top, height = at
    is_wide = shape.name == WIDE.name
    low, high = axes.get_xlim()
    pixel = (high - low) / (shape.width - (_LABELS if is_wide else _SIDE) - _VALUES - _SIDE)
    start = low - (_LABELS - _SIDE) * pixel if is_wide else low
    middle = top + height / 2 if is_wide or dot.is_heading else top + height * 0.72
    words = middle if is_wide or dot.is_heading else top + height * 0.3
    room = _LABELS if is_wide else shape.width
    _text(axes, (start, words), words=_fitted(dot.label, room, shape=shape), shape=shape,
          fontweight="bold" if dot.is_heading else "normal")  # fmt: skip
    if dot.is_heading:
        return
    if not np.isfinite(dot.value):
        _text(axes, (low + 6 * pixel, middle), words="no figure", shape=shape, fontstyle="italic")
        return
    axes.plot([dot.lower, dot.upper], [middle, middle], color=palette.DARK_BLUE, linewidth=2, clip_on=False)
    face = palette.DARK_BLUE if dot.is_judged else "white"
    axes.plot([dot.value], [middle], "o", color=palette.DARK_BLUE, markerfacecolor=face, markersize=7, clip_on=False)
    _text(axes, (high + 10 * pixel, middle), words=_said(metric, dot.value), shape=shape, color=palette.DARK_BLUE)


def _fitted(label: str, room: float, *, shape: Shape) -> str:
    most = floor((room - _SIDE) / (_LETTER * shape.text_px))
    return label if len(label) <= most else f"{label[: most - 1]}…"


def trade_off_chart(found: MitigationResult) -> Chart | None:
    """Each option's balanced accuracy against its largest gap in people missed, numbered as in the table."""
    wide = found.options.pivot(index="option", columns="metric", values="value")
    order = list(dict.fromkeys(found.options["option"]))
    points = [
        (number, float(wide.loc[option, "gap_false_negative_rate"]), float(wide.loc[option, "balanced_accuracy"]))
        for number, option in enumerate(order, start=1)
    ]
    shown = [point for point in points if np.isfinite(point[1]) and np.isfinite(point[2])]
    if len(shown) < 2:
        return None
    least = min(shown, key=lambda point: point[1])
    return Chart(
        name="trade-off",
        caption="Balanced accuracy against the largest gap in people missed; numbers as in the table",
        alt_text=(
            f"Scatter of {len(shown)} options, numbered as in the table: balanced accuracy against the largest gap in "
            f"people missed. Smallest gap: option {least[0]}, {per_cent(least[1])}. Numbers in the table below."
        ),
        figures=[(shape, _draw_trade_off(shown, shape=shape)) for shape in (WIDE, NARROW)],
    )


def _draw_trade_off(points: Sequence[tuple[int, float, float]], *, shape: Shape) -> Figure:
    height = 340
    figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, height / PIXELS_PER_INCH))
    left, foot, head, right = 58, 56, 34, 24
    size = ((shape.width - left - right) / shape.width, (height - foot - head) / height)
    axes = figure.add_axes((left / shape.width, foot / height, *size))
    axes.spines[["top", "right"]].set_visible(False)
    frame = pd.DataFrame(points, columns=["number", "gap", "accuracy"])
    widest = max(ceil(float(frame["gap"].max()) * 20 + 0.5) / 20, 0.05)
    axes.set_xlim(-0.04 * widest, widest)
    axes.set_ylim(
        floor(float(frame["accuracy"].min()) * 20 - 0.4) / 20, ceil(float(frame["accuracy"].max()) * 20 + 0.4) / 20
    )
    axes.plot(frame["gap"], frame["accuracy"], "o", color=palette.DARK_BLUE, markersize=7)
    axes.grid(color=palette.PALE_GREY, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(labelbottom=False, labelleft=False, length=3)
    for tick in axes.get_yticks()[:: 1 if shape.name == WIDE.name else 2]:
        _text(axes, (-0.06 * widest, float(tick)), words=f"{tick:.2f}", shape=shape, ha="right")
    bottom, top = axes.get_ylim()
    down = (top - bottom) / (height - foot - head)
    for tick in np.linspace(0, widest, 3):
        _text(axes, (tick, bottom - 14 * down), words=per_cent(tick), shape=shape, ha="center")
    _text(axes, (widest, bottom - 40 * down), words="Largest gap in people missed", shape=shape, ha="right")
    _text(axes, (-0.06 * widest, top + 20 * down), words="Balanced accuracy", shape=shape)
    _name_points(axes, points, shape=shape)
    return figure


def _name_points(axes: Axes, points: Sequence[tuple[int, float, float]], *, shape: Shape) -> None:
    """The number of each point beside it; those of points that lie together in one label."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    across, up = (right - left) / (shape.width - 82), (top - bottom) / 250
    placed: list[tuple[float, float, list[int]]] = []
    for number, gap, accuracy in points:
        near = [each for each in placed if abs(each[0] - gap) < 44 * across and abs(each[1] - accuracy) < 18 * up]
        if near:
            near[0][2].append(number)
        else:
            placed.append((gap, accuracy, [number]))
    for gap, accuracy, numbers in placed:
        _text(axes, (gap + 9 * across, accuracy), words=", ".join(map(str, numbers)), shape=shape, fontweight="bold")
