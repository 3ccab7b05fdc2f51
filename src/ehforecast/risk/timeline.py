"""Which index events train, calibrate and test a model, so that nothing of the test period is learned from.

Three periods of index days follow one another. A model and its calibration may know only what had happened when the
test period opened: their follow-up ends on the day before. Families are never on two sides; see `keep_families_apart`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from ehforecast.errors import SettingsError
from ehforecast.risk.cohort import PERIODS, Period
from ehforecast.risk.features_known import LOOK_BACK_DAYS

Labels = Literal["complete", "censored"]
Families = Literal["latest", "by_lot"]

_DAY = timedelta(days=1)
_KEY_OF_THE_LOT = "families by lot!"  # 16 characters, as pandas asks


@dataclass(frozen=True)
class Span:
    """Index days from the first to the last, both included."""

    first_on: date
    last_on: date


@dataclass(frozen=True)
class TimelineSettings:
    """When index events train, calibrate and test.

    Attributes:
        train, calibrate, test: first and last day of each period, in this order and apart.
        horizon_days: an outcome event later than this after the index event does not count.
        labels: "complete" refuses a training or calibration period whose windows reach into the test period;
            "censored" allows it and ends their follow-up on the day before the test period opens.
        families: how a family with events in several periods is kept in one; see `keep_families_apart`.
        lots: of "by_lot", the shares of families that train, calibrate and test.
        warm_up_days: how old records are before anybody is learned from; 0 does not ask. With less than features
            look back (`LOOK_BACK_DAYS`), the earliest people seem to have less of a past than those who are tested.
    """

    train: Span
    calibrate: Span
    test: Span
    horizon_days: int = 365
    labels: Labels = "complete"
    families: Families = "by_lot"
    lots: tuple[float, float, float] = (0.5, 0.2, 0.3)
    warm_up_days: int = LOOK_BACK_DAYS

    @property
    def spans(self) -> dict[Period, Span]:
        """The periods by name, in their order."""
        return {"train": self.train, "calibrate": self.calibrate, "test": self.test}


@dataclass(frozen=True)
class FamiliesApart:
    """What keeping families apart cost, by period: index events kept, set aside, and the families these belong to."""

    kept: dict[str, int]
    set_aside: dict[str, int]
    families_set_aside: int


def default_timeline(
    first_on: date, extracted_on: date, *, horizon_days: int = 365, families: Families = "by_lot"
) -> TimelineSettings:
    """The last year that can be followed tests; before it lies a gap of one window. What is left learns: two thirds
    train, the later third, or a year at most, calibrates. The first `LOOK_BACK_DAYS` of records are history only.

    >>> timeline = default_timeline(date(2018, 4, 1), date(2024, 3, 31))
    >>> timeline.train.first_on, timeline.calibrate.first_on
    (datetime.date(2019, 4, 1), datetime.date(2020, 8, 1))
    >>> timeline.calibrate.last_on, timeline.test.first_on, timeline.test.last_on
    (datetime.date(2021, 4, 1), datetime.date(2022, 4, 2), datetime.date(2023, 4, 1))
    """
    window, year = timedelta(days=horizon_days), timedelta(days=365)
    test = Span(extracted_on - window - year + _DAY, extracted_on - window)
    last = test.first_on - window - _DAY
    opens = first_on + timedelta(days=LOOK_BACK_DAYS)
    calibrates = max(min((last - opens + _DAY) // 3, year), _DAY)
    calibrate = Span(last - timedelta(days=calibrates.days) + _DAY, last)
    train = Span(opens, calibrate.first_on - _DAY)
    settings = TimelineSettings(train, calibrate, test, horizon_days=horizon_days, families=families)
    check_timeline(settings, first_on=first_on, followed_until=extracted_on)
    return settings


def check_timeline(settings: TimelineSettings, *, first_on: date, followed_until: date) -> None:
    """Refuse periods that are empty, overlap, leak or cannot be followed; names every fault, before anything runs.

    `first_on` is the first day with records, `followed_until` the last day on which an event would be seen.
    """
    faults = [*_faults_of_numbers(settings), *_faults_of_order(settings)]
    if not faults:
        faults = [
            *_faults_of_gap(settings),
            *_faults_of_data(settings, first_on=first_on, followed_until=followed_until),
        ]
    if faults:
        raise SettingsError("the timeline cannot be used: " + "; ".join(faults))


def _faults_of_numbers(settings: TimelineSettings) -> list[str]:
    faults = []
    if settings.horizon_days < 1:
        faults.append("the window is at least 1 day")
    if min(settings.lots) <= 0 or abs(sum(settings.lots) - 1) > 1e-9:
        faults.append("the lots are three shares above 0 that make 1")
    return faults


def _faults_of_order(settings: TimelineSettings) -> list[str]:
    faults = [
        f"the period to {name} is empty: it ends on {span.last_on}, before it begins on {span.first_on}"
        for name, span in settings.spans.items()
        if span.last_on < span.first_on
    ]
    for earlier, later in pairwise(PERIODS):
        ends, opens = settings.spans[earlier].last_on, settings.spans[later].first_on
        if opens <= ends:
            faults.append(f"the period to {later} opens on {opens}, not after the period to {earlier} ends on {ends}")
    return faults


def _faults_of_gap(settings: TimelineSettings) -> list[str]:
    if settings.labels == "censored":
        return []
    window, opens = timedelta(days=settings.horizon_days), settings.test.first_on
    return [
        f"leak: the window of the last day to {name} ends on {settings.spans[name].last_on + window}, but the test "
        f"period opens on {opens}; end it by {opens - window - _DAY}, or set labels to censored"
        for name in PERIODS[:2]
        if settings.spans[name].last_on + window >= opens
    ]


def _faults_of_data(settings: TimelineSettings, *, first_on: date, followed_until: date) -> list[str]:
    faults = []
    if settings.train.last_on < first_on:
        faults.append(f"the period to train ends before the first record, of {first_on}")
    elif settings.warm_up_days and settings.train.first_on < first_on + timedelta(days=settings.warm_up_days):
        faults.append(
            f"the period to train opens on {settings.train.first_on}, but features look back {settings.warm_up_days} "
            f"days and records begin on {first_on}: open it on {first_on + timedelta(days=settings.warm_up_days)}, or "
            "set warm_up_days to 0 and expect estimates that drift"
        )
    if settings.test.last_on > followed_until:
        faults.append(f"the test period ends after {followed_until}, the last day that is followed")
    if settings.test.first_on + timedelta(days=settings.horizon_days) > followed_until:
        faults.append(
            f"no test event can be followed for the whole window of {settings.horizon_days} days: follow-up ends on "
            f"{followed_until}"
        )
    return faults


def find_period(index_on: pd.Series, settings: TimelineSettings) -> "pd.Series[str]":
    """The period of each index day; absent outside all of them."""
    period = pd.Series([None] * len(index_on), index=index_on.index, dtype="str")
    for name, span in settings.spans.items():
        inside = (index_on >= pd.Timestamp(span.first_on)) & (index_on <= pd.Timestamp(span.last_on))
        period = period.mask(inside, str(name))
    return period


def follow_up_limit(period: pd.Series, settings: TimelineSettings) -> pd.Series:
    """The last day whose events may be known to a period: for training and calibration the one before the test
    opens.
    """
    last = pd.Timestamp(settings.test.first_on - _DAY)
    limits: pd.Series = pd.Series(pd.Timestamp.max.floor("D"), index=period.index).astype("datetime64[us]")
    return limits.mask(period.isin(PERIODS[:2]), last)


def keep_families_apart(
    period: "pd.Series[str]", group_id: pd.Series, *, settings: TimelineSettings
) -> tuple["pd.Series[str]", FamiliesApart]:
    """Each family in one period only: the period of each event that stays, absent for one that is set aside.

    "by_lot" gives every family one period by lot, whenever its events were: no tilt, at the price of rows. "latest"
    keeps a family's events of its latest period: nothing of the test is lost, but what is set aside are families who
    came back, so the earlier periods tilt towards those who did not. It serves where the outcome seldom makes a new
    index event.
    """
    placed = period.map({name: place for place, name in enumerate(PERIODS)})
    if settings.families == "latest":
        wanted = placed.groupby(group_id).transform("max")
    else:
        wanted = pd.Series(_lots(group_id, settings), index=period.index)
    kept = placed.notna() & (placed == wanted)
    lost = placed.notna() & ~kept
    apart = FamiliesApart(
        kept=_by_period(period[kept]), set_aside=_by_period(period[lost]), families_set_aside=group_id[lost].nunique()
    )
    return period.where(kept), apart


def _lots(group_id: pd.Series, settings: TimelineSettings) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """A lot that hangs on the family's own key alone: the same whoever else is in the cohort."""
    hashed = pd.util.hash_array(group_id.astype("str").to_numpy(dtype=object), hash_key=_KEY_OF_THE_LOT)
    share = hashed.astype(np.float64) / 2.0**64
    return np.searchsorted(np.cumsum(settings.lots)[:2], share, side="right")


def _by_period(period: "pd.Series[str]") -> dict[str, int]:
    counts = period.value_counts()
    return {name: int(counts.get(name, 0)) for name in PERIODS}


def check_periods_are_filled(kept: Mapping[str, int]) -> None:
    """Refuse a period without index events: nothing could be learned, calibrated or tested in it."""
    empty = [name for name, count in kept.items() if count == 0]
    if empty:
        raise SettingsError(
            f"no index event is left in the period to {', '.join(empty)}: widen it, or check the dates of the records"
        )
