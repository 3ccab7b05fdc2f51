"""What may lie in a published folder, whatever the report: checked of every file before any of them is written.

Source: the file checks of OpenSAFELY's job runner and Airlock: a file nobody declared, of an odd kind, too long or with
a column of ids is withheld, with a plain message. Reports of this package are counts and shares; a table with a row for
each child, in whatever form, must not get out through them by mistake.
"""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ehforecast.errors import ReleaseRefused

METADATA = "metadata.json"
FILE_KINDS = (".csv", ".json", ".txt", ".md", ".html", ".xlsx", ".png")
MOST_BYTES = 16 * 2**20
MOST_ROWS = 5_000
MOST_ROWS_OF_SERIES = 100_000
"""Of a table of areas or months, be it published figures or counts made safe: many months of many series are many rows
of no child."""

_AREA_COLUMNS, _TIME_COLUMNS = {"area_code", "month"}, {"month", "period"}
_DECLARED = ("title", "purpose", "data_source", "run_id", "controls")
_FEWEST_TO_TELL_IDS, _UNIQUE = 20, 0.9
_ID_NAME = re.compile(
    r"(^|_)(id|ids|uid|uuid|pseudonym|upn|nhs_number|nhs_no|postcode|email|e_mail|phone|surname|forename|date_of_birth|"
    r"dob|birth_date|address)$"
)
_ID_VALUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z_-])[A-Za-z0-9_-]{6,}|\d{7,}")
_TIME = re.compile(r"\d{4}-\d{2}(-\d{2})?")
_AREA_CODE = re.compile(r"[A-Z]\d{8}")
_PERSONAL: Mapping[str, re.Pattern[str]] = {
    "e-mail addresses": re.compile(r"[\w.+-]+@[\w-]+\.[\w.]+"),
    "postcodes": re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"),
    "pupil numbers": re.compile(r"\b[A-Z]\d{11}[A-Z0-9]\b"),
    "health service numbers": re.compile(r"\b\d{3} ?\d{3} ?\d{4}\b"),
}


def check_files(files: Mapping[str, bytes]) -> None:
    """Raise `ReleaseRefused` listing every reason why these files may not be published together."""
    told = _metadata(files)
    missing = [one for check in _CHECKS for one in check(files, told)]
    if missing:
        raise ReleaseRefused(missing)


def _metadata(files: Mapping[str, bytes]) -> Mapping[str, Any]:
    try:
        told = json.loads(files.get(METADATA, b"{}"))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _declared(files: Mapping[str, bytes], told: Mapping[str, Any]) -> Iterator[str]:
    """Every file is named in the metadata with its hash, and what it is, from what and for what is said."""
    yield from (f"'{name}' in {METADATA}" for name in _DECLARED if not str(told.get(name) or "").strip())
    listed = _hashes(told)
    for name, data in files.items():
        if name == METADATA:
            continue
        if name not in listed:
            yield f"a declaration of file {name}: list it in {METADATA}, or leave it out"
        elif listed[name] != hashlib.sha256(data).hexdigest():
            yield f"file {name} as it was declared: its bytes are others"
    yield from (f"file {name}, which is declared" for name in listed if name not in files)


def _hashes(told: Mapping[str, Any]) -> dict[str, str]:
    """A file is declared by its hash, or by an object with its hash."""
    listed = told.get("files")
    entries = listed if isinstance(listed, dict) else {}
    return {name: str(one.get("sha256") if isinstance(one, dict) else one) for name, one in entries.items()}


def _small_files_of_known_kinds(files: Mapping[str, bytes], told: Mapping[str, Any]) -> Iterator[str]:
    del told
    for name, data in files.items():
        if not name.endswith(FILE_KINDS):
            yield f"another kind of file than {name}: {', '.join(FILE_KINDS)} may be published"
        if len(data) > MOST_BYTES:
            yield f"a smaller file than {name}: at most {MOST_BYTES // 2**20} MB may be published"


def _no_table_of_children(files: Mapping[str, bytes], told: Mapping[str, Any]) -> Iterator[str]:
    for name, data in files.items():
        if name.endswith(".csv"):
            yield from _of_table(name, list(csv.reader(io.StringIO(data.decode("utf-8")))), meanings=_meanings(told))


def _of_table(name: str, rows: Sequence[Sequence[str]], *, meanings: Mapping[str, str]) -> Iterator[str]:
    if not rows or any(len(row) != len(rows[0]) for row in rows):
        yield f"a table in {name}: a header, and as many fields in every row"
        return
    header, body = rows[0], rows[1:]
    most = MOST_ROWS_OF_SERIES if _AREA_COLUMNS & {*header} else MOST_ROWS
    if len(body) > MOST_ROWS and _TIME_COLUMNS & {*header} and _shares_words(body):
        most = MOST_ROWS
    if len(body) > most:
        yield f"fewer rows in {name}: at most {most:,} may be published"
    for place, column in enumerate(header):
        values = [row[place] for row in body]
        if (column != "run_id" and _ID_NAME.search(column.lower())) or _reads_like_ids(values):
            yield f"file {name} without column {column}: it is named like an id, or its values read like ids"
        if not meanings.get(column, "").strip():
            yield f"the meaning of column {column} of {name} in {METADATA}"
        text = "\n".join(value for value in values if not _is_number(value))
        yield from (f"file {name} without {what} in column {column}" for what, seen in _PERSONAL.items()
                    if seen.search(text))  # fmt: skip


def _shares_words(rows: Sequence[Sequence[str]]) -> bool:
    """Whether two rows differ in numbers alone: in series each has a place and time of its own, children share them."""
    worded = [column for column in zip(*rows, strict=True) if not all(map(_is_figure, column))]
    return len({*zip(*worded, strict=True)}) < len(rows)


def _is_figure(value: str) -> bool:
    """A number, or a mark in its place."""
    return value == "" or value.startswith("[") or _is_number(value)


def _reads_like_ids(values: Sequence[str]) -> bool:
    """Whether nearly every row has a value of its own that looks like an id: no word, figure, time or area code."""
    given = [value for value in values if value]
    if len(given) < _FEWEST_TO_TELL_IDS or len({*given}) <= _UNIQUE * len(given):
        return False
    like = [
        _ID_VALUE.fullmatch(value) and not (_TIME.fullmatch(value) or _AREA_CODE.fullmatch(value)) for value in given
    ]
    return sum(map(bool, like)) > _UNIQUE * len(given)


def _is_number(value: str) -> bool:
    try:
        float(value)
    except ValueError:
        return False
    return True


def _meanings(told: Mapping[str, Any]) -> dict[str, str]:
    """The meaning of each column by its name, wherever the metadata tell it."""
    groups = [told.get("files"), told.get("tables")]
    entries = [one for group in groups if isinstance(group, dict) for one in group.values() if isinstance(one, dict)]
    return {name: str(words) for one in entries for name, words in dict(one.get("columns") or {}).items()}


_CHECKS: tuple[Callable[[Mapping[str, bytes], Mapping[str, Any]], Iterator[str]], ...] = (
    _declared,
    _small_files_of_known_kinds,
    _no_table_of_children,
)
