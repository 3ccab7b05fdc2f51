"""England's bank holidays by name, one-off ones included.

Source: Banking and Financial Dealings Act 1971 and royal proclamations, as kept by the `holidays` library.
"""

from datetime import date

import holidays

FIRST_YEAR, LAST_YEAR = 2000, 2050


def bank_holidays(year: int) -> dict[date, str]:
    """Names of England's bank holidays of one calendar year.

    >>> bank_holidays(2022)[date(2022, 6, 3)]
    'Platinum Jubilee of Elizabeth II'
    """
    return dict(sorted(holidays.country_holidays("GB", subdiv="ENG", years=year).items()))
