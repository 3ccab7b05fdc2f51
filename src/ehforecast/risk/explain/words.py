"""Values, points and sentences as a person would read them. What goes together, never what brings what about."""

import pandas as pd

from ehforecast.risk.cohort import Feature

CANNOT_SEE = (
    "What was never recorded, was written only in free text, or was recorded later than the day of the estimate.",
    "How the family sees its own situation, and what its strengths are.",
    "What help was like, and what other help would change.",
    "Whether a record is right: the model takes every record as it stands.",
)
"""What no explanation can show, on every card."""

NONE_AGAINST = "No recorded feature points the other way."

OLD_DAYS = 182
"""From here on the latest record of a kind is called old: features look back a year, so half of that."""


def value_in_words(feature: Feature, value: object) -> str:
    """A feature's value with its unit.

    >>> value_in_words(Feature("a", "Days since the last contact", "days"), 1.0)
    '1 day'
    >>> value_in_words(Feature("a", "Age", "years"), 3.46)
    '3.5 years'
    >>> value_in_words(Feature("a", "Seen", "yes or no"), float("nan"))
    'not on record'
    """
    if pd.isna(value):  # type: ignore[call-overload]  # any scalar may be asked
        return "not on record"
    if feature.levels or isinstance(value, str):
        return str(value).replace("_", " ")
    number = float(value)  # type: ignore[arg-type]  # not a text, so a number
    return _number_in_words(number, feature.unit)


def _number_in_words(number: float, unit: str) -> str:
    shown = f"{number:.1f}".removesuffix(".0")
    special = {
        "yes or no": "yes" if number else "no",
        "share": f"{100 * number:.0f}%",
        "ratio": f"{number:.2f} times",
        "level 1 to 4": f"level {shown} of 4",
        "count": shown,
        "": shown,
    }
    return special.get(unit, f"{shown} {unit.removesuffix('s') if number == 1 else unit}")


def points_in_words(points: float) -> str:
    """How far something goes with an estimate that is higher or lower than the starting point.

    >>> points_in_words(0.031), points_in_words(-0.012), points_in_words(0.002)
    ('about 3 percentage points higher', 'about 1 percentage point lower', 'less than 1 percentage point higher')
    """
    size = abs(points) * 100
    way = "higher" if points > 0 else "lower"
    if size < 0.5:
        return f"less than 1 percentage point {way}"
    return f"about {size:.0f} percentage point{'' if round(size) == 1 else 's'} {way}"


def reason_in_words(feature: Feature, value: object, *, points: float) -> str:
    """One reason: what it is, its value, and what it goes with."""
    return f"{feature.label}: {value_in_words(feature, value)}. Goes with an estimate {points_in_words(points)}."


def missing_in_words(feature: Feature) -> str:
    """That nothing is on record."""
    return f"{feature.label}: not on record."


def old_in_words(feature: Feature, days: float) -> str:
    """That the latest record of a kind is old."""
    months = days / 30.4375
    shown = value_in_words(feature, days)
    return f"{feature.label}: {shown}, about {months:.0f} months; what has changed since is not seen."


def unsteady_in_words(feature: Feature, share: float) -> str:
    """That a reason does not last: under other families to learn from, or a day or a month either way."""
    return (
        f"{feature.label}: not a steady reason. In {100 * share:.0f}% of the checks, with other families to learn from "
        "or a day or a month either way, it is among the strongest and points the same way."
    )


def is_recency(feature: Feature) -> bool:
    """Whether a feature says how long ago something last happened."""
    return feature.unit == "days" and feature.label.lower().startswith("days since the last")


def no_event_in_words(band: pd.Series) -> str:
    """How often people with such estimates had no later event; ``rows, value, lower, upper`` of the band."""
    if pd.isna(band["value"]):
        return "How often people with estimates like this had no later event is not known."
    without = {name: 100 * (1 - float(band[name])) for name in ("value", "upper", "lower")}
    between = "" if pd.isna(band["lower"]) else f" (between {without['upper']:.0f} and {without['lower']:.0f})"
    return (
        f"Of 100 people with estimates like this, about {without['value']:.0f}{between} had no later event on record."
    )
