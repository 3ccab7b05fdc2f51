"""All that can be said of how families move, and of a council's records as counts.

Everything is about groups. No frame holds a row about a child or a family, and none puts anybody in an order. Counts
are as counted: they leave only through `advisory.flow_advice`, which hides small ones and rounds the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from ehforecast.kept_result import KeptResult

ALL = "all"
"""The word for "not split by this" in a column."""

ORIGINS: Mapping[str, tuple[str, ...]] = {
    "contact": ("early_help", "statutory"),
    "early_help": ("stepped_up", "needs_met", "disengaged", "moved_or_other"),
    "early_help_closed": ("early_help_again", "statutory"),
    "statutory": ("no_further_action", "closed", "referred_again"),
    "statutory_closed": ("stepped_down", "early_help_later", "statutory_again"),
}
"""From where, and to where first. Who goes nowhere within the time looked at is `STAYED`."""

STAYED = "none_of_these"
"""Destination of those for whom nothing of `ORIGINS` came within the time looked at."""

ROLLING_MEASURES: Mapping[str, str] = {
    "early_help_started": "early help episodes started: an early help assessment begins each",
    "team_around_the_family": "episodes started at the targeted level with a lead professional named: the nearest the "
    "records come to a team around the family, which has no field of its own",
    "contacts_below_threshold": "contacts settled without a referral to social care",
    "referrals": "referrals to children's social care",
}
"""What is counted over the last 12 months, and what each counts."""

REVIEW_QUESTIONS = ("domestic_abuse", "adult_mental_health", "substance_misuse", "all_three")
"""What a case review asks of each child's family."""


@dataclass(frozen=True)
class FlowResult(KeptResult):
    """How families moved, counted and estimated from one council's records as known on one day.

    Attributes:
        council: for whom.
        known_on: day of the extract, ``"2024-03-31"``.
        followed_until: last day that later moves are counted to; what came after may not be recorded yet.
        days: time looked at, by origin: ``{"contact": 90, "early_help": 365, ...}``; a step down counts within
            ``days["step_down"]`` of closing.
        by: ``"quarter"`` or ``"year"``: the periods of `flows`.
        seed: of every random number.
        flows: one row per ``origin, period`` ("2022-Q3", "2022-23" for April to March, or `ALL`), ``need_level`` (a
            word or `ALL`) and ``destination`` (of `ORIGINS`, and `STAYED`): ``started`` (children's spells that began
            in the period), ``moved`` (of them, seen to go there in time), ``not_followed`` (of them, nothing came yet
            and the time is not over), ``share, low, high`` (Aalen-Johansen chance of going there first in time, 95%
            interval by families; NaN with a reason), ``median_days, median_low, median_high`` (among those who go
            there in time), ``reason`` (why there is no share, else empty).
        contrasts: before and after a day: ``contrast, words, changed_on, origin, destination, need_level,
            started_before, started_after, share_before, share_after, difference, low, high`` (95% interval of the
            difference), ``verdict`` (rose, fell, "could be chance", "cannot be told").
        rolling: ``measure`` (of `ROLLING_MEASURES`), ``locality`` (or `ALL`), ``month`` ("2022-03": the 12 months that
            end with it), ``count``, ``families`` (different families among them; of the whole council alone, since
            families move; else NaN).
        rolling_ahead: the same for months to come, the whole council: ``measure, month, level, value`` (quantiles).
        reviews: case reviews: ``review, on, question`` (of `REVIEW_QUESTIONS`), ``found, of`` (children for whom it is
            known), ``share, low, high`` (Wilson), ``low_by_family, high_by_family`` (wider: siblings are alike).
        review_overlap: ``review, domestic_abuse, adult_mental_health, substance_misuse`` ("yes", "no" or "not known"),
            ``children``.
        review_ages: children with domestic abuse by age: ``review, age, children, share, low, high``.
        review_change: between two reviews: ``question, first, second, share_first, share_second, difference, low,
            high, verdict``.
        check_ins: how many check-ins fall due: ``step`` (month, by locality; or week, of all together), ``due``
            ("2024-05" or the Monday of the week), ``locality`` (or `ALL`), ``count``. The calendar itself, which names
            families, is private.
        check_in_reasons: the same by what each check-in is for: ``reason, count``.
        timings: research: of families that came back within 12 months of closing, those for whom a check-in so many
            days after closing would have come before that: ``timing, words, came_back, before, share, low, high``.
        cohorts: group-level trends: ``cohort, quarter`` ("2023-Q1"), ``children`` (newly recorded in it).
        cohort_trends: ``cohort, words, source, total, change_a_year, low, high`` (rate ratio less 1), ``verdict,
            refused`` (why nothing is told, else empty).
        themes: per locality, over the 12 months to the extract: ``locality`` (or `ALL`), ``theme`` (contacts, source,
            outcome, early_help, need_level, reason, referrals), ``value`` (`ALL` for the volume itself), ``count, of,
            share, low, high``.
        notes: what the reader must know, a sentence each: ``note``.
    """

    council: str
    known_on: str
    followed_until: str
    days: Mapping[str, int]
    by: str
    seed: int
    flows: pd.DataFrame
    contrasts: pd.DataFrame = field(default_factory=pd.DataFrame)
    rolling: pd.DataFrame = field(default_factory=pd.DataFrame)
    rolling_ahead: pd.DataFrame = field(default_factory=pd.DataFrame)
    reviews: pd.DataFrame = field(default_factory=pd.DataFrame)
    review_overlap: pd.DataFrame = field(default_factory=pd.DataFrame)
    review_ages: pd.DataFrame = field(default_factory=pd.DataFrame)
    review_change: pd.DataFrame = field(default_factory=pd.DataFrame)
    check_ins: pd.DataFrame = field(default_factory=pd.DataFrame)
    check_in_reasons: pd.DataFrame = field(default_factory=pd.DataFrame)
    timings: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohorts: pd.DataFrame = field(default_factory=pd.DataFrame)
    cohort_trends: pd.DataFrame = field(default_factory=pd.DataFrame)
    themes: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: pd.DataFrame = field(default_factory=pd.DataFrame)
