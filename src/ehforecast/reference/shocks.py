"""Named periods in which something national changed the number of referrals."""

from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

COVID = (pd.Period("2020-03", "M"), pd.Period("2021-07", "M"))
"""First and last month in which Covid and its lockdowns changed referrals to children's social care in England.

Source: DfE, *Children in need* 2024, referrals by month: 24% below the three years before in April 2020, and again
lower in January to March 2021; legal restrictions ended on 19 July 2021.
"""


class ShockTreatment(StrEnum):
    """How a shock is kept out of what is learned."""

    OWN_EFFECTS = "own_effects"
    """Each of its weeks (or longer periods) gets an effect of its own."""
    MISSING = "missing"
    """Its counts are taken out: neither learned from nor scored."""
    KEPT = "kept"
    """It is learned from like any other time."""


@dataclass(frozen=True)
class Shock:
    """A named span of months."""

    name: str
    first: pd.Period
    last: pd.Period
    treatment: ShockTreatment = ShockTreatment.OWN_EFFECTS

    def holds(self, months: pd.PeriodIndex) -> "pd.Series[bool]":
        """Which months fall in it."""
        return pd.Series((months >= self.first) & (months <= self.last), index=months)


COVID_SHOCK = Shock("covid", *COVID)


def in_covid(months: pd.PeriodIndex) -> "pd.Series[bool]":
    """Which months fall in the Covid window.

    >>> in_covid(pd.period_range("2020-02", "2020-03", freq="M")).tolist()
    [False, True]
    """
    return COVID_SHOCK.holds(months)
