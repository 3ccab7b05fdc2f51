"""Point metrics by fairlearn: an independent reckoning of the shares that are counted here."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
from fairlearn.metrics import MetricFrame, false_negative_rate, false_positive_rate, selection_rate
from sklearn.metrics import precision_score

from ehforecast.risk.fairness.frame import AuditFrame
from ehforecast.risk.fairness.shares import (
    BAND_SHARE,
    BASE_RATE,
    FALSE_DISCOVERY,
    FALSE_NEGATIVE_RATE,
    FALSE_OMISSION,
    FALSE_POSITIVE_RATE,
    PRECISION,
)

Integers = npt.NDArray[np.int64]


def _base_rate(y_true: Integers, y_pred: Integers, *, sample_weight: npt.NDArray[np.float64] | None = None) -> float:
    return float(np.average(y_true, weights=sample_weight)) if len(y_pred) else float("nan")


def _precision(y_true: Integers, y_pred: Integers, *, sample_weight: npt.NDArray[np.float64] | None = None) -> float:
    return float(precision_score(y_true, y_pred, sample_weight=sample_weight, zero_division=np.nan))


def _omission(y_true: Integers, y_pred: Integers, *, sample_weight: npt.NDArray[np.float64] | None = None) -> float:
    negative = 1 - np.asarray(y_true), 1 - np.asarray(y_pred)
    return 1 - float(precision_score(*negative, sample_weight=sample_weight, zero_division=np.nan))


METRICS: dict[str, Callable[..., float]] = {
    BASE_RATE: _base_rate,
    BAND_SHARE: selection_rate,
    FALSE_NEGATIVE_RATE: false_negative_rate,
    FALSE_POSITIVE_RATE: false_positive_rate,
    PRECISION: _precision,
    FALSE_OMISSION: _omission,
}


TIMED = (BAND_SHARE, FALSE_NEGATIVE_RATE, FALSE_POSITIVE_RATE, PRECISION, BASE_RATE)


def fairlearn_bootstrap(frame: AuditFrame, columns: list[str], *, edge: float, draws: int) -> list[pd.DataFrame]:
    """Fairlearn's own bootstrap of five shares by group: what it says lies at 2.5, 50 and 97.5 in 100 draws.

    For comparison only. Its ranges of differences cannot reach 0, a group without people with the outcome gets a rate
    of 0 with a range of no width, and families are torn apart.
    """
    known = frame.known
    found = MetricFrame(
        metrics={name: METRICS[name] for name in TIMED},
        y_true=frame.outcome[known].astype(np.int64),
        y_pred=(frame.estimate[known] >= edge).astype(np.int64),
        sensitive_features=frame.groups.loc[known, columns],
        n_boot=draws,
        ci_quantiles=[0.025, 0.5, 0.975],
        random_state=1,
    )
    return list(found.by_group_ci)


def fairlearn_shares(frame: AuditFrame, columns: list[str], *, edge: float) -> pd.DataFrame:
    """Shares by group at one edge, as MetricFrame has them: one row per group, one column per metric.

    For people whose outcome is known. Where a group has no positives (or no negatives) fairlearn gives 0; here that is
    absent, as it is among our own.
    """
    known = frame.known
    weights = {"sample_weight": frame.weights[known]}
    found = MetricFrame(
        metrics=METRICS,
        y_true=frame.outcome[known].astype(np.int64),
        y_pred=(frame.estimate[known] >= edge).astype(np.int64),
        sensitive_features=frame.groups.loc[known, columns],
        sample_params=dict.fromkeys(METRICS, weights),
    )
    shares = pd.DataFrame(found.by_group)
    shares[FALSE_NEGATIVE_RATE] = shares[FALSE_NEGATIVE_RATE].where(shares[BASE_RATE] > 0)
    shares[FALSE_POSITIVE_RATE] = shares[FALSE_POSITIVE_RATE].where(shares[BASE_RATE] < 1)
    return shares.assign(**{FALSE_DISCOVERY: 1 - shares[PRECISION]})
