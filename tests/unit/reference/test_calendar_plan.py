from datetime import date

import pytest
from holidays import country_holidays

from ehforecast.errors import ForecastError
from ehforecast.reference.calendar_plan import CalendarPlan, DatedEvent
from ehforecast.reference.days import days
from ehforecast.reference.islamic_dates import islamic_spans
from ehforecast.reference.nations import Nation

OWN = tuple((date(year, 7, 20), date(year, 8, 31)) for year in (2023, 2024))


def test_own_school_holidays_replace_the_pattern() -> None:
    own, usual = days(2024, 2024, plan=CalendarPlan(school_holidays=OWN)), days(2024, 2024)
    # The council's summer begins on 20 July and is the only holiday it told of: half terms of the pattern are gone.
    assert not own.loc["2024-07-22", "school_day"]
    assert usual.loc["2024-07-22", "school_day"]
    assert own.loc["2024-10-28", "school_day"]
    assert not usual.loc["2024-10-28", "school_day"]


def test_a_year_the_council_did_not_tell_of_is_refused_or_filled_as_asked() -> None:
    plan = CalendarPlan(school_holidays=OWN)
    # A year without holidays would be a year of school days.
    with pytest.raises(ForecastError, match=r"not known for 2025 .* let years without them take the usual pattern"):
        days(2024, 2025, plan=plan)
    filled = days(2024, 2025, plan=CalendarPlan(school_holidays=OWN, usual_pattern_elsewhere=True))
    assert filled.loc["2025-08-04", "school_holiday"]


def test_own_terms_make_school_days_known_in_scotland() -> None:
    # The pattern is England's; a council's own dates are its own anywhere.
    assert not CalendarPlan(Nation.SCOTLAND).has_school_terms
    assert CalendarPlan(Nation.SCOTLAND, school_holidays=OWN).has_school_terms


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: CalendarPlan(islamic_events=("diwali",)), "no Islamic event diwali; there are: ramadan"),
        (lambda: CalendarPlan(events=(EVENT, EVENT)), "two events of the calendar share a name"),
        (
            lambda: CalendarPlan(islamic_events=("ramadan",), events=(DatedEvent("ramadan", EVENT.spans),)),
            "share a name",
        ),
        (lambda: CalendarPlan(school_holidays=((date(2024, 2, 1), date(2024, 1, 1)),)), "ends before it begins"),
        (lambda: DatedEvent("School Strike", EVENT.spans), "small letters, digits and underscores"),
        (lambda: DatedEvent("strike", ()), "it needs days"),
        (lambda: DatedEvent("strike", ((date(2024, 2, 1), date(2024, 1, 1)),)), "none may end before it begins"),
        (lambda: islamic_spans("diwali", 2024), "no Islamic event 'diwali'"),
    ],
)
def test_a_wrong_calendar_is_refused(build: object, message: str) -> None:
    # Each would silently leave an effect out, or count it twice.
    with pytest.raises(ForecastError, match=message):
        build()  # type: ignore[operator]


EVENT = DatedEvent("strike", ((date(2023, 3, 15), date(2023, 3, 16)),))


def test_ramadan_moves_and_may_come_twice() -> None:
    # About 354 days a year: 2030 has the beginning of two.
    assert len(islamic_spans("ramadan", 2030)) == 2
    lengths = {(last - first).days + 1 for year in range(2001, 2050) for first, last in islamic_spans("ramadan", year)}
    # A month of the moon has 29 or 30 days; a wrong end would be a year off.
    assert lengths <= {29, 30}


def test_eid_agrees_with_a_country_that_keeps_it() -> None:
    kept = country_holidays("TR", years=2024, language="en_US")
    first = min(day for day, name in kept.items() if "Eid al-Fitr" in name and "afternoon" not in name)
    (begins, _), *_ = islamic_spans("eid_al_fitr", 2024)
    # Calculated and kept dates differ by a day at most.
    assert abs((begins - first).days) <= 1
    # Eid follows Ramadan.
    assert begins.toordinal() - islamic_spans("ramadan", 2024)[-1][1].toordinal() == 1
    assert islamic_spans("eid_al_adha", 2024)[0][0] == date(2024, 6, 16)
