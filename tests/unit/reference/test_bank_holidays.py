"""England's bank holidays, those proclaimed once included."""

from datetime import date

import pytest

from ehforecast.reference.bank_holidays import FIRST_YEAR, LAST_YEAR, bank_holidays

USUAL = 8
"""Bank holidays in a year with no royal event and no Christmas at a weekend."""


@pytest.mark.parametrize(
    ("day", "word"),
    [
        (date(2002, 6, 3), "Golden Jubilee"),
        (date(2011, 4, 29), "Wedding"),
        (date(2012, 6, 5), "Diamond Jubilee"),
        (date(2022, 6, 3), "Platinum Jubilee"),
        (date(2022, 9, 19), "Funeral"),
        (date(2023, 5, 8), "Coronation"),
    ],
)
def test_days_proclaimed_once_are_there(day: date, word: str) -> None:
    # Catches a calendar made by rule alone, which calls these ordinary working days.
    assert word in bank_holidays(day.year)[day]


@pytest.mark.parametrize(
    ("moved_to", "moved_from"),
    [
        (date(2020, 5, 8), date(2020, 5, 4)),  # VE day
        (date(2012, 6, 4), date(2012, 5, 28)),  # Diamond Jubilee
        (date(2022, 6, 2), date(2022, 5, 30)),  # Platinum Jubilee
    ],
)
def test_moved_days_leave_no_holiday_behind(moved_to: date, moved_from: date) -> None:
    # Catches a move that was not made: the month would lose a working day twice, or not at all.
    assert moved_to in bank_holidays(moved_to.year)
    assert moved_from not in bank_holidays(moved_from.year)


@pytest.mark.parametrize(
    ("day", "substitute"),
    [
        (date(2022, 1, 1), date(2022, 1, 3)),
        (date(2021, 12, 25), date(2021, 12, 27)),
        (date(2021, 12, 26), date(2021, 12, 28)),
        (date(2020, 12, 26), date(2020, 12, 28)),
    ],
)
def test_a_holiday_at_a_weekend_has_a_substitute(day: date, substitute: date) -> None:
    # Catches a calendar that lets weekend holidays vanish.
    assert {day, substitute} <= set(bank_holidays(day.year))


def test_scottish_and_irish_days_are_not_english() -> None:
    days = bank_holidays(2024)
    # Catches the calendar of another part of the United Kingdom: 2 January, St Patrick, 12 July, St Andrew.
    assert not {date(2024, 1, 2), date(2024, 3, 18), date(2024, 7, 12), date(2024, 8, 5), date(2024, 12, 2)} & set(days)


@pytest.mark.parametrize("year", range(FIRST_YEAR, LAST_YEAR + 1))
def test_every_year_has_its_usual_days_in_order(year: int) -> None:
    days = list(bank_holidays(year))
    weekdays = [day for day in days if day.weekday() < 5]
    # Catches a year of the promised range that the source does not cover.
    assert USUAL <= len(weekdays) <= USUAL + 2
    # Catches days out of order or of another year.
    assert days == sorted(days)
    assert {day.year for day in days} == {year}
