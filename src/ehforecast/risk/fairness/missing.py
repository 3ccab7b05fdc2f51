"""Who is missing: what was not recorded, for whom; and who among the population never comes into the estimates."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from ehforecast.errors import ContractError, Finding
from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.intervals import share_of, wilson
from ehforecast.risk.fairness.nulls import holm
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, MEASURED, NOT_RECORDED, TOO_SMALL

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

MISSING_COLUMNS = ("column", "by", "level", "people", "not_recorded", "share", "lower", "upper", "p_value")
COVERAGE_COLUMNS = (
    "column",
    "group",
    "people",
    "population",
    "expected",
    "ratio",
    "lower",
    "upper",
    "p_adjusted",
    "standing",
)

OUTCOME = "outcome"
"""Among the columns that may be missing, and what missingness is told by."""


def missing_rows(frame: AuditFrame, settings: AuditSettings) -> pd.DataFrame:
    """How many were not recorded, by group, source, outcome and period.

    p values are of the same share at every level: a chi-squared test with the variance of families, as Rao and Scott
    have it. NaN where fewer than two levels have enough people. Levels too small for a figure are left without one.
    """
    rows: list[dict[str, object]] = []
    absent = {str(name): np.asarray(frame.groups[name] == NOT_RECORDED) for name in frame.groups}
    if frame.known.any():
        absent[OUTCOME] = ~frame.known
    for column, missing in absent.items():
        gone = Gone(frame, column, missing)
        rows += _by(gone, ("everyone", np.zeros(len(frame), dtype=np.int64), ("everyone",)), settings=settings)
        for by in _levels(frame):
            if by[0] != column:
                rows += _by(gone, by, settings=settings)
    return pd.DataFrame(rows, columns=list(MISSING_COLUMNS))


@dataclass(frozen=True)
class Gone:
    """Rows in which a column was not recorded."""

    frame: AuditFrame
    column: str
    rows: Booleans = field(repr=False)


Levels = tuple[str, Integers, tuple[str, ...]]


def _levels(frame: AuditFrame) -> Iterator[Levels]:
    told = {str(name): frame.groups[name] for name in frame.groups}
    if frame.known.any():
        told[OUTCOME] = pd.Series(np.select([frame.outcome == 1, frame.outcome == 0], ["came", "did not"], "not known"))
    told |= {name: given for name, given in (("source", frame.source), ("period", frame.period)) if given is not None}
    for name, labels in told.items():
        codes, found = pd.factorize(labels, sort=True)
        yield name, codes.astype(np.int64), tuple(str(label) for label in found)


def _by(gone: Gone, by: Levels, *, settings: AuditSettings) -> list[dict[str, object]]:
    name, codes, labels = by
    people = np.bincount(codes, minlength=len(labels)).astype(np.float64)
    absent = np.bincount(codes[gone.rows], minlength=len(labels)).astype(np.float64)
    shown = people >= settings.smallest_group
    effects = _design_effects(gone.frame, gone.rows, codes=codes)
    found = wilson(share_of(absent, people), people / effects, confidence=settings.confidence)
    p_value = _same_everywhere(absent[shown] / effects[shown], people[shown] / effects[shown])
    told = np.column_stack([absent, *found])
    told[~shown] = np.nan
    return [
        dict(zip(MISSING_COLUMNS, (gone.column, name, label, number, *values, p_value), strict=True))
        for label, number, values in zip(labels, np.where(shown, people, np.nan), told, strict=True)
    ]


def _design_effects(frame: AuditFrame, rows: Booleans, *, codes: Integers) -> Floats:
    """Variance of each level's share of some rows with families over that without; at least 1."""
    levels = int(codes.max()) + 1
    people = np.bincount(codes, minlength=levels).astype(np.float64)
    share = share_of(np.bincount(codes[rows], minlength=levels).astype(np.float64), people)
    found, place = np.unique(codes * frame.clusters + frame.cluster, return_inverse=True)
    sums = np.bincount(place, rows - share[codes])
    variance = np.bincount(found // frame.clusters, sums**2, minlength=levels)
    plain = people * share * (1 - share)
    return np.asarray(np.maximum(np.divide(variance, plain, out=np.ones(levels), where=plain > 0), 1.0))


def _same_everywhere(absent: Floats, people: Floats) -> float:
    if len(people) < 2 or absent.sum() <= 0 or absent.sum() >= people.sum():
        return float("nan")
    expected = people * absent.sum() / people.sum()
    chi2 = ((absent - expected) ** 2 / expected + (absent - expected) ** 2 / (people - expected)).sum()
    return float(stats.chi2.sf(chi2, len(people) - 1))


def coverage_rows(frame: AuditFrame, population: pd.DataFrame, *, settings: AuditSettings) -> pd.DataFrame:
    """How many of each group there are, over how many there would be if all of the population were alike.

    ``population`` has ``column, group, population`` (people). ratio = (share among estimates) / (share of population),
    both among those recorded; its range is that of the first share. Groups of the population that nobody
    audited belongs to are there with 0.
    """
    _check_population(population)
    parts = [
        _coverage(frame, str(column), given=given, settings=settings)
        for column, given in population.groupby("column", sort=False)
        if column in frame.groups
    ]
    if not parts:
        raise ContractError([_finding("column", "population_has_a_grouping_of_the_audit")])
    rows = pd.concat(parts, ignore_index=True)
    rows["p_adjusted"] = holm(rows["p_adjusted"].to_numpy(dtype=np.float64))
    return rows[list(COVERAGE_COLUMNS)]


def _check_population(population: pd.DataFrame) -> None:
    absent = [name for name in ("column", "group", "population") if name not in population]
    if absent:
        raise ContractError([_finding(name, "every_column_is_there") for name in absent])
    if not (population["population"] > 0).all() or population.duplicated(["column", "group"]).any():
        raise ContractError([_finding("population", "one_number_above_0_for_each_group")])


def _finding(column: str, rule: str) -> Finding:
    remedy = "Give one row per grouping and group, with columns column, group, population."
    return Finding("", "population", column, rule, 1, remedy)


def _coverage(frame: AuditFrame, column: str, *, given: pd.DataFrame, settings: AuditSettings) -> pd.DataFrame:
    recorded = frame.groups[column] != NOT_RECORDED
    codes = pd.Index(given["group"].astype("str")).get_indexer(pd.Index(frame.groups[column])).astype(np.int64)
    people = np.bincount(codes[codes >= 0], minlength=len(given)).astype(np.float64)
    whole = float(recorded.sum())
    effects = _member_effects(frame, codes, levels=len(given))
    found = wilson(people / max(whole, 1), whole / effects, confidence=settings.confidence)
    share = (given["population"] / given["population"].sum()).to_numpy(dtype=np.float64)
    shown = (people == 0) | (people >= settings.smallest_group)
    enough = share * whole >= settings.judged_from
    rows = pd.DataFrame(
        {
            "column": column, "group": given["group"].to_numpy(), "people": people,
            "population": given["population"].to_numpy(dtype=np.float64), "expected": share * whole,
            "ratio": found.value / share, "lower": found.lower / share, "upper": found.upper / share,
        }
    )  # fmt: skip
    rows.loc[~shown, ["people", "ratio", "lower", "upper"]] = np.nan
    z = (found.value - share) / np.sqrt(share * (1 - share) * effects / max(whole, 1))
    rows["p_adjusted"] = np.where(shown & enough, 2 * stats.norm.sf(np.abs(z)), np.nan)
    return rows.assign(standing=np.select([~shown, ~enough], [TOO_SMALL, CANNOT_BE_JUDGED], MEASURED))


def _member_effects(frame: AuditFrame, codes: Integers, *, levels: int) -> Floats:
    """Design effects of the share of each group among all, as members of a family mostly share it."""
    everyone = np.zeros(len(frame), dtype=np.int64)
    return np.array([_design_effects(frame, codes == level, codes=everyone)[0] for level in range(levels)])
