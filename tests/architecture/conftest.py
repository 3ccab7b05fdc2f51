"""What the architecture tests read: the modules of the package, and the files of the project."""

import ast
import subprocess
from pathlib import Path

import pytest

LEFT_OUT = {".git", ".venv", "site", "build", "dist", "__pycache__"}
"""Folders never looked into where there is no git to say what belongs to the project."""


@pytest.fixture(scope="session")
def package(root: Path) -> Path:
    return root / "src" / "ehforecast"


@pytest.fixture(scope="session")
def modules(package: Path) -> dict[str, ast.Module]:
    """Every module of the package by its path in it, `reports/` for the package's own `__init__.py`."""
    return {_name(path, package): ast.parse(path.read_text("utf-8")) for path in sorted(package.rglob("*.py"))}


def _name(path: Path, package: Path) -> str:
    inside = path.relative_to(package.parent).as_posix()
    return inside.removesuffix("__init__.py")


@pytest.fixture(scope="session")
def project_files(root: Path) -> list[Path]:
    """Every text file that is or may be committed."""
    files = _known_to_git(root) if (root / ".git").exists() else _on_disk(root)
    return [file for file in files if file.is_file() and b"\0" not in file.read_bytes()[:8000]]


def _known_to_git(root: Path) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [root / name for name in listed.split("\0") if name]


def _on_disk(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if not LEFT_OUT.intersection(path.relative_to(root).parts)]
