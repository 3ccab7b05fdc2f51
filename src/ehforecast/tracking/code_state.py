"""Which code a number came from: a hash of the package's own source, and where it was checked out from.

The hash goes into the record of a run, for other code or other contracts may give other numbers. It is the same for a
wheel and for a checkout of the same source, and another where one line was changed. Commit and lock cannot be known of
a wheel; they stand beside the times, and say so where they are not known.
"""

import hashlib
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

NOT_A_CHECKOUT = "unknown: not run from a checkout"
LOCK = "requirements.lock"

CONTRACTS = "data_contracts"
_OURS = (".py", ".html", ".css", ".csv")
_ADDED_BY_WHEEL = (CONTRACTS, "configs")


@dataclass(frozen=True)
class CodeState:
    """Where the code lay.

    Attributes:
        commit: of the checkout; in words where it is not known.
        has_changes: whether files differ from that commit; None where it is not known.
        lock_sha256: of the lock of all dependencies beside it; in words where there is none.
    """

    commit: str
    has_changes: bool | None
    lock_sha256: str


def source_sha256(package: Path | None = None) -> str:
    """SHA-256 of every source file of the package and of its data contracts; line endings count for nothing.

    Contracts say what a column may be used for: with another word in one, a model learns from other columns.
    """
    return _source_sha256(package or _package())


@cache
def _source_sha256(package: Path) -> str:
    """Read once: what runs is what was there when it was loaded."""
    found = hashlib.sha256()
    files = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.suffix in _OURS}
    files = {name: path for name, path in files.items() if not name.startswith(_ADDED_BY_WHEEL)}
    contracts = next((place for place in (package, package.parents[1]) if (place / CONTRACTS).is_dir()), package)
    files |= {path.relative_to(contracts).as_posix(): path for path in (contracts / CONTRACTS).rglob("*.yaml")}
    for name in sorted(files):
        content = files[name].read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{name}\n{len(content)}\n".encode() + content)
    return found.hexdigest()


def code_state(package: Path | None = None) -> CodeState:
    """The state of the checkout that the package runs from, in words where it runs from none."""
    root = checkout_of(package or _package())
    if root is None:
        return CodeState(NOT_A_CHECKOUT, None, NOT_A_CHECKOUT)
    lock = root / LOCK
    lock_sha256 = hashlib.sha256(lock.read_bytes()).hexdigest() if lock.is_file() else f"unknown: no {LOCK}"
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return CodeState("unknown: git does not answer", None, lock_sha256)
    changed = _git(root, "status", "--porcelain", "--", "src", "data_contracts", LOCK)
    return CodeState(commit.strip(), None if changed is None else bool(changed.strip()), lock_sha256)


def checkout_of(package: Path) -> Path | None:
    """The checkout the package lies in; None for an installed one, though it may lie within somebody's checkout."""
    root = package.parent.parent
    is_ours = package.parent.name == "src" and (root / "pyproject.toml").is_file() and (root / ".git").exists()
    return root if is_ours else None


def _package() -> Path:
    return Path(__file__).resolve().parents[1]


def _git(root: Path, *words: str) -> str | None:
    """What git says, None where it fails. It writes nothing, runs no monitor, and looks at no other checkout."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}  # noqa: TID251 - handed on
    command = ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True, env=quiet)  # noqa: S603 - our words
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout
