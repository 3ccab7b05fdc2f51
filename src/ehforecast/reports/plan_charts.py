"""Charts of the planner's page: people needed, chance against workers, what drives it, what if, and targets."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ehforecast.demand.plan_results import SCENARIO_LABEL, PlanResult
from ehforecast.demand.results import INTERVAL_COVERAGES, interval_ends
from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES, Canvas, Shape
from ehforecast.reports.fan_chart import OUTLINES, spread
from ehforecast.reports.plan_tables import differences, figures_now, wide
from ehforecast.reports.row_chart import Rows
from ehforecast.reports.words import as_sentence, month_words, per_cent


def people_chart(result: PlanResult) -> Chart:
    """People needed by month, with three ranges, beside the people in post."""
    needed = wide(result.capacity[result.capacity["measure"] == "people_needed"])
    now = float(result.workers_for["workers_now"].iloc[0])
    above = int((needed[0.5] > now).sum())
    return Chart(
        name="people-needed",
        caption=f"{as_sentence(result.workers)} needed to do each month's work, beside the {now:g} in post",
        alt_text=(
            f"Fan chart of {result.workers} needed by month, {result.area_name[:48]}. The middle is above the {now:g} "
            f"in post in {above} of {len(needed)} months. Numbers in the table below."
        ),
        figures=[(shape, _draw_people(needed, now, shape=shape)) for shape in SHAPES],
    )


def _draw_people(needed: pd.DataFrame, now: float, *, shape: Shape) -> Figure:
    canvas = Canvas(shape, highest=float(max(needed[0.975].max(), now)), count_label="People needed")
    places = np.arange(len(needed))
    canvas.axes.set_xlim(-0.6, len(places) - 0.5)
    ticks = range(0, len(places), shape.months_per_tick)
    canvas.name_ticks({at: _month_lines(str(needed.index[at])) for at in ticks})
    for layer, coverage in enumerate(sorted(INTERVAL_COVERAGES)):
        low, high = (needed[end].to_numpy(dtype=float) for end in interval_ends(coverage))
        canvas.axes.fill_between(
            places, low, high, facecolor=palette.RANGE_FILLS[coverage], edgecolor=palette.DARK_BLUE,
            linestyle=OUTLINES[coverage], linewidth=1.0, zorder=4 - layer,
        )  # fmt: skip
    canvas.axes.plot(places, needed[0.5], color=palette.PLUM, linewidth=2.2, zorder=6)
    canvas.axes.axhline(now, color=palette.DARK_GREY, linewidth=1.6, dashes=(4, 3), zorder=7)
    last = needed.iloc[-1]
    ends = {"middle": float(last[0.5])} | {
        f"{per_cent(coverage)}{shape.range_word}": float(last[interval_ends(coverage)[1]])
        for coverage in sorted(INTERVAL_COVERAGES)
    }
    gap = canvas.pixels_high(1.15 * shape.text_px)
    for (name, _), place in zip(ends.items(), spread([*ends.values()], gap=gap, ceiling=canvas.top), strict=True):
        color = palette.PLUM if name == "middle" else palette.DARK_BLUE
        canvas.text((len(places) - 1 + canvas.pixels_wide(10), place), name, va="center", color=color)
    canvas.text((-0.5, canvas.pixels_high(5)), f"- - in post: {now:g}", fontweight="bold")
    return canvas.figure


def _month_lines(month: str) -> tuple[str, str]:
    name, year = month_words(month, short=True).split()
    return name, year if name in ("Jan", "Apr") else ""


def staffing_chart(result: PlanResult, promise: str) -> Chart:
    """The chance of keeping one promise against the number of workers."""
    rows = result.staffing[result.staffing["promise"] == promise].sort_values("workers")
    told = result.workers_for[result.workers_for["promise"] == promise]
    now, chance_now = float(told["workers_now"].iloc[0]), float(told["chance_now"].iloc[0])
    return Chart(
        name="staffing-" + "".join(letter if letter.isalnum() else "-" for letter in promise),
        caption=f"Chance of keeping the promise ({promise}), by number of {result.workers}",
        alt_text=(
            f"Line chart: the chance rises from {per_cent(float(rows['chance_kept'].iloc[0]))} with "
            f"{rows['workers'].iloc[0]:g} to {per_cent(float(rows['chance_kept'].iloc[-1]))} with "
            f"{rows['workers'].iloc[-1]:g}. With the {now:g} in post: {per_cent(chance_now)}. Numbers in the table."
        ),
        figures=[(shape, _draw_staffing(rows, told, shape=shape)) for shape in SHAPES],
    )


def _draw_staffing(rows: pd.DataFrame, told: pd.DataFrame, *, shape: Shape) -> Figure:
    canvas = Canvas(shape, highest=100.0, count_label="Chance (%)")
    axes, workers = canvas.axes, rows["workers"].to_numpy(dtype=float)
    axes.set_xlim(workers[0] - 1, workers[-1] + 1)
    axes.plot(workers, rows["chance_kept"] * 100, "-o", color=palette.DARK_BLUE, linewidth=2.2, markersize=5, zorder=5)
    now, chance_now = float(told["workers_now"].iloc[0]), float(told["chance_now"].iloc[0]) * 100
    axes.plot([now, now], [0, chance_now], color=palette.PLUM, linewidth=1.6, dashes=(4, 3))
    axes.plot([now], [chance_now], "D", color=palette.PLUM, markersize=9, zorder=7)
    side = {"ha": "left"} if now < workers.mean() else {"ha": "right"}
    step = canvas.pixels_wide(10 if side["ha"] == "left" else -10)
    canvas.text(
        (now + step, chance_now - canvas.pixels_high(8)), f"in post: {now:g}", color=palette.PLUM, va="top", **side
    )
    ticks = [int(tick) for tick in axes.get_xticks() if workers[0] <= tick <= workers[-1] and float(tick).is_integer()]
    canvas.name_ticks({tick: (f"{tick}", "") for tick in ticks})
    canvas.text((workers[-1], canvas.pixels_high(5)), "people", ha="right")
    return canvas.figure


def drivers_chart(result: PlanResult) -> Chart:
    """A tornado: people needed at both ends of each assumption."""
    rows = result.drivers.head(8)
    first = rows.iloc[0]
    return Chart(
        name="drivers",
        caption="People needed with each number at its low end (hollow) or high end (filled), the others as they are",
        alt_text=(
            f"Bar chart of what moves the people needed. Most: {str(first['driver'])[:80]}, "
            f"{first['people_at_low']:.0f} to {first['people_at_high']:.0f} people. Numbers in the table below."
        ),
        figures=[(shape, _draw_drivers(rows, shape)) for shape in SHAPES],
    )


def _draw_drivers(rows: pd.DataFrame, shape: Shape) -> Figure:
    lines = [textwrap.wrap(str(name), int(shape.width / (0.62 * shape.text_px))) for name in rows["driver"]]
    panel = Rows(shape, [len(each) for each in lines])
    ends = rows[["people_at_low", "people_at_high"]].to_numpy()
    middle = float(ends.mean())
    panel.axes.plot([panel.x(middle, ends)] * 2, [panel.height, 0], color=palette.MID_GREY, linewidth=1)
    for (at_low, at_high), label, (top, y) in zip(ends, lines, panel.places, strict=True):
        panel.words(label, top)
        for value, fill in ((at_low, "white"), (at_high, palette.DARK_BLUE)):
            left, right = sorted((panel.x(middle, ends), panel.x(float(value), ends)))
            panel.axes.barh(y, right - left, left=left, height=12, facecolor=fill, edgecolor=palette.DARK_BLUE)
        low, high = sorted((float(at_low), float(at_high)))
        panel.text(panel.x(low, ends) - 4, y, words=f"{low:.0f}", ha="right")
        panel.text(panel.x(high, ends) + 4, y, words=f"{high:.0f}")
    return panel.figure


def scenario_chart(result: PlanResult) -> Chart:
    """The difference each scenario makes to the hours left undone at the end, with its range."""
    shown = differences(result, "backlog_hours")
    last = shown[shown["period"] == shown["period"].iloc[-1]]
    table = last.pivot(index="scenario", columns="level", values="value").loc[list(dict.fromkeys(last["scenario"]))]
    first = table.iloc[0]
    return Chart(
        name="scenarios",
        caption=f"Hours of work left undone at the end, more or fewer, with 80% ranges ({SCENARIO_LABEL})",
        alt_text=(
            f"Dots with ranges for {len(table)} scenarios, each an {SCENARIO_LABEL}. {str(table.index[0])[:60]}: "
            f"{first[0.5]:+,.0f} hours. Numbers in the table below."
        ),
        figures=[(shape, _draw_scenarios(table, shape)) for shape in SHAPES],
    )


def _draw_scenarios(table: pd.DataFrame, shape: Shape) -> Figure:
    lines = [[str(name)] for name in table.index]
    panel = Rows(shape, [1] * len(lines))
    values = np.append(table[[0.1, 0.9]].to_numpy().ravel(), 0.0)
    panel.axes.plot([panel.x(0.0, values)] * 2, [panel.height, 0], color=palette.MID_GREY, linewidth=1)
    for (_, row), label, (top, y) in zip(table.iterrows(), lines, panel.places, strict=True):
        panel.words(label, top)
        low, middle, high = (panel.x(float(row[level]), values) for level in (0.1, 0.5, 0.9))
        panel.axes.plot([low, high], [y, y], color=palette.DARK_BLUE, linewidth=3)
        panel.axes.plot([middle], [y], "o", color=palette.PLUM, markersize=8)
        signed = f"{row[0.5]:+,.0f}".replace("-", "\N{MINUS SIGN}")
        panel.text(panel.shape.width, top + 0.65 * panel.shape.text_px, words=signed, ha="right")
    return panel.figure


def targets_chart(result: PlanResult) -> Chart | None:
    """Where each percentage stands (dot), could be then (bar), and should be (line); None without any."""
    rows = result.targets[(result.targets["unit"] == "percent") & result.targets["current"].notna()]
    if rows.empty:
        return None
    beyond = (rows["target"] - rows["current"]) * np.where(rows["better"] == "lower", 1, -1)
    met = int((beyond >= 0).sum())
    return Chart(
        name="targets",
        caption="Now (dot), target (line), forecast where one can be made (bar: 80% range); scale 0 to 100%",
        alt_text=(
            f"Dots and lines for {len(rows)} indicators. {met} of them stand at their target or beyond. Numbers in the "
            "table below."
        ),
        figures=[(shape, _draw_targets(result, rows, shape=shape)) for shape in SHAPES],
    )


def _draw_targets(result: PlanResult, rows: pd.DataFrame, *, shape: Shape) -> Figure:
    panel, scale = Rows(shape, [1] * len(rows)), np.array([0.0, 100.0])
    for row, (top, y) in zip(rows.to_dict("records"), panel.places, strict=True):
        panel.words([str(row["indicator"])], top)
        panel.axes.plot([panel.x(0, scale), panel.x(100, scale)], [y, y], color=palette.PALE_GREY, linewidth=5)
        if np.isfinite(row["forecast_low"]):
            ends = [panel.x(row["forecast_low"], scale), panel.x(row["forecast_high"], scale)]
            panel.axes.fill_between(
                ends, y - 6, y + 6, facecolor=palette.LIGHT_BLUE, edgecolor=palette.DARK_BLUE, linewidth=1
            )
        if np.isfinite(row["current_low"]):
            ends = [panel.x(row["current_low"], scale), panel.x(row["current_high"], scale)]
            panel.axes.plot(ends, [y, y], color=palette.DARK_BLUE, linewidth=2.5)
        target = panel.x(row["target"], scale)
        panel.axes.plot([target, target], [y - 9, y + 9], color=palette.PLUM, linewidth=3)
        now = figures_now(result, row)
        panel.axes.plot([panel.x(value, scale) for value in now], [y] * len(now), "o", color=palette.DARK_BLUE, ms=8)
        words = f"{' and '.join(f'{round(value, 1):g}' for value in now)} \N{RIGHTWARDS ARROW} {row['target']:g}%"
        panel.text(panel.shape.width, top + 0.65 * panel.shape.text_px, words=words, ha="right")
    return panel.figure
