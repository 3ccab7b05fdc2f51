"""A synthetic council written in each layout comes back as it was, save what the layout says it does not hold."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import extracts
import pandas as pd
import pytest

from ehforecast.contracts import check_council, load_contract
from ehforecast.contracts.council_layout import load_council_layout
from ehforecast.contracts.read_council import COUNCIL_LAYOUTS, council_from_files, read_council
from ehforecast.synthetic.annex_a_files import write_annex_a
from ehforecast.synthetic.annex_a_workbook import write_annex_a_workbook
from ehforecast.synthetic.council import SyntheticCouncil
from ehforecast.synthetic.plain_files import FileFormat, write_plain
from ehforecast.synthetic.ssd_dialects import as_mosaic, as_system_c
from ehforecast.synthetic.ssd_files import write_ssd

LAST = extracts.PLAN.extracted_on
FIRST_OF_WINDOW = pd.Timestamp("2022-10-01")
MAPS = extracts.example_maps()

# What comes through, layout by layout. A column that leaves this list must be taken out here too.
HELD = {
    "ssd": {
        "people": "person_id birth_month sex ethnicity disability died_on",
        "families": "family_id person_id",
        "contacts": "contact_id person_id contact_on source",
        "early_help_episodes": "episode_id person_id started_on reason lead_organisation ended_on end_reason",
        "referrals":
            "referral_id person_id referral_on source no_further_action primary_need closed_on close_reason",
        "assessments":
            "assessment_id person_id referral_id started_on completed_on outcome_no_further_action",
        "assessment_factors": "assessment_id factor",
        "statutory_steps": "step_id person_id referral_id step started_on ended_on",
    },
    "annex_a": {
        "people": "person_id birth_month sex ethnicity",
        "contacts": "person_id contact_on source",
        "early_help_episodes": "person_id started_on lead_organisation",
        "referrals": "person_id referral_on source no_further_action",
        "assessments": "person_id started_on completed_on outcome_no_further_action",
        "statutory_steps": "person_id step started_on",
    },
    "plain_tables": {
        name: " ".join(load_contract(name).column_names) for name in load_council_layout("plain_tables").gives
    },
}  # fmt: skip

SSD_FORMS: dict[str, dict[str, Any]] = {
    "csv": {},
    "parquet": {"file_format": "parquet"},
    "factors as object": {"factor_shape": "object"},
    "factors under one key": {"factor_shape": "repeated_key"},
    "System C": {"dialect": lambda frames: as_system_c(frames, MAPS)},
    "Mosaic": {"dialect": lambda frames: as_mosaic(frames, MAPS)},
    "Mosaic in Parquet": {"file_format": "parquet", "dialect": lambda frames: as_mosaic(frames, MAPS)},
}


@pytest.fixture(scope="module")
def council() -> SyntheticCouncil:
    return extracts.draw()


@pytest.mark.parametrize("layout", COUNCIL_LAYOUTS)
def test_the_list_of_what_comes_through(layout: str) -> None:
    told = load_council_layout(layout)
    held = {
        name: " ".join(
            column for column in load_contract(name).column_names if column not in told.not_held.get(name, {})
        )
        for name in told.gives
    }
    # Catches a column given up in a layout without anybody saying so here.
    assert held == HELD[layout]


@pytest.mark.parametrize("form", SSD_FORMS)
def test_ssd(council: SyntheticCouncil, tmp_path: Path, form: str) -> None:
    write_ssd(council, tmp_path, **SSD_FORMS[form])
    maps = MAPS if form.startswith(("System C", "Mosaic")) else None
    source = read_council(tmp_path, extracted_on=LAST, code_maps=maps)
    # Catches another layout recognised.
    assert source.layout == "ssd"
    # Catches a difference between the ways of writing the same council.
    _assert_ssd_is(council, extracts.select_all(source))


def test_ssd_staged_from_a_database(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path, file_format="parquet")
    staged = {}
    for number, path in enumerate(sorted(tmp_path.iterdir())):
        staged[path.stem.removeprefix("ssd_").upper()] = path.rename(tmp_path / f"{number}.parquet")
    source = council_from_files(staged, extracted_on=LAST)
    # Catches tables known by the name of their file instead of the name they were given.
    _assert_ssd_is(council, extracts.select_all(source))


def _assert_ssd_is(council: SyntheticCouncil, got: dict[str, pd.DataFrame]) -> None:
    for name, columns in HELD["ssd"].items():
        expected = council.tables[name]
        if name == "statutory_steps":
            expected = expected[expected["step"] != "looked_after"]
        # Catches a cell lost, changed or invented on the way.
        pd.testing.assert_frame_equal(
            extracts.as_text(got[name], columns.split()), extracts.as_text(expected, columns.split())
        )
        # Catches columns missing, added, or in another order than the contract's.
        assert tuple(got[name].columns) == load_contract(name).column_names
    result = check_council(got, as_of=LAST)
    # Catches assumed days that break a rule: every row is as usable as it was.
    assert {count.table: dict(count.set_aside) for count in result.tables if count.set_aside} == {}


def test_ssd_outcomes(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path)
    got = extracts.select_all(read_council(tmp_path, extracted_on=LAST))["contacts"].set_index("contact_id")["outcome"]
    true = council.tables["contacts"].set_index("contact_id")["outcome"]
    told = true[(true != "early_help") & true.notna()]
    # Catches one outcome read as another, or lost, where the dataset has a key for it.
    assert got[told.index].equals(told.astype(object))
    # Catches an outcome where none was recorded.
    assert got[true[true.isna()].index].isna().all()
    helped = got[true[true == "early_help"].index]
    # Catches early help told as something else; it may be absent, for the episode may be late.
    assert set(helped.dropna()) == {"early_help"}
    # Catches a window that finds no episode.
    assert helped.notna().mean() > 0.5


def test_mosaic_outcomes_are_the_strongest_of_the_list(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_ssd(council, tmp_path, dialect=lambda frames: as_mosaic(frames, MAPS))
    source = read_council(tmp_path, extracted_on=LAST, code_maps=MAPS)
    got = extracts.as_text(extracts.select_all(source)["contacts"], ["contact_id", "outcome"])
    # Catches the first of several outcomes taken instead of the strongest.
    pd.testing.assert_frame_equal(got, extracts.as_text(council.tables["contacts"], ["contact_id", "outcome"]))


@pytest.mark.parametrize("file_format", ["csv", "parquet"])
def test_plain_tables(council: SyntheticCouncil, tmp_path: Path, file_format: FileFormat) -> None:
    write_plain(council.tables, tmp_path, file_format=file_format)
    source = read_council(tmp_path, extracted_on=LAST)
    got = extracts.select_all(source)
    # Catches a table left out.
    assert set(got) == set(council.tables)
    for name, columns in HELD["plain_tables"].items():
        # Catches a cell lost, changed or invented on the way.
        pd.testing.assert_frame_equal(
            extracts.as_text(got[name], columns.split()), extracts.as_text(council.tables[name], columns.split())
        )
    # Catches a day of extract or of a window where there is none.
    assert (source.layout, source.covers_from, source.not_held) == ("plain_tables", None, {})


def _csv(council: SyntheticCouncil, folder: Path) -> Path:
    write_annex_a(council, folder)
    return folder


def _numbered_csv(council: SyntheticCouncil, folder: Path) -> Path:
    write_annex_a(council, folder, named=False)
    return folder


def _workbook(**style: bool) -> Callable[[SyntheticCouncil, Path], Path]:
    return lambda council, folder: write_annex_a_workbook(council, folder / "annex a.xlsx", **style)


ANNEX_A_FORMS: dict[str, Callable[[SyntheticCouncil, Path], Path]] = {
    "csv": _csv,
    "numbered csv": _numbered_csv,
    "workbook": _workbook(),
    "named sheets": _workbook(named=True),
    "other headers": _workbook(other_headers=True, named=True),
}


@pytest.mark.parametrize("form", ANNEX_A_FORMS)
def test_annex_a(council: SyntheticCouncil, tmp_path: Path, form: str) -> None:
    source = read_council(ANNEX_A_FORMS[form](council, tmp_path), extracted_on=LAST)
    got = extracts.select_all(source)
    # Catches another layout recognised, and another window than the six months.
    assert (source.layout, source.covers_from) == ("annex_a", FIRST_OF_WINDOW.date())
    for name, columns in HELD["annex_a"].items():
        expected = _in_window(council, got)[name]
        # Catches a cell lost, changed or invented on the way.
        pd.testing.assert_frame_equal(
            extracts.as_text(got[name], columns.split()), extracts.as_text(expected, columns.split())
        )
    result = check_council(got, as_of=LAST)
    aside = {count.table: set(count.set_aside) for count in result.tables if count.set_aside}
    # Catches rows that cannot be used, save assessments whose referral came before the six months.
    assert aside.get("assessments", set()) <= {"referral_id_is_given"}
    assert set(aside) <= {"assessments"}


def _in_window(council: SyntheticCouncil, got: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    tables = dict(council.tables)
    days = {"contacts": "contact_on", "early_help_episodes": "started_on", "referrals": "referral_on"}
    for name, day in {**days, "assessments": "started_on"}.items():
        tables[name] = tables[name][tables[name][day] >= FIRST_OF_WINDOW]
    steps = tables["statutory_steps"]
    open_ = steps["ended_on"].isna() | (steps["ended_on"] >= FIRST_OF_WINDOW)
    tables["statutory_steps"] = steps[open_ & (steps["step"] != "child_in_need_plan")]
    tables["people"] = tables["people"][tables["people"]["person_id"].isin(got["people"]["person_id"])]
    return tables


def test_annex_a_closures_come_from_list_6(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_annex_a(council, tmp_path)
    got = extracts.select_all(read_council(tmp_path, extracted_on=LAST))["referrals"]
    columns = ["person_id", "referral_on", "primary_need", "closed_on", "close_reason"]
    true = council.tables["referrals"]
    accepted = true[(true["referral_on"] >= FIRST_OF_WINDOW) & (true["no_further_action"] == "no")]
    got = got[got["no_further_action"] == "no"]
    # Catches needs and closures lost, or given to another referral of the same child.
    pd.testing.assert_frame_equal(extracts.as_text(got, columns), extracts.as_text(accepted, columns))


def test_annex_a_links_assessments_to_the_latest_referral(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_annex_a(council, tmp_path)
    got = extracts.select_all(read_council(tmp_path, extracted_on=LAST))
    linked = got["assessments"].merge(got["referrals"], on="referral_id", suffixes=("", "_referral"))
    # Catches links across people, or to a referral that came later.
    assert (linked["person_id"] == linked["person_id_referral"]).all()
    assert (linked["started_on"] >= linked["referral_on"]).all()
    # Catches no links at all.
    assert len(linked) > 0.9 * len(got["assessments"])


def test_annex_a_ids_are_the_same_in_a_later_extract(council: SyntheticCouncil, tmp_path: Path) -> None:
    write_annex_a(council, tmp_path / "six", months=6)
    write_annex_a(council, tmp_path / "nine", months=9)
    six, nine = (extracts.select_all(read_council(tmp_path / name, extracted_on=LAST)) for name in ("six", "nine"))
    for table, key in (("contacts", "contact_id"), ("referrals", "referral_id"), ("statutory_steps", "step_id")):
        # Catches ids that number the rows of one extract: the same contact must have the same id in the next.
        assert set(six[table][key]) <= set(nine[table][key])
        # Catches two rows under one id.
        assert six[table][key].is_unique
