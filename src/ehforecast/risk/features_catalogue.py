"""How a feature is made and described, and the features that count, date and open the past."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ehforecast.contracts import load_contract
from ehforecast.risk import features_kinds as kinds
from ehforecast.risk.cohort import Feature, Theme
from ehforecast.risk.features_kinds import EventKind
from ehforecast.risk.features_known import LOOK_BACK_DAYS, KnownRecords, Who

Values = npt.NDArray[np.float64] | npt.NDArray[np.int64]


@dataclass(frozen=True)
class Recipe:
    """A feature, the columns it reads (table.column), and how it is made: numbers, or places among its levels (-1
    absent).
    """

    feature: Feature
    columns: tuple[str, ...]
    values: Callable[[KnownRecords], Values]


def usual_lag(table: str, column: str) -> str:
    """How long a column usually takes to be recorded, by its contract."""
    found = [item.usual_recording_lag for item in load_contract(table).columns if item.name == column]
    return found[0] if found else ""


_WORDS = {30: "30 days", 90: "90 days", 365: "12 months", 730: "two years"}
LOOK_BACK_WORDS = _WORDS.get(LOOK_BACK_DAYS, f"{LOOK_BACK_DAYS} days")
"""How far back features look, in words for labels."""

_WHOSE: dict[Who, str] = {"person": "of the child", "family": "of the family", "siblings": "of brothers and sisters"}
_PREFIX: dict[Who, str] = {"person": "", "family": "family_days_with_", "siblings": "siblings_"}
_THEME: dict[Who, Theme] = {
    "person": "history with services",
    "family": "family circumstances",
    "siblings": "family circumstances",
}


@dataclass(frozen=True)
class _Counted:
    """Counts of one kind of row: over how many last days, and of whom; of the family, the days with such a row."""

    stem: str
    what: str
    kind: EventKind
    person: tuple[int, ...] = ()
    siblings: tuple[int, ...] = ()
    family_days: tuple[int, ...] = ()
    rises: bool = False
    theme: Theme | None = None

    def recipes(self) -> Iterator[Recipe]:
        for days in self.person:
            yield self._recipe("person", days)
        for days in self.siblings:
            yield self._recipe("siblings", days)
        for days in self.family_days:
            yield self._recipe("family", days)

    def _recipe(self, who: Who, days: int) -> Recipe:
        prefix, what = _PREFIX[who], f"Days with {self.what.lower()}" if who == "family" else self.what
        feature = Feature(
            name=f"{prefix}{self.stem}_{days}",
            label=f"{what} {_WHOSE[who]}, in the last {_WORDS.get(days, LOOK_BACK_WORDS)}",
            unit="count",
            source=", ".join(self.kind.columns),
            lag=usual_lag(self.kind.table, self.kind.day),
            reason=kinds.WHY[self.kind],
            theme=self.theme or _THEME[who],
            direction=1 if self.rises else 0,
        )
        count = KnownRecords.count_days if who == "family" else KnownRecords.count
        return Recipe(feature, _columns(self.kind, who), lambda known: count(known, self.kind, who, days=days))


def _columns(kind: EventKind, who: Who) -> tuple[str, ...]:
    families = ("families.person_id", "families.family_id", "families.from_on", "families.recorded_on")
    return kind.columns if who == "person" else (*kind.columns, *families)


_ALL = LOOK_BACK_DAYS
_YEAR = tuple(dict.fromkeys((365, _ALL)))
_COUNTED = (
    _Counted("contacts", "Contacts", kinds.CONTACT, person=(30, 90, *_YEAR), siblings=_YEAR, family_days=_YEAR),
    _Counted("contacts_no_action", "Contacts without further action", kinds.NO_FURTHER_ACTION, person=(365,)),
    _Counted("contacts_advice", "Contacts answered with advice", kinds.ADVICE, person=(365,)),
    _Counted("contacts_to_early_help", "Contacts that led to early help", kinds.TO_EARLY_HELP, person=_YEAR),
    _Counted("contacts_from_police", "Contacts from the police", kinds.FROM_POLICE, person=(365,),
             theme="referral pattern"),
    _Counted("contacts_from_schools", "Contacts from schools", kinds.FROM_SCHOOL, person=(365,),
             theme="referral pattern"),
    _Counted("contacts_from_health", "Contacts from health services", kinds.FROM_HEALTH, person=(365,),
             theme="referral pattern"),
    _Counted("contacts_from_individuals", "Contacts from family or friends", kinds.FROM_FAMILY, person=(365,),
             theme="referral pattern"),
    _Counted("early_help", "Early help episodes", kinds.HELP, person=_YEAR, siblings=(_ALL,),
             family_days=(_ALL,)),
    _Counted("disengaged", "Early help ended by disengaging", kinds.DISENGAGED, person=(_ALL,), siblings=(_ALL,)),
    _Counted("referrals", "Referrals", kinds.REFERRAL, person=(90, *_YEAR), siblings=_YEAR, family_days=_YEAR,
             rises=True),
    _Counted("closed_after_assessment", "Referrals closed after assessment", kinds.CLOSED_AFTER_ASSESSMENT,
             person=(_ALL,)),
    _Counted("assessments", "Assessments", kinds.ASSESSMENT, person=_YEAR),
    _Counted("section_47", "Section 47 enquiries", kinds.SECTION_47, person=_YEAR, siblings=(_ALL,), rises=True),
    _Counted("child_in_need_plans", "Child in need plans", kinds.CHILD_IN_NEED, person=(_ALL,)),
    _Counted("protection_or_care", "Child protection plans and spells in care", kinds.PROTECTION_OR_CARE,
             person=(_ALL,), siblings=(_ALL,)),
)  # fmt: skip

_FACTORS = (
    ("domestic_abuse", "domestic abuse", kinds.DOMESTIC_ABUSE),
    ("mental_health", "mental health", kinds.MENTAL_HEALTH),
    ("substances", "alcohol or drugs", kinds.SUBSTANCES),
    ("abuse_or_neglect", "abuse or neglect", kinds.ABUSE_OR_NEGLECT),
    ("exploitation", "exploitation, gangs or going missing", kinds.EXPLOITATION),
    ("behaviour", "behaviour or self-harm", kinds.BEHAVIOUR),
    ("young_carer", "a young carer", kinds.YOUNG_CARER),
)


def _factor(name: str, words: str, *, kind: EventKind) -> Recipe:
    feature = Feature(
        name=f"family_factor_{name}",
        label=f"Times an assessment in the family found {words}, in the last {LOOK_BACK_WORDS}",
        unit="count",
        source=", ".join((*kind.columns[:2], "assessments.person_id")),
        lag=usual_lag(kind.table, kind.column),
        reason=kinds.WHY[kind],
        theme="family circumstances",
    )
    columns = tuple(column for column in _columns(kind, "family") if column != "assessment_factors.person_id")
    return Recipe(feature, (*columns, "assessments.person_id"), lambda known: known.count(kind, "family"))


@dataclass(frozen=True)
class _Since:
    """Days since the latest of a kind."""

    stem: str
    what: str
    kind: EventKind
    who: Who = "person"

    def recipe(self) -> Recipe:
        feature = Feature(
            name=f"days_since_{self.stem}",
            label=f"Days since the last {self.what} {_WHOSE[self.who]}, if in the last {LOOK_BACK_WORDS}",
            unit="days",
            source=", ".join(self.kind.columns),
            lag=usual_lag(self.kind.table, self.kind.day),
            reason=kinds.WHY[self.kind],
            theme=_THEME[self.who],
            absent_by_nature=True,
        )
        return Recipe(feature, _columns(self.kind, self.who), lambda known: known.days_since(self.kind, self.who))


_SINCE = (
    _Since("contact", "contact", kinds.CONTACT),
    _Since("family_contact", "contact", kinds.CONTACT, "family"),
    _Since("help_began", "start of early help", kinds.HELP),
    _Since("family_help_began", "start of early help", kinds.HELP, "family"),
    _Since("help_ended", "end of early help", kinds.HELP_ENDED),
    _Since("family_help_ended", "end of early help", kinds.HELP_ENDED, "family"),
    _Since("referral", "referral", kinds.REFERRAL),
    _Since("family_referral", "referral", kinds.REFERRAL, "family"),
    _Since("referral_closed", "closing of a referral", kinds.REFERRAL_CLOSED),
    _Since("statutory_step", "statutory step", kinds.STEP),
)


def _open(name: str, what: str, *, kind: EventKind, who: Who) -> Recipe:
    feature = Feature(
        name=name,
        label=f"{what} {_WHOSE[who]} begun in the last {LOOK_BACK_WORDS} and not known to have ended",
        unit="count",
        source=", ".join(kind.columns),
        lag=usual_lag(kind.table, kind.end),
        reason="Whoever is being helped already is seen, and what is seen is recorded.",
        theme=_THEME[who],
    )
    return Recipe(feature, _columns(kind, who), lambda known: known.count_open(kind, who))


_OPEN: tuple[tuple[str, str, EventKind, Who], ...] = (
    ("open_early_help", "Early help episodes", kinds.HELP, "person"),
    ("family_open_early_help", "Early help episodes", kinds.HELP, "family"),
    ("family_open_referrals", "Referrals", kinds.REFERRAL, "family"),
    ("family_open_statutory_steps", "Statutory steps", kinds.STEP, "family"),
)


def history_recipes() -> Iterator[Recipe]:
    """Counts, days since, and what is open: of the child, the family, brothers and sisters."""
    for counted in _COUNTED:
        yield from counted.recipes()
    for name, words, kind in _FACTORS:
        yield _factor(name, words, kind=kind)
    for since in _SINCE:
        yield since.recipe()
    for name, what, kind, who in _OPEN:
        yield _open(name, what, kind=kind, who=who)
