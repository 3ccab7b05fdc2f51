"""The contracts as documents of the Open Data Contract Standard, and as promises about columns."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from ehforecast.contracts import COUNCIL_TABLES, load_contract, load_layout
from ehforecast.contracts.rules import column_rules, row_rules

PUBLISHED = ("demand_counts", "indicators")
NAMES = (*PUBLISHED, *COUNCIL_TABLES)
PRIVACY = {"pseudonymous", "personal", "special_category", "operational", "public"}


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


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_figures_are_open(name: str) -> None:
    contract = load_contract(name)
    # Catches figures published by the state being treated as secret, or a use that no reader of the contract knows.
    assert {column.classification for column in contract.columns} == {"public"}
    assert {column.permitted_use for column in contract.columns} == {"key", "label", "figure", "context"}
    # Catches a key that is not the columns used as one, or is in another order.
    assert set(contract.key) == {column.name for column in contract.columns if column.permitted_use == "key"}


@pytest.mark.parametrize("name", COUNCIL_TABLES)
def test_every_column_of_a_council_says_who_may_see_it_and_when_it_comes(name: str) -> None:
    contract = load_contract(name)
    # Catches a column without its privacy class or its permitted use, or with one no reader of the contract knows.
    assert {column.classification for column in contract.columns} <= PRIVACY
    assert {column.permitted_use for column in contract.columns} <= {"key", "feature", "audit_only", "dropped"}
    silent = [c.name for c in contract.columns if not (c.minimisation and c.usual_recording_lag and c.known_gaps)]
    # Catches a column that hides how little of it is kept, how late it comes or what it misses.
    assert silent == []
    # Catches a table without a key, or one of which nobody could say when its rows were recorded.
    assert contract.key
    assert contract.recorded_on


@pytest.mark.parametrize("name", COUNCIL_TABLES)
def test_what_is_protected_is_for_audit_only(name: str) -> None:
    protected = {"sex", "ethnicity", "ethnicity_group", "disability", "care_experienced", "died_on"}
    columns = load_contract(name).columns
    # Catches a protected characteristic that a model could be given.
    assert {c.name for c in columns if c.permitted_use == "audit_only"} == protected & {c.name for c in columns}
    # Catches a day of recording used as a feature: it tells of the office, and of what came later.
    assert {c.permitted_use for c in columns if c.name.endswith("recorded_on")} <= {"key"}


@pytest.mark.parametrize("name", COUNCIL_TABLES)
def test_days_of_recording_are_columns(name: str) -> None:
    contract = load_contract(name)
    named = {column.recorded_on for column in contract.columns} | {column.in_force_on for column in contract.columns}
    # Catches a name in the contract that points at nothing.
    assert named - {""} <= set(contract.column_names)
    stamps = {column.name for column in contract.columns if column.name.endswith("recorded_on")} - {"recorded_on"}
    # Catches a day of recording that no column is shown by, so that a look back would show it too early.
    assert stamps <= named


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
    assert {rule.severity for rule in quality} <= ({"error"} if name in PUBLISHED else {"error", "query"})


def test_every_table_of_the_layout_fills_its_contract() -> None:
    for table in load_layout().tables.values():
        contract = load_contract(table.contract)
        given = {"area_code", "area_name", "area_level", "period_start", "period_end", "absent_because", "rounded_to"}
        for column in table.columns.values():
            # Catches a column of figures that would leave a column of the contract empty, or fill one it does not have.
            assert given | {table.figure} | table.gives.keys() | column.gives.keys() == set(contract.column_names)
