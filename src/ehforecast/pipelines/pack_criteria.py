"""Published criteria as a comparator: how many children of a year met those that records can judge. Never a door."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from ehforecast.advisory.count_tables import ALL, CountTable
from ehforecast.advisory.safe_counts import SafeCounts
from ehforecast.risk.criteria import TARGETED_EARLY_HELP, judge_criteria
from ehforecast.vocabulary.pathways import StatutoryStep

_YEAR = pd.Timedelta(days=365)
_PLANS = (str(StatutoryStep.CHILD_IN_NEED_PLAN), str(StatutoryStep.CHILD_PROTECTION_PLAN))


def criteria_rows(tables: Mapping[str, pd.DataFrame], day: date, *, safe: SafeCounts) -> pd.DataFrame:
    """Each: ``criterion, words, needs, judged, met, of`` (children assessed in 12 months; NaN where hidden)."""
    judged = judge_criteria(_children(tables, pd.Timestamp(day)))
    known = [one.name for one in TARGETED_EARLY_HELP if one.name in judged.judged]
    counts = [_table(name, judged.answers[name], day=day) for name in known]
    shown = dict(zip(known, safe.shown(counts), strict=True)) if counts else {}
    rows = []
    for one in TARGETED_EARLY_HELP:
        met, _, of = shown.get(one.name, np.full(3, np.nan))
        needs = ", ".join(need.replace("_", " ") for need in one.needs)
        rows.append((one.name, one.words, needs, "yes" if one.name in known else "no", met, of))
    return pd.DataFrame(rows, columns=["criterion", "words", "needs", "judged", "met", "of"])


def _children(tables: Mapping[str, pd.DataFrame], today: pd.Timestamp) -> pd.DataFrame:
    """Children assessed in the last 365 days: how often, and whether a plan followed."""
    made = tables["assessments"]
    made = made[(made["started_on"] > today - _YEAR) & (made["started_on"] <= today)]
    steps = tables["statutory_steps"]
    planned = set(steps.loc[steps["step"].isin(_PLANS) & (steps["started_on"] > today - _YEAR), "person_id"])
    number = made.groupby("person_id").size()
    plan = number.index.isin(planned)
    return pd.DataFrame({"assessments_in_365_days": number.to_numpy(dtype=float), "has_plan": plan.astype(float)})


def _table(name: str, answers: pd.Series, *, day: date) -> CountTable:
    yes = int((answers == True).sum())  # noqa: E712 - absent is neither
    rows = pd.DataFrame({name: ["yes", "no", ALL], "count": [yes, len(answers) - yes, len(answers)]})
    return CountTable(name, f"children assessed, 12 months to {day}", (name,), rows)
