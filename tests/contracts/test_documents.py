"""The contracts as documents of the Open Data Contract Standard, and as promises about columns."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from ehforecast.contracts import load_contract, load_layout
from ehforecast.contracts.rules import column_rules, row_rules

NAMES = ("demand_counts", "indicators")


def test_every_contract_is_named_here(root: Path) -> None:
    found = {path.name.removesuffix(".odcs.yaml") for path in (root / "data_contracts").glob("*.odcs.yaml")}
    # Catches a contract that none of these tests looks at.
    assert found == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_contract_is_valid_by_the_standard(name: str, root: Path) -> None:
    schema = json.loads(files("open_data_contract_standard").joinpath("schema.json").read_text("utf-8"))
    document = yaml.safe_load((root / "data_contracts" / f"{name}.odcs.yaml").read_text("utf-8"))
    # Catches a key the standard does not know, which other tools would refuse or overlook.
    assert [error.message for error in jsonschema.Draft201909Validator(schema).iter_errors(document)] == []
    # Catches a contract written for another version of the standard than the one it is checked against here.
    assert document["apiVersion"] == "v3.1.0"


@pytest.mark.parametrize("name", NAMES)
def test_every_column_says_what_it_is(name: str) -> None:
    contract = load_contract(name)
    undescribed = [
        column.name for column in contract.columns if not (column.meaning and column.unit and column.classification)
    ]
    # Catches a column that nobody could use from the contract alone.
    assert undescribed == []
    # Catches figures published by the state being treated as secret, or a use that no reader of the contract knows.
    assert {column.classification for column in contract.columns} == {"public"}
    assert {column.permitted_use for column in contract.columns} == {"key", "label", "figure", "context"}
    # Catches a key that is not the columns used as one, or is in another order.
    assert set(contract.key) == {column.name for column in contract.columns if column.permitted_use == "key"}


@pytest.mark.parametrize("name", NAMES)
def test_every_rule_has_a_name_of_its_own_and_a_remedy(name: str) -> None:
    rules = (*column_rules(load_contract(name)), *row_rules(load_contract(name)))
    # Catches two rules that a message could not tell apart.
    assert len({rule.name for rule in rules}) == len(rules)
    # Catches a finding that says what is wrong and not what to do.
    assert [rule.name for rule in rules if not rule.remedy.endswith(".")] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_quality_rule_states_its_severity(name: str) -> None:
    contract = load_contract(name)
    quality = [*contract.quality, *(rule for column in contract.columns for rule in column.quality)]
    # Catches a rule of which nobody could say whether it refuses.
    assert {rule.severity for rule in quality} == {"error"}


def test_every_table_of_the_layout_fills_its_contract() -> None:
    for table in load_layout().tables.values():
        contract = load_contract(table.contract)
        given = {"area_code", "area_name", "area_level", "period_start", "period_end", "absent_because", "rounded_to"}
        for column in table.columns.values():
            # Catches a column of figures that would leave a column of the contract empty, or fill one it does not have.
            assert given | {table.figure} | table.gives.keys() | column.gives.keys() == set(contract.column_names)
