"""The page on what changed: the answer first, every number with its range, and every word of it said of the figures."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from past_sample import figures, figures_result, records_result, result_of

from ehforecast.advisory.past_advice import PAST_NEVER_USE_FOR, Letterhead, release_past
from ehforecast.advisory.publishing import MOST_ROWS, check_files
from ehforecast.demand.past_results import NO_TEST, PastResult
from ehforecast.pipelines.past_settings import PastConfig
from ehforecast.reports.document import Document, document_files, missing_meanings
from ehforecast.reports.past_page import answer, conclusion, past_document, write_past_report
from ehforecast.reports.past_tables import breaks_table
from ehforecast.reports.past_words import period_words

TOLD = Letterhead(purpose="research", reader="head of performance", run_id="run-1", data_source="Invented figures.")


@pytest.fixture(scope="module")
def document() -> Document:
    return past_document(release_past(figures_result(), TOLD))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("past") / "past"
    return write_past_report(release_past(figures_result(), TOLD), folder).read_text("utf-8")


def only(result: PastResult, name: str) -> PastResult:
    return replace(result, changes=result.changes[result.changes["change"] == name])


def test_the_answer_stands_first(document: Document) -> None:
    # Catches several things done told one after another before the sum of them.
    assert document.lead.startswith(
        "After 1 of the 3 things that were done, the figures changed by more than chance (Front door). The figures"
    )
    assert document.extra["lead"] == document.lead
    hub = only(figures_result(), "Family hub")
    # Catches no change told as if it were a finding, or without what would have been seen.
    assert re.search(r"No change can be told from chance; only a fall of \d+% or a rise of \d+% would", answer(hub))
    assert "95% range" in conclusion(figures_result(), "Front door")
    assert "more than chance does. Why, the figures cannot tell" in conclusion(figures_result(), "Front door")
    assert conclusion(figures_result(), "Late").startswith("Late: nothing can be measured. Only 1 months are known")


def test_nothing_told_of_several_is_said_so() -> None:
    result = figures_result()
    estimates = result.estimates.assign(verdict="cannot be told")
    # Catches silence where there is no finding.
    assert answer(replace(result, estimates=estimates)).startswith("After none of the 3 things that were done can")


def test_without_placebos_nothing_is_concluded() -> None:
    result = figures_result()
    untested = replace(result, estimates=result.estimates.assign(verdict=NO_TEST, effect=0.001))
    # Catches a conclusion with nothing to hold it against, and a difference of nought called one.
    assert "ran as expected. Nothing can be concluded" in conclusion(untested, "Front door")


def test_nothing_done_and_nothing_broken() -> None:
    quiet = replace(
        result_of(figures(), PastConfig(reader="r")), breaks=figures_result().breaks.iloc[:0],
        singles=figures_result().singles.iloc[:0], windows=figures_result().windows.iloc[:0],
    )  # fmt: skip
    document = past_document(release_past(quiet, TOLD))
    # Catches a page that cannot say that nothing was found.
    assert document.lead == "No break was found in the 3 series watched."
    assert {section.anchor for section in document.sections} >= {"breaks", "limits", "method"}


def test_page_says_what_it_is_and_what_it_must_never_be_used_for(page: str) -> None:
    # Catches a page that lost its limits.
    assert all(use in page for use in PAST_NEVER_USE_FOR)
    assert "never a decision" in page
    # Catches a page that asks another machine for anything.
    assert not re.search(r"<script|(src|href)=\"(https?:)?//", page)


def test_every_column_is_explained_and_every_chart_has_its_table(document: Document) -> None:
    # Catches a column without its meaning.
    assert missing_meanings(document.tables) == []
    charts = {chart.name for section in document.sections for chart in section.charts}
    names = {table.name for table in document.tables}
    # Catches a chart whose numbers stand nowhere.
    assert {"path-front_door", "placebos-front_door"} <= charts
    assert {"months_front_door", "placebos_front_door", "effect_front_door", "counted", "breaks"} <= names
    # Catches a text for screen readers too long to be heard out.
    assert all(len(chart.alt_text) <= 250 for section in document.sections for chart in section.charts)


def test_placebos_drawn_are_all_of_them(document: Document) -> None:
    (table,) = [table for table in document.tables if table.name == "placebos_front_door"]
    # Catches placebos lost between bars: 23 other councils.
    assert sum(int(row[1]) for row in table.rows) == 23


def test_a_break_is_told_as_it_was_first_read() -> None:
    result = figures_result()
    read_then = result.breaks.assign(ratio_found=0.25, ratio=0.5)
    table = breaks_table(replace(result, breaks=read_then))
    cells = [dict(zip([column.name for column in table.columns], row, strict=True)) for row in table.rows]
    # Catches a first reading that no reader can compare with what became of it.
    assert cells
    assert {(cell["change"], cell["change_found"]) for cell in cells} == {(-0.5, -0.75)}


def test_figures_in_files_are_numbers(document: Document) -> None:
    (table,) = [table for table in document.tables if table.name == "effect_front_door"]
    row = dict(zip([column.name for column in table.columns], table.kept_rows[2], strict=True))
    # Catches words where a reader's own sums need numbers: about half.
    assert row["effect"] == pytest.approx(-0.5, abs=0.06)
    assert row["months"] == 12


def test_hidden_counts_stay_hidden_on_the_page() -> None:
    document = past_document(release_past(records_result(), TOLD))
    (table,) = [table for table in document.tables if table.name == "counted"]
    # Catches a hidden month shown as nought or left blank.
    assert "[c]" in {row[3] for row in table.rows}
    notes = [line for section in document.sections for line in section.lines]
    # Catches the caution on few placebos lost between result and page.
    assert any("placebos are earlier dates" in line for line in notes)


def test_a_council_of_many_series_gets_its_report() -> None:
    few, months = figures_result(), pd.period_range("2015-04", periods=72, freq="M").astype(str)
    codes = [*few.areas["area_code"], *(f"E{number:08}" for number in range(70))]
    areas = pd.concat([few.areas, pd.concat([few.areas.tail(1)] * 70)]).assign(area_code=codes, area_name=codes)
    counts = pd.DataFrame({"area_code": np.repeat(codes, 72), "month": np.tile(months, len(codes))})
    many = replace(few, areas=areas, observed=counts.assign(observed_count=30.0, absent_because=""))
    document = past_document(release_past(many, TOLD))
    watched = tuple(section for section in document.sections if section.anchor == "watched")
    files = document_files(replace(document, sections=watched))
    # Catches counts of many series taken for a table of children, or cut short.
    check_files(files)
    assert files["counted.csv"].count(b"\n") == 1 + len(counts) > 1 + MOST_ROWS


@pytest.mark.parametrize("period", ["2016-04", "2022-01-03/2022-01-09", "2022-01-03"])
def test_periods_have_words(period: str) -> None:
    # Catches a year lost on the way.
    assert period[:4] in period_words(period)


def test_same_advice_same_bytes(tmp_path: Path) -> None:
    advice = release_past(figures_result(), TOLD)
    pages = [write_past_report(advice, tmp_path / name).parent for name in ("a", "b")]
    files = [{path.name: path.read_bytes() for path in folder.iterdir()} for folder in pages]
    # Catches a page that depends on when it was written.
    assert files[0] == files[1]
