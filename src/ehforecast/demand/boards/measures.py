"""What boards ask of records: each measure with its definition, how it is counted, and for how long it follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from ehforecast.demand.board_records import BoardRecords
from ehforecast.errors import SettingsError
from ehforecast.vocabulary.pathways import ContactOutcome, EarlyHelpEndReason, LeadOrganisation

YEAR_DAYS = 365
_LEAD_DAYS = 5
_SETTLES_IN = 30
"""Days after which nearly every contact has its outcome."""


@dataclass(frozen=True)
class Population:
    """Who is counted.

    Attributes:
        name: key; measures of one population share their counts.
        words: who they are, as the whole of a share.
        dated_by: which day puts a row into its quarter.
        follow_days: rows are counted when so many days have passed: nobody later could be seen to come back.
        rows: ``on, locality, family_id`` and what the measures need.
    """

    name: str
    words: str
    dated_by: str
    follow_days: int
    rows: Callable[[BoardRecords], pd.DataFrame] = field(repr=False)


@dataclass(frozen=True)
class Measure:
    """One measure: of a population, those for whom something is so.

    Attributes:
        name: key. words: short, for tables.
        definition: what is counted, over what.
        population: who the whole is.
        better: which way is better; empty where neither is.
        holds: for each row of the population, whether it is so.
    """

    name: str
    words: str
    definition: str
    population: Population
    better: str
    holds: Callable[[pd.DataFrame, BoardRecords], pd.Series] = field(repr=False)


def _contacts(records: BoardRecords) -> pd.DataFrame:
    return records.contacts[records.contacts["outcome"].notna()]


def _started(records: BoardRecords) -> pd.DataFrame:
    return records.family_help


def _closed(records: BoardRecords) -> pd.DataFrame:
    ended = records.family_help.dropna(subset=["ended_on"])
    return ended.assign(on=ended["ended_on"], started_on=ended["on"])


def _closed_children(records: BoardRecords) -> pd.DataFrame:
    ended = records.help.dropna(subset=["ended_on"])
    return ended.assign(on=ended["ended_on"], started_on=ended["on"])


def _referrals(records: BoardRecords) -> pd.DataFrame:
    return records.referrals


CONTACTS = Population("contacts", "contacts that were settled", "day of contact", _SETTLES_IN, _contacts)
STARTED = Population("help_started", "families whose early help began", "first day of help", _LEAD_DAYS + 25, _started)
CLOSED = Population("help_closed", "families whose early help ended", "last day of help", 30, _closed)
FOLLOWED = Population(
    "help_closed_followed", "families whose early help ended, followed for 12 months", "last day of help", YEAR_DAYS,
    _closed,
)  # fmt: skip
CHILDREN = Population(
    "children_followed", "children whose early help ended, followed for 12 months", "last day of help", YEAR_DAYS,
    _closed_children,
)  # fmt: skip
REFERRED = Population("referrals", "referrals to children's social care", "day of referral", 7, _referrals)


def _outcome_is(*outcomes: ContactOutcome) -> Callable[[pd.DataFrame, BoardRecords], pd.Series]:
    return lambda rows, _: rows["outcome"].isin([str(outcome) for outcome in outcomes])


def _ended(reason: EarlyHelpEndReason) -> Callable[[pd.DataFrame, BoardRecords], pd.Series]:
    return lambda rows, _: rows["end_reason"] == str(reason)


def _led_by(who: LeadOrganisation) -> Callable[[pd.DataFrame, BoardRecords], pd.Series]:
    return lambda rows, _: rows["lead_organisation"] == str(who)


def _lead_in_time(rows: pd.DataFrame, _: BoardRecords) -> pd.Series:
    return (rows["lead_professional_on"] - rows["on"]).dt.days <= _LEAD_DAYS


def _offered_again(rows: pd.DataFrame, records: BoardRecords) -> pd.Series:
    offers = records.contacts[records.contacts["outcome"] == str(ContactOutcome.EARLY_HELP)]
    return came_within(rows, offers, by="family_id")


def _helped_again(rows: pd.DataFrame, records: BoardRecords) -> pd.Series:
    return came_within(rows, records.family_help, by="family_id")


def _not_referred(rows: pd.DataFrame, records: BoardRecords) -> pd.Series:
    return ~came_within(rows, records.referrals, by="person_id", from_same_day=True)


def _repeat_contact(rows: pd.DataFrame, records: BoardRecords) -> pd.Series:
    return came_before(rows, records.contacts, by="person_id")


def _repeat_referral(rows: pd.DataFrame, records: BoardRecords) -> pd.Series:
    return came_before(rows, records.referrals, by="person_id")


def came_within(
    rows: pd.DataFrame, later: pd.DataFrame, *, by: str, days: int = YEAR_DAYS, from_same_day: bool = False
) -> pd.Series:
    """Whether something later came to the same family or child within so many days after each row."""
    right = later[[by, "on"]].drop_duplicates().sort_values("on").rename(columns={"on": "later_on"})
    left = rows[[by, "on"]].assign(place=range(len(rows))).sort_values("on", kind="stable")
    joined = pd.merge_asof(
        left, right, left_on="on", right_on="later_on", by=by, direction="forward", allow_exact_matches=from_same_day
    ).sort_values("place")
    found = (joined["later_on"] - joined["on"]).dt.days <= days
    return pd.Series(found.to_numpy(), index=rows.index)


def came_before(rows: pd.DataFrame, earlier: pd.DataFrame, *, by: str, days: int = YEAR_DAYS) -> pd.Series:
    """Whether something came to the same family or child within so many days before each row."""
    right = earlier[[by, "on"]].drop_duplicates().sort_values("on").rename(columns={"on": "before_on"})
    left = rows[[by, "on"]].assign(place=range(len(rows))).sort_values("on", kind="stable")
    joined = pd.merge_asof(
        left, right, left_on="on", right_on="before_on", by=by, direction="backward", allow_exact_matches=False
    ).sort_values("place")
    found = (joined["on"] - joined["before_on"]).dt.days <= days
    return pd.Series(found.to_numpy(), index=rows.index)


_ALL = (
    Measure("below_threshold", "Contacts below the social care threshold",
            "contacts settled without a referral to social care, of all contacts settled", CONTACTS, "",
            lambda rows, _: rows["outcome"] != str(ContactOutcome.REFERRAL)),
    Measure("no_further_action", "Contacts that lead to nothing further",
            "contacts settled with no further action, of all contacts settled", CONTACTS, "lower",
            _outcome_is(ContactOutcome.NO_FURTHER_ACTION)),
    Measure("to_early_help", "Contacts that lead to early help",
            "contacts settled with early help, of all contacts settled", CONTACTS, "",
            _outcome_is(ContactOutcome.EARLY_HELP)),
    Measure("repeat_contact", "Repeat contacts",
            "contacts about a child about whom another came in the 12 months before, of all contacts settled", CONTACTS,
            "lower", _repeat_contact),
    Measure("lead_in_five_days", "Lead professional within five days",
            "families with a lead professional within five days of help beginning, of all whose help began", STARTED,
            "higher", _lead_in_time),
    Measure("health_led", "Led by health",
            "families whose early help is led by health, of all whose help began", STARTED, "higher",
            _led_by(LeadOrganisation.HEALTH)),
    Measure("vcs_led", "Led by voluntary organisations",
            "families whose early help is led by a voluntary or community organisation, of all whose help began",
            STARTED, "higher", _led_by(LeadOrganisation.VOLUNTARY_SECTOR)),
    Measure("needs_met", "Closed with needs met",
            "families whose early help ended because needs were met, of all whose help ended", CLOSED, "higher",
            _ended(EarlyHelpEndReason.NEEDS_MET)),
    Measure("disengaged", "Closed for disengagement",
            "families whose early help ended because they stopped taking part, of all whose help ended", CLOSED,
            "lower", _ended(EarlyHelpEndReason.DISENGAGED)),
    Measure("stepped_up", "Stepped up to social care",
            "families whose early help ended by a step up, of all whose help ended", CLOSED, "lower",
            _ended(EarlyHelpEndReason.STEPPED_UP)),
    Measure("help_again_asked", "Early help re-referral",
            "families referred to early help again within 12 months of closing, of all whose help ended", FOLLOWED,
            "lower", _offered_again),
    Measure("help_again", "Early help re-assessment",
            "families whose early help began again within 12 months of closing, of all whose help ended", FOLLOWED,
            "lower", _helped_again),
    Measure("stayed_below", "Stayed below social care",
            "children without a referral to social care on the day help ended or in the 12 months after, of all "
            "whose help ended", CHILDREN, "higher", _not_referred),
    Measure("referred_again", "Social care re-referral",
            "referrals within 12 months of an earlier one about the same child, of all referrals", REFERRED, "lower",
            _repeat_referral),
)  # fmt: skip

MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})


def measure_named(name: str, *, key: str) -> Measure:
    """A measure. Raises `SettingsError` naming the configuration's key for one that does not exist."""
    if name not in MEASURES:
        raise SettingsError(f"key '{key}': records tell no measure '{name}'; there are: {', '.join(MEASURES)}")
    return MEASURES[name]
