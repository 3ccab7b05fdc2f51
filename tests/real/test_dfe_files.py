"""The department's own files, as published."""

from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.contracts import CheckedExtract, find_extract_files, load_layout, read_extract
from ehforecast.errors import ContractError
from ehforecast.reference.area_codes import english_areas
from ehforecast.store import Store

MONTHLY = "c6_children_in_need_referrals_by_month_2013_to_2022.csv"
ENGLAND, WANDSWORTH, BUCKINGHAMSHIRE, HACKNEY = "E92000001", "E09000032", "E06000060", "E09000012"


@pytest.fixture(scope="module")
def extracts(real_data: Path) -> dict[str, CheckedExtract]:
    layout = load_layout()
    files = find_extract_files(real_data, layout, required=tuple(layout.tables))
    return {table: read_extract(path, layout, english_areas()) for table, path in files.items()}


@pytest.fixture(scope="module")
def monthly(extracts: dict[str, CheckedExtract]) -> pd.DataFrame:
    frame = extracts["referrals_by_month"].frame
    return frame[frame["period_step"] == "month"]


def test_every_published_row_is_used(extracts: dict[str, CheckedExtract]) -> None:
    # Catches lines lost or refused in files that are sound, and lines read that are not there.
    assert {table: (extract.rows_in, extract.rows_used) for table, extract in extracts.items()} == {
        "referrals_by_month": (1638, 1638),
        "referrals_by_source": (1474, 1474),
        "referrals_and_rereferrals": (1638, 1638),
    }
    # Catches a line set aside without being counted.
    assert all(extract.set_aside == {} for extract in extracts.values())


def test_known_figures(extracts: dict[str, CheckedExtract], monthly: pd.DataFrame) -> None:
    counts = extracts["referrals_by_month"].frame
    england = counts[(counts["area_code"] == ENGLAND) & (counts["period_start"] == "2021-04-01")]
    by_step = england.set_index("period_step")[["count", "rounded_to"]].to_dict("index")
    # Catches a month taken for a year, or years shifted: 650,270 is the published total of the year to March 2022.
    assert by_step == {"year": {"count": 650_270, "rounded_to": 10}, "month": {"count": 51_050, "rounded_to": 10}}
    march = monthly[(monthly["area_code"] == ENGLAND) & (monthly["period_start"] == "2022-03-01")]
    # Catches January to March filed under the year before.
    assert march["count"].tolist() == [59_390]


def test_absent_cells_keep_their_reasons(extracts: dict[str, CheckedExtract], monthly: pd.DataFrame) -> None:
    reasons = extracts["referrals_by_month"].frame["absent_because"]
    # Catches an absent figure taken for zero, or its reason for another: 148 cells are marked c and 65 marked x.
    assert Counter(reasons.dropna()) == {"suppressed": 148, "not_available": 65}
    # Catches the yearly column counted among the months: 6 of those cells are its.
    assert Counter(monthly["absent_because"].dropna()) == {"suppressed": 147, "not_available": 60}


def test_wandsworth_in_2021(monthly: pd.DataFrame) -> None:
    series = monthly[(monthly["area_code"] == WANDSWORTH) & (monthly["period_start"].dt.year == 2021)]
    absent = series[series["count"].isna()]
    # Catches the two suppressed months of the council the example configuration begins with.
    assert absent["period_start"].dt.strftime("%Y-%m").tolist() == ["2021-06", "2021-08"]
    assert set(absent["absent_because"]) == {"suppressed"}


def test_hackney_was_not_available_for_two_years(monthly: pd.DataFrame) -> None:
    series = monthly[monthly["area_code"] == HACKNEY].set_index("period_start")["absent_because"].dropna()
    # Catches a council that sent nothing being read as one that had no referrals.
    assert (len(series), set(series)) == (24, {"not_available"})
    assert series.index.min() == pd.Timestamp("2020-04-01")


def test_a_change_of_code_does_not_cut_a_series(monthly: pd.DataFrame) -> None:
    months = monthly.groupby("area_code").size()
    # Catches Buckinghamshire's history before its code changed in 2020 being lost.
    assert months[BUCKINGHAMSHIRE] == 120
    # Catches new councils given the history of those they were made of: Dorset's ground changed in 2019.
    assert (months["E10000009"], months["E06000059"]) == (84, 36)


def test_tables_agree_on_the_yearly_total(extracts: dict[str, CheckedExtract]) -> None:
    by_month = extracts["referrals_by_month"].frame.query("period_step == 'year'")
    indicators = extracts["referrals_and_rereferrals"].frame.query("indicator == 'referrals'")
    both = by_month.merge(indicators, on=["area_code", "period_start"], validate="one_to_one")
    # Catches a column of one table read as another: c1 and c6 print the same total in every row.
    assert len(both) == 1638
    assert both["count"].astype("Float64").fillna(-1).eq(both["value"].fillna(-1)).all()


def test_all_three_fit_into_one_store(extracts: dict[str, CheckedExtract], tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    store.load_all(list(extracts.values()))
    counts = store.table("demand_counts")
    key = ["area_code", "measure", "referral_source", "period_start", "period_step"]
    # Catches the same figure coming from two tables.
    assert not counts.duplicated(key).any()
    assert len(counts) == 1638 * 13 + 1474 * 11


@pytest.mark.parametrize("name", ["c2_*", "c3_*", "c4_*", "b1_*", "b3_*", "a7_*", "headline_*"])
def test_other_tables_of_the_department_are_refused(name: str, real_data: Path) -> None:
    (path,) = (real_data / "dfe").glob(name)
    with pytest.raises(ContractError) as refusal:
        read_extract(path, load_layout(), english_areas())
    # Catches figures of another table read as referrals.
    assert [finding.rule for finding in refusal.value.findings] == ["the_file_is_a_table_this_layout_reads"]


@pytest.mark.parametrize("lines", [1, 12, 100, 800, 1475])
def test_a_truncated_file_is_refused(lines: int, real_data: Path, tmp_path: Path) -> None:
    (path,) = real_data.rglob(MONTHLY)
    kept = path.read_text(encoding="utf-8").splitlines()[:-lines]
    for name in (MONTHLY, "referrals.csv"):
        (tmp_path / name).write_text("\n".join(kept) + "\n", encoding="utf-8")
        if name == "referrals.csv" and lines == 1475:
            continue  # cut between two years and without years in its name, it is a whole file of fewer years
        # Catches missing lines in a file of which every line is sound.
        with pytest.raises(ContractError):
            read_extract(tmp_path / name, load_layout(), english_areas())
