"""Values, points and sentences: units and signs right, and nothing said to bring anything about."""

import re

import numpy as np
import pandas as pd
import pytest

from ehforecast.risk.cohort import Feature
from ehforecast.risk.explain import words

CAUSAL = re.compile(
    r"because|caus|due to|leads? to|led to|driv|results? in|makes?\b|increas|reduc|rais|lower(s|ed)\b|affect|impact"
    r"|effect|push|prevent|explain|responsible|contribut|trigger|thanks to|therefore|high.risk|will\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    ("unit", "value", "told"),
    [
        ("count", 3.0, "3"),
        ("", 0.25, "0.2"),
        ("days", 1.0, "1 day"),
        ("days", 40.0, "40 days"),
        ("years", 3.46, "3.5 years"),
        ("yes or no", 1.0, "yes"),
        ("yes or no", 0.0, "no"),
        ("share", 0.256, "26%"),
        ("ratio", 1.2, "1.20 times"),
        ("level 1 to 4", 2.0, "level 2 of 4"),
        ("category", "lead_school", "lead school"),
        ("days", np.nan, "not on record"),
        ("category", None, "not on record"),
    ],
)
def test_a_value_has_its_unit(unit: str, value: object, told: str) -> None:
    # Catches a number without a unit, a code shown raw, and a gap shown as a number.
    assert words.value_in_words(Feature("x", "X", unit), value) == told


@pytest.mark.parametrize(
    ("points", "told"),
    [
        (0.124, "about 12 percentage points higher"),
        (-0.031, "about 3 percentage points lower"),
        (0.0051, "about 1 percentage point higher"),
        (-0.0049, "less than 1 percentage point lower"),
    ],
)
def test_points_are_told_with_their_sign(points: float, told: str) -> None:
    # Catches a sign turned round, log odds taken for points, and "about 0".
    assert words.points_in_words(points) == told


def band(value: float = 0.3, lower: float = 0.25, upper: float = 0.4) -> pd.Series:
    return pd.Series({"value": value, "lower": lower, "upper": upper})


def test_how_often_nothing_came_is_the_other_share() -> None:
    told = words.no_event_in_words(band())
    # Catches the share with an event told for that without, or its limits the wrong way round.
    assert "about 70 (between 60 and 75) had no later event" in told
    # Catches limits that are not there told as numbers.
    assert "between" not in words.no_event_in_words(band(lower=np.nan))
    # Catches a share that is not known told as nought.
    assert words.no_event_in_words(band(value=np.nan)).endswith("is not known.")


def test_old_and_recency() -> None:
    since = Feature("days_since_contact", "Days since the last contact of the child", "days")
    # Catches a length of help taken for the age of a record.
    assert [words.is_recency(since), words.is_recency(Feature("help_days", "Length of help", "days"))] == [True, False]
    # Catches years not told, so that nobody sees how old a record is.
    assert "730 days, about 24 months" in words.old_in_words(since, 730.0)


def test_nothing_is_said_to_bring_anything_about() -> None:
    feature = Feature("x", "Referrals of the child, ever", "count")
    said = [
        *words.CANNOT_SEE,
        words.NONE_AGAINST,
        words.missing_in_words(feature),
        words.old_in_words(feature, 500.0),
        words.no_event_in_words(band()),
        words.unsteady_in_words(feature, 0.4),
        *(words.reason_in_words(feature, 3.0, points=points) for points in (0.2, 0.001, -0.2)),
    ]
    # Catches a causal verb, which a reader would take for a finding about the family.
    assert {sentence: found.group() for sentence in said if (found := CAUSAL.search(sentence))} == {}
    # Catches a search that finds nothing.
    assert CAUSAL.search("This raises the estimate")
    assert CAUSAL.search("higher because of referrals")
