"""Breaks: from which month on a series runs at another level, how much, and how sure that is.

A break is a change of the figures that came from one period to the next and stayed. Whether need changed, or what is
counted, no figure can tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from ehforecast.demand.breaks_noise import Array, Evidence, Known, noise_variance
from ehforecast.demand.breaks_scan import BreakSettings, FoundPulse, FoundStep, OneSeries, measure_steps, scan
from ehforecast.demand.breaks_series import AdjustedSeries, adjusted_series
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.shocks import Shock, ShockTreatment

FREEDOM = 30.0
"""Degrees of freedom of intervals and p-values: noise is estimated from some thirty changes' worth of periods."""

AROUND = 12
"""Periods before and after a break that its typical counts are taken from."""

AREA_COLUMNS = ["area_code", "area_name", "area_level", "months", "months_watched", "noise", "against", "refusal"]
BREAK_COLUMNS = [
    "area_code", "month", "found_on", "months_to_find", "ratio", "low", "high", "p_value", "ratio_found",
    "before_count", "after_count", "months_before", "months_after",
]  # fmt: skip
SINGLE_COLUMNS = ["area_code", "month", "found_on", "ratio", "p_value"]
WINDOW_COLUMNS = [
    "area_code", "window", "first", "last", "months", "ratio", "low", "high",
    "after_ratio", "after_low", "after_high", "months_after",
]  # fmt: skip


@dataclass(frozen=True)
class BreakPlan:
    """How breaks are looked for.

    Attributes:
        calendar: the council's own; its shocks that are not kept are named windows, never breaks.
        settings: when a break is called one; what suits the step if none are given.
        fewest: count of a usual period below which a series is not watched.
    """

    calendar: CalendarPlan = field(default_factory=CalendarPlan)
    settings: BreakSettings | None = None
    fewest: float = 5.0

    @property
    def windows(self) -> tuple[Shock, ...]:
        """The named windows."""
        return tuple(shock for shock in self.calendar.shocks if shock.treatment is not ShockTreatment.KEPT)

    def for_step(self, step: Step) -> BreakSettings:
        """The settings at a step."""
        return self.settings or BreakSettings.for_step(step)


@dataclass(frozen=True)
class BreaksFound:
    """What was found in some series; columns as in `past_results.PastResult`."""

    areas: pd.DataFrame
    breaks: pd.DataFrame
    singles: pd.DataFrame
    windows: pd.DataFrame


def find_breaks(series: SeriesSet, areas: Sequence[str], *, plan: BreakPlan | None = None) -> BreaksFound:
    """Level shifts of each area's series, found period by period with nothing known of what comes after.

    Question: from which period on does the series run at another level, given how it moves by itself? For each period,
    a step that began 2 to 12 periods before is measured by generalised least squares beside level, season, correlated
    noise and slow drift. It is a break where its effect is more than ``needed`` standard errors, more than any single
    period's, and still more than ``without_one`` when any one period is set aside: a step is told from one odd month by
    the month after it.

    Args:
        series: councils in it are held against each other; see `adjusted_series`.
        areas: codes to look at.

    Edges: months in a named window and absent months say nothing; what changed across a window is reported as the
    window's. At least 24 months, and six of each level, are needed.

    Source: generalised least squares with an intervention (Box and Tiao 1975), asked again each period; noise and its
    correlation of England's councils from the Department for Education's series. False alarms and power are measured in
    tests/statistical/test_breaks.py.
    """
    plan = plan or BreakPlan()
    settings = plan.for_step(step_of(series.periods))
    adjusted = adjusted_series(series, plan.calendar)
    watched = [_Watched(series, str(code), adjusted, plan, settings) for code in areas]
    parts = [one.frames() for one in watched]
    columns = (AREA_COLUMNS, BREAK_COLUMNS, SINGLE_COLUMNS, WINDOW_COLUMNS)
    rows = ([row for part in parts for row in part[place]] for place in range(4))
    return BreaksFound(*(pd.DataFrame(list(each), columns=names) for each, names in zip(rows, columns, strict=True)))


def months_in(windows: Sequence[Shock], periods: pd.PeriodIndex) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which periods lie in a named window, by the month of their first or last day."""
    inside = np.zeros(len(periods), dtype=bool)
    for window in windows:
        for ends in (periods.start_time, periods.end_time):
            inside |= window.holds(ends.to_period("M")).to_numpy()
    return inside


@dataclass(frozen=True)
class _Watched:
    """One area, and everything that is said of it."""

    series: SeriesSet
    code: str
    adjusted: AdjustedSeries
    plan: BreakPlan
    settings: BreakSettings

    def frames(self) -> tuple[list[object], ...]:
        """Rows of the four frames."""
        refusal = self.refusal()
        if refusal:
            return [self.area_row(refusal, float("nan"))], [], [], []
        one = self.one_series()
        steps, pulses = scan(one, self.settings)
        measured = tuple(measure_steps(one, steps, settings=self.settings))
        pairs = zip(steps, measured, strict=True)
        return (
            [self.area_row("", self.noise(one))],
            [self.break_row(found, now, others=steps) for found, now in pairs],
            [self.single_row(pulse, one) for pulse in pulses],
            list(self.window_rows(steps)),
        )

    @property
    def counts(self) -> "pd.Series[float]":
        return self.series.counts[self.code]

    @property
    def inside(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        return months_in(self.plan.windows, self.series.periods)

    def refusal(self) -> str:
        """Why this series is not watched; empty if it is."""
        usable = int((self.counts.notna() & ~self.inside).sum())
        unit = step_of(self.series.periods).plural
        if usable < self.settings.first + 1:
            return f"only {usable} {unit} outside named windows have a count; {self.settings.first + 1} are needed"
        if float(self.counts.median()) < self.plan.fewest:
            return f"too few in a usual period to tell a change from chance: {self.plan.fewest:g} are needed"
        return ""

    def one_series(self) -> OneSeries:
        """As the scan takes it."""
        values = self.adjusted.values[self.code].to_numpy(dtype=np.float64).copy()
        inside = self.inside
        values[inside] = np.nan
        ends = np.flatnonzero(inside[:-1] & ~inside[1:]) + 1
        usual = self.counts.expanding().median().ffill().bfill().to_numpy(dtype=np.float64)
        return OneSeries(values, self.adjusted.season[self.code], usual, tuple(int(end) for end in ends))

    def noise(self, one: OneSeries) -> float:
        """Coefficient of variation from period to period, as known at the end."""
        there = np.flatnonzero(~np.isnan(one.values))[-self.settings.window :].astype(np.int64)
        known = Known(
            one.values[there], there, one.season[np.ix_(there, there)], one.window_ends, (), float(self.counts.median())
        )
        return float(np.sqrt(noise_variance(known, self.settings.moves)))

    def area_row(self, refusal: str, noise: float) -> dict[str, object]:
        """A row of `areas`."""
        area, usable = self.series.areas.loc[self.code], int((self.counts.notna() & ~self.inside).sum())
        return {
            "area_code": self.code, "area_name": str(area["area_name"]), "area_level": str(area["area_level"]),
            "months": usable, "months_watched": 0 if refusal else usable - self.settings.first, "noise": noise,
            "against": "other councils" if self.adjusted.by_others[self.code] else "its own calendar",
            "refusal": refusal,
        }  # fmt: skip

    def break_row(self, found: FoundStep, now: FoundStep, *, others: tuple[FoundStep, ...]) -> dict[str, object]:
        """A row of `breaks`: as found, and as measured with all that is known now."""
        periods, starts = self.series.periods, [step.start for step in others]
        start = max([0, *(place for place in starts if place < found.start)])
        end = min([len(periods), *(place for place in starts if place > found.start)])
        before = self.counts.iloc[max(start, found.start - AROUND) : found.start].dropna()
        after = self.counts.iloc[found.start : min(end, found.start + AROUND)].dropna()
        low, high = interval(now.size, now.error)
        return {
            "area_code": self.code, "month": str(periods[found.start]), "found_on": str(periods[found.found]),
            "months_to_find": found.found - found.start + 1,
            "ratio": float(np.exp(now.size)), "low": low, "high": high, "p_value": p_value(found.strength),
            "ratio_found": float(np.exp(found.size)), "before_count": float(before.mean()),
            "after_count": float(after.mean()), "months_before": len(before), "months_after": len(after),
        }  # fmt: skip

    def single_row(self, pulse: FoundPulse, one: OneSeries) -> dict[str, object]:
        """A row of `singles`: the period against those around it."""
        around = one.values[max(pulse.at - AROUND, 0) : pulse.at]
        ratio = float(np.exp(one.values[pulse.at] - np.nanmedian(around)))
        periods = self.series.periods
        return {
            "area_code": self.code, "month": str(periods[pulse.at]), "found_on": str(periods[pulse.found]),
            "ratio": ratio, "p_value": p_value(pulse.strength),
        }  # fmt: skip

    def window_rows(self, steps: tuple[FoundStep, ...]) -> Iterator[dict[str, object]]:
        """Rows of `windows`: each against the time before, with its own calendar only, so that what all share shows."""
        alone = adjusted_series(self.series.of_areas([self.code]), self.plan.calendar)
        values = alone.values[self.code].to_numpy(dtype=np.float64)
        rows = partial(_window_row, values=values, season=alone.season[self.code], watched=self, steps=steps)
        for window in self.plan.windows:
            row = rows(window)
            if row:
                yield row


def _window_row(
    window: Shock, *, values: Array, season: Array, watched: _Watched, steps: tuple[FoundStep, ...]
) -> dict[str, object]:
    """The window's months and the year after it against the three years before; empty where too few are known."""
    periods = watched.series.periods
    inside = months_in((window,), periods)
    if not (inside & ~np.isnan(values)).any():
        return {}
    first, last = (int(place) for place in np.flatnonzero(inside)[[0, -1]])
    year = watched.settings.first // 2
    near = np.arange(max(first - 3 * year, 0), min(last + year + 1, len(values)))
    near = near[~np.isnan(values[near])].astype(np.int64)
    if (near < first).sum() < year:
        return {}
    starts = tuple(step.start for step in steps if near[0] < step.start < first)
    usual = float(watched.counts.iloc[: first + 1].median())
    known = Known(values[near], near, season[np.ix_(near, near)], starts, (), usual)
    columns = np.column_stack([inside[near], near > last]).astype(float)[:, : 1 + bool((near > last).any())]
    sizes, errors = _joint(Evidence.of(known, watched.settings.moves), columns)
    low, high = interval(float(sizes[0]), float(errors[0]))
    row = dict.fromkeys(("after_ratio", "after_low", "after_high"), float("nan"))
    if len(sizes) > 1:
        ends = interval(float(sizes[1]), float(errors[1]))
        row = dict(zip(row, (float(np.exp(sizes[1])), *ends), strict=True))
    return {
        "area_code": watched.code, "window": window.name, "first": str(window.first), "last": str(window.last),
        "months": int(inside[near].sum()), "ratio": float(np.exp(sizes[0])), "low": low, "high": high,
        "months_after": int((near > last).sum()), **row,
    }  # fmt: skip


def _joint(evidence: Evidence, columns: Array) -> tuple[Array, Array]:
    """Effects of several columns beside each other, and their standard errors."""
    spread = np.linalg.inv(columns.T @ evidence.precision @ columns)
    return np.asarray(spread @ (columns.T @ evidence.weighted)), np.sqrt(np.diag(spread))


def interval(size: float, error: float) -> tuple[float, float]:
    """95% interval of a ratio, from a change in logs and its standard error."""
    reach = float(stats.t.ppf(0.975, FREEDOM)) * error
    return float(np.exp(size - reach)), float(np.exp(size + reach))


def p_value(strength: float) -> float:
    """Two-sided p-value of one comparison, so many standard errors from nought."""
    return float(2 * stats.t.sf(strength, FREEDOM))
