"""A valid sample of each contract passes; for every rule there is a row that breaks it, and only it."""

from collections.abc import Sequence

import pandas as pd
import pytest

from ehforecast.contracts import check_table, load_contract
from ehforecast.contracts.rules import column_rules, row_rules

Row = dict[str, str | None]

COUNTS: Row = {
    "area_code": "T06000001", "area_name": "Hurst", "area_level": "council", "measure": "referrals",
    "referral_source": "all", "period_start": "2021-04-01", "period_end": "2021-04-30", "period_step": "month",
    "count": "17", "absent_because": None, "rounded_to": "1",
}  # fmt: skip
INDICATORS: Row = {
    "area_code": "T06000001", "area_name": "Hurst", "area_level": "council", "indicator": "re_referrals_share",
    "period_start": "2021-04-01", "period_end": "2022-03-31", "unit": "percent", "value": "21.5",
    "absent_because": None, "rounded_to": "0.1",
}  # fmt: skip
SAMPLES: dict[str, list[Row]] = {
    "demand_counts": [
        COUNTS,
        COUNTS | {"period_start": "2024-02-01", "period_end": "2024-02-29", "count": "0"},
        COUNTS | {"period_step": "year", "period_end": "2022-03-31", "count": None, "absent_because": "suppressed"},
    ],
    "indicators": [
        INDICATORS,
        INDICATORS | {"indicator": "referrals", "unit": "referrals", "value": "640", "rounded_to": "1"},
        INDICATORS | {"indicator": "rate", "unit": "per_10k_children", "value": None, "absent_because": "blank"},
    ],
}  # fmt: skip

BROKEN_COUNTS: dict[str, Row | None] = {
    "area_code_is_given": COUNTS | {"area_code": " "},
    "area_name_is_given": COUNTS | {"area_name": None},
    "area_level_is_given": COUNTS | {"area_level": None},
    "area_level_is_a_word_of_area_level": COUNTS | {"area_level": "borough"},
    "measure_is_given": COUNTS | {"measure": None},
    "measure_is_one_this_contract_knows": COUNTS | {"measure": "contacts"},
    "referral_source_is_given": COUNTS | {"referral_source": None},
    "referral_source_is_a_word_of_referral_source": COUNTS | {"referral_source": "Police"},
    "period_start_is_given": COUNTS | {"period_start": None},
    "period_start_is_a_date": COUNTS | {"period_start": "01/04/2021"},
    "period_end_is_given": COUNTS | {"period_end": None},
    "period_end_is_a_date": COUNTS | {"period_end": "2021-04-31"},
    "period_step_is_given": COUNTS | {"period_step": None},
    "period_step_is_a_month_or_a_year": COUNTS | {"period_step": "week"},
    "count_is_a_whole_number_of_zero_or_more": COUNTS | {"count": "-1"},
    "absent_because_is_a_word_of_absence_reason": COUNTS | {"count": None, "absent_because": "c"},
    "rounded_to_is_given": COUNTS | {"rounded_to": None},
    "rounded_to_is_a_whole_number_of_one_or_more": None,  # 0 breaks the next rule too
    "rounded_to_is_1_or_10": COUNTS | {"rounded_to": "5"},
    "a_missing_count_has_a_reason": COUNTS | {"count": None},
    "a_given_count_has_no_reason_to_be_missing": COUNTS | {"absent_because": "suppressed"},
    "a_month_is_one_whole_calendar_month": COUNTS | {"period_end": "2021-05-31"},
    "a_year_is_twelve_whole_months": COUNTS | {"period_step": "year", "period_end": "2022-04-30"},
    "one_row_per_area_source_and_period": SAMPLES["demand_counts"][0],
}
BROKEN_INDICATORS: dict[str, Row | None] = {
    "area_code_is_given": INDICATORS | {"area_code": ""},
    "area_name_is_given": INDICATORS | {"area_name": None},
    "area_level_is_given": INDICATORS | {"area_level": None},
    "area_level_is_a_word_of_area_level": INDICATORS | {"area_level": "Council"},
    "indicator_is_given": INDICATORS | {"indicator": None},
    "period_start_is_given": INDICATORS | {"period_start": None},
    "period_start_is_a_date": INDICATORS | {"period_start": "2021"},
    "period_end_is_given": INDICATORS | {"period_end": None},
    "period_end_is_a_date": INDICATORS | {"period_end": "20220331"},
    "unit_is_given": INDICATORS | {"unit": None},
    "unit_is_one_this_contract_knows": INDICATORS | {"unit": "per_1000_children"},
    "value_is_a_number_of_zero_or_more": INDICATORS | {"value": "-0.5"},
    "absent_because_is_a_word_of_absence_reason": INDICATORS | {"value": None, "absent_because": "hidden"},
    "rounded_to_is_given": INDICATORS | {"rounded_to": None},
    "rounded_to_is_a_number_above_zero": INDICATORS | {"rounded_to": "0"},
    "a_missing_value_has_a_reason": INDICATORS | {"value": None},
    "a_given_value_has_no_reason_to_be_missing": INDICATORS | {"absent_because": "not_applicable"},
    "a_count_is_a_whole_number": INDICATORS | {"unit": "children", "value": "3.5"},
    "a_percentage_is_at_most_100": INDICATORS | {"value": "100.1"},
    "a_year_is_twelve_whole_months": INDICATORS | {"period_end": "2021-04-30"},
    "one_row_per_area_indicator_and_period": SAMPLES["indicators"][0],
}
BROKEN: dict[str, dict[str, Row | None]] = {"demand_counts": BROKEN_COUNTS, "indicators": BROKEN_INDICATORS}
CASES = [(contract, rule, row) for contract, rows in BROKEN.items() for rule, row in rows.items() if row is not None]


def broken_rules(contract: str, rows: Sequence[Row]) -> dict[str, int]:
    findings = check_table(pd.DataFrame(rows), load_contract(contract), file="sample.csv")
    return {finding.rule: finding.count for finding in findings}


@pytest.mark.parametrize("contract", SAMPLES)
def test_valid_sample_passes(contract: str) -> None:
    # Catches a rule that refuses what the contract promises to take.
    assert broken_rules(contract, SAMPLES[contract]) == {}


@pytest.mark.parametrize("contract", BROKEN)
def test_every_rule_has_a_breaking_row(contract: str) -> None:
    rules = (*column_rules(load_contract(contract)), *row_rules(load_contract(contract)))
    # Catches a rule that was added without an example of what it refuses.
    assert [rule.name for rule in rules] == list(BROKEN[contract])


@pytest.mark.parametrize(("contract", "rule", "row"), CASES)
def test_row_breaks_its_rule_and_no_other(contract: str, rule: str, row: Row) -> None:
    is_about_its_key = rule.startswith(("one_row", "area_code"))
    rows = [*SAMPLES[contract], row if is_about_its_key else row | {"area_code": "T06000009"}]
    # Catches a rule that has stopped looking, and one fault reported under two names.
    assert broken_rules(contract, rows) == {rule: 1}


@pytest.mark.parametrize("count", ["3.7", "1e3", "1_000", "1,000", "+5", " 5", "0x1F", "inf", "nan", "٣", "9" * 30])
def test_whole_numbers_are_digits_alone(count: str) -> None:
    # Catches the engine's kindness: cast to a whole number it reads 3.7 as 4, 1e3 as 1000 and 1_000 as 1000.
    assert broken_rules("demand_counts", [COUNTS | {"count": count}]) == {"count_is_a_whole_number_of_zero_or_more": 1}


def test_rounding_to_nothing_breaks_both_its_rules() -> None:
    # Catches a lower bound that is never compared.
    assert broken_rules("demand_counts", [COUNTS | {"rounded_to": "0"}]).keys() == {
        "rounded_to_is_a_whole_number_of_one_or_more",
        "rounded_to_is_1_or_10",
    }


def test_typed_tables_are_checked_too() -> None:
    frame = pd.DataFrame([COUNTS, COUNTS | {"count": None}])
    typed = frame.assign(
        period_start=pd.to_datetime(frame["period_start"]),
        period_end=pd.to_datetime(frame["period_end"]),
        count=frame["count"].astype("Int64"),
    )
    findings = check_table(typed, load_contract("demand_counts"), file="typed")
    # Catches dates or missing numbers that turn into text no rule can read.
    assert {finding.rule: finding.count for finding in findings} == {"a_missing_count_has_a_reason": 1} | {
        "one_row_per_area_source_and_period": 1
    }
    # Catches a finding without its place.
    assert [(finding.file, finding.table, finding.column) for finding in findings] == [
        ("typed", "demand_counts", "count, absent_because"),
        ("typed", "demand_counts", "area_code, measure, referral_source, period_start, period_step"),
    ]


def test_missing_columns_are_reported_together() -> None:
    frame = pd.DataFrame([COUNTS]).drop(columns=["count", "measure"])
    findings = check_table(frame, load_contract("demand_counts"), file="f")
    # Catches a check that stops at the first missing column.
    assert [(finding.column, finding.rule) for finding in findings] == [
        ("measure", "every_column_of_the_contract_is_there"),
        ("count", "every_column_of_the_contract_is_there"),
    ]


def test_an_empty_table_breaks_nothing() -> None:
    # Catches a check that needs a row to count from.
    assert check_table(pd.DataFrame([COUNTS]).iloc[:0], load_contract("demand_counts"), file="f") == ()
