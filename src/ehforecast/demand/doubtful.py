"""Single counts so far beyond all others that they are checked before they are learned from."""

from dataclasses import replace

import numpy as np
import pandas as pd

from ehforecast.demand.series import SeriesSet
from ehforecast.demand.steps import Step, step_of
from ehforecast.vocabulary.absence import AbsenceReason

TIMES_ANY_OTHER = 5.0
"""How many times the largest other count of its series a count must be to be doubted."""

SMALLEST_DOUBTED = 25.0
"""Counts below this are not doubted: small series have such ratios by chance."""

FEWEST_OTHERS = 12
"""Other counts without which nothing is doubted."""


def find_doubtful(series: SeriesSet) -> dict[str, pd.Period]:
    """The one count of a series that is more than five times any other, by series; empty where there is none.

    A typing error, a load of old cases on one day, a double extract: one such count moves level, season and ranges of
    its series for years, and the season of all that borrow from it. A second count of that size makes it a level.
    """
    values = series.counts.to_numpy(dtype=np.float64)
    found = {}
    for column, code in enumerate(series.counts.columns):
        known = np.flatnonzero(~np.isnan(values[:, column]))
        if len(known) <= FEWEST_OTHERS:
            continue
        order = known[np.argsort(values[known, column])]
        largest, second = values[order[-1], column], values[order[-2], column]
        if largest >= SMALLEST_DOUBTED and largest > TIMES_ANY_OTHER * second:
            found[str(code)] = series.periods[order[-1]]
    return found


def without_doubtful(series: SeriesSet) -> SeriesSet:
    """The series with doubtful counts taken out, marked as of low reliability."""
    found = find_doubtful(series)
    if not found:
        return series
    counts, absences = series.counts.copy(), series.absences.astype(object).copy()
    for code, period in found.items():
        counts.loc[period, code], absences.loc[period, code] = np.nan, str(AbsenceReason.LOW_RELIABILITY)
    return replace(series, counts=counts, absences=absences)


def doubt_in_words(series: SeriesSet, period: pd.Period) -> str:
    """What the reader must know and do; never the count itself."""
    step = step_of(series.periods)
    named = period.strftime("%B %Y") if step is Step.MONTH else str(period)
    return (
        f"The count of {named} is more than {TIMES_ANY_OTHER:.0f} times any other and was left out of what is learned: "
        "check it."
    )
