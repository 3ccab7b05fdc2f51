"""Totals, parts, changes, comparisons and notes: on the page, in the CSV files and in the workbook, with one voice."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import INVENTED_AREAS, make_demand_result
from python_calamine import CalamineWorkbook

from ehforecast.demand.results import ALL_AREAS, QUANTILE_LEVELS, DemandResult

Node = Any
CODE = "X00000001"
MONTHS = ("2022-04", "2022-05")
PARTS = {"level": 200.0, "trend": 4.0, "season": -12.0, "calendar": 3.0, "event": 0.0, "rest": -0.4}


def full_result() -> DemandResult:
    """One invented council with everything a run of today says."""
    made = make_demand_result(INVENTED_AREAS[:1], horizon=2)
    ahead = [
        (ALL_AREAS, "", method, months, metric, 0.1 * months + 0.3 * (method == "seasonal_naive"), np.nan, 8, 8)
        for method in ("pooled_season", "seasonal_naive")
        for months in (1, 2)
        for metric in ("wape", "coverage80")
    ]
    accuracy = made.accuracy.assign(
        standard_error=np.where(made.accuracy["metric"].str.startswith("coverage"), 0.04, np.nan)
    )
    of_total = accuracy.query("area_code == 'all' and stage == 'report' and metric == 'coverage80'")
    columns = ["area_code", "area_level", "forecaster", "months_ahead", "metric", "value", "standard_error", "months"]
    changes = [
        (CODE, "2022-03", 260.0, 251.0, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan),
        (CODE, "2022-04", 240.0, np.nan, 228.0, -12.0, -9.0, -1.0, -2.0, 0.0),
    ]
    past = [("run-0", "2021-03", ALL_AREAS, 0, metric, value, 12) for metric, value in
            (("wape", 0.11), ("bias", -0.03), ("coverage80", 0.75))]  # fmt: skip
    return replace(
        made,
        accuracy=pd.concat([accuracy, of_total.assign(metric="total_coverage80", value=0.5)], ignore_index=True),
        accuracy_ahead=pd.DataFrame(ahead, columns=[*columns, "origins"]),
        totals=pd.DataFrame(
            [(CODE, 2, level, 440.0 + 100 * (level - 0.5), 470.0, "") for level in QUANTILE_LEVELS],
            columns=["area_code", "months", "level", "total_count", "total_before", "absent_because"],
        ),
        explanation=pd.DataFrame(
            [(CODE, month, part, 0.0, count) for month in MONTHS for part, count in PARTS.items()],
            columns=["area_code", "month", "part", "log_effect", "count"],
        ),
        comparison=pd.DataFrame(
            [("pooled_season", -0.21, -0.56, 0.14, 0.12, 8, "tie")],
            columns=["forecaster", "relative_loss", "low", "high", "p_value", "origins", "verdict"],
        ),
        effects=pd.DataFrame(
            [("school_holiday", 0.81, 0.78, 0.84, "a school day", "a holiday carries 0.81 of a school day")],
            columns=["effect", "ratio", "low", "high", "unit", "words"],
        ),
        changes=pd.DataFrame(
            changes,
            columns=["area_code", "month", "earlier_count", "observed_count", "latest_count", "change", "new_data",
                     "level", "calendar", "rest"],
        ),
        past_forecasts=pd.DataFrame(
            past, columns=["run_id", "data_until", "area_code", "months_ahead", "metric", "value", "months"]
        ),
        completed=pd.DataFrame(
            [(CODE, "2022-03", 251.0, 263.0, level, 263.0 + 20 * (level - 0.5)) for level in QUANTILE_LEVELS],
            columns=["area_code", "month", "recorded_count", "completed_count", "level", "quantile_count"],
        ),
        notes=pd.DataFrame({"note": ["The periods of 'covid' were taken out."]}),
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(write: Callable[[DemandResult], Path]) -> Path:
    return write(full_result())


@pytest.fixture(scope="module")
def page(folder: Path, read: Callable[[str], Node]) -> Node:
    return read((folder / "index.html").read_text("utf-8"))


def table(page: Node, caption: str) -> list[list[str]]:
    """The cells of the table whose caption begins so."""
    found = next(one for one in page.all("table") if one.first("caption").text.startswith(caption))
    return [[cell.text for cell in row.all("th", "td")] for row in found.first("tbody").all("tr")]


def test_the_total_is_told_with_its_range_and_the_months_before(page: Node) -> None:
    # Catches a total without its range, or the ends of another one.
    assert "Over the 2 months ahead together, expect about 440 referrals; the 80% range is 400 to 480." in page.text
    assert "In the 2 months before there were 470." in page.text


def test_a_hidden_total_is_said_to_be_hidden(write: Callable[[DemandResult], Path]) -> None:
    result = full_result()
    hidden = result.totals.assign(total_count=np.nan, total_before=np.nan, absent_because="suppressed")
    folder = write(replace(result, totals=hidden))
    # Catches a blank, a nought or "nan" where a total is withheld.
    assert "No total of the 2 months is given: [c]" in (folder / "index.html").read_text("utf-8")
    assert pd.read_csv(folder / "totals.csv")["forecast_middle"].tolist() == ["[c]"]


def test_the_total_before_alone_may_be_hidden(write: Callable[[DemandResult], Path]) -> None:
    result = full_result()
    folder = write(replace(result, totals=result.totals.assign(total_before=np.nan, absent_because="suppressed")))
    page = (folder / "index.html").read_text("utf-8")
    # Catches a forecast withheld, or "nan" told, because a month before is hidden.
    assert "expect about 440 referrals" in page
    assert "months before there were" not in page


def test_a_tie_is_called_a_tie(page: Node) -> None:
    # Catches a difference praised that could be chance.
    assert table(page, "Each method against")[0][-1] == "A tie: the difference could be chance"
    assert "Over all areas and the 8 forecast dates tested, that difference could be chance: a tie." in page.text
    # Catches the same difference praised in the sentence before.
    assert "this method did" not in page.text
    assert "would have been 21% off. Over all areas" in page.text


def test_coverage_is_told_with_its_error(page: Node) -> None:
    # Catches a share without how unsure it is, or the share of another method.
    assert "the 80% range held in 66% of months, with a standard error of 4 points over 9 forecast dates" in page.text
    assert "The 80% range of the total of all months ahead held in 50%." in page.text


def test_accuracy_by_months_ahead_is_beside_last_years_month(page: Node) -> None:
    # Catches the figures of another method or month.
    assert table(page, "How good forecasts were, by months ahead") == [["1", "10%", "40%"], ["2", "20%", "50%"]]


def test_months_at_which_last_years_month_was_nearer_are_named(
    page: Node, write: Callable[[DemandResult], Path], read: Callable[[str], Node]
) -> None:
    words = "ahead, the same month last year missed less."
    # Catches a note where there is no such month.
    assert words not in page.text
    result = full_result()
    ahead = result.accuracy_ahead
    first = (ahead["months_ahead"] == 1) & (ahead["forecaster"] == "seasonal_naive")
    worse = replace(result, accuracy_ahead=ahead.assign(value=ahead["value"].mask(first, 0.06)))
    # Catches a table whose rows say otherwise than the average, with no word of it.
    assert f"At 1 month {words}" in read((write(worse) / "index.html").read_text("utf-8")).text


def test_where_in_its_forecast_lay_what_came_is_told(
    write: Callable[[DemandResult], Path], read: Callable[[str], Node]
) -> None:
    rows = [("pooled_season", low, low + 0.2, share, 108) for low, share in ((0.8, 0.31), (0.2, 0.59), (0.0, 0.1))]
    others = [("seasonal_naive", low, low + 0.2, 0.5, 108) for low in (0.0, 0.8)]
    pit = pd.DataFrame([*others, *rows], columns=["forecaster", "low", "high", "share", "months"])
    said = read((write(replace(full_result(), pit=pit)) / "index.html").read_text("utf-8")).text
    # Catches forecasts that err to one side with nobody told, the ends exchanged, or another method's figures.
    assert (
        "Of what came in 108 tested months, 10% lay in the lowest fifth of its forecast and 31% in the highest" in said
    )


def test_parts_of_each_month_add_up(page: Node) -> None:
    # Catches parts under another heading, and a minus that is lost or that stands before a nought.
    assert table(page, "What each month is made of")[0] == ["April 2022", "200", "4", "−12", "3", "0", "0"]  # noqa: RUF001 - a minus sign


def test_changes_tell_what_came_and_what_moved(page: Node) -> None:
    rows = table(page, "What changed since the forecast before")
    # Catches a month that has come shown as forecast again, and parts in another order.
    assert rows == [
        ["March 2022", "260", "251", "[z]", "[z]", "[z]", "[z]", "[z]", "[z]"],
        ["April 2022", "240", "[z]", "228", "−12", "−9", "−1", "−2", "0"],  # noqa: RUF001 - minus signs
    ]


def test_months_still_coming_in_are_marked(page: Node, folder: Path) -> None:
    # Catches a month that looks complete.
    assert table(page, "Months that are not complete yet") == [["March 2022", "251", "263", "255", "271"]]
    counted = {row[0]: row[-1] for row in table(page, "Counted referrals by month")}
    assert counted["March"].endswith(" [p]")
    assert not counted["February"].endswith(" [p]")
    observed = pd.read_csv(folder / "observed.csv", keep_default_na=False).set_index("month")["status"]
    # Catches the same in the file.
    assert (observed["2022-03"], observed["2022-02"]) == ("provisional", "")


def test_notes_effects_and_earlier_forecasts_are_told(page: Node) -> None:
    # Catches what the engine says and nobody reads.
    assert "The periods of 'covid' were taken out." in page.text
    assert "A holiday carries 0.81 of a school day." in page.text
    assert table(page, "Earlier forecasts") == [["run-0", "2021-03", "11%", "\N{MINUS SIGN}3%", "75%", "12"]]


def test_workbook_and_files_hold_the_same(folder: Path) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO((folder / "tables.xlsx").read_bytes()))
    files = {path.stem: pd.read_csv(path, keep_default_na=False) for path in folder.glob("*.csv")}
    sheets = {name.lower().removesuffix("_table"): name for name in book.sheet_names[3:]}
    # Catches a table that is in one place only.
    assert set(sheets) == set(files)
    for name, sheet in sheets.items():
        rows = book.get_sheet_by_name(sheet).to_python()[3:]
        # Catches rows lost on the way into the spreadsheet.
        assert len(rows) == len(files[name])
    totals = book.get_sheet_by_name("Totals_table").to_python()[3]
    # Catches other numbers in the spreadsheet than in the file.
    assert totals[3:11] == files["totals"].iloc[0, 3:11].tolist() == [440, 415, 465, 400, 480, 392, 488, 470]


def test_metadata_explains_what_is_new(folder: Path) -> None:
    files = json.loads((folder / "metadata.json").read_text("utf-8"))["files"]
    # Catches a workbook nobody can check.
    assert len(files["tables.xlsx"]["sha256"]) == 64
    told = files["accuracy.csv"]["columns"]["metric"]
    # Catches a figure without its meaning.
    assert all(f"{name}" in told for name in ("rmsse", "bias", "interval_score80", "total_"))
