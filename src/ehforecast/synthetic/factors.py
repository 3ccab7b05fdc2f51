"""Factors found at the end of assessments: the family's troubles as far as they were found, and the rest by chance."""

from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.council_events import CouncilEvents
from ehforecast.synthetic.council_truth import CouncilTruth
from ehforecast.synthetic.families import DAYS_A_YEAR, lives_with_abuse
from ehforecast.vocabulary.needs_and_factors import AssessmentFactor

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

BY_CHANCE = (
    (AssessmentFactor.DOMESTIC_ABUSE_CHILD, 0.113), (AssessmentFactor.MENTAL_HEALTH_CHILD, 0.176),
    (AssessmentFactor.NEGLECT, 0.176), (AssessmentFactor.EMOTIONAL_ABUSE, 0.190),
    (AssessmentFactor.LEARNING_DISABILITY_CHILD, 0.123), (AssessmentFactor.PHYSICAL_DISABILITY_CHILD, 0.047),
    (AssessmentFactor.YOUNG_CARER, 0.037), (AssessmentFactor.GOING_MISSING, 0.033),
    (AssessmentFactor.CHILD_SEXUAL_EXPLOITATION, 0.024), (AssessmentFactor.GANGS, 0.017),
    (AssessmentFactor.SELF_HARM, 0.050), (AssessmentFactor.TRAFFICKING, 0.004),
    (AssessmentFactor.UNACCOMPANIED_ASYLUM_SEEKER, 0.012), (AssessmentFactor.CHILD_CRIMINAL_EXPLOITATION, 0.032),
    (AssessmentFactor.OTHER, 0.08),
    (AssessmentFactor.PHYSICAL_ABUSE, 0.13), (AssessmentFactor.PHYSICAL_ABUSE_ADULT_ON_CHILD, 0.12),
    (AssessmentFactor.PHYSICAL_ABUSE_CHILD_ON_CHILD, 0.02), (AssessmentFactor.SEXUAL_ABUSE, 0.05),
    (AssessmentFactor.SEXUAL_ABUSE_ADULT_ON_CHILD, 0.04), (AssessmentFactor.SEXUAL_ABUSE_CHILD_ON_CHILD, 0.015),
)  # fmt: skip
"""Source: DfE *Children in need* 2025, factors at the end of assessment; physical and sexual abuse assumed."""

_REPLACED_ON = date(2020, 4, 1)
_REPLACED = {AssessmentFactor.PHYSICAL_ABUSE, AssessmentFactor.SEXUAL_ABUSE}


def draw_factors(
    events: CouncilEvents, child: Integers, *, completed_on: Integers, truth: CouncilTruth, rng: np.random.Generator
) -> pd.DataFrame:
    """One row per assessment (its place) and factor; `21` alone where none was found."""
    family = events.world.families.children.family[child]
    families, how = events.world.families, truth.recording
    age = (completed_on - events.world.birthdays[child]) / DAYS_A_YEAR
    abuse = lives_with_abuse(families, child, age=age, truth=truth.families)
    found = [
        (AssessmentFactor.DOMESTIC_ABUSE_PARENT, abuse * how.domestic_abuse_found),
        (AssessmentFactor.MENTAL_HEALTH_PARENT, families.adult_mental_health[family] * how.mental_health_found),
        (AssessmentFactor.ALCOHOL_PARENT, families.substance_misuse[family] * how.substance_found),
        (AssessmentFactor.DRUGS_PARENT, families.substance_misuse[family] * how.substance_found),
    ]
    by_chance = [(factor, share * _in_use(factor, completed_on)) for factor, share in BY_CHANCE]
    parts = [(np.flatnonzero(rng.random(len(child)) < chance), factor.value) for factor, chance in (*found, *by_chance)]
    named = np.zeros(len(child), dtype=bool)
    named[np.concatenate([places for places, _ in parts])] = True
    parts.append((np.flatnonzero(~named), AssessmentFactor.NONE.value))
    rows = pd.concat([pd.DataFrame({"assessment": places, "factor": code}) for places, code in parts])
    return rows.sort_values(["assessment", "factor"], ignore_index=True)


def _in_use(factor: AssessmentFactor, on: Integers) -> npt.NDArray[np.bool_]:
    first = factor.valid_from or date.min
    last = _REPLACED_ON if factor in _REPLACED else date.max
    return np.asarray((on >= _day(first)) & (on < _day(last)))


def _day(on: date) -> int:
    return on.toordinal() - date(1970, 1, 1).toordinal()
