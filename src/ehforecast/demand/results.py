"""All that the demand half can say: forecasts of counts, what was observed, and how well such forecasts did before."""

from dataclasses import dataclass, field

import pandas as pd

from ehforecast.kept_result import KeptResult

INTERVAL_COVERAGES = (0.5, 0.8, 0.95)
"""Nominal shares of months that fall inside a published range."""

QUANTILE_LEVELS = (0.025, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 0.975)
"""The middle, the ends of the published ranges, and the deciles that the weighted quantile loss is averaged over."""

ALL_AREAS = "all"
"""`area_code` of accuracy pooled over the councils scored, or over every area where none is a council."""

SEASONAL_NAIVE = "seasonal_naive"
"""The simple method everything is compared with: the same period of the season before."""

TIED_WITHIN = 0.03
"""Relative difference in loss below which two methods are tied: a method that is harder to follow must be 3% better,
which is what this project asked of itself against the published baseline of monthly referrals."""


def interval_ends(coverage: float) -> tuple[float, float]:
    """The two quantile levels between which a range of that coverage lies.

    >>> interval_ends(0.8)
    (0.1, 0.9)
    """
    tail = round((1 - coverage) / 2, 3)
    return tail, round(1 - tail, 3)


@dataclass(frozen=True)
class DemandResult(KeptResult):
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
            rmsse, wql, bias, coverage50, coverage80, coverage95, interval_score50, interval_score80, interval_score95;
            and with ``total_`` before them wape, bias and coverage of the total of all months ahead), ``value`` (shares
            and ratios, not per cent), ``standard_error`` (of coverage, else NaN), ``months`` (forecast months or totals
            scored), ``origins`` (forecast dates), ``first_origin``, ``last_origin`` (months).
        forecasters: one row per method tried: ``forecaster, label`` (plain words), ``is_published``,
            ``choice_loss`` (what it was chosen by: weighted quantile loss over that of the same season before, a ratio,
            on the choice origins; lower is better), ``ranges`` (where its ranges come from: native, past_errors or
            calibrated; not kept by older runs).
        accuracy_ahead: the published method and the seasonal naive on the report origins by ``months_ahead``:
            ``area_code`` (`ALL_AREAS` with an empty ``area_level`` for the areas pooled, with a level for all areas of
            it), ``area_level``, and the other columns of `accuracy`.
        comparison: each method against the seasonal naive on the report origins: ``forecaster, relative_loss`` (below 0
            is better; a share), ``low, high`` (95% interval), ``p_value, origins, verdict`` (better, tie, worse, or
            that dates are too few).
        pit: how often what came fell in each fifth of its forecast distribution: ``forecaster, low, high, share,
            months``; a fifth each where ranges mean what they say.
        totals: the total of the months ahead: ``area_code, months, level, total_count`` (that quantile; NaN where
            withheld), ``total_before`` (observed in as many months before; NaN where one is absent),
            ``absent_because`` (why there is no total, else empty).
        explanation: what each forecast month is made of: ``area_code, month, part`` (level, trend, season, calendar,
            event, rest), ``log_effect`` (adding up to the log of the middle), ``count`` (adding up to the middle).
        effects: calendar effects one by one: ``effect, ratio, low, high`` (95% interval), ``unit, words``.
        changes: since the forecast before: ``area_code, month, earlier_count, observed_count, latest_count, change,
            new_data, level, calendar, rest``; empty where there is no earlier forecast.
        past_forecasts: earlier runs' forecasts against what came: ``run_id, data_until, area_code, months_ahead,
            metric, value, months``; empty where no earlier run can be scored yet.
        completed: the latest months as recorded and as completed for late records: ``area_code, month,
            recorded_count, completed_count, level, quantile_count``; empty where nothing is completed.
        notes: what the reader must know about the whole forecast, a sentence each: ``note``.
        accuracy_by_origin: each method's accuracy over the areas pooled, by date in the past from which was forecast:
            ``stage, forecaster, origin``, and ``metric, value, months`` as in `accuracy`.
        tested: private: past forecasts by the published method that reach no further than the next date from which was
            forecast, so that each month is forecast once: ``area_code, origin, months_ahead, actual, middle, low,
            high`` (ends of the 80% range). No report may show it; the door takes it out.
    """

    measure: str
    data_until: str
    horizon: int
    areas: pd.DataFrame
    observed: pd.DataFrame
    forecast: pd.DataFrame
    accuracy: pd.DataFrame
    forecasters: pd.DataFrame
    accuracy_ahead: pd.DataFrame = field(default_factory=pd.DataFrame)
    comparison: pd.DataFrame = field(default_factory=pd.DataFrame)
    pit: pd.DataFrame = field(default_factory=pd.DataFrame)
    totals: pd.DataFrame = field(default_factory=pd.DataFrame)
    explanation: pd.DataFrame = field(default_factory=pd.DataFrame)
    effects: pd.DataFrame = field(default_factory=pd.DataFrame)
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    past_forecasts: pd.DataFrame = field(default_factory=pd.DataFrame)
    completed: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)
    accuracy_by_origin: pd.DataFrame = field(default_factory=pd.DataFrame)
    tested: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
