"""Workbooks, looked through before they are opened: what would run, call out, or grow beyond all bounds is refused."""

import re
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from ehforecast.contracts.source_file import refuse
from ehforecast.errors import ContractError

MOST_PARTS = 2_000
LARGEST_EXPANDED = 200_000_000
"""Bytes of all parts together, and of all the text that cells repeat."""
LARGEST_RATIO = 100
"""Expanded to packed, of each part: text of records packs to a tenth, not to a hundredth."""
RATIO_FROM = 1_000_000
"""Bytes below which a part may pack as well as it likes: empty sheets do."""
MOST_CELLS = 2_000_000
"""In the rectangle that holds all cells of a sheet."""

_DAMAGE = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError,
)  # fmt: skip
"""What zipfile raises for damage."""
_PACKINGS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_CHUNK = 1 << 20
_FORBIDDEN_PARTS = (
    (
        re.compile(r"vbaproject|/macrosheets/|/dialogsheets/", re.IGNORECASE),
        "a_workbook_has_no_macros",
        "Save it as .xlsx, without macros.",
    ),
    (
        re.compile(r"externallinks?/|/connections\.xml|querytables?/|/embeddings/|/activex/|/model/", re.IGNORECASE),
        "a_workbook_has_no_links_to_other_files",
        "Copy its cells into a new workbook as values; links, embedded objects and connections are not read.",
    ),
)
_FORBIDDEN_TEXT = (
    (
        re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE),
        "a_workbook_declares_no_entities",
        "It is damaged or made to harm; do not open it.",
    ),
    (re.compile(rb"macroEnabled", re.IGNORECASE), "a_workbook_has_no_macros", "Save it as .xlsx, without macros."),
    (
        re.compile(rb"<(\w+:)?ddeLink|<(\w+:)?f[^>]*>[^<]*\|[^<]*!", re.IGNORECASE),
        "a_workbook_has_no_links_to_other_files",
        "Copy its cells into a new workbook as values.",
    ),
)
_PLACE = re.compile(rb"\sr\s*=\s*[\"']\s*([A-Za-z]{0,5})(\d{1,12})[\"']")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
_TEXT_NUMBER = re.compile(rb"<(?:\w+:)?v[^>]*>\s*(\d{1,9})\s*<")
_ITEM = re.compile(rb"<(?:\w+:)?si[\s>]")


def check_workbook(path: Path) -> None:
    """Raise `ContractError` unless a file is a plain workbook of a bounded size. Nothing in it is run or followed."""
    _refuse_old_and_encrypted(path)
    try:
        with zipfile.ZipFile(path) as parts:
            _check_parts(path.name, parts)
            _check_content(path.name, parts)
    except _DAMAGE as error:
        raise _damaged(path.name) from error


def _damaged(name: str) -> ContractError:
    return refuse(
        name, rule="the_file_is_a_whole_workbook", remedy="It is cut short, damaged or no .xlsx; get it again."
    )


def _refuse_old_and_encrypted(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    if not start.startswith(_OLE):
        return
    if _ENCRYPTED in start or _ENCRYPTED in path.read_bytes()[-_CHUNK:]:
        raise refuse(path.name, rule="a_workbook_is_not_encrypted", remedy="Save it without a password.")
    raise refuse(path.name, rule="a_workbook_is_xlsx", remedy="It is an old .xls file; save it as .xlsx.")


def _check_parts(name: str, parts: zipfile.ZipFile) -> None:
    infos = parts.infolist()
    if len(infos) > MOST_PARTS or len({info.filename for info in infos}) < len(infos):
        raise refuse(name, rule="a_workbook_has_a_bounded_number_of_parts", remedy="It is no ordinary workbook.")
    if sum(info.file_size for info in infos) > LARGEST_EXPANDED or any(map(_is_bomb, infos)):
        raise _too_large(name)
    for info in infos:
        _refuse_part(name, info)


def _too_large(name: str) -> ContractError:
    remedy = f"It would expand beyond {LARGEST_EXPANDED // 1_000_000} MB or more than {LARGEST_RATIO} times; split it."
    return refuse(name, rule="a_workbook_expands_within_bounds", remedy=remedy)


def _is_bomb(info: zipfile.ZipInfo) -> bool:
    return info.file_size > RATIO_FROM and info.file_size > LARGEST_RATIO * max(info.compress_size, 1)


def _refuse_part(name: str, info: zipfile.ZipInfo) -> None:
    part = info.filename
    place = PurePosixPath(part)
    if place.is_absolute() or ".." in place.parts or "\\" in part or ":" in part:
        raise refuse(name, rule="parts_of_a_workbook_stay_inside_it", remedy="It is made to harm; do not open it.")
    if info.compress_type not in _PACKINGS:
        raise _damaged(name)
    if info.flag_bits & 1:
        raise refuse(name, rule="a_workbook_is_not_encrypted", remedy="Save it without a password.")
    for pattern, rule, remedy in _FORBIDDEN_PARTS:
        if pattern.search(f"/{part}"):
            raise refuse(name, rule=rule, remedy=remedy)


def _check_content(name: str, parts: zipfile.ZipFile) -> None:
    """Read every part once: what it truly expands to, and what it says."""
    lengths = np.zeros(0, np.int64)
    for info in parts.infolist():
        if info.filename.lower().endswith("sharedstrings.xml"):
            lengths = _lengths_of_texts(_read(name, parts, info=info))
    repeated = 0
    for info in parts.infolist():
        content = _read(name, parts, info=info)
        _refuse_text(name, content)
        if "worksheets/" in info.filename.lower():
            _check_sheet(name, content)
            repeated += _repeated_text(content, lengths)
    if repeated > LARGEST_EXPANDED:
        raise _too_large(name)


def _read(name: str, parts: zipfile.ZipFile, *, info: zipfile.ZipInfo) -> bytes:
    """A part's bytes: zipfile stops at the size the part declares and refuses another checksum, so no part can lie."""
    with parts.open(info) as part:
        content = part.read(LARGEST_EXPANDED + 1)
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"} or (b"\0" in content[:200] and content.lstrip()[:1] == b"<"):
        raise refuse(name, rule="a_workbook_is_written_in_utf_8", remedy="It is no ordinary workbook; save it again.")
    return content


def _refuse_text(name: str, content: bytes) -> None:
    for pattern, rule, remedy in _FORBIDDEN_TEXT:
        if pattern.search(content):
            raise refuse(name, rule=rule, remedy=remedy)


def _check_sheet(name: str, content: bytes) -> None:
    """A sheet is opened as a full rectangle: one cell in the last row and column would ask for all memory."""
    width, height = 1, 1
    for match in _PLACE.finditer(content):
        width = max(width, _column_number(match[1]))
        height = max(height, int(match[2]))
    cells = sum(1 for _ in _CELL.finditer(content))
    if max(width * height, cells) > MOST_CELLS:
        remedy = "Its cells lie far apart or are too many; copy the list into a new workbook."
        raise refuse(name, rule="a_sheet_has_a_bounded_number_of_cells", remedy=remedy)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _lengths_of_texts(content: bytes) -> npt.NDArray[np.int64]:
    starts = np.fromiter((match.start() for match in _ITEM.finditer(content)), np.int64)
    return np.diff(np.append(starts, len(content)))


def _repeated_text(content: bytes, lengths: npt.NDArray[np.int64]) -> int:
    """Bytes of the shared texts that the cells of a sheet point at; every whole number is taken for a pointer."""
    numbers = np.fromiter((int(match[1]) for match in _TEXT_NUMBER.finditer(content)), np.int64)
    return int(lengths[numbers[numbers < len(lengths)]].sum())
