"""House numbers that no linter measures: how long functions and files are."""

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

Function = ast.FunctionDef | ast.AsyncFunctionDef


def length(function: Function) -> int:
    """Lines from `def` to the end, less the docstring: statistics need words."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    words = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - words


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


@pytest.fixture(scope="module")
def lengths(modules: dict[str, ast.Module]) -> dict[str, int]:
    return {f"{name}: {f.name}, line {f.lineno}": length(f) for name, tree in modules.items() for f in functions(tree)}


def test_functions_are_short(lengths: dict[str, int]) -> None:
    # Catches a code base that grows by lengthening functions rather than by naming steps.
    assert median(lengths.values()) <= 8
    # Catches a habit of long functions that the median hides.
    assert quantiles(lengths.values(), n=10)[-1] < 30


def test_no_function_is_over_60_lines(lengths: dict[str, int]) -> None:
    # Catches the one function in which everything happens.
    assert {name: lines for name, lines in lengths.items() if lines > 60} == {}


def test_no_file_is_over_400_lines(root: Path) -> None:
    files = {file: _lines(file) for folder in ("src", "tests", "benchmarks") for file in (root / folder).rglob("*.py")}
    # Catches a module that has become two.
    assert {file.name: lines for file, lines in files.items() if lines > 400} == {}
    # Catches a drift of most modules to the hard limit.
    assert sum(lines <= 300 for lines in files.values()) >= 0.9 * len(files)


def _lines(file: Path) -> int:
    return len(file.read_text("utf-8").splitlines())


def test_length_leaves_out_the_docstring() -> None:
    tree = ast.parse('def f():\n    """One.\n\n    Two.\n    """\n    return 1\n')
    # Catches a ruler that punishes explaining.
    assert [length(function) for function in functions(tree)] == [2]
