"""Every setting is told in one plain line, so that the reference, which is made of these lines, has no blanks."""

import ast
import re
from collections.abc import Iterator

import pytest

SETTINGS = re.compile(r"(Settings|Config|Plan|Columns)$|^Feature$")
FILES = re.compile(r"/pipelines/\w*settings\.py$")


def fields_of(section: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Each public field with the string below it, if there is one."""
    for node, after in zip(section.body, [*section.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id[0] != "_":
            match after:
                case ast.Expr(value=ast.Constant(value=str(words))):
                    yield node.target.id, words
                case _:
                    yield node.target.id, ""


def untold(section: ast.ClassDef) -> list[str]:
    """Fields with no line below them that the docstring of their class does not name either."""
    named = set(re.findall(r"\w+", ast.get_docstring(section) or ""))
    return [name for name, words in fields_of(section) if not words.strip() and name not in named]


def classes(modules: dict[str, ast.Module]) -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class at the top of a module."""
    for module, tree in modules.items():
        yield from ((module, node) for node in tree.body if isinstance(node, ast.ClassDef))


def test_every_setting_is_told(modules: dict[str, ast.Module]) -> None:
    found = {f"{module} {one.name}": untold(one) for module, one in classes(modules) if SETTINGS.search(one.name)}
    # Catches a setting that a user must guess the meaning of.
    assert {name: fields for name, fields in found.items() if fields} == {}
    # Catches a search that no longer finds the settings.
    assert {"ehforecast/risk/assessment.py AssessmentSettings", "ehforecast/pipelines/settings.py Settings"} <= set(
        found
    )


def test_every_key_of_a_configuration_has_a_line_of_its_own(modules: dict[str, ast.Module]) -> None:
    of_files = [one for module, one in classes(modules) if FILES.search(module)]
    # Catches a blank in the reference of configurations, which shows the line below each key and nothing else.
    assert [f"{one.name}.{name}" for one in of_files for name, words in fields_of(one) if not words.strip()] == []
    # Catches a search that no longer finds the keys.
    assert sum(1 for one in of_files for _ in fields_of(one)) > 200


@pytest.mark.parametrize(
    ("body", "said"),
    [("    days: int = 3", ["days"]), ("    days: int = 3\n    '''Looked back.'''", []), ("    _own: int = 3", [])],
)
def test_a_setting_without_a_line_is_found(body: str, said: list[str]) -> None:
    (section,) = ast.parse(f"class XSettings:\n    '''What is asked.'''\n{body}").body
    assert isinstance(section, ast.ClassDef)
    # Catches a check that passes whatever it is given.
    assert untold(section) == said
