"""The documentation is true: its examples run, what it names is there, and its site asks nobody for anything."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
import yaml
from doc_pages import Block, blocks_of, folder_of_examples, run_blocks

from ehforecast import cli
from ehforecast.demand.results import ALL_AREAS
from ehforecast.pipelines import settings
from ehforecast.risk.fairness.wording import METRIC_WORDS
from ehforecast.risk.scores import METRICS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md") if page.parent.name != "tables")
WITH_EXAMPLES = [page for page in PAGES if any(block.runs for block in blocks_of(DOCS / page))]

ROOT_PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md"]

NOT_RUN = {"how-to/connect_a_database.md": 1, "how-to/use_more_machines.md": 2}
"""Examples that are not run, by page; each says on the page why not."""

ACCURACY = ("wape", "bias", "mase", "rmsse", "wql", "coverage50", "interval_score50", "pit", "total_wape", "total_bias",
            "total_coverage80")  # fmt: skip
INVENTED = ("northmere", "scores.csv", "CONFIG", "FOLDER")
CODE_MAP_KEYS = {"code_maps", "version", "folding", "fields"}


@pytest.mark.acceptance("workbench")
@pytest.mark.parametrize("page", WITH_EXAMPLES)
def test_examples_run(page: str, root: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    in_full = request.config.getoption("--acceptance") == "workbench"
    folder_of_examples(root, tmp_path, in_full=in_full)
    # Catches an example that a reader would copy in vain, and an answer that is no longer what is printed.
    assert run_blocks(blocks_of(DOCS / page), tmp_path, exact=in_full) == []


def test_examples_that_are_not_run_are_few_and_known() -> None:
    marked = {page: sum(bool(block.not_run) for block in blocks_of(DOCS / page)) for page in PAGES}
    # Catches an example taken out of the tests in silence.
    assert {page: number for page, number in marked.items() if number} == NOT_RUN


def commands() -> dict[str, set[str]]:
    """Every command with its options; commands of a group as `group command`."""
    return dict(_commands("", typer.main.get_command(cli.app)))


def _commands(before: str, command: object) -> Iterator[tuple[str, set[str]]]:
    for name, inner in getattr(command, "commands", {}).items():
        called = f"{before} {name}".strip()
        yield called, {option for each in inner.params for option in (*each.opts, *each.secondary_opts)} | {"--help"}
        yield from _commands(called, inner)


def named_commands(text: str) -> Iterator[tuple[str, set[str]]]:
    """Calls in code spans and code blocks: the command and the options given."""
    known = commands()
    for call in re.findall(r"(?:^\s*(?:\$ )?|`|bin/)ehforecast ([a-z][^`\n|>#]*)", text, re.MULTILINE):
        words = call.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        yield name, {word.partition("=")[0] for word in words if word.startswith("--")}


@pytest.mark.parametrize("page", [f"docs/{page}" for page in PAGES] + ROOT_PAGES)
def test_commands_and_options_exist(page: str, root: Path) -> None:
    known = commands()
    wrong = [
        (name, sorted(options - known.get(name, set())))
        for name, options in named_commands((root / page).read_text("utf-8"))
        if name not in known or options - known[name]
    ]
    # Catches a page that tells of a command or an option that is not there.
    assert wrong == []


def test_a_wrong_option_would_be_found() -> None:
    # Catches a search that overlooks what it is there for.
    assert list(named_commands("`ehforecast plan x.yaml --fast`")) == [("plan", {"--fast"})]
    assert list(named_commands("```\n$ ehforecast nonsense\n```")) == [("nonsense", set())]


@pytest.mark.parametrize("page", [f"docs/{page}" for page in PAGES] + ROOT_PAGES)
def test_files_named_exist(page: str, root: Path) -> None:
    named = re.findall(r"`((?:[\w.-]+/)*[\w.-]+\.(?:py|ya?ml|md|lock|toml))`", (root / page).read_text("utf-8"))
    absent = [name for name in named if not _is_there(root, name) and not any(word in name for word in INVENTED)]
    # Catches a page that sends its reader to a file which was renamed or never there.
    assert absent == []


@pytest.mark.parametrize("page", ROOT_PAGES)
def test_links_of_pages_outside_the_site_lead_somewhere(page: str, root: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", (root / page).read_text("utf-8"))
    # Catches a link on the first page that leads nowhere; those inside the site are followed when it is built.
    assert [link for link in links if not (root / link).exists()] == []


def test_what_contributors_are_to_copy_is_there(root: Path) -> None:
    rows = re.findall(
        r"^\| [^|]+ \| `([\w/.-]+\.\w+)`([^|]*) \|", (root / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE
    )
    named = [(file, name) for file, more in rows for name in re.findall(r"`(\w+)`", more)]
    # Catches a file to copy from whose example was renamed or moved.
    assert [(file, name) for file, name in named if name not in (root / file).read_text("utf-8")] == []
    # Catches a table that is no longer read, so that nothing of it is checked.
    assert {"interval_score", "help_ends_on_its_first_day_or_later"} <= {name for _, name in named}


def _is_there(root: Path, name: str) -> bool:
    package = root / "src" / "ehforecast"
    return any((place / name).exists() for place in (root, package, package.parent, root / "tests")) or (
        "/" not in name and any(package.rglob(name))
    )


@pytest.mark.parametrize("page", PAGES)
def test_configurations_on_pages_have_known_keys(page: str) -> None:
    known = {name for section in vars(settings).values() if isinstance(section, type)
             for name in getattr(section, "model_fields", {})}  # fmt: skip
    known |= {key for section in settings._SECTIONS for key in section.model_fields} | CODE_MAP_KEYS | {"schema"}
    given = [yaml.safe_load(block.text) for block in blocks_of(DOCS / page) if block.language == "yaml"]
    # Catches a key that a configuration would be refused for.
    assert [key for content in given for key in content if key not in known] == []


def test_every_figure_of_a_report_is_stated() -> None:
    stated = "\n".join(path.read_text("utf-8") for path in (DOCS / "methods").glob("*.md"))
    names = (*ACCURACY, *METRICS, *METRIC_WORDS)
    # Catches a figure in a report for which no page gives formula, domain and source.
    assert [name for name in names if f"`{name}`" not in stated] == []


def test_accuracy_names_are_those_of_results(root: Path) -> None:
    told = (root / "src" / "ehforecast" / "demand" / "results.py").read_text("utf-8")
    # Catches a list above that no longer has the names of the results.
    assert ALL_AREAS == "all"
    assert [name for name in ACCURACY if name.removeprefix("total_") not in told] == []


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    made = subprocess.run(build, cwd=root, env=quiet, capture_output=True, text=True, check=False)
    # Catches a link that leads nowhere, a page that nothing leads to, and a reference that cannot be written.
    assert (made.returncode, made.stderr) == (0, "")
    return folder


@pytest.mark.acceptance("workbench")
def test_site_builds_and_fetches_nothing(site: Path) -> None:
    fetched = re.compile(r"""(?:src|href|action|content)=["']?(?:https?:)?//[^"'\s>]+|@import|url\(["']?https?:""")
    found = {page.name: fetched.findall(page.read_text("utf-8")) for page in site.rglob("*.html")}
    # Catches a page that asks another host for a font, a script or a picture, or sends its reader there.
    assert {name: matches for name, matches in found.items() if matches} == {}


@pytest.mark.acceptance("workbench")
def test_reference_is_written(site: Path) -> None:
    names = (site / "reference" / "demand.html").read_text("utf-8")
    # Catches a reference that lost the docstrings it is made of, or shows what is nobody's business.
    assert "find_doubtful" in names
    assert "_scores(" not in names
    # Catches a page of commands without one of them.
    shown = (site / "reference" / "commands.html").read_text("utf-8")
    assert [name for name in commands() if f">ehforecast {name}" not in shown] == []


def test_blocks_are_told_apart(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run: no server -->\n\n```python\nx\n```\n\n  ```console\n  $ true\n  ```\n\n"
        '```yaml title="a/b.yaml"\ny: 1\n```\n',
        "utf-8",
    )
    # Catches a reader of pages that loses an example, its indent, its mark or the name it is saved under.
    assert blocks_of(page) == [
        Block("python", "x\n", "no server"),
        Block("console", "$ true\n"),
        Block("yaml", "y: 1\n", saved_as="a/b.yaml"),
    ]
