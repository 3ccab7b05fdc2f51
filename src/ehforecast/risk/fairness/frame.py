"""What is audited: one row per estimate, with its outcome, groups and family, from any table or from a cohort."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import ContractError, Finding
from ehforecast.risk.cohort import Cohort
from ehforecast.risk.fairness.groupings import grouped
from ehforecast.risk.fairness.settings import UNKNOWN_VALUES, GroupColumn
from ehforecast.risk.fairness_results import NOT_RECORDED

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class AuditColumns:
    """Which column of a table is what; an empty name means there is none.

    Attributes:
        estimate: on any scale on which more means more likely.
        outcome: 1, 0, or absent where nobody knows.
        cluster: the family, whose members are not independent.
        weight: above 0.
        period: in an order that sorts.
        source: who referred.
    """

    estimate: str = "estimate"
    outcome: str = ""
    cluster: str = ""
    weight: str = ""
    period: str = ""
    source: str = ""


@dataclass(frozen=True)
class AuditFrame:
    """Estimates with what is known of the people they are about; arrays of one length.

    Attributes:
        estimate: finite; any scale on which more means more likely.
        outcome: 1.0, 0.0, or NaN where unknown.
        groups: one column per grouping present in the table; text, never absent.
        cluster: whole numbers from 0; rows of one family share one.
        weights: above 0; all 1 where none are given.
        period, source: text; None where there are none.
    """

    estimate: Floats = field(repr=False)
    outcome: Floats = field(repr=False)
    groups: pd.DataFrame = field(repr=False)
    cluster: Integers = field(repr=False)
    weights: Floats = field(repr=False)
    period: "pd.Series[str] | None" = field(repr=False, default=None)
    source: "pd.Series[str] | None" = field(repr=False, default=None)

    def __len__(self) -> int:
        return len(self.estimate)

    @property
    def clusters(self) -> int:
        """Families, each counted once."""
        return int(self.cluster.max()) + 1 if len(self) else 0

    @property
    def is_simple(self) -> bool:
        """Whether every row is one person of a family of their own, so that rows are independent."""
        return self.clusters == len(self) and not self.is_weighted

    @property
    def is_weighted(self) -> bool:
        """Whether any row stands for more or fewer than one."""
        return bool(np.any(self.weights != 1))

    @property
    def is_probability(self) -> bool:
        """Whether every estimate lies between 0 and 1."""
        return bool(len(self)) and bool(self.estimate.min() >= 0 and self.estimate.max() <= 1)

    @property
    def known(self) -> Booleans:
        """Where the outcome is known."""
        return np.asarray(~np.isnan(self.outcome))

    def where(self, mask: Booleans) -> "AuditFrame":
        """The rows where a mask is true."""
        places = np.flatnonzero(mask)
        return AuditFrame(
            self.estimate[places], self.outcome[places], self.groups.iloc[places].reset_index(drop=True),
            np.unique(self.cluster[places], return_inverse=True)[1].astype(np.int64), self.weights[places],
            None if self.period is None else self.period.iloc[places].reset_index(drop=True),
            None if self.source is None else self.source.iloc[places].reset_index(drop=True),
        )  # fmt: skip


def audit_frame(
    table: pd.DataFrame,
    columns: AuditColumns,
    *,
    groups: Sequence[GroupColumn],
    unknown: Sequence[str] = UNKNOWN_VALUES,
) -> AuditFrame:
    """What is audited, from any table. A grouping whose column is not there is left out; the inventory says so.

    Raises `ContractError` for a column that is named and not there, or there twice, an estimate that is absent or not
    finite, an outcome other than 0, 1 or absent, and a weight that is not above 0.
    """
    _check_columns(table, columns)
    estimate = _numbers(table, columns.estimate)
    outcome = _numbers(table, columns.outcome) if columns.outcome else np.full(len(table), np.nan)
    weights = _numbers(table, columns.weight) if columns.weight else np.ones(len(table))
    cluster = pd.factorize(table[columns.cluster])[0] if columns.cluster else np.arange(len(table))
    _check_values(columns, estimate=estimate, outcome=outcome, weights=weights, cluster=cluster)
    known = {
        group.name: grouped(table[group.source], group.grouping, unknown=unknown).replace(dict(group.names))
        for group in groups
        if group.source in table
    }
    return AuditFrame(
        estimate, outcome, pd.DataFrame(known, index=range(len(table)), dtype="str"), cluster.astype(np.int64), weights,
        _text(table, columns.period, unknown=unknown), _text(table, columns.source, unknown=unknown),
    )  # fmt: skip


def frame_of_cohort(
    cohort: Cohort, estimate: Floats, *, groups: Sequence[GroupColumn], unknown: Sequence[str] = UNKNOWN_VALUES
) -> AuditFrame:
    """What is audited, from a cohort's audit columns; families are its groups; outcomes those followed."""
    if len(estimate) != len(cohort):
        raise ContractError([_finding("estimate", "one_estimate_for_each_index_event", count=1)])
    told = cohort.rows.assign(_estimate=estimate, _outcome=cohort.outcome)
    table = pd.concat([told.drop(columns=list(cohort.audit), errors="ignore"), cohort.audit], axis=1)
    columns = AuditColumns("_estimate", "_outcome", cluster="group_id", period="period")
    return audit_frame(table, columns, groups=groups, unknown=unknown)


def _check_columns(table: pd.DataFrame, columns: AuditColumns) -> None:
    twice = [str(name) for name in table.columns[table.columns.duplicated()].unique()]
    if twice:
        raise ContractError([_finding(name, "every_column_stands_once", count=1) for name in twice])
    absent = [name for name in vars(columns).values() if name and name not in table]
    if absent or not len(table):
        findings = [_finding(name, "every_column_that_is_named_is_there", count=1) for name in absent]
        raise ContractError(findings or [_finding(columns.estimate, "there_is_at_least_one_row", count=1)])


def _numbers(table: pd.DataFrame, column: str) -> Floats:
    numbers = pd.to_numeric(table[column], errors="coerce")
    lost = int((numbers.isna() & table[column].notna()).sum())
    if lost:
        raise ContractError([_finding(column, "every_value_is_a_number", count=lost)])
    return np.asarray(numbers, dtype=np.float64)


def _check_values(
    columns: AuditColumns, *, estimate: Floats, outcome: Floats, weights: Floats, cluster: npt.NDArray[np.int64]
) -> None:
    broken = (
        (columns.estimate, "every_estimate_is_a_finite_number", ~np.isfinite(estimate)),
        (columns.outcome, "outcome_is_0_or_1_or_absent", ~(np.isnan(outcome) | np.isin(outcome, (0.0, 1.0)))),
        (columns.weight, "every_weight_is_above_0", ~((weights > 0) & np.isfinite(weights))),
        (columns.cluster, "every_row_has_a_family", cluster < 0),
    )
    findings = [_finding(column, rule, count=int(rows.sum())) for column, rule, rows in broken if rows.any()]
    if findings:
        raise ContractError(findings)


def _text(table: pd.DataFrame, column: str, *, unknown: Sequence[str]) -> "pd.Series[str] | None":
    return grouped(table[column], "as_given", unknown=unknown).reset_index(drop=True) if column else None


def _finding(column: str, rule: str, *, count: int) -> Finding:
    return Finding("", "estimates", column, rule, count, "Correct the table of estimates, or name another column.")


def codes_of(labels: "pd.Series[str]") -> tuple[Integers, tuple[str, ...]]:
    """Groups as whole numbers, and their names in order, with those not recorded last."""
    names = sorted(set(labels), key=lambda name: (name == NOT_RECORDED, name))
    codes = pd.Categorical(labels, categories=names).codes
    return np.asarray(codes, dtype=np.int64), tuple(names)
