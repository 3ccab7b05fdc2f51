"""Every kind of page as people meet it: by ear, on a phone, on paper, in grey, by keyboard, and cut off from the world.

Kinds are those of `every_report`; a page that is added there is looked at here.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from every_report import REPORTS, pages_below

if TYPE_CHECKING:
    from conftest import Looked
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
Look = Callable[["Page"], "Looked"]
Record = Callable[..., None]

# playwright speaks to the browser over pipes, but its event loop makes a pair of sockets for itself.
pytestmark = [pytest.mark.enable_socket, pytest.mark.acceptance("door")]

MIDDLING = 704
OPEN_ALL = "document.querySelectorAll('details').forEach(one => one.open = true)"
SHOWN = "[...document.querySelectorAll('svg')].filter(one => getComputedStyle(one).display !== 'none')"


@pytest.fixture(scope="module")
def page_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return pages_below(tmp_path_factory.mktemp("every"))


ONE_LAYOUT = ("transparency record", "comparison", "flows", "past", "pack of a place")
"""Laid out by the same document as `pack`: what hangs on the layout alone is looked at in the long version."""

HANGS_ON_THE_LAYOUT = {
    "test_by_keyboard", "test_on_paper_everything_is_there", "test_nothing_is_asked_for_and_no_script_is_needed",
}  # fmt: skip


@pytest.fixture(params=list(REPORTS))
def kind(request: pytest.FixtureRequest) -> str:
    name, asked = str(request.param), request.node.originalname
    if name in ONE_LAYOUT and asked in HANGS_ON_THE_LAYOUT and not request.config.getoption("--acceptance"):
        pytest.skip("the long version alone: `make accept-door`")
    return name


@pytest.fixture
def address(page_of: Callable[[str], Path], kind: str) -> str:
    """Where the page of this kind lies."""
    return page_of(kind).as_uri()


# A middling screen too: a table that scrolls sideways there must be reached by keys.
@pytest.mark.parametrize("width", [1280, MIDDLING, 320])
def test_axe_finds_nothing_and_nothing_runs_off_the_screen(
    width: int, kind: str, open_page: Open, look_over: Look, record_figure: Record, request: pytest.FixtureRequest
) -> None:
    if width == MIDDLING and not request.config.getoption("--acceptance"):
        pytest.skip("the long version alone: `make accept-door`")
    found = look_over(open_page(width))
    record_figure(f"axe, {kind} at {width} px: violations (of checks passed)", len(found.violations),
                  f"0 (of {found.passed})")  # fmt: skip
    # Catches a long name, a wide table or a drawing that pushes the page past a narrow screen (WCAG 1.4.10).
    assert found.too_wide == 0
    # Catches contrast, names, order, landmarks, tables and focus that axe can judge, best practices included.
    assert found.violations == []
    # Catches a check that did not run.
    assert found.passed > 25


@pytest.mark.parametrize("width", [1280, 320])
def test_charts_can_be_read(width: int, open_page: Open) -> None:
    page = open_page(width)
    page.evaluate(OPEN_ALL)
    charts = page.evaluate(
        f"""() => {SHOWN}.map(svg => {{
        const frame = svg.getBoundingClientRect();
        const texts = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim());
        const boxes = texts.map(text => text.getBoundingClientRect());
        const scale = frame.width / svg.viewBox.baseVal.width;
        return [
            svg.getAttribute('aria-label') || (svg.querySelector('title') || {{}}).textContent || '',
            Math.min(...texts.map(text => parseFloat(getComputedStyle(text).fontSize) * scale)),
            texts.filter((text, i) => boxes[i].left < frame.left - 1 || boxes[i].right > frame.right + 1)
                .map(text => text.textContent),
            boxes.flatMap((a, i) => boxes.slice(i + 1).map((b, j) => [a, b, i, i + 1 + j])).filter(([a, b]) =>
                Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5)
                .map(([a, b, i, j]) => texts[i].textContent + ' | ' + texts[j].textContent),
        ]; }})"""
    )
    # Catches a chart shown twice or not at all, or without words.
    assert len(charts) == page.locator("figure").count()
    assert all(alt.strip() for alt, *_ in charts)
    # Catches a drawing shrunk until nobody can read it: 12 CSS pixels is the least we show.
    assert all(smallest >= 12 for _, smallest, _, _ in charts)
    # Catches a label that runs out of its drawing, or over another one.
    assert [(cut, overlaps) for _, _, cut, overlaps in charts] == [([], [])] * len(charts)


def test_nothing_is_asked_for_and_no_script_is_needed(open_page: Open, address: str) -> None:
    heard: list[str] = []
    page = open_page(320, heard=heard, java_script_enabled=False)
    # Catches a font, a picture or a tracker that would tell somebody who reads about whom.
    assert heard == [address]
    # Catches a page that needs scripts to show its first sentence.
    assert page.locator("p.lead").first.is_visible()


def test_by_keyboard(open_page: Open) -> None:
    page = open_page(1280)
    page.keyboard.press("Tab")
    # Catches a skip link that is not the first stop, or that goes nowhere.
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    # Catches a focus that cannot be seen.
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    # Catches a link that cannot be reached, and an order of stops other than the page's.
    assert page.locator("[tabindex]").evaluate_all("all => all.every(one => one.tabIndex <= 0)")
    # Catches a link within the page, or to a file beside it, that leads nowhere.
    lost = page.locator("a[href^='#']").evaluate_all(
        "all => all.map(one => one.getAttribute('href')).filter(to => !document.getElementById(to.slice(1)))"
    )
    assert lost == []


def test_on_paper_everything_is_there(open_page: Open) -> None:
    page = open_page(1280)
    page.emulate_media(media="print")
    # Catches a table folded away on paper, where nothing can be opened.
    assert all(table.is_visible() for table in page.locator("table").all())
    # Catches the narrow drawing on paper, or none.
    assert page.evaluate(f"{SHOWN}.every(one => one.classList.contains('chart-wide'))")
    # Catches a page that cannot be printed.
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")


def test_links_to_files_beside_the_page_lead_somewhere(
    open_page: Open, page_of: Callable[[str], Path], kind: str
) -> None:
    page = open_page(1280)
    links = page.locator("a:not([href^='#'])").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    # Catches a table that is named and was not written, and an address anywhere else.
    assert [link for link in links if not (page_of(kind).parent / link).is_file()] == []
