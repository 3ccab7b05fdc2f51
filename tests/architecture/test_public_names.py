"""The package advises: no public name speaks as if it decided."""

import ast
import re
from collections.abc import Iterator

import pytest

FORBIDDEN = re.compile(r"^(decision|action|flag|priorit(y|ies)|rank(ing|ed)?)s?$|^(flagg|prioriti[sz])", re.IGNORECASE)

CENSUS_WORDS = re.compile(r"no_?further_?action", re.IGNORECASE)
"""The census's own name for one outcome that people recorded; nothing is acted on by it here."""


def words(name: str) -> list[str]:
    """`HighRankScore` and `high_rank_score` alike: high, rank, score."""
    return re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)


def public_names(tree: ast.AST) -> Iterator[str]:
    """Functions, classes, arguments, constants and attributes, but not what is local to a function."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
                yield from (inner.arg for inner in ast.walk(node.args) if isinstance(inner, ast.arg))
                yield from (inner.attr for inner in ast.walk(node) if _is_kept(inner))
                continue
            case ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store()):
                yield name
        yield from public_names(node)


def _is_kept(node: ast.AST) -> bool:
    """An attribute that is set, as in `self.level = 1`."""
    return isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)


def forbidden(tree: ast.AST) -> set[str]:
    names = (name for name in public_names(tree) if not name.startswith("_"))
    return {name for name in names if any(FORBIDDEN.search(word) for word in words(CENSUS_WORDS.sub("", name)))}


def test_no_public_name_decides(modules: dict[str, ast.Module]) -> None:
    in_code = {module: found for module, tree in modules.items() if (found := forbidden(tree))}
    # Catches a function, field or constant that a reader would take for a decision about a family.
    assert in_code == {}
    # Catches the same in the name of a module.
    assert [module for module in modules if any(FORBIDDEN.search(word) for word in words(module))] == []


@pytest.mark.parametrize(
    "name", ["risk_rank", "RankedFamilies", "PRIORITY", "flagged_by", "next_actions", "DecisionRule"]
)
def test_forbidden_words_are_found(name: str) -> None:
    # Catches a pattern that has stopped finding what it is there for.
    assert forbidden(ast.parse(f"{name} = 1")) == {name}


@pytest.mark.parametrize("name", ["interaction_terms", "frank", "_flag", "transaction", "crank", "NO_FURTHER_ACTION"])
def test_other_words_are_left_alone(name: str) -> None:
    # Catches a pattern that forbids words for a part of them.
    assert forbidden(ast.parse(f"{name} = 1")) == set()
