"""From any table of estimates, outcomes and groups to a report for an ethics panel. No model is needed."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ehforecast.advisory.counted import counted_in_audit
from ehforecast.advisory.fairness_advice import release_fairness
from ehforecast.contracts.received_bytes import FileBytes, read_csv_header, read_text_bytes
from ehforecast.errors import ContractError, Finding, SettingsError
from ehforecast.pipelines.audit_settings import AuditConfig
from ehforecast.pipelines.one_run import OneRun
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.published import way_out
from ehforecast.pipelines.recorded import recorded
from ehforecast.pipelines.settings import AuditQuestion
from ehforecast.reports.fairness_page import write_fairness_report
from ehforecast.risk.fairness.audit import Beside, audit
from ehforecast.risk.fairness.frame import audit_frame
from ehforecast.risk.fairness_results import FairnessResult
from ehforecast.tracking.folder_log import FolderLog
from ehforecast.tracking.run_record import RunRecord, current_versions

AUDIT = "audit"
"""The step's name, in the private folder of a run and in the published one."""

_TABLE = "estimates"


@dataclass(frozen=True)
class Given:
    """A table as read: every cell text, an empty one absent; its bytes by their hash."""

    table: pd.DataFrame
    file: FileBytes


def audit_file(
    path: Path, settings: AuditQuestion, *, places: Places, progress: Callable[[str], None]
) -> Path:  # fmt: skip
    """Audit a CSV file as a configuration asks, keep the result privately, and write the report; return its page.

    Raises `ContractError` for a table that is not as the configuration says, `ReleaseRefused` where the report would
    lack evidence or give small counts away. No message holds a value of a record.
    """
    asked = settings.audit
    given = _read(path, asked)
    for name in sorted({group.source for group in asked.group_columns} - set(given.table)):
        progress(f"{path.name} has no column '{name}': the report says 'not recorded'")
    population = None if asked.population is None else _population(settings.at(asked.population))
    run = _run(path.name, given, settings=settings, places=places)
    with recorded(run):
        progress(f"auditing {len(given.table):,} estimates")
        result = _audited(given.table, asked, population=population, file=path.name)
        advice = release_fairness(
            result, purpose=settings.purpose, reader=asked.reader, run_id=run.run_id, data_source=asked.source
        )
        run.keep(AUDIT, result.facts(), frames=result.frames())
        counted = counted_in_audit(result, run_id=run.run_id, of="estimates")
        return way_out(run).publish(AUDIT, lambda folder: write_fairness_report(advice, folder), counted=counted)


def _run(file: str, given: Given, *, settings: AuditQuestion, places: Places) -> OneRun:
    record = RunRecord(
        name=settings.name,
        settings=settings.model_dump(mode="json"),
        inputs=[{"name": file, "sha256": given.file.sha256, "rows": len(given.table)}],
        data_until="audit",
        versions=current_versions(),
    )
    return OneRun(record, FolderLog(places.runs(settings)), places.reports)


def _audited(table: pd.DataFrame, asked: AuditConfig, *, population: pd.DataFrame | None, file: str) -> FairnessResult:
    """The audit; what is wrong with the table is told with the name of its file."""
    try:
        frame = audit_frame(table, asked.columns, groups=asked.group_columns, unknown=asked.unknown_values)
        features = None if not asked.features else _features(table, asked)
        return audit(frame, asked.asked(), beside=Beside(population, features))
    except ContractError as error:
        raise ContractError([replace(finding, file=finding.file or file) for finding in error.findings]) from None


def _features(table: pd.DataFrame, asked: AuditConfig) -> pd.DataFrame:
    """The columns a tool looks at: numbers where all that is there is a number, text otherwise."""
    made = {}
    for name in asked.features:
        numbers = pd.to_numeric(table[name], errors="coerce")
        made[name] = numbers if numbers.notna().eq(table[name].notna()).all() else table[name]
    return pd.DataFrame(made)


def _read(path: Path, asked: AuditConfig) -> Given:
    found = _text_table(path)
    needed = {*(name for name in vars(asked.columns).values() if name), *asked.features}
    absent = sorted(needed - set(found.table))
    if absent:
        raise ContractError(
            [
                Finding(path.name, _TABLE, name, "every_column_that_is_named_is_there", 1,
                        "Name the right column in the section audit of the configuration, or leave it empty.")
                for name in absent
            ]
        )  # fmt: skip
    if not {group.source for group in asked.group_columns} & set(found.table):
        names = ", ".join(sorted({group.source for group in asked.group_columns}))
        remedy = "Name the columns that say which group people belong to."
        raise ContractError([Finding(path.name, _TABLE, names, "at_least_one_grouping_is_there", 1, remedy)])
    return found


def _population(path: Path) -> pd.DataFrame:
    table = _text_table(path).table
    if "population" in table:
        table = table.assign(population=pd.to_numeric(table["population"], errors="coerce"))
    return table


def _text_table(path: Path) -> Given:
    """A CSV file as text. Raises `ContractError` where it is not UTF-8, has no header, or rows of other lengths."""
    if not path.is_file():
        raise SettingsError(f"there is no file {path.name}; check the path")
    kept = read_text_bytes(path)
    header = read_csv_header(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    rows = [row for row in rows if row]
    twice = len(header) - len(set(header))
    uneven = sum(len(row) != len(header) for row in rows)
    findings = [
        Finding(path.name, _TABLE, "(every column)", rule, count, remedy)
        for rule, count, remedy in (
            ("each_column_has_a_name_of_its_own", twice, "Rename columns so that each name stands once."),
            ("every_row_has_as_many_fields_as_the_header", uneven, "Save the table again as CSV UTF-8."),
            ("there_is_at_least_one_row", int(not rows), "The table has a header only."),
        )
        if count
    ]
    if findings:
        raise ContractError(findings)
    table = pd.DataFrame(rows, columns=list(header), dtype="str")
    return Given(table.mask(table.apply(lambda column: column.str.strip().eq(""))), kept)
