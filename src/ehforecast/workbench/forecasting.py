"""Series, forecasters, tests on the past and forecasts, as a notebook uses them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import Backtest, BacktestSettings, plan_origins
from ehforecast.demand.eligibility import forecastable
from ehforecast.demand.forecast import ForecastSettings, FromRecords, forecast_demand
from ehforecast.demand.forecasters.interface import Forecaster as ForecastMethod
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import step_of
from ehforecast.errors import ForecastError, SettingsError
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reports.notebook_plots import Axes, plot_counts, plot_forecast, plot_misses
from ehforecast.workbench.given_counts import counts_given
from ehforecast.workbench.shown import Shown

METHODS = ("seasonal_naive", "pooled_smoothing", "theta")
"""Tried by default: simple, quick, and hard to beat on councils' counts."""

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


@dataclass(frozen=True, repr=False)
class Series(Shown):
    """Counts by period, one series for each area or group.

    Attributes:
        measure: what is counted.
        counted: the counts; ``counted.counts`` is a frame of periods by codes, NaN where absent.
        codes: those to be forecast; the others may be learned from.
        calendar: of the configuration.
        records: where counted from records, how complete the latest periods are.

    Raises `ForecastError` for what are not counts by period; see `Series.of_frame`.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": range(100, 184)}, index=months))
    >>> series
    contacts by month: 1 series, April 2018 to March 2025.
    """

    measure: str
    counted: SeriesSet = field(repr=False)
    codes: tuple[str, ...]
    calendar: CalendarPlan = field(default_factory=CalendarPlan)
    records: FromRecords | None = None

    @classmethod
    def of_frame(cls, counts: pd.DataFrame | pd.Series, *, measure: str = "contacts") -> Self:
        """From a frame of counts, a row for each period and a column for each series; or one series alone.

        A period that is not there is absent, not nought. Raises `ForecastError` for an index of anything but periods,
        two columns of one name, and values that are negative or no numbers.
        """
        numbers = counts_given(counts, measure=measure)
        names = [str(name) for name in numbers]
        areas = pd.DataFrame(
            {"area_name": names, "area_level": "council", "rounded_to": 1}, index=pd.Index(names, name="area_code")
        )
        absences = pd.DataFrame("", index=numbers.index, columns=names).mask(numbers.isna(), "blank")
        return cls(measure, SeriesSet(numbers, absences, areas), tuple(names))

    @property
    def names(self) -> list[str]:
        """Of the series to be forecast."""
        return [str(self.counted.areas.loc[code, "area_name"]) for code in self.codes]

    def only(self, *names: str) -> Self:
        """The same with only these to be forecast, by name or code. Raises `SettingsError` for an unknown one."""
        known = dict(zip(self.names, self.codes, strict=True)) | {code: code for code in self.codes}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise SettingsError(f"no series {', '.join(unknown)}; there are {', '.join(self.names)}")
        return replace(self, codes=tuple(known[name] for name in names))

    def lines(self) -> tuple[str, ...]:
        first, last = (period.strftime("%B %Y") for period in (self.counted.periods[0], self.counted.periods[-1]))
        step = step_of(self.counted.periods).value.replace("_", " ")
        return (f"{self.measure.replace('_', ' ')} by {step}: {len(self.codes)} series, {first} to {last}.",)

    def to_frame(self) -> pd.DataFrame:
        """Counts: a row for each period, a column for each series by its name; NaN where absent."""
        return self.counted.counts[list(self.codes)].set_axis(self.names, axis=1)

    def plot(self) -> Axes:
        """The counts as lines."""
        return plot_counts(self.to_frame(), label=self.measure)


class Forecaster:
    """One method, used as scikit-learn's estimators are: `fit` on series, `predict` so many periods ahead.

    `sklearn.base.clone`, `get_params` and `set_params` work on it. Counts in, counts out. Each method's formula and
    source: `docs/methods/forecasting.md`.

    Args:
        method: by name, such as "theta"; see `ehforecast.demand.forecasters.registry`.

    Raises `SettingsError` for a method that is not there.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=months))
    >>> ahead = Forecaster("seasonal_naive").fit(series).predict(3)
    >>> ahead.loc["North", 0.5].round().tolist()
    [100.0, 120.0, 80.0]
    """

    series_: Series

    def __init__(self, method: str) -> None:
        self.method = method
        self._chosen()

    def get_params(self, *, deep: bool = True) -> dict[str, str]:  # noqa: ARG002 - scikit-learn's own signature
        """The one setting, as scikit-learn asks for it."""
        return {"method": self.method}

    def set_params(self, **settings: str) -> Self:
        """Another method; what was fitted stays. Raises `SettingsError` for any other setting."""
        if unknown := sorted(set(settings) - {"method"}):
            raise SettingsError(f"a Forecaster has no setting {', '.join(unknown)}; there is method")
        self.method = settings.get("method", self.method)
        self._chosen()
        return self

    def _chosen(self) -> ForecastMethod:
        (found,) = forecasters_named((self.method,))
        return found

    def fit(self, series: Series) -> Self:
        """Take the series; every method learns when it forecasts, from all of them."""
        self.series_ = series
        return self

    def predict(self, horizon: int = 12) -> pd.DataFrame:
        """Quantiles of the count of each period ahead.

        A frame of (series x ``horizon``) rows, on an index of ``series, period``, by 13 columns: levels from 0.025 to
        0.975, never falling from left to right; 0 or more. Raises `ForecastError` before `fit`, for a horizon below 1,
        or where a series has too little history.
        """
        if not hasattr(self, "series_"):
            raise ForecastError("nothing was learned yet: call fit(series) first")
        horizon = _checked(horizon)
        given = self.series_
        known = forecastable(given.counted)
        refused = [code for code in given.codes if code not in known.counts]
        if refused:
            raise ForecastError(f"{len(refused)} of {len(given.codes)} series have too little history to forecast")
        calendar = calendar_ahead(known.periods, horizon, plan=given.calendar)
        task = Task(known, list(given.codes), calendar, horizon)
        quantiles = self._chosen().quantiles(task)
        index = pd.MultiIndex.from_product([given.names, task.future_periods], names=["series", "period"])
        return pd.DataFrame(quantiles.reshape(len(index), -1), index=index, columns=list(task.levels))

    def __repr__(self) -> str:
        return f"Forecaster({self.method!r}): {self._chosen().label}"


@dataclass(frozen=True, repr=False)
class Tested(Shown):
    """Methods tested on the past; see `backtest`.

    Attributes:
        scores: a row for each method, date of forecast, series and period ahead, with what was forecast and what came.
        codes: the series tested on.

    `to_frame` gives the accuracy. Measures, their units and sources: `docs/methods/accuracy.md`; ``wape`` is a share of
    all counts, 0.1 for a tenth.
    """

    scores: pd.DataFrame = field(repr=False)
    codes: tuple[str, ...]

    def lines(self) -> tuple[str, ...]:
        origins = self.scores["origin"].nunique()
        methods = self.scores["forecaster"].nunique()
        tested = "1 method" if methods == 1 else f"{methods} methods"
        return (f"{tested} tested at {origins} dates in the past on {len(self.codes)} series.",)

    def to_frame(self) -> pd.DataFrame:
        """Accuracy over all series together on the later dates: a row for each method, a column for each measure."""
        table = accuracy_table(self.scores, list(self.codes))
        pooled = table[(table["area_code"] == ALL_AREAS) & (table["stage"] == "report")]
        return pooled.pivot(index="forecaster", columns="metric", values="value").rename_axis(columns=None)

    def misses(self) -> pd.DataFrame:
        """WAPE on the later dates by periods ahead (rows) and method (columns): a share of the counts."""
        later = self.scores[self.scores["stage"] == "report"].groupby(["months_ahead", "forecaster"])
        sums = later[["absolute_error", "actual"]].sum()
        return (sums["absolute_error"] / sums["actual"]).unstack("forecaster").rename_axis(columns=None)

    def plot(self) -> Axes:
        """The same as lines, one for each method."""
        return plot_misses(self.misses())


@one_thread
def backtest(
    series: Series, methods: Sequence[str] = METHODS, *, horizon: int | None = None, progress: Progress = _silent
) -> Tested:
    """Forecast as if at earlier dates, with what was known then, and compare with what came.

    Args:
        series: the counts.
        methods: by name; the same period last year is among them by default, as the yardstick.
        horizon: periods ahead; what suits the step if none is given (12 months).
        progress: told in words what has been done.

    Raises `ForecastError` where history is too short to test on (36 months of training and two horizons), and for a
    horizon below 1.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=months))
    >>> tested = backtest(series, ["seasonal_naive"])
    >>> tested
    1 method tested at 10 dates in the past on 1 series.
    >>> float(tested.to_frame().loc["seasonal_naive", "wape"])
    0.0
    """
    settings = _backtest_settings(series, horizon)
    periods = series.counted.periods
    known = series.records.as_known if series.records else None
    test = Backtest(
        forecastable(series.counted),
        _named(methods),
        list(series.codes),
        plan_origins(periods, settings),
        settings.horizon,
        series.calendar,
        as_known=known,
    )
    return Tested(test.run(progress=progress), series.codes)


@dataclass(frozen=True, repr=False)
class Forecast(Shown):
    """A forecast with the evidence to judge it; see `forecast`.

    Attributes:
        result: everything: forecast, history, accuracy, areas that could not be forecast and why. Counts by month.
    """

    result: DemandResult = field(repr=False)

    def lines(self) -> tuple[str, ...]:
        result = self.result
        chosen = result.forecasters.loc[result.forecasters["is_published"], "label"].iloc[0]
        tested = result.accuracy[(result.accuracy["stage"] == "report") & (result.accuracy["area_code"] == ALL_AREAS)]
        published = result.forecasters.loc[result.forecasters["is_published"], "forecaster"].iloc[0]
        figures = tested[tested["forecaster"] == published].set_index("metric")["value"]
        refused = int((result.areas["refusal"] != "").sum())
        first = (
            f"{result.measure.replace('_', ' ')}: {len(result.areas) - refused} series, {result.horizon} periods after "
            f"{result.data_until}, by {chosen}."
        )
        second = (
            f"On earlier dates it missed by {figures['wape']:.0%} of the counts; its 80% ranges held "
            f"{figures['coverage80']:.0%} of what came."
        )
        return (
            first,
            second,
            *([f"{refused} series could not be forecast; see result.areas."] if refused else []),
        )

    def to_frame(self) -> pd.DataFrame:
        """Quantiles of counts: (series x months ahead) rows, on an index of ``series, month``, by 13 levels."""
        names = self.result.areas.set_index("area_code")["area_name"]
        table = self.result.forecast.assign(series=self.result.forecast["area_code"].map(names))
        order = [names[code] for code in dict.fromkeys(self.result.forecast["area_code"])]
        wide = table.pivot(index=["series", "month"], columns="level", values="forecast_count")
        return wide.reindex(order, level="series").rename_axis(columns=None)

    def accuracy(self) -> pd.DataFrame:
        """How such forecasts did on earlier dates, by series and method."""
        return self.result.accuracy

    def plot(self, name: str = "") -> Axes:
        """One series with its ranges; the first if no name is given."""
        names = self.result.areas.set_index("area_code")["area_name"]
        found = [code for code, title in names.items() if name in {"", title, code}]
        if not found:
            raise SettingsError(f"no series {name}; there are {', '.join(names)}")
        code = str(found[0])
        observed = self.result.observed[self.result.observed["area_code"] == code].set_index("month")["observed_count"]
        ahead = self.to_frame().loc[names[code]]
        return plot_forecast(observed, ahead, title=f"{names[code]}: {self.result.measure.replace('_', ' ')}")


def forecast(
    series: Series, methods: Sequence[str] = METHODS, *, horizon: int | None = None, progress: Progress = _silent
) -> Forecast:
    """Test methods on the past, take the one that did best, and forecast.

    Chosen on earlier dates, reported on later ones, so the accuracy told owes nothing to the choice
    (`docs/methods/forecasting.md`, "How one is chosen").

    Args:
        series, methods, horizon, progress: as for `backtest`.

    Raises `ForecastError` where no series can be forecast, or history is too short to test on.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=months))
    >>> ahead = forecast(series, ["seasonal_naive"], horizon=3)
    >>> ahead.to_frame().loc["North", 0.5].round().tolist()
    [100.0, 120.0, 80.0]
    """
    settings = ForecastSettings(series.measure, _named(methods), _backtest_settings(series, horizon), series.calendar)
    result = forecast_demand(
        series.counted, list(series.codes), settings=settings, records=series.records, progress=progress
    )
    return Forecast(result)


def _backtest_settings(series: Series, horizon: int | None) -> BacktestSettings:
    usual = BacktestSettings.for_step(step_of(series.counted.periods))
    return usual if horizon is None else replace(usual, horizon=_checked(horizon))


def _checked(horizon: int) -> int:
    if horizon < 1:
        raise ForecastError(f"a horizon is at least 1 period, not {horizon}")
    return int(np.ceil(horizon))


def _named(methods: Sequence[str]) -> tuple[ForecastMethod, ...]:
    """By their names; one name alone is text, and not a sequence of letters."""
    return forecasters_named((methods,) if isinstance(methods, str) else tuple(methods))
