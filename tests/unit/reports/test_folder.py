"""A report appears whole or not at all, for its owner only, and never at the cost of somebody else's files."""

import os
import stat
from pathlib import Path

import pytest

from ehforecast.errors import SettingsError
from ehforecast.reports import folder as folder_module
from ehforecast.reports.folder import replace_private_folder

FILES = {"index.html": b"new", "forecast.csv": b"new"}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_first_report_makes_its_folders(tmp_path: Path) -> None:
    replace_private_folder(tmp_path / "reports" / "run-1", FILES)
    # Catches a file that was not written.
    assert contents(tmp_path / "reports" / "run-1") == FILES
    # Catches anything left beside it.
    assert [path.name for path in (tmp_path / "reports").iterdir()] == ["run-1"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        replace_private_folder(tmp_path / "reports" / "run-1", FILES)
    finally:
        os.umask(before)
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "reports").rglob("*")}
    # Catches a report that everybody on a shared machine can read.
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


def test_an_older_report_is_replaced_whole(tmp_path: Path) -> None:
    replace_private_folder(tmp_path / "run-1", {"index.html": b"old", "forecast.csv": b"old"})
    replace_private_folder(tmp_path / "run-1", FILES)
    # Catches old and new files side by side.
    assert contents(tmp_path / "run-1") == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["run-1"]


@pytest.mark.parametrize("fails_at", ["write", "swap"])
def test_a_failure_leaves_the_older_report(tmp_path: Path, fails_at: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "run-1"
    replace_private_folder(target, {"index.html": b"old", "forecast.csv": b"old"})
    rename, write = Path.rename, folder_module.write_bytes_atomically

    def failing_write(path: Path, data: bytes) -> None:
        if fails_at == "write" and path.name == "forecast.csv":
            raise OSError("disk full")
        write(path, data)

    def failing_rename(self: Path, to: Path) -> Path:
        if fails_at == "swap" and self.name == ".run-1.new":
            raise OSError("disk full")
        return rename(self, to)

    monkeypatch.setattr(folder_module, "write_bytes_atomically", failing_write)
    monkeypatch.setattr(Path, "rename", failing_rename)
    with pytest.raises(OSError, match="disk full"):
        replace_private_folder(target, FILES)
    # Catches a failure that loses the last good report or leaves half of a new one.
    assert contents(target) == {"index.html": b"old", "forecast.csv": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["run-1"]


def test_a_killed_run_is_cleared_up_after(tmp_path: Path) -> None:
    for name in (".run-1.new", ".run-1.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_bytes(b"old")
    replace_private_folder(tmp_path / "run-1", FILES)
    # Catches a run that was killed between its two renames and blocks every later one.
    assert contents(tmp_path / "run-1") == FILES
    assert [path.name for path in tmp_path.iterdir()] == ["run-1"]


def test_foreign_files_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SettingsError, match="1 files that are no part of a report"):
        replace_private_folder(tmp_path, FILES)
    # Catches a report folder that swallows what somebody else keeps there.
    assert contents(tmp_path) == {"notes.txt": b"mine"}


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_not_a_folder_is_refused(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "run-1"
    (tmp_path / "elsewhere").mkdir()
    target.write_text("mine") if kind == "file" else target.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="this is not a folder"):
        replace_private_folder(target, FILES)
    # Catches a report written through a link to where it does not belong.
    assert list((tmp_path / "elsewhere").iterdir()) == []
