"""From a recorded forecast to advice people can read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ehforecast.advisory import release
from ehforecast.advisory.evidence import check_within_life
from ehforecast.advisory.ledger import Earlier
from ehforecast.demand.results import DemandResult
from ehforecast.pipelines.forecast import FORECAST
from ehforecast.pipelines.forecast_fairness import audit_places
from ehforecast.pipelines.one_run import current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import WayOut, ledger_folder
from ehforecast.pipelines.recorded import record_release
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.reports import write_demand_report
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.vocabulary.periods import day_words


def publish(settings: Settings | CouncilSettings, places: Places, *, run_id: str | None = None) -> Path:
    """Release a run (the latest if none is named) and write its report; return the page to open.

    Purpose and source are those the run was made with, whatever the configuration says by now.
    """
    log = FolderLog(places.runs(settings))
    run_id = run_id or log.latest()
    result = DemandResult.from_parts(*log.load(run_id, FORECAST))
    record = log.record_of(run_id)
    check_within_life(str(record["data_until"]), at_hand=current_run(settings, places).record.data_until)
    purpose = str(record["settings"]["purpose"])
    way = WayOut(places.reports / run_id, ledger_folder(log))
    earlier = Earlier(way.ledger.read())
    advice = release(result, purpose=purpose, run_id=run_id, data_source=source_of(record), earlier=earlier)
    advice = advice.with_places(audit_places(result))
    page = way.publish(FORECAST, lambda folder: write_demand_report(advice, folder), counted=advice.counted)
    record_release(log, run_id, step=FORECAST, report=page.parent, tracking=settings.tracking)
    return page


def source_of(record: Mapping[str, Any]) -> str:
    """What the data of a run are, and whose, as printed."""
    made_with = record["settings"]
    if "data" in made_with:
        return str(made_with["data"]["source"])
    until = day_words(record["data_until"])
    words = f"{made_with['title']}: counted from records as known on {until}."
    if made_with.get("synthetic"):
        return f"{words} The records are invented (synthetic): no council, family or child stands behind them."
    return f"{words} The council's own figures, not published statistics."
