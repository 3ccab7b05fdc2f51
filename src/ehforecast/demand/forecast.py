"""One run: test methods on the past, choose one, forecast, and say all of it in one result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.demand.accuracy import accuracy_ahead, accuracy_by_origin, accuracy_table, pit_table
from ehforecast.demand.backtest import REPORT, Backtest, BacktestSettings, months_told_once, plan_origins
from ehforecast.demand.choice import choose_forecaster, relative_losses
from ehforecast.demand.comparison import compare_with_naive
from ehforecast.demand.completed_forecast import WithLateRecords
from ehforecast.demand.doubtful import doubt_in_words, find_doubtful, without_doubtful
from ehforecast.demand.eligibility import find_refusals, forecastable
from ehforecast.demand.explanation import explain_forecast
from ehforecast.demand.forecasters.interface import Array, Forecaster, Task, interval_kind
from ehforecast.demand.forecasters.registry import FORECASTERS
from ehforecast.demand.forecasters.seasonal_naive import SeasonalNaive, label_at
from ehforecast.demand.late_records import Completed
from ehforecast.demand.period_calendar import calendar_ahead, events_not_seen
from ehforecast.demand.results import SEASONAL_NAIVE, DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.totals import accuracy_of_totals, error_persistence, totals_table
from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reference.shocks import Shock, ShockTreatment
from ehforecast.vocabulary.absence import AbsenceReason
from ehforecast.vocabulary.areas import AreaLevel


@dataclass(frozen=True)
class ForecastSettings:
    """Choices of method. The seasonal naive is always tried, as the yardstick.

    Attributes:
        measure: what is counted, as it is named in reports.
        forecasters: methods that compete; the one that did best on earlier dates makes the forecast.
        backtest: how past forecasts are made.
        calendar: of the council.
    """

    measure: str = "referrals"
    forecasters: Sequence[Forecaster] = FORECASTERS
    backtest: BacktestSettings = field(default_factory=BacktestSettings)
    calendar: CalendarPlan = field(default_factory=CalendarPlan)


@dataclass(frozen=True)
class FromRecords:
    """What is known of series counted from records: how complete they are now, and what they looked like before."""

    completed: Completed
    as_known: Callable[[pd.Period], SeriesSet]


@one_thread
def forecast_demand(
    series: SeriesSet,
    areas: Sequence[str],
    *,
    settings: ForecastSettings | None = None,
    records: FromRecords | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> DemandResult:
    """Forecast the areas; every other series may be learned from.

    With `records`, past forecasts are made from what was on record then, and the forecast knows that the latest periods
    are incomplete; `series` are those completed. Raises `ForecastError` if no area can be forecast, or if history is
    too short to test the forecasts on.
    """
    settings = settings or ForecastSettings()
    plan, horizon = settings.calendar, settings.backtest.horizon
    usable = learnable(series, plan)
    refusals = {code: reason for code, reason in find_refusals(usable).items() if code in areas}
    accepted = [code for code in areas if code not in refusals]
    if not accepted:
        raise ForecastError("no area can be forecast: " + "; ".join(sorted(set(refusals.values()))))
    methods, pooled = _with_yardstick(settings.forecasters), _pooled(series, accepted)
    tests = backtest_of(series, accepted, settings=replace(settings, forecasters=methods), records=records)
    scores = tests.run(progress=progress)
    losses = relative_losses(scores)
    published = choose_forecaster(losses, methods)
    task = Task(forecastable(usable), accepted, calendar_ahead(series.periods, horizon, plan=plan), horizon)
    number = "1 area" if len(accepted) == 1 else f"{len(accepted)} areas"
    progress(f"forecasting {number} by {label_at(published, task.step)}")
    forecaster = WithLateRecords(published, records.completed) if records else published
    quantiles = forecaster.quantiles(task)
    explained = explain_forecast(task, quantiles[:, :, _middle(task)], forecaster=published)
    persistence = error_persistence(scores[scores["stage"] != REPORT], published.name)
    of_totals = accuracy_of_totals(
        scores, forecaster=published.name, pooled=pooled, persistence=persistence, stage=REPORT
    )
    shown = scores[scores["forecaster"].isin([published.name, SEASONAL_NAIVE])]
    return DemandResult(
        measure=settings.measure,
        data_until=str(series.last_period),
        horizon=horizon,
        areas=_areas(series, areas, refusals=refusals, published=published),
        observed=_observed(records.completed.records.series if records else series, areas),
        forecast=_forecast(task, quantiles),
        accuracy=pd.concat([accuracy_table(scores, pooled), of_totals], ignore_index=True),
        forecasters=_tried(methods, task, losses=losses, published=published),
        accuracy_ahead=accuracy_ahead(shown, series.areas, pooled=pooled, stage=REPORT),
        comparison=compare_with_naive(scores, stage=REPORT, overlap=settings.backtest.overlap),
        pit=pit_table(shown, pooled, stage=REPORT),
        totals=totals_table(series, accepted, quantiles=quantiles, persistence=persistence),
        explanation=explained.explanation,
        effects=explained.effects,
        completed=_completed(records, areas),
        notes=pd.DataFrame({"note": _notes(task, plan)}, dtype=object),
        accuracy_by_origin=accuracy_by_origin(scores, pooled),
        tested=months_told_once(scores, forecaster=published.name, between=settings.backtest.months_between_origins),
    )


def backtest_of(
    series: SeriesSet, areas: Sequence[str], *, settings: ForecastSettings, records: FromRecords | None = None
) -> Backtest:
    """The forecasts of `forecast_demand` as they would have been made at earlier dates, by these methods alone.

    Raises `ForecastError` if history is too short to test the forecasts on.
    """
    plan, asked = settings.calendar, settings.backtest
    known_then = records.as_known if records else series.known_until
    return Backtest(
        learnable(series, plan),
        settings.forecasters,
        areas,
        plan_origins(series.periods, asked),
        asked.horizon,
        plan,
        as_known=lambda origin: learnable(known_then(origin), plan),
    )


def learnable(series: SeriesSet, plan: CalendarPlan) -> SeriesSet:
    """The series without what must not be learned from: shocks to be treated as missing, and counts to be doubted."""
    return without_doubtful(without_shocks(series, plan))


def without_shocks(series: SeriesSet, plan: CalendarPlan) -> SeriesSet:
    """The series with the periods of every shock that is to be treated as missing taken out."""
    taken = np.zeros(len(series.periods), dtype=bool)
    for shock in plan.shocks:
        if shock.treatment is ShockTreatment.MISSING:
            taken |= _in_shock(series.periods, shock)
    if not taken.any():
        return series
    rows = pd.Series(taken, index=series.counts.index)
    absences = series.absences.mask(rows & series.counts.notna().any(axis=1), str(AbsenceReason.NOT_APPLICABLE))
    return replace(series, counts=series.counts.mask(rows, axis=0), absences=absences)


def _in_shock(periods: pd.PeriodIndex, shock: Shock) -> "npt.NDArray[np.bool_]":
    return np.asarray(shock.holds(periods.end_time.to_period("M")), dtype=bool)


def _middle(task: Task) -> int:
    return list(task.levels).index(0.5)


def _notes(task: Task, plan: CalendarPlan) -> list[str]:
    """What the reader must know about the whole forecast."""
    notes = [
        f"Nothing is known of the effect of '{name}', which comes in the months ahead and never came before: the "
        "forecast leaves it out."
        for name in events_not_seen(task.calendar, task.history.periods)
    ]
    for shock in plan.shocks:
        if shock.treatment is not ShockTreatment.OWN_EFFECTS:
            how = "were taken out" if shock.treatment is ShockTreatment.MISSING else "are learned from like any others"
            notes.append(f"The periods of '{shock.name}', {shock.first} to {shock.last}, {how}.")
        elif _in_shock(task.history.periods[-1:], shock).any():
            lately = int(_in_shock(task.history.periods, shock).sum())
            notes.append(
                f"The latest periods ({lately}) lie in '{shock.name}', {shock.first} to {shock.last}. Methods that "
                "know the calendar take them for an exception: their forecast goes on from the level before."
            )
    return notes


def _completed(records: FromRecords | None, areas: Sequence[str]) -> pd.DataFrame:
    if records is None:
        return pd.DataFrame()
    table = records.completed.summary
    table = table[table["area_code"].isin(areas)].rename(columns={"period": "month"})
    return table.assign(month=table["month"].astype(str)).reset_index(drop=True)


def _with_yardstick(forecasters: Sequence[Forecaster]) -> tuple[Forecaster, ...]:
    yardstick = SeasonalNaive()
    return (yardstick, *(forecaster for forecaster in forecasters if forecaster.name != yardstick.name))


def _tried(
    methods: Sequence[Forecaster], task: Task, *, losses: "pd.Series[float]", published: Forecaster
) -> pd.DataFrame:
    """Each method, what it was chosen by, and where its ranges for these areas come from."""
    return pd.DataFrame(
        {
            "forecaster": [method.name for method in methods],
            "label": [label_at(method, task.step) for method in methods],
            "is_published": [method.name == published.name for method in methods],
            "choice_loss": [losses[method.name] for method in methods],
            "ranges": [str(interval_kind(method, task)) for method in methods],
        }
    )


def _pooled(series: SeriesSet, areas: Sequence[str]) -> list[str]:
    """Councils: a country's volume would drown theirs."""
    councils = [code for code in areas if series.areas.loc[code, "area_level"] == AreaLevel.COUNCIL]
    return councils or list(areas)


def _areas(series: SeriesSet, areas: Sequence[str], *, refusals: dict[str, str], published: Forecaster) -> pd.DataFrame:
    table, doubtful = series.areas.loc[list(areas)].reset_index(), find_doubtful(series)
    return table.assign(
        forecaster=["" if code in refusals else published.name for code in table["area_code"]],
        refusal=[refusals.get(code, "") for code in table["area_code"]],
        note=[_note(series, code, doubtful=doubtful) for code in table["area_code"]],
    )


def _note(series: SeriesSet, code: str, *, doubtful: Mapping[str, pd.Period]) -> str:
    """What the reader must know about the series itself."""
    absent = series.absences[code]
    known = series.periods[series.counts[code].notna().to_numpy()]
    notes = []
    if number := int((absent != "").sum()):
        are, were = ("month is", "was") if number == 1 else ("months are", "were")
        notes.append(f"{number} {are} absent from the figures and {were} not filled in.")
    if len(known) and known[0] > series.periods[0]:
        notes.append(f"The series begins in {known[0].strftime('%B %Y')}.")
    if code in doubtful:
        notes.append(doubt_in_words(series, doubtful[code]))
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
