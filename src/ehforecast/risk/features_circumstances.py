"""Features of who the family are, of the time and of the place."""

from collections.abc import Callable, Iterator

import numpy as np

from ehforecast.reference.days import days
from ehforecast.risk import features_kinds as kinds
from ehforecast.risk.cohort import Feature, Theme
from ehforecast.risk.features_catalogue import LOOK_BACK_WORDS, Recipe, Values, usual_lag
from ehforecast.risk.features_kinds import EventKind
from ehforecast.risk.features_known import KnownRecords
from ehforecast.risk.known_history import NEVER, NOBODY, Floats, Integers, Stream, day_numbers, word_numbers
from ehforecast.risk.place_history import QUARTER, WHOLE, YEAR

_DAYS_A_YEAR = 365.25
_FAMILY_COLUMNS = ("families.person_id", "families.family_id", "families.from_on", "families.recorded_on")
_BORN = ("people.person_id", "people.birth_month", "people.recorded_on")
_LOCALITY = ("contacts.locality", "early_help_episodes.locality", *kinds.CONTACT.columns)


def _age_years(known: KnownRecords) -> Values:
    """Age on the day of the estimate; below 0 for the unborn."""
    return _years_since_birth(known, _births(known).latest(known.moments("person")))


def _youngest_age_years(known: KnownRecords) -> Values:
    row = known.by_family(_births(known)).latest(known.moments("family"))
    return _years_since_birth(known, np.where(known.family == NOBODY, -1, row))


def _births(known: KnownRecords) -> Stream:
    """Births by the day on which the person was first on record: the latest birth is the youngest's."""
    people = known.tables["people"]
    born = day_numbers(people["birth_month"])
    recorded = np.where(born < NEVER, day_numbers(people["recorded_on"]), NEVER)
    person = known.people.numbers(people["person_id"])
    return Stream.of(person, known=recorded, happened=born, row=np.arange(len(people)))


def _years_since_birth(known: KnownRecords, row: Integers) -> Floats:
    birth = np.append(day_numbers(known.tables["people"]["birth_month"]), NEVER)[row]
    return np.where(row >= 0, (known.index_day - birth) / _DAYS_A_YEAR, np.nan)


def family_recipes() -> Iterator[Recipe]:
    """Who the family are, as far as the records know."""
    born, belongs = usual_lag("people", "birth_month"), usual_lag("families", "from_on")
    theme: Theme = "family circumstances"
    yield Recipe(
        Feature("age_years", "Age of the child", "years", "people.birth_month", born,
                "Needs, and who notices them, change with age.", theme),
        _BORN, _age_years,
    )  # fmt: skip
    yield Recipe(
        Feature("youngest_age_years", "Age of the youngest known child of the family", "years",
                "people.birth_month, families.family_id", born, "Babies and toddlers are referred most.", theme),
        (*_BORN, *_FAMILY_COLUMNS), _youngest_age_years,
    )  # fmt: skip
    yield Recipe(
        Feature("family_size", "Children known to be or have been in the family", "count", "families.family_id",
                belongs, "More children, more occasions.", theme),
        _FAMILY_COLUMNS, KnownRecords.count_members,
    )  # fmt: skip
    yield Recipe(
        Feature("moves_between_families", f"Moves of the child to another family, in the last {LOOK_BACK_WORDS}",
                "count", "families.family_id, families.from_on", belongs, "Moves between households.", theme),
        _FAMILY_COLUMNS, KnownRecords.count_moves,
    )  # fmt: skip
    yield Recipe(
        Feature("family_days_known", f"Days since the family's first contact in the last {LOOK_BACK_WORDS}", "days",
                "contacts.contact_on", usual_lag("contacts", "contact_on"), "Newly known families differ.",
                "history with services", absent_by_nature=True),
        (*kinds.CONTACT.columns, *_FAMILY_COLUMNS), lambda known: known.days_known(kinds.CONTACT, "family"),
    )  # fmt: skip


def _calendar(column: str) -> Callable[[KnownRecords], Values]:
    def values(known: KnownRecords) -> Values:
        happened = known.events["happened_on"]
        if happened.empty:
            return np.empty(0)
        calendar = days(int(happened.dt.year.min()), int(happened.dt.year.max()))
        return np.asarray(calendar[column].reindex(happened), dtype=np.float64)

    return values


def _weekday(known: KnownRecords) -> Values:
    return np.asarray(known.events["happened_on"].dt.day_of_week, dtype=np.int64)


def _quarter(known: KnownRecords) -> Values:
    return np.asarray(known.events["happened_on"].dt.quarter, dtype=np.int64) - 1


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_QUARTERS = ("January to March", "April to June", "July to September", "October to December")
_TIMING = (
    ("weekday", "Day of the week of the event", "category", "Weekend work is done by other teams.", _weekday,
     _WEEKDAYS),
    ("quarter", "Quarter of the calendar year of the event", "category", "Schools, holidays and year ends.", _quarter,
     _QUARTERS),
    ("school_holiday", "The event was in school holidays", "yes or no", "Schools are not watching.",
     _calendar("school_holiday"), ()),
    ("working_day", "The event was on a working day", "yes or no", "Other days are covered by an emergency team.",
     _calendar("working_day"), ()),
)  # fmt: skip


def timing_recipes() -> Iterator[Recipe]:
    """When the event happened."""
    for name, label, unit, reason, values, levels in _TIMING:
        feature = Feature(
            name=name,
            label=label,
            unit=unit,
            source="day of the event",
            lag="none: it is the day itself",
            reason=reason,
            theme="timing",
            levels=levels,
        )
        yield Recipe(feature, (), values)


def _locality(known: KnownRecords) -> Integers:
    """The area of each index event: its own, else that of the latest known contact."""
    if known.own_table == "early_help_episodes":
        areas, row = known.tables["early_help_episodes"]["locality"], known.events["place"].to_numpy(dtype=np.int64)
    else:
        areas, row = known.tables["contacts"]["locality"], known.latest_row(kinds.CONTACT)
    return np.asarray(np.append(word_numbers(areas, known.places.localities), NOBODY)[row])


def _of_locality(known: KnownRecords, kind: EventKind, *, days: int = YEAR) -> Floats:
    """Contacts of a kind in the area of the event, as known, in the last days."""
    area = _locality(known)
    return np.where(area == NOBODY, np.nan, known.places.count(kind, area, on=known.index_day, days=days))


def _share(part: Floats, whole: Floats) -> Floats:
    """Absent where there is nothing to divide by."""
    return np.asarray(np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0), dtype=np.float64)


def _of_council(known: KnownRecords, kind: EventKind) -> Floats:
    """Contacts of a kind in all areas, as known, in the last year."""
    return known.places.count(kind, np.full_like(known.index_day, WHOLE), on=known.index_day)


def _referrals_beside_council(known: KnownRecords) -> Values:
    """How the area's share compares with the council's: the share itself drifts with the times, its order hardly."""
    here = _share(_of_locality(known, kinds.TO_REFERRAL), _of_locality(known, kinds.WITH_OUTCOME))
    everywhere = _share(_of_council(known, kinds.TO_REFERRAL), _of_council(known, kinds.WITH_OUTCOME))
    return _share(here, everywhere)


def _recent_volume(known: KnownRecords) -> Values:
    quarter, year = _of_locality(known, kinds.CONTACT, days=QUARTER), _of_locality(known, kinds.CONTACT)
    return _share(quarter * YEAR / QUARTER, year)


def place_recipes() -> Iterator[Recipe]:
    """What the area was like in the year before, as known: never which area it is."""
    lag = usual_lag("contacts", "contact_on")
    theme: Theme = "place"
    yield Recipe(
        Feature("locality_referrals_beside_council", "Share of the area's answered contacts of the last 12 months that "
                "led to referral, beside the whole council's", "ratio", "contacts.locality, contacts.outcome", lag,
                "Thresholds and needs differ between areas.", theme),
        (*_LOCALITY, *kinds.WITH_OUTCOME.columns), _referrals_beside_council,
    )  # fmt: skip
    yield Recipe(
        Feature("locality_recent_volume", "The area's contacts of the last 91 days beside its last year's", "ratio",
                "contacts.locality", lag, "Busy times change what can be done.", theme),
        _LOCALITY, _recent_volume,
    )  # fmt: skip


def circumstance_recipes() -> Iterator[Recipe]:
    """Who the family are, the time, the place."""
    yield from family_recipes()
    yield from timing_recipes()
    yield from place_recipes()
