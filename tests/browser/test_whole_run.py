"""Every page that whole runs write, walked from the folder: nothing for the checker of accessibility to find.

The long version alone (`make accept-door`): a run of the shipped council, and one that assesses, explains and audits.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from command_line import ehforecast

if TYPE_CHECKING:
    from conftest import Looked
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.enable_socket, pytest.mark.acceptance("door")]

ASSESSED = """\
title: Records of a small synthetic council
purpose: research
records: {layout: ssd, pseudonyms: already_made}
synthetic: {seed: 7, first_month: 2018-04, years: 6, contacts_a_year: 6000}
assessment: {questions: [escalation_after_early_help], reader: head of research, trials: 1}
"""


def pages_of(config: Path, folder: Path) -> Iterator[Path]:
    """Every page of a run."""
    answer = ehforecast("run", config, "--private", folder / "private", "--reports", folder / "reports")
    assert answer.code == 0, answer.err
    yield from sorted((folder / "reports").rglob("index.html"))
    yield from sorted((folder / "private").rglob("quality/*/index.html"))


@pytest.mark.parametrize("config", ["walsall", "assessed"])
def test_every_page_of_a_run(
    config: str, root: Path, tmp_path: Path, request: pytest.FixtureRequest, record_figure: Callable[..., None]
) -> None:
    if not request.config.getoption("--acceptance"):
        pytest.skip("the long version alone: `make accept-door`")
    chromium, look_over = request.getfixturevalue("chromium"), request.getfixturevalue("look_over")
    (tmp_path / "assessed.yaml").write_text(ASSESSED, "utf-8")
    path = root / "configs" / "walsall.yaml" if config == "walsall" else tmp_path / "assessed.yaml"
    pages = list(pages_of(path, tmp_path))
    found = [
        (path.parent.name, width, _looked(chromium, path, width=width, look_over=look_over))
        for path in pages
        for width in (1280, 704, 320)
    ]
    record_figure(f"axe, whole run '{config}': violations on pages at 3 widths",
                  sum(len(looked.violations) for _, _, looked in found), f"0 ({len(pages)} pages)")  # fmt: skip
    # Catches a page that only real results show: long names, empty tables, many groups.
    assert [one for one in found if one[2].violations or one[2].too_wide] == []
    assert len(pages) > 3


def _looked(chromium: "Browser", path: Path, *, width: int, look_over: "Callable[[Page], Looked]") -> "Looked":
    context = chromium.new_context(offline=True, viewport={"width": width, "height": 900})
    try:
        page = context.new_page()
        page.goto(path.as_uri())
        return look_over(page)
    finally:
        context.close()
