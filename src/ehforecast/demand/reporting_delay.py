"""How long it takes until an event is on record, learned from records that are themselves cut off today."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.demand.record_series import in_days

Array = npt.NDArray[np.float64]
Days = npt.NDArray[np.int64]

LONGEST = 182
"""Days after which an event is taken to be on record; what comes later still is not completed."""

LEARNT_FROM = 730
"""Days of events, the latest, that the delay is learned from, so that it follows a change of practice."""

FIRST_WEEK = 7
"""Days of delay that may differ by the weekday of the event; later ones do not."""

POOL_EVENTS = 200.0
"""Events at which a series' own delay weighs as much as that of all series."""


@dataclass(frozen=True)
class Delays:
    """The share of events that are on record after so many days.

    Attributes:
        share: (series, weekdays, LONGEST + 1); the last is 1.
        differs_by_weekday: whether the weekday of an event was found to matter.
    """

    share: Array
    differs_by_weekday: bool

    def share_recorded(self, series: Days, weekday: Days, *, age: Days) -> Array:
        """The share on record of events this many days old (0 on the day itself)."""
        return np.asarray(self.share[series, weekday, np.clip(age, 0, LONGEST)])


def learn_delays(counted: pd.DataFrame, place: Days, *, as_of: date, series: int) -> Delays:
    """Learn the delay from what is on record on the day.

    A recent event is on record only if its delay was short, so plain shares would make delays too short. The estimate
    runs in reverse time: ``g(d)`` is the share with delay exactly ``d`` among events with delay at most ``d`` that are
    old enough to show it; then ``F(d) = product over k > d of (1 - g(k))``. Each series is drawn towards all series as
    if by 200 events. The first week's delays are told apart by weekday where that pays for itself (BIC).

    Args:
        counted: rows ``happened_on, recorded_on, count`` known on the day.
        place: the series of each row, 0 to `series` - 1.

    Source: Lagakos, Barraj and De Gruttola (1988); Kalbfleisch and Lawless (1989).
    """
    triangles = _Triangles(counted, place, as_of=as_of)
    of_all, at_risk_of_all = _reverse(triangles.by(triangles.weekday, 7))
    events, at_risk = of_all.sum(axis=0), at_risk_of_all.sum(axis=0)
    pooled = events / np.maximum(at_risk, 1.0)
    differs = _weekday_matters(of_all, at_risk_of_all, pooled=pooled)
    ratio = np.ones((7, LONGEST + 1))
    if differs:
        early = slice(0, FIRST_WEEK + 1)
        by_weekday = of_all[:, early] / np.maximum(at_risk_of_all[:, early], 1.0)
        ratio[:, early] = np.where(pooled[early] > 0, by_weekday / np.maximum(pooled[early], 1e-9), 1.0)
    own, own_at_risk = _reverse(triangles.by(triangles.place, series))
    hazard = (own + POOL_EVENTS * pooled) / (own_at_risk + POOL_EVENTS)
    return Delays(_shares(np.clip(hazard[:, None, :] * ratio, 0.0, 1.0)), differs)


class _Triangles:
    """Events by age and delay, both in days; ages past the longest delay are one, for nothing of them is cut off."""

    def __init__(self, counted: pd.DataFrame, place: Days, *, as_of: date) -> None:
        day = in_days(pd.Series([pd.Timestamp(as_of)]))[0]
        happened, recorded = in_days(counted["happened_on"]), in_days(counted["recorded_on"])
        delay = np.maximum(recorded - happened, 0)
        kept = (day - happened < LEARNT_FROM) & (delay <= LONGEST)
        self.place, self.weekday = place[kept], weekday_of(happened[kept])
        self.counts = counted["count"].to_numpy(dtype=float)[kept]
        self.cell = np.minimum(day - happened[kept], LONGEST) * (LONGEST + 1) + delay[kept]

    def by(self, group: Days, groups: int) -> Array:
        """Events (groups, ages, delays)."""
        cells = (LONGEST + 1) ** 2
        sums = np.bincount(group * cells + self.cell, self.counts, minlength=groups * cells)
        return np.asarray(sums.reshape(groups, LONGEST + 1, LONGEST + 1), dtype=np.float64)


def weekday_of(days: Days) -> Days:
    """0 for Monday to 6 for Sunday, of days since 1970 (a Thursday)."""
    return np.asarray((days + 3) % 7, dtype=np.int64)


def _reverse(table: Array) -> tuple[Array, Array]:
    """With delay d, and with delay up to d, among events at least d days old: each (..., delays)."""
    old_enough = np.cumsum(table[..., ::-1, :], axis=-2)[..., ::-1, :]  # age at least the row's
    exactly = np.diagonal(old_enough, axis1=-2, axis2=-1)
    up_to = np.diagonal(np.cumsum(old_enough, axis=-1), axis1=-2, axis2=-1)
    return exactly, up_to


def _shares(hazard: Array) -> Array:
    """``F(d)``, the product of ``1 - g(k)`` over longer delays; 1 at the longest."""
    survives = np.cumprod(1.0 - hazard[..., :0:-1], axis=-1)[..., ::-1]
    return np.concatenate([survives, np.ones((*hazard.shape[:-1], 1))], axis=-1)


def _weekday_matters(events: Array, at_risk: Array, *, pooled: Array) -> bool:
    early = slice(1, FIRST_WEEK + 1)
    own = events[:, early] / np.maximum(at_risk[:, early], 1.0)
    gain = _log_likelihood(events[:, early], at_risk[:, early], hazard=own) - _log_likelihood(
        events[:, early], at_risk[:, early], hazard=np.broadcast_to(pooled[early], own.shape)
    )
    parameters = 6 * FIRST_WEEK
    return bool(2 * gain > parameters * np.log(max(at_risk[:, early].sum() / FIRST_WEEK, 2.0)))


def _log_likelihood(events: Array, at_risk: Array, *, hazard: Array) -> float:
    inside = np.clip(hazard, 1e-12, 1 - 1e-12)
    return float((events * np.log(inside) + (at_risk - events) * np.log1p(-inside)).sum())
