"""The only door out: results plus evidence become advice, or are refused with a list of everything that is missing."""

from dataclasses import dataclass, field, replace

import pandas as pd

from ehforecast.advisory.demand_protection import (
    SafeRecords,
    can_be_protected,
    is_counted_from_records,
    protect_records,
    without_repeated_months,
)
from ehforecast.advisory.disclosure import round_to_published_unit
from ehforecast.advisory.evidence import missing_columns, missing_evidence
from ehforecast.advisory.forecast_fairness import missing_of_places, protect_places
from ehforecast.advisory.ledger import Earlier, Release
from ehforecast.advisory.letterhead import Letterhead, missing_of_run
from ehforecast.advisory.statement import DEMAND_READER
from ehforecast.demand.results import DemandResult
from ehforecast.errors import ReleaseRefused
from ehforecast.risk.fairness_results import ForecastFairnessResult


@dataclass(frozen=True)
class Advice(Letterhead):
    """A result that carries the evidence advice needs. One that lacks any cannot be made: `ReleaseRefused` is raised.

    Attributes:
        result: the forecast as it may be shown, every count at the unit its area is published in.
        counted: the tables of counts from records that it tells, for the ledger.
        places: for which places such forecasts were worse; None for a run that kept nothing to tell it from.
    """

    result: DemandResult
    counted: tuple[Release, ...] = ()
    places: ForecastFairnessResult | None = None
    reader: str = field(default=DEMAND_READER, init=False)

    def __post_init__(self) -> None:
        """Checked here, and not only in `release`, so that there is no way round the door."""
        missing = [*missing_of_run(self), *missing_evidence(self.result), *missing_of_places(self.places)]
        if missing:
            raise ReleaseRefused(missing)

    def with_places(self, found: ForecastFairnessResult | None) -> "Advice":
        """The same advice with what is known of the places for which such forecasts were worse."""
        return replace(self, places=protect_places(found))


def release(
    result: DemandResult,
    *,
    purpose: str,
    run_id: str,
    data_source: str,
    earlier: Earlier | None = None,
) -> Advice:
    """Turn a result into advice, or raise `ReleaseRefused` listing all the evidence that is missing.

    ``earlier`` is what was released before of the same records; counts that differ from it by a few repeat its figures.
    """
    safe = _showable(replace(result, tested=pd.DataFrame()), earlier, run_id=run_id)
    return Advice(safe.result, safe.counted, purpose=purpose, run_id=run_id, data_source=data_source)


def _showable(result: DemandResult, earlier: Earlier | None, *, run_id: str) -> SafeRecords:
    """Protected and rounded; as it is where it cannot be judged, and then it is refused for that."""
    safe = SafeRecords(result, ())
    if missing_columns(result):
        return safe
    if is_counted_from_records(result):
        if not can_be_protected(result):
            return safe
        safe = protect_records(result, earlier=earlier, run_id=run_id)
        safe = replace(safe, result=without_repeated_months(safe.result))
    return replace(safe, result=round_to_published_unit(safe.result))
