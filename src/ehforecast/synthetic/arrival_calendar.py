"""When families arrive: the weight of each day and month, and how a council's level moves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.reference.days import days
from ehforecast.synthetic.council_truth import ArrivalTruth
from ehforecast.synthetic.referrals import ReferralTruth

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ArrivalCalendar:
    """Days since 1970 by month of the simulation, with what each day and month weighs.

    ``first_days`` has one more entry than there are months; ``day_weights`` is one row per day from the first;
    ``month_factors`` moves every rate (calendar, Covid, disturbance; mean about 1), ``levels`` the volume only.
    """

    first_days: Integers
    day_weights: Floats
    school_days: npt.NDArray[np.bool_]
    month_factors: Floats
    disturbances: Floats
    """The part of ``month_factors`` that no calendar tells."""
    levels: Floats

    @property
    def months(self) -> int:
        return len(self.first_days) - 1

    def draw_days(self, month: int, number: int, *, rng: np.random.Generator) -> Integers:
        """Days of one month, by weight."""
        first = self.first_days[month] - self.first_days[0]
        weights = np.cumsum(self.day_weights[first : self.first_days[month + 1] - self.first_days[0]])
        return np.asarray(
            self.first_days[month] + np.searchsorted(weights, rng.random(number) * weights[-1], side="right"),
            dtype=np.int64,
        )

    def share_after(self, on: Integers) -> Floats:
        """The share of its month's weight that comes after each day."""
        cumulative = np.concatenate([[0.0], np.cumsum(self.day_weights)])
        months = self.month_of(on)
        ends = cumulative[self.first_days[months + 1] - self.first_days[0]]
        starts = cumulative[self.first_days[months] - self.first_days[0]]
        return np.asarray((ends - cumulative[on - self.first_days[0] + 1]) / (ends - starts))

    def month_of(self, on: Integers) -> Integers:
        """The month of the simulation that each day falls in."""
        return np.asarray(np.searchsorted(self.first_days, on, side="right") - 1, dtype=np.int64)


def draw_calendar(months: pd.PeriodIndex, truth: ArrivalTruth, *, rng: np.random.Generator) -> ArrivalCalendar:
    """The calendar of whole months in a row, with a level that moves by year and a disturbance by month."""
    daily = days(months[0].year, months[-1].year)
    within = daily.loc[months[0].start_time : months[-1].end_time]
    weights = _day_weights(within, truth)
    first_days = np.append(months.start_time.to_numpy(), (months[-1] + 1).start_time.to_datetime64())
    by_month = np.add.reduceat(weights, _offsets(first_days))
    index = np.asarray(truth.month_index) / np.mean(truth.month_index)
    steady = by_month / by_month.mean() * index[months.month.to_numpy() - 1] * _covid(months)
    disturbances = np.exp(_disturbance(len(months), truth, rng=rng))
    return ArrivalCalendar(
        first_days=first_days.astype("datetime64[D]").astype(np.int64),
        day_weights=weights,
        school_days=within["school_day"].to_numpy(dtype=bool),
        month_factors=steady * disturbances,
        disturbances=disturbances,
        levels=np.exp(_moves(months, truth, rng=rng)),
    )


def _offsets(first_days: npt.NDArray[np.datetime64]) -> Integers:
    in_days = first_days.astype("datetime64[D]").astype(np.int64)
    return np.asarray(in_days[:-1] - in_days[0], dtype=np.int64)


def _day_weights(daily: pd.DataFrame, truth: ArrivalTruth) -> Floats:
    """Working days by weekday, less in school holidays; the rest by the out-of-hours team."""
    weekday = pd.DatetimeIndex(daily.index).day_of_week.to_numpy()
    working = np.asarray((*truth.weekday, 0.0, 0.0))[weekday]
    holiday = np.where(daily["school_day"], 1.0, truth.holiday_ratio)
    out_of_hours = truth.weekend_share / (1 - truth.weekend_share) * sum(truth.weekday) / 2
    return np.asarray(np.where(daily["working_day"], working * holiday, out_of_hours))


def _covid(months: pd.PeriodIndex) -> Floats:
    factors = ReferralTruth().covid
    pandemic = pd.Series(factors, index=pd.period_range("2020-03", periods=len(factors), freq="M"))
    return np.asarray(pandemic.reindex(months).fillna(1.0).to_numpy(), dtype=np.float64)


def _disturbance(number: int, truth: ArrivalTruth, *, rng: np.random.Generator) -> Floats:
    innovations = rng.normal(0, truth.monthly_sd * np.sqrt(1 - truth.monthly_autocorrelation**2), number)
    innovations[0] = rng.normal(0, truth.monthly_sd)
    disturbance = np.empty(number)
    previous = 0.0
    for month, innovation in enumerate(innovations):
        previous = disturbance[month] = truth.monthly_autocorrelation * previous + innovation
    return disturbance


def _moves(months: pd.PeriodIndex, truth: ArrivalTruth, *, rng: np.random.Generator) -> Floats:
    april = (months.month.to_numpy() == 4) & (np.arange(len(months)) > 0)
    breaks = rng.random(len(months)) < truth.break_chance
    steps = rng.normal(0, truth.yearly_sd, len(months)) + breaks * rng.normal(0, truth.break_sd, len(months))
    return np.asarray(np.cumsum(steps * april))
