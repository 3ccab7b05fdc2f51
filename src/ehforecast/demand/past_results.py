"""All that can be said of the past: where figures broke, and what changed after something was done."""

from dataclasses import dataclass, field

import pandas as pd

from ehforecast.kept_result import KeptResult

LIKE_OTHERS, OWN_PAST = "like_others", "own_past"
"""Methods: beside others like it, and beside its own past."""

HIGHER, LOWER, NOT_TOLD, NO_TEST = "higher", "lower", "cannot be told", "no test"
"""Verdicts on a change. The last is for where too few placebos could be had to tell anything."""

FALSE_ALARMS = 0.05
"""Breaks that would be called in a year of one series without any: the bar, held on simulated series."""


@dataclass(frozen=True)
class PastResult(KeptResult):
    """What changed, for some areas.

    Attributes:
        measure: what is counted.
        data_until: last period known, ``"2022-03"``.
        step: how long a period is: month, week or four_weeks.
        areas: one row per area watched: ``area_code, area_name, area_level, months`` (periods with a count outside
            named windows), ``months_watched`` (those in which a break could have been found), ``noise`` (coefficient of
            variation from period to period), ``against`` (what the season is known from), ``refusal`` (why it is not
            watched, else empty).
        observed: ``area_code, month, observed_count, absent_because``.
        breaks: ``area_code, month`` (first of the new level), ``found_on`` (last month needed to find it),
            ``months_to_find, ratio, low, high`` (95% interval; new level over old, as measured now), ``p_value`` (of
            the comparison that found it), ``ratio_found`` (as measured then), ``before_count, after_count`` (mean of
            up to 12 periods on each side), ``months_before, months_after`` (how many those are).
        singles: single periods that stood out and were back at once: ``area_code, month, found_on, ratio, p_value``.
        windows: named national shocks, never breaks: ``area_code, window, first, last, months, ratio, low, high``
            (level in it over that before), ``after_ratio, after_low, after_high, months_after`` (the year after).
        changes: one row per change measured: ``change, words, area_code, area_name, month`` (first of it),
            ``said_by`` (who says when it began), ``refusal`` (why nothing is measured, else empty).
        estimates: ``change, method, months, months_used, months_before, effect`` (-0.1 is 10% fewer), ``low, high``
            (95%, from placebos), ``p_value, placebos, observed_total, expected_total, detectable_fall,
            detectable_rise`` (found 8 times in 10, held against what placebos do), ``least_detectable_fall`` (the same
            if month-to-month chance alone moved the figures), ``false_rate, false_number`` (share of placebos of other
            dates that the same yardstick would call a change, and how many those are), ``verdict, is_main``.
        paths: ``change, method, month, observed_count, expected_count, is_after``.
        placebos: the main horizon's: ``change, method, months, area_code, month, effect``.
        neighbours: ``change, area_code, area_name, distance, chosen_by``.
        fits: before each change: ``change, method, first, last, months, usual_gap`` (root mean square, in logs).
        notes: ``change`` (empty for the whole), ``note``.
    """

    measure: str
    data_until: str
    step: str
    areas: pd.DataFrame
    observed: pd.DataFrame
    breaks: pd.DataFrame
    singles: pd.DataFrame
    windows: pd.DataFrame
    changes: pd.DataFrame = field(default_factory=pd.DataFrame)
    estimates: pd.DataFrame = field(default_factory=pd.DataFrame)
    paths: pd.DataFrame = field(default_factory=pd.DataFrame)
    placebos: pd.DataFrame = field(default_factory=pd.DataFrame)
    neighbours: pd.DataFrame = field(default_factory=pd.DataFrame)
    fits: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)
