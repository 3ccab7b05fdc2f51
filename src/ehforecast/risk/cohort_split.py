"""Periods of a table that has none: the latest for judging, families whole, labels known before the next begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.cohort import PERIODS


@dataclass(frozen=True)
class SplitSettings:
    """How index events are divided.

    Attributes:
        calibrate_share: of the index events before the test period, those kept for choosing a calibration: the latest.
        test_share: of all index events, those kept for judging: the latest.
        gap_days: an index event this close before a period begins is set aside, as its outcome was not yet known; None
            for the whole horizon.
        seed: of the draw of families, where the table has no dates.
    """

    calibrate_share: float = 0.15
    test_share: float = 0.3
    gap_days: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("calibrate_share", "test_share"):
            if not 0.0 < getattr(self, name) < 0.9:
                raise SettingsError(f"{name} is {getattr(self, name)}; a share between 0 and 0.9 is needed")


def split_periods(rows: pd.DataFrame, *, horizon_days: float, settings: SplitSettings) -> pd.Series:
    """`train`, `calibrate`, `test`, or absent where an index event is set aside.

    With dates, periods follow one another, with a gap; a family is used only in the first of them in which it appears.
    Without, whole families are drawn.
    """
    shares = _cumulative(settings)
    if rows["index_on"].isna().all():
        return pd.Series(_drawn(rows["group_id"], shares, seed=settings.seed), index=rows.index, dtype="object")
    gap = pd.Timedelta(days=horizon_days if settings.gap_days is None else settings.gap_days)
    starts: list[Any] = [rows["index_on"].quantile(share, interpolation="lower") for share in shares]
    return first_period_of_family(_between(rows["index_on"], starts, gap=gap), rows)


def latest_part(rows: pd.DataFrame, *, horizon_days: float, settings: SplitSettings) -> pd.Series:
    """`train` or `calibrate` for rows that are all `train`: the last by date, or a draw of families."""
    shares = [1 - settings.calibrate_share, 1.0]
    if rows["index_on"].isna().all():
        return pd.Series(_drawn(rows["group_id"], shares, seed=settings.seed), index=rows.index, dtype="object")
    gap = pd.Timedelta(days=horizon_days if settings.gap_days is None else settings.gap_days)
    start: Any = rows["index_on"].quantile(shares[0], interpolation="lower")
    return first_period_of_family(_between(rows["index_on"], [start], gap=gap), rows)


def first_period_of_family(period: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Set aside every row of a family that lies in a later period than the family's first."""
    place = period.map({name: place for place, name in enumerate(PERIODS)})
    return period.where(place == place.groupby(rows["group_id"].to_numpy()).transform("min"))


def _cumulative(settings: SplitSettings) -> list[float]:
    before_test = 1 - settings.test_share
    return [before_test * (1 - settings.calibrate_share), before_test]


def _between(index_on: pd.Series, starts: Sequence[pd.Timestamp], *, gap: pd.Timedelta) -> pd.Series:
    period = pd.Series(PERIODS[0], index=index_on.index, dtype="object")
    for name, start in zip(PERIODS[1:], starts, strict=False):
        period = period.mask((index_on < start) & (index_on + gap > start)).mask(index_on >= start, name)
    return period


def _drawn(groups: pd.Series, shares: Sequence[float], *, seed: int) -> list[str]:
    """Families in a drawn order; each period takes its share of them."""
    codes, families = pd.factorize(groups, sort=True)
    places = np.random.default_rng(seed).permutation(len(families)) / max(len(families), 1)
    return [PERIODS[place] for place in np.searchsorted(shares, places, side="right")[codes]]
