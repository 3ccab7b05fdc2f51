"""What the council wrote down, and when: tables of events with the day each part was recorded, as whole days."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from ehforecast.synthetic.clocks import NOT_YET, draw_lags
from ehforecast.synthetic.council_events import CouncilEvents
from ehforecast.synthetic.council_truth import CouncilTruth, RecordingTruth
from ehforecast.synthetic.factors import draw_factors
from ehforecast.synthetic.histories import NO_FURTHER_ACTION, NOT_IN_NEED
from ehforecast.synthetic.statutory import Referrals, draw_referrals, draw_steps, of_next_referral
from ehforecast.vocabulary.answers import YesNoUnknown
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.pathways import EarlyHelpEndReason, LeadOrganisation

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Words = npt.NDArray[np.object_]

_END_REASONS = np.array([reason.value for reason in EarlyHelpEndReason], dtype=object)
_NEED_LEVELS = np.array([level.value for level in NeedLevel], dtype=object)
_LEADS = (
    (LeadOrganisation.COUNCIL_EARLY_HELP, 0.55), (LeadOrganisation.SCHOOL, 0.25), (LeadOrganisation.HEALTH, 0.08),
    (LeadOrganisation.VOLUNTARY_SECTOR, 0.07), (LeadOrganisation.OTHER, 0.02), (LeadOrganisation.NOT_RECORDED, 0.03),
)  # fmt: skip
"""Who leads (assumption: most by the council, a quarter by schools)."""


@dataclass(frozen=True)
class Recorder:
    """Writes down one council's events. Rows point at children, families and each other by place, not yet by name."""

    events: CouncilEvents
    truth: CouncilTruth
    rng: np.random.Generator

    @property
    def _how(self) -> RecordingTruth:
        return self.truth.recording

    def _lag(self, number: int, usual_days: float, *, tail: float | Floats = 1.0) -> Integers:
        return draw_lags(number, usual_days, truth=self._how, rng=self.rng, tail=tail)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Contacts, early help, referrals, assessments, factors and steps, with days since 1970."""
        contacts = self._contacts()
        drawn = draw_referrals(self.events, self.truth.statutory, rng=self.rng)
        referrals = self._referrals(drawn, contacts)
        assessments = self._assessments(referrals)
        return {
            "contacts": contacts,
            "early_help_episodes": self._early_help(contacts),
            "referrals": referrals,
            "assessments": assessments,
            "assessment_factors": self._factors(assessments),
            "statutory_steps": self._steps(drawn, referrals),
        }

    def _contacts(self) -> pd.DataFrame:
        """One row per child on a form; brothers and sisters on one form are recorded together."""
        forms, facts, on = self.events.forms, self.events.facts, self.events.history.arrivals.on
        slow = np.array([1.0, 2.0])[np.isin(np.array([code[0] for code in facts.source]), ["2", "3"]).astype(int)]
        recorded = on + self._lag(len(on), 0.6, tail=slow)
        decided = recorded + self._lag(len(on), 1.5)
        arrival = forms.arrival
        families = self.events.world.families
        return pd.DataFrame(
            {
                "child": forms.child,
                "arrival": arrival,
                "contact_on": on[arrival],
                "source": facts.source[arrival],
                "locality": families.locality[families.children.family[forms.child]],
                "outcome": facts.outcome[arrival],
                "outcome_recorded_on": decided[arrival],
                "recorded_on": recorded[arrival],
            }
        )

    def _early_help(self, contacts: pd.DataFrame) -> pd.DataFrame:
        episodes, rows = self.events.history.episodes, self.events.help_forms
        families = self.events.world.families
        number = len(episodes.family)
        seen = _recorded_by_arrival(contacts, len(self.events.history.arrivals.on))
        recorded = episodes.started_on + self._lag(number, 3.0, tail=2.0)
        recorded = np.where(episodes.arrival >= 0, np.maximum(recorded, seen[episodes.arrival]), recorded)
        lead_on = episodes.started_on + self._lead_delay(number)
        per_episode = {
            "started_on": episodes.started_on,
            "need_level": _NEED_LEVELS[self._need_levels(families.need_level[episodes.family])],
            "reason": self._reasons()[families.reason[episodes.family]],
            "lead_organisation": self._leads(number),
            "lead_professional_on": np.where(lead_on <= episodes.ended_on, lead_on, NOT_YET),
            "ended_on": episodes.ended_on,
            "end_reason": _END_REASONS[episodes.end_reason],
            "end_recorded_on": np.maximum(episodes.ended_on, recorded) + self._lag(number, 8.0, tail=2.0),
            "locality": families.locality[episodes.family],
            "recorded_on": recorded,
        }
        spread = {name: values[rows.arrival] for name, values in per_episode.items()}
        return pd.DataFrame({"child": rows.child, "form": self.events.help_form, **spread})

    def _lead_delay(self, number: int) -> Integers:
        """Days until a lead professional is named: five at the median; for 8% never."""
        days = np.exp(self.rng.normal(np.log(5), 0.9, number)).astype(np.int64)
        return np.asarray(np.where(self.rng.random(number) < 0.92, days, NOT_YET // 2), dtype=np.int64)

    def _need_levels(self, true_level: Integers) -> Integers:
        """As written down: one in twelve is a level off."""
        off = (self.rng.random(len(true_level)) < 1 / 12) * self.rng.choice([-1, 1], len(true_level))
        return np.asarray(np.clip(true_level + off, 0, 2))

    def _reasons(self) -> Words:
        return np.array([reason.value for reason, *_ in self.truth.families.reasons], dtype=object)

    def _leads(self, number: int) -> Words:
        names = np.array([lead.value for lead, _ in _LEADS], dtype=object)
        return np.asarray(names[self.rng.choice(len(names), number, p=[share for _, share in _LEADS])])

    def _answers(self, yes: npt.NDArray[np.bool_]) -> Words:
        """Yes or no, and one in fifty unknown."""
        words = np.where(yes, YesNoUnknown.YES.value, YesNoUnknown.NO.value).astype(object)
        words[self.rng.random(len(yes)) < 0.02] = YesNoUnknown.UNKNOWN.value
        return words

    def _referrals(self, drawn: Referrals, contacts: pd.DataFrame) -> pd.DataFrame:
        of_contact = contacts.iloc[drawn.form]
        recorded = of_contact["recorded_on"].to_numpy() + self._lag(len(drawn.on), 0.5)
        seen_again = of_next_referral(drawn.child, drawn.on, day=recorded)
        closed_recorded = np.maximum(drawn.closed_on, recorded) + self._lag(len(drawn.on), 6.0)
        return pd.DataFrame(
            {
                "child": drawn.child,
                "form": drawn.form,
                "referral_on": drawn.on,
                "source": of_contact["source"].to_numpy(),
                "no_further_action": self._answers(drawn.result == NO_FURTHER_ACTION),
                "primary_need": drawn.primary_need,
                "closed_on": drawn.closed_on,
                "close_reason": drawn.close_reason,
                "closed_recorded_on": np.maximum(np.minimum(closed_recorded, seen_again), recorded),
                "recorded_on": recorded,
                "result": drawn.result,
                "assessed_from": drawn.assessed_from,
                "assessed_until": drawn.assessed_until,
            }
        )

    def _assessments(self, referrals: pd.DataFrame) -> pd.DataFrame:
        began = referrals["assessed_from"] <= referrals["assessed_until"]
        rows = referrals[(referrals["result"] != NO_FURTHER_ACTION) & began]
        number = len(rows)
        started_on = rows["assessed_from"].to_numpy()
        recorded = np.maximum(started_on + self._lag(number, 1.0), rows["recorded_on"].to_numpy())
        completed = rows["assessed_until"].to_numpy()
        return pd.DataFrame(
            {
                "child": rows["child"].to_numpy(),
                "referral": rows.index.to_numpy(),
                "started_on": started_on,
                "completed_on": completed,
                "completed_recorded_on": np.maximum(completed, recorded) + self._lag(number, 3.0),
                "outcome_no_further_action": self._answers((rows["result"] == NOT_IN_NEED).to_numpy()),
                "recorded_on": recorded,
            }
        )

    def _factors(self, assessments: pd.DataFrame) -> pd.DataFrame:
        child, completed = assessments["child"].to_numpy(), assessments["completed_on"].to_numpy()
        rows = draw_factors(self.events, child, completed_on=completed, truth=self.truth, rng=self.rng)
        recorded = assessments["completed_recorded_on"].to_numpy()[rows["assessment"]]
        return rows.assign(recorded_on=recorded)

    def _steps(self, drawn: Referrals, referrals: pd.DataFrame) -> pd.DataFrame:
        rows = draw_steps(drawn, self.events, truth=self.truth.statutory, rng=self.rng)
        place, number = rows["referral"].to_numpy(), len(rows)
        started_on, ended_on = rows["started_on"].to_numpy(), rows["ended_on"].to_numpy()
        recorded = np.maximum(started_on + self._lag(number, 1.0), referrals["recorded_on"].to_numpy()[place])
        ended_recorded = np.maximum(ended_on, recorded) + self._lag(number, 5.0)
        return rows.assign(child=drawn.child[place], ended_recorded_on=ended_recorded, recorded_on=recorded)


def _recorded_by_arrival(contacts: pd.DataFrame, number: int) -> Integers:
    recorded = np.zeros(number, dtype=np.int64)
    recorded[contacts["arrival"].to_numpy()] = contacts["recorded_on"].to_numpy()
    return recorded
