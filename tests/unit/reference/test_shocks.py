"""The Covid window: March 2020 to July 2021, both included."""

import pandas as pd

from ehforecast.reference.shocks import in_covid


def test_window_holds_both_its_ends_and_nothing_else() -> None:
    months = pd.period_range("2012-04", "2024-03", freq="M")
    inside = in_covid(months)
    # Catches a window that leaves out its first or last month, or is off by one.
    assert inside.index[inside].equals(pd.period_range("2020-03", "2021-07", freq="M"))
    # Catches an answer that is not aligned with the months asked about.
    assert inside.index.equals(months)
