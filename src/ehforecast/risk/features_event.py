"""Features of the latest contact and the latest ended episode of early help: the index event's own, where it is one."""

from collections.abc import Iterator
from enum import Enum

import numpy as np

from ehforecast.risk import features_kinds as kinds
from ehforecast.risk.cohort import Feature, Theme
from ehforecast.risk.features_catalogue import LOOK_BACK_WORDS, Recipe, Values, usual_lag
from ehforecast.risk.features_kinds import EventKind
from ehforecast.risk.features_known import LOOK_BACK_DAYS, KnownRecords
from ehforecast.risk.known_history import NEVER, Floats, Integers, day_numbers, word_numbers
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.needs_and_factors import EarlyHelpReason
from ehforecast.vocabulary.pathways import ContactOutcome, EarlyHelpEndReason, LeadOrganisation
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode
from ehforecast.vocabulary.referral_sources import ReferralSource

_HELP = "early_help_episodes"
_SOURCE_GROUPS = tuple(source.value for source in ReferralSource if source is not ReferralSource.ALL)


def _words(vocabulary: type[Enum]) -> tuple[str, ...]:
    return tuple(str(word.value) for word in vocabulary)


def _codes(known: KnownRecords, kind: EventKind, *, column: str, words: tuple[str, ...]) -> Integers:
    """The place of a word among words, in the latest row of a kind; -1 where there is none."""
    codes = word_numbers(known.tables[kind.table][column], words)
    return np.asarray(np.append(codes, -1)[known.latest_row(kind)])


def _source(known: KnownRecords) -> Values:
    codes = _codes(known, kinds.CONTACT, column="source", words=_words(ReferralSourceCode))
    of_code = np.array([_SOURCE_GROUPS.index(code.group.value) for code in ReferralSourceCode] + [-1])
    return np.asarray(of_code[codes])


def _need_level(known: KnownRecords) -> Values:
    codes = _codes(known, kinds.HELP_ENDED, column="need_level", words=_words(NeedLevel))
    return np.where(codes >= 0, codes + 1.0, np.nan)


def _help_days(known: KnownRecords) -> Values:
    return _days_from_start(known, "ended_on")


def _lead_days(known: KnownRecords) -> Values:
    """Absent where nobody was named, or only after the day of the estimate."""
    row = known.latest_row(kinds.HELP_ENDED)
    named = np.append(day_numbers(known.tables[_HELP]["lead_professional_on"]), NEVER)[row]
    return np.where(named <= known.index_day, _days_from_start(known, "lead_professional_on"), np.nan)


def _days_from_start(known: KnownRecords, column: str) -> Floats:
    table, row = known.tables[_HELP], known.latest_row(kinds.HELP_ENDED)
    start, end = (np.append(day_numbers(table[name]), NEVER)[row] for name in ("started_on", column))
    there = (row >= 0) & (end < NEVER) & (start < NEVER)
    return np.where(there, np.minimum(end - start, LOOK_BACK_DAYS), np.nan)


def _lag_days(known: KnownRecords) -> Values:
    return np.asarray(known.index_day - day_numbers(known.events["happened_on"]), dtype=np.float64)


_CATEGORIES = (
    ("contact_outcome", "What followed from the latest answered contact", kinds.WITH_OUTCOME, "outcome", ContactOutcome,
     "What the front door thought should follow."),
    ("end_reason", "Why the latest early help ended", kinds.HELP_ENDED, "end_reason", EarlyHelpEndReason,
     "Help that a family left differs from help that met its needs."),
    ("help_reason", "Main reason of the latest ended early help", kinds.HELP_ENDED, "reason", EarlyHelpReason,
     "What help was about differs in how often it returns."),
    ("lead_organisation", "Who led the latest ended early help", kinds.HELP_ENDED, "lead_organisation",
     LeadOrganisation, "Who led it stays in touch, or does not."),
)  # fmt: skip


def _category(name: str, label: str, *, kind: EventKind, column: str, words: tuple[str, ...]) -> Recipe:
    (reason,) = (row[-1] for row in _CATEGORIES if row[0] == name)
    feature = Feature(
        name=name,
        label=f"{label}, in the last {LOOK_BACK_WORDS}",
        unit="category",
        source=f"{kind.table}.{column}",
        lag=usual_lag(kind.table, column),
        reason=reason,
        theme="referral pattern" if kind.table == "contacts" else "history with services",
        levels=words,
        absent_by_nature=True,
    )
    return Recipe(
        feature,
        (*kind.columns, f"{kind.table}.{column}"),
        lambda known: _codes(known, kind, column=column, words=words),
    )


def _source_recipe() -> Recipe:
    feature = Feature(
        name="source_group",
        label=f"Who made the latest contact, in the last {LOOK_BACK_WORDS}",
        unit="category",
        source="contacts.source",
        lag=usual_lag("contacts", "source"),
        reason="Who worries, and who is watching, differs by source.",
        theme="referral pattern",
        levels=_SOURCE_GROUPS,
        absent_by_nature=True,
    )
    return Recipe(feature, (*kinds.CONTACT.columns, "contacts.source"), _source)


_NUMBERS = (
    ("need_level", "Level of need at the start of the latest ended early help", "level 1 to 4", _need_level,
     "Higher need at the start leaves more to go wrong. May have been overwritten later: then it tells of what came.",
     ("need_level",)),
    ("help_days", "Length of the latest ended early help", "days", _help_days,
     "Very short help was often not taken up.", ("started_on", "ended_on")),
    ("days_to_lead_professional", "Days until a lead professional was named", "days", _lead_days,
     "Late or no naming tells of how help was organised.", ("started_on", "lead_professional_on")),
)  # fmt: skip


def event_recipes() -> Iterator[Recipe]:
    """The latest contact and the latest ended episode."""
    yield _source_recipe()
    for name, label, kind, column, vocabulary, _ in _CATEGORIES:
        yield _category(name, label, kind=kind, column=column, words=_words(vocabulary))
    for name, label, unit, values, reason, columns in _NUMBERS:
        source = tuple(f"{_HELP}.{column}" for column in columns)
        lag = usual_lag(_HELP, columns[-1])
        words = f"{label}, in the last {LOOK_BACK_WORDS}"
        theme: Theme = "history with services"
        feature = Feature(name, words, unit, ", ".join(source), lag, reason, theme, absent_by_nature=True)
        yield Recipe(feature, (*kinds.HELP_ENDED.columns, *source), values)
    lag_feature = Feature(
        name="days_to_record",
        label="Days between the event and its record",
        unit="days",
        source="day of the event, day of the estimate",
        lag="none: it is the day itself",
        reason="Late records tell of busy teams, and of how much of a return may already have begun.",
        theme="timing",
    )
    yield Recipe(lag_feature, (), _lag_days)
