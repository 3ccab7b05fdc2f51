"""A page that carries nothing in and sends nothing out, whatever the names in it are."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import INVENTED_AREAS, InventedArea, make_demand_result

from ehforecast.demand.results import DemandResult

Node = Any
Read = Callable[[str], Node]
Write = Callable[[DemandResult], Path]

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "</title></style></textarea><iframe src=//example.org>",
    "<base href=//example.org><form action=//example.org>",
    "{{7*7}}{% include 'x' %}{{ page.__class__ }}",
    "$x^2$ \\frac{1}{2}",
    "--><!--",
    "&lt;b&gt;&#x3c;i&#x3e;",
)


@pytest.fixture(scope="module")
def hostile_html(write: Write) -> str:
    """A report in which every text field is hostile."""
    text = " ".join(HOSTILE)
    areas = [InventedArea(name, note=text) for name in HOSTILE] + [InventedArea(f"no {text}", refusal=text)]
    result = make_demand_result(areas, years=7)
    labels = result.forecasters.assign(label=text)
    return (write(replace(result, measure=text, forecasters=labels)) / "index.html").read_text("utf-8")


@pytest.mark.parametrize("which", ["html", "hostile_html"])
def test_nothing_runs_and_nothing_is_fetched(which: str, request: pytest.FixtureRequest, read: Read) -> None:
    page = read(request.getfixturevalue(which))
    nodes = list(page.all())
    # Catches a script, a frame, a form or a foreign base, ours or smuggled in.
    assert {node.tag for node in nodes} & {
        "script",
        "iframe",
        "object",
        "embed",
        "base",
        "form",
        "link",
        "img",
    } == set()
    # Catches script in an attribute.
    assert [name for node in nodes for name in node.attrs if name.startswith("on")] == []
    addresses = [
        node.attrs[name] for node in nodes for name in ("href", "src", "action", "xlink:href") if name in node.attrs
    ]
    # Catches any address but a place in this page or a table beside it.
    assert [one for one in addresses if not re.fullmatch(r"#[\w-]+|\w+\.(csv|json|xlsx)", one)] == []
    style = page.first("style").text + " ".join(node.attrs.get("style", "") for node in nodes)
    # Catches a style that fetches.
    assert re.findall(r"@import|url\((?!#)", style) == []


def test_only_our_own_elements_stand_in_a_hostile_page(html: str, hostile_html: str, read: Read) -> None:
    # Catches markup from a name: the hostile page may have no kind of element that the ordinary one lacks.
    assert {node.tag for node in read(hostile_html).all()} <= {node.tag for node in read(html).all()}


def test_hostile_text_is_shown_as_it_is(hostile_html: str, read: Read) -> None:
    shown = read(hostile_html).text
    for name in HOSTILE:
        # Catches a name that was run, cut or taken for a template: `{{7*7}}` is a name, not 49.
        assert " ".join(name.split()) in shown


def test_policy_forbids_everything_but_inline_style(page: Node) -> None:
    policies = [node.attrs["content"] for node in page.all("meta") if "http-equiv" in node.attrs]
    # Catches a page that would let a smuggled script run after all.
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'; img-src data:"]


def test_page_names_no_outside_address(html: str) -> None:
    # Catches an address of a font, a schema or a tracker anywhere in the bytes, drawings included.
    assert re.findall(r"https?:|//[a-z]", html) == []


def test_second_writing_is_the_same_to_the_byte(write: Write) -> None:
    first, second = (write(make_demand_result(INVENTED_AREAS[:1])) for _ in range(2))
    # Catches a date, a random id or an unordered set in any file.
    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }
