"""The demand report as people meet it: at a desk, on a phone, on paper, by keyboard and by ear."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Looked
    from playwright.sync_api import Page

Open = Callable[..., "Page"]
Look = Callable[["Page"], "Looked"]

# playwright speaks to the browser over pipes, but its event loop makes a pair of sockets for itself.
pytestmark = pytest.mark.enable_socket

WIDTHS = (1280, 704, 320)


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing(width: int, open_page: Open, look_over: Look) -> None:
    found = look_over(open_page(width))
    # Catches contrast, names, order, landmarks, tables and focus that axe can judge, best practices included.
    assert found.violations == []
    # Catches a check that did not run.
    assert found.passed > 30


@pytest.mark.parametrize("width", WIDTHS)
def test_page_never_scrolls_sideways(width: int, open_page: Open) -> None:
    page = open_page(width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    # Catches a long name, a wide table or a drawing that pushes the page past a narrow screen (WCAG 1.4.10).
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Catches text cut off at the edge of the screen inside something that cannot be scrolled.
    assert (
        page.evaluate(
            """width => [...document.querySelectorAll('main p, main li, main dd, main h2, main td, main th')]
            .filter(one => !one.closest('.table-frame, .unseen, thead'))
            .filter(one => one.getBoundingClientRect().right > width + 1)
            .map(one => one.textContent.slice(0, 60))""",
            width,
        )
        == []
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_ordinary_names_are_not_broken(width: int, open_page: Open) -> None:
    broken = open_page(width).evaluate(
        """() => [...document.querySelectorAll('table th a, h2, h3')]
        .filter(one => one.textContent.length < 12 && one.getClientRects().length
            && one.getBoundingClientRect().height > 2 * parseFloat(getComputedStyle(one).fontSize))
        .map(one => one.textContent)"""
    )
    # Catches "Wandswort-h": a column squeezed until it breaks words.
    assert broken == []


@pytest.mark.parametrize(("width", "shown"), [(1280, "chart-wide"), (320, "chart-narrow")])
def test_one_drawing_of_each_chart_is_shown(width: int, shown: str, open_page: Open) -> None:
    page = open_page(width)
    displayed = "[...document.querySelectorAll('svg')].filter(one => getComputedStyle(one).display !== 'none')"
    # Catches a chart shown twice or not at all, and so read out twice or not at all.
    assert page.evaluate(f"{displayed}.every(one => one.classList.contains('{shown}'))")
    assert page.evaluate(f"{displayed}.length") == page.locator("figure").count()


@pytest.mark.parametrize("width", WIDTHS)
def test_text_in_charts_is_large_enough(width: int, open_page: Open) -> None:
    smallest = open_page(width).evaluate(
        """() => Math.min(...[...document.querySelectorAll('svg')]
        .filter(one => getComputedStyle(one).display !== 'none')
        .flatMap(one => [...one.querySelectorAll('text')].map(text => parseFloat(getComputedStyle(text).fontSize)
            * one.getBoundingClientRect().width / one.viewBox.baseVal.width)))"""
    )
    # Catches a drawing shrunk until nobody can read its labels: 12 CSS pixels is the least we show.
    assert smallest >= 12


@pytest.mark.parametrize("width", [1280, 320])
def test_labels_of_a_chart_are_not_cut_off(width: int, open_page: Open) -> None:
    cut = open_page(width).evaluate(
        """() => [...document.querySelectorAll('svg')].filter(one => getComputedStyle(one).display !== 'none')
        .flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 4;
            }).map(text => text.textContent);
        })"""
    )
    # Catches a label that runs out of its drawing: 100,000 shown as 00,000 (boxes reach below the letters, hence 4).
    assert cut == []


def test_labels_of_a_chart_do_not_overlap(open_page: Open) -> None:
    for width in (1280, 320):
        overlaps = open_page(width).evaluate(
            """() => [...document.querySelectorAll('svg')].filter(one => getComputedStyle(one).display !== 'none')
            .flatMap(svg => {
                const texts = [...svg.querySelectorAll('text')].filter(one => one.textContent.trim());
                const boxes = texts.map(one => one.getBoundingClientRect());
                return boxes.flatMap((a, i) => boxes.slice(i + 1).map((b, j) => [a, b, i, i + 1 + j]))
                    .filter(([a, b]) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
                        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 3)
                    .map(([a, b, i, j]) => texts[i].textContent + ' | ' + texts[j].textContent);
            })"""
        )
        # Catches labels printed over one another (boxes include room above and below the letters, hence 3 pixels).
        assert overlaps == []


def test_nothing_else_is_asked_for(open_page: Open, address: str) -> None:
    heard: list[str] = []
    open_page(1280, heard=heard)
    # Catches a font, a picture or a tracker, and anything the content policy had to stop.
    assert heard == [address]


def test_reads_the_same_without_scripts(open_page: Open) -> None:
    page = open_page(320, java_script_enabled=False)
    # Catches a page that needs scripts to show its numbers.
    assert page.locator("table.months").first.is_visible()
    page.locator("summary").first.click()
    # Catches a table behind the chart that cannot be opened without them.
    assert page.locator("table.grid").first.is_visible()


def test_keyboard_reaches_the_content_first(open_page: Open) -> None:
    page = open_page(1280)
    page.keyboard.press("Tab")
    # Catches a skip link that is not the first stop, or that stays off the screen.
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    page.keyboard.press("Enter")
    # Catches a skip link that goes nowhere.
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    # Catches a focus that cannot be seen.
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"


def test_narrow_tables_keep_their_rows_and_headers(open_page: Open) -> None:
    tree = open_page(320).locator("table").first.aria_snapshot()
    # Catches a table that a phone's screen reader no longer knows as one.
    assert "columnheader" in tree
    assert "rowheader" in tree


def test_prints_with_charts_and_tables_whole(open_page: Open) -> None:
    page = open_page(1280)
    # Catches a page that cannot be printed.
    assert page.pdf(format="A4", prefer_css_page_size=True).startswith(b"%PDF")
    page.emulate_media(media="print")
    broken = page.evaluate(
        """() => [...document.querySelectorAll('figure, table')]
        .filter(one => getComputedStyle(one).breakInside !== 'avoid').map(one => one.tagName)"""
    )
    # Catches a chart or table cut in two by the end of a sheet.
    assert broken == []
    # Catches the table behind the chart missing on paper, where nobody can open it.
    assert page.locator("table.grid").first.evaluate("one => one.getBoundingClientRect().height > 100")
    # Catches the narrow drawing on paper.
    assert page.locator(".chart-wide").first.is_visible()
    assert not page.locator(".chart-narrow").first.is_visible()


def test_each_part_of_the_fan_differs_without_colour(open_page: Open) -> None:
    styles = open_page(1280).evaluate(
        """() => [...document.querySelector('figure svg').querySelectorAll('path, use')]
        .filter(one => one.closest('g[clip-path], [clip-path]') || one.style.fill)
        .map(one => [getComputedStyle(one).fill, getComputedStyle(one).strokeDasharray].join())"""
    )
    # Catches a fan that is one grey on a black-and-white printer: three dashes for three ranges, beside their labels.
    assert len({style.split(",", 3)[-1] for style in styles}) >= 3
