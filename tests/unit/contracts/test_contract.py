import shutil
from pathlib import Path

import pytest
import yaml

from ehforecast.contracts import Contract, load_contract
from ehforecast.contracts.folder import contracts_folder
from ehforecast.contracts.rules import column_rules, row_rules
from ehforecast.errors import SettingsError

DOCUMENT = (contracts_folder() / "demand_counts.odcs.yaml").read_text("utf-8")


def load_edited(folder: Path, **edits: str) -> Contract:
    """The contract on demand counts with some words replaced."""
    text = DOCUMENT
    for old, new in edits.items():
        assert old.replace("__", ": ") in text
        text = text.replace(old.replace("__", ": "), new, 1)
    (folder / "edited.odcs.yaml").write_text(text)
    return load_contract("edited", folder=folder)


def test_a_contract_is_read_with_its_words() -> None:
    columns = {column.name: column for column in load_contract("demand_counts").columns}
    # Catches a vocabulary restated by hand, or not read.
    assert columns["area_level"].words == ("country", "region", "sub_region", "council")
    # Catches a column that any text would satisfy.
    assert (columns["count"].logical_type, columns["count"].minimum) == ("integer", 0)


@pytest.mark.parametrize("name", ["missing", "", "../demand_counts", "Demand_counts", "layouts/x"])
def test_an_unknown_contract_is_answered_with_those_there_are(name: str) -> None:
    # Catches a path in a name, and an error that does not help.
    with pytest.raises(SettingsError, match=r"contacts, demand_counts, .*indicators"):
        load_contract(name)


def test_an_empty_folder_says_that_it_has_none(tmp_path: Path) -> None:
    # Catches a sentence that ends in nothing.
    with pytest.raises(SettingsError, match="there are: none"):
        load_contract("any", folder=tmp_path)


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"kind__DataContract": "kind: DataContract\nkindd: x"}, "not a document of the Open Data Contract Standard"),
        ({"kind__DataContract": "kind: ["}, "not a document of the Open Data Contract Standard"),
        ({"version__1.0.0": "version: null"}, "states its id, its version"),
        ({"name__area_code": "name: Area code"}, "named in lower case letters"),
        ({"logicalType__date": "logicalType: timestamp"}, "logicalType is one of"),
        ({"areas.AreaLevel": "areas.AreaLevels"}, "there is no vocabulary areas.AreaLevels"),
        ({"areas.AreaLevel": "nowhere.AreaLevel"}, "there is no vocabulary nowhere.AreaLevel"),
        ({"areas.AreaLevel": "areas.StrEnum.__name__"}, "there is no vocabulary"),
        ({"areas.AreaLevel": "periods.month_number"}, "not a list of words"),
    ],
)
def test_a_faulty_contract_is_refused(edits: dict[str, str], said: str, tmp_path: Path) -> None:
    # Catches a contract that is misread instead of refused.
    with pytest.raises(SettingsError, match=said):
        load_edited(tmp_path, **edits)


def test_a_document_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    (tmp_path / "list.odcs.yaml").write_text("- a\n- b\n")
    # Catches a traceback for a file of another kind.
    with pytest.raises(SettingsError, match="not a document"):
        load_contract("list", folder=tmp_path)


def test_a_contract_of_two_tables_is_refused(tmp_path: Path) -> None:
    document = yaml.safe_load(DOCUMENT)
    document["schema"] *= 2
    (tmp_path / "two.odcs.yaml").write_text(yaml.safe_dump(document))
    # Catches the second table being overlooked.
    with pytest.raises(SettingsError, match="exactly one table"):
        load_contract("two", folder=tmp_path)


def test_a_column_rule_must_be_one_this_package_can_check(tmp_path: Path) -> None:
    contract = load_edited(tmp_path, metric__invalidValues="metric: nullValues")
    # Catches a rule that is in the contract and never looked at.
    with pytest.raises(SettingsError, match="lists its validValues"):
        column_rules(contract)


@pytest.mark.parametrize("edit", [{"engine__duckdb": "engine: soda"}, {"name__a_missing_count_has_a_reason": "id: x"}])
def test_a_row_rule_must_be_one_this_package_can_check(edit: dict[str, str], tmp_path: Path) -> None:
    contract = load_edited(tmp_path, **edit)
    # Catches a rule that is in the contract and never looked at, or that no message could name.
    with pytest.raises(SettingsError, match="has a name and is duplicateValues or for duckdb"):
        row_rules(contract)


def test_a_severity_must_be_one_this_package_knows(tmp_path: Path) -> None:
    contract = load_edited(tmp_path, severity__error="severity: warning")
    # Catches a misspelt severity by which an error would be used, or a query set aside.
    with pytest.raises(SettingsError, match="severity is error or query"):
        column_rules(contract)


def test_only_codes_with_dates_can_be_in_force(tmp_path: Path) -> None:
    vocabulary = "{property: vocabulary, value: areas.AreaLevel}"
    in_force = "{property: inForceOn, value: period_start}"
    contract = load_edited(tmp_path, **{vocabulary: f"{vocabulary}\n          - {in_force}"})
    # Catches a rule that could never be broken.
    with pytest.raises(SettingsError, match=r"codes of areas\.AreaLevel have no dates"):
        row_rules(contract)


@pytest.mark.parametrize(("minimum", "words"), [("0", "zero"), ("1", "one"), ("7", "7"), ("2.5", "2.5")])
def test_bounds_are_part_of_the_name_of_a_rule(minimum: str, words: str, tmp_path: Path) -> None:
    (tmp_path / minimum).mkdir()
    contract = load_edited(tmp_path / minimum, **{"{minimum__0}": f"{{minimum: {minimum}}}"})
    # Catches a message that says another bound than the one that was broken.
    assert f"count_is_a_whole_number_of_{words}_or_more" in {rule.name for rule in column_rules(contract)}


def test_contracts_are_found_inside_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "site-packages" / "ehforecast"
    shutil.copytree(contracts_folder(), package / "data_contracts")
    monkeypatch.setattr("ehforecast.contracts.folder.files", lambda _: package)
    # Catches a wheel that works only beside its source tree.
    assert contracts_folder() == package / "data_contracts"


def test_an_installation_without_contracts_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ehforecast.contracts.folder.files", lambda _: tmp_path / "a" / "b")
    # Catches a missing folder showing up later as a missing contract.
    with pytest.raises(SettingsError, match="install ehforecast again"):
        contracts_folder()
