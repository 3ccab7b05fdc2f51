"""The door for flows and counts of records: groups only, every share with its range, small counts hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from ehforecast.advisory.flow_protection import COHORT_RULES, protect_flows
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.protection import UK_STRICT, Rules
from ehforecast.demand.flow_results import FlowResult
from ehforecast.errors import ReleaseRefused

FLOW_STATEMENT = (
    (
        "This report says how families moved between contact, early help and social care, as recorded. It is advice to "
        "people who run services. It is never a decision."
    ),
    (
        "It counts groups. It holds nothing about any child or family, and puts nobody and no theme before another. "
        "A step up is not a failure: it can be help that came in time."
    ),
)
FLOW_NEVER_USE_FOR = (
    "to decide anything about a child or a family, or to put families in an order",
    "to keep families in early help, or out of social care, so that a figure looks better",
    "to judge the work of a person, a team or a council",
    "to choose whom to check in with: every family that left early help is asked",
)
FLOW_CANNOT_KNOW = (
    ("What was never recorded", "Help led by schools, health or charities is often not in the records."),
    ("Why", "Figures before and after a change show that something differs. They do not show what caused it."),
    ("Whether a move was right", "A move is what a council did, not what a child needed."),
    ("The last weeks", "What happened just before the extract is not all recorded yet, and so is not counted."),
)

COUNTS = {
    "flows": ("started", "moved", "not_followed"),
    "contrasts": ("started_before", "started_after"),
    "rolling": ("count", "families"),
    "reviews": ("found", "of"),
    "review_overlap": ("children",),
    "review_ages": ("children",),
    "check_ins": ("count",),
    "check_in_reasons": ("count",),
    "timings": ("came_back", "before"),
    "themes": ("count", "of"),
}
"""Columns of a result that count children or families; by frame."""

NAMES_SOMEBODY = frozenset(
    {"person_id", "family_id", "child_id", "contact_id", "episode_id", "referral_id", "assessment_id", "step_id",
     "child", "person", "family", "birth_month", "score"}
)  # fmt: skip
"""Columns that a row about a child or a family would have."""

RANGES = {
    "flows": ("share", "low", "high"),
    "contrasts": ("difference", "low", "high"),
    "reviews": ("share", "low", "high"),
    "review_ages": ("share", "low", "high"),
    "review_change": ("difference", "low", "high"),
    "timings": ("share", "low", "high"),
    "themes": ("share", "low", "high"),
    "cohort_trends": ("change_a_year", "low", "high"),
}


@dataclass(frozen=True)
class FlowAdvice(Letterhead):
    """A result that carries its evidence, counts protected. One that lacks any cannot be made.

    Attributes:
        result: as it may be shown.
        counted: the tables of counts that it tells, for the ledger.
    """

    result: FlowResult
    counted: tuple[Release, ...] = ()

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_flows(self.result), *unprotected(self.result)]
        if missing:
            raise ReleaseRefused(missing)


def release_flows(result: FlowResult, told: Letterhead, *, earlier: Earlier | None = None) -> FlowAdvice:
    """Protect a result's counts and turn it into advice, or raise `ReleaseRefused` listing what is missing.

    ``earlier`` is what was released before of the same records.
    """
    missing = [*missing_of_flows(result)]
    if missing:
        raise ReleaseRefused(missing)
    safe = protect_flows(result, earlier=earlier, run_id=told.run_id)
    return FlowAdvice(safe.result, safe.counted, **vars(told))


def missing_of_flows(result: FlowResult) -> Iterator[str]:
    """Everything a result lacks before anybody may be advised by it."""
    if result.flows.empty:
        yield "flows: from where to where families moved"
    for name, frame in result.frames().items():
        named = sorted(set(frame.columns) & NAMES_SOMEBODY)
        if named:
            yield f"a table {name} about groups alone, without {', '.join(named)}"
    for name, columns in RANGES.items():
        frame = result.frames()[name]
        if len(frame) and _lacks_range(frame, columns):
            yield f"the range of every figure of {name}, its ends in order"
    bare = int((result.flows["share"].isna() & result.flows["reason"].eq("")).sum()) if len(result.flows) else 0
    if bare:
        yield f"the reason why {bare} flows have no share"
    if len(result.rolling_ahead) and result.rolling_ahead.groupby(["measure", "month"])["level"].nunique().min() < 3:
        yield "the range of every rolling count ahead"


def _lacks_range(frame: pd.DataFrame, columns: tuple[str, ...]) -> bool:
    value, low, high = (frame[name].astype(float) for name in columns)
    told = value.notna()
    return bool((told & ~((low <= value + 1e-9) & (value <= high + 1e-9))).any())


def unprotected(result: FlowResult, rules: Rules = UK_STRICT) -> Iterator[str]:
    """What shows that counts were not protected; for advice made by hand."""
    frames = result.frames()
    for name, columns in COUNTS.items():
        yield from rules.bare((frames[name][column] for column in columns if len(frames[name])), of=f"in {name}")
    for name, column in (("cohorts", "children"), ("cohort_trends", "total")):
        yield from COHORT_RULES.bare([frames[name][column]] if len(frames[name]) else [], of=f"in {name}")
