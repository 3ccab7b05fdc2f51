"""Small files in the Department for Education's own layout, about an invented country, for tests of the way in.

Arden has two regions; Weald, like London, has two halves, printed as regions too. Old Hurst became New Hurst on the
same ground in 2021: one series under two codes.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ehforecast.contracts import CheckedExtract, load_layout, read_extract
from ehforecast.reference.area_codes import Area, AreaRegister
from ehforecast.vocabulary.areas import AreaLevel
from ehforecast.vocabulary.periods import MONTH_NAMES

YEARS = (2020, 2021, 2022)
SOURCES = (
    "Individual", "Schools", "Education_Services", "Health_Services", "Housing", "LA_Services", "Police",
    "Other_legal_agency", "Other", "Anonymous", "Unknown",
)  # fmt: skip
COUNTRY, WOLD, WEALD, NORTH_WEALD, SOUTH_WEALD = "T92000001", "T12000001", "T12000002", "T13000001", "T13000002"
OLD_HURST, NEW_HURST, ASHBY, KIRBY, NEWBURGH, SELBY = (f"T0600000{number}" for number in range(1, 7))


def invented_areas() -> AreaRegister:
    council = AreaLevel.COUNCIL
    return AreaRegister(
        (
            Area(COUNTRY, "Arden", AreaLevel.COUNTRY),
            Area(WOLD, "Wold", AreaLevel.REGION, COUNTRY),
            Area(WEALD, "Weald", AreaLevel.REGION, COUNTRY),
            Area(NORTH_WEALD, "North Weald", AreaLevel.SUB_REGION, WEALD),
            Area(SOUTH_WEALD, "South Weald", AreaLevel.SUB_REGION, WEALD),
            Area(OLD_HURST, "Hurst, City of", council, WOLD, valid_to="2021-03-31", continues_as=NEW_HURST),
            Area(NEW_HURST, "Hurst", council, WOLD, valid_from="2021-04-01"),
            Area(ASHBY, "St John's Ashby", council, WOLD),
            Area(KIRBY, "Kirby", council, NORTH_WEALD),
            Area(NEWBURGH, "Newburgh and Lee", council, NORTH_WEALD),
            Area(SELBY, "Selby", council, SOUTH_WEALD),
        )
    )


def councils_in(year: int) -> tuple[str, ...]:
    return (NEW_HURST if year > 2021 else OLD_HURST, ASHBY, KIRBY, NEWBURGH, SELBY)


def _rounded(count: int) -> int:
    return 10 * ((count + 5) // 10)


def _members(register: AreaRegister, area: Area, year: int) -> list[str]:
    def is_within(code: str) -> bool:
        return code == area.code or (bool(code) and is_within(register[code].parent_code))

    return [code for code in councils_in(year) if is_within(code)]


def _count(council: str, year: int, column: int) -> int:
    """Any numbers will do, so long as no two cells are alike."""
    return 11 * int(council[-1]) + 7 * column + 2 * (year - 2000)


def _wide(category: str, columns: Sequence[str], years: Sequence[int], *, has_total: bool = True) -> pd.DataFrame:
    register = invented_areas()
    lines = []
    for year in sorted(years, reverse=True):
        for area in register:
            members = _members(register, area, year)
            if area.level is AreaLevel.COUNCIL and area.code not in members:
                continue
            counts = [sum(_count(code, year, column) for code in members) for column in range(len(columns))]
            if has_total:
                counts[0] = sum(counts[1:])
            if area.level is not AreaLevel.COUNCIL:
                counts = [_rounded(count) for count in counts]
            figures = dict(zip(columns, counts, strict=True))
            lines.append(_place(register, area, year) | {"category": category} | figures)
    return pd.DataFrame(lines).astype("str")


def _place(register: AreaRegister, area: Area, year: int) -> dict[str, object]:
    level = {AreaLevel.COUNTRY: "National", AreaLevel.COUNCIL: "Local authority"}.get(area.level, "Regional")
    region = {"National": None, "Regional": area}.get(level, register[area.parent_code] if area.parent_code else None)
    council = area if level == "Local authority" else None
    return {
        "time_period": year,
        "time_identifier": "Reporting year",
        "geographic_level": level,
        "country_code": COUNTRY,
        "country_name": "Arden",
        "region_code": region.code if region else "",
        "region_name": region.name if region else "",
        "old_la_code": "901" if council else "",
        "new_la_code": council.code if council else "",
        "la_name": council.name if council else "",
    }


def referrals_by_month(years: Sequence[int] = YEARS) -> pd.DataFrame:
    """Table c6; the country's and regions' figures are rounded to 10, each by itself."""
    return _wide("Month of referral", ("Referrals", *MONTH_NAMES), years)


def referrals_by_source(years: Sequence[int] = YEARS) -> pd.DataFrame:
    """Table c5."""
    return _wide("Source of referral", ("Referrals", *SOURCES), years)


def referrals_and_rereferrals(years: Sequence[int] = YEARS) -> pd.DataFrame:
    """Table c1, with rates and percentages that say nothing."""
    counts = ("Referrals", "Re_referrals", "No_Further_Action", "Not_in_Need", "Referrals_child", "Re_referrals_child")
    table = _wide("Referrals and Re-referrals", counts, years, has_total=False)
    for place, (name, value) in enumerate(
        {
            "Referrals_rate": "552.8", "Re_referrals_percent": "21.5", "No_Further_Action_percent": "7.6",
            "Not_in_Need_percent": "100", "Referrals_child_rate": "490", "Re_referrals_child_percent": "20.2",
        }.items()
    ):  # fmt: skip
        table.insert(12 + 2 * place, name, value)
    return table


FILE_NAMES = {
    "referrals_by_month": "c6_children_in_need_referrals_by_month_2020_to_2022.csv",
    "referrals_by_source": "c5_children_in_need_referrals_by_source_2020_to_2022.csv",
    "referrals_and_rereferrals": "c1_children_in_need_referrals_and_rereferrals_2020_to_2022.csv",
}
TABLES = {
    "referrals_by_month": referrals_by_month,
    "referrals_by_source": referrals_by_source,
    "referrals_and_rereferrals": referrals_and_rereferrals,
}


def write_table(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_csv(path, index=False, lineterminator="\n")
    return path


def write_all(folder: Path) -> dict[str, Path]:
    """One sound file of every table."""
    return {name: write_table(TABLES[name](), folder / FILE_NAMES[name]) for name in TABLES}


def read(path: Path) -> CheckedExtract:
    return read_extract(path, load_layout(), invented_areas())
