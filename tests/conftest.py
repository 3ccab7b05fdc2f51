"""What every test shares: kinds by folder, the real data, and figures that acceptance tests print."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from coverage import Coverage
from hypothesis import settings

TESTS = Path(__file__).parent
KINDS = ("unit", "contracts", "time", "statistical", "advisory", "architecture", "browser", "real")
UNMEASURED = ("browser", "statistical", "real", "architecture")
"""Kinds that say nothing of coverage: a line that they alone run has no own test. Measuring doubles the time."""

# The same examples on every run of CI, fresh ones at a desk; a slow machine is not a failure.
settings.register_profile("ci", deadline=None, derandomize=True)
settings.register_profile("desk", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

FIGURES = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--acceptance", metavar="NAME", help="only the acceptance tests of this capability")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FIGURES] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every test its kind, then keep one capability's acceptance tests if asked to."""
    for item in items:
        item.add_marker(_kind(item))
        if len([marker for marker in item.iter_markers() if marker.name in (*KINDS, "doctest")]) > 1:
            raise pytest.UsageError(f"{item.nodeid}: a test is of one kind, that of its folder; take the marker off.")
    wanted = config.getoption("--acceptance")
    if wanted:
        _keep_acceptance(config, items, wanted)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    measuring = Coverage.current()
    if measuring is None or not any(item.get_closest_marker(kind) for kind in UNMEASURED):
        return (yield)
    with _pause(measuring):
        return (yield)


@contextmanager
def _pause(measuring: Coverage) -> Iterator[None]:
    """Here and in the processes that are started meanwhile."""
    for_processes = os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
    measuring.stop()
    try:
        yield
    finally:
        measuring.start()
        if for_processes is not None:
            os.environ["COVERAGE_PROCESS_CONFIG"] = for_processes


def _kind(item: pytest.Item) -> str:
    if isinstance(item, pytest.DoctestItem):
        return "doctest"
    if item.path.is_relative_to(TESTS):
        kind = item.path.relative_to(TESTS).parts[0]
        if kind in KINDS:
            return kind
    raise pytest.UsageError(f"{item.nodeid}: a test lives in tests/<kind>/, with a kind out of {', '.join(KINDS)}.")


def _keep_acceptance(config: pytest.Config, items: list[pytest.Item], wanted: str) -> None:
    names = {marker.args[0] for item in items for marker in item.iter_markers("acceptance")}
    if wanted not in names:
        raise pytest.UsageError(
            f"no acceptance tests named '{wanted}'; there are: {', '.join(sorted(names)) or 'none'}."
        )
    kept = [item for item in items if any(marker.args[0] == wanted for marker in item.iter_markers("acceptance"))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[FIGURES]:
        terminalreporter.section("figures")
        for line in config.stash[FIGURES]:
            terminalreporter.write_line(line)


@pytest.fixture
def record_figure(request: pytest.FixtureRequest) -> Callable[..., None]:
    """`record_figure("WAPE, ehforecast", 0.171, "at most 0.178")`: printed at the end of the run."""

    def record(name: str, value: object, expected: str = "") -> None:
        shown = f"{value:.4g}" if isinstance(value, float) else str(value)
        request.config.stash[FIGURES].append(f"{name:<60} {shown:>12}  {expected}".rstrip())

    return record


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return TESTS.parent


@pytest.fixture(scope="session")
def real_data(root: Path) -> Path:
    """The folder of published data beside the repository, or the one $EHFORECAST_DATA names."""
    folder = Path(os.environ.get("EHFORECAST_DATA") or root.parent / "shared" / "data").resolve()
    if not (folder / "DATASHEET.md").is_file():
        pytest.skip("real data are not at ../shared/data or $EHFORECAST_DATA")
    return folder


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that writes beside itself would leave something in the repository."""
    monkeypatch.chdir(tmp_path)
