"""Level, season and calendar effects as unobserved states, by statsmodels: slow, and a check on the fast methods."""

import warnings
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.structural import UnobservedComponents as Model

from ehforecast.demand.forecasters.calendar_design import CalendarDesign, EffectKind, calendar_design
from ehforecast.demand.forecasters.gaps import groups_of_equal_gaps
from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.steps import Step

MOST_ROUNDS = 50
"""Of the likelihood's maximiser; more moves forecasts by less than their rounding."""


@dataclass(frozen=True)
class UnobservedComponents:
    """A local level, a season that may change (days of the week, months) and calendar effects, all in the state.

    The series is brought to mean 0 and standard deviation 1 first: with regressors in the state, statsmodels starts
    from a variance that is too small for large counts. Absent and shocked periods are left to the Kalman filter.

    Source: Harvey (1989); statsmodels `UnobservedComponents`.
    """

    name: str = "unobserved_components"
    label: str = "a level, a season and calendar effects that are not observed (state space)"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        normal = np.asarray(norm.ppf(np.asarray(task.levels)), dtype=np.float64)
        result = np.empty((len(task.areas), task.horizon, len(normal)))
        for group in groups_of_equal_gaps(task.values, calendar_design(task)):
            known = group.values.copy()
            known[(group.design.marks > 0).any(axis=1)] = np.nan
            for place, column in enumerate(group.columns):
                mean, sd = _forecast(known[:, place], _regressors(group.design))
                result[column] = mean[:, None] + sd[:, None] * normal[None, :]
        return np.maximum(result, 0.0)


def _regressors(design: CalendarDesign) -> CalendarDesign:
    """Without drift, and without the shapes that the season stands for."""
    kept = np.array([kind in (EffectKind.HARMONIC, EffectKind.NAMED) for kind in design.kinds], dtype=bool)
    return replace(design, past=design.past[:, kept], future=design.future[:, kept])


def _forecast(values: Array, design: CalendarDesign) -> tuple[Array, Array]:
    """Means and standard deviations to come: each (horizon,)."""
    centre, scale = np.nanmean(values), max(float(np.nanstd(values)), 1e-9)
    model = Model(
        (values - centre) / scale,
        level="local level",
        seasonal=design.step.season if design.step in (Step.DAY, Step.MONTH) else None,
        exog=design.past if design.past.shape[1] else None,
        mle_regression=False,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit = model.fit(disp=False, maxiter=MOST_ROUNDS)
    ahead = fit.get_forecast(len(design.future), exog=design.future if design.past.shape[1] else None)
    return centre + scale * np.asarray(ahead.predicted_mean), scale * np.asarray(ahead.se_mean)
