from pathlib import Path

import dfe_tables
import pytest

from ehforecast.contracts import find_extract_files, load_layout
from ehforecast.errors import ContractError, SettingsError


def test_files_are_found_in_every_subfolder(tmp_path: Path) -> None:
    (tmp_path / "dfe" / "2022").mkdir(parents=True)
    written = dfe_tables.write_all(tmp_path / "dfe" / "2022")
    (tmp_path / "dfe" / "c2_children_in_need_assessments_duration_2014_to_2022.csv").write_text("x")
    (tmp_path / "c6_children_in_need_referrals_by_month_2013_to_2022.csv").mkdir()
    # Catches files overlooked below the top, files of other tables, and a folder taken for a file.
    assert find_extract_files(tmp_path, load_layout()) == written


def test_names_are_compared_without_case(tmp_path: Path) -> None:
    path = tmp_path / "C6_Children_in_need_Referrals_by_month_2013_to_2024.CSV"
    path.write_text("x")
    # Catches a file lost over capital letters.
    assert find_extract_files(tmp_path, load_layout()) == {"referrals_by_month": path}


def test_a_table_that_is_not_required_may_be_missing(tmp_path: Path) -> None:
    # Catches an empty folder refused where nothing was asked of it.
    assert find_extract_files(tmp_path, load_layout()) == {}


def test_required_tables_are_missed_together_and_by_name(tmp_path: Path) -> None:
    required = ("referrals_by_month", "referrals_by_source")
    with pytest.raises(ContractError) as refusal:
        find_extract_files(tmp_path, load_layout(), required=required)
    # Catches a check that stops at the first missing file, or does not say what the file is called.
    assert [(finding.table, finding.rule) for finding in refusal.value.findings] == [
        (table, "a_required_table_has_a_file") for table in required
    ]
    assert "c6_*referrals_by_month*.csv" in refusal.value.findings[0].remedy


def test_a_required_table_the_layout_does_not_have_is_a_fault_of_the_settings(tmp_path: Path) -> None:
    # Catches a misspelt table in a configuration being blamed on the data.
    with pytest.raises(SettingsError, match="no table referrals_by_week; it has: referrals_by_month"):
        find_extract_files(tmp_path, load_layout(), required=("referrals_by_week",))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    # Catches a misspelt path read as a folder with nothing in it.
    with pytest.raises(ContractError, match="the_folder_exists"):
        find_extract_files(tmp_path / "none", load_layout())
