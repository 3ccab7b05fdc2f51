"""The commands that people are told of exist, and the first answer is quick."""

import json
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ehforecast

HEAVY = {
    "pandas", "numpy", "scipy", "matplotlib", "statsmodels", "duckdb", "pyarrow", "jinja2", "holidays", "joblib",
    "open_data_contract_standard",
}  # fmt: skip
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "benchmarks/README.md", "reports/README.md")
DOCS = Path(__file__).parents[2] / "docs"
HELP = """
import json, sys
sys.argv = ["ehforecast", "--help"]
from ehforecast.cli import main
try:
    main()
except SystemExit as ended:
    assert not ended.code
print(json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.fixture(scope="module")
def targets(root: Path) -> set[str]:
    return set(re.findall(r"^([a-z%-]+):", (root / "Makefile").read_text("utf-8"), re.MULTILINE))


def has_target(name: str, targets: set[str]) -> bool:
    return name in targets or any(name.startswith(t.removesuffix("%")) for t in targets if t.endswith("%"))


def commands_in(text: str) -> set[str]:
    """Targets named in code: `make test`, or a line of a code block that begins with make."""
    return set(re.findall(r"(?:^\s*(?:\$ )?|`)make ([a-z][a-z-]*[A-Za-z_]*)", text, re.MULTILINE))


def test_commands_people_rely_on(targets: set[str]) -> None:
    promised = {"setup", "run", "test", "lint", "notebooks", "docs", "bench-%", "accept-%", "help"}
    # Catches a command taken away from people who rely on it.
    assert promised - targets == set()


@pytest.mark.parametrize(
    "page", [*PAGES, *(f"docs/{page.relative_to(DOCS).as_posix()}" for page in DOCS.rglob("*.md"))]
)
def test_commands_on_pages_exist(root: Path, targets: set[str], page: str) -> None:
    named = commands_in((root / page).read_text("utf-8"))
    # Catches an instruction that answers "no rule to make target".
    assert [name for name in named if not has_target(name, targets)] == []


def test_readme_names_the_two_commands(root: Path) -> None:
    named = commands_in((root / "README.md").read_text("utf-8"))
    # Catches a first page that does not say how to begin.
    assert {"run", "test"} <= named


def test_files_named_in_readme_commands_exist(root: Path) -> None:
    named = re.findall(r"CONFIG=(configs/\S+?\.yaml)", (root / "README.md").read_text("utf-8"))
    # Catches a command with a configuration that is not there.
    assert [name for name in named if not (root / name).is_file()] == []


def test_continuous_integration_calls_targets(root: Path, targets: set[str]) -> None:
    script = root / ".ci" / "run"
    hooks = yaml.safe_load((root / ".pre-commit-config.yaml").read_text("utf-8"))
    local = [hook["entry"].removeprefix("make ") for repo in hooks["repos"] for hook in repo["hooks"]]
    # Catches a script that cannot be started as a program.
    assert script.stat().st_mode & stat.S_IXUSR
    # Catches a check that runs in one place and is spelt differently in another.
    assert [name for name in local if not has_target(name, targets)] == []
    # Catches a hook that would fetch something from elsewhere.
    assert {repo["repo"] for repo in hooks["repos"]} == {"local"}


def test_help_loads_nothing_heavy() -> None:
    shown = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True).stdout
    loaded = set(json.loads(shown.splitlines()[-1]))
    # Catches an import at the top of the command line that makes everyone wait.
    assert loaded & HEAVY == set()


def test_changelog_has_this_version(root: Path) -> None:
    # Catches a release that does not say what changed.
    assert f"## {ehforecast.__version__}" in (root / "CHANGELOG.md").read_text("utf-8")
