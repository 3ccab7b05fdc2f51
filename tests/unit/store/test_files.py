import subprocess
import sys
from pathlib import Path

import pytest

from ehforecast.errors import StoreError
from ehforecast.store import make_private_folder, write_bytes_atomically
from ehforecast.store.lock import only_writer


def test_content_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deep" / "file.bin"
    write_bytes_atomically(path, b"first, and longer")
    write_bytes_atomically(path, b"second")
    # Catches old content showing through under new, and temporary files left beside it.
    assert path.read_bytes() == b"second"
    assert [found.name for found in path.parent.iterdir()] == ["file.bin"]


def test_a_failure_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file.bin"
    write_bytes_atomically(path, b"old")

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(OSError, match="Input/output error"):
        write_bytes_atomically(path, b"new")
    # Catches a file named before its content is on disk, and temporary files left behind.
    assert path.read_bytes() == b"old"
    assert [found.name for found in tmp_path.iterdir()] == ["file.bin"]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path / "mine")
    # Catches a folder of the user's being closed to others because we wrote into it.
    assert tmp_path.stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "mine").stat().st_mode & 0o777 == 0o700


HOLD = """
import pathlib, sys
from ehforecast.store.lock import only_writer
with only_writer(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_another_process_is_kept_out_until_the_holder_is_killed(tmp_path: Path) -> None:
    holder = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        # Catches a lock that only holds within one process.
        with pytest.raises(StoreError, match="wait until it has finished"), only_writer(tmp_path):
            pass
        process.kill()
        process.wait()
    # Catches a crash that locks the store for ever.
    with only_writer(tmp_path):
        assert (tmp_path / ".lock").read_bytes() == b""
