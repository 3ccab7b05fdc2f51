"""Flows by period and need level, and what changed between before and after a day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np
import pandas as pd

from ehforecast.demand.flow_incidence import Estimate, Incidence
from ehforecast.demand.flow_intervals import Array, difference_interval
from ehforecast.demand.flow_moves import Moves
from ehforecast.demand.flow_results import ALL, ORIGINS, STAYED
from ehforecast.errors import ForecastError

FEWEST_BEGAN = 20
"""Spells below which no share is told: it would be of nobody in general."""

FEWEST_FOLLOWED = 0.5
"""Share of spells that must have been followed for the whole time."""

_NO_ESTIMATE = (float("nan"),) * 6


@dataclass(frozen=True)
class Contrast:
    """A question about a change: did more or fewer go from one place to another after a day than before?

    Attributes:
        name, words: of the question.
        changed_on: the day of the change.
        origin, destination: of `ORIGINS`.
        months: how many months before the day, and how many from it on, are compared.
        need_level: a word, or `ALL`.
    """

    name: str
    words: str
    changed_on: date
    origin: str
    destination: str
    months: int = 12
    need_level: str = ALL

    def __post_init__(self) -> None:
        if self.destination not in ORIGINS.get(self.origin, ()):
            known = "; ".join(f"{origin}: {', '.join(places)}" for origin, places in ORIGINS.items())
            raise ForecastError(f"no move from {self.origin} to {self.destination} is counted; there are: {known}")
        if self.months < 1:
            raise ForecastError("a change is looked at over at least one month on each side")


def incidence_of(rows: pd.DataFrame, moves: Moves, *, origin: str) -> Incidence:
    """Rows of one origin as what their chances are estimated from."""
    return Incidence(
        rows["days"].to_numpy(dtype=np.int64),
        rows["place"].to_numpy(dtype=np.int64),
        rows["family"].to_numpy(dtype=np.int64),
        moves.settings.days_after(origin),
    )


def flow_table(moves: Moves, *, by: str) -> pd.DataFrame:
    """The frame `FlowResult.flows`: every origin by period and need level, and over all of each.

    Years are split by need level; quarters, which hold too few children for that, are not. Raises `ForecastError` for
    periods other than quarter and year.
    """
    rows = moves.rows.assign(period=_periods(moves.rows["on"], by))
    found = [
        row
        for origin in ORIGINS
        for row in _of_origin(rows[rows["origin"] == origin], moves, key=(origin, by == "year"))
    ]
    return pd.DataFrame(found, columns=_COLUMNS)


_COLUMNS = [
    "origin", "period", "need_level", "destination", "started", "moved", "not_followed", "share", "low", "high",
    "median_days", "median_low", "median_high", "reason",
]  # fmt: skip


def _of_origin(rows: pd.DataFrame, moves: Moves, *, key: tuple[str, bool]) -> Iterator[tuple[object, ...]]:
    origin, is_crossed = key
    levels = sorted(set(rows["need_level"]) - {ALL})
    for period, level in product([ALL, *sorted(set(rows["period"]))], [ALL, *levels]):
        if ALL not in (period, level) and not is_crossed:
            continue
        chosen = rows[(rows["period"].eq(period) | (period == ALL)) & (rows["need_level"].eq(level) | (level == ALL))]
        if len(chosen):
            yield from _of_group(chosen, moves, key=(origin, str(period), str(level)))


def _of_group(rows: pd.DataFrame, moves: Moves, *, key: tuple[str, str, str]) -> Iterator[tuple[object, ...]]:
    found = incidence_of(rows, moves, origin=key[0])
    in_time = found.days <= found.horizon
    reason = why_not(rows)
    lost = int(((found.place == 0) & in_time & ~rows["followed"].to_numpy()).sum())
    moved = [int(((found.place == place) & in_time).sum()) for place in range(1, len(ORIGINS[key[0]]) + 1)]
    for place, name in enumerate(ORIGINS[key[0]], 1):
        numbers = _NO_ESTIMATE if reason else (*_ends(found.estimate(place)), *found.median(place))
        yield (*key, name, len(rows), moved[place - 1], lost, *numbers, reason)
    rest = _NO_ESTIMATE if reason else (*_ends(_staying(found)), *_NO_ESTIMATE[:3])
    yield (*key, STAYED, len(rows), len(rows) - sum(moved) - lost, lost, *rest, reason)


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.share, estimate.low, estimate.high


def _staying(found: Incidence) -> Estimate:
    """Those who went nowhere in time: one less those who went anywhere."""
    anywhere = Incidence(found.days, np.minimum(found.place, 1), found.families, found.horizon).estimate(1)
    return Estimate(1 - anywhere.share, anywhere.error, 1 - anywhere.high, 1 - anywhere.low)


def why_not(rows: pd.DataFrame) -> str:
    """Why no share can be told of these spells; empty where one can."""
    if len(rows) < FEWEST_BEGAN:
        return f"fewer than {FEWEST_BEGAN} began"
    if rows["followed"].mean() < FEWEST_FOLLOWED:
        return "too recent: fewer than half could be followed for the whole time"
    return ""


def contrast_table(moves: Moves, contrasts: tuple[Contrast, ...]) -> pd.DataFrame:
    """The frame `FlowResult.contrasts`."""
    return pd.DataFrame([_contrast(moves, one) for one in contrasts])


def _contrast(moves: Moves, asked: Contrast) -> dict[str, object]:
    rows = moves.rows[
        moves.rows["origin"].eq(asked.origin)
        & (moves.rows["need_level"].eq(asked.need_level) | (asked.need_level == ALL))
    ]
    day, on = pd.Timestamp(asked.changed_on), pd.to_datetime(rows["on"])
    before = rows[(on >= day - pd.DateOffset(months=asked.months)) & (on < day)]
    after = rows[(on >= day) & (on < day + pd.DateOffset(months=asked.months))]
    told = {
        "contrast": asked.name, "words": asked.words, "changed_on": asked.changed_on.isoformat(),
        "origin": asked.origin, "destination": asked.destination, "need_level": asked.need_level,
        "started_before": len(before), "started_after": len(after),
    }  # fmt: skip
    if why_not(before) or why_not(after):
        nothing = dict.fromkeys(("share_before", "share_after", "difference", "low", "high"), float("nan"))
        return told | nothing | {"verdict": CANNOT_BE_TOLD}
    return told | difference(
        incidence_of(before, moves, origin=asked.origin), incidence_of(after, moves, origin=asked.origin),
        place=ORIGINS[asked.origin].index(asked.destination) + 1,
    )  # fmt: skip


CANNOT_BE_TOLD, COULD_BE_CHANCE, ROSE, FELL = "cannot be told", "could be chance", "rose", "fell"


def difference(before: Incidence, after: Incidence, *, place: int) -> dict[str, object]:
    """The chance of going to a place after less before, with its 95% interval and what it shows.

    The same families may be in both: their covariance is taken from the sums of their influences.
    """
    first, second = before.estimate(place), after.estimate(place)
    low, high = difference_interval(
        _ends(first), _ends(second), correlation=_correlation(before, after, place=place, errors=(first, second))
    )
    verdict = ROSE if low > 0 else FELL if high < 0 else COULD_BE_CHANCE
    return {
        "share_before": first.share, "share_after": second.share, "difference": second.share - first.share,
        "low": low, "high": high, "verdict": verdict,
    }  # fmt: skip


def _correlation(before: Incidence, after: Incidence, *, place: int, errors: tuple[Estimate, Estimate]) -> float:
    scale = errors[0].error * errors[1].error
    if not scale > 0:
        return 0.0
    number = int(max(before.families.max(), after.families.max())) + 1
    shared = float(_by_family(before, place, number) @ _by_family(after, place, number))
    return float(np.clip(shared / (len(before.days) * len(after.days)) / scale, -1.0, 1.0))


def _by_family(found: Incidence, place: int, number: int) -> Array:  # noqa: PLR0917 - called twice, just above
    return np.bincount(found.families, found.influence(place, found.horizon), minlength=number).astype(float)


def _periods(on: pd.Series, by: str) -> "list[str]":
    days = pd.DatetimeIndex(on)
    if by == "quarter":
        return [f"{year}-Q{quarter}" for year, quarter in zip(days.year, days.quarter, strict=True)]
    if by == "year":
        starts = days.year - (days.month < 4)
        return [f"{year}-{(year + 1) % 100:02d}" for year in starts]
    raise ForecastError(f"flows are told by quarter or by year, not by {by}")
