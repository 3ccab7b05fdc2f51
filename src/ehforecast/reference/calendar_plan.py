"""What a council tells of its own calendar: nation, school holidays, events, level shifts and shocks."""

import re
from dataclasses import dataclass
from datetime import date

from ehforecast.errors import ForecastError
from ehforecast.reference.islamic_dates import ISLAMIC_EVENTS, islamic_spans
from ehforecast.reference.nations import Nation
from ehforecast.reference.school_terms import school_holidays
from ehforecast.reference.shocks import COVID_SHOCK, Shock

Span = tuple[date, date]
"""First and last day."""


@dataclass(frozen=True)
class DatedEvent:
    """Something with a name that happens on known days: a campaign, a strike, a local festival."""

    name: str
    spans: tuple[Span, ...]

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise ForecastError(f"event '{self.name}': a name is small letters, digits and underscores")
        if not self.spans or any(first > last for first, last in self.spans):
            raise ForecastError(f"event '{self.name}': it needs days, and none may end before it begins")


@dataclass(frozen=True)
class CalendarPlan:
    """One council's calendar.

    Attributes:
        nation: whose bank holidays.
        school_holidays: the council's own, in place of the nation's usual pattern.
        usual_pattern_elsewhere: years without own school holidays take the usual pattern; else they are refused.
        islamic_events: any of `ISLAMIC_EVENTS`.
        events: any other dated events.
        level_shifts: days from which the level is another for a known reason: a new threshold, a new recording system.
        shocks: named periods not to be learned from, and how they are left out.

    Raises `ForecastError` for events of one name, unknown Islamic events, and holidays that end before they begin.

    >>> CalendarPlan().shocks[0].name, CalendarPlan(shocks=()).shocks
    ('covid', ())
    """

    nation: Nation = Nation.ENGLAND
    school_holidays: tuple[Span, ...] = ()
    usual_pattern_elsewhere: bool = False
    islamic_events: tuple[str, ...] = ()
    events: tuple[DatedEvent, ...] = ()
    level_shifts: tuple[date, ...] = ()
    shocks: tuple[Shock, ...] = (COVID_SHOCK,)

    def __post_init__(self) -> None:
        names = [*self.islamic_events, *(event.name for event in self.events)]
        if len(set(names)) < len(names):
            raise ForecastError("two events of the calendar share a name")
        unknown = [name for name in self.islamic_events if name not in ISLAMIC_EVENTS]
        if unknown:
            raise ForecastError(f"no Islamic event {', '.join(unknown)}; there are: {', '.join(ISLAMIC_EVENTS)}")
        if any(first > last for first, last in self.school_holidays):
            raise ForecastError("a school holiday ends before it begins")

    @property
    def has_school_terms(self) -> bool:
        """Whether school days are known at all."""
        return bool(self.school_holidays) or self.nation.has_school_terms

    def school_holidays_of(self, year: int) -> tuple[Span, ...]:
        """Spans that touch a calendar year. Raises `ForecastError` for a year the council's own dates do not cover."""
        if not self.school_holidays:
            return school_holidays(year)
        own = tuple(span for span in self.school_holidays if span[0].year <= year <= span[1].year)
        if any(first <= date(year, 8, 1) <= last for first, last in own):
            return own
        if self.usual_pattern_elsewhere:
            return school_holidays(year)
        raise ForecastError(
            f"the council's school holidays are not known for {year} (no holiday holds 1 August): add them, or let "
            "years without them take the usual pattern"
        )

    def event_spans_of(self, year: int) -> dict[str, tuple[Span, ...]]:
        """Spans of every event by name, in or beyond a calendar year."""
        islamic = {name: islamic_spans(name, year) for name in self.islamic_events}
        return islamic | {event.name: event.spans for event in self.events}
