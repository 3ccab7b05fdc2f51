"""A file as received: can it be read at all, whose bytes are these, and what does its first line say."""

import csv
import glob
import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ehforecast.contracts.sql import close_to_the_disk, literal
from ehforecast.errors import ContractError, Finding

NOT_KNOWN = "not known"
"""Table of a finding made before the table could be recognised."""
EVERY_COLUMN = "all"
"""Column of a finding about whole lines or the whole file."""

_REJECTED_LINES = {
    "MISSING COLUMNS": (
        "every_line_has_as_many_fields_as_the_header",
        "The file seems cut short or damaged; get it again.",
    ),
    "TOO MANY COLUMNS": (
        "every_line_has_as_many_fields_as_the_header",
        "A text with a comma needs quotes, and numbers no thousands commas; get the file again.",
    ),
    "UNQUOTED VALUE": (
        "every_quotation_mark_is_closed",
        "The file seems cut short or damaged; get it again.",
    ),
}


@dataclass(frozen=True)
class SourceFile:
    """A readable text file: where it is, what identifies its content, its first line's fields, if the last one ends."""

    path: Path
    sha256: str
    size: int
    header: tuple[str, ...]
    is_ended: bool

    @property
    def name(self) -> str:
        """Name of the file without its folders."""
        return self.path.name


def refuse(file: str, *, rule: str, remedy: str) -> ContractError:
    """The error of one finding about a whole file."""
    return ContractError([Finding(file, NOT_KNOWN, EVERY_COLUMN, rule, 1, remedy)])


def open_source_file(path: Path) -> SourceFile:
    """Read a file's bytes once; raises `ContractError` if it is no text file with a first line."""
    data = _read_bytes(path)
    if not data.strip():
        raise refuse(path.name, rule="the_file_is_not_empty", remedy="Nothing is in it; get the file again.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        remedy = f"Line {line} holds other bytes; save the file as CSV UTF-8."
        raise refuse(path.name, rule="the_file_is_text_in_utf_8", remedy=remedy) from None
    header = tuple(next(csv.reader([text.splitlines()[0]])))
    return SourceFile(path, hashlib.sha256(data).hexdigest(), len(data), header, is_ended=data.endswith((b"\n", b"\r")))


def _read_bytes(path: Path) -> bytes:
    if path.is_dir():
        raise refuse(
            str(path), rule="the_file_is_not_a_directory", remedy="Name one CSV file, not the folder it lies in."
        )
    if not path.exists():
        raise refuse(str(path), rule="the_file_exists", remedy="Nothing has that name; check the path.")
    if not path.is_file():
        raise refuse(
            str(path), rule="the_file_is_an_ordinary_file", remedy="It is a device or a pipe; name a CSV file."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        remedy = f"The system says: {error.strerror}. Check who may read it."
        raise refuse(str(path), rule="the_file_can_be_read", remedy=remedy) from error


def load_lines(engine: duckdb.DuckDBPyConnection, file: SourceFile) -> None:
    """Put the lines below the header into table `raw`, as text in columns c0, c1 …, then close the engine to the disk.

    The columns get plain names first: a header may name one twice.
    """
    names = [f"c{number}" for number in range(len(file.header))]
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names)
    query = f"""
        CREATE TABLE raw AS SELECT row_number() OVER () AS line, * FROM read_csv(
            $path, columns = {{{columns}}}, force_not_null = {names}, auto_detect = false, header = false, skip = 1,
            delim = ',', quote = '"', escape = '"', strict_mode = true, store_rejects = true, compression = 'none')
    """
    try:
        # The engine reads * ? [ in a path as wildcards.
        engine.execute(query, {"path": glob.escape(str(file.path))})
    except duckdb.Error:
        # DuckDB's own message may quote the line; it must not reach the user.
        remedy = "Its lines end in different ways or it is damaged; save it again as CSV UTF-8."
        raise refuse(file.name, rule="the_file_is_a_table_of_comma_separated_values", remedy=remedy) from None
    _refuse_rejected_lines(engine, file)
    close_to_the_disk(engine)


def _refuse_rejected_lines(engine: duckdb.DuckDBPyConnection, file: SourceFile) -> None:
    query = "SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM reject_errors GROUP BY ALL ORDER BY ALL"
    findings = []
    for kind, count, first in engine.execute(query).fetchall():
        rule, remedy = _REJECTED_LINES.get(kind, ("every_line_can_be_read", "Get the file again."))
        findings.append(Finding(file.name, NOT_KNOWN, EVERY_COLUMN, rule, count, f"First in line {first}. {remedy}"))
    if findings:
        raise ContractError(findings)
