"""From files to the store: find, check, keep."""

from collections.abc import Callable, Sequence
from pathlib import Path

from ehforecast.contracts import CheckedExtract, find_extract_files, load_layout, read_extract
from ehforecast.errors import SettingsError, StoreError
from ehforecast.pipelines.demonstrate import area_register, write_synthetic_files
from ehforecast.pipelines.one_run import alone
from ehforecast.pipelines.places import Places
from ehforecast.pipelines.settings import Settings
from ehforecast.store import Store


def ingest(settings: Settings, places: Places, *, data: Path | None, progress: Callable[[str], None]) -> Store:
    """Check every file of the layout found under `data` and keep them all, or keep none and say why.

    Without `data`, a configuration with a synthetic section invents its files first; any other raises `SettingsError`.
    Raises `StoreError` while a run of the configuration is under way: half of it would be of other data.
    """
    with alone(places.runs(settings)):
        return _ingested(settings, places, data=data, progress=progress)


def _ingested(settings: Settings, places: Places, *, data: Path | None, progress: Callable[[str], None]) -> Store:
    layout = load_layout(settings.data.layout)
    folder = data or _synthetic_folder(settings, places, progress=progress)
    paths = find_extract_files(folder, layout, required=settings.data.required)
    extracts = [read_extract(path, layout, area_register(settings)) for path in paths.values()]
    for extract in extracts:
        progress(_said(extract))
    store = Store(places.store(settings))
    _check_none_superseded(store, extracts)
    new = store.load_all(extracts)
    progress(
        f"store: {new} of {len(extracts)} files are new" if new else "store: nothing new, every file was already there"
    )
    return store


def _synthetic_folder(settings: Settings, places: Places, *, progress: Callable[[str], None]) -> Path:
    if settings.synthetic is None:
        raise SettingsError(f"configuration '{settings.name}' needs real files; say where they are with --data FOLDER")
    progress(f"inventing {settings.synthetic.councils} councils (synthetic data, seed {settings.synthetic.seed})")
    return write_synthetic_files(settings, places.synthetic(settings))


def _check_none_superseded(store: Store, extracts: Sequence[CheckedExtract]) -> None:
    """The store keeps to the later file of a table, so a forecast would not be of the file that was asked for."""
    manifest = store.manifest()
    for extract in extracts:
        in_use = any(stored.holds(extract) for stored in manifest.current(extract.contract))
        if manifest.holds(extract) and not in_use:
            raise StoreError(
                f"{extract.file_name} was received before, and {store.folder} has since received a later file of its "
                f"table {extract.table}, which stays in use; to go back to this file, give another folder as --private"
            )


def _said(extract: CheckedExtract) -> str:
    aside = "; ".join(f"{count} set aside: {rule}" for rule, count in extract.set_aside.items())
    return f"checked {extract.file_name}: {extract.rows_in:,} rows in, {extract.rows_used:,} used" + (
        f", {aside}" if aside else ", none set aside"
    )
