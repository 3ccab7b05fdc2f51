"""The people a question is asked about: one row per index event, what was known then, and what came of it.

The seam between records and models. `timeline`, `outcome`, `features` and `matrix` make a cohort out of a store; any
other table becomes one by `cohort_from_table`. Everything behind it (models, calibration, the bar, explanations,
audits) sees only this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from ehforecast.errors import ContractError, Finding

Period = Literal["train", "calibrate", "test"]
PERIODS: tuple[Period, ...] = ("train", "calibrate", "test")

Theme = Literal["history with services", "family circumstances", "referral pattern", "timing", "place", "other"]
"""Reasons people recognise, into which features are grouped."""

ROW_COLUMNS = ("event_id", "person_id", "group_id", "index_on", "event_days", "followed_days", "period")


@dataclass(frozen=True)
class Feature:
    """One column a model may see, and why.

    Attributes:
        name: the column.
        label: in plain words, as a person would say it.
        unit: what one of it is; "yes or no", "category" where it is not a quantity.
        source: the table and columns it is made of.
        lag: how long what it counts usually takes to be recorded.
        reason: why it may say something about the outcome.
        theme: the group of reasons it belongs to.
        direction: 1 or -1 where the estimate may only rise or fall with it, otherwise 0.
        levels: of a category, its values in a fixed order; empty for a number. A value outside them is unseen.
        absent_by_nature: it is absent where something never happened, which is history and not a gap in the records.

    >>> Feature("contacts_before", "contacts in the last year", unit="contacts", direction=1).label
    'contacts in the last year'
    """

    name: str
    label: str
    unit: str = ""
    source: str = ""
    lag: str = ""
    reason: str = ""
    theme: Theme = "other"
    direction: Literal[-1, 0, 1] = 0
    levels: tuple[str, ...] = ()
    absent_by_nature: bool = False


@dataclass(frozen=True)
class Cohort:
    """Index events with their features, their follow-up and the periods they are used in; four frames on one index.

    Attributes:
        rows: `event_id`, `person_id`, `group_id` (a family: never on both sides of a split), `index_on` (the day the
            estimate is made; absent where the data have none), `event_days` (days from then to the first outcome event;
            absent if none was seen), `followed_days` (days for which an event would have been seen), `period`.
        features: float64 columns, and `category` columns with exactly the levels of their `Feature`; absent is NaN.
        catalogue: one `Feature` per column, in its order.
        audit: protected characteristics and other groups, for audits only; text, absent where not recorded.
        horizon_days: an event later than this is no event.

    For one from a table of your own see `cohort_from_table`, which has an example; of records, `Records.cohort`.
    """

    rows: pd.DataFrame = field(repr=False)
    features: pd.DataFrame = field(repr=False)
    catalogue: tuple[Feature, ...] = field(repr=False)
    audit: pd.DataFrame = field(repr=False)
    horizon_days: float

    def __post_init__(self) -> None:
        _check_shape(self)

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        periods = self.rows["period"].value_counts()
        divided = ", ".join(f"{int(periods.get(name, 0)):,} {name}" for name in PERIODS)
        families, features = self.rows["group_id"].nunique(), len(self.catalogue)
        return (
            f"Cohort of {len(self):,} index events and {families:,} families, horizon {self.horizon_days:g} days: "
            f"{divided}, {int(self.rows['period'].isna().sum()):,} none; {features} feature{'s'[: features != 1]}"
        )

    @property
    def outcome(self) -> pd.Series:
        """1.0 an event within the horizon, 0.0 followed to it without one, NaN where follow-up ended before."""
        happened = self.rows["event_days"] <= np.fmin(self.horizon_days, self.rows["followed_days"])
        followed = self.rows["followed_days"] >= self.horizon_days
        return happened.astype("float64").where(happened | followed)

    def select(self, mask: pd.Series) -> "Cohort":
        """The index events where a mask aligned with `rows` is true."""
        return Cohort(
            self.rows[mask], self.features[mask], self.catalogue, self.audit[mask], horizon_days=self.horizon_days
        )

    def at(self, index: pd.Index) -> "Cohort":
        """The index events of an index, in the order they have here."""
        return self.select(pd.Series(self.rows.index.isin(index), self.rows.index))

    def of(self, period: Period) -> "Cohort":
        """The index events of one period."""
        return self.select(self.rows["period"] == period)


def _check_shape(cohort: Cohort) -> None:
    missing = [name for name in ROW_COLUMNS if name not in cohort.rows]
    names = [feature.name for feature in cohort.catalogue]
    findings = [_finding(name, "every_column_of_a_cohort_is_there", count=1) for name in missing]
    if names != list(cohort.features.columns):
        findings.append(_finding("features", "features_are_those_of_the_catalogue_in_its_order", count=1))
    unaligned = sum(not frame.index.equals(cohort.rows.index) for frame in (cohort.features, cohort.audit))
    if unaligned:
        findings.append(_finding("index", "features_and_audit_stand_on_the_index_of_the_rows", count=unaligned))
    if findings:
        raise ContractError(findings)


def _finding(column: str, rule: str, *, count: int) -> Finding:
    return Finding("", "cohort", column, rule, count, "Build the cohort by cohort_from_table, or from a store.")


def feature_levels(catalogue: Sequence[Feature]) -> dict[str, tuple[str, ...]]:
    """The categories among the features, with their levels in order."""
    return {feature.name: feature.levels for feature in catalogue if feature.levels}
