"""The transparency record: what nobody supplied is visible, blocks the word final, and each model has its block."""

from dataclasses import replace

import pytest

from ehforecast.advisory.transparency import (
    NOT_ASKED,
    NOT_SUPPLIED,
    PEOPLE,
    DataAccount,
    ModelAccount,
    Tool,
    TransparencyRecord,
    check_supplied,
    make_record,
)
from ehforecast.errors import ReleaseRefused

DATA = DataAccount(*(["In words."] * 8))
MODELS = tuple(ModelAccount(name, *(["In words."] * 7)) for name in ("Forecast of contacts", "Estimates of a return"))


def record(**supplied: str) -> TransparencyRecord:
    tool = Tool("Records of a council", "research", "run-1", "Invented.", supplied)
    return make_record(tool, models=MODELS, data=DATA)


def everything() -> dict[str, str]:
    return dict.fromkeys(PEOPLE, "Said by a person.") | {"phase": "Private beta"}


def test_what_nobody_supplied_is_said_and_blocks_final() -> None:
    bare = record()
    # Catches a key that vanishes when nobody answers it.
    assert {line.key for line in bare.unanswered} == set(PEOPLE) - {"sensitive_attributes_basis"}
    assert bare.status == "Draft"
    told = bare.to_json()
    assert told["organisation_name"] == NOT_SUPPLIED
    assert "final" not in str(told).lower()


def test_final_takes_every_answer_and_every_clearance() -> None:
    assert record(**everything()).status == "Final"
    for key in ("cleared_by_communications", "benefit"):
        less = everything()
        del less[key]
        # Catches a record called final with one answer, or one clearance, missing.
        assert record(**less).status == "Draft"


def test_each_model_and_both_kinds_of_data_have_their_block() -> None:
    told = record(**everything()).to_json()
    # Catches two models written over each other.
    assert [model["model_name"] for model in told["models_described"]] == [model.name for model in MODELS]  # type: ignore[attr-defined]  # JSON
    assert len(told["development_data"]) == len(told["operational_data"]) == 1  # type: ignore[arg-type]  # JSON
    assert told["models"] == "Forecast of contacts; Estimates of a return"


def test_a_tool_without_a_third_party_is_not_asked_about_one() -> None:
    lines = {
        line.key: line.text for block in record(external_supplier_involvement="No").blocks for line in block.fields
    }
    # Catches nine blanks for a supplier there is none of, and an answer invented where nothing was said.
    assert lines["companies_house_number"] == NOT_ASKED
    assert record().to_json()["companies_house_number"] == NOT_SUPPLIED


@pytest.mark.parametrize(
    ("supplied", "words"),
    [({"organisation": "X"}, "there is no key 'organisation'"), ({"team": " "}, "key 'team' is blank"),
     ({"phase": "Live"}, "key 'phase' is one of Pre-deployment")],
)  # fmt: skip
def test_what_is_supplied_wrongly_is_refused(supplied: dict[str, str], words: str) -> None:
    # Catches a misspelt key whose answer is lost, and a blank that passes for an answer.
    assert words in check_supplied(supplied)[0]
    with pytest.raises(ReleaseRefused, match=words):
        record(**supplied)


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"models": ()}, "at least one model"), ({"run_id": " "}, "the id of the run"),
     ({"data_source": ""}, "the source of the data")],
)  # fmt: skip
def test_a_record_of_nothing_is_refused(changes: dict[str, object], words: str) -> None:
    # Catches a record nobody can trace.
    with pytest.raises(ReleaseRefused, match=words):
        replace(record(), **changes)  # type: ignore[arg-type]  # fields by name


def test_an_empty_answer_is_refused() -> None:
    blank = replace(MODELS[0], task=" ")
    tool = Tool("Records", "research", "run-1", "Invented.", {})
    # Catches a heading with nothing below it.
    with pytest.raises(ReleaseRefused, match="to model_task"):
        make_record(tool, models=(blank,), data=DATA)
