"""Bank holidays by name and nation, one-off ones included.

Source: Banking and Financial Dealings Act 1971 and royal proclamations, as kept by the `holidays` library.
"""

from datetime import date

import holidays

from ehforecast.reference.nations import Nation

FIRST_YEAR, LAST_YEAR = 2000, 2050


def bank_holidays(year: int, nation: Nation = Nation.ENGLAND) -> dict[date, str]:
    """Names of a nation's bank holidays of one calendar year.

    >>> bank_holidays(2022)[date(2022, 6, 3)]
    'Platinum Jubilee of Elizabeth II'
    """
    return dict(sorted(holidays.country_holidays("GB", subdiv=nation.value, years=year).items()))
