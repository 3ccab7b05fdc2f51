"""YAML as text in lists and mappings: no tags, no aliases, no key twice, no file larger than a page or two."""

from pathlib import Path
from typing import Any

import yaml

from ehforecast.errors import SettingsError

LARGEST_FILE = 1_000_000
"""Bytes."""


def read_text_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file, every value text. Raises `SettingsError` naming the file and the place."""
    if not path.is_file():
        raise SettingsError(f"there is no file {path.name}; check the path")
    if path.stat().st_size > LARGEST_FILE:
        raise SettingsError(f"{path.name} is larger than {LARGEST_FILE:,} bytes; split or shorten it")
    try:
        return parse_text_yaml(path.read_bytes().decode("utf-8"), name=path.name)
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} is not text in UTF-8; save it as UTF-8") from error


def parse_text_yaml(text: str, *, name: str) -> dict[str, Any]:
    """The mapping in the text of a YAML document; its name goes into the error."""
    try:
        content = yaml.load(text, Loader=_TextLoader)  # noqa: S506 - builds only text
    except (yaml.YAMLError, TypeError) as error:
        raise SettingsError(f"{name} is not valid YAML: {_place(error)}") from None
    except RecursionError as error:
        raise SettingsError(f"{name} is nested too deeply") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{name} must hold keys and values, such as 'version: 1.0.0'")
    return content


class _TextLoader(yaml.BaseLoader):
    """Builds text, lists and mappings only: nothing YAML guesses at (dates, yes and no, 010) can go wrong."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call] # its stub has no types
        if isinstance(event, yaml.AliasEvent):
            raise _refused("aliases (*name) are not read; write the value out", event)
        if getattr(event, "tag", None) is not None:
            raise _refused("tags (!name) are not read; leave the tag out", event)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise _refused(f"key '{twice}' is there twice", node)
        return super().construct_mapping(node, deep)


def _refused(problem: str, at: yaml.Event | yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, at.start_mark)  # type: ignore[arg-type] # never a C mark


def _place(error: Exception) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"{problem or 'it cannot be read'}{f' (line {mark.line + 1})' if mark else ''}"
