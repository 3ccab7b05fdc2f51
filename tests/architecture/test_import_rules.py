"""Who may import whom: the rules hold, and they bite."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = (
    "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True, no_logo=True))"
)

READS_VOCABULARY_BY_NAME = "ehforecast/contracts/contract.py"
"""A contract names the vocabulary of a column, a module in a row below; it is found by that name."""

VIOLATIONS = {
    "a lower row imports a higher one": ("contracts/planted.py", "import ehforecast.store"),
    "two names on one row": ("demand/planted.py", "def late() -> None:\n    import ehforecast.tracking"),
    "a folder nobody planned": ("utils/__init__.py", ""),
    "advice looks behind the results": ("advisory/planted.py", "import ehforecast.demand.series"),
    "a report looks behind the results": ("reports/planted.py", "import ehforecast.demand.forecasters"),
    "results look at how they were made": ("demand/results.py", "import ehforecast.demand.series"),
    "an outside library away from home": ("demand/planted.py", "import matplotlib.figure"),
    "a model outside the forecasters": ("pipelines/planted.py", "import statsmodels.api"),
    "a cycle inside one package": (
        "store/planted.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import ehforecast.store.planted_too",
    ),
}


def lint_imports(root: Path, source: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT_IMPORTS],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(source)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_import_rules_hold(root: Path) -> None:
    checked = lint_imports(root, root / "src")
    # Catches any import that `docs/architecture.md` does not allow.
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize("violation", VIOLATIONS)
def test_planted_violation_is_refused(root: Path, tmp_path: Path, violation: str) -> None:
    shutil.copytree(root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / "pyproject.toml", tmp_path)
    file, text = VIOLATIONS[violation]
    planted = tmp_path / "src" / "ehforecast" / file
    planted.parent.mkdir(exist_ok=True)
    with planted.open("a", encoding="utf-8") as opened:
        opened.write(f"\n{text}\n")
    if "cycle" in violation:
        planted.with_stem("planted_too").write_text("import ehforecast.store.planted\n")
    checked = lint_imports(tmp_path, tmp_path / "src")
    # Catches import rules that no longer look at the package, or a contract that lost its teeth.
    assert checked.returncode == 1, checked.stdout + checked.stderr
    # Catches a run that failed for a reason of its own, such as a layer that does not exist.
    assert "BROKEN" in checked.stdout or "utils" in checked.stdout, checked.stdout + checked.stderr


@pytest.mark.parametrize("name", ["ehforecast/", "ehforecast/demand/"])
def test_packages_above_results_import_nothing(modules: dict[str, ast.Module], name: str) -> None:
    importing = [node for node in modules[name].body if isinstance(node, ast.Import | ast.ImportFrom)]
    light = {"from typing import TYPE_CHECKING", "from ehforecast.version import __version__"}
    importing = [node for node in importing if ast.unparse(node) not in light]
    # Catches an `__init__.py` through which importing `demand.results` would load the whole half.
    assert importing == []


def test_nothing_is_imported_by_name_at_run_time(modules: dict[str, ast.Module]) -> None:
    dynamic = {name for name, tree in modules.items() if {"import_module", "__import__"} & _names(tree)}
    # Catches an import that the import rules cannot see.
    assert dynamic <= {READS_VOCABULARY_BY_NAME}


def _names(tree: ast.Module) -> set[str]:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
