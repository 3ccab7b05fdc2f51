"""Protected characteristics: kept out of the matrix, looked for in disguise, used only for a written reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.contracts import load_contract
from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.risk.binned_auc import bins_of, truths_of_groups
from ehforecast.risk.features_catalogue import Recipe

PROXY_AUC = 0.8
_FEWEST = 100
_LOOKED_AT = 50_000
_ALLOWED = ("feature", "key")
_NOT_PROTECTED = ("locality", "referral_source")
_MATRIX_FILE = "matrix"


@dataclass(frozen=True)
class Proxy:
    """A feature that tells whether somebody belongs to a protected group: `auc` of one against all others."""

    feature: str
    field: str
    group: str
    auc: float


def permitted_use(column: str) -> str:
    """What the contract of a table.column allows: key, feature, audit_only or dropped."""
    table, _, name = column.partition(".")
    found = [item.permitted_use for item in load_contract(table).columns if item.name == name]
    if not found and name == "person_id" and table == "assessment_factors":
        return "key"
    if not found:
        raise SettingsError(f"no contract has the column {column} that a feature reads")
    return found[0]


def check_reasons(reasons: Mapping[str, str]) -> None:
    """Refuse a protected field for which no reason is written."""
    for column, reason in reasons.items():
        if permitted_use(column) != "audit_only":
            raise SettingsError(f"{column} is not for audit only: it needs no reason, and gets none")
        if len(reason.split()) < 3:
            raise SettingsError(f"{column} is for audit only: its use needs a written reason of more than two words")


def check_sources_are_permitted(recipes: Sequence[Recipe], *, reasons: Mapping[str, str]) -> None:
    """Refuse a feature made of a column that its contract keeps for audits, or drops, unless a reason is written."""
    findings = [
        Finding(
            _MATRIX_FILE, "features", recipe.feature.name, f"features_are_not_made_of_{permitted_use(column)}_columns",
            1, f"It reads {column}: leave the feature out, or write down why it must be used.",
        )
        for recipe in recipes
        for column in recipe.columns
        if permitted_use(column) not in _ALLOWED and column not in reasons
    ]  # fmt: skip
    if findings:
        raise ContractError(findings)


def audit_only_fields(audit: pd.DataFrame) -> tuple[str, ...]:
    """The audit columns that the contract of people keeps for audits only."""
    kept = {column.name for column in load_contract("people").columns if column.permitted_use == "audit_only"}
    return tuple(name for name in audit.columns if name in kept)


def check_no_field_is_copied(features: pd.DataFrame, audit: pd.DataFrame, *, allowed: Sequence[str] = ()) -> None:
    """Refuse a feature whose every value stands for exactly one value of an audit-only field, whatever it is called.

    Looked for on the matrix itself: groups of equal values that are the same groups of people. A field with one value
    cannot be copied. `allowed` are fields in use for a written reason.
    """
    findings = []
    for field in (name for name in audit_only_fields(audit) if name not in allowed):
        protected = _group_numbers(audit[field])
        findings += [
            Finding(
                _MATRIX_FILE, "features", str(name), "no_feature_is_a_copy_of_an_audit_only_field", len(features),
                f"It holds {field} under another name: leave it out.",
            )
            for name in features
            if _is_same_grouping(_group_numbers(features[name]), protected)
        ]  # fmt: skip
    if findings:
        raise ContractError(findings)


def _group_numbers(column: pd.Series) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    return np.asarray(pd.factorize(column, use_na_sentinel=False)[0], dtype=np.int64)


def _is_same_grouping(
    one: "np.ndarray[tuple[int], np.dtype[np.int64]]", other: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> bool:
    """`factorize` numbers groups by their first appearance: equal groupings get equal numbers."""
    return bool(other.max(initial=0) > 0 and np.array_equal(one, other))


def find_proxies(features: pd.DataFrame, audit: pd.DataFrame, *, threshold: float = PROXY_AUC) -> tuple[Proxy, ...]:
    """Features that tell a protected group from all others with an AUC above the threshold, strongest first.

    Each feature is cut into twentieths (levels, for a category) which are put in order of the group's share, so that
    any shape is seen. Groups of fewer than 100 rows, or with fewer than 100 others, are not judged. Above 50,000 rows,
    every k-th is looked at.
    """
    rows = slice(None, None, max(1, len(features) // _LOOKED_AT))
    features, audit = features.iloc[rows], audit.iloc[rows]
    fields = {str(name): pd.factorize(audit[name]) for name in audit if name not in _NOT_PROTECTED}
    found = []
    for name in features:
        bins = bins_of(features[name])
        for field, (codes, groups) in fields.items():
            for group, truth in zip(groups, truths_of_groups(bins, codes, groups=len(groups)), strict=True):
                members, others = truth.hits.sum(), (truth.rows - truth.hits).sum()
                if min(members, others) >= _FEWEST and truth.auc > threshold:
                    found.append(Proxy(str(name), field, str(group), truth.auc))
    return tuple(sorted(found, key=lambda proxy: -proxy.auc))
