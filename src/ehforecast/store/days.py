"""Days as callers give them."""

from datetime import date

from ehforecast.errors import SettingsError


def read_day(on: date | str) -> date:
    """A day given as a date, or written year-month-day."""
    try:
        return date.fromisoformat(on) if isinstance(on, str) else date(on.year, on.month, on.day)
    except ValueError as error:
        raise SettingsError("a day is written year-month-day") from error
