"""The test suite keeps its own rules: one kind each, no network, warnings are errors."""

import shutil
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from pytest_socket import SocketBlockedError

PASSES = "def test_it() -> None:\n    assert True\n"
MARKED = "import pytest\n\n@pytest.mark.statistical\n" + PASSES


def collect(root: Path, folder: Path, file: str, text: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(root / "pyproject.toml", folder)
    (folder / "src").mkdir()
    (folder / file).parent.mkdir(parents=True)
    shutil.copy(root / "tests" / "conftest.py", folder / "tests")
    (folder / file).write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("file", "text", "complaint"),
    [
        ("tests/misc/test_it.py", PASSES, "a test lives in tests/<kind>/"),
        ("tests/unit/test_it.py", MARKED, "a test is of one kind"),
    ],
)
def test_a_test_of_no_kind_or_two_stops_the_run(
    root: Path, tmp_path: Path, file: str, text: str, complaint: str
) -> None:
    collected = collect(root, tmp_path, file, text)
    # Catches tests that no selection by kind would ever run, or that run as two kinds.
    assert collected.returncode == pytest.ExitCode.USAGE_ERROR
    assert complaint in collected.stderr


def test_a_test_of_one_kind_is_collected(root: Path, tmp_path: Path) -> None:
    # Catches a rule so strict that nothing passes it.
    assert collect(root, tmp_path, "tests/unit/test_it.py", PASSES).returncode == pytest.ExitCode.OK


def test_kind_is_marked(request: pytest.FixtureRequest) -> None:
    # Catches a conftest that no longer marks: `pytest -m architecture` would select nothing.
    assert request.node.get_closest_marker("architecture") is not None


def test_no_network() -> None:
    # Catches a suite in which a test could reach another machine.
    with pytest.warns(UserWarning, match="socket"), pytest.raises(SocketBlockedError):
        socket.socket(socket.AF_INET)


def test_warnings_are_errors() -> None:
    # Catches a suite that lets a library say in vain what it will change.
    with pytest.raises(DeprecationWarning):
        warnings.warn("soon", DeprecationWarning, stacklevel=1)
