"""The risk research report: its first sentence, its tables in three forms, and nothing that ranks or names anybody."""

import io
import json
import re
from typing import get_args

import pandas as pd
import pytest
import risk_result
from python_calamine import CalamineWorkbook

from ehforecast.advisory.risk_advice import release_risk
from ehforecast.reports.document import document_files
from ehforecast.reports.risk_page import risk_document
from ehforecast.reports.risk_words import left_out_words
from ehforecast.risk.outcome_settings import IndexExclusion, OutcomeExclusion

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
    assert len(csv_files) == len(book.sheet_names) - 3 == 17
    assert all(f'href="{name}"' in written["index.html"].decode() for name in csv_files)
    groups = written["by_group.csv"].decode().splitlines()
    # Catches a hidden group that reappears in a file.
    assert "Sex: neither,[c],[c],Skill,[z],[z],[z],cannot be judged: too few" in groups
    sheet = book.get_sheet_by_name("By_group").to_python()
    assert ["Sex: neither", "[c]", "[c]", "Skill", "[z]", "[z]", "[z]", "cannot be judged: too few"] in sheet
    assert "Sex: neither [c] [c] Skill [z] [z] [z]" in page
    assert "Sex: female 610 130 Skill 0.200 0.100 0.300" in page


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


def test_who_was_not_looked_at_is_told_with_small_counts_hidden(written: dict[str, bytes]) -> None:
    rows = written["left_out.csv"].decode().splitlines()[1:]
    # Catches a report that counts those it looked at and is silent on the others, and a count small enough to be known.
    assert rows == [
        "Died before the day of the estimate,[c]",
        '"Not in the periods for learning, adjusting and testing",2410',
        "Later event that does not count: referral from another council,0",
    ]
    # Catches a table with nothing in it, of a cohort that was not made from records.
    assert "left_out.csv" not in files(left_out=pd.DataFrame())


def test_figures_are_told_in_the_unit_their_heading_says(written: dict[str, bytes]) -> None:
    page = plain(written["index.html"])
    benefit = written["net_benefit.csv"].decode().splitlines()[1]
    # Catches a chart of families in 100 above a table of families in one.
    assert benefit == "0.1,Boosted trees,5,1,8"
    assert page.count("Net benefit per 100 families, by the chance from which help would be offered") >= 2
    # Catches the words "precision" and "recall", which nobody on a panel has to know.
    assert written["capacities.csv"].decode().splitlines()[1].startswith('0.1,Boosted trees,"With the event, of those')


def test_every_reason_has_words_of_its_own() -> None:
    reasons = (
        *get_args(IndexExclusion),
        *get_args(OutcomeExclusion),
        "outside_the_periods",
        "family_in_another_period",
    )
    # Catches a reason that stands on the page as its name in code.
    assert not [reason for reason in reasons if left_out_words(reason) == reason.replace("_", " ").capitalize()]


def test_what_was_tried_and_what_is_simple_can_be_read(written: dict[str, bytes]) -> None:
    rows = {name: written[f"{name}.csv"].decode().splitlines()[1] for name in ("follow_up", "points", "probes")}
    # Catches treatments of short follow-up told where the number it is about is hidden.
    assert rows["follow_up"] == "Testing,[z],[z],[z],[z],[z]"
    # Catches a simple score that a reader cannot work out, and probes that are kept to ourselves.
    assert rows["points"] == "contacts in the last 90 days: 2 or more,3"
    assert rows["probes"] == "A model of outcomes dealt out at random,0.5,0.45,0.55,[z],[z],nothing"
    assert "contacts in the last 90 days,0.61,[z],[z],0.01,-0.01,nothing" in written["probes.csv"].decode()
