"""What every Annex A list shares: the last months, who rows are about, and codes as Ofsted spells them."""

from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.vocabulary.answers import YesNoUnknown
from ehforecast.vocabulary.ethnicity import Ethnicity
from ehforecast.vocabulary.pathways import StatutoryStep
from ehforecast.vocabulary.protected_groups import Disability, Sex
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
ANSWERS = MappingProxyType(
    {YesNoUnknown.YES.value: "a) Yes", YesNoUnknown.NO.value: "b) No", YesNoUnknown.UNKNOWN.value: "c) Unknown"}
)
_GENDERS = MappingProxyType(
    {
        Sex.MALE.value: "a) Male",
        Sex.FEMALE.value: "b) Female",
        Sex.NOT_RECORDED.value: "c) Not stated/recorded",
        Sex.NEITHER.value: "d) Neither",
    }
)


@dataclass(frozen=True)
class AnnexAWindow:
    """Rows of one council that began in the last months, with who they are about."""

    council: SyntheticCouncil
    first_on: pd.Timestamp

    @property
    def last_on(self) -> pd.Timestamp:
        return pd.Timestamp(self.council.plan.extracted_on)

    def recent(self, table: str, column: str) -> pd.DataFrame:
        """Rows that began in the window."""
        rows = self.council.tables[table]
        return rows[rows[column] >= self.first_on].reset_index(drop=True)

    def steps(self, step: StatutoryStep) -> pd.DataFrame:
        """Steps of one kind that began or ended in the window, or are open."""
        steps = self.council.tables["statutory_steps"]
        rows = steps[steps["step"] == step.value]
        return rows[rows["ended_on"].isna() | (rows["ended_on"] >= self.first_on)].reset_index(drop=True)

    def about(self, rows: pd.DataFrame) -> dict[str, object]:
        """The five columns that every list begins with."""
        people = self.council.tables["people"].set_index("person_id").loc[rows["person_id"]].reset_index()
        age = ((self.last_on - people["birth_month"]).dt.days // 365.25).astype("Int64")
        return {
            "Child Unique ID": people["person_id"],
            "Gender": people["sex"].map(_GENDERS),
            "Ethnicity": people["ethnicity"].map(ethnicity_words()),
            "Date of Birth": people["birth_month"],
            "Age of Child (Years)": age.where(age >= 0),
        }

    def disability(self, rows: pd.DataFrame) -> pd.Series:
        """Yes, no or unknown."""
        known = self.council.tables["people"].set_index("person_id")["disability"].loc[rows["person_id"]]
        words = {Disability.NONE.value: "b) No", Disability.NOT_RECORDED.value: "c) Unknown"}
        return known.map(words).fillna("a) Yes").reset_index(drop=True)


def ethnicity_words() -> dict[str, str]:
    """`a) WBRI` to `r) OOTH`, then `s) REFU`, `t) NOBT`, `u) UNKNOWN`."""
    codes = [code.value for code in Ethnicity if code is not Ethnicity.NOT_RECORDED]
    lettered = {code: f"{letter}) {code}" for letter, code in zip(_LETTERS, codes, strict=False)}
    return {**lettered, Ethnicity.NOT_RECORDED.value: "u) UNKNOWN"}


def source_words() -> dict[str, str]:
    """`a) 1A: Individual` to `t) 10: Unknown`; early help, which came later, is `p1`."""
    codes = [code for code in ReferralSourceCode if code is not ReferralSourceCode.LA_EARLY_HELP]
    words = {
        code.value: f"{letter}) {code.value}: {_short(code)}" for letter, code in zip(_LETTERS, codes, strict=False)
    }
    return {**words, ReferralSourceCode.LA_EARLY_HELP.value: "p1) 5D: LA services"}


def _short(code: ReferralSourceCode) -> str:
    return code.group.value.replace("_", " ").capitalize().replace("La services", "LA services")
