"""Index events whose follow-up ended too soon: weighed for, never counted as "no event", never dropped in silence."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.errors import RiskError, SettingsError
from ehforecast.risk.cohort import Cohort

Matrix = npt.NDArray[np.float64]
Treatment = Literal["weights", "complete"]
TREATMENTS: tuple[Treatment, ...] = ("weights", "complete")


@dataclass(frozen=True)
class CensoringSettings:
    """How incomplete follow-up is treated.

    Attributes:
        treatment: ``weights``: those whose outcome is known stand for those like them whose is not, by the inverse
            probability of still being followed; ``complete``: only those followed to the horizon, whatever came.
        strata: a column of `audit` or `features` within which follow-up is estimated; empty for one curve for all.
        largest_weight: weights are cut here, so that no single family carries the model.
    """

    treatment: Treatment = "weights"
    strata: str = ""
    largest_weight: float = 10.0

    def __post_init__(self) -> None:
        if self.treatment not in TREATMENTS:
            raise SettingsError(
                f"censoring treatment {self.treatment!r} is unknown; there are: {', '.join(TREATMENTS)}"
            )
        if not self.largest_weight >= 1.0:
            raise SettingsError("largest_weight is below 1; a known outcome stands at least for itself")


@dataclass(frozen=True)
class KnownOutcomes:
    """What each index event counts for.

    Attributes:
        outcome: 1.0, 0.0, or NaN where not known, on the index of the cohort's rows.
        weights: of each row, 0 where it counts for nothing.
        cut: weights that reached the largest allowed.
    """

    outcome: pd.Series = field(repr=False)
    weights: pd.Series = field(repr=False)
    cut: int = 0


def known_outcomes(cohort: Cohort, settings: CensoringSettings) -> KnownOutcomes:
    """Outcomes with weights that let the known stand for the unknown.

    With ``weights``, a row with an event after t days counts 1 / G(t-), one followed to the horizon h without counts
    1 / G(h-), where G is the Kaplan-Meier estimate of the chance of being followed for longer (an event ends what can
    be seen of follow-up). Rows not resolved count 0. The weighted share of events is then free of bias if, within a
    stratum, how long someone is followed says nothing about whether an event comes.

    Source: Vock et al. (2016), Journal of Biomedical Informatics 61.
    """
    outcome = cohort.outcome
    if settings.treatment == "complete":
        complete = cohort.rows["followed_days"] >= cohort.horizon_days
        return KnownOutcomes(outcome.where(complete), complete.astype("float64"))
    weights = _inverse_probability(cohort, strata=_strata(cohort, settings.strata)).where(outcome.notna(), 0.0)
    cut = int((weights > settings.largest_weight).sum())
    return KnownOutcomes(outcome, weights.clip(upper=settings.largest_weight), cut)


def _strata(cohort: Cohort, name: str) -> pd.Series:
    if not name:
        return pd.Series("", index=cohort.rows.index)
    for frame in (cohort.features, cohort.audit, cohort.rows):
        if name in frame:
            return frame[name].astype("str").where(frame[name].notna(), "not recorded")
    raise SettingsError(f"strata of follow-up: there is no column {name!r} in the cohort")


def _inverse_probability(cohort: Cohort, *, strata: pd.Series) -> pd.Series:
    rows = cohort.rows
    event = np.fmin(rows["event_days"].to_numpy(), cohort.horizon_days)
    followed_days = rows["followed_days"].to_numpy()
    seen_until, ended = np.minimum(event, followed_days), followed_days < event
    weights = pd.Series(0.0, index=rows.index)
    for stratum in sorted(strata.unique()):
        inside = (strata == stratum).to_numpy()
        times = seen_until[inside]
        chance = followed_longer(times, ended[inside], at=times)
        with np.errstate(divide="ignore"):
            weights[inside] = 1 / chance
    return weights


def followed_longer(times: Matrix, ended: npt.NDArray[np.bool_], *, at: Matrix) -> Matrix:
    """Kaplan-Meier chance of being followed until just before each time `at`.

    Those seen until a time without their follow-up ending then (an event came, or the horizon) are at risk until it;
    at equal times events come before ends of follow-up.
    """
    distinct, place = np.unique(times, return_inverse=True)
    all_here = np.bincount(place, minlength=len(distinct))
    ends_here = np.bincount(place, weights=ended, minlength=len(distinct))
    events_here = all_here - ends_here
    at_risk = len(times) - np.cumsum(all_here) + all_here - events_here
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(np.where(at_risk > 0, 1 - ends_here / at_risk, 1.0))
    before = np.r_[1.0, survival[:-1]]
    return np.asarray(before[np.searchsorted(distinct, at)])


def check_follow_up(cohort: Cohort) -> None:
    """Raise `RiskError` where nobody is followed for the whole window, so that no share of events can be known."""
    if not (cohort.rows["followed_days"] >= cohort.horizon_days).any():
        raise RiskError(
            f"none of {len(cohort)} index events is followed for the whole {cohort.horizon_days:g} days; "
            "the window is longer than the data: choose a shorter one or wait"
        )
