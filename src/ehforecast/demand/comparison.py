"""Whether one method was truly better than another, or only luckier: a test over forecast dates."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t as student

from ehforecast.demand.results import SEASONAL_NAIVE

Array = npt.NDArray[np.float64]

FEWEST_ORIGINS = 4
"""Forecast dates without which no difference is claimed."""

SIGNIFICANT = 0.05
"""Two-sided error of the test, and of the interval beside it."""

BETTER, TIE, WORSE, TOO_FEW = "better", "tie", "worse", "too few forecast dates to tell"


@dataclass(frozen=True)
class Difference:
    """The mean loss difference of two methods over forecast dates, per unit of the second one's mean loss.

    Attributes:
        relative: (first - second) / second; below 0 where the first is better.
        low, high: 95% interval of it.
        p_value: of no difference, two-sided.
        origins: forecast dates compared.
        verdict: `BETTER`, `TIE`, `WORSE` or `TOO_FEW`, of the first.
    """

    relative: float
    low: float
    high: float
    p_value: float
    origins: int
    verdict: str


def compare_losses(first: Array, second: Array, *, overlap: int = 1) -> Difference:
    """Test two methods' losses at the same forecast dates: Diebold and Mariano's test, made honest for few dates.

    Formula: ``t = mean(d) / sqrt(V / n)``, ``d`` the differences in order of time and ``V`` their long-run variance:
    the mean of their periodogram at its first ``m = n / 2h`` frequencies (at least 1), against Student's t with 2m
    degrees of freedom. The usual form calls one tie in five a difference at 8 dates whose horizons overlap fourfold,
    this one fewer than one in ten (tested). A difference that the test cannot tell from chance is a tie.

    Args:
        first, second: (origins,) losses, oldest first.
        overlap: h, the number of successive dates whose horizons overlap; 1 where they do not.

    Source: Diebold and Mariano (1995); Coroneo and Iacone (2020) for few dates.

    >>> compare_losses(np.array([1.0, 2.0, 1.0, 2.0]), np.array([1.0, 2.0, 1.0, 2.0])).verdict
    'tie'
    """
    differences, number = first - second, len(first)
    unit = float(second.mean()) if number and second.mean() > 0 else 1.0
    relative = float(differences.mean()) / unit if number else float("nan")
    if number < FEWEST_ORIGINS:
        return Difference(relative, float("nan"), float("nan"), float("nan"), number, TOO_FEW)
    frequencies = int(np.clip(number // (2 * overlap), 1, (number - 1) // 2))
    error = float(np.sqrt(_long_run_variance(differences, frequencies) / number))
    if error <= 1e-12 * unit:
        return _without_error(relative, number)
    p_value = float(2 * student.sf(abs(differences.mean()) / error, 2 * frequencies))
    reach = float(student.ppf(1 - SIGNIFICANT / 2, 2 * frequencies) * error / unit)
    return Difference(relative, relative - reach, relative + reach, p_value, number, _verdict(relative, p_value))


def compare_with_naive(scores: pd.DataFrame, *, stage: str, overlap: int) -> pd.DataFrame:
    """Each method against the same season before, on one stage of a backtest.

    The loss of one forecast date is the quantile loss of each area over that area's seasonal scale, averaged: a large
    area does not speak for the small ones.

    Returns:
        One row per method: ``forecaster, relative_loss, low, high, p_value, origins, verdict``.
    """
    known = scores[(scores["stage"] == stage) & scores["actual"].notna() & (scores["seasonal_scale"] > 0)]
    scaled = known.assign(loss=known["quantile_loss"] / known["seasonal_scale"])
    by_origin = scaled.groupby(["origin", "forecaster"])["loss"].mean().unstack().sort_index()
    rows = []
    for name in by_origin.columns.drop(SEASONAL_NAIVE, errors="ignore"):
        found = compare_losses(by_origin[name].to_numpy(), by_origin[SEASONAL_NAIVE].to_numpy(), overlap=overlap)
        rows.append((name, found.relative, found.low, found.high, found.p_value, found.origins, found.verdict))
    columns = ["forecaster", "relative_loss", "low", "high", "p_value", "origins", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def _long_run_variance(differences: Array, frequencies: int) -> float:
    waves = np.fft.rfft(differences - differences.mean())[1 : frequencies + 1]
    return float(np.mean(np.square(np.abs(waves))) / len(differences))


def _verdict(relative: float, p_value: float) -> str:
    if p_value >= SIGNIFICANT:
        return TIE
    return BETTER if relative < 0 else WORSE


def _without_error(relative: float, number: int) -> Difference:
    """The same difference at every date: nothing at all, or beyond doubt."""
    p_value = 1.0 if abs(relative) < 1e-12 else 0.0
    return Difference(relative, relative, relative, p_value, number, _verdict(relative, p_value))
