"""Reading a council's extract: whose layout it is, what its columns mean, and what should be known of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType

from dateutil.relativedelta import relativedelta

from ehforecast.contracts.code_maps import NO_CODE_MAPS, CodeMaps
from ehforecast.contracts.council_files import (
    Files,
    choose_tables,
    find_files,
    layout_of_name,
    open_files,
    recognise,
    staged,
)
from ehforecast.contracts.council_layout import CouncilLayout, load_council_layout
from ehforecast.contracts.council_notices import (
    TableMeasure,
    counted_notices,
    layout_notices,
    measure_table,
    placeholder_notices,
    selection_notices,
    translated_columns,
)
from ehforecast.contracts.council_selects import (
    FIRST_EVENTS,
    Reading,
    build_gathered,
    build_select,
    first_events,
    given_contracts,
    relation,
    words_in_memory,
)
from ehforecast.contracts.council_source import CouncilSource, Notice, ReceivedFile, Relations
from ehforecast.contracts.given_tables import GivenTable, build_view, plain_words, sheet_relation
from ehforecast.contracts.sql import open_engine
from ehforecast.errors import SettingsError

COUNCIL_LAYOUTS = ("ssd", "annex_a", "plain_tables")
"""The layouts of council records that are read; their documents lie in data_contracts/layouts."""
_LONGEST_LAG = 3_650


@dataclass(frozen=True)
class _Request:
    """What the caller says of an extract."""

    extracted_on: date
    maps: CodeMaps
    lags: Mapping[str, int]


def read_council(
    path: Path,
    *,
    extracted_on: date,
    layout: str | None = None,
    code_maps: CodeMaps | None = None,
    recording_lags: Mapping[str, int] | None = None,
) -> CouncilSource:
    """Read a council's extract: a folder of CSV or Parquet files, or a workbook. Nothing is written.

    The layout is recognised by the names and columns of the tables, unless it is named; an extract of two layouts is
    refused. `recording_lags` are days from what happened to its recording, by contract table, where the source does not
    hold the day of recording; without them it is the same day, which a notice says. Raises `ContractError` with every
    finding for an extract that cannot be read, `SettingsError` for a layout or lag that does not exist.
    """
    layouts = {name: load_council_layout(name) for name in COUNCIL_LAYOUTS}
    asked = None if layout is None else layout_of_name(layout, layouts)
    given, files = open_files(find_files(path), known_headers=_known_headers(layouts))
    told = asked or recognise(given, layouts)
    request = _Request(extracted_on, code_maps or NO_CODE_MAPS, _checked_lags(told, recording_lags or {}))
    return _read(choose_tables(given, told), told, files=files, request=request)


def council_from_files(
    files: Mapping[str, Path],
    *,
    extracted_on: date,
    code_maps: CodeMaps | None = None,
    recording_lags: Mapping[str, int] | None = None,
) -> CouncilSource:
    """Read tables of the Standard Safeguarding Dataset that were staged as files, by table name; see `read_council`."""
    told = load_council_layout("ssd")
    opened = {name: staged(name, path, known_headers=frozenset()) for name, path in files.items()}
    received = {table.label: content for table, content in opened.values()}
    request = _Request(extracted_on, code_maps or NO_CODE_MAPS, _checked_lags(told, recording_lags or {}))
    return _read(choose_tables([table for table, _ in opened.values()], told), told, files=received, request=request)


def _known_headers(layouts: Mapping[str, CouncilLayout]) -> frozenset[str]:
    return frozenset(
        plain_words(word)
        for layout in layouts.values()
        for table in layout.tables.values()
        for name, column in table.columns.items()
        for word in (name, *column.also)
    )


def _checked_lags(layout: CouncilLayout, lags: Mapping[str, int]) -> Mapping[str, int]:
    known = [
        name
        for name, parts in layout.gives.items()
        if any(fed.via == "recorded" for part in parts for fed in part.columns.values())
    ]
    wrong = sorted(set(lags) - set(known))
    if wrong:
        which = (
            f"has days of recording only to assume for: {', '.join(known)}" if known else "holds its days of recording"
        )
        raise SettingsError(f"recording lags for {', '.join(wrong)}: layout {layout.layout} {which}")
    if not all(0 <= days <= _LONGEST_LAG for days in lags.values()):
        raise SettingsError(f"recording lags are days, 0 to {_LONGEST_LAG}")
    return lags


def _read(tables: Mapping[str, GivenTable], layout: CouncilLayout, *, files: Files, request: _Request) -> CouncilSource:
    with open_engine() as engine:
        sheets = {sheet_relation(name): one.cells for name, one in tables.items() if one.cells is not None}
        for name, cells in sheets.items():
            engine.register(name, cells)
        measures = {name: measure_table(engine, one, name=name, layout=layout) for name, one in tables.items()}
    reading = _reading(layout, tables, measures=measures, request=request)
    words: dict[str, dict[str, str]] = {}
    selects = {name: build_select(reading, name, words=words) for name in given_contracts(reading)}
    views = {relation(name): build_view(one, name, layout=layout) for name, one in tables.items()}
    events = {FIRST_EVENTS: first_events(reading)} if layout.events else {}
    relations = Relations({**sheets, **words_in_memory(words)}, {**views, **build_gathered(reading)}, events)
    return CouncilSource(
        layout=layout.layout,
        layout_version=layout.version,
        files=_received(files, tables, measures=measures),
        extracted_on=request.extracted_on,
        covers_from=_covers_from(layout, request.extracted_on),
        notices=tuple(_notices(reading, measures, relations=relations)),
        selects=MappingProxyType(selects),
        not_held=MappingProxyType(layout.not_held),
        relations=relations,
        translated=translated_columns(reading),
    )


def _reading(
    layout: CouncilLayout,
    tables: Mapping[str, GivenTable],
    *,
    measures: Mapping[str, TableMeasure],
    request: _Request,
) -> Reading:
    gathered = {name for name, told in layout.gathered.items() if any(table in tables for table in told.tables)}
    return Reading(
        layout,
        frozenset({*tables, *gathered}),
        request.maps,
        request.extracted_on,
        request.lags,
        has_texts=any(one.texts for one in measures.values()),
    )


def _notices(reading: Reading, measures: Mapping[str, TableMeasure], *, relations: Relations) -> list[Notice]:
    notices = [*layout_notices(reading), *placeholder_notices(measures)]
    with open_engine() as engine:
        relations.register(engine, with_rows=False)
        notices += counted_notices(engine, reading)
        notices += selection_notices(engine, reading)
    return notices


def _received(
    files: Files, tables: Mapping[str, GivenTable], *, measures: Mapping[str, TableMeasure]
) -> tuple[ReceivedFile, ...]:
    """Files that were read; others in the folder were not used and are not told of."""
    return tuple(
        ReceivedFile(name, content.sha256, content.size, rows)
        for name, content in files.items()
        if (rows := _rows_of(name, tables, measures=measures)) is not None
    )


def _rows_of(label: str, tables: Mapping[str, GivenTable], *, measures: Mapping[str, TableMeasure]) -> int | None:
    rows = [measures[name].rows for name, one in tables.items() if one.label == label]
    return sum(rows) if rows else None


def _covers_from(layout: CouncilLayout, extracted_on: date) -> date | None:
    if layout.window_months is None:
        return None
    first: date = extracted_on + timedelta(days=1) - relativedelta(months=layout.window_months)
    return first
