"""Charts of the page on what changed: series with their breaks, counted and expected, and placebos."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ehforecast.demand.past_results import PastResult
from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES, Canvas, Shape
from ehforecast.reports.past_tables import main_of, names_of, of_change, placebo_bins
from ehforecast.reports.past_words import METHOD_WORDS, change_words, period_words, signed_per_cent
from ehforecast.reports.words import as_sentence, month_words, slug

AROUND = 12
"""Periods on each side of a break over which its typical counts are drawn."""


def breaks_chart(result: PastResult, code: str) -> Chart:
    """One series with its breaks marked, and named national shocks hatched."""
    name = names_of(result)[code]
    rows = result.breaks[result.breaks["area_code"] == code]
    said = "; ".join(
        f"{period_words(str(row['month']))} {signed_per_cent(float(str(row['ratio'])) - 1)}" for row in _records(rows)
    )
    counted = as_sentence(result.measure.replace("_", " "))
    return Chart(
        name=f"breaks-{slug(code)}",
        caption=f"{counted} in {name}, with each break and the level before and after it",
        alt_text=f"Line chart, {name[:48]}. Breaks: {said[:150]}. Numbers in the tables below.",
        figures=[(shape, _draw_breaks(result, code, shape=shape)) for shape in SHAPES],
    )


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]


def _draw_breaks(result: PastResult, code: str, *, shape: Shape) -> Figure:
    rows = result.observed[result.observed["area_code"] == code]
    months, counts = rows["month"].astype(str).tolist(), rows["observed_count"].to_numpy(dtype=float)
    canvas = Canvas(shape, highest=float(np.nanmax([*counts, 1.0])), count_label="Counted")
    canvas.axes.set_xlim(-1, len(months) + 1)
    _name_years(canvas, months)
    for window in _records(result.windows[result.windows["area_code"] == code]):
        _hatch(canvas, months, window=window)
    canvas.axes.plot(np.arange(len(months)), counts, color=palette.DARK_BLUE, linewidth=1.5, zorder=5)
    edge = -1.0
    for row in _records(result.breaks[result.breaks["area_code"] == code]):
        edge = _mark(canvas, months, row=row, edge=edge)
    return canvas.figure


def _name_years(canvas: Canvas, months: list[str]) -> None:
    """The first period of each April, every so many years."""
    starts = [at for at, name in enumerate(months) if name[5:7] == "04" and (at == 0 or months[at - 1][5:7] != "04")]
    chosen = starts[:: canvas.shape.years_per_tick * max(1, round(len(starts) / 12))]
    canvas.name_ticks({at: ("Apr", months[at][:4]) for at in chosen})


def _hatch(canvas: Canvas, months: list[str], *, window: dict[str, object]) -> None:
    inside = [at for at, name in enumerate(months) if str(window["first"]) <= name[:7] <= str(window["last"])]
    if not inside:
        return
    ends = (inside[0] - 0.5, inside[-1] + 0.5)
    canvas.axes.axvspan(*ends, facecolor="none", edgecolor=palette.PALE_GREY, hatch="///", linewidth=0)
    canvas.text((sum(ends) / 2, canvas.pixels_high(4)), str(window["window"]).capitalize(), ha="center")


def _mark(canvas: Canvas, months: list[str], *, row: dict[str, object], edge: float) -> float:
    """A line where the new level begins, both levels beside it, and its size above unless it would touch the last."""
    at = months.index(str(row["month"]))
    canvas.axes.axvline(at - 0.5, color=palette.PLUM, linewidth=1.4, dashes=(4, 3), zorder=6)
    for key, number, first in (("before_count", "months_before", -1), ("after_count", "months_after", 1)):
        reach = min(AROUND, int(str(row[number])))
        span = (at - 0.5 - reach, at - 0.5) if first < 0 else (at - 0.5, at - 0.5 + reach)
        canvas.axes.plot(span, [float(str(row[key]))] * 2, color=palette.PLUM, linewidth=2.4, zorder=7)
    if at - 0.5 < edge:
        return edge
    label = signed_per_cent(float(str(row["ratio"])) - 1)
    canvas.text((at - 0.5, canvas.top + canvas.pixels_high(2)), label, color=palette.PLUM, ha="center")
    return at - 0.5 + canvas.pixels_wide(3.2 * canvas.shape.text_px)


def path_chart(result: PastResult, name: str) -> Chart:
    """What was counted beside what was expected, before and since."""
    main = main_of(result, name)
    paths = of_change(result.paths, name)
    paths = paths[paths["method"] == main["method"]]
    begins = str(paths.loc[paths["is_after"].astype(bool), "month"].iloc[0])
    return Chart(
        name=f"path-{slug(name)}",
        caption=f"Counted, and expected {METHOD_WORDS[str(main['method'])]}, before and since {month_words(begins)}",
        alt_text=(
            f"Line chart, counted and expected. Over {main['months']} months from {month_words(begins)} the level was "
            f"{change_words(float(str(main['effect'])))} than expected. Numbers in the table below."
        ),
        figures=[(shape, _draw_path(paths, shape)) for shape in SHAPES],
    )


def _draw_path(paths: pd.DataFrame, shape: Shape) -> Figure:
    months = paths["month"].astype(str).tolist()
    counted, expected = (paths[name].to_numpy(dtype=float) for name in ("observed_count", "expected_count"))
    canvas = Canvas(shape, highest=float(np.nanmax([*counted, *expected, 1.0])), count_label="Counted")
    canvas.axes.set_xlim(-1, len(months) + 1)
    starts = [at for at, name in enumerate(months) if name.endswith(("-04", "-10"))][:: shape.years_per_tick]
    canvas.name_ticks({at: (month_words(months[at], short=True)[:3], months[at][:4]) for at in starts})
    begin = int(np.flatnonzero(paths["is_after"].to_numpy(dtype=bool))[0])
    canvas.axes.axvline(begin - 0.5, color=palette.DARK_GREY, linewidth=0.9, linestyle=(0, (4, 3)))
    canvas.axes.plot(np.arange(len(months)), expected, color=palette.PLUM, linewidth=1.8, dashes=(5, 2), zorder=6)
    canvas.axes.plot(np.arange(len(months)), counted, color=palette.DARK_BLUE, linewidth=1.9, zorder=5)
    above = (1.0, canvas.pixels_above(22))
    canvas.text(above, "- - expected", ha="right", transform=canvas.axes.transAxes, color=palette.PLUM)
    return canvas.figure


def placebo_chart(result: PastResult, name: str) -> Chart:
    """How large changes were where nothing was done, and where this one lies among them."""
    main, bins = main_of(result, name), placebo_bins(result, name)
    return Chart(
        name=f"placebos-{slug(name)}",
        caption=f"Changes over {main['months']} months where nothing was done (bars), and this one (line)",
        alt_text=(
            f"Bar chart of {int(bins['number'].sum())} placebos by size of change. This change, "
            f"{signed_per_cent(float(str(main['effect'])))}, is as large or larger than all but "
            f"{float(str(main['p_value'])):.0%} of them. Numbers in the table below."
        ),
        figures=[(shape, _draw_placebos(bins, main, shape=shape)) for shape in SHAPES],
    )


def _draw_placebos(bins: pd.DataFrame, main: dict[str, object], *, shape: Shape) -> Figure:
    number = bins["number"].to_numpy(dtype=float)
    canvas = Canvas(shape, highest=float(max(number.max(), 1.0)), count_label="Placebos")
    low, high = float(bins["low"].iloc[0]), float(bins["high"].iloc[-1])
    canvas.axes.set_xlim(100 * low - 2, 100 * high + 2)
    canvas.axes.bar(
        100 * bins["low"], number, width=9.4, align="edge", facecolor=palette.LIGHT_BLUE_HALF,
        edgecolor=palette.DARK_BLUE, linewidth=1.0,
    )  # fmt: skip
    ticks = range(-60, 141, 60) if shape.years_per_tick > 1 else range(-80, 141, 20)
    canvas.name_ticks({tick: (signed_per_cent(tick / 100), "") for tick in ticks})
    effect = 100 * float(np.clip(float(str(main["effect"])), low, high))
    canvas.axes.axvline(effect, color=palette.PLUM, linewidth=2.6, zorder=6)
    side = "left" if effect < 50 else "right"
    step = canvas.pixels_wide(6 if side == "left" else -6)
    words = f"this change: {signed_per_cent(float(str(main['effect'])))}"
    canvas.text((effect + step, canvas.top + canvas.pixels_high(2)), words, color=palette.PLUM, ha=side)
    return canvas.figure
