"""Data contracts: what a table must be, read from its Open Data Contract Standard document."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import yaml
from open_data_contract_standard.model import (
    CustomProperty,
    DataQuality,
    OpenDataContractStandard,
    SchemaProperty,
)
from pydantic import ValidationError

from ehforecast.contracts.folder import contracts_folder, read_named_yaml
from ehforecast.errors import SettingsError

LogicalType = Literal["string", "date", "integer", "number"]
_LOGICAL_TYPES: tuple[LogicalType, ...] = ("string", "date", "integer", "number")


@dataclass(frozen=True)
class Column:
    """One column of a contract. `words` are the only values allowed, none where any is; `vocabulary` is their home.

    `recorded_on` names the column with the day this one was recorded, empty where that is the day of its row.
    `in_force_on` names the date on which a code must have been in force, empty where codes have no dates.
    """

    name: str
    meaning: str
    logical_type: LogicalType
    is_required: bool
    unit: str
    permitted_use: str
    classification: str
    vocabulary: str
    words: tuple[str, ...]
    minimum: float | None
    exclusive_minimum: float | None
    remedy: str
    recorded_on: str
    in_force_on: str
    in_force_severity: str
    minimisation: str
    usual_recording_lag: str
    known_gaps: str
    quality: tuple[DataQuality, ...]


@dataclass(frozen=True)
class Contract:
    """One table's contract. `document` is the whole of it as the standard has it.

    `recorded_on` is SQL for the day a row was recorded, empty for tables that are not looked at as they once were.
    """

    name: str
    version: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    recorded_on: str
    quality: tuple[DataQuality, ...]
    document: OpenDataContractStandard

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns in their order."""
        return tuple(column.name for column in self.columns)


@cache
def load_contract(name: str, *, folder: Path | None = None) -> Contract:
    """The contract of that name in `data_contracts/` (or another folder).

    >>> load_contract("demand_counts").key
    ('area_code', 'measure', 'referral_source', 'period_start', 'period_step')
    """
    text = read_named_yaml(folder or contracts_folder(), name, ending=".odcs.yaml")
    try:
        return _contract(OpenDataContractStandard.from_string(text))
    except (yaml.YAMLError, ValidationError, TypeError) as error:
        raise SettingsError(f"contract {name} is not a document of the Open Data Contract Standard: {error}") from error


def _contract(document: OpenDataContractStandard) -> Contract:
    if document.id is None or document.version is None or len(document.schema_ or ()) != 1:
        raise SettingsError("a contract states its id, its version and exactly one table")
    table = (document.schema_ or [])[0]
    properties = table.properties or []
    keyed = [item for item in properties if item.primaryKey]
    return Contract(
        name=document.id,
        version=document.version,
        columns=tuple(_column(item) for item in properties),
        key=tuple(str(item.name) for item in sorted(keyed, key=lambda item: item.primaryKeyPosition or 0)),
        recorded_on=str(custom_properties(table.customProperties).get("recordedOn", "")),
        quality=tuple(table.quality or ()),
        document=document,
    )


def _column(item: SchemaProperty) -> Column:
    name = item.name or ""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise SettingsError("a column of a contract is named in lower case letters, digits and underscores")
    custom = custom_properties(item.customProperties)
    options = item.logicalTypeOptions or {}
    vocabulary = str(custom.get("vocabulary", ""))
    return Column(
        name=name,
        meaning=item.description or "",
        logical_type=_logical_type(item),
        is_required=bool(item.required),
        unit=str(custom.get("unit", "")),
        permitted_use=str(custom.get("permittedUse", "")),
        classification=item.classification or "",
        vocabulary=vocabulary,
        words=_words(vocabulary),
        minimum=options.get("minimum"),
        exclusive_minimum=options.get("exclusiveMinimum"),
        remedy=str(custom.get("remedy", "")),
        recorded_on=str(custom.get("recordedOn", "")),
        in_force_on=str(custom.get("inForceOn", "")),
        in_force_severity=str(custom.get("inForceSeverity", "error")),
        minimisation=str(custom.get("minimisation", "")),
        usual_recording_lag=str(custom.get("usualRecordingLag", "")),
        known_gaps=str(custom.get("knownGaps", "")),
        quality=tuple(item.quality or ()),
    )


def custom_properties(items: Sequence[CustomProperty] | None) -> dict[str, Any]:
    """The standard's list of custom properties by name."""
    return {item.property: item.value for item in items or () if item.property}


def _logical_type(item: SchemaProperty) -> LogicalType:
    for known in _LOGICAL_TYPES:
        if item.logicalType == known:
            return known
    raise SettingsError(f"column {item.name}: logicalType is one of {', '.join(_LOGICAL_TYPES)}")


def _words(vocabulary: str) -> tuple[str, ...]:
    """The words of a named vocabulary; none for no vocabulary."""
    return tuple(str(word.value) for word in load_vocabulary(vocabulary)) if vocabulary else ()


def load_vocabulary(vocabulary: str) -> type[Enum]:
    """The vocabulary of a name, `module.Enum`."""
    module, _, name = vocabulary.partition(".")
    try:
        found = getattr(import_module(f"ehforecast.vocabulary.{module}"), name)
    except (ImportError, AttributeError) as error:
        raise SettingsError(f"there is no vocabulary {vocabulary}") from error
    if not (isinstance(found, type) and issubclass(found, Enum)):
        raise SettingsError(f"vocabulary {vocabulary} is not a list of words")
    return found
