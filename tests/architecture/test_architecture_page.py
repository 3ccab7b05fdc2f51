"""docs/architecture.md tells the tree as it is."""

import ast
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "architecture.md").read_text("utf-8")


def rows(page: str, table: str) -> list[tuple[str, str]]:
    """The rows between `<!-- table -->` and `<!-- end of table -->`."""
    between = page.split(f"<!-- {table} -->")[1].split(f"<!-- end of {table} -->", maxsplit=1)[0]
    return ROW.findall(between)


def difference(written: list[tuple[str, str]], true: list[tuple[str, str]]) -> str:
    missing = [f"| `{name}` | {purpose} |" for name, purpose in true if (name, purpose) not in written]
    stale = [f"| `{name}` | {purpose} |" for name, purpose in written if (name, purpose) not in true]
    twice = [name for name, times in Counter(name for name, _ in written).items() if times > 1]
    parts = (("add", missing), ("take out", stale), ("listed twice", twice))
    return "\n".join(f"{what}:\n" + "\n".join(lines) for what, lines in parts if lines)


def test_every_module_says_its_purpose(modules: dict[str, ast.Module]) -> None:
    # Catches a module or package that no reader could place, and that the table could not describe.
    assert [name for name, tree in modules.items() if not ast.get_docstring(tree)] == []


def test_module_table_equals_tree(page: str, modules: dict[str, ast.Module]) -> None:
    true = [(name, (ast.get_docstring(tree) or "").partition("\n")[0]) for name, tree in modules.items()]
    # Catches a module that came, went or changed its purpose without the page; prints the lines to change.
    assert difference(rows(page, "modules"), true) == ""


def test_contract_table_equals_folder(page: str, root: Path) -> None:
    files = sorted((root / "data_contracts").rglob("*.yaml"))
    true = [(file.relative_to(root).as_posix(), _purpose(yaml.safe_load(file.read_text("utf-8")))) for file in files]
    # Catches a data contract or layout that the page does not tell of.
    assert difference(rows(page, "contracts"), true) == ""


def _purpose(content: dict[str, Any]) -> str:
    """First sentence of a contract's purpose, or a layout's title."""
    purpose = content["description"]["purpose"] if "description" in content else content["title"]
    return re.split(r"(?<=\.)\s", " ".join(purpose.split()))[0]


@pytest.mark.parametrize(
    "kind", ["unit", "contracts", "time", "statistical", "advisory", "architecture", "browser", "real"]
)
def test_kinds_of_test_are_told(page: str, kind: str) -> None:
    # Catches a kind of test that nobody is told about.
    assert f"| `tests/{kind}/` |" in page
