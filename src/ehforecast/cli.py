"""The command line: arguments in, one pipeline call, progress on screen, one exit code per family of error."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ehforecast.compute.interruption import Interrupted, interruptible
from ehforecast.errors import EhforecastError, SettingsError, StoreError
from ehforecast.version import __version__

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import date

    from ehforecast.pipelines.places import Places

NEVER = "Never used to make decisions automatically."

app = typer.Typer(
    name="ehforecast",
    help=f"Forecast an early help front door and write advice to people. {NEVER}",
    epilog=(
        "Exit codes: 0 done, 2 wrong arguments, 3 configuration, 4 data contract, 5 store, 6 forecast, 7 not released, "
        "8 no honest estimate, 9 a damaged model, 10 processes or cluster lost, 130 interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Config = Annotated[Path, typer.Argument(help="A configuration file, for example configs/five_councils.yaml.")]
Data = Annotated[
    Path | None,
    typer.Option(help="Folder with the source files, or a workbook. Not needed where the configuration says."),
]
ExtractedOn = Annotated[
    str | None, typer.Option(help="Day of the extract, year-month-day, in place of the configuration's.")
]
Private = Annotated[Path, typer.Option(help="Folder for the store and run records, readable by you only.")]
Reports = Annotated[Path, typer.Option(help="Folder for published reports.")]
Run = Annotated[str | None, typer.Option("--run", help="Id of the run to report on; the latest if not given.")]
Engine = Annotated[
    str,
    typer.Option(help="Where the work is done: local, processes, processes:NUMBER, or dask://HOST:PORT of a cluster."),
]

PRIVATE, REPORTS, LOCAL = Path("private"), Path("reports"), "local"


@app.command(epilog=NEVER)
def run(
    config: Config, data: Data = None, private: Private = PRIVATE, reports: Reports = REPORTS, engine: Engine = LOCAL
) -> None:
    """Do everything: ingest the files, then every step the configuration has a section for. Prints the index's path.

    Steps that were finished before with the same data, settings and versions are kept, not made again.
    """
    from ehforecast.pipelines import settings

    chosen, places = settings.read_any_settings(config), _places(private, reports)
    from ehforecast.pipelines import whole_run  # takes seconds, so a misspelt key is refused first

    with _at(engine):
        _say_report(whole_run.whole_run(chosen, places, data=data, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def ingest(config: Config, data: Data = None, private: Private = PRIVATE, extracted_on: ExtractedOn = None) -> None:
    """Check the source files against their contracts and keep them in the store.

    For a council's records it also writes the data-quality report, for the analyst alone, and prints its path.
    """
    from ehforecast.pipelines import council_records, ingest, settings

    chosen, places = settings.read_any_settings(config), _places(private, REPORTS)
    if isinstance(chosen, settings.CouncilSettings):
        given = council_records.Given(data, _day(extracted_on))
        page = council_records.ingest_records(chosen, places, given=given, progress=_progress)
        typer.echo(f"Quality report: {page}")
    else:
        _refuse_day_for_figures(config, extracted_on)
        ingest.ingest(chosen, places, data=data, progress=_progress)


@app.command(epilog=NEVER)
def check(
    path: Annotated[Path, typer.Argument(help="A folder of CSV or Parquet files, or a workbook.")],
    extracted_on: Annotated[str, typer.Option(help="Day of the extract, year-month-day.")],
    layout: Annotated[str | None, typer.Option(help="ssd, annex_a or plain_tables; recognised if not given.")] = None,
    code_maps: Annotated[Path | None, typer.Option(help="A council's code maps.")] = None,
) -> None:
    """Check a council's extract and say what was found. Nothing is stored."""
    from ehforecast.pipelines import council_records

    day = council_records.day_written(extracted_on)
    for line in council_records.check_files(path, extracted_on=day, layout=layout, code_maps=code_maps):
        typer.echo(line)


@app.command(epilog=NEVER)
def manual(
    folder: Annotated[Path, typer.Argument(help="Folder to write the pages into.")] = Path("docs/tables"),
) -> None:
    """Write the manual page of each table of a council's records from its data contract."""
    from ehforecast.contracts.manual import write_manual

    typer.echo(f"{len(write_manual(folder))} pages in {folder}")


@app.command(epilog=NEVER)
def assess(config: Config, private: Private = PRIVATE, reports: Reports = REPORTS, engine: Engine = LOCAL) -> None:
    """Ask whether records can tell who comes back or steps up, and judge the answer by a bar fixed beforehand.

    Research: it gives no estimate about any child. Prints the path of each report.
    """
    from ehforecast.pipelines import settings

    chosen, places = settings.read_council_settings(config), _places(private, reports)
    from ehforecast.pipelines import assess, documents  # takes seconds, so a misspelt key is refused first

    with _at(engine), _alone(places.runs(chosen)):
        pages = assess.assess_records(chosen, places, progress=_progress)
        for page in [*pages, *documents.write_documents(chosen, places, progress=_progress)]:
            _say_report(page)
    _send(private)


@app.command(epilog=NEVER)
def forecast(config: Config, private: Private = PRIVATE, engine: Engine = LOCAL) -> None:
    """Forecast from what the store holds and keep the run. Prints the run's id."""
    from ehforecast.pipelines import settings

    chosen, places = settings.read_any_settings(config), _places(private, REPORTS)
    from ehforecast.pipelines import forecast  # takes seconds, so a misspelt key is refused first

    with _at(engine), _alone(places.runs(chosen)):
        typer.echo(forecast.forecast(chosen, places, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def report(config: Config, run_id: Run = None, private: Private = PRIVATE, reports: Reports = REPORTS) -> None:
    """Write the report of a kept run. Prints the path of the page to open."""
    from ehforecast.pipelines import publish, settings

    chosen, places = settings.read_any_settings(config), _places(private, reports)
    with _alone(places.runs(chosen)):
        _say_report(publish.publish(chosen, places, run_id=run_id))
    _send(private)


@app.command(epilog=NEVER)
def plan(config: Config, data: Data = None, private: Private = PRIVATE, reports: Reports = REPORTS) -> None:
    """Work out how many people it takes, what if, and whether targets will be met. Prints the path of the page.

    With --data it first checks and keeps the source files; without, it plans from what the store holds.
    """
    from ehforecast.pipelines import ingest, plan, settings

    chosen, places = settings.read_settings(config), _places(private, reports)
    if data is not None or chosen.synthetic is not None:
        ingest.ingest(chosen, places, data=data, progress=_progress)
    with _alone(places.runs(chosen)):
        _say_report(plan.plan(chosen, places, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def changes(config: Config, private: Private = PRIVATE, reports: Reports = REPORTS) -> None:
    """Say what changed: where figures broke, and what came after something was done. Prints the path of the page.

    It looks at what the store holds; 'ehforecast ingest' fills it.
    """
    from ehforecast.pipelines import past, settings

    chosen, places = settings.read_any_settings(config), _places(private, reports)
    with _alone(places.runs(chosen)):
        _say_report(past.changes(chosen, places, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def flows(config: Config, private: Private = PRIVATE, reports: Reports = REPORTS) -> None:
    """Say how families move between contact, early help and social care, by group. Prints the path of the page.

    It looks at what the store holds; 'ehforecast ingest' fills it.
    """
    from ehforecast.pipelines import flows, settings

    chosen, places = settings.read_council_settings(config), _places(private, reports)
    with _alone(places.runs(chosen)):
        _say_report(flows.flows(chosen, places, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def audit(
    scores: Annotated[Path, typer.Argument(help="A CSV file: one row per estimate, with outcome and groups.")],
    config: Annotated[Path, typer.Option(help="A configuration with a section audit.")],
    private: Private = PRIVATE,
    reports: Reports = REPORTS,
) -> None:
    """Say for whom any tool's estimates are worse, for an ethics panel. Prints the path of the page to open."""
    from ehforecast.pipelines import audit, settings

    chosen, places = settings.read_audit_settings(config), _places(private, reports)
    with _alone(places.runs(chosen)):
        _say_report(audit.audit_file(scores, chosen, places=places, progress=_progress))
    _send(private)


@app.command(epilog=NEVER)
def sign(  # noqa: PLR0913 - one argument for each of the command's
    run_id: Annotated[str, typer.Argument(help="Id of the run.")],
    report: Annotated[str, typer.Option(help="Name of the report: its folder below the run's.")],
    reviewer: Annotated[str, typer.Option(help="Who reviewed it, as 'Name, role'.")],
    author: Annotated[str, typer.Option(help="Whose report it is, as 'Name, role'; somebody else.")],
    sent_back: Annotated[str, typer.Option(help="Why the reviewer does not stand by it; none if they do.")] = "",
    private: Private = PRIVATE,
    reports: Reports = REPORTS,
) -> None:
    """Sign a report as its reviewer, over every byte of it. Any change afterwards voids the signature."""
    from datetime import UTC, datetime

    from ehforecast.advisory.sign_off import Reviewer
    from ehforecast.pipelines import sign

    who, today = Reviewer(reviewer, author, sent_back), datetime.now(UTC).date()
    typer.echo(sign.sign_report(_places(private, reports), run_id, report=report, reviewer=who, on=today).words)


@app.command(epilog=NEVER)
def verify(
    run_id: Annotated[str, typer.Argument(help="Id of the run.")],
    private: Private = PRIVATE,
    reports: Reports = REPORTS,
) -> None:
    """Check that every report of a run is as it was published, and who has reviewed it."""
    from ehforecast.pipelines import sign

    for line in sign.verify_run(_places(private, reports), run_id):
        typer.echo(line)


@app.command(epilog=NEVER)
def runs(
    config: Annotated[
        Path | None, typer.Argument(help="A configuration file; every run is listed if none is given.")
    ] = None,
    send: Annotated[bool, typer.Option("--send", help="Send what waits to the experiment record first.")] = False,
    private: Private = PRIVATE,
) -> None:
    """List the runs that are kept: what each was made from, when, what came of it, and what was released."""
    from ehforecast.pipelines import runs, sending, settings

    name = settings.read_any_settings(config).name if config else ""
    if send:
        sending.send_waiting(private, progress=_progress)
    for line in runs.run_lines(private, name=name):
        typer.echo(line)


@app.command(epilog=NEVER)
def compare(
    first: Annotated[str, typer.Argument(metavar="A", help="Id of a run, or a part that only it has.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Id of another run.")],
    private: Private = PRIVATE,
) -> None:
    """Say what differs between two runs in data, settings, versions and scores. Prints the path of a page."""
    from ehforecast.pipelines import compare

    lines, page = compare.compare(private, first, second=second)
    for line in lines:
        typer.echo(line)
    typer.echo(f"Page: {page}")


@app.command(epilog=NEVER)
def ui(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of this machine; any free one for 0.")] = 0,
    private: Private = PRIVATE,
) -> None:
    """Show the experiment record in a browser: MLflow's own pages, for this machine alone."""
    from ehforecast.pipelines.sending import STORE
    from ehforecast.tracking.mlflow_ui import show_ui

    sys.exit(show_ui(private / STORE, port=port, progress=_progress))


@app.command(epilog=NEVER)
def purge(
    config: Config,
    person: Annotated[str, typer.Option(help="Pseudonym of the person, as it stands in the store.")],
    private: Private = PRIVATE,
) -> None:
    """Remove one person from everything that is stored, and mark the runs made with the person's records."""
    from ehforecast.pipelines import purge, settings

    chosen, places = settings.read_council_settings(config), _places(private, REPORTS)
    with _alone(places.runs(chosen)):  # a run under way would keep what it has read of the person
        for line in purge.purge(chosen, places, person_id=person):
            typer.echo(line)
    _send(private)


@app.command(epilog=NEVER)
def version() -> None:
    """Print the version."""
    typer.echo(f"ehforecast {__version__}")


def main() -> None:
    """Run the command line; a refusal is printed in words and gives its family's exit code."""
    # For thousands of small matrices, threads cost more than they save; numpy reads this once, when it loads.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - a limit for numpy, not a setting of ours
    try:
        with interruptible():
            app()
    except Interrupted as interrupted:
        typer.echo("ehforecast: interrupted. What was finished is kept; the same command goes on from there.", err=True)
        sys.exit(interrupted.exit_code)
    except EhforecastError as error:
        typer.echo(f"ehforecast: {error}", err=True)
        sys.exit(error.exit_code)
    except OSError as error:  # a folder that may not be written, a full disk
        typer.echo(f"ehforecast: {error.filename or 'a file'}: {error.strerror or error}", err=True)
        sys.exit(StoreError.exit_code)


def _at(where: str) -> "AbstractContextManager[None]":
    from ehforecast.compute.engine import engine

    return engine(where)


def _alone(runs: Path) -> "AbstractContextManager[None]":
    from ehforecast.pipelines.one_run import alone

    return alone(runs)


def _places(private: Path, reports: Path) -> "Places":
    from ehforecast.pipelines.places import Places

    return Places(private, reports)


def _day(written: str | None) -> "date | None":
    from ehforecast.pipelines.council_records import day_written

    return None if written is None else day_written(written)


def _refuse_day_for_figures(config: Path, extracted_on: str | None) -> None:
    if extracted_on is not None:
        raise SettingsError(f"{config.name}: --extracted-on is for a council's records; this configuration has none")


def _progress(message: str) -> None:
    """Progress goes to the error stream, so that what is printed can be piped."""
    typer.echo(message, err=True)


def _send(private: Path) -> None:
    from ehforecast.pipelines.sending import send_waiting

    send_waiting(private, progress=_progress)


def _say_report(page: Path) -> None:
    typer.echo(f"Report: {page}")
