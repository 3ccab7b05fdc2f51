"""Charts of two runs beside each other: figures of the whole, and error over dates in the past."""

import math
from collections.abc import Sequence
from dataclasses import replace

from matplotlib.figure import Figure

from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.compare_words import DRAWN, metric_words
from ehforecast.reports.drawing import SHAPES, Canvas, Shape
from ehforecast.reports.words import as_sentence
from ehforecast.tracking.run_comparison import ByDate, Score

FIRST, SECOND = palette.DARK_BLUE, palette.PLUM
_ROW = 64


def drawn_scores(scores: Sequence[Score]) -> list[Score]:
    """Figures that can stand on one scale: shares, none below 0 or above 1."""
    known = [score for name in DRAWN for score in scores if score.name == name]
    return [score for score in known if min(score.first, score.second) >= 0 and max(score.first, score.second) <= 1]


def scores_chart(step: str, scores: Sequence[Score]) -> Chart:
    """Figures of one step in both runs, a row each."""
    apart = max(scores, key=lambda score: abs(score.change))
    return Chart(
        name=f"scores-{step.replace('_', '-')}",
        caption=f"{as_sentence(step.replace('_', ' '))}: figures of run A (circle) and run B (square), per cent",
        alt_text=(
            f"Dot chart of {len(scores)} figures of two runs. Furthest apart is {metric_words(apart.name)}: "
            f"{apart.first * 100:.1f} in A, {apart.second * 100:.1f} in B. Numbers in the table below."
        ),
        figures=[(shape, _draw_scores(scores, shape=shape)) for shape in SHAPES],
    )


def _draw_scores(scores: Sequence[Score], *, shape: Shape) -> Figure:
    rows = len(scores)
    tall = replace(shape, height=_ROW * rows + 70, room=(14, 60, 40, 30))
    canvas = Canvas(tall, highest=rows / 1.12, count_label="")
    axes = canvas.axes
    axes.set_yticks([])
    axes.set_xlim(0, 100)
    axes.grid(axis="x", color=palette.PALE_GREY, linewidth=0.8)
    for row, score in enumerate(scores):
        height = rows - row - 0.5
        _draw_pair(canvas, score, height=height)
        canvas.text((0, height + canvas.pixels_high(10)), as_sentence(metric_words(score.name)))
    canvas.name_ticks({tick: (f"{tick}%", "") for tick in range(0, 101, 25 if shape.name == "wide" else 50)})
    return canvas.figure


def _draw_pair(canvas: Canvas, score: Score, *, height: float) -> None:
    ends = ((score.first, score.first_limits, "o", FIRST), (score.second, score.second_limits, "s", SECOND))
    for place, (value, limits, marker, color) in enumerate(ends):
        at = height - canvas.pixels_high(17 * place)
        if not math.isnan(limits[0]):
            canvas.axes.plot([100 * limits[0], 100 * limits[1]], [at, at], color=color, linewidth=1.4)
        canvas.axes.plot(100 * value, at, marker=marker, color=color, markersize=8 - place, linestyle="none")
        canvas.text((100 * value + canvas.pixels_wide(9), at), "AB"[place], va="center", color=color, fontweight="bold")


def dates_chart(line: ByDate) -> Chart:
    """One figure over dates in the past, a line for each run."""
    lower = sum(b < a for a, b in zip(line.first, line.second, strict=True))
    return Chart(
        name=f"dates-{line.step.replace('_', '-')}-{line.name}",
        caption=f"{as_sentence(metric_words(line.name))}, per cent, by date in the past from which both forecast",
        alt_text=(
            f"Line chart of {metric_words(line.name)} at {len(line.first)} dates in the past, two runs. Run B is lower "
            f"at {lower} of them. Numbers in the table below."
        ),
        figures=[(shape, _draw_dates(line, shape=shape)) for shape in SHAPES],
    )


def _draw_dates(line: ByDate, *, shape: Shape) -> Figure:
    canvas = Canvas(shape, highest=100 * max(*line.first, *line.second), count_label="Per cent")
    dates = range(1, len(line.first) + 1)
    canvas.axes.set_xlim(0.5, len(line.first) + 0.5)
    lines = (("A", line.first, "o", "-", FIRST), ("B", line.second, "s", "--", SECOND))
    for name, values, marker, style, color in lines:
        shown = [100 * value for value in values]
        canvas.axes.plot(dates, shown, color=color, marker=marker, linestyle=style, linewidth=2, markersize=6)
        other = line.second if name == "A" else line.first
        side = 1 if values[-1] >= other[-1] else -1
        end = (len(values) + canvas.pixels_wide(10), shown[-1] + canvas.pixels_high(side * 8))
        canvas.text(end, name, va="center", color=color, fontweight="bold")
    every = 1 if len(line.first) <= 8 else 3
    canvas.name_ticks({date: (f"{date}", "") for date in dates if date % every == 1 or every == 1})
    return canvas.figure
