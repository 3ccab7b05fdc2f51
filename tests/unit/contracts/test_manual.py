"""The manual tells each table as its contract has it, and the committed pages are what the contracts say today."""

import re
from pathlib import Path

import pytest

from ehforecast.contracts import COUNCIL_TABLES, load_contract
from ehforecast.contracts.contract import load_vocabulary
from ehforecast.contracts.manual import manual_pages, write_manual
from ehforecast.contracts.rules import column_rules, row_rules


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return manual_pages()


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next of its kind or a higher one."""
    return page.split(f"\n### {heading}\n")[1].split("\n#", maxsplit=1)[0]


def test_committed_pages_are_what_the_contracts_say(root: Path, pages: dict[str, str]) -> None:
    folder = root / "docs" / "tables"
    # Catches a contract changed without its page, a page edited by hand, and a page of a table that is gone: rewrite
    # them with `ehforecast manual`.
    assert {file.name: file.read_text("utf-8") for file in folder.glob("*.md")} == pages


@pytest.mark.parametrize("table", COUNCIL_TABLES)
def test_every_fact_of_a_column_is_on_its_page(table: str, pages: dict[str, str]) -> None:
    contract, page = load_contract(table), pages[f"{table}.md"]
    for column in contract.columns:
        told = section(page, column.name)
        for fact in (column.meaning, column.minimisation, column.usual_recording_lag, column.known_gaps):
            # Catches a page that leaves out what an analyst must know before using a column.
            assert fact
            assert " ".join(fact.split()) in told
        # Catches a column whose unit, privacy class or permitted use is not told in words.
        assert column.unit == "none" or f"Unit: {column.unit}" in told
        assert re.search(rf"- Privacy: {column.classification.split('_')[0]}\b.*\w", told)
        assert re.search(rf"- Permitted use: {column.permitted_use.split('_')[0]}\b.*:", told)
        # Catches a code list without its words, or words that lead nowhere.
        assert all(f"`{word}`" in told for word in column.words)
        name = column.vocabulary.partition(".")[2]
        assert not name or f"[{name}](vocabulary.md#{name.lower()})" in told


@pytest.mark.parametrize("table", COUNCIL_TABLES)
def test_every_rule_is_on_its_page_with_its_severity_and_remedy(table: str, pages: dict[str, str]) -> None:
    contract = load_contract(table)
    lines = {
        line.split("`")[1]: line for line in pages[f"{table}.md"].split("## Rules")[1].splitlines() if "| `" in line
    }
    rules = (*column_rules(contract), *row_rules(contract))
    # Catches a rule that sets rows aside and that nobody is told of.
    assert list(lines) == [rule.name for rule in rules]
    for rule in rules:
        # Catches a rule told with another's severity or remedy.
        assert f"| {rule.severity}: " in lines[rule.name]
        assert rule.remedy in lines[rule.name]
        assert all(name in lines[rule.name] for name in rule.tables)


def test_every_word_is_told_with_its_meaning_and_its_dates(pages: dict[str, str]) -> None:
    page = pages["vocabulary.md"]
    codes = load_vocabulary("referral_source_codes.ReferralSourceCode")
    told = page.split("\n## ReferralSourceCode\n")[1].split("\n## ", maxsplit=1)[0]
    # Catches a code told without what it means, or as if it had always been in use.
    assert all(f"| `{code}` | {code.meaning} |" in told for code in codes)  # type: ignore[attr-defined]
    assert re.search(r"\| `5D` \| .* \| from 1 April 2022 \|", told)
    # Catches a list without its source.
    assert told.count("Source: ") == 1


def test_links_between_the_pages_lead_somewhere(pages: dict[str, str]) -> None:
    headings = {name: re.findall(r"^#+ (.+)$", text, re.MULTILINE) for name, text in pages.items()}
    anchors = {name: {heading.lower().replace(" ", "-") for heading in found} for name, found in headings.items()}
    links = [(name, *link) for name, text in pages.items() for link in re.findall(r"\]\(([\w.]*)(?:#(\w+))?\)", text)]
    broken = [
        (name, to, at) for name, to, at in links if to not in {"", *pages} or (at and at not in anchors[to or name])
    ]
    # Catches a page or a heading renamed under the links to it, and a pattern that finds no links.
    assert broken == []
    assert len(links) > 100


def test_pages_are_written_where_they_are_asked_for(tmp_path: Path, pages: dict[str, str]) -> None:
    written = write_manual(tmp_path / "docs" / "tables")
    # Catches a page that is not written, or written in another form than the test above compares.
    assert {path.name: path.read_bytes().decode("utf-8") for path in written} == pages
    (tmp_path / "docs" / "tables" / "people.md").write_text("old", "utf-8")
    write_manual(tmp_path / "docs" / "tables")
    # Catches a page left as it was.
    assert (tmp_path / "docs" / "tables" / "people.md").read_text("utf-8") == pages["people.md"]
