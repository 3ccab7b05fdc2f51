"""The calendar beside another one made independently: bank holidays agree, school terms nearly."""

from pathlib import Path

import pandas as pd
import pytest

from ehforecast.reference.days import days


@pytest.fixture(scope="module")
def published(real_data: Path) -> pd.DataFrame:
    path = real_data / "uk" / "england_calendar_2012_2027.csv"
    return pd.read_csv(path, parse_dates=["date"], keep_default_na=False).set_index("date")


@pytest.fixture(scope="module")
def ours() -> pd.DataFrame:
    return days(2012, 2027)


def test_working_days_are_the_same(published: pd.DataFrame, ours: pd.DataFrame) -> None:
    # Catches a bank holiday missed, moved or invented in any of sixteen years.
    assert ours.index.equals(published.index)
    assert ours.index[ours["working_day"] != published["working_day"]].tolist() == []


def test_bank_holidays_have_the_same_names(published: pd.DataFrame, ours: pd.DataFrame) -> None:
    # Catches a holiday on the right day for the wrong reason.
    assert ours.index[ours["bank_holiday"] != published["bank_holiday_name"]].tolist() == []


def test_school_days_differ_on_at_most_12_days_a_year(published: pd.DataFrame, ours: pd.DataFrame) -> None:
    differ = (ours["school_day"] != published["school_day_indicative"]).groupby(ours.index.year).sum()
    # Both follow a rule, neither any council's dates: a half term may be a week apart (10 days), and the summer begins
    # a day or two apart. Catches a holiday that is missing or in another month.
    assert differ.max() <= 12


def test_school_holidays_fall_in_the_same_months(published: pd.DataFrame, ours: pd.DataFrame) -> None:
    by_month = ours.index.to_period("M")
    differ = (ours["school_day"].astype(int) - published["school_day_indicative"].astype(int)).groupby(by_month).sum()
    # What forecasts use is the number of school days in a month: Easter alone may move some between March and April.
    # Catches a rule that puts a half term into the month before or after.
    assert differ[~differ.index.month.isin([3, 4])].abs().max() <= 2
