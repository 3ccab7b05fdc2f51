"""What is drawn is what was released, and every part of it is named."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ehforecast.advisory import Advice
from ehforecast.advisory.reading import forecast_tables
from ehforecast.demand.results import INTERVAL_COVERAGES, DemandResult, interval_ends
from ehforecast.reports.area_section import last_years
from ehforecast.reports.drawing import SHAPES, Shape
from ehforecast.reports.fan_chart import FanData, draw_close_view, draw_six_years, spread

Draw = Callable[[FanData, Shape], Figure]
BOTH = pytest.mark.parametrize("draw", [draw_six_years, draw_close_view])
EACH_SHAPE = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


@pytest.fixture(scope="module")
def data(advise: Callable[[DemandResult], Advice], result: DemandResult) -> FanData:
    """Northmere, with one hidden month and four that are not available."""
    released = advise(result).result
    return FanData(last_years(released, "X00000001"), forecast_tables(released)["X00000001"], "Referrals a month")


def heights(axes: Axes) -> list[list[float]]:
    return [list(np.asarray(line.get_ydata(), dtype=float)) for line in axes.lines]


@BOTH
@EACH_SHAPE
def test_fan_is_drawn_at_its_numbers(draw: Draw, shape: Shape, data: FanData) -> None:
    axes = draw(data, shape).axes[0]
    # Catches a middle line that is not the middle.
    assert list(data.ahead[0.5]) in heights(axes)
    for coverage in INTERVAL_COVERAGES:
        low, high = (set(data.ahead[end]) for end in interval_ends(coverage))
        drawn = [set(shape.get_paths()[0].vertices[:, 1]) for shape in axes.collections]
        # Catches a range drawn between other ends than it says.
        assert low | high in drawn


@EACH_SHAPE
def test_counts_are_drawn_with_their_gaps(shape: Shape, data: FanData) -> None:
    axes = draw_six_years(data, shape).axes[0]
    counted = list(data.observed["observed_count"])
    # Catches an absent month drawn as 0 or bridged by a line.
    assert any(np.array_equal(line, counted, equal_nan=True) for line in heights(axes) if len(line) == len(counted))
    hatched = [(patch.get_x() + 0.5, patch.get_width()) for patch in axes.patches if patch.get_hatch()]
    # Catches a gap that is not marked, or elsewhere: August 2019 is month 40 from April 2016, April 2020 month 48.
    assert hatched == [(40, 1), (48, 4)]
    # Catches an axis that does not start at 0 and so makes changes look larger than they are.
    assert axes.get_ylim()[0] == 0


def test_a_count_alone_between_gaps_is_still_seen(data: FanData) -> None:
    reasons = data.observed["absent_because"].copy()
    counts = data.observed["observed_count"].copy()
    for month in ("2017-05", "2017-07"):
        reasons[month], counts[month] = "suppressed", np.nan
    alone = FanData(data.observed.assign(observed_count=counts, absent_because=reasons), data.ahead, data.count_label)
    dots = [line for line in draw_six_years(alone, SHAPES[0]).axes[0].lines if line.get_marker() == "o"]
    # Catches a month that vanishes because a line needs two.
    assert [list(np.asarray(line.get_ydata(), dtype=float)) for line in dots] == [[counts["2017-06"]]]


def test_close_view_shows_the_same_months_a_year_before(data: FanData) -> None:
    before = [data.observed["observed_count"][f"{int(month[:4]) - 1}{month[4:]}"] for month in data.ahead.index]
    rings = [line for line in draw_close_view(data, SHAPES[0]).axes[0].lines if line.get_marker() == "o"]
    # Catches rings a month or a year off.
    assert [list(np.asarray(line.get_ydata(), dtype=float)) for line in rings] == [before]


@BOTH
@EACH_SHAPE
def test_every_part_is_named_on_the_drawing(draw: Draw, shape: Shape, data: FanData) -> None:
    axes = draw(data, shape).axes[0]
    said = {text.get_text(): text.get_position()[1] for text in axes.texts}
    names = ["middle", *(f"{coverage:.0%}{shape.range_word}" for coverage in INTERVAL_COVERAGES)]
    # Catches a part that only its colour tells apart.
    assert set(names) <= set(said)
    # Catches names that are swapped: the surer the range, the higher its upper edge.
    assert [said[name] for name in names] == sorted(said[name] for name in names)
    # Catches a line of counts or rings that nobody names.
    assert "Counted" in said or "○ a year before" in said


@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0, 0.0], [9.0, 9.5, 10.0, 10.0], [1.0, 4.0, 7.0, 9.5]])
def test_names_are_spread_without_changing_their_order(values: list[float]) -> None:
    places = spread(values, gap=1.0, ceiling=10.0)
    # Catches names printed over one another, out of order, or above the drawing.
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(places))
    assert places[-1] <= 10.0
