from pathlib import Path

import dfe_tables
import pytest
from pydantic import ValidationError

from ehforecast.contracts import Layout, load_layout
from ehforecast.contracts.extract import read_extract
from ehforecast.contracts.folder import contracts_folder
from ehforecast.contracts.layout import parse_layout
from ehforecast.errors import SettingsError
from ehforecast.vocabulary.absence import AbsenceReason

TEXT = (contracts_folder() / "layouts" / "dfe_children_in_need.yaml").read_text("utf-8")


def edited(old: str, new: str) -> Layout:
    assert old in TEXT
    return parse_layout(TEXT.replace(old, new, 1))


def test_the_layout_reads_three_tables() -> None:
    layout = load_layout()
    # Catches a table that was taken out, or read under another contract.
    assert {name: table.contract for name, table in layout.tables.items()} == {
        "referrals_by_month": "demand_counts",
        "referrals_by_source": "demand_counts",
        "referrals_and_rereferrals": "indicators",
    }
    # Catches a symbol that has come to mean something else.
    assert {symbol: layout.symbols[symbol] for symbol in ("c", "x", "z", "u", "")} == {
        "c": AbsenceReason.SUPPRESSED,
        "x": AbsenceReason.NOT_AVAILABLE,
        "z": AbsenceReason.NOT_APPLICABLE,
        "u": AbsenceReason.LOW_RELIABILITY,
        "": AbsenceReason.BLANK,
    }


def test_a_layout_cannot_be_changed() -> None:
    # Catches rules that move while files are being read by them.
    with pytest.raises(ValidationError):
        load_layout().version = "2.0.0"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("symbols:", "symbol:", "Extra inputs are not permitted"),
        ("month: 4", "month: 13", "less than or equal to 12"),
        ("c: suppressed", "c: hidden", "suppressed"),
        ("parts: [April,", "parts: [Apricot,", "sums name columns the table does not have: Apricot"),
        ("[Referrals, April,", "[Referral, April,", "sums name columns the table does not have: Referral"),
        ("code_column: region_code", "code_column: region", "not among the identifying columns: region"),
        ("tables:", "tables: [", "a layout cannot be understood"),
    ],
)
def test_a_faulty_layout_is_refused(old: str, new: str, said: str) -> None:
    # Catches a misspelling in a layout that would quietly leave something unread or unchecked.
    with pytest.raises(SettingsError, match=said):
        edited(old, new)


def test_an_unknown_layout_is_answered_with_those_there_are() -> None:
    # Catches an error that does not help.
    with pytest.raises(SettingsError, match="there are: annex_a, dfe_children_in_need"):
        load_layout("annex_b")


def test_a_layout_of_records_is_told_from_one_of_figures() -> None:
    # Catches a page of errors about keys, where the file is sound and only in the wrong place.
    with pytest.raises(SettingsError, match="layout ssd is of a council's records"):
        load_layout("ssd")


def test_a_layout_may_use_every_level_it_knows(tmp_path: Path) -> None:
    start, _, rest = TEXT.partition("  set_aside:\n")
    layout = parse_layout(start + rest[rest.index("# Statistical symbols") :])
    path = dfe_tables.write_table(dfe_tables.referrals_by_month(), tmp_path / "c6_referrals_by_month.csv")
    # Catches a reader that needs something to set aside.
    assert read_extract(path, layout, dfe_tables.invented_areas()).set_aside == {}


def test_a_table_may_have_sums_of_columns_and_none_of_areas(tmp_path: Path) -> None:
    start, _, rest = TEXT.partition("    areas_add_up:\n")
    layout = parse_layout(start + rest[rest.index("  referrals_by_source:") :])
    table = dfe_tables.referrals_by_month().drop(index=20)
    path = dfe_tables.write_table(table, tmp_path / "c6_referrals_by_month.csv")
    # Catches sums that are asked for where the publisher's areas do not add up.
    assert read_extract(path, layout, dfe_tables.invented_areas()).rows_in == 29
