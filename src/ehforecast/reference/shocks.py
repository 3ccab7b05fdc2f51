"""Named periods in which something national changed the number of referrals."""

import pandas as pd

COVID = (pd.Period("2020-03", "M"), pd.Period("2021-07", "M"))
"""First and last month in which Covid and its lockdowns changed referrals to children's social care in England.

Source: DfE, *Children in need* 2024, referrals by month: 24% below the three years before in April 2020, and again
lower in January to March 2021; legal restrictions ended on 19 July 2021.
"""


def in_covid(months: pd.PeriodIndex) -> "pd.Series[bool]":
    """Which months fall in the Covid window.

    >>> in_covid(pd.period_range("2020-02", "2020-03", freq="M")).tolist()
    [False, True]
    """
    return pd.Series((months >= COVID[0]) & (months <= COVID[1]), index=months)
