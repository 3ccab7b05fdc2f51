"""The first page of a run: every report, for whom, and whether anybody has reviewed it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ehforecast.advisory import Advice, release
from ehforecast.advisory.sign_off import Reviewer, sign
from ehforecast.demand.results import DemandResult
from ehforecast.errors import ReleaseRefused
from ehforecast.reports import write_demand_report
from ehforecast.reports.index_page import write_index

Read = Callable[[str], "object"]
FACTS = {"run_id": "run-1", "title": "People and waiting", "subtitle": "Northmere", "lead": "It takes 12 workers.",
         "reader": "head of early help", "purpose": "planning", "data_until": "2024-03-31",
         "data_source": "Records of Northmere"}  # fmt: skip


def put(folder: Path, name: str, **facts: str) -> None:
    (folder / name).mkdir(parents=True)
    (folder / name / "index.html").write_text("<p>")
    (folder / name / "metadata.json").write_text(json.dumps(FACTS | facts))


@pytest.fixture
def run(tmp_path: Path, result: DemandResult) -> Path:
    advice: Advice = release(result, purpose="planning", run_id="run-1", data_source="Invented <b>figures</b>")
    write_demand_report(advice, tmp_path / "run-1" / "forecast")
    for name in ("watch", "plan", "risk_return", "zebra"):
        put(tmp_path / "run-1", name)
    return tmp_path / "run-1"


def text_of(run: Path, read: Callable[[str], object]) -> str:
    return str(read(write_index(run).read_text("utf-8")).text)  # type: ignore[attr-defined] # a reader of the tests


def test_every_report_is_there_with_what_it_says(run: Path, read: Callable[[str], object]) -> None:
    said = text_of(run, read)
    # Catches a report left off, and one that does not say for whom, for what and until when.
    for words in ("Referrals forecast: 12 months ahead", "People and waiting: Northmere", "It takes 12 workers.",
                  "head of early help", "people who plan services", "31 March 2024", "March 2022", "Run run-1",
                  "This run made 5 reports. Nobody has reviewed any yet.", "never a decision"):  # fmt: skip
        assert words in said or words.replace("a decision", "a decision") in said.replace("They are never", "never")
    assert said.count("Not yet reviewed") == 5
    html = (run / "index.html").read_text("utf-8")
    # Catches the planner's forecast below research, and an order that changes with the names of folders.
    links = [html.index(f'href="{name}/index.html"') for name in ("forecast", "plan", "watch", "risk_return", "zebra")]
    assert links == sorted(links)
    # Catches words of a configuration that become markup.
    assert "<b>figures" not in html
    # Catches a link to a workbook that is not there.
    assert html.count("tables.xlsx") == 1


def test_who_reviewed_is_told(run: Path, read: Callable[[str], object]) -> None:
    sign(run, "plan", reviewer=Reviewer("Ann Lee, head of service", "Bo Kay, analyst"), on=date(2026, 3, 4))
    said = text_of(run, read)
    assert "This run made 5 reports. 1 of them reviewed." in said
    assert "Reviewed by Ann Lee, head of service, on 4 March 2026" in said
    (run / "plan" / "index.html").write_text("<p>changed")
    # Catches a signature that outlives what was signed.
    assert "Changed since Ann Lee, head of service" in text_of(run, read)


def test_a_report_of_another_run_or_of_none_is_refused(run: Path) -> None:
    put(run, "stray", run_id="run-2")
    with pytest.raises(ReleaseRefused, match="one run: report 'stray' in run-1 says that it is of another run"):
        write_index(run)
    (run / "stray" / "metadata.json").write_text("[")
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        write_index(run)
    (run / "stray" / "metadata.json").write_text("[]")
    with pytest.raises(ReleaseRefused, match="cannot be read"):
        write_index(run)


def test_a_run_without_reports_says_so(tmp_path: Path, read: Callable[[str], object]) -> None:
    (tmp_path / "run-1").mkdir()
    # Catches a page that breaks before the first report is there.
    assert "This run has no report yet." in text_of(tmp_path / "run-1", read)


def test_the_day_of_the_extract_is_told_of_a_report_that_names_none(
    tmp_path: Path, read: Callable[[str], object]
) -> None:
    run_id = "northmere-2023-09-30-1475fd4f"
    put(tmp_path / run_id, "risk", run_id=run_id, data_until="")
    said = text_of(tmp_path / run_id, read)
    # Catches "not stated" of what the run itself says: up to when its data reach.
    assert "30 September 2023" in said
    assert "not stated" not in said


def test_what_a_report_does_not_say_is_not_made_up(tmp_path: Path, read: Callable[[str], object]) -> None:
    put(tmp_path / "run-1", "bare", reader="", purpose="", data_until="", data_source="", title="Bare", subtitle="",
        lead="")  # fmt: skip
    said = text_of(tmp_path / "run-1", read)
    # Catches a blank where a reader, a purpose or a source should be.
    assert said.count("not stated") == 4
    assert "This run made 1 report." in said
