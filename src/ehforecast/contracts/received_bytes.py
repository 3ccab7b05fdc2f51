"""Files as bytes: can each be read at all, is it what its name says, and what identifies its content."""

import codecs
import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from ehforecast.contracts.source_file import EVERY_COLUMN, NOT_KNOWN, refuse
from ehforecast.errors import ContractError, Finding

_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 20
_MOST_COLUMNS = 2_000
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PARQUET = b"PAR1"


@dataclass(frozen=True)
class FileBytes:
    """What identifies a file's content."""

    sha256: str
    size: int


def check_ordinary(path: Path) -> None:
    """Refuse links, devices, pipes and what is not there: each would be another file than the one named."""
    if path.is_symlink():
        raise refuse(path.name, rule="the_file_is_no_link", remedy="Copy the file itself into the folder.")
    if not path.exists():
        raise refuse(path.name, rule="the_file_exists", remedy="Nothing has that name; check the path.")
    if not path.is_file():
        raise refuse(path.name, rule="the_file_is_an_ordinary_file", remedy="It is a folder, a device or a pipe.")


def read_hash(path: Path) -> FileBytes:
    """The hash of a file of any kind."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return FileBytes(digest.hexdigest(), path.stat().st_size)


def read_text_bytes(path: Path) -> FileBytes:
    """The hash of a text file, which is in UTF-8, not empty, without null characters, and ended."""
    digest, decoder = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    size, last, is_plain = 0, b"", True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            _refuse_other_encodings(path.name, chunk, is_first=not size)
            is_plain = is_plain and chunk.isascii()
            if not is_plain:
                _decode(path.name, decoder, chunk=chunk)
            digest.update(chunk)
            size, last = size + len(chunk), chunk[-1:]
    _decode(path.name, decoder, chunk=b"", final=True)
    if not size:
        raise refuse(path.name, rule="the_file_is_not_empty", remedy="Nothing is in it; get the file again.")
    if last not in {b"\n", b"\r"}:
        remedy = "The file may be cut short; get it again, or save it anew if it is known to be whole."
        raise refuse(path.name, rule="the_last_line_is_ended", remedy=remedy)
    return FileBytes(digest.hexdigest(), size)


def _refuse_other_encodings(name: str, chunk: bytes, *, is_first: bool) -> None:
    if (is_first and chunk.startswith(_UTF_16)) or b"\0" in chunk:
        remedy = "It seems to be UTF-16 ('Unicode text') or no text at all; save it as CSV UTF-8."
        raise refuse(name, rule="the_file_is_text_in_utf_8", remedy=remedy)


def _decode(name: str, decoder: codecs.IncrementalDecoder, *, chunk: bytes, final: bool = False) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        remedy = "It seems to be in a Windows encoding (cp1252); save it as CSV UTF-8."
        raise refuse(name, rule="the_file_is_text_in_utf_8", remedy=remedy) from None


def read_csv_header(path: Path) -> tuple[str, ...]:
    """The fields of the first line of a text file."""
    with path.open("rb") as file:
        first = file.read(_LONGEST_HEADER)
    text = first.decode("utf-8-sig", errors="ignore")
    try:
        header = tuple(
            next(csv.reader(io.StringIO(text.splitlines()[0] if text.splitlines() else ""), strict=True), [])
        )
    except csv.Error:
        header = ()
    if not header or len(header) > _MOST_COLUMNS:
        raise refuse(path.name, rule="the_first_line_names_the_columns", remedy="Save it as CSV with its header.")
    return header


def check_parquet_frame(path: Path) -> None:
    """Refuse a file that does not begin and end as Parquet does."""
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(max(size - 4, 0))
        end = file.read(4)
    if size < 12 or (start, end) != (_PARQUET, _PARQUET):
        finding = Finding(
            path.name, NOT_KNOWN, EVERY_COLUMN, "the_file_is_whole_parquet", 1,
            "It is cut short or no Parquet file; export it again.",
        )  # fmt: skip
        raise ContractError([finding])
