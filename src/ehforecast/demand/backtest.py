"""Rolling origins: forecast as if at earlier dates, with only what was known then, and compare with what came."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.compute.countdown import Countdown
from ehforecast.compute.engine import map_each
from ehforecast.demand.accuracy import quantile_column, score_forecasts
from ehforecast.demand.eligibility import forecastable
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.proper_scores import seasonal_scale, squared_seasonal_scale
from ehforecast.demand.results import interval_ends
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan

CHOICE, REPORT = "choice", "report"


@dataclass(frozen=True)
class BacktestSettings:
    """How past forecasts are made. Methods are chosen on earlier origins and reported on later ones.

    No outcome used for choosing lies after the first reporting origin, so the reported accuracy owes nothing to the
    choice.
    """

    horizon: int = 12
    """Periods ahead."""

    months_between_origins: int = 3
    """Periods between two origins."""

    origins_per_stage: int = 8
    """At most; fewer where history is short."""

    training_months: int = 36
    """Periods before the first origin."""

    @property
    def overlap(self) -> int:
        """How many successive origins forecast a period in common."""
        return max(1, -(-self.horizon // self.months_between_origins))

    @classmethod
    def for_step(cls, step: Step) -> "BacktestSettings":
        """What suits a step: a year ahead by months or four weeks, a quarter by weeks, four weeks by days."""
        return {
            Step.DAY: cls(horizon=28, months_between_origins=28, training_months=2 * 365),
            Step.WEEK: cls(horizon=13, months_between_origins=6, training_months=2 * 52),
            Step.FOUR_WEEKS: cls(horizon=13, months_between_origins=3, training_months=3 * 13),
            Step.MONTH: cls(),
        }[step]


@dataclass(frozen=True)
class Origins:
    """The last known months of past forecasts, by stage."""

    choice: tuple[pd.Period, ...]
    report: tuple[pd.Period, ...]

    def by_stage(self) -> Iterator[tuple[str, pd.Period]]:
        """Each origin with its stage."""
        yield from ((CHOICE, origin) for origin in self.choice)
        yield from ((REPORT, origin) for origin in self.report)


def plan_origins(months: pd.PeriodIndex, settings: BacktestSettings) -> Origins:
    """Origins whose whole horizon has been seen, the latest reporting, the earlier choosing, a horizon apart.

    Raises `ForecastError` where history is too short for one origin of each.

    >>> plan = plan_origins(pd.period_range("2012-04", "2022-03", freq="M"), BacktestSettings())
    >>> str(plan.report[0]), str(plan.report[-1]), str(plan.choice[-1])
    ('2019-06', '2021-03', '2018-06')
    """
    step, horizon = settings.months_between_origins, settings.horizon
    spare = len(months) - settings.training_months - 2 * horizon
    if spare < 0:
        needed = settings.training_months + 2 * horizon
        raise ForecastError(
            f"{len(months)} {step_of(months).plural} of history are too few to test a forecast of {horizon} "
            f"{step_of(months).plural}; {needed} are needed"
        )
    number = min(settings.origins_per_stage, 1 + spare // (2 * step))
    report = [months[-1] - horizon - step * back for back in reversed(range(number))]
    choice = [report[0] - horizon - step * back for back in reversed(range(number))]
    return Origins(tuple(choice), tuple(report))


@dataclass(frozen=True)
class Backtest:
    """What to test: methods, areas to score, and the series that may be learned from.

    ``as_known`` gives the series as they were known when a month was the last one: from records it leaves out what was
    written down later. Without it, later corrections of earlier months cannot be seen, and the series are cut off only.
    What came is read from ``series``.
    """

    series: SeriesSet
    forecasters: Sequence[Forecaster]
    areas: Sequence[str]
    origins: Origins
    horizon: int = 12
    plan: CalendarPlan | None = None
    as_known: Callable[[pd.Period], SeriesSet] | None = None

    def run(self, *, progress: Callable[[str], None] = lambda _: None) -> pd.DataFrame:
        """Scores of every past forecast month; see `accuracy.accuracy_table` for the columns."""
        stages = list(self.origins.by_stage())
        tables: list[pd.DataFrame] = []
        countdown = Countdown(len(stages))
        for number, scores in enumerate(map_each(self._at, stages), start=1):
            tables.extend(scores)
            left = countdown.left(number)
            progress(f"tested forecasts made {number} of {len(stages)} times in the past{left}")
        if not tables:
            raise ForecastError("no past forecast can be made: every area's own history is too short at every origin")
        return pd.concat(tables, ignore_index=True)

    def _at(self, tested: tuple[str, pd.Period]) -> list[pd.DataFrame]:
        """Scores of every forecaster at one origin of a stage; none where no area could be forecast then."""
        stage, origin = tested
        known = forecastable((self.as_known or self.series.known_until)(origin))
        areas = [code for code in self.areas if code in known.counts]
        if not areas:
            return []
        task = Task(known, areas, calendar_ahead(known.periods, self.horizon, plan=self.plan), self.horizon)
        actual = self.series.counts[areas].reindex(task.future_periods).to_numpy().T
        tables = [_scores(task, forecaster, actual=actual) for forecaster in self.forecasters]
        return [table.assign(stage=stage, origin=pd.PeriodIndex([origin] * len(table))) for table in tables]


def _scores(task: Task, forecaster: Forecaster, *, actual: Array) -> pd.DataFrame:
    areas, ahead = actual.shape
    scale, squared = (find(task.values, task.step.season) for find in (seasonal_scale, squared_seasonal_scale))
    columns = {
        "forecaster": forecaster.name,
        "area_code": np.repeat(np.asarray(task.areas, dtype=object), ahead),
        "months_ahead": np.tile(np.arange(1, ahead + 1), areas),
        "actual": actual.ravel(),
        "seasonal_scale": np.repeat(scale, ahead),
        "squared_seasonal_scale": np.repeat(squared, ahead),
    }
    quantiles = forecaster.quantiles(task)
    scores = score_forecasts(actual, quantiles, levels=task.levels)
    kept = {quantile_column(level): quantiles[:, :, place].ravel() for place, level in enumerate(task.levels)}
    return pd.DataFrame(columns | {name: values.ravel() for name, values in scores.items()} | kept)


def months_told_once(scores: pd.DataFrame, *, forecaster: str, between: int) -> pd.DataFrame:
    """The `tested` frame of `DemandResult`: one method's forecasts that reach no further than the next date.

    Origins lie `between` periods apart and forecast far beyond each other, so that most periods are forecast several
    times and misses repeat themselves. These do not overlap: what is said of an area counts each period once.
    """
    low, high = (quantile_column(end) for end in interval_ends(0.8))
    near = (scores["forecaster"] == forecaster) & (scores["months_ahead"] <= between) & scores["actual"].notna()
    columns = {quantile_column(0.5): "middle", low: "low", high: "high"}
    kept = ["area_code", "origin", "months_ahead", "actual", *columns]
    found = scores.loc[near, kept].rename(columns=columns)
    found = found.assign(origin=found["origin"].astype(str))
    return found.sort_values(["area_code", "origin", "months_ahead"], ignore_index=True)
