"""Synthetic councils as files: the columns, codes and outcome shapes that case systems and inspectors use."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ehforecast.synthetic.annex_a_files import SHEETS, annex_a_frames, write_annex_a
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import write_plain
from ehforecast.synthetic.ssd_files import FACTOR_SHAPES, ssd_frames, write_ssd


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_plain_files_hold_the_tables(small_council: SyntheticCouncil, tmp_path: Path, file_format: str) -> None:
    paths = write_plain(small_council.tables, tmp_path, file_format=file_format)  # type: ignore[arg-type]
    contacts = {path.stem: path for path in paths}["contacts"]
    read = pd.read_csv(contacts, dtype="str") if file_format == "csv" else pd.read_parquet(contacts)
    # Catches a table or rows that were not written.
    assert {path.stem for path in paths} == set(small_council.tables)
    assert len(read) == len(small_council.tables["contacts"])
    # Catches dates in another form than year-month-day.
    assert pd.to_datetime(read["contact_on"]).equals(small_council.tables["contacts"]["contact_on"])


def test_ssd_folder(small_council: SyntheticCouncil, tmp_path: Path) -> None:
    paths = {path.stem: path for path in write_ssd(small_council, tmp_path)}
    contacts = pd.read_csv(paths["ssd_contacts"], dtype="str")
    outcome = contacts["cont_contact_outcome_json"].dropna().map(json.loads)
    yes = outcome.map(lambda keys: [key for key, value in keys.items() if value == "Y"])
    # Catches an outcome that is not JSON, or that says two things.
    assert (yes.map(len) == 1).all()
    # Catches outcomes under other keys than the dataset's; it has none for early help.
    assert set(yes.map(lambda keys: keys[0])) == {
        "NFA_FLAG", "ADVICE_FLAG", "NEW_REFERRAL_FLAG", "OTHER_OUTCOMES_EXIST_FLAG",
    }  # fmt: skip
    # Catches dates without their time of day, which databases export.
    assert contacts["cont_contact_date"].str.fullmatch(r"\d{4}-\d\d-\d\d 00:00:00").all()
    # Catches a table that the dataset has and we have rows for, forgotten.
    assert {"ssd_person", "ssd_family", "ssd_cin_episodes", "ssd_s47_enquiry", "ssd_cp_plans"} <= set(paths)


def test_ssd_letters_keep_three_states(small_council: SyntheticCouncil) -> None:
    letters = ssd_frames(small_council)["ssd_cin_episodes"]["cine_referral_nfa"]
    # Catches unknown written as no.
    assert letters.isna().sum() == (small_council.tables["referrals"]["no_further_action"] == "unknown").sum()
    assert set(letters.dropna()) == {"Y", "N"}


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("list", '["1A", "2B"]'),
        ("object", '{"1A": "Yes", "2B": "Yes"}'),
        ("repeated_key", '{"FACTOR": "1A", "FACTOR": "2B"}'),
    ],
)
def test_factor_shapes(shape: str, expected: str) -> None:
    # Catches a shape that no version of the dataset has.
    assert FACTOR_SHAPES[shape](["1A", "2B"]) == expected


def test_no_factor_is_lost(small_council: SyntheticCouncil) -> None:
    shaped = ssd_frames(small_council)["ssd_assessment_factors"]["cinf_assessment_factors_json"]
    # Catches factors dropped when they are put together.
    assert shaped.map(lambda text: len(json.loads(text))).sum() == len(small_council.tables["assessment_factors"])


def test_annex_a_lists(small_council: SyntheticCouncil, tmp_path: Path) -> None:
    paths = {path.stem: path for path in write_annex_a(small_council, tmp_path)}
    # Catches a list without its file.
    assert set(paths) == set(SHEETS.values())
    contacts = pd.read_csv(paths["Contacts"], dtype="str")
    # Catches dates that are not day/month/year.
    assert contacts["Date of Contact"].str.fullmatch(r"\d\d/\d\d/20\d\d").all()
    # Catches more than the six months that Annex A covers.
    days = pd.to_datetime(contacts["Date of Contact"], format="%d/%m/%Y")
    assert days.min() >= pd.Timestamp("2022-10-01")
    patterns = {
        "Gender": r"[a-d]\) .+",
        "Ethnicity": r"[a-u]\) ([A-Z]{4}|UNKNOWN)",
        "Contact Source": r"(p1|[a-u])\) \d+[A-F]?: .+",
    }
    for column, pattern in patterns.items():
        # Catches codes that are not spelt as Ofsted spells them.
        assert contacts[column].str.fullmatch(pattern).all()


def test_annex_a_letters(small_council: SyntheticCouncil) -> None:
    lists = annex_a_frames(small_council, months=48)
    # Catches letters that have slipped by one.
    assert {"a) WBRI", "j) AIND", "q) CHNE", "s) REFU", "t) NOBT", "u) UNKNOWN"} <= set(lists["List 1"]["Ethnicity"])
    assert {"e) 2A: Schools", "q) 6: Police", "u) 10: Unknown", "p1) 5D: LA services"} <= set(
        lists["List 1"]["Contact Source"]
    )
    # Catches yes and no the wrong way round.
    answers = lists["List 3"]["Referral NFA?"].value_counts(normalize=True)
    assert answers["b) No"] > 0.85


def test_annex_a_counts_earlier_referrals(small_council: SyntheticCouncil) -> None:
    referrals = annex_a_frames(small_council)["List 3"]
    counted = referrals["Number of Referrals in Last 12 Months"]
    every = small_council.tables["referrals"]
    for row in range(0, len(referrals), 10):
        child, on = referrals.loc[row, "Child Unique ID"], referrals.loc[row, "Date of referral"]
        before = every[(every["person_id"] == child) & (every["referral_on"] < on)]
        # Catches a window that ends today instead of at the referral.
        assert counted[row] == (before["referral_on"] >= on - pd.Timedelta(days=365)).sum()


def test_numbered_lists(small_council: SyntheticCouncil, tmp_path: Path) -> None:
    # Catches the other naming style forgotten.
    assert {path.name for path in write_annex_a(small_council, tmp_path, named=False)} == {
        f"List {number}.csv" for number in range(1, 9)
    }
