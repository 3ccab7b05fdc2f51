"""From sample paths of contacts to work, people needed and backlog, period by period, with both kinds of doubt.

Volume is uncertain because nobody knows how many will come; the work each brings is uncertain because nobody measured
it well. Each path of volume is joined with one draw of every assumption, so a range of people needed carries both.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.plan.assumptions import Assumption, check_above_zero, check_share
from ehforecast.errors import SettingsError

Array = NDArray[np.float64]

QUANTILES = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True)
class Volume:
    """What will come, as equally likely futures.

    Attributes:
        series: codes (sources, pathways, localities), one per series.
        periods: the periods ahead.
        paths: (paths, series, periods) of counts, 0 or more.
    """

    series: tuple[str, ...]
    periods: pd.PeriodIndex
    paths: Array

    @property
    def starts(self) -> Array:
        """First day of each period, and the day after the last, in days from the first day."""
        first = self.periods.start_time
        days = [(day - first[0]).days for day in first]
        return np.array([*days, (self.periods[-1].end_time.normalize() - first[0]).days + 1], dtype=np.float64)

    @property
    def weeks(self) -> Array:
        """Length of each period in weeks."""
        return np.diff(self.starts) / 7


@dataclass(frozen=True)
class WorkSettings:
    """The work a contact and an open case bring, and the people there are to do it.

    Attributes:
        minutes_per_contact: per series; every series of the volume needs one.
        share_opened: per series, the share of contacts that open a case; those not named open none.
        weeks_open: mean time a case stays open.
        hours_per_case_week: work on an open case in a week.
        hours_per_worker_week: hours of such work one full-time worker can give in a week, leave and absence taken off.
        workers: full-time workers in post.
        cases_open: cases open on the first day.
        seed: of what is drawn for every assumption.
    """

    minutes_per_contact: Mapping[str, Assumption]
    share_opened: Mapping[str, Assumption]
    weeks_open: Assumption
    hours_per_case_week: Assumption
    hours_per_worker_week: Assumption
    workers: Assumption
    cases_open: Assumption
    seed: int = 20_261_123

    def __post_init__(self) -> None:
        check_above_zero(
            *self.minutes_per_contact.values(), self.weeks_open, self.hours_per_case_week, self.hours_per_worker_week,
            self.workers,
        )  # fmt: skip
        check_share(*self.share_opened.values())
        if self.cases_open.low < 0:
            raise SettingsError(f"key '{self.cases_open.name}': must not be below zero")

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every number that was assumed, each once however many series share it."""
        single = (
            self.weeks_open, self.hours_per_case_week, self.hours_per_worker_week, self.workers, self.cases_open,
        )  # fmt: skip
        every = (*self.minutes_per_contact.values(), *self.share_opened.values(), *single)
        return tuple({each.name: each for each in every}.values())

    def fixed(self, name: str, value: float) -> "WorkSettings":
        """The same with one assumption held at a value."""

        def hold(assumption: Assumption) -> Assumption:
            return replace(assumption, low=value, central=value, high=value) if assumption.name == name else assumption

        return replace(
            self,
            minutes_per_contact={key: hold(each) for key, each in self.minutes_per_contact.items()},
            share_opened={key: hold(each) for key, each in self.share_opened.items()},
            weeks_open=hold(self.weeks_open),
            hours_per_case_week=hold(self.hours_per_case_week),
            hours_per_worker_week=hold(self.hours_per_worker_week),
            workers=hold(self.workers),
            cases_open=hold(self.cases_open),
        )


@dataclass(frozen=True)
class Capacity:
    """Every path of what the volume asks of people; arrays of (paths, periods).

    `people_needed` would do each period's work within it. `backlog_hours` is work left undone at the end of a period by
    the people in post. `families_per_worker` are open cases over people in post.
    """

    periods: pd.PeriodIndex
    contact_hours: Array
    case_hours: Array
    cases_open: Array
    people_needed: Array
    backlog_hours: Array
    families_per_worker: Array

    def to_frame(self) -> pd.DataFrame:
        """One row per period, measure and quantile: ``period, measure, level, value``."""
        measures = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        quantiles = np.stack([np.quantile(values, QUANTILES, axis=0).T for values in measures.values()], axis=1)
        index = pd.MultiIndex.from_product(
            [self.periods.astype(str), list(measures), QUANTILES], names=["period", "measure", "level"]
        )
        return pd.DataFrame({"value": quantiles.ravel()}, index=index).reset_index()

    def chance_enough(self) -> pd.Series:
        """Chance that the people in post do each period's work within it and leave nothing over."""
        return pd.Series((self.backlog_hours <= 0).mean(axis=0), index=self.periods.astype(str), name="chance_enough")


def plan_capacity(volume: Volume, work: WorkSettings, *, hours_factor: Array | float = 1.0) -> Capacity:
    """Work, people needed and backlog on every path; raises `SettingsError` for work of a series that is not forecast.

    Cases close by chance at a constant rate, so with a mean of ``m`` weeks a share ``exp(-w/m)`` of those open is still
    open ``w`` weeks later; those opened evenly during a period are open for their part of it. `hours_factor` scales the
    people there (absence, posts filled) by (paths, periods).
    """
    check_series(volume, tuple(work.share_opened), key="share_opened")
    check_series(volume, tuple(work.minutes_per_contact), key="minutes_per_contact")
    draws = {each.name: each.draw(len(volume.paths), seed=work.seed) for each in work.assumptions}
    contact_hours = _weighted(volume, work.minutes_per_contact, draws=draws) / 60
    opened = _weighted(volume, work.share_opened, draws=draws)
    open_weeks, at_end = _case_weeks(
        opened, volume.weeks, mean=draws[work.weeks_open.name], now=draws[work.cases_open.name]
    )
    case_hours = open_weeks * draws[work.hours_per_case_week.name][:, None]
    hours = contact_hours + case_hours
    per_worker = draws[work.hours_per_worker_week.name][:, None] * volume.weeks
    workers = draws[work.workers.name][:, None] * hours_factor
    return Capacity(
        periods=volume.periods,
        contact_hours=contact_hours,
        case_hours=case_hours,
        cases_open=at_end,
        people_needed=hours / per_worker,
        backlog_hours=_left_over(hours - workers * per_worker),
        families_per_worker=at_end / workers,
    )


def _weighted(volume: Volume, per_series: Mapping[str, Assumption], *, draws: Mapping[str, Array]) -> Array:
    """Counts times a number per series, summed over series: (paths, periods)."""
    weights = np.stack(
        [draws[per_series[code].name] if code in per_series else np.zeros(len(volume.paths)) for code in volume.series],
        axis=1,
    )
    return np.asarray(np.einsum("psk,ps->pk", volume.paths, weights))


def _case_weeks(opened: Array, weeks: Array, *, mean: Array, now: Array) -> tuple[Array, Array]:
    """Weeks of open cases in each period, and cases open at its end: (paths, periods) each."""
    during, at_end, cases = np.empty_like(opened), np.empty_like(opened), now
    for k, length in enumerate(weeks):
        kept = np.exp(-length / mean)
        during[:, k] = cases * mean * (1 - kept) + opened[:, k] * mean * (1 - mean / length * (1 - kept))
        cases = cases * kept + opened[:, k] * mean / length * (1 - kept)
        at_end[:, k] = cases
    return during, at_end


def _left_over(excess: Array) -> Array:
    """Work left at the end of each period: what was left before and came, less what could be done; never below 0."""
    left = np.zeros(len(excess))
    backlog = np.empty_like(excess)
    for k in range(excess.shape[1]):
        left = np.maximum(left + excess[:, k], 0.0)
        backlog[:, k] = left
    return backlog


def tornado(volume: Volume, work: WorkSettings) -> pd.DataFrame:
    """What drives the people needed, most first: each assumption at its ends with the others as they are.

    One row per driver, the volume among them at its 10th and 90th hundredth: ``driver, low, high, people_at_low,
    people_at_high, swing``; people are the mean needed over the periods and paths.
    """

    def people(settings: WorkSettings, paths: Array) -> float:
        return float(plan_capacity(replace(volume, paths=paths), settings).people_needed.mean())

    rows = [
        (
            each.name,
            each.low,
            each.high,
            *(people(work.fixed(each.name, end), volume.paths) for end in (each.low, each.high)),
        )
        for each in work.assumptions
        if each.low < each.high and each.name != work.workers.name
    ]
    totals = volume.paths.sum(axis=(1, 2))
    low, high = np.quantile(totals, [0.1, 0.9])
    scaled = [people(work, volume.paths * end / max(totals.mean(), 1e-12)) for end in (low, high)]
    rows.append(("volume", low, high, *scaled))
    frame = pd.DataFrame(rows, columns=["driver", "low", "high", "people_at_low", "people_at_high"])
    frame["swing"] = (frame["people_at_high"] - frame["people_at_low"]).abs()
    return frame.sort_values("swing", ascending=False, ignore_index=True)


def check_series(volume: Volume, named: Sequence[str], *, key: str) -> None:
    """Raise `SettingsError` where a configuration speaks of a series that is not forecast."""
    unknown = [name for name in named if name not in volume.series]
    if unknown:
        raise SettingsError(f"key '{key}': no series {', '.join(unknown)}; there are {', '.join(volume.series)}")
