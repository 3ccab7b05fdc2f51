"""What advice says about itself, and the words it never uses."""

from importlib.resources import files

import pytest
from every_report import FORBIDDEN

from ehforecast.advisory.disclosure import ABSENCE_MEANINGS
from ehforecast.advisory.statement import ADVISORY_STATEMENT, DEMAND_CANNOT_KNOW, NEVER_USE_FOR, Purpose
from ehforecast.vocabulary.absence import AbsenceReason


def templates() -> list[tuple[str, str]]:
    folder = files("ehforecast.reports").joinpath("templates")
    return sorted((file.name, file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".html"))


@pytest.mark.parametrize(("name", "text"), templates())
def test_templates_never_speak_as_if_they_decided(name: str, text: str) -> None:
    prose = text.replace("never a decision", "")
    # Catches a report that tells people what to do, or calls a number fair.
    assert FORBIDDEN.findall(prose) == [], name


def test_forbidden_words_are_found() -> None:
    # Catches a pattern that has stopped finding what it is there for.
    assert FORBIDDEN.search("We recommend that this family is a priority")


def test_statement_says_that_it_is_advice() -> None:
    # Catches a statement watered down.
    assert "advice to people" in ADVISORY_STATEMENT
    assert "never a decision" in ADVISORY_STATEMENT


def test_uses_on_children_are_ruled_out_first() -> None:
    # Catches the rule that matters most being dropped or hidden.
    assert "about a child or a family" in NEVER_USE_FOR[0]


@pytest.mark.parametrize("word", ["record", "policy", "services", "Covid-19"])
def test_limits_name_what_has_moved_the_numbers_before(word: str) -> None:
    # Catches a list of limits that leaves out one known to have broken forecasts.
    assert any(word in limit.name or word in limit.explanation for limit in DEMAND_CANNOT_KNOW)


def test_purposes_are_a_closed_list() -> None:
    # Catches a purpose added in passing.
    assert [*Purpose] == ["planning", "research", "service audit"]


def test_every_reason_for_absence_has_words() -> None:
    # Catches a mark in a report that nobody explains.
    assert {*ABSENCE_MEANINGS} == {*AbsenceReason}
