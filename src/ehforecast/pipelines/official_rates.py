"""Official yearly rates out of the store, for targets to rest on."""

from collections.abc import Mapping

import pandas as pd

from ehforecast.demand.plan.watched import OfficialRates
from ehforecast.demand.plan.yearly_rates import yearly_rates
from ehforecast.reference.area_codes import AreaRegister

OFFICIAL_RATES: Mapping[str, tuple[str, str]] = {
    "re_referrals_share": (
        "referrals to children's social care within 12 months of an earlier one, of all referrals, as the DfE has it",
        "referrals",
    ),
    "no_further_action_share": (
        "referrals to children's social care that lead to no further action, of all referrals, as the DfE has it",
        "referrals",
    ),
}
"""Official rates that targets can rest on: what each counts over what, and the count it is a share of."""


def official_rates(rows: pd.DataFrame, register: AreaRegister, *, until: str) -> dict[str, OfficialRates]:
    """Official yearly rates as they stood at a month, with the counts they are shares of."""
    last = pd.Period(until, freq="M").end_time
    known = rows[rows["period_end"] <= last]
    here = set(known["indicator"])
    return {
        name: OfficialRates(
            words, yearly_rates(known, register, indicator=name), _yearly_counts(known, register, indicator=of)
        )
        for name, (words, of) in OFFICIAL_RATES.items()
        if name in here
    }


def _yearly_counts(rows: pd.DataFrame, register: AreaRegister, *, indicator: str) -> pd.DataFrame:
    chosen = rows[rows["indicator"] == indicator]
    long = pd.DataFrame(
        {
            "area_code": chosen["area_code"].map(register.current_code).to_numpy(),
            "year": chosen["period_end"].dt.year.astype(str).to_numpy(),
            "value": chosen["value"].astype(float).to_numpy(),
        }
    ).dropna(subset=["value"])
    return long.pivot(index="area_code", columns="year", values="value")
