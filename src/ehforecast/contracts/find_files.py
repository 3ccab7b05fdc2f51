"""Finding a publisher's files in a folder by the names it gives them."""

from collections.abc import Sequence
from pathlib import Path

from ehforecast.contracts.layout import Layout
from ehforecast.contracts.recognise import file_is_named_as
from ehforecast.contracts.source_file import EVERY_COLUMN, refuse
from ehforecast.errors import ContractError, Finding, SettingsError


def find_extract_files(folder: Path, layout: Layout, *, required: Sequence[str] = ()) -> dict[str, Path]:
    """The file of each of the layout's tables under a folder, by file name, every subfolder searched.

    A table without a file is left out, or refused if it is required; two files for one table are refused.
    """
    if not folder.is_dir():
        raise refuse(str(folder), rule="the_folder_exists", remedy="No folder has that name; check the path.")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    found = {
        name: [path for path in files if file_is_named_as(table, path.name)] for name, table in layout.tables.items()
    }
    findings = [_found_twice(name, paths, folder=folder) for name, paths in found.items() if len(paths) > 1]
    findings += [_not_found(name, layout, folder=folder) for name in required if not found.get(name)]
    if findings:
        raise ContractError(findings)
    return {name: paths[0] for name, paths in found.items() if paths}


def _found_twice(name: str, paths: list[Path], *, folder: Path) -> Finding:
    files = ", ".join(str(path.relative_to(folder)) for path in paths)
    remedy = "Keep one file of the table in the folder; the latest covers all years."
    return Finding(files, name, EVERY_COLUMN, "a_table_has_one_file", len(paths) - 1, remedy)


def _not_found(name: str, layout: Layout, *, folder: Path) -> Finding:
    if name not in layout.tables:
        raise SettingsError(f"layout {layout.layout} has no table {name}; it has: {', '.join(layout.tables)}")
    remedy = f"Put the file there; its name is like {', '.join(layout.tables[name].file_names)}."
    return Finding(str(folder), name, EVERY_COLUMN, "a_required_table_has_a_file", 1, remedy)
