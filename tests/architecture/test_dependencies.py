"""What the package stands on: declared, used, pinned with hashes, the same in both locks."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PIN = re.compile(
    r"^([A-Za-z0-9._-]+)==([^\s;]+)( ; [^\\]+?)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE
)
Lock = dict[str, set[tuple[str, str]]]
"""Versions, each with its marker, by package."""

USED_BY_PANDAS = {"pyarrow"}
"""Declared because pandas reads and writes Parquet with it, without our importing it."""


@pytest.fixture(scope="module")
def project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))


def pins(lock: Path) -> Lock:
    found: Lock = {}
    for name, version, marker, _ in PIN.findall(lock.read_text("utf-8")):
        found.setdefault(canonicalize_name(name), set()).add((version, marker))
    return found


def versions(lock: Lock, name: str) -> set[str]:
    return {version for version, _ in lock.get(name, set())}


@pytest.fixture(scope="module")
def runtime(root: Path) -> Lock:
    return pins(root / "requirements.lock")


@pytest.fixture(scope="module")
def development(root: Path) -> Lock:
    return pins(root / "requirements-dev.lock")


def outside_range(requirements: list[str], lock: Lock) -> list[str]:
    """Requirements of which the lock has no version, or one that they do not allow."""
    wrong = []
    for requirement in map(Requirement, requirements):
        pinned = versions(lock, canonicalize_name(requirement.name))
        if not pinned or not all(requirement.specifier.contains(version) for version in pinned):
            wrong.append(str(requirement))
    return wrong


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_lock_is_pins_with_hashes_and_nothing_else(root: Path, name: str) -> None:
    # Catches an unpinned or unhashed package, an option, an address or a comment with one.
    assert PIN.sub("", (root / name).read_text("utf-8")).strip() == ""


def test_lock_keeps_declared_ranges(project: dict, runtime: Lock) -> None:
    declared = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    # Catches ranges that changed without `make lock`.
    assert outside_range(declared, runtime) == []


def test_development_lock_keeps_declared_ranges(project: dict, development: Lock) -> None:
    groups = project["dependency-groups"].values()
    extras = project["project"]["optional-dependencies"].values()
    # Catches tools that changed without `make lock`.
    assert outside_range([line for lines in (*groups, *extras) for line in lines], development) == []


def test_locks_agree(runtime: dict, development: Lock) -> None:
    # Catches tests that would run on other versions than users do.
    assert [name for name in runtime if versions(runtime, name) != versions(development, name)] == []


def test_ranges_have_an_upper_end(project: dict) -> None:
    declared = [Requirement(line) for line in project["project"]["dependencies"]]
    # Catches a dependency whose next breaking release would be taken without being tried.
    assert [r.name for r in declared if not any(s.operator in {"<", "==", "~="} for s in r.specifier)] == []


def test_dependencies_are_those_imported(project: dict, modules: dict[str, ast.Module]) -> None:
    declared = {canonicalize_name(Requirement(line).name) for line in project["project"]["dependencies"]}
    names = packages_distributions()
    giving = [{canonicalize_name(name) for name in names[top]} for tree in modules.values() for top in _outside(tree)]
    imported = {min(own & declared or own) for own in giving}  # two distributions may share a package
    optional = project["project"]["optional-dependencies"].values()
    extras = {Requirement(line).name for lines in optional for line in lines}
    # Catches a library used by luck because another one brings it.
    assert imported - declared - {canonicalize_name(name) for name in extras} == set()
    # Catches a library that every council installs and nothing uses.
    assert declared - imported - USED_BY_PANDAS == set()


def _outside(tree: ast.Module) -> set[str]:
    imports = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imports |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in imports} - sys.stdlib_module_names - {"ehforecast"}


def test_every_dependency_has_its_reason(project: dict, root: Path) -> None:
    reasons = (root / "docs" / "decisions.md").read_text("utf-8")
    declared = [Requirement(line).name for line in project["project"]["dependencies"]]
    # Catches a dependency that came in without saying why.
    assert [name for name in declared if f"| `{name}` |" not in reasons] == []
