"""Reporting years, their months and days in words: reporting year Y runs from April of Y-1 to March of Y."""

from datetime import date

MONTH_NAMES = (
    "April", "May", "June", "July", "August", "September",
    "October", "November", "December", "January", "February", "March",
)  # fmt: skip


def day_words(day: date | str) -> str:
    """A day in words, also of one written year-month-day.

    >>> day_words(date(2024, 3, 31)), day_words("2024-03-01")
    ('31 March 2024', '1 March 2024')
    """
    if isinstance(day, str):
        day = date.fromisoformat(day)
    return f"{day.day} {MONTH_NAMES[(day.month - 4) % 12]} {day.year}"


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
