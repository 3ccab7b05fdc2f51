"""One run: test methods on the past, choose one, forecast, and say all of it in one result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import Backtest, BacktestSettings, plan_origins
from ehforecast.demand.choice import choose_forecaster, relative_losses
from ehforecast.demand.eligibility import find_refusals, forecastable
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task
from ehforecast.demand.forecasters.registry import FORECASTERS
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.results import DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.areas import AreaLevel


@dataclass(frozen=True)
class ForecastSettings:
    """Choices of method. The seasonal naive is always tried, as the yardstick."""

    measure: str = "referrals"
    forecasters: Sequence[Forecaster] = FORECASTERS
    backtest: BacktestSettings = field(default_factory=BacktestSettings)


def forecast_demand(
    series: SeriesSet,
    areas: Sequence[str],
    *,
    settings: ForecastSettings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> DemandResult:
    """Forecast the areas; every other series may be learned from.

    Raises `ForecastError` if no area can be forecast, or if history is too short to test the forecasts on.
    """
    settings = settings or ForecastSettings()
    refusals = {code: reason for code, reason in find_refusals(series).items() if code in areas}
    accepted = [code for code in areas if code not in refusals]
    if not accepted:
        raise ForecastError("no area can be forecast: " + "; ".join(sorted(set(refusals.values()))))
    horizon = settings.backtest.horizon
    methods = _with_yardstick(settings.forecasters)
    origins = plan_origins(series.periods, settings.backtest)
    scores = Backtest(series, methods, accepted, origins, horizon).run(progress=progress)
    losses = relative_losses(scores)
    published = choose_forecaster(losses, methods)
    progress(f"forecasting {len(accepted)} areas by {published.label}")
    task = Task(forecastable(series), accepted, calendar_ahead(series.periods, horizon), horizon)
    return DemandResult(
        measure=settings.measure,
        data_until=str(series.last_period),
        horizon=horizon,
        areas=_areas(series, areas, refusals=refusals, published=published),
        observed=_observed(series, areas),
        forecast=_forecast(task, published.quantiles(task)),
        accuracy=accuracy_table(scores, _pooled(series, accepted)),
        forecasters=pd.DataFrame(
            [(method.name, method.label, method.name == published.name, losses[method.name]) for method in methods],
            columns=["forecaster", "label", "is_published", "choice_loss"],
        ),
    )


def _with_yardstick(forecasters: Sequence[Forecaster]) -> tuple[Forecaster, ...]:
    yardstick = SeasonalNaive()
    return (yardstick, *(forecaster for forecaster in forecasters if forecaster.name != yardstick.name))


def _pooled(series: SeriesSet, areas: Sequence[str]) -> list[str]:
    """Councils: a country's volume would drown theirs."""
    councils = [code for code in areas if series.areas.loc[code, "area_level"] == AreaLevel.COUNCIL]
    return councils or list(areas)


def _areas(series: SeriesSet, areas: Sequence[str], *, refusals: dict[str, str], published: Forecaster) -> pd.DataFrame:
    table = series.areas.loc[list(areas)].reset_index()
    return table.assign(
        forecaster=["" if code in refusals else published.name for code in table["area_code"]],
        refusal=[refusals.get(code, "") for code in table["area_code"]],
        note=[_note(series, code) for code in table["area_code"]],
    )


def _note(series: SeriesSet, code: str) -> str:
    """What the reader must know about the series itself."""
    absent = series.absences[code]
    known = series.periods[series.counts[code].notna().to_numpy()]
    notes = []
    if number := int((absent != "").sum()):
        were = (
            "month is absent from the published figures and was"
            if number == 1
            else ("months are absent from the published figures and were")
        )
        notes.append(f"{number} {were} not filled in.")
    if len(known) and known[0] > series.periods[0]:
        notes.append(f"The series begins in {known[0].strftime('%B %Y')}.")
    return " ".join(notes)


def _observed(series: SeriesSet, areas: Sequence[str]) -> pd.DataFrame:
    counts, absences = series.counts[list(areas)], series.absences[list(areas)]
    months = counts.index.astype(str)
    long = pd.DataFrame(
        {
            "area_code": np.repeat(counts.columns.to_numpy(), len(months)),
            "month": np.tile(months, counts.shape[1]),
            "observed_count": counts.to_numpy().T.ravel(),
            "absent_because": absences.to_numpy().T.ravel(),
        }
    )
    existed = long["observed_count"].notna() | (long["absent_because"] != "")
    return long[existed].reset_index(drop=True)


def _forecast(task: Task, quantiles: Array) -> pd.DataFrame:
    areas, months, levels = list(task.areas), task.future_periods.astype(str), list(task.levels)
    index = pd.MultiIndex.from_product([areas, months, levels], names=["area_code", "month", "level"])
    return pd.DataFrame({"forecast_count": quantiles.ravel()}, index=index).reset_index()
