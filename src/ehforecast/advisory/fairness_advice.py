"""The door for audits: for whom estimates are worse, with every characteristic accounted for and counts protected."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ehforecast.advisory.fairness_counts import SHARES
from ehforecast.advisory.fairness_protection import protect_audit, protect_options
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.protection import HIDDEN, UK_STRICT
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.fairness_results import (
    ASSESSED,
    MEASURED,
    NOT_APPLICABLE,
    NOT_RECORDED,
    TOO_SMALL,
    FairnessResult,
    MitigationResult,
)

PROTECTED = (
    "age", "disability", "gender reassignment", "marriage and civil partnership", "pregnancy and maternity", "race",
    "religion or belief", "sex", "sexual orientation",
)  # fmt: skip
"""Equality Act 2010, section 4."""

ASKED_BESIDES = ("care experience", "deprivation", "locality")
STANDINGS = (ASSESSED, TOO_SMALL, NOT_RECORDED, NOT_APPLICABLE)
SMALLEST_GROUP = 10
NO_MODEL = "no_model"

FAIRNESS_NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "as proof that a tool, a team or a service treats people equally",
    "to set a different rule for a person because of a group they belong to",
    "to judge the work of a person, a team or a council",
)
FAIRNESS_STATEMENT = (
    (
        "This report says for whom estimates were worse, how sure that is, and what could not be told. It is advice to "
        "people who must weigh it. It is never a decision, and it holds nothing about any one person."
    ),
    (
        "It measures estimates against events that a service recorded. Who is seen, who is written down and about whom "
        "are part of every figure. A gap that chance could explain is not shown to be absent, and a gap beyond chance "
        "does not say why it is there."
    ),
)


@dataclass(frozen=True)
class FairnessAdvice(Letterhead):
    """An audit that carries its evidence, counts protected. One that lacks any cannot be made.

    Attributes:
        result: as it may be shown.
        mitigation: what other ways of making estimates would do, as research; None where nobody tried.
    """

    result: FairnessResult
    mitigation: MitigationResult | None = None

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_audit(self.result), *_missing_of_options(self.mitigation)]
        if missing:
            raise ReleaseRefused(missing)

    def with_options(self, found: MitigationResult) -> "FairnessAdvice":
        """The same advice with options for mitigation beside it, their counts protected."""
        return replace(self, mitigation=protect_options(found))


def release_fairness(
    result: FairnessResult, *, purpose: str, reader: str, run_id: str, data_source: str
) -> FairnessAdvice:
    """Turn an audit into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    return FairnessAdvice(protect_audit(result), purpose=purpose, reader=reader, run_id=run_id, data_source=data_source)


def missing_of_audit(result: FairnessResult) -> Iterator[str]:
    """Everything an audit lacks before anybody may be advised by it."""
    yield from _missing_of_inventory(result)
    yield from _missing_of_ranges(result)
    if result.coverage.empty and not result.no_population_because.strip():
        yield "a comparison with the population, or why there is none"
    if result.with_outcome and not result.multiplicity.strip():
        yield "what the tests of gaps are adjusted for"
    yield from _unprotected(result)


def _missing_of_inventory(result: FairnessResult) -> Iterator[str]:
    rows = result.inventory.to_dict("records")
    listed = {str(row["characteristic"]) for row in rows}
    yield from (f"the characteristic '{name}' in the inventory" for name in (*PROTECTED, *ASKED_BESIDES)
                if name not in listed)  # fmt: skip
    for row in rows:
        if row["standing"] not in STANDINGS:
            yield f"a standing of '{row['characteristic']}': {', '.join(STANDINGS)}"
        if row["standing"] != ASSESSED and not str(row["reason"]).strip():
            yield f"the reason why '{row['characteristic']}' is {row['standing']}"
        if row["standing"] == ASSESSED and row["column"] not in set(result.groups["view"]):
            yield f"figures of '{row['characteristic']}', which is said to be assessed"


def _missing_of_ranges(result: FairnessResult) -> Iterator[str]:
    told = result.metrics[result.metrics["value"].notna()]
    bare = told[told["lower"].isna() | told["upper"].isna()]
    yield from (f"the range of '{metric}'" for metric in bare["metric"].drop_duplicates())
    gaps = result.gaps[result.gaps["difference"].notna() & (result.gaps["standing"] == MEASURED)]
    without = gaps[gaps["lower"].isna() | gaps["upper"].isna()]
    yield from (f"the range of the gap in '{metric}'" for metric in without["metric"].drop_duplicates())


def _unprotected(result: FairnessResult) -> Iterator[str]:
    """What shows that counts did not go through the protection, whoever made the result."""
    columns = {"groups": ("people", "positives", "negatives", "outcome_unknown"), "missing": ("people", "not_recorded")}
    for frame, names in columns.items():
        counts = [count for name in names for count in getattr(result, frame)[name] if count != HIDDEN]
        numbers = np.array(counts, dtype=np.float64)
        if (numbers != UK_STRICT.shown(np.nan_to_num(numbers).astype(np.int64))).any():
            yield f"counts that are rounded and hidden where small, in {frame}"
    sizes = [float(size) for size in result.groups["people"] if size != HIDDEN]
    if any(size < SMALLEST_GROUP for size in sizes):
        yield f"groups of {SMALLEST_GROUP} people or more: smaller ones are shown nowhere"
    if not result.statements.empty:
        yield "words made from figures that are protected, not from those that are not"


def _missing_of_options(found: MitigationResult | None) -> Iterator[str]:
    if found is None:
        return
    if NO_MODEL not in set(found.options["option"]):
        yield "the option of not using a model"
    told = found.options[found.options["value"].notna() & found.options["metric"].isin(SHARES)]
    if told["lower"].isna().any() or told["upper"].isna().any():
        yield "the ranges of the options for mitigation"
