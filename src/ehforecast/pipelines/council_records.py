"""From a council's extract to the store: read, check, keep, and say what was found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ehforecast.contracts import QualityResult, check_council
from ehforecast.contracts.code_maps import read_code_maps
from ehforecast.contracts.council_source import CouncilSource
from ehforecast.contracts.missing import count_missing
from ehforecast.contracts.read_council import read_council
from ehforecast.errors import SettingsError
from ehforecast.pipelines.one_run import alone
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.pseudonym_key import pseudonyms_of
from ehforecast.pipelines.settings import CouncilSettings
from ehforecast.pipelines.sources import day_of_extract, extracted_files
from ehforecast.reports import QualityFacts, write_quality_report
from ehforecast.store import Store

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Given:
    """What the command line says of this extract, in place of the configuration."""

    source: Path | None = None
    extracted_on: date | None = None


def ingest_records(settings: CouncilSettings, places: Places, *, given: Given, progress: Progress) -> Path:
    """Read one extract, check it, keep it in the store and write its quality report; return the report's page.

    A configuration with a section `synthetic` invents its council first and writes it as files of its layout. Raises
    `StoreError` while a run of the configuration is under way: half of it would be of other data.
    """
    pseudonyms = pseudonyms_of(settings)
    store = Store(places.store(settings))
    with (
        alone(places.runs(settings)),
        _read(settings, places, given=given, progress=progress) as source,
        store.workspace() as workspace,
    ):
        result = check_council(source, as_of=source.extracted_on, pseudonyms=pseudonyms, workspace=workspace)
        for line in said(result):
            progress(line)
        new = store.load_council(result, covers_from=source.covers_from)
        progress(
            f"store: {new} of {len(result.tables)} tables are new" if new else "store: it held this extract already"
        )
        facts = QualityFacts(
            title=settings.title,
            result=result,
            missing=count_missing(result),
            pseudonym_key=pseudonyms.fingerprint if pseudonyms else "",
            extracts=[extract for extract in store.manifest().extracts if extract.extracted_on],
        )
        return write_quality_report(facts, places.quality(settings) / source.extracted_on.isoformat())


def day_written(text: str) -> date:
    """A day written year-month-day. Raises `SettingsError` for any other text."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SettingsError("--extracted-on is a day, written year-month-day: 2024-03-31") from None


def check_files(path: Path, *, extracted_on: date, layout: str | None, code_maps: Path | None) -> Iterator[str]:
    """Read and check an extract without keeping anything; say what was found, line by line."""
    maps = read_code_maps(code_maps) if code_maps else None
    source = read_council(path, extracted_on=extracted_on, layout=layout, code_maps=maps)
    yield f"layout: {source.layout} {source.layout_version}"
    result = check_council(source, as_of=extracted_on)
    yield from said(result)
    for severity in ("error", "query"):
        yield from (f"{severity}: {finding}" for finding in result.find_broken(severity, file="of the extract"))
    for notice in result.notices:
        yield f"notice: {notice.table or 'the extract'}, {notice.name.replace('_', ' ')}: {notice.words}"


def said(result: QualityResult) -> Iterator[str]:
    """What became of the rows of each table, in one line each."""
    for count in result.tables:
        queries = sum(rule.broken for rule in result.rules if rule.table == count.table and rule.severity == "query")
        aside = count.rows_in - count.rows_used
        yield (
            f"checked {count.table}: {count.rows_in:,} rows in, {count.rows_used:,} used, {aside:,} set aside, "
            f"{queries:,} queries"
        )


@contextmanager
def _read(settings: CouncilSettings, places: Places, *, given: Given, progress: Progress) -> Iterator[CouncilSource]:
    extracted_on = day_of_extract(settings, given.extracted_on)
    with extracted_files(settings, places, given=given.source, progress=progress) as path:
        source = read_council(
            path,
            extracted_on=extracted_on,
            layout=None if settings.records.layout == "auto" else settings.records.layout,
            code_maps=read_code_maps(settings.at(settings.records.code_maps)) if settings.records.code_maps else None,
            recording_lags=settings.records.recording_lags,
        )
        progress(f"read {len(source.files)} files of layout {source.layout}, an extract of {extracted_on}")
        yield source
