"""A fitted calendar regression with ARIMA errors, for several series estimated together."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ehforecast.demand.forecasters.calendar_design import EffectKind
from ehforecast.demand.forecasters.gaps import Group
from ehforecast.demand.forecasters.interface import Array


@dataclass(frozen=True)
class ArimaFit:
    """ARIMA(1,1,1) errors about a calendar regression, for several series.

    Attributes:
        coefficients: (regressors, series), counts per unit of the regressor.
        covariance: (series, regressors, regressors) of the coefficients.
        ar, ma: (series,).
        variance: (series,) of the one-step errors, counts squared.
        remainder: (periods, series), the series less its calendar effects and drift; across marked blocks, what the
            errors before and after make likely.
        prior_mean, prior_sd: (regressors, series), shares of the level.
    """

    coefficients: Array
    covariance: Array
    ar: Array
    ma: Array
    variance: Array
    remainder: Array
    prior_mean: Array
    prior_sd: Array


@dataclass(frozen=True)
class GroupFit:
    """Series estimated together, and their fit: what the calendar methods share."""

    group: Group
    arima: ArimaFit

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return len(self.group.design.future)

    @cached_property
    def is_drift(self) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        """Which regressor is the steady drift."""
        return np.array([kind is EffectKind.DRIFT for kind in self.group.design.kinds], dtype=bool)

    @property
    def without_calendar(self) -> Array:
        """The series less their calendar effects, drift left in: (periods, series)."""
        drift = self.is_drift
        return self.arima.remainder + self.group.design.past[:, drift] @ self.arima.coefficients[drift]

    @property
    def calendar_ahead(self) -> Array:
        """Calendar effects to come, without drift: (horizon, series)."""
        calendar = ~self.is_drift
        return self.group.design.future[:, calendar] @ self.arima.coefficients[calendar]
