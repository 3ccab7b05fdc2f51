"""Canaries: marked values in every column of an extract are found nowhere outside the rows that the store keeps."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import extracts
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from council_way_in import KEY, WayIn
from databases import schema_of_its_own

from ehforecast.errors import ContractError
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import ssd_frames

CANARY = "Zq7Canary"
DAY = f"extracted_on: {extracts.PLAN.extracted_on}"
NEVER_KEPT = {
    "pers_forename": "A",
    "pers_surname": "B",
    "pers_upn": "A123",
    "pers_legacy_id": "L",
    "pers_postcode": "E1",
}
LOCAL_WORDS = {"locality", "team"}
"""Free words of a council's own that its plain tables may keep: in the store, and nowhere else."""


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return extracts.draw()


def with_canaries(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Ids and words of every column marked: ids in every row, the same in every table; others in every 50th row."""
    return {name: _marked(frame) for name, frame in frames.items()}


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    marked = {}
    for number, (name, values) in enumerate(frame.items()):
        text = values.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(values) else values
        text = text.astype(object).where(text.notna(), None)
        if str(name).endswith("_id"):
            marked[name] = text.map(lambda value: None if value is None else f"{CANARY}-{value}")
        else:
            places = np.arange(len(text)) % 50 == number
            marked[name] = text.mask(places, f"{CANARY} {name} jo@example.org E1 6AN")
    return pd.DataFrame(marked)


def ssd_with_canaries(council: SyntheticCouncil) -> dict[str, pd.DataFrame]:
    frames = with_canaries(ssd_frames(council))
    frames["ssd_person"] = frames["ssd_person"].assign(**{name: f"{CANARY} {v}" for name, v in NEVER_KEPT.items()})
    outcomes = frames["ssd_contacts"]["cont_contact_outcome_json"]
    said = json.dumps({"NFA_FLAG": "Y", "COMMENTS": f"{CANARY} said that her mother"})
    frames["ssd_contacts"]["cont_contact_outcome_json"] = outcomes.mask(np.arange(len(outcomes)) % 7 == 1, said)
    return frames


def holding_a_canary(folder: Path) -> list[str]:
    """Files under a folder with the mark in their bytes or, of Parquet, in a cell; rows set aside excepted."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and "_set_aside-" not in path.name:
            content = path.read_bytes().lower()
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                kept = [name for name in table.column_names if name not in LOCAL_WORDS]
                content = repr(table.select(kept).to_pydict()).lower().encode() + str(table.schema.metadata).encode()
            found += [path.name] if CANARY.lower().encode() in content else []
    return found


def test_ssd(council: SyntheticCouncil, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    write_plain(ssd_with_canaries(council), tmp_path / "extract")
    way = WayIn(tmp_path)
    page = way.ingest("source: extract", DAY)
    # Catches a test that marks nothing which the reader reads: many rows must be set aside because of their marks.
    assert sum(sum(one.set_aside.values()) for one in way.store.manifest().extracts) > 100
    assert len(way.store.table("contacts")) > 500
    # Catches an id, a name or a word of a record in the report, the manifest, or in the rows used, where ids are
    # pseudonyms and words are those of the vocabularies.
    assert holding_a_canary(tmp_path / "private") == []
    # Catches one in what is told on the way.
    assert CANARY.lower() not in f"{way.said} {page} {caplog.text}".lower()
    # Catches the key anywhere, in any of its forms.
    for path in (tmp_path / "private").rglob("*"):
        assert not path.is_file() or not {KEY, KEY.hex().encode()} & {
            part for part in (KEY, KEY.hex().encode()) if part in path.read_bytes()
        }


def test_ids_set_aside_are_pseudonyms_too(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_plain(ssd_with_canaries(council), tmp_path / "extract")
    way = WayIn(tmp_path)
    way.ingest("source: extract", DAY)
    for table in ("people", "contacts", "referrals"):
        aside = way.store.set_aside(table)
        ids = aside[[name for name in aside.columns if name.endswith("_id")]]
        # Catches raw ids kept with the rows that nobody uses.
        assert len(aside) > 5
        assert CANARY.lower() not in ids.to_csv().lower()


def test_plain_tables(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_plain(with_canaries(council.tables), tmp_path / "extract")
    way = WayIn(tmp_path)
    way.ingest("source: extract", DAY)
    # Catches the same where the columns are those of the contracts, words of localities and teams included.
    assert holding_a_canary(tmp_path / "private") == []
    assert CANARY.lower() not in f"{way.said}".lower()


def test_a_database(council: SyntheticCouncil, tmp_path: Path) -> None:
    way = WayIn(tmp_path)
    with schema_of_its_own() as schema:
        schema.load(ssd_with_canaries(council))
        way.ingest(f"source: '{schema.url}'", f"schema: {schema.name}", DAY)
    # Catches raw rows left lying, or a value in the manifest or the report.
    assert holding_a_canary(tmp_path / "private") == []
    assert CANARY.lower() not in f"{way.said}".lower()


@pytest.mark.parametrize(
    "spoilt", ["a field too many", "other bytes", "a damaged file", "a quotation mark", "a header"]
)
def test_errors(council: SyntheticCouncil, tmp_path: Path, spoilt: str) -> None:
    write_plain(ssd_with_canaries(council), tmp_path / "extract")
    file = tmp_path / "extract" / "ssd_contacts.csv"
    lines = file.read_bytes().splitlines(keepends=True)
    match spoilt:
        case "a field too many":
            lines[20] = lines[20].rstrip(b"\n") + f",{CANARY}\n".encode()
        case "other bytes":
            lines[20] = lines[20].rstrip(b"\n") + b"\xff\xfe\n"
        case "a quotation mark":
            lines[20] = f'"{CANARY}\n'.encode()
        case "a header":
            lines = lines[1:]
    file.write_bytes(b"".join(lines))
    if spoilt == "a damaged file":
        file.unlink()
        (tmp_path / "extract" / "ssd_contacts.parquet").write_bytes(f"PAR1{CANARY}PAR1".encode())
    way = WayIn(tmp_path)
    with pytest.raises(ContractError) as caught:
        way.ingest("source: extract", DAY)
    chain, error = [], caught.value
    while error is not None:
        chain.append(f"{error} {getattr(error, 'findings', '')}")
        error = None if error.__suppress_context__ else error.__context__  # type: ignore[assignment]
    # Catches a message of a library that quotes the line it could not read, in the error or behind it.
    assert CANARY.lower() not in f"{chain} {way.said}".lower()
    assert not [path for path in (tmp_path / "private").rglob("*") if path.is_file() and path.name != ".lock"]
