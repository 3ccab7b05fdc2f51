"""Exponential smoothing in state space form, each area by itself."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from ehforecast.demand.forecasters.interface import Array, Task
from ehforecast.demand.forecasters.pooled_season import month_factors, pooled_month_index, season_pool
from ehforecast.demand.steps import Step

SEASON = Step.MONTH.season
OWN_SEASON_YEARS = 3
"""Whole years of history from which an area's own season is estimated; below that the pooled one serves."""


@dataclass(frozen=True)
class Ets:
    """Error-trend-season smoothing of referrals per working day: additive error, damped or no trend, additive season.

    statsmodels `ETSModel` fits by maximum likelihood; the form with the lower AICc is taken. Ranges are the model's own
    (normal, exact for additive models). Months that are absent are filled for fitting only, with the mean of the two
    neighbouring months of known count adjusted for the pooled season; see `docs/decisions.md`.

    Source: Hyndman, Koehler, Ord and Snyder (2008), *Forecasting with exponential smoothing*.
    """

    name: str = "ets"
    label: str = "a level, trend and season of the area's own (ETS)"

    def quantiles(self, task: Task) -> Array:
        """See `Forecaster.quantiles`."""
        working_days = task.past["working_days"]
        index = pooled_month_index(season_pool(task.history), task.calendar["working_days"])
        season = month_factors(index, task.history.periods)
        counts = task.history.counts[list(task.areas)]
        rates = _without_gaps(counts.div(working_days, axis=0), season)
        future_days = task.future["working_days"].to_numpy()
        normal = norm.ppf(np.asarray(task.levels))
        forecasts = [_rate_quantiles(rates[code].dropna(), task.horizon, normal=normal) for code in rates]
        return np.asarray(np.maximum(np.stack(forecasts) * future_days[None, :, None], 0.0), dtype=np.float64)


def _without_gaps(rates: pd.DataFrame, season: Array) -> pd.DataFrame:
    adjusted = rates.div(season, axis=0)
    return adjusted.interpolate(limit_area="inside").ffill().mul(season, axis=0)


def _rate_quantiles(rate: "pd.Series[float]", horizon: int, *, normal: Array) -> Array:
    """Quantiles of one area's rate: (horizon, levels)."""
    seasonal = "add" if len(rate) >= OWN_SEASON_YEARS * SEASON else None
    periods = SEASON if seasonal else None
    fits = []
    for trend in (None, "add"):
        model = ETSModel(
            rate, error="add", trend=trend, damped_trend=bool(trend), seasonal=seasonal, seasonal_periods=periods,
            initialization_method="heuristic",
        )  # fmt: skip
        fits.append(model.fit(disp=False))
    best = min(fits, key=lambda fit: fit.aicc)
    prediction = best.get_prediction(start=len(rate), end=len(rate) + horizon - 1)
    middle, variance = np.asarray(prediction.predicted_mean), np.asarray(prediction.forecast_variance)
    return np.asarray(middle[:, None] + np.sqrt(variance)[:, None] * normal)
