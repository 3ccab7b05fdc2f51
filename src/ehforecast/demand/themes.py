"""What a locality's allocation meeting talks about: volumes, needs and sources of 12 months. Nobody is named."""

from collections.abc import Iterator, Mapping
from datetime import date

import numpy as np
import pandas as pd

from ehforecast.demand.flow_incidence import Incidence
from ehforecast.demand.flow_results import ALL
from ehforecast.demand.record_counts import NOT_SETTLED
from ehforecast.vocabulary.answers import NOT_RECORDED
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

MONTHS = 12

_GROUPS = {code.value: code.group.value for code in ReferralSourceCode}

THEMES: Mapping[str, tuple[str, str]] = {
    "source": ("contacts", "source"),
    "outcome": ("contacts", "outcome"),
    "need_level": ("early_help", "need_level"),
    "reason": ("early_help", "reason"),
}
"""Each theme: of what it is a split, and by which column."""

VOLUMES = ("contacts", "early_help", "referrals")


def theme_table(known: Mapping[str, pd.DataFrame], *, families: "pd.Series[str]", last_on: date) -> pd.DataFrame:
    """The frame `FlowResult.themes`: the 12 months to a day, by locality and all together.

    Shares are of the locality's volume, with intervals by families. Values are alphabetical: no theme is put before
    another.
    """
    events = {name: _latest(frame, families, last_on=last_on) for name, frame in _events(known).items()}
    rows = [row for volume, frame in events.items() for row in _of_volume(frame, volume)]
    columns = ["locality", "theme", "value", "count", "of", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns).sort_values(["locality", "theme", "value"], ignore_index=True)


def _events(known: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    contacts, episodes, referrals = known["contacts"], known["early_help_episodes"], known["referrals"]
    where = contacts.set_index("contact_id")["locality"]
    return {
        "contacts": pd.DataFrame(
            {"person_id": contacts["person_id"], "on": contacts["contact_on"], "locality": contacts["locality"],
             "source": contacts["source"].map(_GROUPS),
             "outcome": contacts["outcome"].astype(object).where(contacts["outcome"].notna(), NOT_SETTLED)}
        ),
        "early_help": episodes[["person_id", "locality", "need_level", "reason"]].assign(on=episodes["started_on"]),
        "referrals": pd.DataFrame(
            {"person_id": referrals["person_id"], "on": referrals["referral_on"],
             "locality": referrals["contact_id"].map(where)}
        ),
    }  # fmt: skip


def _latest(frame: pd.DataFrame, families: "pd.Series[str]", *, last_on: date) -> pd.DataFrame:
    last = pd.Timestamp(last_on)
    rows = frame[(frame["on"] > last - pd.DateOffset(months=MONTHS)) & (frame["on"] <= last)].astype(object)
    rows = rows.where(rows.notna(), NOT_RECORDED)
    group = rows["person_id"].map(families)
    return rows.assign(family=pd.factorize(group.where(group.notna(), rows["person_id"]).astype(str))[0])


def _of_volume(events: pd.DataFrame, volume: str) -> Iterator[tuple[object, ...]]:
    whole = ("share", "low", "high")
    for locality in [ALL, *sorted(events["locality"].astype(str).unique())]:
        rows = events if locality == ALL else events[events["locality"] == locality]
        yield (locality, volume, ALL, len(rows), len(rows), *(float("nan") for _ in whole))
        for theme, (of, column) in THEMES.items():
            if of == volume:
                yield from _of_theme(rows, (locality, theme), values=sorted(events[column].astype(str).unique()))


def _of_theme(rows: pd.DataFrame, key: tuple[str, str], *, values: list[str]) -> Iterator[tuple[object, ...]]:
    families = rows["family"].to_numpy(dtype=np.int64)
    for value in values:
        is_value = rows[THEMES[key[1]][1]].eq(value).to_numpy(dtype=bool).astype(np.int64)
        count = int(is_value.sum())
        if len(rows):
            found = Incidence(np.zeros_like(is_value), is_value, families, 0).estimate(1)
            yield (*key, value, count, len(rows), found.share, found.low, found.high)
