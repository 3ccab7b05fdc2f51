"""What earlier runs of one configuration forecast, beside the latest: what changed, and how good they were."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pandas as pd

from ehforecast.demand.changes import forecast_changes
from ehforecast.demand.past_forecasts import score_past_forecasts
from ehforecast.demand.results import DemandResult
from ehforecast.errors import StoreError
from ehforecast.tracking.folder_log import FolderLog

MAY_DIFFER = ("forecasters", "calendar")
"""Keys of the section `forecast` that may differ between runs which forecast the same thing."""


def find_earlier_runs(
    result: DemandResult, *, settings: Mapping[str, object], log: FolderLog, progress: Callable[[str], None]
) -> dict[str, DemandResult]:
    """Runs with earlier data that forecast the same thing, by id. One that is damaged is left out, and said so."""
    found = {}
    for run_id in log.runs("forecast"):
        try:
            if _asked(log.record_of(run_id)["settings"]) != _asked(settings):
                continue
            kept = DemandResult.from_parts(*log.load(run_id, "forecast"))
        except StoreError as error:
            progress(f"left out of the comparison with earlier forecasts: {error}")
            continue
        if kept.measure == result.measure and kept.data_until < result.data_until:
            found[run_id] = kept
    return found


def with_earlier_runs(result: DemandResult, earlier: Mapping[str, DemandResult]) -> DemandResult:
    """The result with `changes` since the last of them, and with all of them scored against what came.

    Periods that still lack late records have not come yet: scored, they would make earlier forecasts look too high.
    """
    if not earlier:
        return result
    last = max(earlier, key=lambda run_id: (earlier[run_id].data_until, run_id))
    come = replace(result, observed=_without_incomplete(result))
    return replace(
        result,
        changes=forecast_changes(earlier[last], come),
        past_forecasts=score_past_forecasts(earlier, come),
    )


def _asked(settings: Mapping[str, object]) -> dict[str, object]:
    asked = settings.get("forecast")
    return {key: value for key, value in asked.items() if key not in MAY_DIFFER} if isinstance(asked, Mapping) else {}


def _without_incomplete(result: DemandResult) -> pd.DataFrame:
    if result.completed.empty:
        return result.observed
    incomplete = set(zip(result.completed["area_code"], result.completed["month"], strict=True))
    cells = zip(result.observed["area_code"], result.observed["month"], strict=True)
    return result.observed[[cell not in incomplete for cell in cells]]
