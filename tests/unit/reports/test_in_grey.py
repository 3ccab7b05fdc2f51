"""Charts printed in grey: whatever is told by colour is told by dash, marker, direction or depth of grey as well."""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from every_report import REPORTS
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ehforecast.reports import chart, palette
from ehforecast.reports.fan_chart import OUTLINES
from ehforecast.reports.svg import inline_svg

ENOUGH = 3.0
"""WCAG 2.2, 1.4.11: contrast by which two greys beside each other are told apart."""

THIN = 1.0
"""Lines thinner than this lead to labels, and carry no figure."""

DRAWN = ("forecast", "plan", "risk", "fairness", "explanations", "flows", "past", "pack", "comparison")
"""Kinds of page with charts."""


def luminance(colour: object) -> float:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]  # type: ignore[arg-type]  # as matplotlib takes it
    return float(np.dot(parts, [0.2126, 0.7152, 0.0722]))


def contrast(one: object, other: object) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_colour_of_a_line_can_be_read_in_grey_and_no_two_be_told_apart() -> None:
    lines = (palette.DARK_BLUE, palette.PLUM, palette.DARK_GREY)
    # Catches a line too pale for paper.
    assert all(contrast(colour, "white") >= 4.5 for colour in lines)
    # Catches a reader of this test who thinks colour enough: in grey these are one colour.
    assert all(contrast(*pair) < ENOUGH for pair in combinations(lines, 2))


def test_ranges_are_told_by_their_outlines() -> None:
    # Catches two ranges with one dash, or an outline lost on its own fill.
    assert len(set(OUTLINES.values())) == len(palette.RANGE_FILLS) == len(OUTLINES)
    assert all(contrast(palette.DARK_BLUE, fill) >= ENOUGH for fill in palette.RANGE_FILLS.values())
    fills = [luminance(fill) for _, fill in sorted(palette.RANGE_FILLS.items())]
    # Catches fills that do not grow paler the surer the range.
    assert all(inner < outer for inner, outer in pairwise(fills))


@pytest.fixture(scope="module")
def figures_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[Figure]]:
    """Every figure drawn for a kind of page."""
    folder: Path = tmp_path_factory.mktemp("grey")

    @cache
    def drawn(kind: str) -> list[Figure]:
        found: list[Figure] = []

        def kept(figure: Figure, **named: str) -> str:
            found.append(figure)
            return inline_svg(figure, **named)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(chart, "inline_svg", kept)
            REPORTS[kind][1](folder / kind)
        return found

    return drawn


def looks(line: Line2D) -> tuple[object, ...]:
    """What is left of a line without its colour: direction, dash, width, marker, and whether that is hollow."""
    across, up = (np.asarray(values, dtype=float) for values in (line.get_xdata(), line.get_ydata()))
    spread = [len(set(values[np.isfinite(values)].tolist())) > 1 for values in (across, up)]
    hollow = line.get_marker() not in ("None", None) and contrast(line.get_markerfacecolor(), "white") < ENOUGH
    return (*spread, line.get_linestyle(), round(line.get_linewidth() / 1.5), line.get_marker(), hollow)


def alike_but_for_colour(axes: Axes) -> Iterator[tuple[Line2D, Line2D]]:
    lines = [line for line in axes.lines if line.get_linewidth() >= THIN or line.get_marker() not in ("None", None)]
    for one, other in combinations(lines, 2):
        if looks(one) == looks(other) and 1.0 < contrast(one.get_color(), other.get_color()) < ENOUGH:
            yield one, other


def share_a_place(one: Line2D, other: Line2D) -> bool:
    """Whether two lines lie over the same stretch, of both axes: else they are told apart by where they are."""
    for get in (Line2D.get_xdata, Line2D.get_ydata):
        first, second = (np.asarray(get(line), dtype=float) for line in (one, other))
        if max(np.nanmin(first), np.nanmin(second)) > min(np.nanmax(first), np.nanmax(second)):
            return False
    return True


@pytest.mark.parametrize("kind", DRAWN)
def test_no_two_lines_differ_by_colour_alone(kind: str, figures_of: Callable[[str], list[Figure]]) -> None:
    alike = [
        (figure.axes[0].get_ylabel(), one.get_color(), other.get_color())
        for figure in figures_of(kind)
        for axes in figure.axes
        for one, other in alike_but_for_colour(axes)
        if share_a_place(one, other)
    ]
    # Catches two series that only colour tells apart (WCAG 1.4.1): gone in print, and for one man in twelve.
    assert alike == []


def test_the_charts_are_really_looked_at(figures_of: Callable[[str], list[Figure]]) -> None:
    # Catches a test that looks at nothing.
    assert all(len(figures_of(kind)) >= 2 for kind in DRAWN)
    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([0, 5], [1, 2], color=palette.PLUM)
    axes.plot([0, 5], [2, 1], color=palette.DARK_BLUE)
    assert len(list(alike_but_for_colour(axes))) == 1
