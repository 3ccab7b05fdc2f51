"""The latest periods completed for what is not on record yet, with how unsure that is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from ehforecast.demand.record_counts import NOT_SETTLED
from ehforecast.demand.record_series import (
    Coverage,
    RecordSeries,
    SeriesPlan,
    find_leaves,
    in_days,
    record_series,
)
from ehforecast.demand.reporting_delay import LONGEST, Array, Days, learn_delays, weekday_of
from ehforecast.demand.results import QUANTILE_LEVELS
from ehforecast.demand.series import SeriesSet
from ehforecast.reference.days import days
from ehforecast.reference.nations import Nation

USUAL_DAYS = 91
"""Days from which the usual count of each kind of day is taken, as what is expected before anything is on record."""

CHECKS, WEEKS_BETWEEN_CHECKS, WEEKS_SINCE = 20, 2, 6
"""How often completion is tried on the past, and how long ago at least, to learn how wrong it usually is."""

UNTRIED_SPREAD = 2.0
"""Ratio of variances used where no past completion can be tried."""

LACKING = 0.5
"""Events expected still to come from which a period counts as incomplete."""

SUMMARY_DRAWS = 400
"""Draws that ranges of completed counts rest on."""

MOST_SURE, LEAST_SURE = 200.0, 0.5
"""Bounds of the prior's size: 200 is near Poisson, 0.5 knows next to nothing."""


@dataclass(frozen=True)
class CompletionSettings:
    """How the latest periods are completed.

    Attributes:
        draws: possible true counts of the latest periods that each forecast is made from; more change little.
        seed: of these draws.
        nation: whose bank holidays delay recording.
    """

    draws: int = 20
    seed: int = 20_260_401
    nation: Nation = Nation.ENGLAND


@dataclass(frozen=True)
class Completed:
    """Series with their latest periods completed.

    Attributes:
        records: series of all nodes as recorded, and their hierarchy.
        series: the same with the latest periods completed by what is expected still to come.
        draws: (draws, last periods, nodes): some possible true counts of those periods; every draw adds up.
        summary: ``area_code, period, recorded_count, completed_count, level, quantile_count``, for each period that
            lacks more than half an event.
        spread: how much larger past errors of completion were than chance alone (a ratio of variances, at least 1).
    """

    records: RecordSeries
    series: SeriesSet
    draws: Array
    summary: pd.DataFrame
    spread: float

    @property
    def periods(self) -> pd.PeriodIndex:
        """The periods that `draws` are about."""
        return self.series.periods[len(self.series.periods) - self.draws.shape[1] :]


def complete_series(
    counted: pd.DataFrame,
    plan: SeriesPlan,
    *,
    coverage: Coverage,
    as_of: date,
    settings: CompletionSettings | None = None,
) -> Completed:
    """Complete the latest periods of every series for records that are still to come.

    What is missing of a day that has ``n`` events on record, ``p`` the share expected to be on record by now: with the
    usual count of such a day as a gamma prior (mean ``m``, size ``r``) it is negative binomial with size ``r + n`` and
    mean ``(r + n)(1 - p) / (r / m + p)``. Its variance is multiplied by how wrong completion was on earlier dates,
    which holds what a formula cannot: brothers and sisters recorded together, backlogs, holidays.

    Args:
        counted: rows of `record_counts.count_days` known on the day, with the plan's keys. Contacts without an outcome
            are left out when outcome is a key: they are among what is still to be recorded.
        as_of: the day of the view; `coverage.last` is at most this.

    Source: Kalbfleisch and Lawless (1989); Höhle and an der Heiden (2014) on nowcasting with the same ingredients.
    """
    settings = settings or CompletionSettings()
    counted = _settled(counted, plan)
    records = record_series(counted, plan, coverage=replace(coverage, last=min(coverage.last, as_of)))
    _, place = find_leaves(counted, plan.keys)
    completion = _Completion(counted, place, len(records.hierarchy.leaves), settings)
    missing = completion.by_day(as_of)
    spread, shared = completion.past_errors(as_of)
    mean, variance = _by_period(missing, records.series.periods)
    drawn = _draws(mean, spread * variance, shared=shared, seed=settings.seed)
    return _completed(records, mean, drawn=drawn, spread=spread, draws=settings.draws)


def completed_as_known(
    counted: pd.DataFrame, plan: SeriesPlan, *, coverage: Coverage, settings: CompletionSettings | None = None
) -> Callable[[pd.Period], SeriesSet]:
    """The series as they would have been completed at the end of any earlier period, from what was on record then.

    For past forecasts: a method tried on complete counts would look better than it is on the day.
    """
    settings = settings or CompletionSettings()

    def at(origin: pd.Period) -> SeriesSet:
        day = origin.end_time.date()
        known = counted[(counted["recorded_on"] <= pd.Timestamp(day)) & (counted["happened_on"] <= pd.Timestamp(day))]
        known = _settled(known, plan)
        records = record_series(known, plan, coverage=replace(coverage, last=day))
        _, place = find_leaves(known, plan.keys)
        missing = _Completion(known, place, len(records.hierarchy.leaves), settings).by_day(day)
        mean, _ = _by_period(missing, records.series.periods)
        return replace(records.series, counts=_with_expected(records, mean))

    return at


def _settled(counted: pd.DataFrame, plan: SeriesPlan) -> pd.DataFrame:
    """Without contacts that have no outcome yet, where outcomes are told apart."""
    return counted[counted["outcome"] != NOT_SETTLED] if "outcome" in plan.keys else counted


def _with_expected(records: RecordSeries, mean: Array) -> pd.DataFrame:
    counts = records.series.counts.copy()
    counts.iloc[-len(mean) :] += mean @ records.hierarchy.summing.T
    return counts


@dataclass(frozen=True)
class Missing:
    """What is expected still to come of each recent day and series, and its variance: each (days, leaves)."""

    on: Days
    mean: Array
    variance: Array


@dataclass(frozen=True)
class _Completion:
    counted: pd.DataFrame
    place: Days
    leaves: int
    settings: CompletionSettings

    def by_day(self, as_of: date) -> Missing:
        """What is missing of each of the last `LONGEST` days, from what was known on a day."""
        day = _day(as_of)
        known = in_days(self.counted["recorded_on"]) <= day
        counted, place = self.counted[known], self.place[known]
        delays = learn_delays(counted, place, as_of=as_of, series=self.leaves)
        on = np.arange(day - max(LONGEST, USUAL_DAYS), day + 1)
        recorded = _day_table(counted, place, on=on, leaves=self.leaves)
        leaf = np.arange(self.leaves)[None, :]
        share = delays.share_recorded(leaf, weekday_of(on)[:, None], age=(day - on)[:, None])
        usual, size = _usual(recorded, share, kind=_kinds(on, self.settings.nation))
        grown = size + recorded
        mean = grown * (1 - share) / (size / np.maximum(usual, 1e-6) + share)
        return Missing(on, mean, mean + np.square(mean) / grown)

    def past_errors(self, as_of: date) -> tuple[float, float]:
        """Squared errors of past completions over the variance expected; and the variance that all series share."""
        earliest = in_days(self.counted["happened_on"]).min() + LONGEST + USUAL_DAYS
        dates = [as_of - timedelta(weeks=weeks) for weeks in _weeks_back()]
        found = [self._past_error(then) for then in dates if _day(then) >= earliest]
        if not found:
            return UNTRIED_SPREAD, 0.0
        errors, variances, means = (np.stack(part) for part in zip(*found, strict=True))
        spread = max(1.0, float(np.square(errors).sum() / max(variances.sum(), 1e-9)))
        of_total = np.square(errors.sum(axis=1)) - spread * variances.sum(axis=1)
        shared = max(0.0, float(of_total.sum() / max(np.square(means.sum(axis=1)).sum(), 1e-9)))
        return spread, shared

    def _past_error(self, then: date) -> tuple[Array, Array, Array]:
        """By series: error of what was expected to come, its variance, and itself. By now most of it has come."""
        day, missing = _day(then), self.by_day(then)
        since = in_days(self.counted["recorded_on"]) > day
        came = _day_table(self.counted[since], self.place[since], on=missing.on, leaves=self.leaves)
        return (came - missing.mean).sum(axis=0), missing.variance.sum(axis=0), missing.mean.sum(axis=0)


def _weeks_back() -> Iterator[int]:
    yield from (WEEKS_SINCE + WEEKS_BETWEEN_CHECKS * number for number in range(CHECKS))


def _day_table(counted: pd.DataFrame, place: Days, *, on: Days, leaves: int) -> Array:
    row = in_days(counted["happened_on"]) - on[0]
    inside = (row >= 0) & (row < len(on))
    counts = counted["count"].to_numpy(dtype=float)[inside]
    sums = np.bincount(row[inside] * leaves + place[inside], counts, minlength=len(on) * leaves)
    return np.asarray(sums.reshape(len(on), leaves), dtype=np.float64)


def _kinds(on: Days, nation: Nation) -> Days:
    """Weekday of each day; bank holidays count as Sundays."""
    dates = pd.DatetimeIndex(on.astype("datetime64[D]"))
    holiday = days(dates[0].year, dates[-1].year, nation=nation).loc[dates, "bank_holiday"].to_numpy() != ""
    return np.where(holiday, 6, weekday_of(on))


def _usual(recorded: Array, share: Array, *, kind: Days) -> tuple[Array, Array]:
    """The usual count of each day's kind (days, leaves), and how closely days keep to it (leaves,)."""
    recent, usual = np.arange(len(kind)) >= len(kind) - USUAL_DAYS, np.empty_like(recorded)
    for each in np.unique(kind):
        of_kind = kind == each
        used = of_kind & recent if (of_kind & recent).any() else of_kind
        usual[of_kind] = (recorded[used].sum(axis=0) + 0.5 / 7) / share[used].sum(axis=0)
    expected = usual * share
    excess = (np.square(recorded - expected) - expected)[recent].sum(axis=0)
    size = np.square(expected)[recent].sum(axis=0) / np.maximum(excess, 1e-9)
    return usual, np.clip(size, LEAST_SURE, MOST_SURE)


def _day(on: date) -> int:
    return int(in_days(pd.Series([pd.Timestamp(on)]))[0])


def _by_period(missing: Missing, periods: pd.PeriodIndex) -> tuple[Array, Array]:
    """What is missing of the last periods (periods, leaves), from the first that lacks half an event in all."""
    starts, end = in_days(pd.Series(periods.start_time)), in_days(pd.Series([periods[-1].end_time]))[0]
    number = np.where(missing.on <= end, np.searchsorted(starts, missing.on, side="right") - 1, -1)
    belongs = (number[None, :] == np.arange(len(periods))[:, None]).astype(float)
    mean, variance = belongs @ missing.mean, belongs @ missing.variance
    lacking = np.flatnonzero(mean.sum(axis=1) >= LACKING)
    first = int(lacking[0]) if len(lacking) else len(periods) - 1
    return mean[first:], variance[first:]


def _draws(mean: Array, variance: Array, *, shared: float, seed: int) -> Array:
    """Draws (draws, periods, leaves) of what is missing: negative binomial, and a gamma factor that all share."""
    rng = np.random.default_rng(seed)
    size = np.maximum(np.square(mean) / np.maximum(variance - mean, 1e-9), 1e-9)
    factor = rng.gamma(1 / shared, shared, SUMMARY_DRAWS) if shared > 0 else np.ones(SUMMARY_DRAWS)
    rates = rng.gamma(size, 1.0, (SUMMARY_DRAWS, *mean.shape)) * (mean / size)
    return np.asarray(rng.poisson(rates * factor[:, None, None]), dtype=np.float64)


def _completed(records: RecordSeries, mean: Array, *, drawn: Array, spread: float, draws: int) -> Completed:
    last, counts = records.series.counts.iloc[-len(mean) :], _with_expected(records, mean)
    possible = last.to_numpy() + np.einsum("spl,nl->spn", drawn, records.hierarchy.summing)
    summary = _summary(last, counts.iloc[-len(mean) :], possible=possible)
    return Completed(records, replace(records.series, counts=counts), possible[:draws], summary, spread)


def _summary(recorded: pd.DataFrame, expected: pd.DataFrame, *, possible: Array) -> pd.DataFrame:
    """See `Completed.summary`."""
    quantiles = np.quantile(possible, QUANTILE_LEVELS, axis=0)
    index = pd.MultiIndex.from_product(
        [list(QUANTILE_LEVELS), recorded.index, recorded.columns], names=["level", "period", "area_code"]
    )
    table = pd.DataFrame({"quantile_count": quantiles.ravel()}, index=index).reset_index()
    for name, counts in (("recorded_count", recorded), ("completed_count", expected)):
        table[name] = np.tile(counts.to_numpy().ravel(), len(QUANTILE_LEVELS))
    lacking = table["completed_count"] - table["recorded_count"] >= LACKING
    columns = ["area_code", "period", "recorded_count", "completed_count", "level", "quantile_count"]
    return table.loc[lacking, columns].sort_values([*columns[:2], "level"], ignore_index=True)
