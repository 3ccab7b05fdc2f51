"""From a recorded forecast to advice people can read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ehforecast.advisory import release
from ehforecast.demand.results import DemandResult
from ehforecast.pipelines.forecast import FORECAST
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reports import write_demand_report
from ehforecast.reports.index_page import write_index
from ehforecast.tracking.folder_log import FolderLog


def publish(settings: Settings | CouncilSettings, places: Places, *, run_id: str | None = None) -> Path:
    """Release a run (the latest if none is named) and write its report; return the page to open.

    Purpose and source are those the run was made with, whatever the configuration says by now.
    """
    log = FolderLog(places.runs(settings))
    run_id = run_id or log.latest()
    result = DemandResult.from_parts(*log.load(run_id, FORECAST))
    record = log.record_of(run_id)
    purpose = str(record["settings"]["purpose"])
    advice = release(result, purpose=purpose, run_id=run_id, data_source=_source(record))
    page = write_demand_report(advice, places.reports / run_id / FORECAST)
    write_index(places.reports / run_id)
    return page


def _source(record: Mapping[str, Any]) -> str:
    made_with = record["settings"]
    if "data" in made_with:
        return str(made_with["data"]["source"])
    words = f"{made_with['title']}: counted from records as known on {record['data_until']}."
    if made_with.get("synthetic"):
        return f"{words} The records are invented (synthetic): no council, family or child stands behind them."
    return f"{words} The council's own figures, not published statistics."
