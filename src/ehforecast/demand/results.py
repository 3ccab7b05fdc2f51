"""All that the demand half can say: forecasts of counts, what was observed, and how well such forecasts did before."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pandas as pd

INTERVAL_COVERAGES = (0.5, 0.8, 0.95)
"""Nominal shares of months that fall inside a published range."""

QUANTILE_LEVELS = (0.025, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.975)
"""The middle, the ends of the published ranges, and the deciles that the weighted quantile loss is averaged over."""

ALL_AREAS = "all"
"""`area_code` of accuracy pooled over the councils scored, or over every area where none is a council."""

SEASONAL_NAIVE = "seasonal_naive"
"""The simple method everything is compared with: the same period of the season before."""


def interval_ends(coverage: float) -> tuple[float, float]:
    """The two quantile levels between which a range of that coverage lies.

    >>> interval_ends(0.8)
    (0.1, 0.9)
    """
    tail = round((1 - coverage) / 2, 3)
    return tail, round(1 - tail, 3)


@dataclass(frozen=True)
class DemandResult:
    """One run's forecast of one monthly measure for a set of areas, with the evidence to judge it.

    Attributes:
        measure: what is counted, for example ``"referrals"``.
        data_until: last month with data, ``"2022-03"``.
        horizon: months ahead.
        areas: one row per area: ``area_code, area_name, area_level, rounded_to`` (count units), ``forecaster``
            (published method, empty if refused), ``refusal`` (why there is no forecast, else empty), ``note`` (what the
            reader must know about this series, else empty).
        observed: ``area_code, month`` (``"2022-03"``), ``observed_count`` (NaN if absent), ``absent_because``
            (an `AbsenceReason` value or empty).
        forecast: ``area_code, month, level`` (one of `QUANTILE_LEVELS`), ``forecast_count`` (that quantile; 0 or more).
        accuracy: past forecasts against what came: ``area_code`` (or `ALL_AREAS`), ``stage`` (``"choice"`` for the
            earlier origins the method was chosen on, ``"report"`` for later ones), ``forecaster, metric`` (wape, mase,
            wql, coverage50, coverage80, coverage95), ``value`` (shares and ratios, not per cent), ``months`` (forecast
            months scored), ``origins`` (forecast dates), ``first_origin``, ``last_origin`` (months).
        forecasters: one row per method tried: ``forecaster, label`` (plain words), ``is_published``,
            ``choice_loss`` (what it was chosen by: weighted quantile loss over that of the same season before, a ratio,
            on the choice origins; lower is better).
    """

    measure: str
    data_until: str
    horizon: int
    areas: pd.DataFrame
    observed: pd.DataFrame
    forecast: pd.DataFrame
    accuracy: pd.DataFrame
    forecasters: pd.DataFrame

    def facts(self) -> dict[str, object]:
        """What is not a frame, for keeping."""
        return {name: value for name, value in vars(self).items() if not isinstance(value, pd.DataFrame)}

    def frames(self) -> dict[str, pd.DataFrame]:
        """The frames by name, for keeping."""
        return {name: value for name, value in vars(self).items() if isinstance(value, pd.DataFrame)}

    @classmethod
    def from_parts(cls, facts: Mapping[str, Any], frames: Mapping[str, pd.DataFrame]) -> "DemandResult":
        """Put a kept result together again."""
        parts = {**facts, **frames}
        return cls(**{field.name: parts[field.name] for field in fields(cls)})
