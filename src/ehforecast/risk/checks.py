"""Whether a question can be asked of a cohort at all: said before anything is learned."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from ehforecast.errors import RiskError
from ehforecast.risk.censoring import check_follow_up
from ehforecast.risk.cohort import PERIODS, Cohort

FEWEST = {"train": 50, "calibrate": 20, "test": 20}
"""Index events with the outcome, and as many without, that each period needs."""

FEWEST_FAMILIES = 20


def check_can_be_assessed(cohort: Cohort) -> None:
    """Raise `RiskError` with every reason why no honest estimate can be made or judged."""
    check_follow_up(cohort)
    reasons = [reason for period in PERIODS for reason in _reasons(cohort.rows, cohort.outcome, period=period)]
    straddling = int((cohort.rows.groupby("group_id")["period"].nunique() >= 2).sum())
    if straddling:
        reasons.append(f"{straddling} families lie in more than one period")
    if not _usable(cohort):
        reasons.append("no feature has two different values in the training period")
    if reasons:
        raise RiskError("no estimate can honestly be made: " + "; ".join(reasons))


def _reasons(rows: pd.DataFrame, outcome: pd.Series, *, period: str) -> Iterator[str]:
    inside = rows["period"] == period
    known = outcome[inside].dropna()
    events, others, least = int(known.sum()), int((1 - known).sum()), FEWEST[period]
    if not inside.any():
        yield f"the {period} period is empty"
    elif known.empty:
        yield f"nobody in the {period} period is followed to the end of the window"
    elif not events or not others:
        yield f"the outcome {'never' if not events else 'always'} happens in the {period} period"
    elif min(events, others) < least:
        yield f"the {period} period has {min(events, others)} index events of the rarer outcome, and needs {least}"
    families = rows.loc[inside, "group_id"].nunique()
    if inside.any() and families < FEWEST_FAMILIES:
        yield f"the {period} period has {families} families, and needs {FEWEST_FAMILIES}"


def without_constants(cohort: Cohort) -> tuple[Cohort, tuple[str, ...]]:
    """The cohort without features that have one value, or none, in the training period; and their names."""
    usable = set(_usable(cohort))
    kept = tuple(feature for feature in cohort.catalogue if feature.name in usable)
    dropped = tuple(feature.name for feature in cohort.catalogue if feature.name not in usable)
    if not dropped:
        return cohort, ()
    return replace(cohort, features=cohort.features[[feature.name for feature in kept]], catalogue=kept), dropped


def _usable(cohort: Cohort) -> list[str]:
    learned = cohort.features[cohort.rows["period"] == "train"]
    return [str(name) for name, column in learned.items() if column.nunique(dropna=False) >= 2]
