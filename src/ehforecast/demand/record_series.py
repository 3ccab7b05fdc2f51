"""Series of every level a council plans at, from its own records as they were known on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.hierarchy import TOTAL, Hierarchy, hierarchy_of
from ehforecast.demand.record_counts import check_known_by
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.absence import AbsenceReason

FOUR_WEEKS_FROM = date(1970, 1, 5)
"""A Monday from which four-week periods are counted, so that they stay the same from run to run."""

WHOLE = "council"
"""Level of the series that holds everything."""

Days = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Coverage:
    """The days whose events the records can be trusted to hold.

    Attributes:
        first, last: first and last day covered.
        holes: spans in between (first and last day) without records, such as a change of system: absent, not zero.
    """

    first: date
    last: date
    holes: tuple[tuple[date, date], ...] = ()

    def __post_init__(self) -> None:
        spans = [(self.first, self.last), *self.holes]
        if any(first > last for first, last in spans):
            raise ForecastError("a span of covered or missing days ends before it begins")


@dataclass(frozen=True)
class SeriesPlan:
    """Which series to count.

    Attributes:
        step: of time.
        keys: the finest series are every combination of these that occurs; none for the total alone.
        levels: the levels above, each by the keys it keeps: ``()`` is the total.
        four_weeks_from: first day of some four-week period.
    """

    step: Step = Step.MONTH
    keys: tuple[str, ...] = ()
    levels: tuple[tuple[str, ...], ...] = ((),)
    four_weeks_from: date = FOUR_WEEKS_FROM


@dataclass(frozen=True)
class RecordSeries:
    """Series of all nodes of a hierarchy; every node is the sum of its leaves."""

    series: SeriesSet
    hierarchy: Hierarchy


def record_series(counted: pd.DataFrame, plan: SeriesPlan, *, coverage: Coverage) -> RecordSeries:
    """Series of every node, from events counted by day.

    Whole covered periods only: nought where nothing happened, absent where a day of the period lies in a hole.

    Args:
        counted: rows of `record_counts.count_days`, with at least the plan's keys.

    Raises `ForecastError` where no whole period is covered, or where the rows know of later days.
    """
    check_known_by(counted, coverage.last)
    periods = covered_periods(plan, coverage)
    leaves, place = find_leaves(counted, plan.keys)
    table = period_table(counted, place, leaves=len(leaves), periods=periods)
    absent = _touches_hole(periods, coverage.holes)
    counts = pd.DataFrame(np.where(absent[:, None], np.nan, table), index=periods, columns=list(leaves.index))
    hierarchy = hierarchy_of(leaves, plan.levels)
    return RecordSeries(_series_set(hierarchy.add_up(counts), absent, leaves=leaves, plan=plan), hierarchy)


def covered_periods(plan: SeriesPlan, coverage: Coverage) -> pd.PeriodIndex:
    """The periods whose every day lies between the first and last day covered."""
    step, first, last = plan.step, pd.Timestamp(coverage.first), pd.Timestamp(coverage.last)
    if step is Step.FOUR_WEEKS:
        late = (plan.four_weeks_from - coverage.first).days % 28
        start = coverage.first + timedelta(days=late)
        number = ((coverage.last - start).days + 1) // 28
        periods = pd.period_range(pd.Period(start, freq="28D"), periods=max(number, 0), freq="28D", name="period")
    else:
        freq = {Step.DAY: "D", Step.WEEK: "W-SUN", Step.MONTH: "M"}[step]
        periods = pd.period_range(first, last, freq=freq, name="period")
        periods = periods[(periods.start_time >= first) & (periods.end_time.normalize() <= last)]
    if not len(periods):
        raise ForecastError(f"no whole {step.value.replace('_', ' ')} lies within the days covered")
    return periods


def find_leaves(counted: pd.DataFrame, keys: Sequence[str]) -> tuple[pd.DataFrame, Days]:
    """The finest series that occur (a row of keys each, indexed by code), and which of them each row belongs to."""
    if not keys:
        return pd.DataFrame(index=pd.Index([TOTAL])), np.zeros(len(counted), dtype=np.int64)
    groups = counted.groupby(list(keys), observed=True, sort=True)
    leaves = groups.size().index.to_frame(index=False)
    codes = leaves[list(keys)].agg(" | ".join, axis=1)
    return leaves.set_axis(codes, axis=0), np.asarray(groups.ngroup(), dtype=np.int64)


def period_table(
    counted: pd.DataFrame, place: Days, *, leaves: int, periods: pd.PeriodIndex
) -> npt.NDArray[np.float64]:
    """Events of each period and leaf: (periods, leaves). Events outside the periods are left out."""
    starts = in_days(pd.Series(periods.start_time))
    happened = in_days(counted["happened_on"])
    number = np.searchsorted(starts, happened, side="right") - 1
    end = in_days(pd.Series([periods[-1].end_time]))[0]
    inside = (number >= 0) & (happened <= end)
    cells = number[inside] * leaves + place[inside]
    sums = np.bincount(cells, counted["count"].to_numpy(dtype=float)[inside], minlength=len(periods) * leaves)
    return np.asarray(sums.reshape(len(periods), leaves), dtype=np.float64)


def in_days(values: pd.Series) -> Days:
    """Whole days since 1970."""
    return np.asarray(pd.to_datetime(values).to_numpy().astype("datetime64[D]").astype(np.int64))


def _touches_hole(periods: pd.PeriodIndex, holes: Sequence[tuple[date, date]]) -> npt.NDArray[np.bool_]:
    touched = np.zeros(len(periods), dtype=bool)
    for first, last in holes:
        touched |= (periods.start_time <= pd.Timestamp(last)) & (periods.end_time >= pd.Timestamp(first))
    return touched


def _series_set(
    counts: pd.DataFrame, absent: npt.NDArray[np.bool_], *, leaves: pd.DataFrame, plan: SeriesPlan
) -> SeriesSet:
    why = np.where(absent, str(AbsenceReason.NOT_AVAILABLE), "")
    absences = pd.DataFrame(dict.fromkeys(counts.columns, why), index=counts.index, dtype=object)
    levels = _level_names(leaves, plan)
    names = ["whole council" if code == TOTAL else code for code in counts.columns]
    areas = pd.DataFrame(
        {"area_name": names, "area_level": [levels[code] for code in counts.columns], "rounded_to": 1},
        index=pd.Index(counts.columns, name="area_code"),
    )
    return SeriesSet(counts, absences, areas)


def _level_names(leaves: pd.DataFrame, plan: SeriesPlan) -> dict[str, str]:
    """The level of each node by its code: the keys it keeps, in words."""
    named = {TOTAL: WHOLE}
    for keys in (*plan.levels, plan.keys):
        if keys:
            labels = leaves[list(keys)].agg(" | ".join, axis=1)
            named |= dict.fromkeys(labels, " by ".join(keys))
    return named
