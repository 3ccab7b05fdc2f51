"""The page can be found one's way around in by anybody: WCAG 2.2, and sections 1 and 4 of governance part F."""

import re
from typing import Any

import pytest

from ehforecast.reports import palette

Node = Any


def test_page_says_its_language_and_title(page: Node) -> None:
    # Catches a screen reader speaking English text in another language's voice.
    assert page.first("html").attrs["lang"] == "en-GB"
    # Catches a tab or a bookmark that does not say what the page is.
    assert page.first("title").text == "Referrals forecast, April 2022 to March 2023 – ehforecast"


def test_headings_are_in_order(page: Node) -> None:
    levels = [int(heading.tag[1]) for heading in page.all("h1", "h2", "h3", "h4", "h5", "h6")]
    # Catches two titles, or none.
    assert levels.count(1) == 1
    # Catches a page that starts in the middle.
    assert levels[0] == 1
    # Catches a skipped level, which tells a reader that something is missing.
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))


def test_headings_differ(page: Node) -> None:
    headings = [heading.text for heading in page.all("h1", "h2", "h3")]
    # Catches a list of headings in which every area's sections are called the same.
    assert len(headings) == len(set(headings))


def test_landmarks_and_skip_link(page: Node) -> None:
    # Catches a page without a banner, a main part or a footer to jump to.
    assert [len(list(page.all(tag))) for tag in ("header", "main", "footer")] == [1, 1, 1]
    skip = page.first("body").first("a")
    # Catches a keyboard user having to pass every link before the content.
    assert skip.attrs["href"] == f"#{page.first('main').attrs['id']}"


def test_ids_are_unique_and_references_lead_somewhere(page: Node) -> None:
    ids = [node.attrs["id"] for node in page.all() if "id" in node.attrs]
    # Catches two drawings that share a clip path or a hatching, so that one is drawn wrongly.
    assert len(ids) == len(set(ids))
    links = {node.attrs["href"][1:] for node in page.all("a", "use") if node.attrs["href"].startswith("#")}
    named = {node.attrs["aria-labelledby"] for node in page.all() if "aria-labelledby" in node.attrs}
    urls = {
        found for node in page.all() for value in node.attrs.values() for found in re.findall(r"url\(#(.*?)\)", value)
    }
    # Catches a link, a name or a drawing that points at nothing.
    assert (links | named | urls) - set(ids) == set()


def test_tables_have_captions_and_scoped_headers(page: Node) -> None:
    tables = list(page.all("table"))
    captions = [table.first("caption").text for table in tables]
    # Catches a table that is read out without saying what it is.
    assert all(captions)
    assert len(captions) == len(set(captions))
    # Catches a cell whose header cannot be told.
    assert all(header.attrs.get("scope") in ("col", "row") for table in tables for header in table.all("th"))
    for table in tables:
        rows = [
            [cell.tag for cell in row.inside if not isinstance(cell, str)] for row in table.first("tbody").all("tr")
        ]
        # Catches a row without a header, or with a cell too few.
        assert {tuple(row) for row in rows} == {("th", *["td"] * (len(rows[0]) - 1))}


def test_narrow_labels_are_those_of_the_columns(page: Node) -> None:
    for table in page.all("table"):
        columns = [header.text for header in table.first("thead").all("th")][1:]
        for row in table.first("tbody").all("tr"):
            labels = [cell.attrs["data-label"] for cell in row.all("td") if "data-label" in cell.attrs]
            # Catches a phone showing a number under the name of another column.
            assert labels in ([], columns)


def test_every_chart_is_followed_by_its_table(page: Node) -> None:
    for section in (node for node in page.all("section") if node.attrs.get("class") == "area"):
        kinds = [node.tag for node in section.all("figure", "table")]
        # Catches a chart whose numbers are nowhere to be read.
        assert kinds[:3] == ["figure", "figure", "table"]


def test_a_list_of_terms_has_terms_and_meanings_only(page: Node) -> None:
    for group in (one for terms in page.all("dl") for one in terms.inside if not isinstance(one, str)):
        # Catches a list of definitions that assistive technology cannot take apart.
        assert [one.tag for one in group.inside if not isinstance(one, str)] == ["dt", "dd"]


def luminance(colour: str) -> float:
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_measured_right() -> None:
    # Catches a ruler that lets everything pass: black on white is 21 by definition.
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


def test_text_colours_can_be_read(page: Node, html: str) -> None:
    css = page.first("style").text
    variables = dict(re.findall(r"--(\w+): (#\w{6})", css))
    in_css = {variables[name] for name in re.findall(r"(?<![-\w])color: var\(--(\w+)\)", css)}
    in_drawings = {found for text in page.all("text") for found in re.findall(r"fill: (#\w{6})", text.attrs["style"])}
    for background in ("#FFFFFF", variables["wash"]):
        # Catches text too pale for many: 4.5 to 1 is the least.
        assert all(contrast(colour, background) >= 4.5 for colour in in_css | in_drawings)
    # Catches a test that found no colours to look at.
    assert len(in_css) >= 3
    assert len(in_drawings) >= 3
    # Catches a banner whose words cannot be read.
    assert contrast("#FFFFFF", variables["blue"]) >= 4.5


def test_ranges_are_told_apart_by_their_outlines() -> None:
    for fill in palette.RANGE_FILLS.values():
        # Catches a range that melts into the page or the range beside it: 3 to 1 is the least for graphics.
        assert contrast(palette.DARK_BLUE, fill) >= 3
        # Catches a middle line that cannot be seen on a range.
        assert contrast(palette.PLUM, fill) >= 3
    for colour in (palette.MID_GREY, palette.DARK_BLUE, palette.PLUM):
        # Catches a hatching or line too pale to be seen.
        assert contrast(colour, "#FFFFFF") >= 3
