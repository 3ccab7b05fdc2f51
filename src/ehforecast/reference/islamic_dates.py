"""Ramadan and the two Eids, whose dates move through the year.

Source: dates calculated (Umm al-Qura) as kept by the `holidays` library. Communities that wait for the moon may begin a
day later, so each Eid is given two days.
"""

from datetime import date, timedelta

from holidays.calendars.islamic import _IslamicLunar  # the home of these dates; the library has no public name for it

from ehforecast.errors import ForecastError

ISLAMIC_EVENTS = ("ramadan", "eid_al_fitr", "eid_al_adha")

_DAY = timedelta(days=1)


def islamic_spans(event: str, year: int) -> tuple[tuple[date, date], ...]:
    """First and last day of each span of an event that touches a calendar year.

    >>> [f"{first:%d %b %Y}-{last:%d %b %Y}" for first, last in islamic_spans("ramadan", 2024)]
    ['11 Mar 2024-09 Apr 2024']

    Raises `ForecastError` for a name that is not one of `ISLAMIC_EVENTS`.
    """
    if event not in ISLAMIC_EVENTS:
        raise ForecastError(f"no Islamic event '{event}' is known; there are: {', '.join(ISLAMIC_EVENTS)}")
    spans = {span for nearby in (year - 1, year, year + 1) for span in _spans_of(event, nearby)}
    return tuple(sorted(span for span in spans if span[0].year <= year <= span[1].year))


def _spans_of(event: str, year: int) -> list[tuple[date, date]]:
    lunar = _IslamicLunar()
    if event == "ramadan":
        ends = sorted(day - _DAY for near in (year, year + 1) for day, _ in lunar.eid_al_fitr_dates(near))
        begins = [day for day, _ in lunar.ramadan_beginning_dates(year)]
        return [(day, min(end for end in ends if end > day)) for day in begins]
    dates = lunar.eid_al_fitr_dates(year) if event == "eid_al_fitr" else lunar.eid_al_adha_dates(year)
    return [(day, day + _DAY) for day, _ in dates]
