"""The risk research report: its first sentence, its tables in three forms, and nothing that ranks or names anybody."""

import io
import json
import re

import pytest
import risk_result
from python_calamine import CalamineWorkbook

from ehforecast.advisory.risk_advice import release_risk
from ehforecast.reports.document import document_files
from ehforecast.reports.risk_page import risk_document

SAID = {"purpose": "research", "reader": "head of research", "run_id": "run-1", "data_source": "Invented <records>."}


def files(verdict: str = "not met", **changes: object) -> dict[str, bytes]:
    return document_files(risk_document(release_risk(risk_result.risk_result(verdict, **changes), **SAID)))


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    return files()


def plain(html: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("met", "met the bar that was fixed"),
        ("not met", "They are not good enough to use, and nothing about any child is given."),
        ("cannot be judged", "cannot be judged from these records"),
    ],
)
def test_the_verdict_is_the_first_sentence(verdict: str, words: str) -> None:
    lead = re.search(r'<p class="lead">(.*?)</p>', files(verdict)["index.html"].decode())
    # Catches a report that buries that the estimates are not good enough.
    assert lead is not None
    assert words in lead[1]


def test_every_table_stands_in_three_forms_with_the_same_figures(written: dict[str, bytes]) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(written["tables.xlsx"]))
    page = plain(written["index.html"])
    csv_files = [name for name in written if name.endswith(".csv")]
    # Catches a table that is on the page alone, or a file that is nowhere linked.
    assert len(csv_files) == len(book.sheet_names) - 3 == 13
    assert all(f'href="{name}"' in written["index.html"].decode() for name in csv_files)
    groups = written["by_group.csv"].decode().splitlines()
    # Catches a hidden group that reappears in a file.
    assert "sex: neither,[c],[c],Skill,[z],[z],[z],cannot be judged: too few" in groups
    sheet = book.get_sheet_by_name("By_group").to_python()
    assert ["sex: neither", "[c]", "[c]", "Skill", "[z]", "[z]", "[z]", "cannot be judged: too few"] in sheet
    assert "sex: neither [c] [c] Skill [z] [z] [z]" in page
    assert "sex: female 610 130 Skill 0.200 0.100 0.300" in page


def test_metadata_explains_every_column_and_file(written: dict[str, bytes]) -> None:
    told = json.loads(written["metadata.json"])
    # Catches a column nobody explains and a file that could be swapped.
    assert {f"{name}.csv" for name in told["tables"]} == {name for name in written if name.endswith(".csv")}
    assert all(meaning for table in told["tables"].values() for meaning in table["columns"].values())
    assert set(told["files"]) == set(written) - {"metadata.json"}
    # Catches the sealed bar left out of what is published.
    assert told["bar_sha256"] in plain(written["index.html"])


def test_what_comes_from_outside_is_text(written: dict[str, bytes]) -> None:
    # Catches a source or title that becomes markup.
    assert "Invented &lt;records&gt;." in written["index.html"].decode()
    assert "<script" not in written["index.html"].decode()


def test_no_estimate_of_anybody_and_no_order_of_families(written: dict[str, bytes]) -> None:
    words = plain(written["index.html"]).lower()
    # Catches words that turn research into a verdict on families.
    assert not re.search(r"high.risk|dangerous|likely abuser|ranked|priority|triage|flagged", words)


def test_charts_say_what_they_show(written: dict[str, bytes]) -> None:
    alts = set(re.findall(r'<svg[^>]*aria-label="([^"]+)"', written["index.html"].decode()))
    # Catches a picture without words, or two with the same.
    assert len(alts) == 2
    assert all("Numbers in the table below." in alt and len(alt) < 250 for alt in alts)


def test_the_same_result_gives_the_same_bytes(written: dict[str, bytes]) -> None:
    # Catches a time or a random id in page, workbook or tables.
    assert files() == written
