"""Which code made a number: told from a checkout and from a wheel, and never from somebody else's checkout."""

import re
import subprocess
from pathlib import Path

import pytest

from ehforecast.tracking.code_state import NOT_A_CHECKOUT, code_state, source_sha256

GIT = ["git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false"]


def package(folder: Path, *, line: str = "x = 1\n") -> Path:
    found = folder / "src" / "ehforecast"
    (found / "sub").mkdir(parents=True)
    (found / "__init__.py").write_bytes(b"")
    (found / "sub" / "one.py").write_bytes(line.encode())
    (found / "page.html").write_bytes(b"<p>\n")
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    found = package(tmp_path)
    (tmp_path / "pyproject.toml").write_bytes(b"")
    (tmp_path / "requirements.lock").write_bytes(b"numpy==2\n")
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*GIT, *words], cwd=tmp_path, check=True)
    return found


def test_the_source_has_one_hash_wherever_it_lies(tmp_path: Path) -> None:
    folders = [package(tmp_path / name) for name in ("a", "b")]
    (folders[1] / "sub" / "__pycache__").mkdir()
    (folders[1] / "sub" / "__pycache__" / "one.pyc").write_bytes(b"compiled")
    (folders[1] / "sub" / "one.py").write_bytes(b"x = 1\r\n")
    (folders[1] / "configs").mkdir()
    (folders[1] / "configs" / "a.py").write_bytes(b"added by the wheel")
    # Catches a hash that folder, compiled files, line endings or what a wheel adds would change.
    assert source_sha256(folders[0]) == source_sha256(folders[1])


def test_contracts_count_wherever_they_lie(tmp_path: Path) -> None:
    checkout, wheel, other = (package(tmp_path / name) for name in ("checkout", "wheel", "other"))
    places = {checkout.parents[1]: "predict", wheel: "predict", other.parents[1]: "audit_only"}
    for place, use in places.items():
        (place / "data_contracts" / "layouts").mkdir(parents=True)
        (place / "data_contracts" / "contacts.odcs.yaml").write_text(f"permitted_use: {use}\n", "utf-8")
        (place / "data_contracts" / "layouts" / "ssd.yaml").write_text("tables: []\n", "utf-8")
    # Catches a checkout and the wheel made of it told apart.
    assert source_sha256(checkout) == source_sha256(wheel)
    # Catches a run taken for unchanged though a column may be used for something else by now.
    assert source_sha256(other) != source_sha256(checkout)


@pytest.mark.parametrize("change", ["a line", "a name", "a template", "a file more"])
def test_any_change_of_the_source_is_seen(tmp_path: Path, change: str) -> None:
    before = source_sha256(package(tmp_path / "a"))
    other = package(tmp_path / "b", line="x = 2\n" if change == "a line" else "x = 1\n")
    if change == "a name":
        (other / "sub" / "one.py").rename(other / "sub" / "two.py")
    if change == "a template":
        (other / "page.html").write_bytes(b"<b>\n")
    if change == "a file more":
        (other / "empty.py").write_bytes(b"")
    # Catches other code under the id of a run that it did not make.
    assert source_sha256(other) != before


def test_a_checkout_tells_commit_changes_and_lock(checkout: Path) -> None:
    clean = code_state(checkout)
    assert re.fullmatch(r"[0-9a-f]{40}", clean.commit)
    assert re.fullmatch(r"[0-9a-f]{64}", clean.lock_sha256)
    # Catches a clean checkout called changed.
    assert clean.has_changes is False
    (checkout / "new.py").write_bytes(b"")
    # Catches a changed one called clean: a commit alone would not give the number again.
    assert code_state(checkout).has_changes is True
    # Catches a commit or lock that follows the files instead of the checkout.
    assert (code_state(checkout).commit, code_state(checkout).lock_sha256) == (clean.commit, clean.lock_sha256)


def test_a_file_outside_the_source_is_no_change(checkout: Path) -> None:
    (checkout.parent.parent / "notes.txt").write_bytes(b"")
    # Catches a private folder or a note beside the checkout that makes every run look changed.
    assert code_state(checkout).has_changes is False


def test_a_wheel_says_that_it_does_not_know(checkout: Path) -> None:
    installed = checkout.parent.parent / "venv" / "site-packages" / "ehforecast"
    installed.mkdir(parents=True)
    # Catches the commit of a council's own repository, in which the environment lies, given as ours.
    assert code_state(installed).commit == NOT_A_CHECKOUT
    assert (code_state(installed).has_changes, code_state(installed).lock_sha256) == (None, NOT_A_CHECKOUT)


def test_without_git_or_lock_it_says_so(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (checkout.parent.parent / "requirements.lock").unlink()
    monkeypatch.setenv("PATH", "")
    found = code_state(checkout)
    # Catches a run that fails because a tool is not installed.
    assert found.commit == "unknown: git does not answer"
    assert found.lock_sha256 == "unknown: no requirements.lock"


def test_git_is_asked_about_this_checkout_alone(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = code_state(checkout).commit
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([*GIT, "init", "-q"], cwd=elsewhere, check=True)
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    # Catches variables of a hook or a shell that lead git to another repository.
    assert code_state(checkout).commit == own
