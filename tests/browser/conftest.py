"""A real browser, cut off from the network, and the reports it looks at."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import axe_playwright_python
import pytest
from builders import INVENTED_AREAS, InventedArea, make_demand_result

from ehforecast.advisory import release
from ehforecast.reports import write_demand_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

EXTREME_AREAS = (
    InventedArea("Stow-in-the-Marsh, Little Hampton-under-Edge and the Isle of Great Wendlebury", mean=60_000.0),
    InventedArea("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch", mean=3.0),
    InventedArea("Nil", mean=0.0),
    *(InventedArea(f"Ward {number}", absent={"2021-04": "suppressed"}) for number in range(1, 4)),
    *(InventedArea(f"Refused {number}", refusal="Too few figures.") for number in range(1, 15)),
)
"""Twenty areas with long names, counts from none to 60,000, and many refusals."""


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    """Debian's browser through playwright, or any `chromium` on the path."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no browser: `chromium` is not on the path (apt-get install chromium)")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 (not needed where there is no browser)

    # A container's root user has no sandbox to start one in; nobody else may go without.
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session", params=["usual", "extreme"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the report lies."""
    areas = {"usual": INVENTED_AREAS, "extreme": EXTREME_AREAS}[request.param]
    advice = release(make_demand_result(areas), purpose="planning", run_id="run-1", data_source="Invented " * 40)
    folder: Path = tmp_path_factory.mktemp("reports") / "run-1"
    return write_demand_report(advice, folder).as_uri()


@pytest.fixture
def open_page(chromium: "Browser", address: str) -> "Iterator[Callable[..., Page]]":
    """Open the report in a window of some width; what it asks for and what it complains of is added to `heard`."""
    contexts = []

    def opened(width: int, *, heard: list[str] | None = None, java_script_enabled: bool = True) -> "Page":
        heard = [] if heard is None else heard
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": 900}, java_script_enabled=java_script_enabled
        )
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: heard.append(request.url))
        page.on("console", lambda message: heard.append(message.text))
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()


class Looked(NamedTuple):
    """What axe found on a page with everything open.

    Attributes:
        violations: rules that were broken, each with the markup that breaks it.
        passed: rules that were kept.
        too_wide: pixels by which the page is wider than the screen.
    """

    violations: list[tuple[str, list[str]]]
    passed: int
    too_wide: int


READY = """() => {
    document.querySelectorAll('details').forEach(one => one.open = true);
    document.querySelectorAll('tbody').forEach(body => [...body.rows].slice(12, -4).forEach(row => row.remove()));
    return Math.max(document.documentElement.scrollWidth - window.innerWidth, 0);
}"""
"""Rows of one table have one markup; the checker takes a minute for thousands of them."""

ASKED = """async () => {
    const told = await axe.run({include: document, exclude: ['svg > *']}, {resultTypes: ['violations']});
    return [told.violations.map(rule => [rule.id, rule.nodes.map(node => node.html)]), told.passes.length];
}"""
"""What is inside a drawing is left out: it is one image to assistive technology; its contrast has its own test. Every
rule is tried; places are told only of those that are broken, for telling took longer than trying."""


@pytest.fixture(scope="session")
def look_over() -> "Callable[[Page], Looked]":
    """The accessibility checker, as bundled, on an open page."""
    axe = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")

    def looked(page: "Page") -> Looked:
        too_wide = page.evaluate(READY)
        page.evaluate(axe)
        violations, passed = page.evaluate(ASKED)
        return Looked([(rule, markup) for rule, markup in violations], passed, too_wide)

    return looked
