"""Counts over the last 12 months, month by month: what happened, and how many different families it happened to."""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.flow_results import ALL, ROLLING_MEASURES
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.answers import NOT_RECORDED
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.pathways import ContactOutcome

MONTHS = 12

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def measured_events(known: Mapping[str, pd.DataFrame], measure: str) -> pd.DataFrame:
    """The rows that a measure of `ROLLING_MEASURES` counts: ``person_id, on, locality``.

    A contact counts as below the threshold once an outcome other than a referral is recorded. A referral lives where
    its contact did. Raises `ForecastError` for another measure.
    """
    if measure == "contacts_below_threshold":
        rows = known["contacts"]
        rows = rows[rows["outcome"].notna() & rows["outcome"].ne(ContactOutcome.REFERRAL.value)]
        return _events(rows, on="contact_on", locality=rows["locality"])
    if measure == "referrals":
        rows = known["referrals"]
        where = known["contacts"].set_index("contact_id")["locality"]
        return _events(rows, on="referral_on", locality=rows["contact_id"].map(where))
    if measure not in ROLLING_MEASURES:
        raise ForecastError(f"no rolling count of {measure}; there are: {', '.join(ROLLING_MEASURES)}")
    rows = known["early_help_episodes"]
    if measure == "team_around_the_family":
        rows = rows[rows["need_level"].eq(NeedLevel.TARGETED.value) & rows["lead_professional_on"].notna()]
    return _events(rows, on="started_on", locality=rows["locality"])


def _events(rows: pd.DataFrame, *, on: str, locality: pd.Series) -> pd.DataFrame:
    where = locality.astype(object)
    return pd.DataFrame(
        {
            "person_id": rows["person_id"].to_numpy(),
            "on": pd.DatetimeIndex(rows[on]).normalize(),
            "locality": where.where(where.notna(), NOT_RECORDED).to_numpy(),
        }
    )


def rolling_table(
    known: Mapping[str, pd.DataFrame], *, families: "pd.Series[str]", first_on: date, last_on: date,
    measures: Sequence[str] = tuple(ROLLING_MEASURES),
) -> pd.DataFrame:  # fmt: skip
    """The frame `FlowResult.rolling`: every measure by locality and month, as counted in the 12 months to its end.

    Args:
        families: by person; one not named is a family alone.
        first_on: the first day that the records hold; the first 12 months end a year later.
        last_on: the day of the extract; the last month told is the last whole one.
    """
    months = pd.period_range(first_on, last_on, freq="M")
    months = months[
        (months.start_time >= pd.Timestamp(first_on)) & (months.end_time.normalize() <= pd.Timestamp(last_on))
    ]
    return pd.concat(
        [
            _of_measure(measured_events(known, name), months, families=families).assign(measure=name)
            for name in measures
        ],
        ignore_index=True,
    )[["measure", "locality", "month", "count", "families"]]


def _of_measure(events: pd.DataFrame, months: pd.PeriodIndex, *, families: "pd.Series[str]") -> pd.DataFrame:
    of_family = events["person_id"].map(families)
    named = events.assign(family=of_family.where(of_family.notna(), events["person_id"]))
    parts = [_counted(named, months).assign(locality=ALL)]
    parts += [
        _counted(rows, months).assign(locality=name, families=float("nan"))
        for name, rows in named.groupby("locality", sort=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _counted(events: pd.DataFrame, months: pd.PeriodIndex) -> pd.DataFrame:
    at = pd.PeriodIndex(events["on"], freq="M").asi8 - months.asi8[0] if len(months) else np.zeros(0, dtype=np.int64)
    inside = (at >= 0) & (at < len(months))
    codes = pd.factorize(events["family"])[0]
    found = {
        "count": rolling_count(at[inside], months=len(months)),
        "families": rolling_different(at[inside], codes[inside], months=len(months)),
    }
    table = pd.DataFrame({"month": months.astype(str), **found})
    return table.iloc[MONTHS - 1 :].reset_index(drop=True)


def rolling_count(month: Integers, *, months: int) -> Integers:
    """Events in the 12 months that end with each month, from the number of each event's month.

    >>> rolling_count(np.array([0, 0, 12]), months=13).tolist()[-2:]
    [2, 1]
    """
    total = np.concatenate([[0], np.cumsum(np.bincount(month, minlength=months))])
    ends = np.arange(1, months + 1)
    return np.asarray(total[ends] - total[np.maximum(ends - MONTHS, 0)], dtype=np.int64)


def rolling_different(month: Integers, who: Integers, *, months: int) -> Integers:
    """How many different ones have an event in the 12 months that end with each month.

    Each event covers its own month and the 11 after it; where a further event of the same one begins earlier than that,
    the cover goes on and is not counted twice.

    >>> rolling_different(np.array([0, 1, 1]), np.array([7, 7, 8]), months=14).tolist()
    [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0]
    """
    order = np.lexsort([month, who])
    begins, names = month[order], who[order]
    same = names[1:] == names[:-1]
    ends = begins + MONTHS
    ends[:-1] = np.where(same, np.minimum(ends[:-1], begins[1:]), ends[:-1])
    steps = np.bincount(begins, minlength=months + 1)[: months + 1] - np.bincount(
        np.minimum(ends, months), minlength=months + 1
    )
    return np.asarray(np.cumsum(steps)[:months], dtype=np.int64)


def rolling_ahead(monthly: Sequence[float], paths: Array, *, levels: Sequence[float]) -> Array:
    """Quantiles of the rolling count for months to come: (months ahead, levels).

    Args:
        monthly: counts of the last 12 months known, oldest first.
        paths: equally likely futures of the monthly count: (paths, months ahead).
        levels: quantile levels.

    Raises `ForecastError` with fewer than 12 months.

    >>> rolling_ahead([10.0] * 12, np.array([[4.0, 16.0]]), levels=[0.5]).ravel().tolist()
    [114.0, 120.0]
    """
    if len(monthly) < MONTHS:
        raise ForecastError("a rolling count ahead needs the 12 months before")
    known = np.broadcast_to(np.asarray(monthly, dtype=float)[-MONTHS:], (len(paths), MONTHS))
    total = np.cumsum(np.concatenate([np.zeros((len(paths), 1)), known, paths], axis=1), axis=1)
    ahead = np.arange(MONTHS + 1, total.shape[1])
    return np.asarray(np.quantile(total[:, ahead] - total[:, ahead - MONTHS], levels, axis=0).T)
