"""Which groups can have figures, and which of them can be judged."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.risk.fairness.counts import Tally, View
from ehforecast.risk.fairness.settings import AuditSettings
from ehforecast.risk.fairness_results import CANNOT_BE_JUDGED, MEASURED, TOO_SMALL

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Standing:
    """Numbers of people of each group of a view, and what can be said with them.

    Attributes:
        people, positives, negatives: of each group.
        shown: groups with enough people for a figure.
        judged: groups with enough of either outcome for a gap to be judged.
        rest_shown, rest_judged: the same of everyone else.
    """

    people: Floats = field(repr=False)
    positives: Floats = field(repr=False)
    negatives: Floats = field(repr=False)
    shown: Booleans
    judged: Booleans
    rest_shown: Booleans
    rest_judged: Booleans


def standing(tally: Tally, view: View, *, settings: AuditSettings) -> Standing:
    """Count people (not weights), and compare with what is needed."""
    by_outcome = tally.grouped(tally.people, view).sum(axis=-1)
    rest = by_outcome.sum(axis=0) - by_outcome
    shown, judged = _enough(by_outcome, settings)
    rest_shown, rest_judged = _enough(rest, settings)
    negatives, positives = by_outcome[:, 0], by_outcome[:, 1]
    return Standing(by_outcome.sum(axis=1), positives, negatives, shown, judged, rest_shown, rest_judged)


def _enough(by_outcome: Floats, settings: AuditSettings) -> tuple[Booleans, Booleans]:
    shown = by_outcome.sum(axis=1) >= settings.smallest_group
    return shown, shown & (by_outcome[:, :2].min(axis=1) >= settings.judged_from)


def words_of(given: Standing) -> list[str]:
    """The standing of each group in words."""
    return [
        MEASURED if judged else CANNOT_BE_JUDGED if shown else TOO_SMALL
        for shown, judged in zip(given.shown, given.judged, strict=True)
    ]


def group_rows(view: View, given: Standing, *, settings: AuditSettings) -> pd.DataFrame:
    """Every group of a view with its numbers; those with too few people keep only their name."""
    return pd.DataFrame(
        {
            "view": view.name,
            "group": list(view.labels),
            "people": np.where(given.shown, given.people, np.nan),
            "positives": np.where(given.shown, given.positives, np.nan),
            "negatives": np.where(given.shown, given.negatives, np.nan),
            "outcome_unknown": np.where(given.shown, given.people - given.positives - given.negatives, np.nan),
            "standing": words_of(given),
            "reason": [_reason(place, given, settings=settings) for place in range(len(view.labels))],
        }
    )


def _reason(place: int, given: Standing, *, settings: AuditSettings) -> str:
    if not given.shown[place]:
        return f"fewer than {settings.smallest_group} people"
    if given.judged[place]:
        return ""
    if given.positives[place] + given.negatives[place] == 0:
        return "no outcome is known"
    scarce = [
        name
        for name, number in (("with", given.positives[place]), ("without", given.negatives[place]))
        if number < settings.judged_from
    ]
    return f"fewer than {settings.judged_from} people {' and '.join(scarce)} the outcome"
