"""Configurations: one complete YAML file per question asked, read once, here."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ehforecast.errors import SettingsError

LARGEST_FILE = 1_000_000
"""Bytes; a configuration is a page or two."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SyntheticSettings(_Section):
    """Councils to invent, when the run is a demonstration."""

    councils: Annotated[int, Field(ge=2, le=500)]
    first_month: Annotated[str, Field(pattern=r"^20[0-4]\d-04$")]
    years: Annotated[int, Field(ge=1, le=30)]
    seed: Annotated[int, Field(ge=0)]


class DataSettings(_Section):
    """Which layout the files have, which of its tables must be there, and the source as printed in the report."""

    layout: str
    required: tuple[str, ...]
    source: str


class ForecastConfig(_Section):
    """What to forecast and by which methods; see `ehforecast.demand`."""

    measure: Literal["referrals"]
    horizon_months: Annotated[int, Field(ge=1, le=24)]
    forecasters: Annotated[tuple[str, ...], Field(min_length=1)]


class Settings(_Section):
    """One configuration, as read."""

    name: Annotated[str, Field(pattern=r"^\w[\w .-]{0,59}$")]
    """Of the file, unless given. It names folders, so it holds letters, digits, spaces, dots and hyphens only."""

    title: str
    purpose: Literal["planning", "research", "service audit"]
    data: DataSettings
    areas: Annotated[tuple[str, ...], Field(min_length=1)] | Literal["all"]
    forecast: ForecastConfig
    synthetic: SyntheticSettings | None = None


def read_settings(path: Path) -> Settings:
    """Read a configuration. Raises `SettingsError` naming the file, each key at fault and what to do."""
    if not path.is_file():
        raise SettingsError(f"no configuration file {path}; examples are in configs/")
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise SettingsError(f"{path.name} is larger than {LARGEST_FILE:,} bytes; that is no configuration")
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_TextLoader)  # noqa: S506 - builds only text
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name} is not text in UTF-8; save it as UTF-8") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path.name} is not valid YAML: {_place(error)}") from error
    except RecursionError as error:
        raise SettingsError(f"{path.name} is nested too deeply; that is no configuration") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path.name} must hold keys and values, such as 'title: ...'")
    try:
        return Settings.model_validate({"name": path.stem, **content})
    except ValidationError as error:
        said = [_said(path.name, each["loc"], kind=each["type"], message=each["msg"]) for each in error.errors()]
        raise SettingsError("\n".join(said)) from None


class _TextLoader(yaml.BaseLoader):
    """YAML as text in lists and mappings; what is a number is settled above, by the settings.

    So nothing YAML guesses at (dates, yes and no) can go wrong. No aliases (so no alias bombs), no tags, no key twice.
    """

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
    mark = at.start_mark
    return yaml.constructor.ConstructorError(None, None, problem, mark)  # type: ignore[arg-type] # never a C mark here


def _place(error: yaml.YAMLError) -> str:
    mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
    return f"{problem or 'it cannot be read'}{f' (line {mark.line + 1})' if mark else ''}"


def _said(file: str, keys: tuple[int | str, ...], *, kind: str, message: str) -> str:
    place = ".".join(str(part) for part in keys if "[" not in str(part))  # without names of Python types
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(keys[-1]), list(_keys(Settings)), n=1)
        return f"{file}: key '{place}' is not known{f'; did you mean {close[0]!r}?' if close else ''}"
    words = f"{message[0].lower()}{message[1:]}".replace("tuple", "list")
    return f"{file}: key '{place}': {words}"


def _keys(model: type[BaseModel]) -> Iterator[str]:
    for section in (model, SyntheticSettings, DataSettings, ForecastConfig):
        yield from section.model_fields
