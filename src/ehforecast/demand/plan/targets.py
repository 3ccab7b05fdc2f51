"""Will a target be met: what was measured and how surely, the chance from councils' past changes, and the base rate.

A fall from a high start is often no more than a return to the usual: how much of the way that alone would go is said
beside every chance. Indicators are compared only with the same definition; a council's figure that disagrees with the
official one is shown beside it, never averaged with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from ehforecast.errors import ForecastError, SettingsError

Array = NDArray[np.float64]

_MEMORY = 0.7  # weight of a change a year earlier: councils' rates have become steadier
_OWN_YEARS = 2.0  # years of the usual of all councils that a council's own average is mixed with
_FEWEST_CHANGES = 30
_LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


@dataclass(frozen=True)
class StatedFigure:
    """A figure somebody states: its value in the indicator's unit, its period, who says so, and of how many it is."""

    value: float
    period: str
    source: str
    of: int | None = None


@dataclass(frozen=True)
class Indicator:
    """What a council watches and where it wants it to be.

    Attributes:
        name: short.
        definition: what is counted over what, in words; nothing is compared across definitions.
        unit: "percent" or a count's noun.
        better: whether it should fall or rise.
        target, by: the value wanted and the day by which.
        stated: figures the council states, every one shown.
        official: the name of the official indicator of the very same definition; empty where there is none.
    """

    name: str
    definition: str
    unit: str
    better: Literal["lower", "higher"]
    target: float
    by: date
    stated: tuple[StatedFigure, ...] = ()
    official: str = ""

    def __post_init__(self) -> None:
        if not self.definition.strip():
            raise SettingsError(f"key 'indicators.{self.name}.definition': say what is counted, over what")

    def check_ahead(self, today: date) -> None:
        """Raise `SettingsError` for a target that should have been met already."""
        if self.by <= today:
            raise SettingsError(f"key 'indicators.{self.name}.by': {self.by} is not after the data, which end {today}")

    def is_met(self, value: Array) -> NDArray[np.bool_]:
        """Whether values are at the target or beyond."""
        return value <= self.target if self.better == "lower" else value >= self.target


def share_interval(
    successes: int, of: int, *, coverage: float = 0.95, method: Literal["wilson", "exact"] = "wilson"
) -> tuple[float, float]:
    """The range of shares that some out of so many leave plausible: Wilson's (1927), or Clopper and Pearson's (1934).

    Wilson's holds the truth about as often as it says; the exact one never less often, so it is wider.

    >>> [round(100 * end, 1) for end in share_interval(55, 65)]
    [73.9, 91.4]
    """
    if not 0 <= successes <= of or of < 1:
        raise ForecastError("a share needs at least one, and no more successes than there were")
    found = binomtest(successes, of).proportion_ci(coverage, method)
    return float(found.low), float(found.high)


def find_conflicts(indicator: Indicator, official: pd.Series, *, rounding: float = 0.05) -> pd.DataFrame:
    """Stated figures that differ from the official one of the same period by more than rounding: both, with sources.

    ``official`` holds the official values by period. One row per conflict: ``period, stated, stated_by, official``.
    """
    rows = [
        (figure.period, figure.value, figure.source, float(official[figure.period]))
        for figure in indicator.stated
        if figure.period in official.index and abs(figure.value - official[figure.period]) > rounding
    ]
    return pd.DataFrame(rows, columns=["period", "stated", "stated_by", "official"])


@dataclass(frozen=True)
class TargetChance:
    """How likely a target is, and what to hold it against.

    Attributes:
        current: the latest value, percent.
        quantiles: of the value in the target's year, by level.
        chance: that it meets the target.
        base_rate, comparable: how often a change as large, relative to its start, came in as many years among all
            councils, and of how many such changes.
        from_like_starts, like_starts: the same among councils that began within a quarter of this start.
        usual_return: share of the needed change that the return to the usual alone would give: above 1, more than it;
            below 0, the other way; NaN where the target is met already.
    """

    current: float
    quantiles: dict[float, float]
    chance: float
    base_rate: float
    comparable: int
    from_like_starts: float
    like_starts: int
    usual_return: float


@dataclass(frozen=True)
class RateChanges:
    """How yearly rates changed over so many years, learned from every area's past.

    On the logit scale the change is regressed on how far the start lies from the usual of all and from the area's own
    average (both pull back); past residuals, recent ones weighing more, give the spread.

    Attributes:
        rates: percent; one row per area, one column per year.
        years: over which changes are taken.
        slopes: of the pull of the usual and of the own average.
        residuals: in ascending order.
        share_below: of the weight of residuals up to each.
    """

    rates: pd.DataFrame
    years: int
    slopes: Array
    residuals: Array
    share_below: Array

    def chance(self, area: str, *, target: float, better: Literal["lower", "higher"] = "lower") -> TargetChance:
        """The chance that an area's rate meets a target (percent) so many years after the last.

        Raises `ForecastError` for an area without a figure in the latest year.
        """
        logits = _logit(self.rates)
        row = int(logits.index.get_indexer(pd.Index([area]))[0])
        now = float(logits.to_numpy()[row, -1])
        if row < 0 or not np.isfinite(now):
            raise ForecastError("the area has no figure in the latest year")
        start = _start(logits)[row]
        expected, current = now + float(start @ self.slopes), _percent(now)
        wanted = float(np.log(target / (100 - target)))
        place = int(np.searchsorted(self.residuals, wanted - expected, side="right"))
        at_most = float(self.share_below[place - 1]) if place else 0.0
        like = self.rates.where((self.rates > current * 0.75) & (self.rates < current * 1.25))
        base, comparable = self._base_rate(self.rates, ratio=target / current, better=better)
        from_like, like_starts = self._base_rate(like, ratio=target / current, better=better)
        met = current <= target if better == "lower" else current >= target
        return TargetChance(
            current=current,
            quantiles={level: _percent(expected + self._residual(level)) for level in _LEVELS},
            chance=at_most if better == "lower" else 1 - at_most,
            base_rate=base,
            comparable=comparable,
            from_like_starts=from_like,
            like_starts=like_starts,
            usual_return=float("nan") if met else (_percent(expected) - current) / (target - current),
        )

    def _residual(self, level: float) -> float:
        return float(self.residuals[min(int(np.searchsorted(self.share_below, level)), len(self.residuals) - 1)])

    def _base_rate(self, starts: pd.DataFrame, *, ratio: float, better: str) -> tuple[float, int]:
        """How often a rate came to at most (at least) such a ratio of its start in so many years, and of how many."""
        before, after = starts.iloc[:, : -self.years].to_numpy(), self.rates.iloc[:, self.years :].to_numpy()
        known = np.isfinite(before) & np.isfinite(after) & (before > 0)
        met = after <= before * ratio if better == "lower" else after >= before * ratio
        return (float((met & known).sum() / known.sum()) if known.any() else float("nan")), int(known.sum())


def learn_changes(rates: pd.DataFrame, *, years: int) -> RateChanges:
    """Learn from past changes over so many years.

    Args:
        rates: percent, above 0 and below 100; one row per area, one column per year, oldest first; NaN where absent.
        years: 1 or more.

    Raises `ForecastError` with fewer than 30 past changes to learn from.
    """
    starts, changes, ages = _past_changes(_logit(rates), years)
    if len(changes) < _FEWEST_CHANGES:
        raise ForecastError(f"fewer than {_FEWEST_CHANGES} past changes over {years} years: no chance can be told")
    weights = _MEMORY**ages
    slopes, residuals = _robust_line(starts, changes, weights=weights)
    order = np.argsort(residuals, kind="stable")
    return RateChanges(rates, years, slopes, residuals[order], np.cumsum(weights[order]) / weights.sum())


def _logit(rates: pd.DataFrame) -> pd.DataFrame:
    share = rates.where((rates > 0) & (rates < 100)) / 100
    return pd.DataFrame(np.log(share / (1 - share)))


def _percent(logit: float) -> float:
    return float(100 / (1 + np.exp(-logit)))


def _start(logits: pd.DataFrame) -> Array:
    """Of each area at the last year: 1, distance from the usual of all, distance from its own average."""
    known, last = logits.notna().sum(axis=1).to_numpy(), logits.iloc[:, -1].to_numpy()
    usual = float(np.nanmedian(logits.to_numpy()))
    own = (np.nansum(logits.to_numpy(), axis=1) + _OWN_YEARS * usual) / (known + _OWN_YEARS)
    return np.stack([np.ones(len(last)), last - usual, last - own], axis=1)


def _past_changes(logits: pd.DataFrame, years: int) -> tuple[Array, Array, Array]:
    """Every past change over so many years: where it started, how large it was, how many years ago it ended."""
    width = logits.shape[1]
    starts, changes, ages = [], [], []
    for end in range(years, width):
        start = _start(logits.iloc[:, : end - years + 1])
        change = (logits.iloc[:, end] - logits.iloc[:, end - years]).to_numpy()
        known = np.isfinite(change)
        starts.append(start[known])
        changes.append(change[known])
        ages.append(np.full(int(known.sum()), float(width - 1 - end)))
    if not changes:
        return np.empty((0, 3)), np.empty(0), np.empty(0)
    return np.concatenate(starts), np.concatenate(changes), np.concatenate(ages)


def _robust_line(starts: Array, changes: Array, *, weights: Array, rounds: int = 30) -> tuple[Array, Array]:
    """Huber regression by reweighting: slopes and residuals; a change of recording rules is not let pull the line."""
    slopes, residuals, trusted = np.zeros(starts.shape[1]), changes, weights
    for _ in range(rounds):
        root = np.sqrt(trusted)
        slopes = np.asarray(np.linalg.lstsq(starts * root[:, None], changes * root, rcond=None)[0], dtype=np.float64)
        residuals = changes - starts @ slopes
        scale = max(1.4826 * float(np.median(np.abs(residuals))), 1e-9)
        trusted = weights * np.minimum(1.0, 1.5 * scale / np.maximum(np.abs(residuals), 1e-12))
    return slopes, residuals


def chance_of_count_target(paths: Array, *, so_far: float, target: float) -> float:
    """The chance that a count so far and what comes (paths, periods) reach a target together."""
    return float((so_far + paths.sum(axis=1) >= target).mean())


def agreed_definitions(indicators: Sequence[Indicator]) -> None:
    """Raise `SettingsError` where one official figure is claimed by indicators of different definitions."""
    seen: dict[str, str] = {}
    for indicator in indicators:
        if indicator.official and seen.setdefault(indicator.official, indicator.definition) != indicator.definition:
            raise SettingsError(
                f"key 'indicators.{indicator.name}.official': {indicator.official} is already claimed under another "
                "definition; two definitions are never compared with one official figure"
            )
