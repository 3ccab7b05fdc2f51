"""The door for what changed: no break without its range and how it was found, no effect without placebos."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.past_protection import SafePast, is_counted_from_records, protect_past, unprotected_past
from ehforecast.demand.past_results import HIGHER, LOWER, NO_TEST, NOT_TOLD, PastResult
from ehforecast.errors import ReleaseRefused

PAST_STATEMENT = (
    (
        "This report is advice to people who plan services. It is never a decision. A person who knows the service "
        "must weigh it beside what they know, and may set it aside."
    ),
    (
        "It says when figures changed, by how much, and whether chance alone could have done it. It cannot say why. A "
        "change in what is counted and a change in need look the same here."
    ),
)
PAST_NEVER_USE_FOR = (
    "to decide anything about a child or a family",
    "to judge the work of a person, a team or a council",
    "as the only proof that something worked, or that it did not",
    "to end a service because no change could be told",
)
PAST_CANNOT_KNOW = (
    ("Why figures changed", "A new form, a new front door, a new threshold and a new need all look alike."),
    ("What else happened", "Whatever else began about the same time is part of what is measured."),
    ("Small changes", "A change smaller than the one that can be told may be there. It is not shown to be absent."),
    (
        "Whether families fared better",
        "Fewer referrals can mean that less help was needed, or that less was asked.",
    ),
    ("Who was chosen", "What is begun in a bad year often looks like a success: figures tend to return by themselves."),
)
RANGE_COLUMNS = ("low", "ratio", "high")
VERDICTS = (HIGHER, LOWER, NOT_TOLD, NO_TEST)


@dataclass(frozen=True)
class PastAdvice(Letterhead):
    """What changed, with its evidence. One that lacks any cannot be made.

    Attributes:
        result: what was found; counts from records are protected.
        counted: the tables of counts from records that it tells, for the ledger.
    """

    result: PastResult
    counted: tuple[Release, ...] = ()

    def __post_init__(self) -> None:
        missing = [*missing_of_run(self), *missing_of_past(self.result), *unprotected_past(self.result)]
        if missing:
            raise ReleaseRefused(missing)


def release_past(result: PastResult, told: Letterhead, *, earlier: Earlier | None = None) -> PastAdvice:
    """Turn what changed into advice, or raise `ReleaseRefused` listing all the evidence that is missing.

    Counts from a council's own records are protected on the way; published figures stay as they are. ``earlier`` is
    what was released before of the same records.
    """
    missing = list(missing_of_past(result))
    if missing:
        raise ReleaseRefused(missing)
    safe = SafePast(result, ())
    if is_counted_from_records(result):
        safe = protect_past(result, earlier=earlier, run_id=told.run_id)
    return PastAdvice(safe.result, safe.counted, **vars(told))


def missing_of_past(result: PastResult) -> Iterator[str]:
    """Everything that what changed lacks before anybody may be advised by it."""
    yield from _missing_of_areas(result.areas)
    yield from _missing_of_breaks(result.breaks)
    yield from _missing_of_windows(result.windows)
    for row in result.changes.to_dict("records"):
        name = str(row["change"])
        if not str(row["said_by"]).strip():
            yield f"who says when '{name}' began"
        if not str(row["refusal"]).strip():
            yield from _missing_of_change(result, name)


def _missing_of_areas(areas: pd.DataFrame) -> Iterator[str]:
    if areas.empty:
        yield "the areas that were watched"
    for row in areas.to_dict("records"):
        if not str(row["refusal"]).strip() and (row["months_watched"] < 1 or np.isnan(float(row["noise"]))):
            yield f"the months watched and the noise of {row['area_name']}, or why it is not watched"


def _missing_of_breaks(breaks: pd.DataFrame) -> Iterator[str]:
    for row in breaks.to_dict("records"):
        low, ratio, high = (float(row[name]) for name in RANGE_COLUMNS)
        if not low <= ratio <= high:
            yield f"the range of the break of {row['month']} in {row['area_code']}"
        if not str(row["month"]) <= str(row["found_on"]) or not 0 <= float(row["p_value"]) <= 1:
            yield f"when the break of {row['month']} in {row['area_code']} was found, and how surely"


def _missing_of_windows(windows: pd.DataFrame) -> Iterator[str]:
    for row in windows.to_dict("records"):
        if not float(row["low"]) <= float(row["ratio"]) <= float(row["high"]):
            yield f"the range of the named window '{row['window']}' in {row['area_code']}"


def _missing_of_change(result: PastResult, name: str) -> Iterator[str]:
    rows = result.estimates[result.estimates["change"] == name] if len(result.estimates) else result.estimates
    if rows.empty or int(rows["is_main"].sum()) != 1:
        yield f"the one estimate that the conclusion on '{name}' rests on"
        return
    yield from (what for row in rows.to_dict("records") for what in _missing_of_estimate(row, name))
    fitted = set(result.fits.loc[result.fits["change"] == name, "method"])
    for method in sorted(set(rows["method"]) - fitted):
        yield f"how closely '{method}' ran to the past of '{name}'"
    noted = len(result.notes) and result.notes["change"].eq(name).any()
    if bool(rows["false_rate"].isna().any()) and not noted:
        yield f"how often placebos of other dates look like '{name}', or why that is not known"


def _missing_of_estimate(row: dict[object, object], name: str) -> Iterator[str]:
    months, used, placebos = (int(row[key]) for key in ("months", "months_used", "placebos"))  # type: ignore[call-overload]
    where = f"'{name}' over {months} months"
    effect, low, high = (float(row[key]) for key in ("effect", "low", "high"))  # type: ignore[arg-type]
    verdict, p_value = str(row["verdict"]), float(row["p_value"])  # type: ignore[arg-type]
    if verdict not in VERDICTS:
        yield f"a verdict on {where}"
    if not 0 < used <= months or placebos < 0:
        yield f"the months and placebos behind {where}"
    if not low <= effect <= high:
        yield f"the range of {where}"
    if verdict in {HIGHER, LOWER} and (p_value > 0.05 or low <= 0 <= high):
        yield f"placebos that bear out the verdict on {where}"
    if verdict != NO_TEST and not np.isfinite(float(row["detectable_fall"])):  # type: ignore[arg-type]
        yield f"the least change that could be told of {where}"
