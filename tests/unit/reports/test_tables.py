"""The tables beside the page: tidy, explained, and safe to open in a spreadsheet."""

import csv
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import InventedArea, make_demand_result
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.demand.results import DemandResult
from ehforecast.reports.page_table import Column
from ehforecast.reports.safe_csv import FORMULA_STARTS, csv_bytes, neutral

Write = Callable[[DemandResult], Path]


@given(st.sampled_from(FORMULA_STARTS), st.text(max_size=20), st.sampled_from(["", " ", "\u00a0", "  "]))
def test_text_never_starts_like_a_formula(start: str, rest: str, spaces: str) -> None:
    shown = neutral(spaces + start + rest)
    # Catches a cell that a spreadsheet would run, also behind spaces that it strips.
    assert shown == f"'{spaces}{start}{rest}"


@pytest.mark.parametrize(
    ("value", "shown"), [(-3.0, -3), (-0.25, -0.25), (12, 12), ("Ashby Vale", "Ashby Vale"), ("", "")]
)
def test_numbers_and_plain_text_are_left_alone(value: object, shown: object) -> None:
    # Catches a negative number that becomes text, and a name that is changed without need.
    assert neutral(value) == shown
    assert type(neutral(value)) is type(shown)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), min_size=2, max_size=2), max_size=4
    )
)
def test_csv_reads_back_as_it_was_written(rows: list[list[str]]) -> None:
    text = csv_bytes(["one", "two"], rows).decode("utf-8")
    back = list(csv.reader(io.StringIO(text, newline="")))
    # Catches a quote, comma or line break that tears a row apart.
    assert back[1:] == [[str(neutral(value)) for value in row] for row in rows]


def test_hostile_names_are_neutral_in_every_table(write: Write) -> None:
    folder = write(make_demand_result([InventedArea("=HYPERLINK(1)", note="@x"), InventedArea("+1", refusal="-1+1")]))
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            cells = {cell for row in csv.reader(file) for cell in row}
        # Catches a table written past the one function that neutralises.
        assert [cell for cell in cells if cell.startswith(FORMULA_STARTS)] == []


def test_metadata_explains_every_column_and_hash(folder: Path) -> None:
    facts = json.loads((folder / "metadata.json").read_text("utf-8"))
    # Catches a table that is not described, or a description of none.
    assert set(facts["files"]) == {path.name for path in folder.iterdir()} - {"metadata.json"}
    for name, described in facts["files"].items():
        data = (folder / name).read_bytes()
        # Catches a table changed after it was released.
        assert described["sha256"] == hashlib.sha256(data).hexdigest()
        if not name.endswith(".csv"):
            continue
        # Catches a column without a meaning.
        assert list(described["columns"]) == data.decode("utf-8").splitlines()[0].split(",")
        assert all(described["columns"].values())
    # Catches tables that travel without their run, date or limits.
    assert [facts[key] for key in ("run_id", "data_until", "purpose")] == ["run-1", "2022-03", "planning"]
    assert "never a decision" in facts["statement"]


def test_accuracy_that_cannot_be_calculated_is_marked(result: DemandResult, write: Write) -> None:
    values = result.accuracy["value"].where(result.accuracy["metric"] != "mase", np.nan)
    text = (write(replace(result, accuracy=result.accuracy.assign(value=values))) / "accuracy.csv").read_text("utf-8")
    # Catches "nan" in a published table, or a blank that reads as 0.
    assert "nan" not in text
    assert ",mase,[z],[z],108," in text


def test_no_column_or_key_speaks_of_deciding(folder: Path) -> None:
    columns = {column for path in folder.glob("*.csv") for column in path.read_text("utf-8").splitlines()[0].split(",")}
    keys = set(json.loads((folder / "metadata.json").read_text("utf-8")))
    words = {word for name in columns | keys for word in name.split("_")}
    # Catches a field that someone could take for an instruction.
    assert words & {"decision", "action", "escalate", "priority", "rank", "flag", "recommend", "recommended"} == set()


@pytest.mark.parametrize("share", [0.475, 0.465, 0.005, 0.995, 1 / 3, 0.0, 1.0])
def test_a_share_is_kept_as_it_is_shown(share: float) -> None:
    column = Column("share", "Share", "a share", "share")
    # Catches 48% on the page beside 0.47 in its file: halves of a per cent went one way there, the other way here.
    assert f"{round(float(str(column.kept(share))) * 100):d}%" == column.shown(share)
