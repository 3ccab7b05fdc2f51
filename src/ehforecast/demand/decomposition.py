"""The shape of the year and the calendar, with how sure they are: a regression on all series together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from ehforecast.demand.contributions import Contributions, Effect
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.pooled_season import season_pool
from ehforecast.demand.forecasters.smoothing import smoothed_levels
from ehforecast.demand.period_calendar import EVENT, NAMED_DAYS, SHIFT, SHOCK
from ehforecast.demand.steps import DAYS_A_YEAR, Step

HARMONICS = {Step.DAY: 3, Step.WEEK: 3, Step.FOUR_WEEKS: 2, Step.MONTH: 0}

LEVEL_WEIGHT = 0.3
"""Of the newest period in the level, as in pooled smoothing."""

WEAK_PRIOR = 1e-9
"""Precision, as a share of the largest, that keeps an effect with no data at nought."""

ROUNDS = 25

SMALLEST = 0.05
"""Counts a period below which a level is not told apart, so that a logarithm exists."""

_WORDS_BY_START = (
    ("school_holiday", "a working day in the school holidays{}", "a school day"),
    (EVENT, "a day of {}", "the same day otherwise"),
    (SHIFT, "a day since {}", "a day before"),
)
_AUGUST = 7
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class _Term:
    """A block of regressors of one part: (periods, columns), and how its effects are told: (names, columns)."""

    part: str
    names: tuple[str, ...]
    values: Array
    told: Array | None = None
    """Each name's effect from the columns' ones; none where a column is an effect."""

    @property
    def by_name(self) -> Array:
        """`told`, or one column for each name."""
        return np.eye(len(self.names)) if self.told is None else self.told


def pooled_contributions(task: Task) -> Contributions:
    """Season, calendar and events from the sum of all series that may be learned from; each area's level is its own.

    A Poisson regression with log link, weights for overdispersion left to the errors: counts per working day (per day
    at daily steps) on year, month or harmonics of the year, weekday, school holidays, named days, events and level
    shifts. Periods in a shock are left out. Standard errors allow for errors that hang together (Newey and West 1987).
    The level is smoothed exponentially, weight 0.3, net of season, calendar and events.

    Source: McCullagh and Nelder (1989); Newey and West (1987).
    """
    terms, past = list(_terms(task)), len(task.history.periods)
    pool = season_pool(task.history).sum(axis=1).to_numpy(dtype=np.float64)
    offset = _offset(task)
    kept = (task.past[SHOCK].to_numpy() == 0) & ~np.isnan(pool)
    kept = kept if kept.sum() > 2 * task.step.season else ~np.isnan(pool)
    design = np.hstack([_years(task), *(term.values for term in terms)])
    fit = _fit(pool[kept], design[:past][kept], offset=offset[:past][kept])
    first = _years(task).shape[1]
    shapes: dict[str, Array] = {"season": np.zeros(len(offset)), "event": np.zeros(len(offset)), "calendar": offset}
    told: list[Effect] = []
    for term in terms:
        place = slice(first, first + term.values.shape[1])
        first = place.stop
        shapes[term.part] = shapes.get(term.part, np.zeros(len(offset))) + term.values @ fit.effects[place]
        told += _effects(term, fit.effects[place], covariance=fit.covariance[place, place])
    shifts = shapes.pop("shift", np.zeros(len(offset)))
    centred = {part: values - values[:past].mean() for part, values in shapes.items()}
    level = _levels(task, sum(centred.values())[:past], shifts=shifts[:past])
    by_area = {part: np.tile(values, (len(task.areas), 1)) for part, values in centred.items()}
    return Contributions(
        past={part: values[:, :past] for part, values in by_area.items()},
        ahead={part: values[:, past:] for part, values in by_area.items()},
        past_level=level,
        effects=tuple(told),
    )


def _levels(task: Task, shape: Array, *, shifts: Array) -> Array:
    """Logs of each area's level: smoothed net of the calendar, jumping where a level shift was told of."""
    adjusted = task.values / np.exp(shape + shifts)[:, None]
    levels = np.log(np.maximum(smoothed_levels(adjusted, LEVEL_WEIGHT), SMALLEST))
    return np.asarray((levels + shifts[:, None]).T)


def _offset(task: Task) -> Array:
    """Log of working days; at daily steps nothing, for weekdays have effects."""
    calendar = pd.concat([task.past, task.future])
    if task.step is Step.DAY:
        return np.zeros(len(calendar))
    return np.asarray(np.log(np.maximum(calendar["working_days"].to_numpy(dtype=float), 0.5)))


def _years(task: Task) -> Array:
    """A level for each year, counted back from the last period known, the last one for the future too."""
    places = np.arange(len(task.history.periods) + task.horizon)
    back = (len(task.history.periods) - 1 - places) // round(task.step.periods_a_year)
    back = np.clip(back, 0, None)
    full = back.max() if (back == back.max()).sum() * 2 >= task.step.periods_a_year else max(back.max() - 1, 0)
    joined = _joined_across_shifts(np.minimum(back, full).astype(np.float64), task)
    return np.asarray(joined[:, None] == np.unique(joined), dtype=np.float64)


def _joined_across_shifts(back: Array, task: Task) -> Array:
    """Years on both sides of a level shift have one level, or the shift could not be told from the turn of a year."""
    for name in task.past.columns:
        begun = np.flatnonzero(task.past[name].to_numpy() > 0) if name.startswith(SHIFT) else np.empty(0, dtype=int)
        if len(begun) and begun[0] > 0:
            back = np.where(back == back[begun[0]], back[begun[0] - 1], back)
    return back


def _terms(task: Task) -> Iterator[_Term]:
    calendar, step = pd.concat([task.past, task.future]), task.step
    periods = pd.PeriodIndex(calendar.index)
    if step is Step.MONTH:
        months = tuple(str(number) for number in range(1, 13))
        told = _months_about_nought(has_august=not task.calendar["holiday_share"].any())
        yield _Term("season", months, told[np.asarray(periods.month) - 1], told)
    else:
        yield _harmonic_term(periods, HARMONICS[step])
    if step is Step.DAY:
        week = _about_nought("calendar", _WEEKDAYS, place=np.asarray(periods.day_of_week))
        yield replace(week, told=week.by_name - week.by_name[:5].mean(axis=0))
        yield _Term("calendar", NAMED_DAYS, calendar[list(NAMED_DAYS)].to_numpy(dtype=float))
    if task.calendar["holiday_share"].any():
        yield _Term("calendar", ("school_holiday",), calendar[["holiday_share"]].to_numpy(dtype=float))
    for part, start in (("event", EVENT), ("shift", SHIFT)):
        names = [name for name in calendar.columns if name.startswith(start) and task.past[name].std() > 0]
        share = calendar[names].to_numpy(dtype=float)
        yield _Term(part, tuple(names), share / calendar["days"].to_numpy()[:, None] if part == "event" else share)


def _about_nought(part: str, names: tuple[str, ...], *, place: Array) -> _Term:
    """One effect for each name, all of them nought on average; a period has the one at its place."""
    told = np.vstack([np.eye(len(names) - 1), -np.ones(len(names) - 1)])
    return _Term(part, names, told[place.astype(int)], told)


def _months_about_nought(*, has_august: bool) -> Array:
    """Effects of twelve months, nought on average: (12, columns).

    August is all school holiday, so its own effect cannot be told from that of holidays: where there are holidays, it
    gets the mean of July's and September's.
    """
    told = np.vstack([np.eye(11), -np.ones(11)])
    if has_august:
        return told
    told = np.zeros((12, 11))
    others = [month for month in range(12) if month != _AUGUST]
    told[others, np.arange(11)] = 1.0
    told[_AUGUST] = (told[_AUGUST - 1] + told[_AUGUST + 1]) / 2
    centred = told - told.mean(axis=0)
    return np.asarray(centred[:, :-1])


def _harmonic_term(periods: pd.PeriodIndex, number: int) -> _Term:
    middle = periods.start_time + (periods.end_time - periods.start_time) / 2
    turn = 2 * np.pi * middle.day_of_year.to_numpy() / DAYS_A_YEAR
    waves = [wave(multiple * turn) for multiple in range(1, number + 1) for wave in (np.sin, np.cos)]
    return _Term("season", tuple(f"wave_{place}" for place in range(len(waves))), np.column_stack(waves))


@dataclass(frozen=True)
class _Fit:
    effects: Array
    covariance: Array


def _fit(counts: Array, design: Array, *, offset: Array) -> _Fit:
    """Poisson effects by reweighted least squares, with a covariance robust to errors that hang together."""
    prior = WEAK_PRIOR * float(counts.sum()) * np.eye(design.shape[1])
    effects = np.linalg.lstsq(design, np.log(np.maximum(counts, 0.5)) - offset, rcond=None)[0]
    inverse: Array = prior
    for _ in range(ROUNDS):
        expected = np.exp(np.clip(design @ effects + offset, -20, 25))
        inverse = np.asarray(np.linalg.inv((design * expected[:, None]).T @ design + prior), dtype=np.float64)
        step = inverse @ (design.T @ (counts - expected) - prior @ effects)
        effects = effects + step
        if np.abs(step).max() < 1e-8:
            break
    scores = design * (counts - np.exp(np.clip(design @ effects + offset, -20, 25)))[:, None]
    spare = max(len(counts) - design.shape[1], 1)
    covariance = inverse @ _newey_west(scores) @ inverse * len(counts) / spare
    return _Fit(np.asarray(effects, dtype=np.float64), covariance)


def _newey_west(scores: Array) -> Array:
    lags = int(4 * (len(scores) / 100) ** (2 / 9))
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        cross = scores[lag:].T @ scores[:-lag]
        meat = meat + (1 - lag / (lags + 1)) * (cross + cross.T)
    return np.asarray(meat)


def _effects(term: _Term, effects: Array, *, covariance: Array) -> Iterator[Effect]:
    """Each effect of a term that has words of its own, as a ratio."""
    if term.part == "season" and term.told is None:
        return
    for name, weights in zip(term.names, term.by_name, strict=True):
        reach = float(norm.ppf(0.975) * np.sqrt(weights @ covariance @ weights))
        value = float(weights @ effects)
        what, compared_with = _words(name)
        ratio, low, high = np.exp([value, value - reach, value + reach]).tolist()
        yield Effect(name, ratio, low, high, what, compared_with)


def _words(name: str) -> tuple[str, str]:
    """What an effect is of, and what it is compared with."""
    for start, what, compared_with in _WORDS_BY_START:
        if name.startswith(start):
            return what.format(name.removeprefix(start).replace("_", " ")), compared_with
    if name in NAMED_DAYS:
        return f"a day of kind '{name.replace('_', ' ')}'", "the same weekday otherwise"
    if name in _WEEKDAYS:
        return f"a {name}", "a usual working day"
    month = pd.Timestamp(2001, int(name), 1).month_name()
    return f"a working day in {month}", "the year's usual working day, school holidays apart"
