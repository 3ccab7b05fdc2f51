"""What every piece of advice says about itself: what it is for, what it must never be used for, what it cannot know.

These are limits that no council and no run may loosen, so they are constants and not settings. Source: the purpose
this project was set (advice to people about demand); UK GDPR Article 5(1)(b) on purpose limitation and Articles 22A to
22D on decisions about people. The examples come from the Department for Education's own monthly series of referrals,
*Children in need* 2024, where April 2020 was about a quarter below the years before.
"""

from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """Why advice is asked for. A closed list: nothing is released for any other reason."""

    PLANNING = "planning"
    RESEARCH = "research"
    SERVICE_AUDIT = "service audit"


ADVISORY_STATEMENT = (
    "This report is advice to people who plan services. It is never a decision. "
    "A person who knows the service must weigh it beside what they know, and may set it aside."
)

DEMAND_READER = "people who plan services"

NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "to limit how many referrals are accepted, or to turn one away",
    "to judge the work of a person, a team or a council",
    "as a target to hit",
)
"""Completes the sentence "It must never be used ..."."""

RUN_STATEMENT = (
    "These reports are advice to people. They are never a decision. A person who knows the service must weigh them "
    "beside what they know, and may set them aside. Each says for itself what it cannot know."
)
"""On the page that leads to all reports of a run."""

RUN_NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "to turn families away, or to open, close or shorten help",
    "to judge the work of a person, a team or a council",
)

REVIEW_NOTE = (
    "Not yet reviewed when it was made. The first page of its run (index.html, one folder up) says who has reviewed it "
    "since. A review holds for these very files: any change voids it."
)
"""On every report, in its workbook and in its metadata."""

CONTROLS = (
    "Counts from a council's own records: 1 to 7 are hidden, others shown to the nearest 5, and nothing beside them "
    "gives a hidden one back. Published figures: as their publisher protected them, and nothing finer."
)
"""How small numbers are protected in every report; in its metadata."""


@dataclass(frozen=True)
class Limit:
    """One thing that a forecast made from past counts cannot know."""

    name: str
    explanation: str


DEMAND_CANNOT_KNOW = (
    Limit(
        "Changes in recording",
        "If a council changes what it counts, or moves to a new case system, the numbers can jump while the need of "
        "families stays the same. The forecast sees only the numbers.",
    ),
    Limit(
        "Changes in law and policy",
        "New laws, new guidance or a new local rule on who should be referred can shift the numbers. Past counts know "
        "nothing of this.",
    ),
    Limit(
        "New or closing services",
        "A new front door, a closing children's centre or a campaign changes where families turn for help.",
    ),
    Limit(
        "Shocks",
        "No one can foresee a sudden event. When schools closed for Covid-19 in 2020, referrals fell sharply within "
        "weeks. They can also rise fast after a child's death is in the news.",
    ),
    Limit(
        "Need that nobody reports",
        "The figures count what was recorded. They do not count families who needed help and never came to notice.",
    ),
)
"""Holds for every forecast of demand, whatever the method."""
