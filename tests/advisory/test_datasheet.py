"""The datasheet: words out of the contracts, counts rounded and hidden where small, refused where any are missing."""

from dataclasses import replace

import pandas as pd
import pytest
from explain_sample import RECEIVED, sheet_account

from ehforecast.advisory.datasheet import Datasheet, make_datasheet
from ehforecast.advisory.protection import HIDDEN
from ehforecast.contracts import load_contract
from ehforecast.errors import ReleaseRefused


def sheet(**changes: object) -> Datasheet:
    return replace(make_datasheet([sheet_account()], received=RECEIVED), **changes)  # type: ignore[arg-type]  # fields by name


def test_counts_are_rounded_and_small_ones_hidden() -> None:
    found = sheet()
    rules = dict(zip(found.rules["rule"], found.rules["rows"], strict=True))
    # By hand: 1,203 to 1,205; 12 to 10; 3 is hidden; a rule nothing broke is not there.
    assert found.tables[["rows_used", "set_aside"]].to_numpy().tolist() == [[1205, 15]]
    assert rules == {"ended_on_is_not_before_started_on": 10, "person_id_is_in_people": HIDDEN}


def test_shares_tell_no_more_than_the_counts() -> None:
    shares = sheet().columns.set_index("column")["not_recorded"]
    # Catches the share of three rows told exactly: 605 of 1,205 as shown, and nothing of a hidden count.
    assert shares["ended_on"] == pytest.approx(605 / 1205)
    assert pd.isna(shares["end_reason"])
    assert shares["started_on"] == 0
    empty = make_datasheet([sheet_account(rows=0)], received=RECEIVED).columns["not_recorded"]
    # Catches a division by no rows at all.
    assert empty.isna().all()


def test_every_column_of_the_contract_is_described() -> None:
    found = sheet().columns
    # Catches a column left out, or one without what it may be used for.
    assert found["column"].tolist() == list(load_contract("early_help_episodes").column_names)
    assert (found[["meaning", "permitted_use"]] != "").all(axis=None)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"purpose": "triage"}, "a purpose from the closed list"),
        ({"run_id": ""}, "the id of the run"),
        ({"data_source": " "}, "the source of the data"),
        ({"tables": sheet().tables.iloc[:0]}, "at least one table"),
        ({"tables": sheet().tables.assign(limitations="")}, "what and limitations of 1 tables"),
        ({"tables": sheet().tables.assign(rows_used=1203)}, "counts that are rounded"),
        ({"rules": sheet().rules.assign(rows=5)}, "counts that are rounded"),
    ],
)
def test_what_is_missing_is_named(changes: dict[str, object], words: str) -> None:
    # Catches a datasheet that gives a count away or says nothing of what is missing.
    with pytest.raises(ReleaseRefused, match=words):
        sheet(**changes)
