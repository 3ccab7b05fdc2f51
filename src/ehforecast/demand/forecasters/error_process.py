"""A group of series: which ARMA error process and which prior suit each, and the fit that follows."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from ehforecast.demand.forecasters.arima_fit import ArimaFit, GroupFit
from ehforecast.demand.forecasters.calendar_priors import Prior
from ehforecast.demand.forecasters.error_filter import MovingAverageFiltered
from ehforecast.demand.forecasters.gaps import Group
from ehforecast.demand.forecasters.interface import Array
from ehforecast.demand.forecasters.shrunken_regression import Moments, ShrunkenFit, fit_shrunken

SMALLEST_LEVEL = 1e-9

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class GroupProblem:
    """Series with the same gaps, to be fitted to several lengths of history.

    Attributes:
        group: the series and their design.
        lengths: ascending, in periods of the panel; the last is the whole history.
        grid: AR and MA coefficients to choose from.
        priors: to choose from; the first is the broad one.
    """

    group: Group
    lengths: tuple[int, ...]
    grid: tuple[tuple[float, float], ...]
    priors: tuple[Prior, ...]

    @cached_property
    def level(self) -> Array:
        """Mean of each series, the unit of its effects."""
        return np.asarray(np.maximum(np.abs(self.group.values).mean(axis=0), SMALLEST_LEVEL), dtype=np.float64)

    @cached_property
    def _filtered(self) -> dict[float, MovingAverageFiltered]:
        design, ends = self.group.design, tuple(length - self.group.start - 1 for length in self.lengths)
        inputs = np.diff(np.hstack([design.past, design.marks]), axis=0)
        targets = np.diff(self.group.values / self.level, axis=0)
        mas = {ma for _, ma in self.grid}
        return {ma: MovingAverageFiltered(inputs, targets, len(design.names), ma, ends) for ma in mas}

    @cached_property
    def processes(self) -> tuple[tuple[float, float], ...]:
        """AR and MA coefficients of each series; an autoregressive part must pay for itself (BIC)."""
        sd, costs = self.priors[0].sd(self.group.design), []
        for ar, ma in self.grid:
            moments = self._filtered[ma].moments(ar)
            costs.append(fit_shrunken(moments, sd).cost + np.log(moments.number) * (ar != 0))
        return tuple(self.grid[place] for place in np.stack(costs).argmin(axis=0))

    def broad_effects(self, length: int) -> Array:
        """Effects (regressors, series), shares of the level, under the broad prior."""
        sd, effects = self.priors[0].sd(self.group.design), np.zeros((len(self.group.design.names), len(self.level)))
        for process, series in _alike(self.processes):
            effects[:, series] = fit_shrunken(self._moments(process, length).of(series), sd).effects
        return effects

    def costs(self, mean: Array) -> Array:
        """Minus twice the log marginal likelihood of the whole history under each prior: (priors, series).

        Pooled priors are about `mean` (regressors, series); where that is zero they are no choice.
        """
        result = np.full((len(self.priors), len(self.level)), np.inf)
        for process, series in _alike(self.processes):
            moments = self._moments(process, self.lengths[-1]).of(series)
            about = moments.about(mean[:, series])
            for place, prior in enumerate(self.priors):
                if mean.any() or not prior.is_pooled:
                    sd = prior.sd(self.group.design)
                    result[place, series] = fit_shrunken(about if prior.is_pooled else moments, sd).cost
        return result

    def fit(self, length: int, priors: Sequence[Prior], *, mean: Array) -> GroupFit:
        """Effects and noise from so much history, given the error process and prior of each series."""
        group, about = self.group.at(length), mean * np.array([prior.is_pooled for prior in priors])
        size, number = about.shape
        effects, covariance, variance = np.empty((size, number)), np.empty((number, size, size)), np.empty(number)
        for series, fit in self._fits(length, priors, about=about):
            effects[:, series], variance[series] = fit.effects + about[:, series], fit.variance
            covariance[series] = [fit.covariance(place) for place in range(len(series))]
        taken_out = group.design.past @ effects + group.design.marks @ self._mark_effects(length, effects)
        arima = ArimaFit(
            coefficients=effects * self.level,
            covariance=covariance * np.square(self.level)[:, None, None],
            ar=np.array([ar for ar, _ in self.processes]),
            ma=np.array([ma for _, ma in self.processes]),
            variance=variance * np.square(self.level),
            remainder=group.values - taken_out * self.level,
            prior_mean=about,
            prior_sd=np.column_stack([prior.sd(group.design) for prior in priors]),
        )
        return GroupFit(group, arima)

    def _fits(self, length: int, priors: Sequence[Prior], *, about: Array) -> Iterator[tuple[list[int], ShrunkenFit]]:
        for (process, prior), series in _alike(tuple(zip(self.processes, priors, strict=True))):
            moments = self._moments(process, length).of(series)
            yield series, fit_shrunken(moments.about(about[:, series]), prior.sd(self.group.design))

    def _mark_effects(self, length: int, effects: Array) -> Array:
        result, place = np.zeros((self.group.design.marks.shape[1], len(self.level))), self.lengths.index(length)
        if len(result):
            for (ar, ma), series in _alike(self.processes):
                result[:, series] = self._filtered[ma].mark_effects(ar, effects, place=place)[:, series]
        return result

    def _moments(self, process: tuple[float, float], length: int) -> Moments:
        ar, ma = process
        return self._filtered[ma].moments(ar, self.lengths.index(length))


def _alike(keys: Sequence[Key]) -> Iterator[tuple[Key, list[int]]]:
    """Each key there is, with the places it stands at."""
    for key in dict.fromkeys(keys):
        yield key, [place for place, other in enumerate(keys) if other == key]
