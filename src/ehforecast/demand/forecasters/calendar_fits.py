"""The calendar regression with ARIMA errors of every series of a task, now and as it would have been earlier."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ehforecast.demand.forecasters.arima_fit import GroupFit
from ehforecast.demand.forecasters.calendar_design import calendar_design
from ehforecast.demand.forecasters.calendar_priors import Prior, mean_of_others, priors_for
from ehforecast.demand.forecasters.error_process import GroupProblem
from ehforecast.demand.forecasters.gaps import groups_of_equal_gaps
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.steps import Step

AR_GRID = (0.0, -0.2, 0.15, 0.3, 0.45, 0.6, 0.75)
MA_GRID = (-0.98, -0.95, -0.9, -0.85, -0.8, -0.7, -0.6, -0.45, -0.3, 0.0)
"""Coefficients tried: between them the likelihood is so flat that a finer search moves forecasts by under 1%."""

AR_OF_MONTHS = (0.0,)
"""Months are too few to tell an autoregressive part from chance: with one, forecasts of months were up to 1% worse."""

SEASONS_BEFORE = 2
"""Seasons of its own history that a series must have to be forecast as if earlier."""


def calendar_fits(task: Task) -> tuple[GroupFit, ...]:
    """Fit the calendar regression with ARIMA errors to every area of a task."""
    return earlier_fits(task, ())[-1]


def earlier_fits(task: Task, lengths: Sequence[int]) -> list[tuple[GroupFit, ...]]:
    """Fits to the first so many periods (ascending lengths), and last to all of them.

    The error process and the prior of each series are chosen on the whole history of the task; effects, noise and
    levels are estimated anew from each length. A series with less than two seasons by then is left out of that fit.
    """
    every = (*lengths, len(task.history.periods))
    shortest = SEASONS_BEFORE * task.step.season + 1
    ar_grid = AR_OF_MONTHS if task.step is Step.MONTH else AR_GRID
    priors = priors_for(task.step, years=every[-1] / task.step.periods_a_year)
    problems = []
    for group in groups_of_equal_gaps(task.values, calendar_design(task)):
        own = tuple(length for length in every if length - group.start >= shortest or length == every[-1])
        problems.append(GroupProblem(group, own, tuple((ar, ma) for ma in MA_GRID for ar in ar_grid), priors))
    panel = _Panel(tuple(problems), priors)
    return [tuple(panel.fits_at(length)) for length in every]


@dataclass(frozen=True)
class _Panel:
    problems: tuple[GroupProblem, ...]
    priors: tuple[Prior, ...]

    @cached_property
    def _chosen(self) -> list[tuple[Prior, ...]]:
        """The prior of each series of each group: the one with the highest marginal likelihood."""
        if len(self.priors) == 1:
            return [self.priors * len(problem.level) for problem in self.problems]
        costs = [problem.costs(mean) for problem, mean in self._means(self.problems[0].lengths[-1])]
        return [tuple(self.priors[place] for place in cost.argmin(axis=0)) for cost in costs]

    def fits_at(self, length: int) -> Iterator[GroupFit]:
        """Fits of the groups that had begun."""
        chosen = {id(problem): priors for problem, priors in zip(self.problems, self._chosen, strict=True)}
        for problem, mean in self._means(length):
            yield problem.fit(length, chosen[id(problem)], mean=mean)

    def _means(self, length: int) -> list[tuple[GroupProblem, Array]]:
        """The mean effects of each series' fellows, (regressors, series), under the broad prior."""
        there = [problem for problem in self.problems if length in problem.lengths]
        effects = [problem.broad_effects(length) for problem in there]
        if not effects:
            return []
        ends = np.cumsum([effect.shape[1] for effect in effects])[:-1]
        return list(zip(there, np.split(mean_of_others(np.hstack(effects)), ends, axis=1), strict=True))
