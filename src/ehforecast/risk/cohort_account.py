"""Where every index event of a cohort went, and what a reader of any estimate made for it must be told."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from ehforecast.risk.label_cards import LabelCard
from ehforecast.risk.matrix_leaks import Suspect
from ehforecast.risk.matrix_protected import Proxy
from ehforecast.risk.timeline import FamiliesApart

_TILT = 0.05


@dataclass(frozen=True)
class PeriodTilt:
    """The share with the outcome, where it is known, among all of a period and among those that stayed in it.

    Of training and calibration alone: the test period's outcomes are not looked at before the bar is kept.
    """

    period: str
    events: int
    rate_of_all: float
    rate_of_kept: float

    @property
    def relative(self) -> float:
        """By how much of itself the share moved."""
        return abs(self.rate_of_kept - self.rate_of_all) / self.rate_of_all if self.rate_of_all else 0.0


@dataclass(frozen=True)
class CohortAccount:
    """What was asked, of whom, and who was left out.

    Attributes:
        question, card: which later event, and what its record is.
        extracted_on: the day of the extract.
        index_events: how many there were before any was left out.
        left_out: index events by reason, each under the first that holds; see `IndexExclusion`.
        outcomes_left_out: later events that do not count, by reason; see `OutcomeExclusion`.
        outside_the_periods: index events before, between and after the periods.
        families: what keeping each family in one period cost.
        largest_group_rows: of one family.
        without_birth_month: index events whose person's 18th birthday is not known.
        tilts: how keeping families apart moved the share with the outcome.
        proxies, suspects: features that tell a protected group, or seem to know the outcome.
        protected_reasons, accepted_suspects: see `MatrixSettings`.
    """

    question: str
    card: LabelCard
    extracted_on: date
    index_events: int
    left_out: Mapping[str, int]
    outcomes_left_out: Mapping[str, int]
    outside_the_periods: int
    families: FamiliesApart
    largest_group_rows: int
    without_birth_month: int
    tilts: tuple[PeriodTilt, ...]
    proxies: tuple[Proxy, ...]
    suspects: tuple[Suspect, ...]
    protected_reasons: Mapping[str, str]
    accepted_suspects: Mapping[str, str]

    @property
    def not_looked_at(self) -> dict[str, int]:
        """Index events for which no estimate was made, by reason; with those that stayed they make all there were."""
        apart = {"family_in_another_period": sum(self.families.set_aside.values())}
        return {**self.left_out, "outside_the_periods": self.outside_the_periods, **apart}

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know besides, in sentences without counts of people."""
        return tuple(self._notes())

    def _notes(self) -> Iterator[str]:
        for column, why in self.protected_reasons.items():
            yield f"{column} is used, though for audit only: {why}"
        for name, why in self.accepted_suspects.items():
            yield f"{name} is kept, though it seems to know the outcome: {why}"
        if self.without_birth_month:
            yield "The month of birth of some is not on record: their 18th birthday could not end follow-up."
        for tilt in self.tilts:
            if tilt.relative > _TILT:
                yield (
                    "Keeping families apart moved the share with the outcome in the period to "
                    f"{tilt.period} from {tilt.rate_of_all:.3f} to {tilt.rate_of_kept:.3f}."
                )

    def told(self) -> dict[str, Any]:
        """What an assessment of the cohort passes on to its readers, named as in `AssessmentSettings`."""
        return {
            "outcome": self.question.replace("_", " "),
            "label_card": asdict(self.card),
            "not_looked_at": self.not_looked_at,
            "outcomes_not_counted": dict(self.outcomes_left_out),
            "cohort_notes": self.notes,
        }
