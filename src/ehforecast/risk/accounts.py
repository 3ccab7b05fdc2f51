"""Who was looked at, who not: counts by period, what short follow-up does to them, and where the model is silent."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ehforecast.risk.censoring import CensoringSettings, KnownOutcomes, known_outcomes
from ehforecast.risk.cohort import PERIODS, Cohort, Feature


def count_table(cohort: Cohort, settings: CensoringSettings) -> pd.DataFrame:
    """``period, index_events, people, families, events, no_event, not_known, rate``."""
    rows = []
    for period in PERIODS:
        part = cohort.of(period)
        known, outcome = known_outcomes(part, settings), part.outcome
        rows.append(
            {
                "period": period,
                "index_events": len(part),
                "people": part.rows["person_id"].nunique(),
                "families": part.rows["group_id"].nunique(),
                "events": int((outcome == 1.0).sum()),
                "no_event": int((outcome == 0.0).sum()),
                "not_known": int(outcome.isna().sum()),
                "rate": weighted_rate(known),
            }
        )
    return pd.DataFrame(rows)


def left_out_table(**events: Mapping[str, int]) -> pd.DataFrame:
    """``events, reason, count``: what was left out of which events, and why."""
    rows = [(kind, reason, count) for kind, counts in events.items() for reason, count in counts.items()]
    return pd.DataFrame(rows, columns=["events", "reason", "count"])


def follow_up_table(cohort: Cohort, settings: CensoringSettings) -> pd.DataFrame:
    """The share with an event in each period by treatment of short follow-up, the two wrong treatments included."""
    rows = []
    for period in PERIODS:
        part = cohort.of(period)
        weighted = known_outcomes(part, CensoringSettings("weights", settings.strata, settings.largest_weight))
        complete = known_outcomes(part, CensoringSettings("complete"))
        rows.append(
            {
                "period": period,
                "weights": weighted_rate(weighted),
                "complete": weighted_rate(complete),
                "not_known_as_none": float(part.outcome.fillna(0.0).mean()),
                "not_known_left_out": float(part.outcome.mean()),
                "largest_weight": float(weighted.weights.max()),
                "weights_cut": weighted.cut,
            }
        )
    return pd.DataFrame(rows)


def weighted_rate(known: KnownOutcomes) -> float:
    """Share with an event among known outcomes that stand for the others; NaN where nothing is known."""
    total = float(known.weights.sum())
    return float((known.outcome.fillna(0.0) * known.weights).sum() / total) if total else float("nan")


def feature_table(catalogue: Sequence[Feature], constants: Sequence[str]) -> pd.DataFrame:
    """The catalogue, and whether each feature had more than one value to learn from."""
    names = ("name", "label", "unit", "source", "lag", "reason", "theme", "direction")
    rows = [{name: getattr(feature, name) for name in names} for feature in catalogue]
    return pd.DataFrame(rows, columns=list(names)).assign(
        is_used=[feature.name not in constants for feature in catalogue]
    )


def abstention_table(reasons: pd.Series) -> pd.DataFrame:
    """``reason, rows``: how many were not estimated for each reason; a row may have several."""
    silent = reasons[reasons != ""]
    each = silent.str.split("; ").explode()
    return each.value_counts(sort=False).sort_index().rename_axis("reason").rename("rows").reset_index()
