"""Groups that estimates are audited by, one row per index event: for audits only, never for models."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ehforecast.risk.features_known import KnownRecords
from ehforecast.vocabulary.ethnicity import EthnicGroup, Ethnicity
from ehforecast.vocabulary.protected_groups import AgeBand
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

_NOT_RECORDED = "not_recorded"
_BANDS = ((5, AgeBand.AGE_0_4), (10, AgeBand.AGE_5_9), (16, AgeBand.AGE_10_15), (np.inf, AgeBand.AGE_16_17))
_BY_GROUP = {code.value: code.group.value for code in Ethnicity if code.group is not EthnicGroup.NOT_KNOWN}
_BY_SOURCE = {code.value: code.group.value for code in ReferralSourceCode}

AUDIT_COLUMNS = (
    "sex", "ethnicity", "ethnic_group", "disability", "care_experienced", "age_band", "locality", "referral_source",
)  # fmt: skip


def build_audit(tables: Mapping[str, pd.DataFrame], rows: pd.DataFrame, *, own: pd.DataFrame) -> pd.DataFrame:
    """Sex, ethnicity, disability and care as the extract shows them; age on the day of the estimate; area and source.

    Absent where not recorded. The extract knows more of people than was known on the day: an audit asks who they are.
    Area and source are those of the index event's own row (`own`), which a closure's source is not in.
    """
    people = tables["people"].drop_duplicates("person_id").set_index("person_id").reindex(rows["person_id"])
    people = people.set_axis(rows.index)
    source = own["source"] if "source" in own else _source_of_contact(own, tables["contacts"])
    audit = {
        "sex": people["sex"],
        "ethnicity": people["ethnicity"],
        "ethnic_group": people["ethnicity"].map(_BY_GROUP),
        "disability": people["disability"],
        "care_experienced": people["care_experienced"],
        "age_band": _age_band(people["birth_month"], rows["index_on"]),
        "locality": own["locality"] if "locality" in own else _locality_of_contact(own, tables["contacts"]),
        "referral_source": source.map(_BY_SOURCE),
    }
    frame = pd.DataFrame({name: values.astype("str").set_axis(rows.index) for name, values in audit.items()})
    return frame.mask(frame.isin([_NOT_RECORDED]))


def _source_of_contact(own: pd.DataFrame, contacts: pd.DataFrame) -> pd.Series:
    return own["contact_id"].map(contacts.set_index("contact_id")["source"])


def _locality_of_contact(own: pd.DataFrame, contacts: pd.DataFrame) -> pd.Series:
    return own["contact_id"].map(contacts.set_index("contact_id")["locality"])


def _age_band(birth_month: pd.Series, index_on: pd.Series) -> pd.Series:
    """The unborn are in the first band."""
    months = (index_on.dt.year - birth_month.dt.year) * 12 + index_on.dt.month - birth_month.dt.month
    band = pd.Series([None] * len(months), index=months.index, dtype="str")
    for upper, name in reversed(_BANDS):
        band = band.mask(months < upper * 12, str(name.value))
    return band


def protected_values(known: KnownRecords, column: str) -> pd.Series:
    """A protected column of people, for the index events whose person was on record by their day."""
    people = known.tables["people"].drop_duplicates("person_id").set_index("person_id")
    people = people.reindex(known.events["person_id"]).set_axis(known.events.index)
    values: pd.Series = people[column].mask(people["recorded_on"] > known.events["index_on"])
    return values.mask(values.eq(_NOT_RECORDED))
