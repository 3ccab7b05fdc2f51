"""Charts of the page on explanations: bars with ranges for themes, and curves of what an estimate is by value."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import PIXELS_PER_INCH, SHAPES, Canvas, Shape
from ehforecast.reports.explain_words import value_words
from ehforecast.reports.words import as_sentence, per_cent
from ehforecast.risk.explain_results import ExplanationResult

_BAR, _LINE, _GAP = 16, 22, 14
"""Pixels: height of a bar, of its label above it, and of the air below it."""


def themes_chart(result: ExplanationResult) -> Chart:
    """How far each theme moves an estimate, with its range."""
    themes = result.importance[result.importance["kind"] == "theme"].dropna(subset=["value"])
    first = themes.iloc[0]
    return Chart(
        name="themes",
        caption="How far each theme moves an estimate, points of a hundred; the line is the 95% range",
        alt_text=(
            f"Bars of how far each of {len(themes)} themes moves an estimate. Most: {first['name']}, "
            f"{100 * float(first['value']):.1f} points. Numbers in the table below."
        ),
        figures=[(shape, _draw_themes(themes, shape)) for shape in SHAPES],
    )


def _draw_themes(themes: pd.DataFrame, shape: Shape) -> Figure:
    height = _LINE + _BAR + _GAP
    total = height * len(themes)
    figure = Figure(figsize=(shape.width / PIXELS_PER_INCH, total / PIXELS_PER_INCH))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, shape.width)
    axes.set_ylim(total, 0)
    room = 0.7 * shape.text_px * 4
    scale = (shape.width - room - 12) / max(float(themes["upper"].max()), 1e-9)
    words = {"fontsize": shape.points, "parse_math": False, "va": "center"}
    for place, row in enumerate(themes.to_dict("records")):
        top = place * height
        middle = top + _LINE + _BAR / 2
        value, lower, upper = (scale * float(row[name]) for name in ("value", "lower", "upper"))
        axes.text(0, top + _LINE / 2, as_sentence(str(row["name"])), color=palette.DARK_GREY, **words)  # type: ignore[arg-type]  # styles by name
        axes.barh(middle, max(value, 1.0), height=_BAR, left=1, facecolor=palette.LIGHT_BLUE_HALF,
                  edgecolor=palette.DARK_BLUE, linewidth=1.4)  # fmt: skip
        axes.plot([lower, upper], [middle, middle], color=palette.DARK_BLUE, linewidth=2.4)
        axes.text(max(upper, value) + 8, middle, f"{100 * float(row['value']):.1f}", color=palette.DARK_BLUE,
                  fontweight="bold", **words)  # type: ignore[arg-type]  # fmt: skip
    return figure


def effect_chart(curve: pd.DataFrame, *, base: float, number: int) -> Chart:
    """What an otherwise average estimate is by value of one feature."""
    label, unit = str(curve["label"].iloc[0]), str(curve["unit"].iloc[0])
    first, last = base + float(curve["value"].iloc[0]), base + float(curve["value"].iloc[-1])
    way = "rises" if last > first + 0.0005 else "falls" if last < first - 0.0005 else "stays"
    return Chart(
        name=f"effect-{number}",
        caption=f"{label}: estimate (%) by value, all else average, with its 95% range",
        alt_text=(
            f"Line chart, {label[:90]}. From {value_words(float(curve['at'].iloc[0]), unit)} to "
            f"{value_words(float(curve['at'].iloc[-1]), unit)} the estimate {way}: {per_cent(first, places=1)} to "
            f"{per_cent(last, places=1)}. Numbers in the table below."
        ),
        figures=[(shape, _draw_effect(curve, shape=shape, base=base)) for shape in SHAPES],
    )


def _draw_effect(curve: pd.DataFrame, *, shape: Shape, base: float) -> Figure:
    at = curve["at"].to_numpy(dtype="float64")
    value, lower, upper = (100 * (base + curve[name].to_numpy(dtype="float64")) for name in ("value", "lower", "upper"))
    canvas = Canvas(shape, highest=float(max(upper.max(), 1.0)), count_label="Estimate (%)")
    axes = canvas.axes
    margin = 0.03 * (at[-1] - at[0])
    axes.set_xlim(at[0] - margin, at[-1] + margin)
    axes.fill_between(at, lower, upper, facecolor=palette.LIGHT_BLUE_FIFTH, edgecolor=palette.DARK_BLUE, linewidth=0.8)
    axes.plot(at, value, color=palette.DARK_BLUE, linewidth=2.2, marker="o", markersize=5)
    _name_values(canvas, at, unit=str(curve["unit"].iloc[0]))
    return canvas.figure


def _name_values(canvas: Canvas, at: np.ndarray, *, unit: str) -> None:
    """The two ends and the value nearest the middle, in words."""
    middle = at[np.abs(at - (at[0] + at[-1]) / 2).argmin()]
    shown = [at[0], middle, at[-1]] if len(at) > 2 and middle not in (at[0], at[-1]) else [at[0], at[-1]]
    canvas.axes.set_xticks(shown, [""] * len(shown))
    for value in shown:
        side = "left" if value == at[0] else "right" if value == at[-1] else "center"
        canvas.text((value, -canvas.pixels_high(9)), value_words(float(value), unit), ha=side, va="top")
