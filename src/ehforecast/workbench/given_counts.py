"""Counts as a notebook holds them, checked before anything is learned from them."""

import numpy as np
import pandas as pd

from ehforecast.errors import ForecastError


def counts_given(counts: pd.DataFrame | pd.Series, *, measure: str) -> pd.DataFrame:
    """Numbers by whole periods without holes (rows) and named series (columns); NaN where absent.

    One series alone has its own name, or that of the measure. Raises `ForecastError` for what are not counts by period.

    >>> months = pd.period_range("2024-01", periods=2, freq="M")
    >>> counts_given(pd.Series([7, 9], index=months), measure="contacts")
             contacts
    2024-01       7.0
    2024-02       9.0
    """
    if not isinstance(counts, pd.DataFrame | pd.Series):
        raise ForecastError(f"counts are given as a frame or a series of pandas, not as {type(counts).__name__}")
    if isinstance(counts, pd.Series):
        counts = counts.to_frame(measure if counts.name is None else counts.name)
    numbers = counts.set_axis([str(name) for name in counts], axis=1).reindex(_periods(counts))
    for name in numbers:
        numbers[name] = _numbers(numbers[name])
    negative = int((numbers < 0).to_numpy().sum())
    if negative:
        raise ForecastError(f"{negative} counts are negative; a count is 0 or more, or absent")
    return numbers


def _periods(frame: pd.DataFrame) -> pd.PeriodIndex:
    """From the first to the last, in order, those without a row too."""
    if not frame.size:
        raise ForecastError("there are no counts; give a row for each period and a column for each series")
    if not isinstance(frame.index, pd.PeriodIndex) or frame.index.has_duplicates:
        raise ForecastError("give counts with a PeriodIndex, each period once: counts.to_period('M')")
    twice = int(pd.Index([str(name) for name in frame]).duplicated().sum())
    if twice:
        raise ForecastError(f"columns whose name stands before: {twice}; each series needs a name of its own")
    return pd.period_range(frame.index.min(), frame.index.max(), freq=frame.index.freq)


def _numbers(column: pd.Series) -> pd.Series:
    found = pd.to_numeric(column, errors="coerce").astype("float64")
    wrong = int(((found.isna() & column.notna()) | np.isinf(found)).sum())
    if wrong:
        raise ForecastError(f"column '{column.name}': {wrong} values are not finite numbers; leave absent ones empty")
    return found
