"""The report for ethics panels as a panel member meets it: at a desk, on a phone, on paper, by keyboard and by ear."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from audit_sample import REQUEST, sample_options, sample_table
from estimates import GROUP, audited, settings

from ehforecast.advisory.fairness_advice import release_fairness
from ehforecast.reports.fairness_page import write_fairness_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

# playwright speaks to the browser over pipes, but its event loop makes a pair of sockets for itself.
pytestmark = pytest.mark.enable_socket

OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module", params=["with options", "without outcomes"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the report lies."""
    table = sample_table() if request.param == "with options" else sample_table().drop(columns="outcome")
    found = audited(table.drop(columns="period"), settings((0.3,), (GROUP,)))
    advice = release_fairness(found, **REQUEST)
    folder: Path = tmp_path_factory.mktemp("audits") / "run-1"
    whole = advice.with_options(sample_options()) if request.param == "with options" else advice
    return write_fairness_report(whole, folder).as_uri()


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(width: int, open_page: Open, axe: str) -> None:
    page = open_page(width)
    page.evaluate(OPEN_ALL)
    page.evaluate(axe)
    found = page.evaluate("() => axe.run({include: document, exclude: ['svg > *']})")
    # Catches contrast, names, order, landmarks, tables and focus that axe can judge, best practices included.
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found["violations"]] == []
    # Catches a check that did not run.
    assert len(found["passes"]) > 25


@pytest.mark.parametrize("width", [1280, 320])
def test_page_never_scrolls_sideways_and_charts_can_be_read(width: int, open_page: Open) -> None:
    page = open_page(width)
    page.evaluate(OPEN_ALL)
    # Catches a wide table or a drawing that pushes the page past a narrow screen (WCAG 1.4.10).
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    charts = page.evaluate(
        """() => [...document.querySelectorAll('svg')]
        .filter(one => getComputedStyle(one).display !== 'none').map(svg => {
        const frame = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll('text')];
        const boxes = texts.map(text => text.getBoundingClientRect());
        const scale = frame.width / svg.viewBox.baseVal.width;
        return [
            Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize) * scale)),
            boxes.filter(box => box.left < frame.left - 1 || box.right > frame.right + 1).length,
            boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
                Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)).length,
        ]; })"""
    )
    # Catches a drawing shrunk until nobody can read it: 12 CSS pixels is the least we show.
    assert min(smallest for smallest, _, _ in charts) >= 12
    # Catches a label that runs out of its drawing, or over another one.
    assert [(cut, overlap) for _, cut, overlap in charts] == [(0, 0)] * len(charts)
    # Catches a chart shown twice or not at all.
    assert len(charts) == page.locator("figure").count() >= 1


def test_nothing_else_is_asked_for_and_no_script_is_needed(open_page: Open, address: str) -> None:
    heard: list[str] = []
    page = open_page(320, heard=heard, java_script_enabled=False)
    # Catches a font, a picture or a tracker that would tell somebody who reads about whom.
    assert heard == [address]
    page.locator("summary").first.click()
    # Catches a table that cannot be opened without scripts.
    assert page.locator("details table").first.is_visible()


def test_on_paper_everything_is_there(open_page: Open) -> None:
    page = open_page(1280)
    page.emulate_media(media="print")
    # Catches a table folded away on paper, where nothing can be opened.
    assert all(table.is_visible() for table in page.locator("table").all())
