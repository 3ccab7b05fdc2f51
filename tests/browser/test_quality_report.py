"""The data-quality report as its analyst meets it: at a desk, on a narrow screen, on paper, by keyboard and by ear."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from quality_sample import BROKEN, checked, facts_of, facts_of_everything_broken

from ehforecast.reports import write_quality_report

if TYPE_CHECKING:
    from playwright.sync_api import Page

Open = Callable[..., "Page"]

# playwright speaks to the browser over pipes, but its event loop makes a pair of sockets for itself.
pytestmark = pytest.mark.enable_socket

WIDTHS = (1280, 704, 320)
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"


@pytest.fixture(scope="module", params=["usual", "everything broken"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the report lies."""
    facts = facts_of_everything_broken() if request.param == "everything broken" else facts_of(checked(BROKEN))
    folder: Path = tmp_path_factory.mktemp("quality") / "2024-03-31"
    return write_quality_report(facts, folder).as_uri()


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


@pytest.mark.parametrize("width", WIDTHS)
def test_page_never_scrolls_sideways(width: int, open_page: Open) -> None:
    page = open_page(width)
    page.evaluate(OPEN_ALL)
    # Catches a long rule, a wide table or a drawing that pushes the page past a narrow screen (WCAG 1.4.10).
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cut = page.evaluate(
        """width => [...document.querySelectorAll('main p, main li, main dd, main h2, main td, main th')]
        .filter(one => !one.closest('.grid, .unseen, thead'))
        .filter(one => one.getBoundingClientRect().right > width + 1)
        .map(one => one.textContent.slice(0, 60))""",
        width,
    )
    # Catches text cut off at the edge of the screen where nothing can be scrolled.
    assert cut == []


@pytest.mark.parametrize("width", WIDTHS)
def test_bars_can_be_read(width: int, open_page: Open) -> None:
    page = open_page(width)
    shown = """[...document.querySelectorAll('svg')].filter(one => getComputedStyle(one).display !== 'none')"""
    smallest, cut, overlapping = page.evaluate(
        f"""() => {{
        const svg = {shown}[0], frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')];
        const boxes = texts.map(text => text.getBoundingClientRect());
        const scale = frame.width / svg.viewBox.baseVal.width;
        const overlap = boxes.flatMap((a, i) => boxes.slice(i + 1).filter(b =>
            Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
            && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5));
        return [
            Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize) * scale)),
            boxes.filter(box => box.left < frame.left - 1 || box.right > frame.right + 1).length,
            overlap.length,
        ]; }}"""
    )
    # Catches a drawing shrunk until nobody can read its labels: 12 CSS pixels is the least we show.
    assert smallest >= 12
    # Catches a rule that runs out of its drawing, or over the next one.
    assert (cut, overlapping) == (0, 0)
    # Catches a chart shown twice or not at all, and so read out twice or not at all.
    assert page.evaluate(f"{shown}.length") == page.locator("figure").count() == 1


def test_nothing_else_is_asked_for_and_no_script_is_needed(open_page: Open, address: str) -> None:
    heard: list[str] = []
    page = open_page(320, heard=heard, java_script_enabled=False)
    # Catches a font, a picture or a tracker that would tell somebody of the council's records.
    assert heard == [address]
    page.locator("summary").first.click()
    # Catches a table that cannot be opened without scripts.
    assert page.locator("details table").first.is_visible()


def test_on_paper_everything_is_there(open_page: Open) -> None:
    page = open_page(1280)
    page.emulate_media(media="print")
    # Catches a table folded away on paper, where nothing can be opened.
    assert all(table.is_visible() for table in page.locator("table").all())
