"""From a recorded forecast to advice people can read."""

from pathlib import Path

from ehforecast.advisory import release
from ehforecast.demand.results import DemandResult
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import Settings
from ehforecast.reports import write_demand_report
from ehforecast.tracking.folder_log import FolderLog


def publish(settings: Settings, places: Places, *, run_id: str | None = None) -> Path:
    """Release a run (the latest if none is named) and write its report; return the page to open.

    Purpose and source are those the run was made with, whatever the configuration says by now.
    """
    log = FolderLog(places.runs(settings))
    run_id = run_id or log.latest()
    result = DemandResult.from_parts(*log.load(run_id))
    made_with = Settings.model_validate(log.settings_of(run_id))
    advice = release(result, purpose=made_with.purpose, run_id=run_id, data_source=made_with.data.source)
    return write_demand_report(advice, places.reports / run_id)
