"""Everything a configuration asks for, step by step: read the data, then each step that has a section.

A step that was finished with the same data, settings and versions, and whose files are as it left them, is not made
again. So a run that was broken off goes on where it stopped, and a new month makes anew only what rests on it; see
`standing`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from ehforecast.pipelines import assess, documents, flows, forecast, pack, past, plan, publish
from ehforecast.pipelines.council_records import Given, ingest_records
from ehforecast.pipelines.estimate import told_before
from ehforecast.pipelines.explain import remove_expired_cards
from ehforecast.pipelines.figures import figures, ingest_figures
from ehforecast.pipelines.ingest import ingest
from ehforecast.pipelines.one_run import OneRun, alone, current_run
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import ledger_folder, way_out
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import CouncilSettings, Settings
from ehforecast.pipelines.standing import Data, Step, find_standing, is_done, rests_on, take_over, write_done
from ehforecast.store.files import remove_partial_files

AnySettings = Settings | CouncilSettings
Progress = Callable[[str], None]


def whole_run(settings: AnySettings, places: Places, *, data: Path | None, progress: Progress) -> Path:
    """Read the data, do every step the configuration has a section for, and return the run's index page.

    Raises `StoreError` where another run of the same configuration is under way: two would write the same files.
    """
    if isinstance(settings, CouncilSettings):
        # With a section for published figures the folder given holds those, and records are where the section says.
        ingest_records(settings, places, given=Given(None if settings.figures else data), progress=progress)
        ingest_figures(settings, places, data=data, progress=progress)
    else:
        ingest(settings, places, data=data, progress=progress)
    with alone(places.runs(settings)):
        return _steps(settings, places, progress=progress)


def _steps(settings: AnySettings, places: Places, *, progress: Progress) -> Path:
    run = current_run(settings, places)
    for folder in (run.log.folder, ledger_folder(run.log), run.published):
        remove_partial_files(folder)
    remove_expired_cards(run.log.folder, today=datetime.now(UTC).date())
    asked = [step for step in STEPS if getattr(settings, step.section, None) is not None]
    keys = {step.section: rests_on(step, settings, run=run) for step in asked}
    stands = {step.section: find_standing(step, run, key=keys[step.section]) for step in asked}
    to_do = [step for step in asked if not stands[step.section] and not is_done(step, run)]
    if words := told_before(_pieces(to_do, settings), _contacts(run)):
        progress(words)
    for number, step in enumerate(asked, start=1):
        place = f"step {number} of {len(asked)}, {step.section}"
        if is_done(step, run):
            progress(f"{place}: finished before with the same data and settings")
        elif made_by := stands[step.section]:
            take_over(step, run, made_by=made_by)
            progress(f"{place}: stands from run {made_by}, for nothing it rests on has changed")
        else:
            progress(place)
            with recorded(run):
                pages = step.make(settings, places, progress=progress)
            write_done(step, run, pages=pages, key=keys[step.section])
    return way_out(run).write_index()


def _pieces(to_do: Sequence[Step], settings: AnySettings) -> Iterator[str]:
    """Sections with much to do; the assessment once for each of its questions, for each takes as long again."""
    for step in to_do:
        if step.section == "assessment" and isinstance(settings, CouncilSettings) and settings.assessment:
            yield from [step.section] * len(settings.assessment.questions)
        else:
            yield step.section


def _contacts(run: OneRun) -> int:
    """Of the latest extract of a council's records."""
    numbers = [int(str(stored["rows_used"])) for stored in run.record.inputs if stored.get("contract") == "contacts"]
    return numbers[-1] if numbers else 0


def _forecast(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    run_id = forecast.forecast(settings, places, progress=progress)
    return [publish.publish(settings, places, run_id=run_id)]


def _assess(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return assess.assess_records(cast("CouncilSettings", settings), places, progress=progress)


def _plan(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [plan.plan(settings, places, progress=progress)]


def _figures(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return figures(cast("CouncilSettings", settings), places, progress=progress)


def _past(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    if past.lacks_figures(settings, places):
        progress("what changed: skipped, for it is asked of published figures and none were given with --data")
        return []
    return [past.changes(settings, places, progress=progress)]


def _flows(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [flows.flows(cast("CouncilSettings", settings), places, progress=progress)]


def _pack(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return [pack.pack(cast("CouncilSettings", settings), places, progress=progress)]


def _papers(settings: AnySettings, places: Places, *, progress: Progress) -> Sequence[Path]:
    return documents.write_documents(cast("CouncilSettings", settings), places, progress=progress)


def _of_past(settings: AnySettings) -> Data:
    of_figures = settings.past is not None and settings.past.of == "figures"
    return Data.FIGURES if of_figures else Data.RECORDS


def _records(_: AnySettings) -> Data:
    return Data.RECORDS


def _published(_: AnySettings) -> Data:
    return Data.FIGURES


OF_A_QUESTION = ("risk_*", "membership_*", "explanations_*", "estimates_*", "cards_*", "fairness_*", "mitigation_*")

STEPS = (
    Step("forecast", _forecast, keeps=("forecast",), reads=_records, beside=()),
    Step("plan", _plan, keeps=("plan",)),
    Step("figures", _figures, keeps=("figures",), reads=_published, beside=()),
    Step("past", _past, keeps=("past",), reads=_of_past, beside=("forecast", "figures")),
    Step("flows", _flows, keeps=("flows",), reads=_records, beside=()),
    Step("pack", _pack, keeps=("pack",)),
    Step("assessment", _assess, keeps=OF_A_QUESTION, reads=_records, beside=("explanations", "fairness")),
    Step("records", _papers),
)
"""In the order in which they are done: what planners wait for stands first."""
