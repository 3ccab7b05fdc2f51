"""Pseudonyms: ids replaced by keyed codes (HMAC-SHA-256), so that the store holds no id of a council's own systems."""

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import duckdb
import pyarrow as pa

from ehforecast.contracts.contract import Contract
from ehforecast.contracts.sql import literal
from ehforecast.errors import SettingsError

SMALLEST_KEY = 32
"""Bytes: as long as what SHA-256 gives (RFC 2104, section 3)."""
LENGTH = 32
"""Hexadecimal characters of a pseudonym: 128 bits, half of the hash, the least RFC 2104 (section 5) allows. Among 100
million ids the chance that any two share one is below 1 in 10**22."""

KINDS = ("person", "family", "contact", "episode", "referral", "assessment", "step")
"""What ids identify. A column is named after its kind, so the same kind has the same name in every table."""

_DOMAIN = "ehforecast pseudonym 1"
_BLOCK = 64
_LEAST_DIFFERENT_BYTES = 8
_ASCII_SPACES = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
_PADS, _CANONICAL = "pseudonym_pads", "canonical_id"
_HOW_TO_MAKE = (
    'make one with: python -c "import secrets; print(secrets.token_hex(32))" > pseudonym.key; chmod 600 pseudonym.key'
)


def canonical_id(text: str) -> str:
    r"""An id as it is compared: compatible forms of a character as one (NFKC), ends trimmed, upper as lower case.

    So one id typed, exported or scanned in several ways is one id. Ids that differ only in the case of letters are
    taken for the same: case systems count on digits and capitals, and exports change case.

    >>> canonical_id(" Ab-12\u00a0")
    'ab-12'
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()


def pseudonymous_columns(contract: Contract) -> tuple[str, ...]:
    """The columns of a contract that hold ids: those it classifies as pseudonymous."""
    return tuple(column.name for column in contract.columns if column.classification == "pseudonymous")


class Pseudonyms:
    """Codes in place of ids, under one secret key and for one project.

    One id has one code in every table and every extract under the same key; ids of different kinds (`person_id`,
    `contact_id`) and of different projects have different ones, even where their text is the same. Without the key
    nobody can tell which id stands behind a code, or test a guess. There is no way to make one without a key.

    Pseudonymised records stay personal data (ICO guidance on pseudonymisation, 28 March 2025): keep the key apart.
    """

    __slots__ = ("_key", "_project")

    def __init__(self, key: bytes, *, project: str = "") -> None:
        if len(key) < SMALLEST_KEY or len(set(key)) < _LEAST_DIFFERENT_BYTES:
            raise SettingsError(f"a pseudonym key is at least {SMALLEST_KEY} random bytes; {_HOW_TO_MAKE}")
        self._key, self._project = bytes(key), project

    @classmethod
    def from_file(cls, path: Path, *, project: str = "") -> "Pseudonyms":
        """The key in a file of hexadecimal digits. Raises `SettingsError` if others than its owner may read it."""
        return cls(_key_from_text(_read_private_text(path), f"pseudonym key file {path}"), project=project)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], name: str, *, project: str = "") -> "Pseudonyms":
        """The key in a variable of the environment, as hexadecimal digits."""
        if name not in environment:
            raise SettingsError(f"the environment variable {name} is not set; it should hold the pseudonym key")
        return cls(_key_from_text(environment[name], f"environment variable {name}"), project=project)

    @property
    def fingerprint(self) -> str:
        """Tells keys apart without telling anything of them: the only trace of the key that may be kept."""
        return hmac.new(self._key_of("fingerprint of the key"), b"", hashlib.sha256).hexdigest()[:LENGTH]

    def pseudonym(self, column: str, text: str | None) -> str | None:
        """The code of one id of a column; none for a blank."""
        canonical = canonical_id(text or "")
        if not canonical:
            return None
        key = self._key_of(_kind(column))
        return hmac.new(key, canonical.encode("utf-8"), hashlib.sha256).hexdigest()[:LENGTH]

    def prepare(self, engine: duckdb.DuckDBPyConnection) -> None:
        """Give an engine what `expression` needs: padded keys of each kind as bytes in a table, in no text of a query.

        The kinds are those of `KINDS`; the key itself never enters the engine.
        """
        keys = [self._key_of(kind).ljust(_BLOCK, b"\0") for kind in KINDS]
        pads = pa.table(
            {
                "kind": list(KINDS),
                "inner_pad": [bytes(byte ^ 0x36 for byte in key) for key in keys],
                "outer_pad": [bytes(byte ^ 0x5C for byte in key) for key in keys],
            }
        )
        engine.register("pads_given", pads)
        engine.execute(f"CREATE OR REPLACE TEMP TABLE {_PADS} AS SELECT * FROM pads_given")
        engine.unregister("pads_given")
        engine.create_function(_CANONICAL, canonical_id, ["VARCHAR"], "VARCHAR")

    def expression(self, column: str, sql: str) -> str:
        """SQL for the code of an id of a column, out of SQL for its text; the engine must have been prepared.

        The engine does the HMAC itself, and asks Python only for text beyond ASCII, which it cannot bring to NFKC.
        """
        kind = literal(_kind(column))
        inner, outer = (f"(SELECT {pad}_pad FROM {_PADS} WHERE kind = {kind})" for pad in ("inner", "outer"))
        ascii_form = f"lower(trim({sql}, {literal(_ASCII_SPACES)}))"
        is_ascii = f"strlen({sql}) = length({sql})"
        canonical = f"nullif(CASE WHEN {is_ascii} THEN {ascii_form} ELSE {_CANONICAL}({sql}) END, '')"
        return f"left(sha256({outer} || unhex(sha256({inner} || encode({canonical})))), {LENGTH})"

    def _key_of(self, kind: str) -> bytes:
        """A key of its own for each kind and project, so that equal ids of two kinds cannot be matched."""
        return hmac.new(self._key, f"{_DOMAIN}\0{self._project}\0{kind}".encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return f"Pseudonyms(fingerprint={self.fingerprint!r})"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a pseudonym key is never written out; read it again where it is needed")


def _kind(column: str) -> str:
    kind = column.removesuffix("_id")
    if kind not in KINDS:
        raise SettingsError(f"column {column} holds no id of a known kind; ids are of: {', '.join(KINDS)}")
    return kind


def _key_from_text(text: str, place: str) -> bytes:
    digits = text.strip()
    if not re.fullmatch(rf"(?:[0-9a-fA-F]{{2}}){{{SMALLEST_KEY},}}", digits, re.ASCII):
        raise SettingsError(f"{place} must hold {2 * SMALLEST_KEY} or more hexadecimal digits; {_HOW_TO_MAKE}")
    return bytes.fromhex(digits)


def _read_private_text(path: Path) -> str:
    """The rights are those of the very file that is read, so nothing can be put in its place in between."""
    if not path.is_file():
        raise SettingsError(f"there is no pseudonym key file {path}, or it is no ordinary file; {_HOW_TO_MAKE}")
    try:
        with path.open("rb") as file:
            _refuse_if_others_may_read(path, os.fstat(file.fileno()))
            return file.read(4096).decode("ascii", "replace")
    except OSError as error:
        raise SettingsError(f"pseudonym key file {path} cannot be read: {error.strerror}") from error


def _refuse_if_others_may_read(path: Path, found: os.stat_result) -> None:
    if os.name != "nt" and found.st_mode & 0o077:  # Windows keeps rights elsewhere
        raise SettingsError(
            f"pseudonym key file {path} may be read by others than its owner; take their rights away: chmod 600 {path}"
        )
