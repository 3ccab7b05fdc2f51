"""The manifest: which extract each table of the store came from, and what became of its rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ehforecast.contracts import CheckedExtract
from ehforecast.errors import StoreError
from ehforecast.store.receivable import Receivable

MANIFEST_NAME = "manifest.json"
_SHA256 = r"^[0-9a-f]{64}$"
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_PARQUET = r"^[a-z][a-z0-9_]*-[0-9a-f]{64}\.parquet$"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ReceivedFrom(_Entry):
    """One file out of which a council's extract was read."""

    name: str
    sha256: str = Field(pattern=_SHA256)
    bytes: int = Field(ge=0)
    rows: int = Field(ge=0)


class StoredExtract(_Entry):
    """One extract: its file, its contract, its rows, and the Parquet files that hold them, those set aside apart.

    `covers_from` is the first day from which a rolling window is complete; `files` are all of a council's extract;
    `pseudonym_key` is the fingerprint of the key that made its ids, empty where they stand as received.
    """

    contract: str
    contract_version: str
    layout: str
    layout_version: str
    table: str
    file_name: str
    file_sha256: str = Field(pattern=_SHA256)
    file_bytes: int = Field(ge=0)
    received_on: str | None
    extracted_on: str | None = Field(default=None, pattern=_DAY)
    rows_in: int = Field(ge=0)
    rows_used: int = Field(ge=0)
    set_aside: Mapping[str, int]
    parquet: str = Field(pattern=_PARQUET)
    parquet_sha256: str = Field(pattern=_SHA256)
    covers_from: str | None = Field(default=None, pattern=_DAY)
    files: tuple[ReceivedFrom, ...] = ()
    set_aside_parquet: str | None = Field(default=None, pattern=_PARQUET)
    set_aside_sha256: str | None = Field(default=None, pattern=_SHA256)
    pseudonym_key: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")

    @model_validator(mode="after")
    def _every_row_is_accounted_for(self) -> Self:
        if self.rows_in != self.rows_used + sum(self.set_aside.values()):
            raise ValueError("rows in are not rows used and rows set aside")
        return self

    def holds(self, extract: Receivable | CheckedExtract) -> bool:
        """Whether it is this very extract: the same bytes, read under the same contract and layout."""
        return self._identity() == _identity(extract)

    def replaces(self, earlier: "StoredExtract") -> bool:
        """Whether it is a later extract of the same table: a publisher's new file covers the old one's years again.

        A council's extracts of one table follow each other whatever layout they came in.
        """
        is_of_council = bool(self.extracted_on and earlier.extracted_on)
        return self.table == earlier.table and (is_of_council or self.layout == earlier.layout)

    def _identity(self) -> tuple[str | None, ...]:
        return _identity(self)


def _identity(extract: Receivable | CheckedExtract | StoredExtract) -> tuple[str | None, ...]:
    return (
        extract.file_sha256,
        extract.contract,
        extract.contract_version,
        extract.layout,
        extract.layout_version,
        extract.table,
        extract.extracted_on,
        getattr(extract, "covers_from", None),  # published figures have no window
    )


class Manifest(_Entry):
    """Every extract the store has received, in the order received."""

    format_version: Literal[1] = 1
    extracts: tuple[StoredExtract, ...] = ()

    def holds(self, extract: Receivable | CheckedExtract) -> bool:
        """Whether this very extract has been received before."""
        return any(stored.holds(extract) for stored in self.extracts)

    def is_superseded(self, stored: StoredExtract) -> bool:
        """Whether a later extract of the same table has been received."""
        later = self.extracts[self.extracts.index(stored) + 1 :]
        return any(other.replaces(stored) for other in later)

    def current(self, contract: str) -> tuple[StoredExtract, ...]:
        """The extracts that make up a contract's table: the latest of each source table."""
        return tuple(stored for stored in self.extracts_of(contract) if not self.is_superseded(stored))

    def extracts_of(self, contract: str) -> tuple[StoredExtract, ...]:
        """Every extract of a contract's table, earlier ones included."""
        return tuple(stored for stored in self.extracts if stored.contract == contract)

    def file_names(self) -> set[str]:
        """Every file that the store holds, but for the manifest itself."""
        return {name for stored in self.extracts for name in (stored.parquet, stored.set_aside_parquet) if name}

    def with_extracts(self, added: tuple[StoredExtract, ...]) -> "Manifest":
        """The manifest after receiving more."""
        return self.model_copy(update={"extracts": self.extracts + added})

    def to_bytes(self) -> bytes:
        """The manifest as it is written."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a store; an empty one where nothing has been received."""
    path = folder / MANIFEST_NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Manifest()
    except ValidationError as error:
        raise StoreError(
            f"{path} is damaged ({error.error_count()} faults); restore it from a copy, or ingest into a new store"
        ) from None
