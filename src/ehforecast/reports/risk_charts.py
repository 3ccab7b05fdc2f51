"""Charts of the risk research report: whether estimates can be believed, and whether they would be of use."""

import pandas as pd
from matplotlib.figure import Figure

from ehforecast.reports import palette
from ehforecast.reports.chart import Chart
from ehforecast.reports.drawing import SHAPES, Canvas, Shape
from ehforecast.reports.words import per_cent
from ehforecast.risk.results import MODEL, RiskResult


def calibration_chart(curve: pd.DataFrame) -> Chart:
    """Estimates against what came, a mark and a range for each part, beside the line on which they would agree."""
    shown = curve.dropna(subset=["value"])
    held = int(((shown["lower"] <= shown["mean_estimate"]) & (shown["mean_estimate"] <= shown["upper"])).sum())
    return Chart(
        name="calibration",
        caption="Estimate and what came, per cent, in equal parts of the estimates",
        alt_text=(
            f"Chart of estimates against what came in {len(shown)} groups. In {held} of them the estimate lies within "
            "the range of what came. Numbers in the table below."
        ),
        figures=[(shape, _draw_calibration(shown, shape)) for shape in SHAPES],
    )


def _draw_calibration(curve: pd.DataFrame, shape: Shape) -> Figure:
    estimate, came = curve["mean_estimate"] * 100, curve["value"] * 100
    highest = float(max(estimate.max(), (curve["upper"] * 100).max(), 1.0))
    canvas = Canvas(shape, highest=highest, count_label="Came (%)")
    axes = canvas.axes
    axes.set_xlim(0, highest * 1.05)
    axes.plot([0, highest * 1.05], [0, highest * 1.05], color=palette.MID_GREY, linewidth=1.4, dashes=(4, 3))
    ends = [came - curve["lower"] * 100, curve["upper"] * 100 - came]
    axes.errorbar(
        estimate, came, yerr=ends, fmt="o", color=palette.DARK_BLUE, ecolor=palette.DARK_BLUE, capsize=3, markersize=6
    )
    ticks = [int(tick) for tick in axes.get_xticks() if 0 <= tick <= highest * 1.05 and float(tick).is_integer()]
    canvas.name_ticks({tick: (f"{tick}", "") for tick in ticks})
    canvas.text((highest * 1.05, canvas.pixels_high(6)), "Estimate (%)", ha="right")
    canvas.text((highest * 1.03, highest * 1.03 - canvas.pixels_high(60)), "as estimated", ha="right")
    return canvas.figure


def net_benefit_chart(result: RiskResult) -> Chart:
    """Net benefit of the trees beside helping everybody, by the chance from which help would be offered."""
    curve = result.net_benefit_curve
    trees = curve[curve["model"] == MODEL]
    everybody = curve[curve["model"] == "all"]
    better = sum(
        float(ours) > max(float(theirs), 0.0) for ours, theirs in zip(trees["value"], everybody["value"], strict=False)
    )
    return Chart(
        name="net-benefit",
        caption="Net benefit per 100 families, by the chance from which help would be offered",
        alt_text=(
            f"Line chart of net benefit. At {better} of {len(trees)} chances the trees are above helping everybody and "
            f"helping nobody. Chances from {per_cent(float(trees['threshold'].min()))} to "
            f"{per_cent(float(trees['threshold'].max()))}. Numbers in the table below."
        ),
        figures=[(shape, _draw_benefit(trees, everybody, shape=shape)) for shape in SHAPES],
    )


def _draw_benefit(trees: pd.DataFrame, everybody: pd.DataFrame, *, shape: Shape) -> Figure:
    highest = float(max((trees["upper"] * 100).max(), 1.0))
    canvas = Canvas(shape, highest=highest, count_label="Net benefit (families in 100)")
    axes, chances = canvas.axes, trees["threshold"] * 100
    axes.set_xlim(0, float(chances.max()) * 1.05)
    axes.fill_between(chances, trees["lower"].clip(lower=0) * 100, trees["upper"].clip(lower=0) * 100,
                      color=palette.LIGHT_BLUE_FIFTH, edgecolor=palette.DARK_BLUE, linewidth=0.6)  # fmt: skip
    axes.plot(chances, trees["value"] * 100, color=palette.DARK_BLUE, linewidth=2.2)
    inside = everybody[everybody["value"] > 0]
    axes.plot(inside["threshold"] * 100, inside["value"] * 100, color=palette.PLUM, linewidth=2, dashes=(5, 3))
    canvas.name_ticks(
        {int(tick): (f"{int(tick)}%", "") for tick in axes.get_xticks() if float(tick).is_integer() and tick > 0}
    )
    last = trees.iloc[len(trees) // 2]
    canvas.text((float(last["threshold"]) * 100, float(last["upper"]) * 100 + canvas.pixels_high(6)), "trees")
    if len(inside):
        canvas.text(
            (
                float(inside["threshold"].iloc[0]) * 100 + float(chances.max()) * 0.02,
                float(inside["value"].iloc[0]) * 100,
            ),
            "everybody",
            ha="left",
        )
    return canvas.figure
