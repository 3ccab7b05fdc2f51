"""Code maps: which code of the contracts each of a council's own values stands for. One file per council, versioned."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ehforecast.contracts.contract import load_vocabulary
from ehforecast.contracts.safe_yaml import read_text_yaml
from ehforecast.errors import SettingsError

VOCABULARIES: Mapping[str, str] = MappingProxyType(
    {
        "source": "referral_source_codes.ReferralSourceCode",
        "ethnicity": "ethnicity.Ethnicity",
        "sex": "protected_groups.Sex",
        "disability": "protected_groups.Disability",
        "outcome": "pathways.ContactOutcome",
        "need": "needs_and_factors.PrimaryNeed",
        "closure": "pathways.CloseReason",
        "factor": "needs_and_factors.AssessmentFactor",
        "reason": "needs_and_factors.EarlyHelpReason",
        "need_level": "need_levels.NeedLevel",
        "lead_organisation": "pathways.LeadOrganisation",
        "end_reason": "pathways.EarlyHelpEndReason",
        "role": "pathways.WorkforceRole",
        "answer": "answers.YesNoUnknown",
        "locality": "",
    }
)
"""The fields a map may speak of, and the vocabulary of their codes; localities are the council's own."""

_FOLDINGS = ("case_and_spaces", "none")
_KEYS = ("code_maps", "version", "folding", "fields")


@dataclass(frozen=True)
class FieldMap:
    """One field: local value, folded as the map says, to code.

    Where ``keeps_national_codes`` is false a value that merely looks like a national code (a case system's lookup id 6,
    which is not Police) is not read as one.
    """

    codes: Mapping[str, str]
    keeps_national_codes: bool


@dataclass(frozen=True)
class CodeMaps:
    """Every map of one council. Name, version and hash go into the manifest."""

    name: str
    version: str
    sha256: str
    folds: bool
    fields: Mapping[str, FieldMap]


NO_CODE_MAPS = CodeMaps("none", "0", "", folds=True, fields=MappingProxyType({}))


def fold(text: str) -> str:
    """A value without differences of case and spaces, as `fold_sql` does it in the engine.

    >>> fold("  Primary   School ")
    'primary school'
    """
    return re.sub(r"\s+", " ", text, flags=re.ASCII).strip(" ").lower()


def fold_sql(cell: str) -> str:
    """SQL that folds a cell; the slow way round is taken only where there is something to join."""
    spaces = rf"CASE WHEN regexp_matches({cell}, '\s\s|[\t\r\n\f\v]') THEN regexp_replace({cell}, '\s+', ' ', 'g') "
    return f"lower(trim({spaces}ELSE {cell} END))"


def read_code_maps(path: Path) -> CodeMaps:
    """The code maps of a council. Raises `SettingsError` naming the file and the key of everything that is wrong."""
    content = read_text_yaml(path)
    problems = _problems_of_keys(content)
    if problems:
        raise SettingsError("\n".join(f"{path.name}: {problem}" for problem in problems))
    folds = content["folding"] == _FOLDINGS[0]
    fields: dict[str, FieldMap] = {}
    for name, field in content["fields"].items():
        found = _problems_of_field(name, field)
        problems += found
        if not found:
            fields[name] = FieldMap(
                MappingProxyType(_invert(name, field["codes"], folds=folds, problems=problems)),
                keeps_national_codes=field["national_codes"] == "kept",
            )
    if problems:
        raise SettingsError("\n".join(f"{path.name}: {problem}" for problem in problems))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return CodeMaps(content["code_maps"], content["version"], sha256, folds, MappingProxyType(fields))


def _problems_of_keys(content: Mapping[str, Any]) -> list[str]:
    problems = [f"key '{key}' is not known; known are {', '.join(_KEYS)}" for key in content if key not in _KEYS]
    problems += [f"key '{key}' is missing" for key in _KEYS if key not in content]
    if problems:
        return problems
    if not isinstance(content["fields"], dict):
        problems.append("key 'fields': names of fields, each with its codes")
    if content["folding"] not in _FOLDINGS:
        problems.append(f"key 'folding' is one of {', '.join(_FOLDINGS)}")
    for key, form in (("version", r"\d+\.\d+\.\d+"), ("code_maps", r"[a-z][a-z0-9_]{0,59}")):
        if not (isinstance(content[key], str) and re.fullmatch(form, content[key])):
            problems.append(f"key '{key}' is written like {'1.0.0' if key == 'version' else 'my_council'}")
    return problems


def _problems_of_field(name: str, field: object) -> list[str]:
    place = f"key 'fields.{name}'"
    if name not in VOCABULARIES:
        return [f"{place} is not known; known are {', '.join(VOCABULARIES)}"]
    if not isinstance(field, dict) or set(field) != {"national_codes", "codes"}:
        return [f"{place} has exactly two keys, national_codes and codes"]
    if field["national_codes"] not in {"kept", "not_kept"}:
        return [f"key 'fields.{name}.national_codes' is kept or not_kept"]
    if not isinstance(field["codes"], dict):
        return [f"key 'fields.{name}.codes': a code, then the list of the council's values that stand for it"]
    return _problems_of_codes(name, field["codes"])


def _problems_of_codes(name: str, codes: Mapping[str, object]) -> list[str]:
    vocabulary = VOCABULARIES[name]
    known = {str(word.value) for word in load_vocabulary(vocabulary)} if vocabulary else set(codes)
    problems = []
    for code, values in codes.items():
        place = f"key 'fields.{name}.codes.{code}'"
        if code not in known:
            problems.append(f"{place} is no code of {vocabulary}")
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            problems.append(f"{place} is a list of values, none of them blank")
    return problems


def _invert(name: str, codes: Mapping[str, list[str]], *, folds: bool, problems: list[str]) -> dict[str, str]:
    """Local value to code; a value that stands twice is a problem: nobody could say what it means."""
    found: dict[str, str] = {}
    for code, values in codes.items():
        for place, value in enumerate(values, start=1):
            local = fold(value) if folds else value.strip()
            if local in found:
                problems.append(
                    f"key 'fields.{name}.codes.{code}': value {place} stands already under '{found[local]}'"
                )
            else:
                found[local] = code
    return found
