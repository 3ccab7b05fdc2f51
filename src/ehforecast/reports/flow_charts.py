"""Charts of the page on how families move: shares by period with their ranges, and counts over 12 months."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ehforecast.demand.flow_results import ALL, FlowResult
from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES, Canvas, Shape
from ehforecast.reports.flow_words import destination_words, origin_words, period_words, short_period, within_words
from ehforecast.reports.words import month_words, per_cent, whole

STEPS = (("early_help", "stepped_up"), ("early_help_closed", "statutory"), ("statutory_closed", "stepped_down"))
"""Moves that are drawn by period: up while helped, up afterwards, and down."""

_FEWEST = 2


def step_charts(result: FlowResult) -> tuple[Chart, ...]:
    """One chart for each of `STEPS` with at least two periods told."""
    charts = (_step_chart(result, origin, destination=destination) for origin, destination in STEPS)
    return tuple(chart for chart in charts if chart)


def _step_chart(result: FlowResult, origin: str, *, destination: str) -> Chart | None:
    rows = result.flows[
        result.flows["origin"].eq(origin)
        & result.flows["destination"].eq(destination)
        & result.flows["need_level"].eq(ALL)
        & result.flows["period"].ne(ALL)
    ].sort_values("period")
    told = rows[rows["share"].notna()]
    if len(told) < _FEWEST:
        return None
    first, last = told.iloc[0], told.iloc[-1]
    within = within_words(result, origin, destination=destination)
    moves = f"{origin_words(origin)}: {destination_words(origin, destination)}"
    return Chart(
        name=f"flow-{origin}-{destination}".replace("_", "-"),
        caption=f"{moves}, within {within} (dot), with its 95% range",
        alt_text=(
            f"Dots with ranges by {result.by}. {moves} within {within}: {per_cent(float(first['share']), places=1)} in "
            f"{period_words(str(first['period']))}, {per_cent(float(last['share']), places=1)} in "
            f"{period_words(str(last['period']))}. Numbers in the table by period."
        ),
        figures=[(shape, _draw_step(rows, shape)) for shape in SHAPES],
    )


def _draw_step(rows: pd.DataFrame, shape: Shape) -> Figure:
    canvas = Canvas(shape, highest=max(100 * float(rows["high"].max()), 5.0), count_label="Share (%)")
    places = np.arange(len(rows))
    canvas.axes.set_xlim(-0.6, len(rows) - 0.4)
    told = rows["share"].notna().to_numpy()
    share, low, high = (100 * rows[name].to_numpy(dtype=float) for name in ("share", "low", "high"))
    canvas.axes.vlines(places[told], low[told], high[told], color=palette.DARK_BLUE, linewidth=2.5)
    canvas.axes.plot(places[told], share[told], "o", color=palette.PLUM, markersize=8, zorder=5)
    for place in places[~told]:
        canvas.text((place, canvas.pixels_high(4)), "–", ha="center")  # noqa: RUF001 - a dash: no share is told
    every = max(1, int(np.ceil(len(rows) * 3.4 * shape.text_px / shape.axes_width)))
    canvas.name_ticks({int(at): short_period(str(rows["period"].iloc[at])) for at in places[::every]})
    return canvas.figure


def rolling_chart(result: FlowResult, measure: str, *, words: str) -> Chart:
    """The count over 12 months of the whole council, by month, with the months to come where they are forecast."""
    rows = result.rolling[result.rolling["measure"].eq(measure) & result.rolling["locality"].eq(ALL)]
    counts = pd.Series(pd.to_numeric(rows["count"], errors="coerce").to_numpy(), index=rows["month"].astype(str))
    ahead = result.rolling_ahead
    wide = (
        ahead[ahead["measure"] == measure].pivot(index="month", columns="level", values="value")
        if len(ahead)
        else pd.DataFrame()
    )
    known = counts.dropna()
    now = f"{whole(known.iloc[-1])} in the 12 months to {month_words(known.index[-1])}" if len(known) else "none told"
    ahead_words = " (line), and forecast (band: 80% range)" if len(wide) else ""
    return Chart(
        name=f"rolling-{measure}".replace("_", "-"),
        caption=f"{words} in the last 12 months, by month{ahead_words}",
        alt_text=f"Line chart of {words} over 12 months: {now}. Numbers in the table.",
        figures=[(shape, _draw_rolling(counts, wide, shape=shape)) for shape in SHAPES],
    )


def _draw_rolling(counts: "pd.Series[float]", wide: pd.DataFrame, *, shape: Shape) -> Figure:
    highest = max([float(counts.max()) if counts.notna().any() else 1.0, *(wide[0.9] if len(wide) else [])])
    canvas = Canvas(shape, highest=max(highest, 1.0), count_label="Count over 12 months")
    months = [*counts.index, *(str(month) for month in wide.index)]
    canvas.axes.set_xlim(-0.6, len(months) - 0.4)
    canvas.axes.plot(range(len(counts)), counts, color=palette.DARK_BLUE, linewidth=2.4)
    if len(wide):
        ahead = np.arange(len(counts), len(months))
        canvas.axes.fill_between(
            ahead, wide[0.1].to_numpy(dtype=float), wide[0.9].to_numpy(dtype=float), facecolor=palette.LIGHT_BLUE_HALF,
            edgecolor=palette.DARK_BLUE,
        )  # fmt: skip
        canvas.axes.plot(ahead, wide[0.5], color=palette.PLUM, linewidth=2.2)
    every = max(1, int(np.ceil(len(months) * 3.4 * shape.text_px / shape.axes_width)))
    names = {at: month_words(months[at], short=True).split() for at in range(0, len(months), every)}
    canvas.name_ticks({at: (name[0], name[1]) for at, name in names.items()})
    return canvas.figure
