"""Whether a group of families grows: young carers, temporary accommodation, no recourse to public funds, housing.

Groups only. There is no way to ask this module about a child or a family, and it says nothing of a group under ten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from ehforecast.demand.flow_intervals import Z
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.needs_and_factors import AssessmentFactor
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

FEWEST = 10
"""A group of fewer children is not told of."""

FEWEST_QUARTERS = 8
"""Two years: a season must be seen twice before a trend can be."""

CANNOT_BE_TOLD, STEADY, ROSE, FELL = "cannot be told", "could be chance", "rising", "falling"


@dataclass(frozen=True)
class Cohort:
    """A group that is watched.

    Attributes:
        name, words: of the group.
        kind: what its children are told by: a factor found at an assessment, the source of a contact, or nothing that
            the tables hold.
        code: of the factor or source.
    """

    name: str
    words: str
    kind: Literal["factor", "source", "not held"]
    code: str = ""


COHORTS: Mapping[str, Cohort] = {
    cohort.name: cohort
    for cohort in (
        Cohort("young_carers", "Young carers", "factor", AssessmentFactor.YOUNG_CARER.value),
        Cohort("housing", "Contacts made by housing services", "source", ReferralSourceCode.HOUSING.value),
        Cohort("temporary_accommodation", "Families in temporary accommodation", "not held"),
        Cohort("no_recourse_to_public_funds", "Families with no recourse to public funds", "not held"),
    )
}
"""The groups Lewisham's Early Help Strategy 2016-2020 names. The council's tables hold no field for two of them."""

SOURCES: Mapping[str, str] = {
    "factor": "children for whom an assessment found it, counted in the quarter it was first found",
    "source": "children first named in such a contact in the quarter",
    "not held": "no table of the records holds it",
}


def check_question(by: Sequence[str]) -> None:
    """Raise `ForecastError` unless groups alone are asked about: by quarter, and by nothing that names anybody."""
    refused = [name for name in by if name != "quarter"]
    if refused:
        raise ForecastError(
            f"cohort watch tells of groups by quarter only, and never of a child or a family: it has no answer by "
            f"{', '.join(refused)}"
        )


def watch_cohorts(
    known: Mapping[str, pd.DataFrame], names: Sequence[str], *, first_on: date, last_on: date,
    by: Sequence[str] = ("quarter",),
) -> tuple[pd.DataFrame, pd.DataFrame]:  # fmt: skip
    """The frames `FlowResult.cohorts` and `FlowResult.cohort_trends`.

    Whole quarters between the two days. A group under `FEWEST` children gives no quarters and says why. Raises
    `ForecastError` for a group that is not known, or a question about anything but groups.
    """
    check_question(by)
    unknown = [name for name in names if name not in COHORTS]
    if unknown:
        raise ForecastError(f"no group {', '.join(unknown)} is watched; there are: {', '.join(COHORTS)}")
    quarters = pd.period_range(first_on, last_on, freq="Q")
    quarters = quarters[
        (quarters.start_time >= pd.Timestamp(first_on)) & (quarters.end_time.normalize() <= pd.Timestamp(last_on))
    ]
    counts = {name: _counts(known, COHORTS[name], quarters=quarters) for name in names}
    trends = [_trend(COHORTS[name], counts[name]) for name in names]
    told = [_rows(name, counts[name]) for name, trend in zip(names, trends, strict=True) if not trend["refused"]]
    empty = pd.DataFrame({"cohort": [], "quarter": [], "children": []})
    return (pd.concat(told, ignore_index=True) if told else empty), pd.DataFrame(trends)


def _rows(name: str, counts: "pd.Series[int]") -> pd.DataFrame:
    return pd.DataFrame({"cohort": name, "quarter": counts.index, "children": counts.to_numpy()})


def _counts(known: Mapping[str, pd.DataFrame], cohort: Cohort, *, quarters: pd.PeriodIndex) -> "pd.Series[int]":
    """Children new to the group in each quarter."""
    found = _found(known, cohort).groupby("person_id")["on"].min()
    new = pd.PeriodIndex(found, freq="Q").value_counts().reindex(quarters, fill_value=0).astype("int64")
    return new.set_axis([f"{quarter.year}-Q{quarter.quarter}" for quarter in quarters])


def _found(known: Mapping[str, pd.DataFrame], cohort: Cohort) -> pd.DataFrame:
    if cohort.kind == "factor":
        factors = known["assessment_factors"]
        of_group = factors[factors["factor"].eq(cohort.code)]
        assessed = known["assessments"].set_index("assessment_id")
        on = assessed["completed_on"].reindex(of_group["assessment_id"]).to_numpy()
        who = assessed["person_id"].reindex(of_group["assessment_id"]).to_numpy()
        return pd.DataFrame({"person_id": who, "on": on}).dropna()
    contacts = known["contacts"]
    rows = contacts[contacts["source"].eq(cohort.code) & (cohort.kind == "source")]
    return pd.DataFrame({"person_id": rows["person_id"].to_numpy(), "on": rows["contact_on"].to_numpy()})


def _trend(cohort: Cohort, counts: "pd.Series[int]") -> dict[str, object]:
    total, refused = int(counts.sum()), ""
    if cohort.kind == "not held":
        refused = "the records hold no field for it; nothing is guessed from other fields"
    elif total < FEWEST:
        refused = f"fewer than {FEWEST} children: a group so small is not told of"
    told: dict[str, object] = {
        "cohort": cohort.name, "words": cohort.words, "source": SOURCES[cohort.kind], "total": 0 if refused else total
    }  # fmt: skip
    if refused or len(counts) < FEWEST_QUARTERS:
        nothing = dict.fromkeys(("change_a_year", "low", "high"), float("nan"))
        return told | nothing | {"verdict": CANNOT_BE_TOLD, "refused": refused}
    change, low, high = yearly_change(counts.to_numpy(dtype=float), _season(counts))
    verdict = ROSE if low > 0 else FELL if high < 0 else STEADY
    return told | {"change_a_year": change, "low": low, "high": high, "verdict": verdict, "refused": ""}


def _season(counts: "pd.Series[int]") -> np.ndarray:
    return np.array([int(name[-1]) for name in counts.index])


def yearly_change(counts: np.ndarray, season: np.ndarray) -> tuple[float, float, float]:
    """The rate ratio of a year less 1, with its 95% interval: log-linear in time, a level for each quarter of the year.

    Poisson regression by iterated weighted least squares, standard error widened by what counts scatter beyond chance
    (Pearson's chi-square over its degrees of freedom, never below 1). Source: McCullagh and Nelder (1989), *Generalized
    linear models*, chapters 2 and 6.

    >>> counts = np.array([100.0, 80, 120, 90] * 3) * np.repeat([1.0, 1.1, 1.21], 4)
    >>> round(yearly_change(counts, np.tile([1, 2, 3, 4], 3))[0], 3)
    0.1
    """
    seasons = (season[:, None] == np.unique(season)).astype(float)
    design = np.column_stack([np.arange(len(counts)) / 4.0, seasons])
    mean, fitted = np.maximum(counts, 0.5), np.zeros(design.shape[1])
    for _ in range(50):
        working = np.log(mean) + (counts - mean) / mean
        weighted = design * mean[:, None]
        fitted, *_ = np.linalg.lstsq(weighted.T @ design, weighted.T @ working, rcond=None)
        mean = np.exp(np.clip(design @ fitted, -30, 30))
    spread = max(float(((counts - mean) ** 2 / mean).sum() / max(len(counts) - design.shape[1], 1)), 1.0)
    error = np.sqrt(spread * np.linalg.pinv((design * mean[:, None]).T @ design)[0, 0])
    slope = float(fitted[0])
    return tuple(float(np.expm1(slope + sign * Z * error)) for sign in (0, -1, 1))  # type: ignore[return-value] # three
