"""The door for boards: counts protected before anything is worked out of them, and every figure with its definition."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from ehforecast.advisory.demand_protection import RULES
from ehforecast.advisory.ledger import Release
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.protection import Rules
from ehforecast.demand.board_results import CANNOT_BE_TOLD, BoardResult
from ehforecast.errors import ReleaseRefused

BOARD_STATEMENT = (
    (
        "This pack is advice to a board and to the people who run services. It is never a decision. People who know "
        "the service must weigh it beside what they know, and may set it aside."
    ),
    (
        "It counts groups of families. It says nothing about any one of them, names nobody and puts nobody in an "
        "order. Counts of 1 to 7 are hidden, others are rounded to 5, and every share is worked out from those shown."
    ),
)
BOARD_NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "to judge the work of a person or a team",
    "to compare councils that record things in different ways",
    "to set a target that rewards closing cases early or turning families away",
)
BOARD_CANNOT_KNOW = (
    ("Whether help caused it", "Families who got help differ from those who did not. A share is no proof of effect."),
    ("What was not written down", "A gap in a group can be a gap in recording. What is not recorded is its own group."),
    ("How families see it", "Records hold what workers wrote. What parents and children say must be asked."),
    ("Need that nobody reports", "Families who need help and never ask are not in the records."),
)

_MEANS, _ENDS = ["before", "after"], ["low", "value", "high"]
"""Columns of hubs that hold mean counts of months, and of places that hold what lies ahead."""


@dataclass(frozen=True)
class BoardAdvice(Letterhead):
    """A board's pack that carries its evidence. One that lacks any cannot be made.

    Attributes:
        result: what it says.
        counted: the tables of counts that it tells, for the ledger.
    """

    result: BoardResult
    counted: tuple[Release, ...] = ()

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_board(self.result)]
        if missing:
            raise ReleaseRefused(missing)


def release_board(result: BoardResult, told: Letterhead, *, counted: Sequence[Release] = ()) -> BoardAdvice:
    """Turn a board's result into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    return BoardAdvice(result, tuple(counted), **vars(told))


def protect_openings(openings: pd.DataFrame, rules: Rules = RULES) -> pd.DataFrame:
    """Hubs before and after they opened, means protected as counts are; no ratio beside one that is hidden."""
    means = openings[_MEANS].astype(float)
    hidden = (means > 0) & (means < rules.hide_up_to + 1)
    safe = openings.copy()
    safe[_MEANS] = _rounded(means, rules).mask(hidden)
    beside = hidden.any(axis=1) & safe["ratio"].notna()
    safe.loc[beside, ["ratio", "low", "high"]] = float("nan")
    return safe.assign(verdict=safe["verdict"].mask(beside, CANNOT_BE_TOLD))


def protect_ahead(places: pd.DataFrame, hidden: Collection[str], rules: Rules = RULES) -> pd.DataFrame:  # noqa: PLR0917
    """What lies ahead of places, rounded as counts are; nothing of a place that has a hidden month.

    A month ahead can be last year's, and the total their sum.
    """
    safe = places.copy()
    safe[_ENDS] = _rounded(places[_ENDS].astype(float), rules)
    safe.loc[safe["place"].isin(list(hidden)), _ENDS] = float("nan")
    return safe


def _rounded(counts: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    return rules.round_to * (counts / rules.round_to).round() + 0.0


def missing_of_board(result: BoardResult, rules: Rules = RULES) -> Iterator[str]:
    """Everything a pack lacks before a board may be advised by it."""
    defined = set(result.measures.loc[result.measures["definition"].astype(str).str.strip() != "", "measure"])
    yield from (f"the definition of '{name}'" for name in sorted(set(result.shares["measure"]) - defined))
    shown = result.shares.dropna(subset=["value"])
    if shown[["low", "high", "of"]].isna().to_numpy().any():
        yield "the range of every share, and of how many it is"
    means = [result.openings[name] for name in _MEANS if len(result.openings)]
    yield from rules.bare([result.shares["met"], result.shares["of"], *means], of="from records")
    if not result.data_until.strip():
        yield "the day of the data"
    if len(result.places):
        yield from _missing_of_ahead(result.places[_ENDS].dropna(how="all"), rules)
    if len(result.grades) and result.grades[["strand", "low", "high", "source"]].isna().to_numpy().any():
        yield "the strand, grade and source of every grade"


def _missing_of_ahead(told: pd.DataFrame, rules: Rules) -> Iterator[str]:
    if told.isna().to_numpy().any():
        yield "the range of every forecast"
    if number := int((told % rules.round_to > 0).to_numpy().sum()):
        yield f"protection of {number} forecasts from records: to the nearest {rules.round_to}"
