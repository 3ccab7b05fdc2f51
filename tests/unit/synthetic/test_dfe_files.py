"""Synthetic referrals in the Department for Education's own wide layout."""

from pathlib import Path

import pandas as pd
import pytest

from ehforecast.contracts import load_layout
from ehforecast.reference.area_codes import AreaRegister
from ehforecast.synthetic.dfe_files import write_referrals_by_month
from ehforecast.synthetic.referrals import register
from ehforecast.vocabulary.periods import MONTH_NAMES

MONTHS = pd.period_range("2020-04", periods=24, freq="M", name="month")
NORTH, SOUTH, COUNTRY = "X12000001", "X12000002", "X92000001"


@pytest.fixture(scope="module")
def areas() -> AreaRegister:
    return register(4)


@pytest.fixture
def counts() -> pd.DataFrame:
    """Councils 1 and 3 are in the north. Council 4 has a few in its first months, and none in one."""
    columns = [f"X0600000{place}" for place in (1, 2, 3, 4)]
    frame = pd.DataFrame(
        {code: range(100 * place, 100 * place + 24) for place, code in enumerate(columns, start=1)}, MONTHS
    )
    frame.loc["2020-04":"2020-10", "X06000004"] = [0, 1, 2, 5, 6, 14, 15]
    return frame


@pytest.fixture
def table(counts: pd.DataFrame, areas: AreaRegister, tmp_path: Path) -> pd.DataFrame:
    path = write_referrals_by_month(counts, areas, folder=tmp_path / "not" / "there" / "yet")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def figures(table: pd.DataFrame, column: str, code: str) -> dict[str, list[str]]:
    rows = table[table[column] == code].set_index("time_period")
    return {year: rows.loc[year, list(MONTH_NAMES)].tolist() for year in rows.index}


def council(table: pd.DataFrame, code: str) -> dict[str, list[str]]:
    return figures(table, "new_la_code", code)


def test_header_and_file_name_are_those_of_the_layout(
    counts: pd.DataFrame, areas: AreaRegister, tmp_path: Path
) -> None:
    path = write_referrals_by_month(counts, areas, folder=tmp_path)
    layout = load_layout()
    # Catches a column the layout does not know, or one in another place than in the real file.
    header = path.read_text("utf-8").splitlines()[0].split(",")
    assert header == [*layout.identifying_columns, "Referrals", *MONTH_NAMES]
    assert set(header) == set(layout.columns_of("referrals_by_month"))
    # Catches a name that does not tell which years the file covers.
    assert path.name == "c6_children_in_need_referrals_by_month_2021_to_2022.csv"


def test_one_row_per_area_and_year_newest_first(table: pd.DataFrame, areas: AreaRegister) -> None:
    # Catches an area without rows, or with two for one year.
    assert len(table) == 2 * len(list(areas))
    assert not table.duplicated(["time_period", "region_code", "new_la_code"]).any()
    # Catches rows that are not in the order of the real file.
    assert table["time_period"].tolist() == sorted(table["time_period"], reverse=True)


def test_a_reporting_year_runs_from_april_to_march(table: pd.DataFrame) -> None:
    # Catches months under the wrong year or in calendar order.
    assert council(table, "X06000001") == {
        "2021": [str(count) for count in range(100, 112)],
        "2022": [str(count) for count in range(112, 124)],
    }


def test_one_to_five_are_suppressed_and_zero_stays_zero(table: pd.DataFrame) -> None:
    # Catches a small number that is shown, a zero that is hidden, or six hidden for nothing.
    assert council(table, "X06000004")["2021"][:7] == ["0", "c", "c", "c", "6", "14", "15"]


def test_regions_are_the_rounded_sum_of_their_own_councils(table: pd.DataFrame, counts: pd.DataFrame) -> None:
    regions = table[(table["new_la_code"] == "") & (table["region_code"] != "")]
    for code, members in {NORTH: ["X06000001", "X06000003"], SOUTH: ["X06000002", "X06000004"]}.items():
        sums = counts[members].sum(axis=1)
        printed = [
            int(value) for months in reversed(figures(regions, "region_code", code).values()) for value in months
        ]
        # Catches a sum over other councils, a sum of suppressed figures, or rounding the wrong way.
        assert printed == [int(value / 10 + 0.5) * 10 for value in sums]


def test_the_country_is_rounded_from_councils_not_from_rounded_regions(
    table: pd.DataFrame, counts: pd.DataFrame
) -> None:
    rows = table[table["geographic_level"] == "National"].set_index("time_period")
    # Catches rounding twice: August 2020 is 104 + 204 + 304 + 6 = 618, with regions printed as 410 and 210.
    assert rows.loc["2021", "August"] == "620"
    assert rows.loc["2021", "Referrals"] == str(round(int(counts[:12].sum().sum()), -1))


def test_the_year_is_the_sum_of_its_months_before_rounding_and_suppression(
    table: pd.DataFrame, counts: pd.DataFrame
) -> None:
    by_code = table[(table["geographic_level"] == "Local authority") & (table["time_period"] == "2021")]
    printed = by_code.set_index("new_la_code")["Referrals"].astype(int)
    # Catches a total that forgets suppressed months, or that of another year.
    assert printed.to_dict() == counts[:12].sum().to_dict()


def test_a_year_of_one_to_five_is_suppressed_too(areas: AreaRegister, tmp_path: Path) -> None:
    few = pd.DataFrame(0, index=MONTHS[:12], columns=["X06000001"])
    few.iloc[0, 0] = 3
    table = pd.read_csv(write_referrals_by_month(few, areas, folder=tmp_path), dtype=str, keep_default_na=False)
    row = table[table["new_la_code"] == "X06000001"].iloc[0]
    # Catches a yearly total that gives away the month that was hidden.
    assert (row["Referrals"], row["April"]) == ("c", "c")


def test_places_are_named_as_the_department_names_them(table: pd.DataFrame) -> None:
    first = table[table["time_period"] == "2022"].drop_duplicates("geographic_level").set_index("geographic_level")
    place = ["country_code", "region_code", "region_name", "old_la_code", "new_la_code", "la_name"]
    # Catches a country row with a region, or a region row with a council: readers find areas by what is empty.
    assert first.loc["National", place].tolist() == [COUNTRY, "", "", "", "", ""]
    assert first.loc["Regional", place].tolist() == [COUNTRY, NORTH, "Synthetic North", "", "", ""]
    assert first.loc["Local authority", place].tolist() == [
        COUNTRY,
        NORTH,
        "Synthetic North",
        "001",
        "X06000001",
        "Northmere",
    ]
    # Catches another kind of year or category than the layout reads.
    assert set(table["time_identifier"]) == {"Reporting year"}
    assert set(table["category"]) == {"Month of referral"}


def test_the_same_counts_give_the_same_bytes(counts: pd.DataFrame, areas: AreaRegister, tmp_path: Path) -> None:
    first, second = (write_referrals_by_month(counts, areas, folder=tmp_path / name) for name in ("a", "b"))
    # Catches a file that differs by platform, by time or by folder: its hash is part of the run's identity.
    assert first.read_bytes() == second.read_bytes()
    assert b"\r" not in first.read_bytes()
