"""The door for explanations: what drives estimates over all, with ranges, and never beyond what few people reach."""

from collections.abc import Iterator
from dataclasses import dataclass

from ehforecast.advisory.protection import HIDDEN, UK_STRICT
from ehforecast.advisory.risk_advice import RiskAdvice, protect_frame
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.explain_results import ExplanationResult

FEWEST_BEYOND = 10
"""People at a value or further out before the value may be printed: no least and no greatest value leaves."""

_COUNTS = {
    "importance": ("rows",),
    "over_time": ("rows",),
    "by_group": ("rows",),
    "steadiness": ("reasons",),
    "bands": ("rows", "families", "events"),
}
"""Columns that count people or what belongs to them; by frame."""

_RANGED = ("importance", "effects", "over_time", "by_group", "steadiness", "bands")

EXPLAIN_NEVER_USE_FOR = (
    "to decide anything about a child or a family, or to put families in an order",
    "as the reason for anything done or not done for one family",
    "to say what would happen if something about a family were otherwise",
    "to judge the work of a person, a team or a council",
)
EXPLAIN_STATEMENT = (
    (
        "This page says what a model looked at when it made estimates: what went together in records. It does not say "
        "what causes what, and it holds nothing about any one child."
    ),
    (
        "It is advice to people who judge methods. It is never a decision. A reason that the model uses can still be a "
        "bad reason."
    ),
)


@dataclass(frozen=True)
class ExplainAdvice:
    """The account of explanations that carries its evidence, counts protected. One that lacks any cannot be made.

    Attributes:
        result: as it may be shown.
        beside: the advice on the question itself: its verdict, purpose, reader, run and source hold here too.
    """

    result: ExplanationResult
    beside: RiskAdvice

    def __post_init__(self) -> None:
        missing = [*missing_of_account(self.result, outcome=self.beside.result.outcome)]
        if missing:
            raise ReleaseRefused(missing)


def release_explanations(result: ExplanationResult, *, beside: RiskAdvice) -> ExplainAdvice:
    """Turn an account into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    frames = {name: protect_frame(getattr(result, name), columns) for name, columns in _COUNTS.items()}
    effects = result.effects[result.effects["beyond"] >= FEWEST_BEYOND]
    drawn = effects[effects.groupby("feature")["at"].transform("size") >= 2]
    told = frames["steadiness"][frames["steadiness"]["reasons"] != HIDDEN]
    parts = result.frames() | frames | {"effects": drawn.reset_index(drop=True), "steadiness": told}
    counts = {name: UK_STRICT.about(getattr(result, name)) for name in ("rows", "families", "silent")}
    return ExplainAdvice(ExplanationResult.from_parts(result.facts() | counts, parts), beside)


def missing_of_account(result: ExplanationResult, *, outcome: str) -> Iterator[str]:
    """Everything an account of explanations lacks before anybody may be advised by it."""
    if result.outcome != outcome:
        yield "an account of the same outcome as the assessment it stands beside"
    if not result.cannot_see:
        yield "what the model cannot see"
    for name in ("importance", "steadiness", "bands"):
        if getattr(result, name).empty:
            yield f"the table '{name}'"
    for name in _RANGED:
        told = getattr(result, name)
        if (told["value"].notna() & (told["lower"].isna() | told["upper"].isna())).any():
            yield f"the ranges of '{name}'"
    if (result.effects["beyond"] < FEWEST_BEYOND).any():
        yield f"effects only of values that {FEWEST_BEYOND} people or more reach"
    yield from _unprotected(result)


def _unprotected(result: ExplanationResult) -> Iterator[str]:
    """What shows that counts did not go through the protection, whoever made the account."""
    for frame, columns in _COUNTS.items():
        yield from UK_STRICT.bare((getattr(result, frame)[name] for name in columns), of=f"in {frame}")
