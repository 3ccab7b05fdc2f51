"""Marks planted in every id and every word of an extract are in no byte of anything published, logged or recorded.

The whole way is gone, by command: ingest, forecast and every report. The long version assesses and explains too.
"""

import io
import json
import logging
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from command_line import Answer, ehforecast

from ehforecast.advisory.ledger import Release
from ehforecast.pipelines.published import WayOut
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import ssd_frames

pytestmark = pytest.mark.acceptance("door")

KEY = bytes(range(60, 92))
MARKS = {
    "a name": "Zq7Canaryson",
    "a pupil number": "Q987654321098",
    "a health service number": "9434765919",
    "a postcode": "ZQ77 7ZQ",
    "an e-mail address": "zq7canary@example.org",
    "a random word": "x7f3k9w2v8",
}
MARK_OF_IDS = "zq7id"
"""Stands in every id of every row."""

EVERY = 150
"""One row in so many has its words marked, another one for each column, so that most rows are still used."""

NEVER_KEPT = {"pers_forename": "a name", "pers_surname": "a name", "pers_upn": "a pupil number",
              "pers_nhs_number": "a health service number", "pers_postcode": "a postcode"}  # fmt: skip
SHORT = """\
title: Front door of Northmere
purpose: planning
records: {source: extract, layout: ssd, extracted_on: "2024-03-31", pseudonyms: {key_file: ours.key}}
forecast:
  measure: contacts
  forecasters: [pooled_smoothing]
  calendar: {covid: kept}
"""
LONG = "assessment: {questions: [escalation_after_early_help], reader: head of research, trials: 1}\n"


def is_long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--acceptance"))


def marked(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Ids marked in every row, words in some of each column, and what no layout may keep in every row."""
    return {name: _marked(frame) for name, frame in frames.items()}


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    made = {}
    for number, (column, values) in enumerate(frame.items()):
        name = str(column)
        text = values.dt.strftime("%Y-%m-%d") if pd.api.types.is_datetime64_any_dtype(values) else values
        text = text.astype(object).where(text.notna(), None)
        if name in NEVER_KEPT:
            made[name] = pd.Series(MARKS[NEVER_KEPT[name]], index=frame.index)
        elif name.endswith("_id"):
            made[name] = text.map(lambda value: None if value is None else f"{MARK_OF_IDS}-{value}")
        else:
            places = np.arange(len(text)) % EVERY == number
            made[name] = text.mask(places, " ".join(MARKS.values()))
    return pd.DataFrame(made)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A folder with an extract full of marks, its key and a configuration."""
    folder = tmp_path_factory.mktemp("canaries")
    size = {"first_month": "2018-04", "years": 6, "contacts_a_year": 6_000} if is_long(request) else {
        "first_month": "2019-04", "years": 5, "contacts_a_year": 500}  # fmt: skip
    frames = marked(ssd_frames(draw_council(CouncilPlan(seed=7, **size))))  # type: ignore[arg-type] # one per field
    people = frames["ssd_person"]
    frames["ssd_person"] = people.assign(**{name: MARKS[kind] for name, kind in NEVER_KEPT.items()})
    outcomes = frames["ssd_contacts"]["cont_contact_outcome_json"]
    said = json.dumps({"NFA_FLAG": "Y", "COMMENTS": " ".join(MARKS.values())})
    frames["ssd_contacts"]["cont_contact_outcome_json"] = outcomes.mask(np.arange(len(outcomes)) % EVERY == 1, said)
    write_plain(frames, folder / "extract")
    (folder / "ours.key").write_text(KEY.hex(), "utf-8")
    (folder / "ours.key").chmod(0o600)
    (folder / "northmere.yaml").write_text(SHORT + (LONG if is_long(request) else ""), "utf-8")
    return folder


@pytest.fixture(scope="module")
def seconds() -> dict[str, float]:
    """How long each report took to be written, checked and put in its place."""
    return {}


@pytest.fixture(scope="module")
def answer(place: Path, seconds: dict[str, float]) -> tuple[Answer, str]:
    """What the run printed, and everything any library logged on the way."""
    heard, publish = io.StringIO(), WayOut.publish

    def timed(way: WayOut, report: str, write: Callable[[Path], Path], **more: Sequence[Release]) -> Path:
        began = time.perf_counter()
        page = publish(way, report, write, **more)
        seconds[report] = time.perf_counter() - began
        return page

    handler, root = logging.StreamHandler(heard), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    where = ("--private", place / "private", "--reports", place / "reports")
    try:
        with mock.patch.object(WayOut, "publish", timed):
            said = ehforecast("run", place / "northmere.yaml", *where)
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
    assert said.code == 0, said.err
    return said, heard.getvalue()


def contents(path: Path) -> Iterator[bytes]:
    """A file's bytes, those inside a zipped one, and the cells of a table."""
    yield path.name.encode() + b"\n" + path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as inside:
            yield from (inside.read(name) for name in inside.namelist())
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        yield repr(table.to_pydict()).encode() + str(table.schema.metadata).encode()


def found_in(folder: Path, words: Mapping[str, str], *, apart_from: str = " ") -> list[str]:
    """Which words are in which files under a folder, in whatever case."""
    return [
        f"{what} in {path.relative_to(folder)}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and apart_from not in path.name
        for content in contents(path)
        for what, word in words.items()
        if word.lower().encode() in content.lower()
    ]


def test_nothing_published_or_said_holds_a_mark(
    place: Path, answer: tuple[Answer, str], record_figure: Callable[..., None]
) -> None:
    words = MARKS | {"an id": MARK_OF_IDS, "the key": KEY.hex()}
    # Catches a test that marks nothing which is read: the marks are in the extract, in every kind.
    assert {what.split(" in ")[0] for what in found_in(place / "extract", words)} == {*MARKS, "an id"}
    published = [path for path in (place / "reports").rglob("*") if path.is_file()]
    assert len(published) > 15
    # Catches a name, number, place or id of a record in a page, a table, a workbook or its inner files.
    assert found_in(place / "reports", words) == []
    said, logged = answer
    # Catches one told on the way, by us or by a library.
    for what, word in words.items():
        assert word.lower() not in f"{said.out} {said.err} {logged}".lower(), what
    record_figure("canaries swept for, in published files", f"{len(words)} in {len(published)}", "0 found")


def test_the_private_area_holds_pseudonyms_only(place: Path, answer: tuple[Answer, str]) -> None:
    assert answer[0].code == 0
    # Catches an id, a name or a word of a record in the store, run records, models, ledger or experiment record;
    # rows set aside are kept as received, but for their ids, and are nobody's but the analyst's.
    assert (
        found_in(place / "private", MARKS | {"an id": MARK_OF_IDS, "the key": KEY.hex()}, apart_from="_set_aside-")
        == []
    )
    assert found_in(place / "private", {"an id": MARK_OF_IDS}) == []


def test_no_pseudonym_is_published(place: Path, answer: tuple[Answer, str]) -> None:
    assert answer[0].code == 0
    people: set[str] = set()
    for path in (place / "private").rglob("*.parquet"):
        table = pq.read_table(path)
        for name in (name for name in table.column_names if name.endswith("_id")):
            people |= {str(value) for value in table.column(name).unique().to_pylist() if value}
    # Catches a search for nothing.
    assert len(people) > 1_000
    for path in (place / "reports").rglob("*"):
        if path.is_file():
            for content in contents(path):
                # Catches a table with a row for each child, or one child's line in a page.
                assert not people & set(re.findall(r"[\w-]{6,}", content.decode("utf-8", "replace"))), path.name


def test_every_report_went_out_by_the_one_way(
    place: Path, answer: tuple[Answer, str], seconds: dict[str, float], record_figure: Callable[..., None]
) -> None:
    (run,) = (path.parent for path in (place / "reports").glob("*/index.html"))
    checked = ehforecast("verify", run.name, "--private", place / "private", "--reports", place / "reports")
    # Catches a report written past the ledger, and a ledger that is not sound; verify names it.
    assert (checked.code, checked.err) == (0, "")
    listed = {line.split(":")[0] for line in checked.out.splitlines()[:-1]}
    # Catches a ledger whose hash nobody is told, without which a whole rewritten one is as good.
    assert re.search(r"ends with [0-9a-f]{64}:", checked.out.splitlines()[-1])
    assert listed == {path.parent.relative_to(run).as_posix() for path in run.rglob("metadata.json")}
    assert "forecast" in listed
    # Catches a report that was put there without the check, the ledger and the index.
    assert set(seconds) == listed
    record_figure(f"seconds to write all {len(seconds)} reports of one council", round(sum(seconds.values()), 1))
    assert answer[0].out.strip().endswith(f"{run.name}/index.html")
