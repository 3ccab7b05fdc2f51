"""Events of a council's records counted by day, by day of recording and by what is known about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from ehforecast.errors import ForecastError
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

NOT_SETTLED = "not settled yet"
"""Value of `outcome` for a contact whose outcome had not been recorded; gone once late records are completed."""


@dataclass(frozen=True)
class Event:
    """What one row of a table counts: the day it happened, and the keys that its series may be split by."""

    table: str
    happened_on: str
    keys: tuple[str, ...]


EVENTS: Mapping[str, Event] = {
    "contacts": Event("contacts", "contact_on", ("locality", "source", "source_group", "outcome")),
    "referrals": Event("referrals", "referral_on", ("locality", "source", "source_group")),
    "early_help": Event(
        "early_help_episodes", "started_on", ("locality", "need_level", "reason", "lead_organisation")
    ),
}  # fmt: skip
"""Measures that can be counted from records. A referral lives where its contact did."""


def count_days(known: Mapping[str, pd.DataFrame], measure: str, *, keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """Events of one measure in a point-in-time view, counted.

    Args:
        known: tables as `Store.known_by` gives them.
        measure: one of `EVENTS`.
        keys: columns to tell apart; what is not recorded is a value of its own.

    Returns:
        One row for each ``happened_on, recorded_on`` (whole days) and keys that occurred, with its ``count``. Where
        `outcome` is a key, an event counts as recorded when its outcome was.

    Raises `ForecastError` for a measure or key that there is none of.
    """
    event = _event(measure, keys)
    rows = known[event.table]
    columns = {name: _key_column(rows, name, known=known) for name in keys}
    days = {"happened_on": _whole_days(rows[event.happened_on]), "recorded_on": _recorded_on(rows, keys)}
    named = [*keys, *days]
    counted = pd.DataFrame(columns | days).groupby(named, observed=True, sort=True).size()
    return counted.rename("count").reset_index()


class Asked(Protocol):
    """Whatever answers SQL about a council's tables: `ehforecast.store.KnownTables`."""

    def frame(self, query: str) -> pd.DataFrame:
        """The answer of a query."""


def count_days_by_engine(known: Asked, measure: str, *, keys: tuple[str, ...] = ()) -> pd.DataFrame:
    """The same as `count_days` out of tables too large for memory, counted by the engine that holds them."""
    event = _event(measure, keys)
    joined = "LEFT JOIN contacts AS of_contact USING (contact_id)" if measure == "referrals" else ""
    columns = [f"{_key_in_sql(key, measure)} AS {key}" for key in keys]
    recorded = "greatest(rows.recorded_on, rows.outcome_recorded_on)" if "outcome" in keys else "rows.recorded_on"
    days = [f"rows.{event.happened_on} AS happened_on", f"{recorded} AS recorded_on"]
    chosen = ", ".join([*columns, *days, "count(*) AS count"])
    # Every name in the query is one of this module's own.
    query = f"SELECT {chosen} FROM {event.table} AS rows {joined} GROUP BY ALL ORDER BY ALL"  # noqa: S608 - see above
    found = known.frame(query)
    days_only = {name: _whole_days(found[name]) for name in ("happened_on", "recorded_on")}
    return found.assign(**days_only, count=found["count"].astype("int64"))


def _key_in_sql(key: str, measure: str) -> str:
    if key == "source_group":
        cases = " ".join(f"WHEN '{code.value}' THEN '{code.group.value}'" for code in ReferralSourceCode)
        return f"coalesce(CASE rows.source {cases} END, 'source_group not recorded')"
    if key == "outcome":
        return f"coalesce(rows.outcome, '{NOT_SETTLED}')"
    table = "of_contact" if key == "locality" and measure == "referrals" else "rows"
    return f"coalesce({table}.{key}, '{key} not recorded')"


def check_known_by(counted: pd.DataFrame, as_of: date) -> None:
    """Raise `ForecastError` if counts hold what nobody could know on the day: events or records of a later one."""
    day = pd.Timestamp(as_of)
    for column in ("happened_on", "recorded_on"):
        late = int(counted.loc[counted[column] > day, "count"].sum())
        if late:
            raise ForecastError(
                f"{late} events have a {column} after {as_of.isoformat()}: not known by then; "
                "count a view of what was known on that day, and correct dates that lie in the future"
            )


def _event(measure: str, keys: tuple[str, ...]) -> Event:
    if measure not in EVENTS:
        raise ForecastError(f"no measure '{measure}' is counted from records; there are: {', '.join(EVENTS)}")
    unknown = [key for key in keys if key not in EVENTS[measure].keys]
    if unknown:
        offered = ", ".join(EVENTS[measure].keys)
        raise ForecastError(f"{measure} cannot be told apart by {', '.join(unknown)}; use some of: {offered}")
    return EVENTS[measure]


def _key_column(rows: pd.DataFrame, key: str, *, known: Mapping[str, pd.DataFrame]) -> "pd.Series[str]":
    if key == "source_group":
        groups = {code.value: code.group.value for code in ReferralSourceCode}
        return _named(rows["source"].map(groups), key)
    if key == "locality" and "locality" not in rows:
        by_contact = known["contacts"].set_index("contact_id")["locality"]
        return _named(rows["contact_id"].map(by_contact), key)
    if key == "outcome":
        return rows["outcome"].astype(object).where(rows["outcome"].notna(), NOT_SETTLED).astype(str)
    return _named(rows[key], key)


def _named(values: "pd.Series[str]", key: str) -> "pd.Series[str]":
    values = values.astype(object)
    return values.where(values.notna(), f"{key} not recorded").astype(str)


def _recorded_on(rows: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series:
    recorded = _whole_days(rows["recorded_on"])
    if "outcome" not in keys:
        return recorded
    settled = _whole_days(rows["outcome_recorded_on"])
    return pd.Series(np.where(settled > recorded, settled, recorded), index=rows.index)


def _whole_days(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values).dt.normalize().astype("datetime64[us]")
