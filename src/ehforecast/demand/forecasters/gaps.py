"""Series with absent periods: grouped by which are absent, so that each group is estimated together."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ehforecast.demand.forecasters.calendar_design import CalendarDesign
from ehforecast.demand.forecasters.interface import Array

LARGEST_NUMBER_OF_GAPS = 100
"""Absent periods marked one by one; more are bridged in straight lines, which costs little by then."""


@dataclass(frozen=True)
class Group:
    """Series that are present and absent in the same periods.

    Attributes:
        columns: positions of the series among all.
        values: (periods since the first present, series), straight lines across gaps.
        start: place of the first of those periods in the panel.
        design: the design of those periods, each gap marked so that nothing is learned from it.
    """

    columns: "np.ndarray[tuple[int], np.dtype[np.intp]]"
    values: Array
    start: int
    design: CalendarDesign

    def at(self, length: int) -> "Group":
        """The group as it stood after the first `length` periods of the panel."""
        own = length - self.start
        return replace(self, values=self.values[:own], design=self.design.at(own))


def groups_of_equal_gaps(values: Array, design: CalendarDesign) -> Iterator[Group]:
    """Split series (columns of values, NaN where absent) into groups that can be estimated together."""
    absent = np.isnan(values)
    patterns, membership = np.unique(absent, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        columns = np.flatnonzero(membership == number)
        start = int(np.argmin(patterns[:, number]))
        gap = patterns[start:, number]
        yield Group(columns, _bridged(values[start:, columns], gap), start, _with_gaps(design, start, gap=gap))


def _bridged(values: Array, gap: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> Array:
    if not gap.any():
        return values
    places, known = np.arange(len(gap)), np.flatnonzero(~gap)
    return np.column_stack([np.interp(places, known, column[known]) for column in values.T])


def _with_gaps(
    design: CalendarDesign, start: int, *, gap: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
) -> CalendarDesign:
    marks = design.marks[start:]
    places = np.flatnonzero(gap & ~marks.any(axis=1))
    if len(places) > LARGEST_NUMBER_OF_GAPS:
        places = places[:0]
    of_gaps = np.zeros((len(gap), len(places)))
    of_gaps[places, np.arange(len(places))] = 1.0
    return replace(design, past=design.past[start:], marks=np.hstack([marks, of_gaps]))
