"""The report for ethics panels: the answer first, every part there, and no word that pronounces."""

import csv
import io
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from audit_sample import RARE, REQUEST, sample_advice, sample_result, sample_table
from estimates import GROUP, SEX, audited, settings

from ehforecast.advisory.fairness_advice import FairnessAdvice, release_fairness
from ehforecast.reports.document import document_files, missing_meanings
from ehforecast.reports.fairness_page import fairness_document, write_fairness_report
from ehforecast.reports.fairness_words import MEASURES, lead_sentence
from ehforecast.risk.fairness.audit import Beside, audit
from ehforecast.risk.fairness.frame import AuditColumns, audit_frame

PRONOUNCING = re.compile(r"\b(un)?(fair|bias(ed)?|safe)(ly|ness|ty|r|st)?\b|\bdiscriminat", re.IGNORECASE)
SECTIONS = ["found", "questions", "who", "missing", "base-rates", "errors", "calibration", "crossed", "recording",
            "options", "drift", "copies", "glossary", "method"]  # fmt: skip


class Words(HTMLParser):
    """What a reader reads or hears; not the page's style."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.alts: list[str] = []
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._is_style = tag == "style"
        if tag == "svg":
            self.alts.append(dict(attrs)["aria-label"] or "")

    def handle_endtag(self, tag: str) -> None:
        self._is_style = self._is_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if not self._is_style:
            self.text.append(data)


@cache
def written(*, has_outcome: bool = True, has_options: bool = True) -> dict[str, bytes]:
    """The files of the sample."""
    return document_files(fairness_document(sample_advice(has_outcome=has_outcome, has_options=has_options)))


def read(files: dict[str, bytes]) -> Words:
    words = Words()
    words.feed(files["index.html"].decode())
    return words


@pytest.fixture(scope="module")
def advice() -> FairnessAdvice:
    return sample_advice(has_options=True)


@pytest.mark.parametrize("has_outcome", [True, False])
def test_no_word_pronounces(has_outcome: bool) -> None:
    files = written(has_outcome=has_outcome)
    words = " ".join(read(files).text)
    told = [words, files["metadata.json"].decode(), *(data.decode() for name, data in files.items() if "csv" in name)]
    # Catches a page, table or file that calls a tool what no figure can show it to be.
    assert [match.group() for text in told for match in PRONOUNCING.finditer(text)] == []
    # Catches a reading of nothing.
    assert len(words) > 5000


def test_the_answer_comes_first_and_says_what_was_measured(advice: FairnessAdvice) -> None:
    lead = fairness_document(advice).lead
    # Catches a first sentence that leaves out how much was tested, what was found, or how little could be told.
    assert re.fullmatch(
        r"\d+ gaps between groups were tested, and \d+ were larger than chance explains, for 3 of 12 characteristics; "
        r"about the others nothing could be told\. The largest is in group: b, where of people who had the outcome, "
        r"\d\d in 100 more were placed below the edge of 0.[24] than among everyone else\.",
        lead,
    )


def test_the_answer_where_there_is_none() -> None:
    result = sample_advice().result
    alike = replace(result, gaps=result.gaps.assign(p_audit=np.where(result.gaps["p_audit"].notna(), 1.0, np.nan)))
    # Catches "no gap" said of gaps that chance could explain.
    assert "none was larger than chance explains" in lead_sentence(alike)
    assert "could be judged" in lead_sentence(replace(result, gaps=result.gaps.assign(p_audit=np.nan)))
    assert "No outcome is known" in lead_sentence(sample_advice(has_outcome=False).result)


def test_every_part_is_there_and_explained(advice: FairnessAdvice) -> None:
    document = fairness_document(advice)
    # Catches a section a panel needs left out.
    assert [section.anchor for section in document.sections] == SECTIONS
    assert missing_meanings(document.tables) == []
    # Catches two tables of one name, of which one would overwrite the other.
    assert len({table.name for table in document.tables}) == len(document.tables)
    inventory = next(table for table in document.tables if table.name == "inventory")
    # Catches a characteristic left out, or listed without a reason.
    assert len({row[0] for row in inventory.rows}) == 12
    assert all(str(row[3]).strip() for row in inventory.rows)
    glossary = next(section for section in document.sections if section.anchor == "glossary")
    told = {str(row[place]) for table in document.tables for place, column in enumerate(table.columns)
            if column.heading == "Measure" for row in table.rows}  # fmt: skip
    # Catches a measure in a table that is explained nowhere.
    assert told <= {term for term, _ in glossary.terms}
    # Catches measures explained that the page does not have.
    without = fairness_document(sample_advice())
    terms = next(section for section in without.sections if section.anchor == "glossary").terms
    assert MEASURES["balanced_accuracy"] in glossary.terms
    assert MEASURES["balanced_accuracy"] not in terms


def test_what_metadata_name_is_in_the_files(advice: FairnessAdvice) -> None:
    files = written(has_options=True)
    rows = list(csv.DictReader(io.StringIO(files["gaps.csv"].decode("utf-8-sig"))))
    # Catches a p explained in the metadata that no reader can find, and one told where none was tested.
    assert all(name in advice.result.multiplicity for name in ("p_family", "p_audit"))
    assert {row["p_family"] == "[z]" for row in rows if row["p_audit"] == "[z]"} == {True}
    tested = [row for row in rows if row["p_audit"] != "[z]"]
    assert tested
    assert all(float(row["p_family"]) <= float(row["p_audit"]) for row in tested)


@pytest.mark.parametrize(
    ("is_weighted", "words"), [(True, "by weights that were given"), (False, "No weights were given")]
)
def test_weights_are_told(is_weighted: bool, words: str, advice: FairnessAdvice) -> None:
    weighed = replace(advice, result=replace(advice.result, is_weighted=is_weighted))
    method = fairness_document(weighed).sections[-1].lines
    # Catches figures that follow weights with nobody told, and weights spoken of that there are not.
    assert sum(words in line for line in method) == 1


def test_doing_without_is_an_option(advice: FairnessAdvice) -> None:
    options = next(table for table in fairness_document(advice).tables if table.name == "options")
    # Catches a table in which every option is a model.
    assert [row[0] for row in options.rows] == ["1. Do nothing", "2. No model"]
    assert options.rows[0][1] == "0.70 (0.65 to 0.75)"
    without = " ".join(read(written(has_options=False)).text)
    # Catches a page that says nothing of it because nobody compared options.
    assert "Not using a model is always an option" in without


def test_charts_say_what_they_show(advice: FairnessAdvice) -> None:
    alts = read(written()).alts
    # Catches a drawing without words, or with a hundred.
    assert len(set(alts)) == 7
    assert all(20 < len(alt) < 250 for alt in alts)
    base = next(alt for alt in alts if "recorded outcome" in alt)
    shown = advice.result.metrics[(advice.result.metrics["metric"] == "base_rate")]
    single = shown[~shown["view"].str.contains(" x ") & shown["value"].notna()]
    highest = single.loc[single["value"].idxmax()]
    # Catches an alternative text that names another group, or another figure, than the highest.
    assert f"Highest: {highest['group']}, {highest['value'] * 100:.0f}%" in base


def test_gaps_stand_beside_their_own_group(advice: FairnessAdvice) -> None:
    table = next(table for table in fairness_document(advice).tables if table.name == "gaps")
    rows = {(row[0], row[1], row[2], row[3]): row[4] for row in table.rows}
    gaps = advice.result.gaps
    chosen = gaps[(gaps["view"] == "sex") & (gaps["metric"] == "base_rate") & (gaps["group"] == "female")].iloc[0]
    told = next(value for key, value in rows.items() if key[0] == "Sex: female" and key[2] == "Recorded outcome")
    # Catches a gap put beside another group's name when rows are sorted.
    assert told.replace("\N{MINUS SIGN}", "-") == f"{100 * chosen['difference']:.0f}".replace("-0", "0")


def test_two_groups_are_told_once() -> None:
    table = sample_table()[["estimate", "outcome", "sex"]]
    alone = release_fairness(audited(table, settings((0.3,), (SEX,))), **REQUEST)
    compared = audited(table, settings((0.3,), (replace(SEX, reference="female"),)))
    for advice, told in ((alone, ("Sex: female", "everyone else")),
                         (release_fairness(compared, **REQUEST), ("Sex: male", "female"))):  # fmt: skip
        rows = next(table for table in fairness_document(advice).tables if table.name == "gaps").rows
        # Catches one gap counted twice, once from either side, and a reference that is not named.
        assert {(row[0], row[1]) for row in rows} == {told}
    # Catches gaps of three groups, one of them too small or unknown, taken for two sides of one.
    three = table.assign(sex=table["sex"].where(table.index % 9 != 0))
    rows = next(table for table in fairness_document(release_fairness(audited(three, settings((0.3,), (SEX,))),
                **REQUEST)).tables if table.name == "gaps").rows  # fmt: skip
    assert {"Sex: female", "Sex: male"} <= {row[0] for row in rows}


def test_the_largest_gaps_that_are_not_tested_stand_beside_those_that_are(advice: FairnessAdvice) -> None:
    rows = next(table for table in fairness_document(advice).tables if table.name == "gaps_described").rows
    gaps = advice.result.gaps
    precision = gaps[(gaps["metric"] == "precision") & ~gaps["view"].str.contains(" x ")]
    largest = 100 * precision["difference"].abs().max()
    told = next(row for row in rows if row[2] == "Right when placed above")
    # Catches another gap told as the largest, and one that chance could explain among them.
    assert abs(float(str(told[4]).replace("\N{MINUS SIGN}", "-"))) == pytest.approx(largest, abs=0.51)
    assert not any(str(row[5]).startswith("\N{MINUS SIGN}") and " to \N{MINUS SIGN}" not in str(row[5]) for row in rows)


def test_nothing_small_leaves() -> None:
    files = written()
    # Catches a rare value, which may say who somebody is, on page, in tables or in what explains them.
    assert not any(RARE.encode() in data for data in files.values())
    rows = list(csv.reader(io.StringIO(files["groups.csv"].decode())))
    counts = [int(cell) for row in rows[1:] for cell in row[1:5] if cell != "[c]"]
    # Catches a count that is not rounded.
    assert all(count % 5 == 0 for count in counts)
    assert any("[c]" in row for row in rows)


def test_ages_are_in_their_order() -> None:
    table = sample_table()[["estimate", "outcome", "sex"]]
    table["age"] = np.random.default_rng(1).choice(["10_15", "5_9", "0_4"], len(table))
    found = audited(table, settings((0.3,), (SEX, replace(GROUP, name="age", column="age"))))
    document = fairness_document(release_fairness(found, **REQUEST))
    base = next(each for each in document.tables if each.name == "base_rate")
    # Catches ten put before five, and "5 9" in place of words.
    assert [row[0] for row in base.rows] == ["Sex: female", "Sex: male", "Age: 0 to 4", "Age: 5 to 9", "Age: 10 to 15"]


def test_population_and_near_copies_are_told_where_given() -> None:
    table = sample_table()[["estimate", "outcome", "group"]]
    frame = audit_frame(table, AuditColumns(outcome="outcome"), groups=(GROUP,))
    features = table[["estimate"]].assign(code=(table["group"] == "d").astype(float))
    population = (
        table["group"].value_counts().rename_axis("group").reset_index(name="population").assign(column="group")
    )
    found = audit(frame, settings((0.3,), (GROUP,)), beside=Beside(population, features))
    document = fairness_document(release_fairness(found, **REQUEST))
    copies = next(section for section in document.sections if section.anchor == "copies")
    # Catches a column that stands for a group, not told of.
    assert copies.lines == ("Code tells Group: d",)
    assert "coverage" in {each.name for each in document.tables}
    # Catches a page that speaks of a change between periods nobody gave.
    assert "Periods were not given" in next(each for each in document.sections if each.anchor == "drift").paragraphs[0]


def test_estimates_that_are_no_probabilities() -> None:
    table = sample_table()[["estimate", "outcome", "group"]]
    found = audited(table.assign(estimate=table["estimate"] * 10), settings((3.0,), (GROUP,)))
    calibration = next(
        section for section in fairness_document(release_fairness(found, **REQUEST)).sections
        if section.anchor == "calibration"
    )  # fmt: skip
    # Catches scores of another scale judged as if they were probabilities.
    assert calibration.charts == ()
    assert "cannot be calculated" in calibration.paragraphs[0]


def test_written_twice_is_the_same(tmp_path: Path, advice: FairnessAdvice) -> None:
    pages = [write_fairness_report(advice, tmp_path / name) for name in ("one", "two")]
    # Catches a page that changes from run to run, and could not be checked.
    assert pages[0].read_bytes() == pages[1].read_bytes()
    # Catches figures told before protection.
    assert sample_result().people == 3000
