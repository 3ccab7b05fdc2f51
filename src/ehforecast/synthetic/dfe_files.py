"""Synthetic referrals written in the Department for Education's own wide layout."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from ehforecast.reference.area_codes import Area, AreaRegister
from ehforecast.vocabulary.areas import AreaLevel
from ehforecast.vocabulary.periods import MONTH_NAMES

LEVEL_NAMES = {AreaLevel.COUNTRY: "National", AreaLevel.REGION: "Regional", AreaLevel.COUNCIL: "Local authority"}
SUPPRESSED_BELOW, ROUNDED_TO = 6, 10


def write_referrals_by_month(counts: pd.DataFrame, areas: AreaRegister, *, folder: Path) -> Path:
    """Write councils' monthly counts as DfE's table C6, with regions and country rounded to 10 and 1 to 5 suppressed.

    Args:
        counts: (months, council codes), whole reporting years.
        areas: the register the codes belong to.
        folder: where to write; made if missing.
    """
    years = sorted(set(_reporting_years(counts)))
    table = pd.DataFrame([row for year in reversed(years) for row in _rows_of_year(counts, areas, year=year)])
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"c6_children_in_need_referrals_by_month_{years[0]}_to_{years[-1]}.csv"
    table.to_csv(path, index=False, lineterminator="\n")
    return path


def _reporting_years(counts: pd.DataFrame) -> list[int]:
    months = pd.PeriodIndex(counts.index)
    return [int(year) for year in months.year + (months.month >= 4)]


def _rows_of_year(counts: pd.DataFrame, areas: AreaRegister, *, year: int) -> Iterator[dict[str, object]]:
    of_year = counts[[reporting_year == year for reporting_year in _reporting_years(counts)]]
    for area in areas:
        members = [code for code in counts.columns if _is_within(areas, code, other=area.code)]
        months = of_year[members].sum(axis=1).tolist()
        yield _place(areas, area, year=year) | {"category": "Month of referral"} | _figures(months, area)


def _is_within(areas: AreaRegister, code: str, *, other: str) -> bool:
    while code and code != other:
        code = areas[code].parent_code
    return code == other


def _place(areas: AreaRegister, area: Area, *, year: int) -> dict[str, object]:
    country = next(other for other in areas if other.level is AreaLevel.COUNTRY)
    council = area.level is AreaLevel.COUNCIL
    region = area if area.level is AreaLevel.REGION else areas[area.parent_code] if council else None
    return {
        "time_period": year,
        "time_identifier": "Reporting year",
        "geographic_level": LEVEL_NAMES[area.level],
        "country_code": country.code,
        "country_name": country.name,
        "region_code": region.code if region else "",
        "region_name": region.name if region else "",
        "old_la_code": area.code[-3:] if council else "",
        "new_la_code": area.code if council else "",
        "la_name": area.name if council else "",
    }


def _figures(months: list[int], area: Area) -> dict[str, object]:
    values = dict(zip(("Referrals", *MONTH_NAMES), (sum(months), *months), strict=True))
    if area.level is AreaLevel.COUNCIL:
        return {name: "c" if 0 < value < SUPPRESSED_BELOW else value for name, value in values.items()}
    return {name: ROUNDED_TO * ((value + ROUNDED_TO // 2) // ROUNDED_TO) for name, value in values.items()}
