"""Forecasters, tests on the past and forecasts, as a notebook uses them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Self

import numpy as np
import pandas as pd

from ehforecast.compute.threads import one_thread
from ehforecast.demand.accuracy import accuracy_table
from ehforecast.demand.backtest import BacktestSettings
from ehforecast.demand.eligibility import find_refusals, forecastable
from ehforecast.demand.forecast import (
    ForecastSettings,
    backtest_of,
    forecast_demand,
    learnable,
)
from ehforecast.demand.forecasters.interface import Forecaster as ForecastMethod
from ehforecast.demand.forecasters.interface import Task
from ehforecast.demand.forecasters.registry import forecasters_named
from ehforecast.demand.period_calendar import calendar_ahead
from ehforecast.demand.results import ALL_AREAS, DemandResult
from ehforecast.demand.steps import Step, step_of
from ehforecast.errors import ForecastError, SettingsError
from ehforecast.reports.notebook_plots import Axes, plot_forecast, plot_misses
from ehforecast.workbench.series import Series, series_given
from ehforecast.workbench.shown import Shown

METHODS = ("seasonal_naive", "pooled_smoothing", "theta")
"""Tried by default on months: simple, quick, and hard to beat on councils' counts."""

METHODS_OF_ANY_STEP = ("seasonal_naive", "theta")
"""Tried by default on days, weeks and four weeks: `METHODS` without the one whose season is of months."""

REFUSED_SHOWN = 3
"""Series that are named with the reason why they cannot be forecast; the others are counted."""

Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


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
        self.series_ = series_given(series)
        return self

    def predict(self, horizon: int = 12) -> pd.DataFrame:
        """Quantiles of the count of each period ahead.

        A frame of (series x ``horizon``) rows, on an index of ``series, period``, by 13 columns: levels from 0.025 to
        0.975, never falling from left to right; 0 or more. Raises `ForecastError` before `fit`, for a horizon below 1,
        or where a series has too little history. A count more than five times any other of its series is not learned
        from.
        """
        if not hasattr(self, "series_"):
            raise ForecastError("nothing was learned yet: call fit(series) first")
        horizon = _checked(horizon)
        given = self.series_
        if refused := _refused(given):
            why = _in_words(_by_name(given, refused))
            raise ForecastError(f"{len(refused)} of {len(given.codes)} series cannot be forecast: {why}")
        known = forecastable(learnable(given.counted, given.calendar))
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
        untested: series that could not be, by name, each with the reason.

    `to_frame` gives the accuracy. Measures, their units and sources: `docs/methods/accuracy.md`; ``wape`` is a share of
    all counts, 0.1 for a tenth.
    """

    scores: pd.DataFrame = field(repr=False)
    codes: tuple[str, ...]
    untested: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> tuple[str, ...]:
        origins = self.scores["origin"].nunique()
        methods = self.scores["forecaster"].nunique()
        tested = "1 method" if methods == 1 else f"{methods} methods"
        first = f"{tested} tested at {origins} dates in the past on {len(self.codes)} series."
        if not self.untested:
            return (first,)
        return (first, f"{len(self.untested)} series could not be tested: {_in_words(self.untested)}.")

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
    series: Series, methods: Sequence[str] | None = None, *, horizon: int | None = None, progress: Progress = _silent
) -> Tested:
    """Forecast as if at earlier dates, with what was known then, and compare with what came.

    What `forecast` would not learn from is not learned from here either, nor scored.

    Args:
        series: the counts.
        methods: by name; `METHODS` if none are given, or `METHODS_OF_ANY_STEP` where periods are not months. The same
            period of the season before is among both, as the yardstick.
        horizon: periods ahead; what suits the step if none is given (12 months).
        progress: told in words what has been done.

    Raises `ForecastError` where no series can be forecast, history is too short to test on (36 months of training and
    two horizons), or for a horizon below 1; `SettingsError` for what is no `Series`, and for an unknown method.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=months))
    >>> tested = backtest(series, ["seasonal_naive"])
    >>> tested
    1 method tested at 10 dates in the past on 1 series.
    >>> float(tested.to_frame().loc["seasonal_naive", "wape"])
    0.0
    """
    settings = _settings(series_given(series), methods, horizon=horizon)
    refused = _refused(series)
    accepted = [code for code in series.codes if code not in refused]
    if not accepted:
        raise ForecastError(f"no series can be forecast: {_in_words(_by_name(series, refused))}")
    scores = backtest_of(series.counted, accepted, settings=settings, records=series.records).run(progress=progress)
    found = set(scores["area_code"])
    refused |= {code: "too little history at every date tested" for code in accepted if code not in found}
    return Tested(scores, tuple(code for code in accepted if code in found), _by_name(series, refused))


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
            *self._untested(),
            *result.notes["note"],
        )

    def _untested(self) -> list[str]:
        """Series with too short a history for any forecast at an earlier date: the accuracy told is not theirs."""
        areas, tested = self.result.areas, set(self.result.accuracy["area_code"])
        names = areas.loc[(areas["refusal"] == "") & ~areas["area_code"].isin(tested), "area_name"]
        return [f"Too short to be tested on earlier dates: {', '.join(names)}."] if len(names) else []

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
    series: Series, methods: Sequence[str] | None = None, *, horizon: int | None = None, progress: Progress = _silent
) -> Forecast:
    """Test methods on the past, take the one that did best, and forecast.

    Chosen on earlier dates, reported on later ones, so the accuracy told owes nothing to the choice
    (`docs/methods/forecasting.md`, "How one is chosen").

    Args:
        series, methods, horizon, progress: as for `backtest`.

    Raises as `backtest` does.

    >>> import pandas as pd
    >>> months = pd.period_range("2018-04", periods=84, freq="M")
    >>> series = Series.of_frame(pd.DataFrame({"North": [100.0, 120, 80] * 28}, index=months))
    >>> ahead = forecast(series, ["seasonal_naive"], horizon=3)
    >>> ahead.to_frame().loc["North", 0.5].round().tolist()
    [100.0, 120.0, 80.0]
    """
    settings = _settings(series_given(series), methods, horizon=horizon)
    result = forecast_demand(
        series.counted, list(series.codes), settings=settings, records=series.records, progress=progress
    )
    return Forecast(result)


def _settings(series: Series, methods: Sequence[str] | None, *, horizon: int | None) -> ForecastSettings:
    step = step_of(series.counted.periods)
    usual = BacktestSettings.for_step(step)
    asked = usual if horizon is None else replace(usual, horizon=_checked(horizon))
    by_default = METHODS if step is Step.MONTH else METHODS_OF_ANY_STEP
    return ForecastSettings(series.measure, _named(by_default if methods is None else methods), asked, series.calendar)


def _checked(horizon: object) -> int:
    if not isinstance(horizon, int | float | np.integer | np.floating) or not 1 <= horizon < np.inf:
        raise ForecastError(f"a horizon is at least 1 period, not {horizon!r}")
    return ceil(float(horizon))


def _named(methods: Sequence[str]) -> tuple[ForecastMethod, ...]:
    """By their names; one name alone is text, and not a sequence of letters."""
    if not methods:
        raise SettingsError("no method is named")
    return forecasters_named((methods,) if isinstance(methods, str) else tuple(methods))


def _refused(series: Series) -> dict[str, str]:
    """Codes of those to be forecast that cannot be, and why."""
    reasons = find_refusals(learnable(series.counted, series.calendar))
    return {code: reasons[code] for code in series.codes if code in reasons}


def _by_name(series: Series, refused: Mapping[str, str]) -> dict[str, str]:
    return {str(series.counted.areas.loc[code, "area_name"]): reason for code, reason in refused.items()}


def _in_words(refused: Mapping[str, str]) -> str:
    """The first of them with their reasons, and how many more there are."""
    told = [f"{name}, {reason}" for name, reason in list(refused.items())[:REFUSED_SHOWN]]
    others = len(refused) - len(told)
    return "; ".join([*told, *([f"and {others} more"] if others else [])])
