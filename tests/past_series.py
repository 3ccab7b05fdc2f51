"""Simulated series whose breaks are known, for tests of what changed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.period_calendar import period_calendar
from ehforecast.demand.series import SeriesSet

Array = npt.NDArray[np.float64]

MONTH_SHAPE = np.array([1.016, 0.992, 1.043, 0.971, 1.080, 1.065, 1.012, 0.838, 0.981, 1.013, 1.051, 0.934])
"""January to December, per working day: England, published."""


@dataclass(frozen=True)
class Null:
    """How a series without breaks is drawn: overdispersed counts with season, calendar and correlated noise.

    Attributes:
        level: usual count of a period.
        noise: coefficient of variation beside that of counting (0.15 for a median council).
        kept: autocorrelation at lag 1 (0.29).
        drift: standard deviation of each period's lasting change, in logs.
        tails: degrees of freedom of the noise; 0 for normal.
    """

    level: float = 300.0
    noise: float = 0.15
    kept: float = 0.29
    drift: float = 0.0
    tails: int = 0


def drawn_counts(
    null: Null, periods: pd.PeriodIndex, *, number: int, seed: int, change: Array | None = None
) -> pd.DataFrame:
    """`number` series; `change` (periods,) is added to their logs: a break, an effect, or nothing."""
    rng = np.random.default_rng(seed)
    calendar = period_calendar(periods)
    days = calendar["working_days"].to_numpy()
    shape = MONTH_SHAPE[np.asarray((periods.start_time + (periods.end_time - periods.start_time) / 2).month) - 1]
    steps = rng.standard_normal((len(periods), number)) * null.drift
    noise = null.noise * _correlated(rng, null, shape=(len(periods), number))
    added = np.zeros(len(periods)) if change is None else change
    means = null.level * (shape * days / days.mean())[:, None] * np.exp(steps.cumsum(axis=0) + noise + added[:, None])
    codes = [f"E0800{place:04d}" for place in range(number)]
    return pd.DataFrame(rng.poisson(means).astype(float), index=periods, columns=codes)


def _correlated(rng: np.random.Generator, null: Null, *, shape: tuple[int, int]) -> Array:
    fresh = rng.standard_normal(shape) if not null.tails else rng.standard_t(null.tails, shape)
    fresh = fresh if not null.tails else fresh / np.sqrt(null.tails / (null.tails - 2))
    noise = fresh.copy()
    for place in range(1, shape[0]):
        noise[place] = null.kept * noise[place - 1] + np.sqrt(1 - null.kept**2) * fresh[place]
    return np.asarray(noise)


def series_set(counts: pd.DataFrame, level: str = "council") -> SeriesSet:
    """Counts as a set of series of one level."""
    areas = pd.DataFrame(
        {"area_name": [f"Area {code[-3:]}" for code in counts], "area_level": level, "rounded_to": 1},
        index=pd.Index(counts.columns, name="area_code"),
    )
    absences = pd.DataFrame("", index=counts.index, columns=counts.columns)
    return SeriesSet(counts, absences, areas)


def step_at(periods: pd.PeriodIndex, start: str, ratio: float) -> Array:
    """A lasting change of level from a period on, in logs."""
    return np.where(periods >= pd.Period(start, freq=periods.freq), np.log(ratio), 0.0)
