"""Series with absent periods: grouped by which are absent, so that each group is estimated together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ehforecast.demand.forecasters.calendar_design import CalendarDesign
from ehforecast.demand.forecasters.interface import Array

LARGEST_NUMBER_OF_GAPS = 60
"""Absent periods that get a regressor of their own; more are bridged in straight lines, which costs little by then."""


@dataclass(frozen=True)
class Group:
    """Series that are present and absent in the same periods.

    Attributes:
        columns: positions of the series among all.
        values: (periods since the first present, series), straight lines across gaps.
        design: the design of those periods, with a regressor for each gap that takes its period out of the fit.
    """

    columns: "np.ndarray[tuple[int], np.dtype[np.intp]]"
    values: Array
    design: CalendarDesign


def groups_of_equal_gaps(values: Array, design: CalendarDesign) -> Iterator[Group]:
    """Split series (columns of values, NaN where absent) into groups that can be estimated together."""
    absent = np.isnan(values)
    patterns, membership = np.unique(absent, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        columns = np.flatnonzero(membership == number)
        start = int(np.argmin(patterns[:, number]))
        gap = patterns[start:, number]
        yield Group(columns, _bridged(values[start:, columns], gap), _with_gaps(design, start, gap=gap))


def _bridged(values: Array, gap: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Array:
    if not gap.any():
        return values
    places, known = np.arange(len(gap)), np.flatnonzero(~gap)
    return np.column_stack([np.interp(places, known, column[known]) for column in values.T])


def _with_gaps(
    design: CalendarDesign, start: int, *, gap: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> CalendarDesign:
    past, future = design.past[start:], design.future
    centre = past.mean(axis=0)
    places = np.flatnonzero(gap) if gap.sum() <= LARGEST_NUMBER_OF_GAPS else np.empty(0, dtype=int)
    marks = np.zeros((len(past), len(places)))
    marks[places, np.arange(len(places))] = 1.0
    return replace(
        design,
        past=np.hstack([past - centre, marks]),
        future=np.hstack([future - centre, np.zeros((len(future), len(places)))]),
        names=(*design.names, *(f"absent_{place}" for place in places)),
        is_free=np.concatenate([design.is_free, np.ones(len(places), dtype=bool)]),
    )
