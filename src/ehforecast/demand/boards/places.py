"""Localities and hubs: forecasts that add up, children who live there, and what came before and after a hub opened."""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import ttest_ind

from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.board_results import FEWEST_MONTHS
from ehforecast.demand.boards.counted import ALL
from ehforecast.demand.plan.capacity import Volume

TOTAL = "total"
"""The word for all months ahead together."""

_BEFORE = 24
_LEVELS = (0.1, 0.5, 0.9)


def places_ahead(volume: Volume) -> pd.DataFrame:
    """Each place and the whole, by month and over all months: ``place, month, low, value, high`` (80% range).

    Ranges are of paths on which places add up to the whole; ends and middles of ranges need not.
    """
    paths = {ALL: volume.paths.sum(axis=1)} | {code: volume.paths[:, k] for k, code in enumerate(volume.series)}
    rows = []
    for place, of_place in paths.items():
        columns = {TOTAL: of_place.sum(axis=1)} | {
            str(month): of_place[:, k] for k, month in enumerate(volume.periods.astype(str))
        }
        rows += [(place, month, *np.quantile(values, _LEVELS)) for month, values in columns.items()]
    return pd.DataFrame(rows, columns=["place", "month", "low", "value", "high"])


def contacts_lately(records: BoardRecords) -> pd.DataFrame:
    """Contacts of the last 12 months by place and for the whole: ``place, count``; exact."""
    recent = records.contacts[records.contacts["on"] > records.today - pd.Timedelta(days=365)]
    counts = recent["locality"].value_counts().sort_index()
    counts.loc[ALL] = counts.sum()
    return counts.rename_axis("place").rename("count").astype("int64").reset_index()


def people_in_places(population: pd.DataFrame, contacts: pd.DataFrame) -> pd.DataFrame:
    """Children living in each place in the last year known, with its contacts in 12 months as they may be shown.

    ``contacts`` has ``place, count`` (absent where hidden). Returns ``group, year, children, contacts, per_1000``.
    """
    latest = population[population["year"] == population["year"].max()]
    children = latest.groupby("locality")["children"].sum()
    counts = contacts.set_index("place")["count"].astype("Float64").astype(float)
    frame = pd.DataFrame({"children": children.astype(float), "contacts": counts.reindex(children.index)})
    frame["per_1000"] = 1000 * frame["contacts"] / frame["children"]
    return frame.rename_axis("group").reset_index().assign(year=int(latest["year"].max()))


def openings(records: BoardRecords, opens: Mapping[str, date]) -> pd.DataFrame:
    """What came from each hub's place before and after it opened, beside the places without a hub by then.

    The ratio is of the place's contacts over those of the other places, after over before, so that what all share
    drops out. Range: 95%, Welch's t on the logs of monthly ratios. One row per hub: ``place, opens_on, months_before,
    months_after, before, after`` (contacts a month, exact), ``ratio, low, high, verdict``; no mean of fewer than
    `FEWEST_MONTHS`, which could be one month's count, and no ratio with fewer on a side.
    """
    by_month = _whole_months(records)
    rows = [_opening(by_month, place, opens=opens) for place in opens]
    columns = [
        "place",
        "opens_on",
        "months_before",
        "months_after",
        "before",
        "after",
        "ratio",
        "low",
        "high",
        "verdict",
    ]
    return pd.DataFrame(rows, columns=columns)


def _whole_months(records: BoardRecords) -> pd.DataFrame:
    months = records.contacts["on"].dt.to_period("M")
    table = pd.crosstab(months, records.contacts["locality"])
    whole = [month for month in table.index if month.end_time.normalize() <= records.today]
    return table.loc[whole].astype(float)


def _opening(by_month: pd.DataFrame, place: str, *, opens: Mapping[str, date]) -> tuple[object, ...]:
    opened = pd.Period(opens[place], freq="M")
    before = by_month[(by_month.index < opened) & (by_month.index >= opened - _BEFORE)]
    after = by_month[by_month.index > opened]  # the month of opening is neither
    here = [part[place] if place in part else pd.Series(dtype=float) for part in (before, after)]
    means = (float(part.mean()) if len(part) >= FEWEST_MONTHS else np.nan for part in here)
    told = (place, opens[place].isoformat(), len(before), len(after), *means)
    names = [str(name) for name in by_month]
    others = [name for name in names if name != place and (name not in opens or opens[name] > _last_day(by_month))]
    if min(len(before), len(after)) < FEWEST_MONTHS or not others:
        return (*told, np.nan, np.nan, np.nan, "cannot be told yet")
    logs = [
        np.log((mine.to_numpy(dtype=np.float64) + 0.5) / (part[others].sum(axis=1).to_numpy(dtype=np.float64) + 0.5))
        for mine, part in zip(here, (before, after), strict=True)
    ]
    ratio, low, high = _welch(*logs)
    verdict = "more came" if low > 1 else "fewer came" if high < 1 else "could be chance"
    return (*told, ratio, low, high, verdict)


def _last_day(by_month: pd.DataFrame) -> date:
    last: date = by_month.index[-1].end_time.date()
    return last


def _welch(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float, float]:
    found = ttest_ind(after, before, equal_var=False)
    interval = found.confidence_interval(0.95)
    middle = float(after.mean() - before.mean())
    return float(np.exp(middle)), float(np.exp(interval.low)), float(np.exp(interval.high))
