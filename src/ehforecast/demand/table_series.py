"""Series from a ready table of counts at any step, checked before anything is made of them."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from ehforecast.demand.hierarchy import Hierarchy, check_adds_up
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.absence import AbsenceReason

FREQUENCIES = {Step.DAY: "D", Step.WEEK: "W-SUN", Step.FOUR_WEEKS: "28D", Step.MONTH: "M"}


@dataclass(frozen=True)
class TablePlan:
    """How to read a ready table.

    Attributes:
        step: how long each period is; rows of another step are refused.
        as_of: last day of the data; later periods are refused.
        level: of all the series.
        hierarchy: of the series, where they are nodes of one; their sums are checked.
    """

    step: Step
    as_of: date
    level: str = "council"
    hierarchy: Hierarchy | None = None


def table_series(rows: pd.DataFrame, plan: TablePlan) -> SeriesSet:
    """Series from rows ``series, period_start, count`` (empty where absent), one for each series and period.

    A period without a row is absent, never nought. Raises `ForecastError` for no rows, days that do not begin a period
    of the step, periods told twice, counts below nought, periods not over on `as_of`, and sums that are none.
    """
    if rows.empty:
        raise ForecastError("the table of counts has no rows")
    starts = pd.to_datetime(rows["period_start"])
    _refuse(_misplaced(starts, plan.step), "do not begin on the first day of a " + plan.step.value.replace("_", " "))
    _refuse(int(rows.assign(period_start=starts).duplicated(["series", "period_start"]).sum()), "are told twice")
    _refuse(int((rows["count"].astype(float) < 0).sum()), "have a count below nought")
    ends = pd.PeriodIndex(starts, freq=FREQUENCIES[plan.step]).end_time.normalize()
    _refuse(int((ends > pd.Timestamp(plan.as_of)).sum()), f"are not over by {plan.as_of.isoformat()}")
    counts = _wide(rows.assign(period=pd.PeriodIndex(starts, freq=FREQUENCIES[plan.step])), plan)
    if plan.hierarchy:
        check_adds_up(plan.hierarchy, counts)
    absences = counts.isna().replace({True: str(AbsenceReason.BLANK), False: ""}).astype(object)
    areas = pd.DataFrame(
        {"area_name": counts.columns, "area_level": plan.level, "rounded_to": 1},
        index=pd.Index(counts.columns, name="area_code"),
    )
    return SeriesSet(counts, absences, areas)


def _misplaced(starts: pd.Series, step: Step) -> int:
    """Rows whose day is not the first of a period: of a week on Mondays, of four weeks as far apart as the first."""
    if step is Step.MONTH:
        return int((starts.dt.day != 1).sum())
    if step is Step.WEEK:
        return int((starts.dt.day_of_week != 0).sum())
    if step is Step.FOUR_WEEKS:
        return int(((starts - starts.min()).dt.days % 28 != 0).sum())
    return int((starts != starts.dt.normalize()).sum())


def _refuse(number: int, what: str) -> None:
    if number:
        raise ForecastError(f"{number} rows of the table of counts {what}; correct them, and give one step at a time")


def _wide(rows: pd.DataFrame, plan: TablePlan) -> pd.DataFrame:
    wide = rows.assign(count=rows["count"].astype("float64")).pivot(index="period", columns="series", values="count")
    freq = FREQUENCIES[plan.step]
    every = pd.period_range(wide.index.min(), wide.index.max(), freq=freq, name="period")
    return wide.reindex(every).rename_axis(columns=None)
