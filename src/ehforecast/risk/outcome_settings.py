"""Which question is asked: from which index event, to which later event, leaving out what."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from ehforecast.errors import SettingsError
from ehforecast.risk.label_cards import (
    CSC_RE_REFERRAL,
    EARLY_HELP_OFFERED_AGAIN,
    EARLY_HELP_RE_REFERRAL,
    ESCALATION,
    LabelCard,
)
from ehforecast.risk.timeline import Families

IndexEvent = Literal["early_help_closure", "front_door_contact", "referral"]
"""What an estimate is made after. It is made on the day by which the council's system held all of the event: the end
of the
episode, the contact with what followed from it, the referral."""

OutcomeStep = Literal[
    "referral", "accepted_referral", "re_referral", "section_47", "child_in_need_plan", "child_protection_plan",
    "looked_after", "early_help_episode", "early_help_contact",
]  # fmt: skip

IndexExclusion = Literal[
    "no_day_of_estimate", "same_day_duplicate", "aged_18_or_over", "died_before", "moved_away", "ended_by_the_outcome",
    "open_to_statutory_services", "outcome_before_the_estimate", "not_followed",
]  # fmt: skip
"""Why an index event is left out, in the order in which the reasons are looked at; each event counts under the
first."""

OutcomeExclusion = Literal["planned_step_down", "from_another_council"]

STATUTORY: tuple[OutcomeStep, ...] = (
    "accepted_referral", "section_47", "child_in_need_plan", "child_protection_plan", "looked_after",
)  # fmt: skip
_ALWAYS: tuple[IndexExclusion, ...] = (
    "no_day_of_estimate", "same_day_duplicate", "aged_18_or_over", "died_before", "moved_away",
    "outcome_before_the_estimate", "not_followed",
)  # fmt: skip
_BEFORE_STATUTORY: tuple[IndexExclusion, ...] = (*_ALWAYS, "ended_by_the_outcome", "open_to_statutory_services")


@dataclass(frozen=True)
class OutcomeSettings:
    """One question. The window's length belongs to the timeline.

    Attributes:
        name: of the question, as configurations have it.
        index_event: what the estimate is made at; see `IndexEvent`.
        steps: later events that count as the outcome, whichever comes first; see `OutcomeStep`.
        card: who decides the outcome, what it misses, how being watched feeds it.
        exclusions: of index events; see `IndexExclusion`.
        outcome_exclusions: later events that do not count. `planned_step_down`: help that began within `step_down_days`
            after a referral was closed to early help (RC9, which exists since April 2022: earlier ones cannot be told).
            `from_another_council`: referrals whose source is another council (5C), transfers among them.
        recording_lag_days: events this near to the extract may not be recorded yet; follow-up ends so long before it.
        move_ends_follow_up: whether an episode that ended because the family moved, or a case transferred to another
            council (RC5), ends follow-up; the tables record no other moves.
    """

    name: str
    index_event: IndexEvent
    steps: tuple[OutcomeStep, ...]
    card: LabelCard
    exclusions: tuple[IndexExclusion, ...] = _ALWAYS
    outcome_exclusions: tuple[OutcomeExclusion, ...] = ()
    recording_lag_days: int = 14
    step_down_days: int = 60
    move_ends_follow_up: bool = True

    def __post_init__(self) -> None:
        _check_words(self.name, "index event", words=(self.index_event,), known=get_args(IndexEvent))
        _check_words(self.name, "outcome step", words=self.steps, known=get_args(OutcomeStep))
        _check_words(self.name, "exclusion", words=self.exclusions, known=get_args(IndexExclusion))
        _check_words(self.name, "outcome exclusion", words=self.outcome_exclusions, known=get_args(OutcomeExclusion))
        if not self.steps:
            raise SettingsError(f"outcome {self.name} names no step that would count")
        if min(self.recording_lag_days, self.step_down_days) < 0:
            raise SettingsError(f"outcome {self.name}: days are 0 or more")

    @property
    def is_statutory(self) -> bool:
        """Whether all that counts is a step to, or back to, children's social care."""
        return not any(step.startswith("early_help") for step in self.steps)

    @property
    def families(self) -> Families:
        """How families are best kept apart: "latest" only where coming back seldom makes a new index event.

        Measured on synthetic councils, "latest" moved the training period's share with the outcome from 0.154 to 0.152
        for escalation after early help, from 0.089 to 0.075 after a contact, and from 0.062 to 0.030 for a return to
        early help.
        """
        return "latest" if self.index_event == "early_help_closure" and self.is_statutory else "by_lot"


def _check_words(name: str, what: str, *, words: tuple[str, ...], known: tuple[str, ...]) -> None:
    unknown = sorted(set(words) - set(known))
    if unknown:
        raise SettingsError(f"outcome {name}: there is no {what} {', '.join(unknown)}; there are {', '.join(known)}")


def _question(
    name: str, index_event: IndexEvent, *, steps: tuple[OutcomeStep, ...], card: LabelCard
) -> OutcomeSettings:
    before_statutory = steps == STATUTORY
    help_again = "early_help_episode" in steps
    return OutcomeSettings(
        name,
        index_event,
        steps,
        card,
        exclusions=_BEFORE_STATUTORY if before_statutory else _ALWAYS,
        outcome_exclusions=("planned_step_down",) if help_again else (),
    )


QUESTIONS: Mapping[str, OutcomeSettings] = MappingProxyType(
    {
        question.name: question
        for question in (
            _question("escalation_after_early_help", "early_help_closure", steps=STATUTORY, card=ESCALATION),
            _question("escalation_after_contact", "front_door_contact", steps=STATUTORY, card=ESCALATION),
            _question(
                "csc_re_referral_after_early_help", "early_help_closure", steps=("re_referral",), card=CSC_RE_REFERRAL
            ),
            _question(
                "csc_re_referral_after_contact", "front_door_contact", steps=("re_referral",), card=CSC_RE_REFERRAL
            ),
            _question("csc_re_referral_after_referral", "referral", steps=("re_referral",), card=CSC_RE_REFERRAL),
            _question(
                "early_help_re_referral",
                "early_help_closure",
                steps=("early_help_episode",),
                card=EARLY_HELP_RE_REFERRAL,
            ),
            _question(
                "early_help_offered_again",
                "early_help_closure",
                steps=("early_help_contact",),
                card=EARLY_HELP_OFFERED_AGAIN,
            ),
        )
    }
)
"""The questions the package asks unless told otherwise."""
