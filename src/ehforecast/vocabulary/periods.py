"""Reporting years and their months: reporting year Y runs from April of Y-1 to March of Y."""

MONTH_NAMES = (
    "April", "May", "June", "July", "August", "September",
    "October", "November", "December", "January", "February", "March",
)  # fmt: skip


def month_number(name: str) -> int:
    """The month of the calendar year, 1 to 12, of an English month name.

    >>> month_number("April"), month_number("March")
    (4, 3)
    """
    return (MONTH_NAMES.index(name) + 3) % 12 + 1


def calendar_year(reporting_year: int, month: int) -> int:
    """The calendar year in which a month of a reporting year falls.

    >>> calendar_year(2022, 4), calendar_year(2022, 3)
    (2021, 2022)
    """
    return reporting_year - 1 if month >= 4 else reporting_year
