"""Counts by period, as a notebook gives and sees them."""

from dataclasses import dataclass, field, replace
from typing import Self

import pandas as pd

from ehforecast.demand.forecast import FromRecords
from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import step_of
from ehforecast.errors import SettingsError
from ehforecast.reference.calendar_plan import CalendarPlan
from ehforecast.reports.notebook_plots import Axes, plot_counts
from ehforecast.workbench.given_counts import counts_given
from ehforecast.workbench.shown import Shown


@dataclass(frozen=True, repr=False)
class Series(Shown):
    """Counts by period, one series for each area or group.

    Attributes:
        measure: what is counted.
        counted: the counts; ``counted.counts`` is a frame of periods by codes, NaN where absent.
        codes: those to be forecast; the others may be learned from.
        calendar: bank and school holidays, events, known shifts, and shocks that are not learned from.
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
    def of_frame(
        cls, counts: pd.DataFrame | pd.Series, *, measure: str = "contacts", calendar: CalendarPlan | None = None
    ) -> Self:
        """From a frame of counts, a row for each period and a column for each series; or one series alone.

        A period that is not there is absent, not nought. Raises `ForecastError` for an index of anything but periods,
        two columns of one name, and values that are negative or no numbers. Periods are days, weeks, four weeks
        (``28D``) or months, from 2000 to 2050: forecasts need the calendar of those years.

        Without a ``calendar`` it is England's, and nothing is learned from the months of Covid: where those are like
        any others, give ``CalendarPlan(shocks=())``.
        """
        numbers = counts_given(counts, measure=measure)
        names = [str(name) for name in numbers]
        areas = pd.DataFrame(
            {"area_name": names, "area_level": "council", "rounded_to": 1}, index=pd.Index(names, name="area_code")
        )
        absences = pd.DataFrame("", index=numbers.index, columns=names).mask(numbers.isna(), "blank")
        return cls(measure, SeriesSet(numbers, absences, areas), tuple(names), calendar or CalendarPlan())

    @property
    def names(self) -> list[str]:
        """Of the series to be forecast."""
        return [str(self.counted.areas.loc[code, "area_name"]) for code in self.codes]

    def only(self, *names: str) -> Self:
        """Only these to be forecast, by name or code. Raises `SettingsError` for none, and for an unknown one."""
        if not names:
            raise SettingsError(f"name at least one series; there are {', '.join(self.names)}")
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


def series_given(given: object) -> Series:
    """What a notebook gave as series; `SettingsError` for anything else."""
    if not isinstance(given, Series):
        raise SettingsError(f"a {type(given).__name__} is not yet a Series: make one with Series.of_frame")
    return given
