"""The chance of a target that a council's own records tell, quarter by quarter, if what moves it stays as it was."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ehforecast.demand.plan.quarter_shares import FEWEST_QUARTERS, chance_of_share
from ehforecast.demand.plan.targets import Indicator
from ehforecast.demand.plan_results import MEASURED, NO_BASIS


@dataclass(frozen=True)
class MeasuredShare:
    """A share counted from records.

    Attributes:
        definition: what is counted, over what.
        value, low, high: of the last 12 months followed, of counts as they may be shown (shares; NaN where one is
            hidden).
        period: those months, in words.
        quarters: ``met, of`` by quarter, oldest first, as counted: leaving out quarters with few would mislead.
    """

    definition: str
    value: float
    low: float
    high: float
    period: str
    quarters: pd.DataFrame = field(repr=False)


def chance_of_measured(indicator: Indicator, measured: MeasuredShare, *, seed: int) -> dict[str, object]:
    """The cells of a target's row that records give: where it stands, where a quarter will be, and the chance."""
    hidden = not np.isfinite(measured.value)
    told: dict[str, object] = {
        "current": 100 * measured.value, "current_low": 100 * measured.low, "current_high": 100 * measured.high,
        "no_range_because": "a count it rests on is too small to be shown" if hidden else "",
        "current_from": f"counted from the council's records, {measured.period}",
    }  # fmt: skip
    known = measured.quarters[measured.quarters["of"] >= 1]
    if len(known) < FEWEST_QUARTERS:
        why = f"fewer than {FEWEST_QUARTERS} quarters are in the records"
        return told | {"basis": NO_BASIS, "basis_words": f"No chance is given: {why}."}
    found = chance_of_share(known, target=indicator.target / 100, better=indicator.better, seed=seed)
    chance, low, middle, high = found
    return told | {
        "forecast_low": 100 * low, "forecast": 100 * middle, "forecast_high": 100 * high, "chance": chance,
        "basis": MEASURED,
        "basis_words": (
            f"Counted from the council's records: {measured.definition}. The chance is for one quarter, learned from "
            f"{len(known)} quarters, and holds only if nothing changes: work to change it should beat it."
        ),
    }  # fmt: skip
