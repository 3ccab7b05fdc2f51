"""What a sound file becomes."""

import hashlib
from dataclasses import FrozenInstanceError
from pathlib import Path

import dfe_tables
import pandas as pd
import pytest
from dfe_tables import COUNTRY, FILE_NAMES, KIRBY, NEW_HURST, NORTH_WEALD, OLD_HURST, write_table

from ehforecast.contracts import load_contract, load_layout

TYPES = {"string": "str", "date": "datetime64[us]", "integer": "Int64", "number": "float64"}
MONTHLY = FILE_NAMES["referrals_by_month"]


@pytest.mark.parametrize("table", dfe_tables.TABLES)
def test_an_extract_says_where_it_came_from(table: str, tmp_path: Path) -> None:
    path = write_table(dfe_tables.TABLES[table](), tmp_path / FILE_NAMES[table])
    extract = dfe_tables.read(path)
    # Catches a manifest that could not be traced back to its file.
    assert (extract.table, extract.file_name, extract.file_bytes) == (table, path.name, path.stat().st_size)
    assert extract.file_sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    # Catches an extract that does not say under which rules it was read.
    assert (extract.layout, extract.layout_version) == ("dfe_children_in_need", "1.0.0")
    assert (extract.contract, extract.contract_version) == (load_contract(extract.contract).name, "1.0.0")
    # Catches one that could be changed after it was checked.
    with pytest.raises(FrozenInstanceError):
        extract.rows_in = 0  # type: ignore[misc]


@pytest.mark.parametrize("table", dfe_tables.TABLES)
def test_the_frame_has_the_types_and_order_of_its_contract(table: str, tmp_path: Path) -> None:
    extract = dfe_tables.read(write_table(dfe_tables.TABLES[table](), tmp_path / FILE_NAMES[table]))
    contract = load_contract(extract.contract)
    # Catches text where a number or date is promised, and nanoseconds where models expect microseconds.
    assert {name: str(kind) for name, kind in extract.frame.dtypes.items()} == {
        column.name: TYPES[column.logical_type] for column in contract.columns
    }
    # Catches an order that changes from run to run, and with it the stored bytes.
    assert extract.frame.equals(extract.frame.sort_values(list(contract.key), ignore_index=True))


def row(frame: pd.DataFrame, **equal: str) -> dict[str, object]:
    for name, value in equal.items():
        frame = frame[frame[name] == value]
    (found,) = frame.to_dict("records")
    return {str(name): value for name, value in found.items()}


def test_a_month_of_a_council(tmp_path: Path) -> None:
    table = dfe_tables.referrals_by_month()
    line = table[(table["new_la_code"] == KIRBY) & (table["time_period"] == "2022")]
    frame = dfe_tables.read(write_table(table, tmp_path / MONTHLY)).frame
    found = row(frame, area_code=KIRBY, period_step="month", period_start="2022-01-01")
    # Catches January to March counted to the year before, and the last day of a month missed.
    assert found["period_end"] == pd.Timestamp("2022-01-31")
    assert found["count"] == int(line["January"].item())
    # Catches an exact count taken for a rounded one.
    assert (found["area_level"], found["referral_source"], found["rounded_to"]) == ("council", "all", 1)


def test_a_year_of_the_country(tmp_path: Path) -> None:
    frame = dfe_tables.read(write_table(dfe_tables.referrals_by_month(), tmp_path / MONTHLY)).frame
    found = row(frame, area_code=COUNTRY, period_step="year", period_start="2021-04-01")
    # Catches a reporting year that runs with the calendar, and rounding forgotten.
    assert (found["period_end"], found["area_level"]) == (pd.Timestamp("2022-03-31"), "country")
    assert found["rounded_to"] == 10


def test_the_halves_of_a_region_are_told_apart_by_the_register(tmp_path: Path) -> None:
    frame = dfe_tables.read(write_table(dfe_tables.referrals_by_month(), tmp_path / MONTHLY)).frame
    # Catches Inner and Outer London counted beside London as regions, which would count London twice.
    assert set(frame.loc[frame["area_code"] == NORTH_WEALD, "area_level"]) == {"sub_region"}


def test_a_council_that_changed_its_code_is_one_series(tmp_path: Path) -> None:
    frame = dfe_tables.read(write_table(dfe_tables.referrals_by_month(), tmp_path / MONTHLY)).frame
    series = frame[(frame["area_code"] == NEW_HURST) & (frame["period_step"] == "month")]
    # Catches a history cut in two by a change of code, and a name that changes with it.
    assert (len(series), set(series["area_name"])) == (36, {"Hurst"})
    assert OLD_HURST not in set(frame["area_code"])


def test_sources_come_by_year_without_their_total(tmp_path: Path) -> None:
    path = write_table(dfe_tables.referrals_by_source(), tmp_path / FILE_NAMES["referrals_by_source"])
    frame = dfe_tables.read(path).frame
    # Catches the yearly total stored twice, once from each table.
    assert "all" not in set(frame["referral_source"])
    assert (set(frame["period_step"]), frame["referral_source"].nunique()) == ({"year"}, 11)


def test_indicators_keep_their_units(tmp_path: Path) -> None:
    path = write_table(dfe_tables.referrals_and_rereferrals(), tmp_path / FILE_NAMES["referrals_and_rereferrals"])
    frame = dfe_tables.read(path).frame
    rate = row(frame, area_code=COUNTRY, indicator="referral_rate", period_start="2021-04-01")
    count = row(frame, area_code=COUNTRY, indicator="children_referred", period_start="2021-04-01")
    # Catches a rate rounded like a count, and a count taken for exact.
    assert (rate["unit"], rate["value"], rate["rounded_to"]) == ("per_10k_children", 552.8, 0.1)
    assert (count["unit"], count["rounded_to"]) == ("children", 10.0)


@pytest.mark.parametrize("symbol", ["c", "x", "z", "u", "low", "k", ""])
def test_an_absent_figure_is_never_zero(symbol: str, tmp_path: Path) -> None:
    table = dfe_tables.referrals_by_month()
    is_line = (table["new_la_code"] == KIRBY) & (table["time_period"] == "2022")
    table["June"] = table["June"].mask(is_line, symbol)
    frame = dfe_tables.read(write_table(table, tmp_path / MONTHLY)).frame
    found = frame[(frame["area_code"] == KIRBY) & (frame["period_start"] == "2021-06-01")]
    # Catches the most harmful reading of a missing figure.
    assert found["count"].isna().tolist() == [True]
    assert found["absent_because"].tolist() == [str(load_layout().symbols[symbol])]


def test_columns_may_stand_in_another_order(tmp_path: Path) -> None:
    table = dfe_tables.referrals_by_month()
    reordered = dfe_tables.read(write_table(table[table.columns[::-1]], tmp_path / MONTHLY))
    # Catches figures read by place instead of by name.
    assert reordered.frame.equals(dfe_tables.read(write_table(table, tmp_path / MONTHLY)).frame)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_marks_of_every_system_are_read(end: str, mark: str, tmp_path: Path) -> None:
    text = mark + dfe_tables.referrals_by_month().to_csv(index=False, lineterminator=end)
    (tmp_path / MONTHLY).write_bytes(text.encode())
    # Catches a file saved by a spreadsheet losing its first column or its first line.
    assert dfe_tables.read(tmp_path / MONTHLY).rows_used == 30


@pytest.mark.parametrize(("folder", "other"), [("[1] it's", "1 it's"), ("a*b", "aab"), ("?", "x"), ("{ä,b}", "b")])
def test_a_path_is_taken_as_it_is(folder: str, other: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / other).mkdir()
    path = write_table(dfe_tables.referrals_by_month(), tmp_path / folder / MONTHLY)
    write_table(dfe_tables.referrals_by_month((2020,)), tmp_path / other / MONTHLY)
    # Catches a path read as a pattern, which finds another file or none.
    assert dfe_tables.read(path).rows_in == 30


def test_a_file_may_be_renamed(tmp_path: Path) -> None:
    # Catches a reader that trusts names more than content.
    assert dfe_tables.read(write_table(dfe_tables.referrals_by_month(), tmp_path / "mine.csv")).rows_in == 30


def test_the_country_alone_has_nothing_to_add_up(tmp_path: Path) -> None:
    table = dfe_tables.referrals_by_month()
    path = write_table(table[table["geographic_level"] == "National"], tmp_path / MONTHLY)
    # Catches a national file refused for councils it never had.
    assert dfe_tables.read(path).rows_used == 3


@pytest.mark.parametrize("name", ["St. John's Ashby", "ST JOHNS ASHBY", "Ashby (St John's)", "Ashby"])
def test_names_are_compared_loosely(name: str, tmp_path: Path) -> None:
    table = dfe_tables.referrals_by_month()
    table["la_name"] = table["la_name"].replace("St John's Ashby", name)
    # Catches a file refused over punctuation.
    assert dfe_tables.read(write_table(table, tmp_path / MONTHLY)).rows_used == 30
