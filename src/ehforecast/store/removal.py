"""Removing one person from everything a store holds, where the law asks for it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ehforecast.contracts import COUNCIL_TABLES, load_contract
from ehforecast.contracts.pseudonyms import pseudonymous_columns
from ehforecast.errors import StoreError
from ehforecast.store.files import copy_file_atomically, hash_file, write_bytes_atomically
from ehforecast.store.manifest import MANIFEST_NAME, Manifest, StoredExtract
from ehforecast.store.store import Store
from ehforecast.store.workspaces import sweep

PERSON = "person_id"
RULES = "rules"
"""Of rows set aside: the rules each broke, the first of which it is counted by."""

SHARED = ("family_id",)
"""Ids that others have too: their rows stay."""

Ids = dict[str, set[str]]


@dataclass(frozen=True)
class Removed:
    """What was removed: rows by table over all extracts, and the hashes of the files that held them."""

    rows: Mapping[str, int]
    files: tuple[str, ...] = field(repr=False)


def remove_person(store: Store, person_id: str, *, first: Callable[[Removed], object] | None = None) -> Removed:
    """Remove every row about one person from every extract, used or set aside, and rows that hang on those.

    ``person_id`` as it stands in the store: a pseudonym. The extracts keep their identity, so that receiving one of
    them again does not bring the person back; a later extract that still holds the person does. Raises `StoreError`
    where nobody of that id is in the store; then nothing has changed. The files that held the rows are deleted.

    ``first`` is told what will go and is done before: broken off there, the person can still be found and removed.
    """
    with store.workspace() as workspace:
        manifest = store.manifest()
        ids = _ids_of(store.folder, manifest, person_id=person_id)
        extracts, rows, files = [], dict[str, int](), list[str]()
        for place, stored in enumerate(manifest.extracts):
            cleaned, number = _without(store.folder, stored, ids=ids, into=workspace.folder / f"{place}")
            extracts.append(cleaned)
            if number:
                rows[stored.contract] = rows.get(stored.contract, 0) + number
                files.append(stored.parquet_sha256)
        if not rows:
            raise StoreError(f"store {store.folder} holds nobody of this id; ids stand in it as pseudonyms")
        removed = Removed(rows, tuple(files))
        if first is not None:
            first(removed)
        changed = manifest.model_copy(update={"extracts": tuple(extracts)})
        write_bytes_atomically(store.folder / MANIFEST_NAME, changed.to_bytes())
        sweep(store.folder, changed)
    return removed


def _ids_of(folder: Path, manifest: Manifest, *, person_id: str) -> Ids:
    """The person's id, and the ids of all that is about this person alone: contacts, referrals, assessments."""
    ids: Ids = {PERSON: {person_id}}
    for stored in manifest.extracts:
        if stored.contract not in COUNCIL_TABLES:
            continue
        contract = load_contract(stored.contract)
        own = [
            name for name in contract.key if name in pseudonymous_columns(contract) and name not in {PERSON, *SHARED}
        ]
        for batch in _batches(folder / stored.parquet):
            if PERSON in batch.schema.names and own:
                theirs = batch.filter(pc.equal(batch[PERSON], person_id))
                for name in own:
                    ids.setdefault(name, set()).update(str(value) for value in theirs[name].to_pylist())
    return ids


def _without(folder: Path, stored: StoredExtract, *, ids: Ids, into: Path) -> tuple[StoredExtract, int]:
    """One extract without the rows that carry any of the ids, and how many these were."""
    if stored.contract not in COUNCIL_TABLES:
        return stored, 0
    update: dict[str, object] = {}
    used = _Cleaned.of(folder / stored.parquet, ids=ids, into=into.with_suffix(".used"))
    if used.rows:
        name = f"{stored.contract}-{used.sha256}.parquet"
        copy_file_atomically(into.with_suffix(".used"), folder / name)
        update |= {"parquet": name, "parquet_sha256": used.sha256, "rows_used": stored.rows_used - used.rows}
    aside = _Cleaned(0)
    if stored.set_aside_parquet:
        aside = _Cleaned.of(folder / stored.set_aside_parquet, ids=ids, into=into.with_suffix(".aside"))
    if aside.rows:
        name = f"{stored.contract}_set_aside-{aside.sha256}.parquet"
        copy_file_atomically(into.with_suffix(".aside"), folder / name)
        left = {rule: count - aside.by_rule.get(rule, 0) for rule, count in stored.set_aside.items()}
        update |= {"set_aside_parquet": name, "set_aside_sha256": aside.sha256, "set_aside": left}
    update["rows_in"] = stored.rows_in - used.rows - aside.rows
    return stored.model_copy(update=update), used.rows + aside.rows


@dataclass(frozen=True)
class _Cleaned:
    """How many rows were left out of a file, by the first rule each broke if set aside, and the new file's hash."""

    rows: int
    sha256: str = ""
    by_rule: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path, *, ids: Ids, into: Path) -> "_Cleaned":
        """Write the rows of a file that carry none of the ids."""
        rules = Counter[str]()
        removed = 0
        with pq.ParquetFile(path) as source, pq.ParquetWriter(into, source.schema_arrow, compression="zstd") as writer:
            for batch in source.iter_batches():
                carries = _carries(batch, ids)
                writer.write_batch(batch.filter(pc.invert(carries)))
                gone = batch.filter(carries)
                removed += len(gone)
                if RULES in gone.schema.names:
                    rules.update(str(broken).split("; ")[0] for broken in gone[RULES].to_pylist())
        return cls(removed, hash_file(into), rules)


def _carries(batch: pa.RecordBatch, ids: Ids) -> pa.Array:
    found = pa.array([False] * len(batch))
    for name in set(batch.schema.names) & set(ids):
        held = pc.is_in(batch[name].cast(pa.string()), value_set=pa.array(sorted(ids[name]), pa.string()))
        found = pc.or_(found, held)
    return found


def _batches(path: Path) -> Iterator[pa.RecordBatch]:
    with pq.ParquetFile(path) as file:
        yield from file.iter_batches()
