"""A council's records from the command line: what is printed where, what is left behind, and each way to fail."""

import re
from pathlib import Path

import extracts
import pytest
from command_line import ehforecast
from council_way_in import WayIn

from ehforecast.contracts.manual import manual_pages
from ehforecast.synthetic.ssd_files import write_ssd

DAY = f"{extracts.PLAN.extracted_on}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An extract in SSD files, and a configuration beside it."""
    folder = tmp_path_factory.mktemp("council")
    write_ssd(extracts.draw(), folder / "extract")
    WayIn(folder).settings("source: extract")
    return folder


@pytest.fixture
def config(folder: Path) -> Path:
    return folder / "northmere.yaml"


def test_ingest_prints_counts_and_the_page_to_open(config: Path) -> None:
    answer = ehforecast("ingest", config, "--extracted-on", DAY)
    # Catches progress among what can be piped on, and a page that is not where it is said to be.
    assert answer.code == 0
    page = Path(answer.out.removeprefix("Quality report: ").strip())
    assert page.is_file()
    assert answer.out.count("\n") == 1
    # Catches a table whose rows nobody is told of.
    told = re.findall(
        r"^checked (\w+): ([\d,]+) rows in, [\d,]+ used, [\d,]+ set aside, [\d,]+ queries$", answer.err, re.MULTILINE
    )
    assert len(told) == 8
    assert "of layout ssd, an extract of" in answer.err
    again = ehforecast("ingest", config, "--extracted-on", DAY)
    # Catches a second run that fails, or counts the extract twice.
    assert (again.code, again.out) == (0, answer.out)
    assert "it held this extract already" in again.err
    older = ehforecast("ingest", config, "--extracted-on", "2020-01-01")
    # Catches an extract out of order answered with a code of another family.
    assert (older.code, older.out) == (5, "")


def test_ingest_takes_another_extract_from_the_command_line(config: Path, folder: Path, tmp_path: Path) -> None:
    answer = ehforecast(
        "ingest", config, "--data", folder / "extract", "--extracted-on", DAY, "--private", tmp_path / "p"
    )
    # Catches a store somewhere else than asked.
    assert answer.code == 0
    assert (tmp_path / "p" / "northmere" / "store" / "manifest.json").is_file()
    assert not (tmp_path / "private").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--extracted-on", "31/03/2024"), 3, "written year-month-day: 2024-03-31"),
        ((), 3, "key 'records.extracted_on'"),
        (("--extracted-on", DAY, "--data", "nowhere"), 4, "nowhere"),
    ],
)
def test_ingest_refuses_in_words(config: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    answer = ehforecast("ingest", config, *arguments)
    # Catches a traceback, or a failure under the code of another family.
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert not [path for path in Path.cwd().rglob("*") if path.is_file()]


def test_a_key_that_others_may_read_stops_the_run(folder: Path, tmp_path: Path) -> None:
    way = WayIn(tmp_path)
    way.settings(f"source: {folder / 'extract'}", f"extracted_on: {DAY}")
    next(tmp_path.glob("*.key")).chmod(0o644)
    answer = ehforecast("ingest", tmp_path / "northmere.yaml")
    # Catches records stored under a key that is no secret.
    assert (answer.code, answer.out) == (3, "")
    assert "may be read by others than its owner" in answer.err
    assert not (tmp_path / "private").exists()


def test_published_figures_have_no_day_of_extract(root: Path) -> None:
    answer = ehforecast("ingest", root / "configs" / "synthetic.yaml", "--extracted-on", DAY)
    # Catches an option that is taken and then ignored.
    assert answer.code == 3
    assert "--extracted-on is for a council's records" in answer.err


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("run", 3, "key 'records.extracted_on': say of which day the extract is"),
        ("forecast", 3, "has no section 'forecast': say what to count and forecast"),
        ("report", 5, "run 'ehforecast forecast' first"),
    ],
)
def test_other_steps_say_what_to_do_with_records(config: Path, command: str, code: int, words: str) -> None:
    answer = ehforecast(command, config)
    # Catches a list of missing keys for a configuration that is only meant for another step.
    assert (answer.code, answer.out) == (code, "")
    assert words in answer.err


def test_check_says_what_it_found_and_keeps_nothing(folder: Path) -> None:
    answer = ehforecast("check", folder / "extract", "--extracted-on", DAY)
    # Catches a check whose findings cannot be piped on, or that stops at the first.
    assert (answer.code, answer.err) == (0, "")
    lines = answer.out.splitlines()
    assert re.fullmatch(r"layout: ssd [\d.]+", lines[0])
    assert len([line for line in lines if line.startswith("checked ")]) == 8
    assert any(line.startswith("query: file of the extract, table people") for line in lines)
    assert any(line.startswith("notice: contacts, locality is not held: ") for line in lines)
    # Catches a dry run that leaves something.
    assert list(Path.cwd().iterdir()) == []


def test_check_takes_a_layout_and_maps(folder: Path, root: Path) -> None:
    extract, maps = folder / "extract", root / "configs" / "code_maps" / "example_council.yaml"
    answer = ehforecast("check", extract, "--extracted-on", DAY, "--layout", "ssd", "--code-maps", maps)
    assert answer.code == 0
    # Catches options that are taken and not used.
    assert ehforecast("check", extract, "--extracted-on", DAY, "--layout", "annex_a").code == 4
    assert ehforecast("check", extract, "--extracted-on", DAY, "--layout", "nonsense").code == 3
    assert ehforecast("check", extract, "--extracted-on", DAY, "--code-maps", "nowhere.yaml").code == 3
    assert ehforecast("check", extract, "--extracted-on", "yesterday").code == 3


def test_the_manual_is_written_where_asked() -> None:
    answer = ehforecast("manual", "pages")
    # Catches a manual that is not the one of the contracts.
    assert answer.out == f"{len(manual_pages())} pages in pages\n"
    assert {path.name for path in Path("pages").iterdir()} == set(manual_pages())
