"""A report about invented councils, and a reader of pages that knows nothing of how they were written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import make_demand_result

from ehforecast.advisory import Advice, release
from ehforecast.demand.results import DemandResult
from ehforecast.reports import write_demand_report

VOID = {"meta", "link", "br", "hr", "img", "input", "path", "use", "rect"}


@dataclass
class Node:
    """One element: its tag, attributes, text and elements inside, in order."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    inside: "list[Node | str]" = field(default_factory=list)

    def all(self, *tags: str) -> "Iterator[Node]":
        """Elements of these tags below this one, in document order; all of them if no tag is given."""
        for one in self.inside:
            if isinstance(one, Node):
                if not tags or one.tag in tags:
                    yield one
                yield from one.all(*tags)

    def first(self, *tags: str) -> "Node":
        return next(self.all(*tags))

    @property
    def text(self) -> str:
        return " ".join(" ".join(one if isinstance(one, str) else one.text for one in self.inside).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("document")
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop().tag == tag, f"<{tag}> is closed out of order"

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def parse_page(html: str) -> Node:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], "an element is never closed"
    return reader.root


@pytest.fixture(scope="session")
def advise() -> Callable[[DemandResult], Advice]:
    """Release a result as advice, with everything else in order."""
    return lambda result: release(
        result, purpose="planning", run_id="run-1", data_source="Invented. No licence needed."
    )


@pytest.fixture(scope="session")
def write(
    advise: Callable[[DemandResult], Advice], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[DemandResult], Path]:
    """Write the report of a result into a new folder; return the folder."""
    return lambda result: write_demand_report(advise(result), tmp_path_factory.mktemp("reports") / "run-1").parent


@pytest.fixture(scope="session")
def result() -> DemandResult:
    """Three invented areas with a forecast, one without."""
    return make_demand_result()


@pytest.fixture(scope="session")
def folder(write: Callable[[DemandResult], Path], result: DemandResult) -> Path:
    return write(result)


@pytest.fixture(scope="session")
def html(folder: Path) -> str:
    return (folder / "index.html").read_text("utf-8")


@pytest.fixture(scope="session")
def read() -> Callable[[str], Node]:
    return parse_page


@pytest.fixture(scope="session")
def page(html: str) -> Node:
    return parse_page(html)
