"""A synthetic council through contracts, checks and store: what was known on a day, against plain filters."""

from datetime import date

import pandas as pd
import pytest

from ehforecast.contracts import QualityResult, check_council, load_contract
from ehforecast.store import Store
from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

PLAN = CouncilPlan(seed=3, years=2, contacts_a_year=2500, warm_up_years=1)
EVENTS = ("contacts", "early_help_episodes", "referrals", "assessments", "assessment_factors", "statutory_steps")


@pytest.fixture(scope="module")
def checked() -> QualityResult:
    return check_council(draw_council(PLAN).tables, as_of=PLAN.extracted_on)


@pytest.fixture(scope="module")
def store(checked: QualityResult, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("council") / "store")
    store.load_council(checked)
    return store


def filtered(frame: pd.DataFrame, table: str, day: pd.Timestamp) -> pd.DataFrame:
    rows = frame[frame["recorded_on"] <= day].sort_values(list(load_contract(table).key), ignore_index=True).copy()
    for column in load_contract(table).columns:
        if column.recorded_on and column.recorded_on != column.name:
            rows[column.name] = rows[column.name].where(rows[column.recorded_on] <= day)
    for column in load_contract(table).columns:
        if column.recorded_on == column.name:
            rows[column.name] = rows[column.name].where(rows[column.name] <= day)
    return rows


def test_every_row_of_a_synthetic_council_is_used(checked: QualityResult) -> None:
    # Catches contracts and synthetic councils that do not mean the same tables.
    assert checked.find_broken("error") == ()


@pytest.mark.parametrize("day", [date(2018, 4, 1), date(2018, 11, 15), date(2019, 12, 31), PLAN.extracted_on])
def test_known_is_what_was_recorded(store: Store, checked: QualityResult, day: date) -> None:
    view = store.known_by(day)
    for table in (*EVENTS, "people", "families"):
        expected = filtered(checked.used[table], table, pd.Timestamp(day))
        # Catches a part of a row shown before its day, on a council with late recording of every kind.
        pd.testing.assert_frame_equal(view[table], expected, check_dtype=False)
    # Catches a filter so strict that nothing is left to compare.
    assert len(view["contacts"]) > 0 or day < date(2018, 5, 1)
