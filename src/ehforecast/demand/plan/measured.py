"""What a council's records tell of its work, counted: so that a plan assumes only what nobody wrote down."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ehforecast.demand.board_records import BoardRecords
from ehforecast.demand.plan.assumptions import Assumption
from ehforecast.demand.plan.targets import share_interval
from ehforecast.errors import ForecastError
from ehforecast.vocabulary.pathways import LeadOrganisation, WorkforceRole
from ehforecast.vocabulary.periods import day_words

YEAR = pd.Timedelta(days=365)

_SETTLED = pd.Timedelta(days=60)
"""Families who came later may still be given a worker."""

_FEWEST = 8

_FEW = (1.0, 4.0, 7.0)
"""What a hidden count can be, with its middle: a plan needs some number, and this one tells nothing that is hidden."""


@dataclass(frozen=True)
class WorkCounts:
    """Counts of a year of work: exact as they are counted, and as they may be shown (NaN where hidden) ever after.

    Attributes:
        came: ``series, children, families, opened``: children's contacts, families on one day, and families among them
            whose contact began early help led by the council; ``series`` "all" is the whole.
        stepped_down: families whose early help began without a contact, as a step down does.
        open_now: families with open early help led by the council.
        days_open: of families closed in the last 12 months.
        staff: ``month, workers, families`` of early help teams, full-time, for the last 12 months.
    """

    came: pd.DataFrame
    stepped_down: float
    open_now: float
    days_open: NDArray[np.float64] = field(repr=False)
    staff: pd.DataFrame = field(repr=False)


def work_counts(records: BoardRecords, workforce: pd.DataFrame, *, key: str) -> WorkCounts:
    """Count a year of work; series are told apart by ``locality`` or ``source_group``."""
    last = records.today - _SETTLED
    contacts = records.contacts[(records.contacts["on"] <= last) & (records.contacts["on"] > last - YEAR)]
    spells = records.family_help
    led = spells[spells["lead_organisation"] == str(LeadOrganisation.COUNCIL_EARLY_HELP)]
    began = led[(led["on"] <= last) & (led["on"] > last - YEAR)]
    closed = led[led["ended_on"].notna() & (led["ended_on"] > records.today - YEAR)]
    return WorkCounts(
        came=_came(contacts, set(records.help.loc[_is_led(records.help), "contact_id"].dropna()), key=key),
        stepped_down=int(began["contact_id"].isna().sum()),
        open_now=int(led["ended_on"].isna().sum()),
        days_open=np.asarray((closed["ended_on"] - closed["on"]).dt.days, dtype=np.float64),
        staff=_staff(workforce),
    )


def _is_led(rows: pd.DataFrame) -> "pd.Series[bool]":
    return rows["lead_organisation"] == str(LeadOrganisation.COUNCIL_EARLY_HELP)


def _came(contacts: pd.DataFrame, began_help: set[object], *, key: str) -> pd.DataFrame:
    rows = contacts.assign(opened=contacts["contact_id"].isin(began_help))
    families = rows.groupby(["family_id", "on"], sort=False).agg(series=(key, "first"), opened=("opened", "any"))
    table = families.groupby("series")["opened"].agg(families="size", opened="sum")
    table["children"] = rows.groupby(key).size()
    table.loc["all"] = table.sum()
    return (
        table.fillna(0)
        .astype("int64")
        .rename_axis("series")
        .reset_index()[["series", "children", "families", "opened"]]
    )


def _staff(workforce: pd.DataFrame) -> pd.DataFrame:
    helpers = workforce[workforce["role"] == str(WorkforceRole.EARLY_HELP_PRACTITIONER)]
    by_month = helpers.groupby("month")[["full_time_equivalent", "cases_held"]].sum().tail(12)
    return (
        by_month.astype(float)
        .rename(columns={"full_time_equivalent": "workers", "cases_held": "families"})
        .rename_axis("month")
        .reset_index()
    )


def measured_work(shown: WorkCounts, *, today: str) -> dict[str, Assumption]:
    """Numbers for a plan by their key under ``plan``, each with the range its number of cases leaves, and its reason.

    ``shown`` are counts as they may be shown, since whoever reads the numbers can work them back. A series with a
    hidden count takes the share of the whole, with twice its range. Raises `ForecastError` where the records hold too
    little to say.
    """
    came = shown.came
    whole = came[came["series"] == "all"].drop(columns="series").iloc[0].astype(float)
    if len(shown.days_open) < _FEWEST or shown.staff["families"].isna().all() or not whole["opened"] >= _FEWEST:
        raise ForecastError(
            "the records hold too few families helped, or no early help staff, to tell how much work there is; give "
            "the numbers of section 'plan' yourself"
        )
    more = 1 + (_FEW[1] if np.isnan(shown.stepped_down) else shown.stepped_down) / float(whole["opened"])
    of_whole = _share("plan.every_source.opened", float(whole["opened"]), families=float(whole["families"]), more=more)
    found = {each.name: each for each in (_families(whole), of_whole, *_time_and_staff(shown, today=today))}
    for row in came[came["series"] != "all"].to_dict("records"):
        name = f"plan.sources.{row['series']}.opened"
        told = float(row["opened"]), float(row["families"])
        own = (
            _share(name, told[0], families=told[1], more=more)
            if np.isfinite(told).all() and told[1] >= _FEWEST
            else None
        )
        found[name] = own or _as_the_whole(name, of_whole)
    return found


def _share(name: str, opened: float, *, families: float, more: float) -> Assumption:
    opened = min(opened, families)
    low, high = share_interval(round(opened), round(families))
    reason = (
        f"Counted: of about {families:,.0f} families who came in a year, about {opened:,.0f} got early help led by the "
        "council; those who step down and come by no contact are added"
    )
    return Assumption(name, min(low * more, 1), min(opened / families * more, 1), min(high * more, 1), "share", reason)


def _as_the_whole(name: str, whole: Assumption) -> Assumption:
    spread = 2 * (whole.high - whole.low)
    low, high = max(whole.central - spread, 0.0), min(whole.central + spread, 1.0)
    return Assumption(
        name, low, whole.central, high, "share", "Too few to tell: the share of all, with twice its range"
    )


def _families(whole: "pd.Series[float]") -> Assumption:
    low, high = share_interval(round(min(whole["families"], whole["children"])), round(whole["children"]))
    reason = (
        f"Counted: about {whole['children']:,.0f} contacts about a child were about {whole['families']:,.0f} families"
    )
    return Assumption(
        "plan.families_per_count", low, float(whole["families"] / whole["children"]), high,
        "families for each contact about a child", reason,
    )  # fmt: skip


def _time_and_staff(shown: WorkCounts, *, today: str) -> list[Assumption]:
    weeks = shown.days_open / 7
    doubt = 1.96 * weeks.std(ddof=1) / np.sqrt(len(weeks))
    closed = (
        f"Counted: mean of about {5 * round(len(weeks) / 5):,} families closed in the 12 months to {day_words(today)}"
    )
    workers = float(shown.staff["workers"].iloc[-1])
    held = shown.staff["families"] / shown.staff["workers"]
    return [
        Assumption("plan.work.weeks_open", max(weeks.mean() - doubt, 1.0), float(weeks.mean()), weeks.mean() + doubt,
                   "weeks", closed),
        Assumption("plan.work.workers", workers, workers, workers, "full-time", "Counted: posts filled, last month"),
        Assumption("plan.work.families_per_worker", float(held.min()), float(held.mean()), float(held.max()),
                   "families", "Counted: families held by a full-time worker, lowest and highest of 12 months, from "
                   "families to the nearest five"),
        _open_now(shown.open_now, today=today),
    ]  # fmt: skip


def _open_now(families: float, *, today: str) -> Assumption:
    hidden = np.isnan(families)
    low, middle, high = _FEW if hidden else (families,) * 3
    how = f"between {low:.0f} and {high:.0f}, too few to tell" if hidden else "to the nearest five"
    counted = f"Counted: open on {day_words(today)}, {how}"
    return Assumption("plan.work.families_open", low, middle, high, "families", counted)
