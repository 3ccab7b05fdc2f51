"""A maturity matrix: grades in an order, between which nothing is measured. So they are never averaged or added up."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ehforecast.errors import SettingsError

GRADES = ("early", "developing", "maturing", "mature")
"""Source: Early Help maturity matrix of the national Troubled Families programme (2018), as Westminster uses it."""


def grade_table(strands: Mapping[str, Mapping[str, Sequence[str]]], *, source: str, key: str) -> pd.DataFrame:
    """Grades by strand and year: ``strand, year, low, high, source``; one in between is kept as both its neighbours.

    Raises `SettingsError` for a grade that does not exist, or two that are not neighbours in their order.
    """
    rows = []
    for strand, years in strands.items():
        for year, given in sorted(years.items()):
            places = [GRADES.index(grade) if grade in GRADES else -1 for grade in given]
            if not 1 <= len(places) <= 2 or min(places) < 0 or (len(places) == 2 and places[1] != places[0] + 1):
                raise SettingsError(
                    f"key '{key}.{strand}.{year}': one grade, or two neighbours, the lower first: {', '.join(GRADES)}"
                )
            rows.append((strand, year, GRADES[places[0]], GRADES[places[-1]], source))
    return pd.DataFrame(rows, columns=["strand", "year", "low", "high", "source"])


def grade_changes(grades: pd.DataFrame) -> pd.DataFrame:
    """From each strand's first year to its last: ``strand, first, second, change``; in words, for steps are not equal.

    A move is sure only where the whole of one grade lies above the whole of the other.

    >>> told = {"Culture": {"2017": ["early"], "2018": ["early", "developing"]}}
    >>> grade_changes(grade_table(told, source="s", key="k"))["change"].tolist()
    ['may have moved up']
    """
    rows = []
    for strand, part in grades.groupby("strand", sort=False):
        ordered = part.sort_values("year")
        first, last = ordered.iloc[0], ordered.iloc[-1]
        change = "only one year is graded" if len(ordered) < 2 else _change(first, last)
        rows.append((strand, str(first["year"]), str(last["year"]), change))
    return pd.DataFrame(rows, columns=["strand", "first", "second", "change"])


def _change(first: "pd.Series[str]", last: "pd.Series[str]") -> str:
    before, after = ((GRADES.index(row["low"]), GRADES.index(row["high"])) for row in (first, last))
    if before == after:
        return "no change"
    if after[0] >= before[1]:
        return "moved up" if after[0] > before[1] else "may have moved up"
    return "moved down" if after[1] < before[0] else "may have moved down"
