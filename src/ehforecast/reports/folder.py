"""Put a finished set of files in place of an older one, wholly or not at all."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from ehforecast.advisory.publishing import check_files
from ehforecast.errors import SettingsError
from ehforecast.store.files import make_private_folder, write_bytes_atomically


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make a published folder hold exactly these files, once all of them keep the rules of what may be published.

    Raises `ReleaseRefused` listing each file that may not, before anything is written; see `advisory.publishing`.
    """
    check_files(files)
    replace_private_folder(folder, files)


def replace_private_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` hold exactly these files, readable by their owner only.

    They are written beside it first and swapped in at the end, so a failure leaves the older set as it was. A folder
    that holds anything else is refused, so that nothing of anybody else's is lost.
    """
    new, old = folder.with_name(f".{folder.name}.new"), folder.with_name(f".{folder.name}.old")
    _recover(folder, new=new, old=old)
    _check_replaceable(folder, set(files))
    try:
        _write_all(new, files)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        _recover(folder, new=new, old=old)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _recover(folder: Path, *, new: Path, old: Path) -> None:
    """Undo what a run that failed or was killed left behind."""
    if old.exists() and not folder.exists():
        old.rename(folder)
    for leftover in (new, old):
        shutil.rmtree(leftover, ignore_errors=True)


def _check_replaceable(folder: Path, names: set[str]) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise SettingsError(f"report folder {folder}: this is not a folder. Give a folder of its own to each report.")
    if folder.exists() and (foreign := {path.name for path in folder.iterdir()} - names):
        raise SettingsError(
            f"report folder {folder}: it holds {len(foreign)} files that are no part of a report. Give an empty folder."
        )


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    make_private_folder(folder)
    for name, data in files.items():
        write_bytes_atomically(folder / name, data)
