"""How well estimates order and match outcomes within a group, with the influence of every family on each figure.

A figure's variance is the sum over families of their squared influence, so that brothers and sisters count as what they
are; and the difference of two groups' figures has the difference of influences, families in both included.
"""

from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from functools import cached_property, partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy import stats

from ehforecast.risk.fairness.frame import AuditFrame

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

AUROC, BRIER = "auroc", "brier"
IN_THE_LARGE, SLOPE, DIFFERENCE = "calibration_in_the_large", "calibration_slope", "calibration_difference"
SCORES = (AUROC, IN_THE_LARGE, SLOPE, DIFFERENCE, BRIER)
OF_PROBABILITIES = (IN_THE_LARGE, SLOPE, DIFFERENCE, BRIER)

MOST_STEPS = 60
"""Of Newton's method; a figure that has not settled by then cannot be calculated."""

NEAREST_TO_CERTAIN = 1e-6
"""Estimates nearer to 0 or 1 count as this near on the log-odds scale."""


@dataclass(frozen=True)
class Members:
    """The people of a group whose outcome is known."""

    estimate: Floats
    outcome: Floats
    weights: Floats
    cluster: Integers

    @property
    def log_odds(self) -> Floats:
        """Of the estimates."""
        inside = np.clip(self.estimate, NEAREST_TO_CERTAIN, 1 - NEAREST_TO_CERTAIN)
        return np.asarray(np.log(inside) - np.log1p(-inside))


@dataclass(frozen=True)
class Score:
    """A figure with each member's influence on it, and the families they are of.

    Attributes:
        value: NaN where it cannot be calculated.
        influence: by member; sums to about 0.
        scale: "logit" or "log" where a range is better made on that scale, else "".
    """

    value: float
    influence: Floats = field(repr=False)
    cluster: Integers = field(repr=False)
    scale: str = ""

    @cached_property
    def families(self) -> int:
        """With at least one member."""
        return int((np.bincount(self.cluster) > 0).sum())

    @cached_property
    def standard_error(self) -> float:
        """From the families' influence, with the correction g / (g - 1) for their number g."""
        g = self.families
        if g < 2 or np.isnan(self.value):
            return float("nan")
        return float(np.sqrt(g / (g - 1) * (np.bincount(self.cluster, self.influence) ** 2).sum()))

    def range(self, confidence: float) -> tuple[float, float]:
        """The ends of a Student-t interval on the score's scale."""
        error, t = self.standard_error, float(stats.t.ppf((1 + confidence) / 2, max(self.families - 1, 1)))
        if not np.isfinite(error) or (self.scale == "logit" and not 0 < self.value < 1):
            return float("nan"), float("nan")
        if self.scale == "logit":
            middle, half = np.log(self.value / (1 - self.value)), t * error / (self.value * (1 - self.value))
            return float(1 / (1 + np.exp(half - middle))), float(1 / (1 + np.exp(-half - middle)))
        if self.scale == "log" and self.value > 0:
            factor = float(np.exp(t * error / self.value))
            return self.value / factor, self.value * factor
        return self.value - t * error, self.value + t * error


def members(frame: AuditFrame, mask: npt.NDArray[np.bool_]) -> Members:
    """People of a mask whose outcome is known."""
    places = np.flatnonzero(mask & frame.known)
    return Members(frame.estimate[places], frame.outcome[places], frame.weights[places], frame.cluster[places])


def score(metric: str, people: Members) -> Score:
    """One figure of one group; NaN, without influence, where it cannot be calculated."""
    events = people.outcome.sum()
    nothing = Score(float("nan"), np.zeros(len(people.outcome)), people.cluster)
    needs_both = metric in {AUROC, IN_THE_LARGE, SLOPE}
    if not len(people.outcome) or (needs_both and not 0 < events < len(people.outcome)):
        return nothing
    if metric == SLOPE and np.ptp(people.log_odds) == 0:
        return nothing
    made = _MADE_BY[metric](people)
    return made if np.isfinite(made.value) else nothing


def _auroc(people: Members) -> Score:
    """The chance that one with the event had the higher estimate, ties half; influences after DeLong and Obuchowski.

    Source: DeLong, DeLong and Clarke-Pearson (1988); Obuchowski (1997) for families.
    """
    place = np.unique(people.estimate, return_inverse=True)[1]
    with_event, without = people.weights * people.outcome, people.weights * (1 - people.outcome)
    ones, zeros = np.bincount(place, with_event), np.bincount(place, without)
    of_ones = (np.cumsum(zeros) - zeros / 2) / zeros.sum()
    of_zeros = 1 - (np.cumsum(ones) - ones / 2) / ones.sum()
    value = float((ones * of_ones).sum() / ones.sum())
    n1, n0 = people.outcome.sum(), (1 - people.outcome).sum()
    few = np.sqrt(max(n1, 1) / max(n1 - 1, 1)), np.sqrt(max(n0, 1) / max(n0 - 1, 1))
    influence = few[0] * with_event / ones.sum() * (of_ones[place] - value)
    influence = influence + few[1] * without / zeros.sum() * (of_zeros[place] - value)
    return Score(value, influence, people.cluster, "logit")


def _brier(people: Members) -> Score:
    return _mean((people.outcome - people.estimate) ** 2, people, scale="log")


def _difference(people: Members) -> Score:
    """Observed rate less mean estimate: above 0, estimates were too low."""
    return _mean(people.outcome - people.estimate, people)


def _mean(values: Floats, people: Members, *, scale: str = "") -> Score:
    share = people.weights / people.weights.sum()
    value = float((share * values).sum())
    return Score(value, share * (values - value), people.cluster, scale)


def _recalibrated(people: Members, *, slope: bool) -> Score:
    """Logistic regression of the outcome on the log odds of the estimate.

    The intercept with the log odds as they are (calibration in the large: 0 where as many events came as were
    estimated), or their slope (1 where estimates spread as far as they should). Newton's method; robust influences.
    Source: Cox (1958); Van Calster and others (2019).
    """
    log_odds = people.log_odds
    design = np.column_stack([np.ones_like(log_odds), log_odds]) if slope else np.ones((len(log_odds), 1))
    offset = np.zeros_like(log_odds) if slope else log_odds
    beta = np.zeros(design.shape[1])
    beta[-1] = 1.0 if slope else 0.0
    for _ in range(MOST_STEPS):
        residual, spread = _residual_and_spread(people, linear=offset + design @ beta)
        information = (design * spread[:, None]).T @ design
        if not np.isfinite(information).all() or np.linalg.cond(information) > 1e12:
            break
        step = np.linalg.solve(information, design.T @ residual)
        if np.abs(step).max() < 1e-9:
            influence = (design * residual[:, None]) @ np.linalg.inv(information)[:, -1]
            return Score(float(beta[-1]), influence, people.cluster)
        beta = beta + np.clip(step, -2, 2)
    return Score(float("nan"), np.zeros_like(log_odds), people.cluster)


def _residual_and_spread(people: Members, *, linear: Floats) -> tuple[Floats, Floats]:
    """What came beyond what log odds make expected, and the variance they make expected, of each member."""
    expected = 1 / (1 + np.exp(-np.clip(linear, -500, 500)))
    return people.weights * (people.outcome - expected), people.weights * expected * (1 - expected)


_MADE_BY: MappingProxyType[str, Callable[[Members], Score]] = MappingProxyType(
    {
        AUROC: _auroc,
        BRIER: _brier,
        DIFFERENCE: _difference,
        IN_THE_LARGE: partial(_recalibrated, slope=False),
        SLOPE: partial(_recalibrated, slope=True),
    }
)


def gap_of(one: Score, other: Score) -> Score:
    """Difference of two groups' figures, with families in both groups joined."""
    return Score(
        one.value - other.value,
        np.concatenate([one.influence, -other.influence]),
        np.concatenate([one.cluster, other.cluster]),
    )


def gap_in_the_large(one: Members, other: Members) -> Score:
    """The gap in calibration in the large as a score test takes it: as if there were none.

    Estimates of both groups are moved together until they match all events; what each group then has too many or too
    few of is held against the spread those estimates imply. Where events of a group are missing, the spread around
    the few that are left (a Wald test) would be too wide, and hide that they are missing.

    Source: Boos (1992), generalised score tests; Hauck and Donner (1977) on what Wald tests miss.
    """
    pairs = zip(astuple(one), astuple(other), strict=True)
    both = Members(*(np.concatenate(pair) for pair in pairs))
    shift = _recalibrated(both, slope=False).value
    residual, spread = _residual_and_spread(both, linear=both.log_odds + shift)
    is_one = np.arange(len(residual)) < len(one.outcome)
    per_unit = np.where(is_one, 1 / spread[is_one].sum(), -1 / spread[~is_one].sum())
    return Score(float((residual * per_unit).sum()), residual * per_unit, both.cluster)
