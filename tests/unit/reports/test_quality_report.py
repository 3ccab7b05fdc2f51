"""The data-quality report: the counts of the check and nothing else, on the page and in its tables."""

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from council_sample import SOUND
from quality_sample import BROKEN, NOTICES, checked, facts_of

from ehforecast.contracts import QualityResult
from ehforecast.errors import SettingsError
from ehforecast.reports import QualityFacts, write_quality_report
from ehforecast.reports.quality_page import quality_html
from ehforecast.reports.words import rule_words

Read = Callable[[str], Any]


@pytest.fixture(scope="module")
def result() -> QualityResult:
    return checked(BROKEN)


@pytest.fixture(scope="module")
def facts(result: QualityResult) -> QualityFacts:
    return facts_of(result, extracts=2)


@pytest.fixture(scope="module")
def quality_folder(facts: QualityFacts, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_quality_report(facts, tmp_path_factory.mktemp("quality") / "2024-03-31").parent


@pytest.fixture(scope="module")
def quality_page(quality_folder: Path, read: Read) -> Any:  # noqa: ANN401 - a node of the page
    return read((quality_folder / "index.html").read_text("utf-8"))


def table_named(page: Any, part: str) -> list[list[str]]:  # noqa: ANN401
    table = next(one for one in page.all("table") if part in one.first("caption").text)
    return [[cell.text for cell in row.all("th", "td")] for row in table.first("tbody").all("tr")]


def rows_of(folder: Path, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((folder / name).read_text("utf-8"))))


def test_rows_of_each_table_are_those_of_the_check(quality_page: Any, result: QualityResult) -> None:  # noqa: ANN401
    shown = table_named(quality_page, "Rows by table")
    expected = [
        [
            count.table.replace("_", " ").capitalize(),
            *map(str, (count.rows_in, count.rows_used, sum(count.set_aside.values()))),
        ]
        for count in result.tables
    ]
    # Catches a table left out, or a count under the wrong heading.
    assert [row[:4] for row in shown] == expected
    # Catches queries counted as errors, or as if no row were in question.
    assert [row[5] for row in shown if row[0] == "People"] == ["1"]
    # Catches a sum over tables that leaves one out.
    assert f"Of {sum(c.rows_in for c in result.tables)} rows received" in quality_page.first("main").text


def test_each_broken_rule_is_told_once_in_its_place(quality_page: Any, result: QualityResult) -> None:  # noqa: ANN401
    for heading, severity in (("Errors:", "error"), ("Queries:", "query")):
        broken = [rule for rule in result.rules if rule.severity == severity and rule.broken]
        shown = table_named(quality_page, heading)
        # Catches a broken rule that nobody is told of, told twice, or told with another's numbers.
        assert sorted((row[0], row[2], row[3]) for row in shown) == sorted(
            (rule_words(rule.rule), str(rule.broken), str(rule.judged)) for rule in broken
        )
        # Catches a finding without a place or a remedy.
        assert all(row[1] and row[4] for row in shown)
        # Catches a query hidden at the bottom because another rule broke a row before it.
        assert [int(row[2]) for row in shown] == sorted((rule.broken for rule in broken), reverse=True)


def test_rows_set_aside_add_up(quality_page: Any, quality_folder: Path, result: QualityResult) -> None:  # noqa: ANN401
    shown = table_named(quality_page, "Contacts: rows set aside")
    (count,) = [count for count in result.tables if count.table == "contacts"]
    # Catches a list of reasons that does not account for every row set aside.
    assert sum(int(row[1]) for row in shown) == count.rows_in - count.rows_used == 4
    rows = [row for row in rows_of(quality_folder, "set_aside.csv") if row["table"] == "contacts"]
    assert {row["rule"]: int(row["rows_set_aside"]) for row in rows} == dict(count.set_aside)


def test_the_third_answer_is_told(read: Read) -> None:
    tables = {name: rows for name, rows in BROKEN.items() if name != "people"}
    page = read(quality_html(facts_of(checked(tables))))
    section = next(one for one in page.all("section") if one.attrs["aria-labelledby"] == "unjudged")
    # Catches a rule that was never judged passed over as if it had been kept: its table of comparison did not come.
    assert "Contacts: person id is in people" in section.text
    partly = table_named(page, "could not be judged")
    # Catches a rule that was judged on some rows only shown as if it had been on all.
    assert all(0 < int(row[1]) < int(row[2]) for row in partly)


def test_missing_cells_are_counted_by_column(quality_page: Any, facts: QualityFacts) -> None:  # noqa: ANN401
    frame = facts.result.used["contacts"]
    shown = {row[0]: (int(row[1]), row[2]) for row in table_named(quality_page, "Contacts: 2 rows used")}
    # Catches a count of absent cells that is not that of the rows used.
    assert {name: number for name, (number, _) in shown.items()} == {
        name: int(frame[name].isna().sum()) for name in frame.columns if frame[name].isna().any()
    }
    # Catches a share of the rows received, or one rounded to nothing.
    assert shown["outcome"][1] == "50.0%"


def test_what_the_layout_says_is_told(quality_page: Any, quality_folder: Path) -> None:  # noqa: ANN401
    text = quality_page.first("main").text
    for notice in NOTICES:
        # Catches a warning of the reader that never reaches the analyst, or reaches them twice.
        assert text.count(notice.words) == 1
    # Catches a count that is dropped, and one shown where nothing was counted.
    assert "values without a translation (1,234)" in text
    assert "The extract: early help is a selection Only" in text
    # Catches a column that the source does not hold taken for one that is empty.
    assert table_named(quality_page, "does not hold") == [
        ["Contacts: locality", "the dataset has no place of a contact."]
    ]
    assert [row["notice"] for row in rows_of(quality_folder, "notices.csv")] == [notice.name for notice in NOTICES]


def test_extracts_so_far_stand_side_by_side(quality_page: Any, read: Read, result: QualityResult) -> None:  # noqa: ANN401
    shown = table_named(quality_page, "Rows used in each extract")
    used = [str(count.rows_used) for count in result.tables]
    # Catches an earlier extract left out, or counts of one table under another.
    assert shown == [["2023-03-31", *used], ["2024-03-31", *used]]
    page = read(quality_html(facts_of(result)))
    # Catches a check that stored nothing shown as if it had.
    assert "no: this was a check only" in page.text
    assert "Extracts so far" not in page.text


def test_it_says_to_whom_it_belongs(quality_page: Any, quality_folder: Path) -> None:  # noqa: ANN401
    statement = "a small count can point to a family, so keep it where you keep the records and do not publish"
    # Catches a page with small counts that does not say that it is not for publication, at its head and its foot.
    assert quality_page.text.count(statement) == 2
    assert statement in json.loads((quality_folder / "metadata.json").read_text("utf-8"))["statement"]
    for file in quality_folder.iterdir():
        # Catches counts of a council's records left readable by others.
        assert file.stat().st_mode & 0o777 == 0o600
    assert quality_folder.stat().st_mode & 0o777 == 0o700


def test_ids_are_told_as_they_are(read: Read, result: QualityResult) -> None:
    # Catches an extract with its own ids said to be pseudonymised, or the other way round.
    assert "kept as received" in read(quality_html(facts_of(result))).text
    assert "fingerprint 5f5f" in read(quality_html(replace(facts_of(result), pseudonym_key="5f5f"))).text


def test_tables_tell_every_rule_and_column(quality_folder: Path, facts: QualityFacts) -> None:
    rules = rows_of(quality_folder, "rules.csv")
    # Catches a rule left out because nothing broke it: no news would look like no check.
    assert [(row["table"], row["rule"], int(row["broken"])) for row in rules] == [
        (rule.table, rule.rule, rule.broken) for rule in facts.result.rules
    ]
    assert {
        (int(r["judged"]) + int(r["not_judged"]), r["extracted_on"]) for r in rules if r["table"] == "contacts"
    } == {(6, "2024-03-31")}
    columns = rows_of(quality_folder, "columns.csv")
    # Catches a column left out, or absent cells counted for another.
    assert [(row["table"], row["column"], int(row["missing"])) for row in columns] == [
        (count.table, count.column, count.missing) for count in facts.missing
    ]
    # Catches a share of the rows received: those set aside are judged elsewhere.
    assert {(row["table"], int(row["rows"])) for row in columns} == {
        (count.table, count.rows_used) for count in facts.result.tables
    }
    assert [int(row["rows_in"]) for row in rows_of(quality_folder, "tables.csv")] == [
        count.rows_in for count in facts.result.tables
    ]


def test_metadata_explain_every_column_and_hash_every_table(quality_folder: Path) -> None:
    told = json.loads((quality_folder / "metadata.json").read_text("utf-8"))
    for name, file in told["files"].items():
        data = (quality_folder / name).read_bytes()
        # Catches a table that was changed after it was written, and a column that nobody explains.
        assert file["sha256"] == sha256(data).hexdigest()
        header = data.decode("utf-8").splitlines()[0].split(",") if name.endswith(".csv") else []
        assert list(file["columns"]) == header
        assert all(file["columns"].values())
    # Catches a table without its metadata, or the other way round.
    assert {*told["files"], "metadata.json", "index.html"} == {file.name for file in quality_folder.iterdir()}


def test_the_chart_says_in_words_what_it_shows(quality_page: Any, result: QualityResult) -> None:  # noqa: ANN401
    drawings = list(quality_page.all("svg"))
    first = max((rule for rule in result.rules if rule.broken), key=lambda rule: rule.broken)
    # Catches a chart for one width of screen only, and one that says nothing to those who cannot see it.
    assert len(drawings) == 2
    for drawing in drawings:
        assert f"Most often: Contacts: {rule_words(first.rule)}, 3 rows (error)" in drawing.attrs["aria-label"]
        assert len(drawing.attrs["aria-label"]) < 250
    # Catches bars without their numbers, or told apart by colour alone.
    texts = [text.text for text in drawings[0].all("text")]
    assert "Contacts: source is a word of referral source code (error)" in texts
    assert "People: birth month is known (query)" in texts
    assert {"3", "1"} <= set(texts)


def test_a_clean_extract_says_so(read: Read) -> None:
    sound = {name: rows for name, rows in SOUND.items() if name == "workforce"}
    page = read(quality_html(facts_of(replace(checked(sound), notices=()))))
    # Catches an empty chart, an empty table, or silence where there is good news.
    assert list(page.all("svg")) == []
    assert page.text.count("No row broke a rule of this kind.") == 2
    assert "Nothing was noticed about the extract as a whole." in page.text
    assert "Nothing is." in page.text


def test_no_rows_is_no_share(read: Read) -> None:
    page = read(quality_html(facts_of(checked({"workforce": SOUND["workforce"], "families": []}))))
    # Catches a division by no rows.
    assert table_named(page, "Rows by table")[0] == ["Families", "0", "0", "0", "no rows", "0"]


def test_hostile_words_stay_words(read: Read, result: QualityResult) -> None:
    hostile = "<script>alert(1)</script>{{7*7}}"
    bad = replace(result, notices=(replace(NOTICES[0], words=hostile, name="=cmd"),), layout=hostile)
    html = quality_html(facts_of(bad, title=hostile))
    # Catches text of a configuration or a file that runs, or is filled in, when the page is opened.
    assert "<script" not in html
    assert "49" not in re.sub(r"<svg.*?</svg>|<style.*?</style>", "", html, flags=re.DOTALL)
    assert hostile in read(html).first("h1").text


def test_formulas_in_tables_are_neutral(result: QualityResult, tmp_path: Path) -> None:
    bad = replace(result, notices=(replace(NOTICES[0], words="=1+1", name="@sum"),))
    folder = write_quality_report(facts_of(bad), tmp_path / "day").parent
    (row,) = rows_of(folder, "notices.csv")
    # Catches a cell that a spreadsheet would run.
    assert (row["notice"], row["words"]) == ("'@sum", "'=1+1")


def test_a_folder_of_somebody_else_is_left_alone(facts: QualityFacts, tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    (tmp_path / "day" / "thesis.docx").write_text("mine", "utf-8")
    # Catches a file of somebody's swept away with an older report.
    with pytest.raises(SettingsError, match="no part of a report"):
        write_quality_report(facts, tmp_path / "day")
    assert (tmp_path / "day" / "thesis.docx").read_text("utf-8") == "mine"


def test_headings_follow_one_another(quality_page: Any) -> None:  # noqa: ANN401
    levels = [int(one.tag[1]) for one in quality_page.all("h1", "h2", "h3")]
    # Catches a heading that leaves out a level, and a page with two titles.
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    targets = {one.attrs["id"] for one in quality_page.all() if "id" in one.attrs}
    links = [one.attrs["href"] for one in quality_page.all("a") if one.attrs["href"].startswith("#")]
    # Catches a link to a section that is not there.
    assert [link for link in links if link[1:] not in targets] == []
