"""Where a council's extract comes from: a folder or workbook, a database, or a council that never existed."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import MappingProxyType

from ehforecast.contracts.council_layout import load_council_layout
from ehforecast.contracts.database import Database
from ehforecast.errors import SettingsError
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import CouncilSettings, SyntheticCouncilSettings
from ehforecast.store import make_private_folder
from ehforecast.synthetic.annex_a_files import write_annex_a
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan, Place
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import write_ssd

Write = Callable[[SyntheticCouncil, Path], object]
_WRITERS: Mapping[str, Write] = MappingProxyType(
    {
        "auto": write_ssd,
        "ssd": write_ssd,
        "annex_a": write_annex_a,
        "plain_tables": lambda council, folder: write_plain(council.tables, folder),
    }
)
_DATABASE_LAYOUTS = MappingProxyType({"auto": "ssd", "ssd": "ssd", "plain_tables": "plain_tables"})


def day_of_extract(settings: CouncilSettings, given: date | None) -> date:
    """The day of the extract: as given, as configured, or the last day of a council that was invented."""
    invented = _plan(settings, settings.synthetic).extracted_on if settings.synthetic else None
    day = given or settings.records.extracted_on or invented
    if day is None:
        raise SettingsError(
            f"configuration '{settings.name}', key 'records.extracted_on': say of which day the extract is, there or "
            "with --extracted-on"
        )
    return day


@contextmanager
def extracted_files(
    settings: CouncilSettings, places: Places, *, given: Path | None, progress: Callable[[str], None]
) -> Iterator[Path]:
    """The extract as files, as long as they are needed: what was copied from a database goes when it was read."""
    source = settings.records.source or ""
    if given is not None:
        yield given
    elif settings.synthetic is not None:
        yield _invented(settings, settings.synthetic, folder=places.synthetic(settings), progress=progress)
    elif "://" in source:
        with _folder_for_a_while(places.incoming(settings)) as folder:
            _fetch(settings, source, folder=folder, progress=progress)
            yield folder
    else:
        yield settings.at(source)


def _plan(settings: CouncilSettings, told: SyntheticCouncilSettings) -> CouncilPlan:
    """The council to invent, with the places that the section `pack` names."""
    named = settings.pack.places.named if settings.pack else {}
    places = tuple(Place(name, place.share, place.opens, told.after_opening) for name, place in named.items())
    return CouncilPlan(**told.model_dump(exclude={"after_opening"}), places=places)


def _invented(
    settings: CouncilSettings, told: SyntheticCouncilSettings, *, folder: Path, progress: Callable[[str], None]
) -> Path:
    progress(f"inventing a council (synthetic data, seed {told.seed})")
    shutil.rmtree(folder, ignore_errors=True)  # of other settings under the same name
    make_private_folder(folder)
    try:
        council = draw_council(_plan(settings, told))
    except SettingsError as error:
        raise SettingsError(f"configuration '{settings.name}', key 'synthetic': {error}") from None
    _WRITERS[settings.records.layout](council, folder)
    return folder


@contextmanager
def _folder_for_a_while(folder: Path) -> Iterator[Path]:
    """A private folder; what a run that was killed left in it is taken away first."""
    shutil.rmtree(folder, ignore_errors=True)
    make_private_folder(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(settings: CouncilSettings, source: str, *, folder: Path, progress: Callable[[str], None]) -> None:
    """Copy the tables and columns that the layout reads, and nothing else, out of a database."""
    key = f"configuration '{settings.name}', key 'records"
    layout_name = _DATABASE_LAYOUTS.get(settings.records.layout)
    if layout_name is None:
        raise SettingsError(f"{key}.layout': a database holds {' or '.join(sorted(set(_DATABASE_LAYOUTS.values())))}")
    layout = load_council_layout(layout_name)
    try:
        database = Database(source, settings.records.database_schema)
        if database.has_password:
            raise SettingsError("a configuration holds no password; put it into PGPASSWORD or ~/.pgpass")
        progress(f"reading {database.place}")
        database.fetch(
            {name: table.columns for name, table in layout.tables.items()},
            folder,
            required=[name for name, table in layout.tables.items() if table.required],
        )
    except SettingsError as error:
        raise SettingsError(f"{key}.source': {error}") from None
