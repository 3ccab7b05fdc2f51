"""Published criteria as exact rules: a comparator that anyone can check by hand, and never a door to a service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.learning import LearningRows

Matrix = npt.NDArray[np.float64]
Rule = Callable[[Mapping[str, pd.Series]], pd.Series]

LAST_PRIMARY_CRITERIA_YEAR = 7
"""School years are 0 for reception, 1 to 13; the exclusion criteria end with year 7."""


@dataclass(frozen=True)
class Criterion:
    """One published criterion: what it needs, and the rule, which answers true, false or absent (cannot be judged)."""

    name: str
    words: str
    needs: tuple[str, ...]
    rule: Rule = field(repr=False)


def _over(threshold: float, name: str) -> Rule:
    return lambda given: given[name] > threshold


def _exclusions(name: str, least: float) -> Rule:
    return lambda given: (given[name] >= least) & (given["school_year"] <= LAST_PRIMARY_CRITERIA_YEAR)


def _is_true(name: str) -> Rule:
    return lambda given: given[name] >= 1


TARGETED_EARLY_HELP = (
    Criterion(
        "absence",
        "over 10% unauthorised absence in the last term, linked to parenting",
        ("unauthorised_absence_percent", "absence_linked_to_parenting"),
        lambda given: (given["unauthorised_absence_percent"] > 10) & (given["absence_linked_to_parenting"] >= 1),
    ),
    Criterion(
        "exclusion_days",
        "at least 10 days of fixed-term exclusion, in primary school or year 7",
        ("exclusion_days", "school_year"),
        _exclusions("exclusion_days", 10),
    ),
    Criterion(
        "exclusions",
        "three fixed-term exclusions, in primary school or year 7",
        ("fixed_term_exclusions", "school_year"),
        _exclusions("fixed_term_exclusions", 3),
    ),
    Criterion(
        "permanent_exclusion",
        "permanently excluded and not known to family services",
        ("permanent_exclusions", "known_to_family_services"),
        lambda given: (given["permanent_exclusions"] >= 1) & ~(given["known_to_family_services"] >= 1),
    ),
    Criterion(
        "first_offence", "a low-level first offence", ("low_level_first_offence",), _is_true("low_level_first_offence")
    ),
    Criterion(
        "parental_needs",
        "parental mental health, domestic abuse or substance misuse that affects behaviour",
        ("parental_needs",),
        _is_true("parental_needs"),
    ),
    Criterion(
        "older_sibling",
        "an older sibling convicted of serious youth violence or drug supply, or known for gangs",
        ("older_sibling_convicted",),
        _is_true("older_sibling_convicted"),
    ),
    Criterion(
        "assessments",
        "two section 17 or 47 assessments in 365 days without a plan",
        ("assessments_in_365_days", "has_plan"),
        lambda given: (given["assessments_in_365_days"] >= 2) & ~(given["has_plan"] >= 1),
    ),
    Criterion(
        "young_carer", "a young carer whose need cannot be met", ("young_carer_unmet",), _is_true("young_carer_unmet")
    ),
)
"""Westminster's targeted early help criteria (Early Help Strategy 2019-2022, appendix 3)."""

STATUTORY = "statutory_need"
"""A family at tier 4 goes straight to assessment: no criterion of early help is met for it."""


@dataclass(frozen=True)
class CriteriaAnswers:
    """For each row and criterion: true, false, or absent where a value it needs is not recorded.

    `met` is true where any criterion is; false where all that the table allows are judged and none is; else absent.
    `judged` are the criteria the table has the columns for.
    """

    answers: pd.DataFrame = field(repr=False)
    met: pd.Series = field(repr=False)
    judged: tuple[str, ...]


def judge_criteria(
    table: pd.DataFrame,
    criteria: tuple[Criterion, ...] = TARGETED_EARLY_HELP,
    *,
    columns: Mapping[str, str] | None = None,
) -> CriteriaAnswers:
    """Which criteria each row meets. `columns` says which column of the table holds what a criterion needs.

    >>> table = pd.DataFrame({"exclusion_days": [9, 10, 10], "school_year": [7, 7, 8]})
    >>> judge_criteria(table).met.tolist()
    [False, True, False]
    """
    names = columns or {}
    numbers = set(table.select_dtypes(["number", "bool"]))
    judged = tuple(one for one in criteria if numbers.issuperset(names.get(need, need) for need in one.needs))
    answers = pd.DataFrame({one.name: _answer(one, table, names=names) for one in judged}, index=table.index)
    statutory = table.get(names.get(STATUTORY, STATUTORY))
    if statutory is not None:
        answers = answers.mask(pd.Series(statutory >= 1, dtype="boolean").fillna(value=False), other=False)
    met = pd.Series(pd.NA, index=table.index, dtype="boolean")
    if judged:
        unknown = answers.isna().any(axis=1)
        met = answers.fillna(value=False).any(axis=1).astype("boolean")
        met = met.mask(unknown & ~met)
    return CriteriaAnswers(answers, met, tuple(one.name for one in judged))


def _answer(criterion: Criterion, table: pd.DataFrame, *, names: Mapping[str, str]) -> pd.Series:
    given = {need: table[names.get(need, need)].astype("float64").astype("Float64") for need in criterion.needs}
    return criterion.rule(given).astype("boolean")


@dataclass(frozen=True)
class CriteriaModel:
    """The past share with an event among those who meet the criteria, who do not, and who cannot be judged."""

    rates: Mapping[str, float]
    columns: Mapping[str, str]
    judged: tuple[str, ...]

    @classmethod
    def fit(cls, rows: LearningRows, *, columns: Mapping[str, str]) -> "CriteriaModel | None":
        """None where the features do not carry what any criterion needs."""
        judged = judge_criteria(rows.features, columns=columns)
        if not judged.judged:
            return None
        kind = _kind(judged.met)
        events = pd.Series(rows.outcome * rows.weights, index=rows.features.index).groupby(kind.to_numpy()).sum()
        counts = pd.Series(rows.weights, index=rows.features.index).groupby(kind.to_numpy()).sum()
        prior = 1.0  # one row of the average rate, so that a thin answer is not taken for never or always
        rates = (events + prior * rows.rate) / (counts + prior)
        named = {str(name): float(rate) for name, rate in rates.items()}
        return cls({"average": rows.rate} | named, columns, judged.judged)

    def estimate(self, features: pd.DataFrame) -> Matrix:
        """The rate of each row's answer."""
        kind = _kind(judge_criteria(features, columns=self.columns).met)
        return np.asarray(kind.map(self.rates).fillna(self.rates["average"]), dtype=np.float64)


def _kind(met: pd.Series) -> pd.Series:
    return met.astype("object").map({True: "met", False: "not met"}).fillna("cannot be judged")
