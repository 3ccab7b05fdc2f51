"""Breaks and placebo tests on England's councils: Wakefield's April 2016, alarms a year, placebo rate, least change."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.contracts import find_extract_files, load_layout, read_extract
from ehforecast.demand.breaks import find_breaks
from ehforecast.demand.impact_panel import METHODS, Date, Logs, Panel
from ehforecast.demand.impact_placebo import Placebos, yardstick
from ehforecast.demand.series import SeriesSet, monthly_series
from ehforecast.reference.area_codes import english_areas

pytestmark = pytest.mark.acceptance("councils")

WAKEFIELD, ENGLAND = "E08000036", "E92000001"
BEFORE, SINCE = 36, 12


@pytest.fixture(scope="module")
def series(real_data: Path) -> SeriesSet:
    layout = load_layout("dfe_children_in_need")
    path = find_extract_files(real_data, layout, required=("referrals_by_month",))["referrals_by_month"]
    rows = read_extract(path, layout, english_areas()).frame
    return monthly_series(rows, english_areas()).known_until(pd.Period("2022-03", "M"))


@pytest.fixture(scope="module")
def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--acceptance"))


def test_wakefields_april_2016_is_found_within_one_month(series: SeriesSet, record_figure: Callable[..., None]) -> None:
    known = series.known_until(pd.Period("2016-05", "M"))
    # The published fall itself, so that the test is about it: 827 in March, 295 in April.
    assert known.counts.loc[pd.Period("2016-03", "M") :, WAKEFIELD].tolist() == [827.0, 295.0, 433.0]
    rows = find_breaks(known, [WAKEFIELD]).breaks
    found = rows[rows["month"] == "2016-04"].iloc[0]
    record_figure("Wakefield April 2016: ratio as found in May 2016", float(found["ratio_found"]))
    # Councils.md row 8: found within one month, from figures to May 2016 alone.
    assert found["found_on"] == "2016-05"
    assert found["ratio_found"] < 0.6
    # Known one month earlier it is not called yet: a single month cannot be told from an odd one.
    earlier = find_breaks(series.known_until(pd.Period("2016-04", "M")), [WAKEFIELD]).breaks
    assert "2016-04" not in set(earlier["month"])


def test_neither_season_nor_covid_is_a_break_of_england(series: SeriesSet, record_figure: Callable[..., None]) -> None:
    found = find_breaks(series, [ENGLAND])
    window = found.windows.iloc[0]
    record_figure("England, Covid window: level against before", float(window["ratio"]))
    # Councils.md row 8: season is not a break; and Covid is a window of its own.
    assert found.breaks.empty
    assert (window["window"], window["first"], window["last"]) == ("covid", "2020-03", "2021-07")
    assert window["high"] < 1.0


def test_alarms_over_councils_are_reported(
    series: SeriesSet, is_long: bool, record_figure: Callable[..., None]
) -> None:
    councils = [str(code) for code in series.of_level("council").counts]
    chosen = councils if is_long else councils[::12]
    found = find_breaks(series, chosen)
    years = float(found.areas["months_watched"].sum()) / 12
    record_figure(f"breaks a year of one council, {len(chosen)} councils", len(found.breaks) / years, "truth not known")
    # Nobody knows the truth here. Catches a detector that finds next to nothing, or something every other year.
    assert 0.1 < len(found.breaks) / years < 0.5
    # Catches Covid called a break of councils.
    assert not found.breaks["month"].between("2020-03", "2021-07").any()


def placebo_tests(panel: Panel, method: str) -> tuple[np.ndarray, np.ndarray]:
    """Whether each council, as if something had been done in it, is called; and the standardised changes."""
    sizes = panel.placebos(method)[SINCE].to_numpy()
    nothing = np.zeros(0)
    called = [yardstick(sizes[at], Placebos(np.delete(sizes, at), nothing)).p_value <= 0.05 for at in range(len(sizes))]
    return np.array(called), sizes


@pytest.mark.parametrize("method", METHODS)
def test_placebo_rate_over_councils_and_dates(
    series: SeriesSet, method: str, is_long: bool, record_figure: Callable[..., None]
) -> None:
    logs = Logs.of(series.of_level("council"))
    dates = range(BEFORE, 120 - SINCE + 1, 6 if is_long else 24)
    panels = [Panel(logs, Date(at - BEFORE, at, at + SINCE), (SINCE,)) for at in dates]
    tested = [placebo_tests(panel, method) for panel in panels]
    rate = float(np.concatenate([called for called, _ in tested]).mean())
    record_figure(f"placebo false-positive rate, {method}, {len(dates)} dates", rate, "0.03 to 0.07")
    elsewhere = []
    for place, (_, sizes) in enumerate(tested):
        needed = yardstick(0.0, Placebos(sizes, np.zeros(0))).needed
        others = [other for at, (_, other) in enumerate(tested) if at != place]
        elsewhere.append(float((np.abs(np.concatenate(others)) > needed).mean()))
    record_figure("  with the yardstick of another date: mean", float(np.mean(elsewhere)), "0.03 to 0.07")
    record_figure("    lowest and highest date", f"{min(elsewhere):.3f}-{max(elsewhere):.3f}")
    # Councils.md row 6: 3 to 7% over councils and dates; with other dates' yardsticks too, which nothing guarantees.
    assert 0.03 <= rate <= 0.07
    assert 0.03 <= np.mean(elsewhere) <= 0.07


def test_least_change_in_a_median_council(series: SeriesSet, record_figure: Callable[..., None]) -> None:
    panel = Panel(Logs.of(series.of_level("council")), Date(48, 84, 96), (SINCE,))
    codes = panel.whole[::4]
    carried = [panel.own_past(code) for code in codes]
    chance = 1 - np.exp(-(1.96 + 0.8416) * np.array([each.chance_errors[0] for each in carried]))
    held = yardstick(0.0, Placebos(panel.placebos(METHODS[0])[SINCE].to_numpy(), np.zeros(0)))
    errors = np.array([panel.like_others(code, panel._nearest[code]).errors[0] for code in codes])
    least = 1 - np.exp(-held.detectable * errors)
    record_figure("fall told at 12 months, median council, noise alone", float(np.median(chance)), "about 0.18")
    record_figure("  beside what councils do by themselves", float(np.median(least)), "reported")
    # The published figure is about 18% and counts month-to-month noise alone; within three points.
    assert abs(np.median(chance) - 0.18) <= 0.03
    # Catches the honest figure printed smaller than chance allows.
    assert np.median(least) > np.median(chance)
