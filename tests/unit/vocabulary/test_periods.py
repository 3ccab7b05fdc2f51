"""Reporting years: April of the year before to March."""

import pytest

from ehforecast.vocabulary.periods import MONTH_NAMES, calendar_year, month_number


def test_a_reporting_year_is_twelve_months_in_a_row() -> None:
    months = [(calendar_year(2022, month_number(name)), month_number(name)) for name in MONTH_NAMES]
    # Catches a month in the wrong calendar year: January to March belong to the year the reporting year is named after.
    assert months == [*((2021, month) for month in range(4, 13)), *((2022, month) for month in range(1, 4))]


def test_an_unknown_month_name_is_refused() -> None:
    # Catches a misspelt month read as some other.
    with pytest.raises(ValueError, match="not in"):
        month_number("Aprli")
