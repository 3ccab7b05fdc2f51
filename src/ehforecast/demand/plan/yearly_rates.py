"""Yearly rates of every council from the table of indicators."""

import pandas as pd

from ehforecast.errors import ForecastError
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.vocabulary.areas import AreaLevel


def yearly_rates(rows: pd.DataFrame, register: AreaRegister, *, indicator: str) -> pd.DataFrame:
    """One row per council, one column per reporting year ("2022" is April 2021 to March 2022); NaN where absent.

    ``rows`` are of the `indicators` contract. A council whose code changed while its ground and people stayed is one.
    Raises `ForecastError` for an indicator that is not among them, or not a percentage.
    """
    chosen = rows[(rows["indicator"] == indicator) & (rows["area_level"] == AreaLevel.COUNCIL)]
    if chosen.empty or set(chosen["unit"]) != {"percent"}:
        known = ", ".join(sorted(rows.loc[rows["unit"] == "percent", "indicator"].unique()))
        raise ForecastError(f"table indicators has no rates of councils named '{indicator}'; it has {known or 'none'}")
    long = pd.DataFrame(
        {
            "area_code": chosen["area_code"].map(register.current_code).to_numpy(),
            "year": chosen["period_end"].dt.year.astype(str).to_numpy(),
            "value": chosen["value"].astype(float).to_numpy(),
        }
    ).dropna(subset=["value"])
    return long.pivot(index="area_code", columns="year", values="value")
