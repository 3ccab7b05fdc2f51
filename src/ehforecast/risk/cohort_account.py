"""Where every index event of a cohort went, and what a reader of any estimate made for it must be told."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from ehforecast.risk.label_cards import LabelCard
from ehforecast.risk.matrix_leaks import Suspect
from ehforecast.risk.matrix_protected import Proxy
from ehforecast.risk.timeline import FamiliesApart

_TILT = 0.05


@dataclass(frozen=True)
class PeriodTilt:
    """Index events of a period whose outcome is known, and how many of them had it: all, and those that stayed in it.

    Of training and calibration alone: the test period's outcomes are not looked at before the bar is kept.
    """

    period: str
    known: int
    events: int
    kept_known: int
    kept_events: int

    @property
    def rate_of_all(self) -> float:
        """Share with the outcome among all."""
        return self.events / self.known if self.known else float("nan")

    @property
    def rate_of_kept(self) -> float:
        """Share with the outcome among those that stayed."""
        return self.kept_events / self.kept_known if self.kept_known else float("nan")

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
        protected_reasons, accepted_suspects: see `MatrixSettings`.
        proxies, suspects: features that tell a protected group, or seem to know the outcome.
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
    protected_reasons: Mapping[str, str]
    accepted_suspects: Mapping[str, str]
    proxies: tuple[Proxy, ...] = ()
    suspects: tuple[Suspect, ...] = ()

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
            yield f"{name} is kept, though it may look like the outcome: {why}"
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


def together(accounts: Sequence[CohortAccount]) -> CohortAccount:
    """The account of a cohort whose families were looked at part by part, before leaks were looked for."""
    families = [one.families for one in accounts]
    return replace(
        accounts[0],
        index_events=sum(one.index_events for one in accounts),
        left_out=_added(one.left_out for one in accounts),
        outcomes_left_out=_added(one.outcomes_left_out for one in accounts),
        outside_the_periods=sum(one.outside_the_periods for one in accounts),
        families=FamiliesApart(
            _added(one.kept for one in families),
            _added(one.set_aside for one in families),
            sum(one.families_set_aside for one in families),
        ),
        largest_group_rows=max(one.largest_group_rows for one in accounts),
        without_birth_month=sum(one.without_birth_month for one in accounts),
        tilts=tuple(_pooled(tilts) for tilts in zip(*(one.tilts for one in accounts), strict=True)),
    )


def _added(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _pooled(tilts: Sequence[PeriodTilt]) -> PeriodTilt:
    counts = ("known", "events", "kept_known", "kept_events")
    return replace(tilts[0], **{name: sum(getattr(tilt, name) for tilt in tilts) for name in counts})
