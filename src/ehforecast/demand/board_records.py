"""A council's records as boards look at them: contacts, spells of early help and referrals, each with its family."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from ehforecast.vocabulary.answers import NOT_RECORDED
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

_AGE_EDGES = (0, 5, 10, 16, 200)
_AGES = ("0 to 4", "5 to 9", "10 to 15", "16 and over")
_NO_DISABILITY, _NO_ANSWER = "none", "not_recorded"


@dataclass(frozen=True)
class BoardRecords:
    """Records as known on a day. Nothing here leaves but as counts.

    Attributes:
        known_on: the day.
        contacts: one row per child and contact: ``person_id, family_id, on, locality, source_group, outcome``.
        help: one row per child and spell of early help: ``person_id, family_id, contact_id, on, ended_on, end_reason,
            need_level, reason, lead_organisation, lead_professional_on, locality``, and the groups of the child.
        referrals: ``person_id, family_id, on, locality``.
    """

    known_on: date
    contacts: pd.DataFrame = field(repr=False)
    help: pd.DataFrame = field(repr=False)
    referrals: pd.DataFrame = field(repr=False)

    @property
    def today(self) -> pd.Timestamp:
        """The day, as frames hold days."""
        return pd.Timestamp(self.known_on)

    @property
    def family_help(self) -> pd.DataFrame:
        """Spells by family: brothers and sisters who begin together are one."""
        return self.help.drop_duplicates(["family_id", "on"])


def board_records(tables: Mapping[str, pd.DataFrame], known_on: date) -> BoardRecords:
    """Out of a council's tables as known on a day, as `Store.known_by` gives them."""
    family = tables["families"].drop_duplicates("person_id", keep="last").set_index("person_id")["family_id"]
    groups = {code.value: code.group.value for code in ReferralSourceCode}
    contacts = tables["contacts"].rename(columns={"contact_on": "on"})
    contacts = contacts.assign(
        family_id=_family_of(contacts, family), source_group=_said(contacts["source"].map(groups)),
        locality=_said(contacts["locality"]),
    )  # fmt: skip
    spells = tables["early_help_episodes"].rename(columns={"started_on": "on"})
    spells = spells.assign(family_id=_family_of(spells, family), locality=_said(spells["locality"]))
    referrals = tables["referrals"].rename(columns={"referral_on": "on"})
    place = contacts.drop_duplicates("contact_id").set_index("contact_id")["locality"]
    referrals = referrals.assign(
        family_id=_family_of(referrals, family), locality=_said(referrals["contact_id"].map(place))
    )  # fmt: skip
    return BoardRecords(known_on, contacts, _with_groups(spells, tables["people"]), referrals)


def _family_of(rows: pd.DataFrame, family: "pd.Series[str]") -> pd.Series:
    """A child whose family is not recorded stands alone."""
    found = rows["person_id"].map(family)
    return found.where(found.notna(), rows["person_id"]).astype(str)


def _said(values: pd.Series) -> pd.Series:
    return values.astype(object).where(values.notna(), NOT_RECORDED).astype(str)


def _with_groups(rows: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The groups a child belongs to when help begins: sex, age, ethnic group, disability."""
    known = people.drop_duplicates("person_id").set_index("person_id")
    ethnic = {code.value: code.group.value for code in Ethnicity}
    born = rows["person_id"].map(known["birth_month"])
    age = (rows["on"] - born).dt.days / 365.25
    disability = rows["person_id"].map(known["disability"])
    return rows.assign(
        sex=_plain(rows["person_id"].map(known["sex"])),
        age=_said(pd.cut(age.clip(lower=0), list(_AGE_EDGES), right=False, labels=list(_AGES)).astype(object)),
        ethnicity=_plain(rows["person_id"].map(known["ethnicity"]).map(ethnic)),
        disability=_said(
            disability.where(disability.isna(), "disabled")
            .mask(disability == _NO_DISABILITY, "not disabled")
            .mask(disability == _NO_ANSWER, NOT_RECORDED)
        ),
    )  # fmt: skip


def _plain(values: pd.Series) -> pd.Series:
    return _said(values).str.replace("_", " ")
