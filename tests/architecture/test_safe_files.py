"""What no file of the project holds: pickles, scripts in pages, addresses of registries, paths of one machine."""

import ast
import re
from pathlib import Path

import pytest

PICKLES = {"pickle", "_pickle", "cPickle", "cloudpickle", "dill", "marshal", "shelve", "jsonpickle"}
PICKLING_CALLS = {"read_pickle", "to_pickle", "allow_pickle"}

# In pieces, so that this file does not hold what it looks for.
REGISTRY = re.compile(
    r"--(?:extra-)?index-"
    r"url|--find-"
    r"links|https?://[^\s\"'<>]+(?:\.whl|\.tar\.gz|\.tgz|\.deb|/simple/?)(?![\w.])"
    r"|https?://(?:registry|packages?|files?|index|mirrors?|proxy|deb)\.",
    re.IGNORECASE,
)
MACHINE_PATH = re.compile(r"(?<![\w./])/(?:work|root|home/\w+|Users/\w+|tmp/tools|opt/wheels)(?=/|\b)")
SCRIPT = re.compile(
    r"<script|javascript:|\bon(?:click|load|error)\s*=|(?:src|@import|url\()\s*=?\s*[\"'(]?\s*https?:|<link[^>]+https?:",
    re.IGNORECASE,
)


def holding(pattern: re.Pattern[str], files: list[Path]) -> dict[str, list[str]]:
    found = {file.name: [m.group() for m in pattern.finditer(file.read_text("utf-8", "replace"))] for file in files}
    return {name: matches for name, matches in found.items() if matches}


def test_nothing_unpickles(project_files: list[Path]) -> None:
    guilty = [
        file.name for file in project_files if file.suffix == ".py" and _pickles(ast.parse(file.read_text("utf-8")))
    ]
    # Catches a way to run code by reading a file: models are stored as numbers and text.
    assert guilty == []


def _pickles(tree: ast.Module) -> bool:
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    joblib_io = any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "joblib"
        and node.attr in {"load", "dump"}
        for node in ast.walk(tree)
    )
    named = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.arg or "" for node in ast.walk(tree) if isinstance(node, ast.keyword)}
    return joblib_io or bool({name.split(".")[0] for name in imported} & PICKLES) or bool(named & PICKLING_CALLS)


@pytest.mark.parametrize(
    "code",
    [
        "import pickle",
        "from dill import load",
        "def f():\n import shelve",
        "pd.read_pickle(x)",
        "np.load(x, allow_pickle=True)",
        "joblib.load(x)",
    ],
)
def test_pickles_are_found(code: str) -> None:
    # Catches a search that overlooks one of the family.
    assert _pickles(ast.parse(code))


def test_no_registry_is_named(project_files: list[Path]) -> None:
    # Catches an address in a lock file, a script or a page that would tie the project to one registry.
    assert holding(REGISTRY, project_files) == {}


@pytest.mark.parametrize(
    "text",
    [
        "--index" + "-url x",
        "--extra-index" + "-url=x",
        "--find" + "-links /x",
        "http" + "s://a.example/pool/x-1.0-py3-none-any.whl",
        "http" + "s://a.example/simple/",
        "http" + "s://registry.example/x",
    ],
)
def test_registry_addresses_are_found(text: str) -> None:
    # Catches a search that overlooks a way of naming a registry.
    assert REGISTRY.search(text)


def test_no_path_of_one_machine(project_files: list[Path]) -> None:
    # Catches a path that exists only where it was written.
    assert holding(MACHINE_PATH, project_files) == {}


def test_no_page_brings_a_script(package: Path) -> None:
    files = [file for file in package.rglob("*") if file.suffix in {".py", ".html", ".j2", ".jinja", ".css", ".svg"}]
    # Catches a report that runs code or asks another machine for anything when it is opened.
    assert holding(SCRIPT, files) == {}
