"""Kinds of rows that features count, and why each may say something."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from ehforecast.risk.known_history import NEVER, Integers, day_numbers
from ehforecast.vocabulary.referral_source_codes import ReferralSourceCode
from ehforecast.vocabulary.referral_sources import ReferralSource


@dataclass(frozen=True)
class EventKind:
    """Rows of one table that are counted together: `part_recorded_on` is the day of recording of the column that tells
    them apart, where it has one; `end` and `end_recorded_on` say when a spell ended.
    """

    table: str
    day: str
    column: str = ""
    values: tuple[str, ...] = ()
    part_recorded_on: str = ""
    end: str = ""
    end_recorded_on: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column it is made of, as table.column."""
        names = (self.day, "recorded_on", self.column, self.part_recorded_on, self.end, self.end_recorded_on)
        return tuple(dict.fromkeys(f"{self.table}.{name}" for name in (*names, "person_id") if name))

    def days(self, rows: pd.DataFrame) -> tuple[Integers, Integers]:
        """The days on which rows of the table happened, and from which they are known: `NEVER` if none of this kind."""
        happened = day_numbers(rows[self.day])
        known = np.maximum(happened, day_numbers(rows["recorded_on"]))
        if self.part_recorded_on:
            known = np.maximum(known, day_numbers(rows[self.part_recorded_on]))
        if self.column:
            known = np.where(np.asarray(rows[self.column].isin(list(self.values)), dtype=bool), known, NEVER)
        return happened, known


def _sources(group: ReferralSource) -> tuple[str, ...]:
    return tuple(code.value for code in ReferralSourceCode if code.group is group)


def _contact(*outcomes: str) -> EventKind:
    return EventKind(
        "contacts", "contact_on", column="outcome", values=outcomes, part_recorded_on="outcome_recorded_on"
    )


def _contact_from(group: ReferralSource) -> EventKind:
    return EventKind("contacts", "contact_on", column="source", values=_sources(group))


def _ended_help(*reasons: str) -> EventKind:
    return EventKind(
        "early_help_episodes",
        "ended_on",
        column="end_reason" if reasons else "",
        values=reasons,
        part_recorded_on="end_recorded_on",
    )


def _step(*steps: str) -> EventKind:
    return EventKind("statutory_steps", "started_on", column="step" if steps else "", values=steps,
                     end="ended_on", end_recorded_on="ended_recorded_on")  # fmt: skip


def _factor(*codes: str) -> EventKind:
    return EventKind("assessment_factors", "recorded_on", column="factor", values=codes)


CONTACT = EventKind("contacts", "contact_on")
NO_FURTHER_ACTION = _contact("no_further_action")
ADVICE = _contact("information_and_advice")
TO_EARLY_HELP = _contact("early_help")
TO_REFERRAL = _contact("referral")
WITH_OUTCOME = _contact("no_further_action", "information_and_advice", "early_help", "referral")
FROM_POLICE = _contact_from(ReferralSource.POLICE)
FROM_SCHOOL = _contact_from(ReferralSource.SCHOOLS)
FROM_HEALTH = _contact_from(ReferralSource.HEALTH_SERVICES)
FROM_FAMILY = _contact_from(ReferralSource.INDIVIDUAL)
HELP = EventKind("early_help_episodes", "started_on", end="ended_on", end_recorded_on="end_recorded_on")
HELP_ENDED = _ended_help()
DISENGAGED = _ended_help("disengaged")
REFERRAL = EventKind("referrals", "referral_on", end="closed_on", end_recorded_on="closed_recorded_on")
REFERRAL_CLOSED = EventKind("referrals", "closed_on", part_recorded_on="closed_recorded_on")
CLOSED_AFTER_ASSESSMENT = EventKind(
    "referrals", "closed_on", column="close_reason", values=("RC8", "RC9"), part_recorded_on="closed_recorded_on"
)
ASSESSMENT = EventKind("assessments", "started_on")
STEP = _step()
SECTION_47 = _step("section_47")
CHILD_IN_NEED = _step("child_in_need_plan")
PROTECTION_OR_CARE = _step("child_protection_plan", "looked_after")

DOMESTIC_ABUSE = _factor("3A", "3B", "3C")
MENTAL_HEALTH = _factor("4A", "4B", "4C")
SUBSTANCES = _factor("1A", "1B", "1C", "2A", "2B", "2C")
ABUSE_OR_NEGLECT = _factor("16A", "17A", "18A", "18B", "18C", "19A", "19B", "19C", "22A", "23A")
EXPLOITATION = _factor("10A", "11A", "12A", "13A", "24A")
BEHAVIOUR = _factor("14A", "15A")
YOUNG_CARER = _factor("7A")
"""Factors 5A to 6C are left out: they would tell of disability, which is for audit only."""

WHY: Mapping[EventKind, str] = MappingProxyType(
    {
        CONTACT: "Families who were in touch before are in touch again more often.",
        NO_FURTHER_ACTION: "Concerns that met no response may return.",
        ADVICE: "Advice is a lighter answer; whether it was enough shows in a return.",
        TO_EARLY_HELP: "Help was thought to be needed.",
        TO_REFERRAL: "Statutory services were thought to be needed.",
        WITH_OUTCOME: "A contact nobody has answered yet is unfinished work.",
        FROM_POLICE: "Contacts after incidents differ from those by people who know the child.",
        FROM_SCHOOL: "Schools see a child every day and stay watchful.",
        FROM_HEALTH: "Health services see the youngest.",
        FROM_FAMILY: "Asking for help oneself differs from being reported.",
        HELP: "Earlier help tells of earlier need, and of being known.",
        HELP_ENDED: "Return is likeliest soon after help ends.",
        DISENGAGED: "Help that a family left is less often help that sufficed.",
        REFERRAL: "A referral is followed by another more often than by anything else, most in the first months.",
        REFERRAL_CLOSED: "Return is likeliest soon after a case is closed.",
        CLOSED_AFTER_ASSESSMENT: "Assessed and found below the threshold, which may be reached later.",
        ASSESSMENT: "An assessment shows that concern was serious enough to look.",
        STEP: "Steps already taken show how serious concern has been.",
        SECTION_47: "Significant harm was suspected before.",
        CHILD_IN_NEED: "The family needed services before.",
        PROTECTION_OR_CARE: "The gravest concerns of the past.",
        DOMESTIC_ABUSE: "One of the three that recur together in case reviews.",
        MENTAL_HEALTH: "One of the three that recur together in case reviews.",
        SUBSTANCES: "One of the three that recur together in case reviews.",
        ABUSE_OR_NEGLECT: "Found at an assessment before.",
        EXPLOITATION: "Risks outside the home found before.",
        BEHAVIOUR: "Distress that shows in behaviour brings schools and police in.",
        YOUNG_CARER: "Caring for a parent tells of that parent's needs.",
    }
)
