"""The only door out: results plus evidence become advice, or are refused with a list of everything that is missing."""

from collections.abc import Iterator
from dataclasses import dataclass

from ehforecast.advisory.demand_protection import can_be_protected, is_counted_from_records, protect_records
from ehforecast.advisory.disclosure import round_to_published_unit
from ehforecast.advisory.evidence import missing_columns, missing_evidence
from ehforecast.advisory.statement import Purpose
from ehforecast.demand.results import DemandResult
from ehforecast.errors import ReleaseRefused


@dataclass(frozen=True)
class Advice:
    """A result that carries the evidence advice needs. One that lacks any cannot be made: `ReleaseRefused` is raised.

    Attributes:
        result: the forecast as it may be shown, every count at the unit its area is published in.
        purpose: why it was asked for, one of `Purpose`.
        run_id: the run that made it.
        data_source: where the data came from and under which licence, as printed in the report.
    """

    result: DemandResult
    purpose: str
    run_id: str
    data_source: str

    def __post_init__(self) -> None:
        """Checked here, and not only in `release`, so that there is no way round the door."""
        missing = [*_missing_of_run(self), *missing_evidence(self.result)]
        if missing:
            raise ReleaseRefused(missing)


def release(result: DemandResult, *, purpose: str, run_id: str, data_source: str) -> Advice:
    """Turn a result into advice, or raise `ReleaseRefused` listing all the evidence that is missing."""
    return Advice(_showable(result), purpose, run_id, data_source)


def _showable(result: DemandResult) -> DemandResult:
    """Protected and rounded; as it is where it cannot be judged, and then it is refused for that."""
    if missing_columns(result):
        return result
    if is_counted_from_records(result):
        if not can_be_protected(result):
            return result
        result = protect_records(result)
    return round_to_published_unit(result)


def _missing_of_run(advice: Advice) -> Iterator[str]:
    purposes = [purpose.value for purpose in Purpose]
    if advice.purpose not in purposes:
        yield f"a purpose from the closed list: {', '.join(purposes)}"
    if not advice.run_id.strip():
        yield "the id of the run"
    if not advice.data_source.strip():
        yield "the source of the data and its licence"
