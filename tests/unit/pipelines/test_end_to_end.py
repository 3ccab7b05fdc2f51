"""From files to a report through the command line, on six invented councils: what is left behind, to the byte."""

import csv
import getpass
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from command_line import Answer, content, ehforecast

CONFIG = """\
title: Referrals, six made-up councils
purpose: research
data: {layout: dfe_children_in_need, required: [referrals_by_month], source: Synthetic figures made for a test.}
synthetic: {councils: 6, first_month: 2014-04, years: 8, seed: 5}
areas: [Northmere, Ashby Vale, Synthetica]
forecast: {measure: referrals, horizon_months: 12, forecasters: [seasonal_naive, pooled_smoothing]}
tracking: {mlflow: false}
"""
C6 = "c6_children_in_need_referrals_by_month_2015_to_2022.csv"
TABLES = {
    "forecast.csv", "observed.csv", "accuracy.csv", "areas.csv", "totals.csv", "parts.csv", "comparison.csv",
    "effects.csv", "accuracy_ahead.csv", "bias_by_place.csv", "range_by_place.csv",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A folder with a configuration, and what the command line keeps and publishes there."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, config: str = CONFIG) -> "Place":
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tiny.yaml").write_text(config, "utf-8")
        return cls(folder)

    @property
    def private(self) -> Path:
        return self.folder / "private"

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def c6(self) -> Path:
        return self.private / "tiny" / "synthetic" / C6

    def call(self, command: str, *more: str | Path) -> Answer:
        published = ("--reports", self.reports) if command in {"run", "report"} else ()
        return ehforecast(command, self.folder / "tiny.yaml", "--private", self.private, *published, *more)

    def content(self) -> dict[str, bytes]:
        """All but the declared time fields, and empty files that lock."""
        found = content(self.private, self.reports)
        return {name: data for name, data in found.items() if Path(name).name not in {"made.json", ".lock"}}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Answer]:
    """One good run. Tests may not change what it left."""
    place = Place.make(tmp_path_factory.mktemp("first"))
    return place, place.call("run")


@pytest.fixture
def place(first: tuple[Place, Answer], tmp_path: Path) -> Place:
    """A copy of the folder of the good run, to do something to."""
    shutil.copytree(first[0].folder, tmp_path / "copy")
    return Place(tmp_path / "copy")


def page_of(answer: Answer) -> Path:
    assert answer.code == 0, answer.err
    return Path(answer.out.splitlines()[-1].removeprefix("Report: "))


def report_of(answer: Answer) -> Path:
    """The page of the forecast, below the run's index."""
    return page_of(answer).parent / "forecast" / "index.html"


def test_a_run_ends_with_the_path_of_its_report(first: tuple[Place, Answer]) -> None:
    place, answer = first
    # Catches progress, or anything else, among what is printed for other programs to read.
    assert re.fullmatch(r"Report: \S+/index\.html\n", answer.out)
    page = page_of(answer)
    # Catches a path that does not lead to the page, and a report that is not named by its run.
    assert page.is_file()
    assert re.fullmatch(r"tiny-2022-03-[0-9a-f]{8}", page.parent.name)
    assert page.parent.parent == place.reports
    # Catches a report without the tables behind it.
    assert {path.name for path in page.parent.iterdir()} == {"index.html", "forecast"}
    assert {path.name for path in report_of(answer).parent.iterdir()} == {
        "index.html", "metadata.json", "tables.xlsx", *TABLES
    }  # fmt: skip


def test_progress_is_on_the_error_stream(first: tuple[Place, Answer]) -> None:
    said = first[1].err
    # Catches a long step that is silent.
    assert all(
        word in said for word in ("inventing 6 councils", f"checked {C6}", "store: 1 of 1", "forecasting 3 areas")
    )


def test_the_report_is_about_the_areas_asked_for(first: tuple[Place, Answer]) -> None:
    page = report_of(first[1])
    text = page.read_text("utf-8")
    # Catches an area left out, or one nobody asked for.
    assert all(name in text for name in ("Northmere", "Ashby Vale", "Synthetica"))
    assert "Eastholm" not in text
    forecast = pd.read_csv(page.parent / "forecast.csv")
    months = [str(month) for month in pd.period_range("2022-04", "2023-03", freq="M")]
    # Catches a forecast of other months than those after the data, or with some left out.
    assert {name: rows["month"].tolist() for name, rows in forecast.groupby("area_name")} == dict.fromkeys(
        ("Ashby Vale", "Northmere", "Synthetica"), months
    )


def test_tables_have_a_row_of_names_and_no_empty_forecast(first: tuple[Place, Answer]) -> None:
    for name in TABLES:
        with (report_of(first[1]).parent / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        # Catches a table that is empty, or whose rows do not fit its names.
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}


def test_running_again_changes_nothing(place: Place, first: tuple[Place, Answer]) -> None:
    before = place.content()
    again = place.call("run")
    # Catches a run whose numbers, ids or pages depend on what was there before, on chance or on the time.
    assert page_of(again).parent.name == page_of(first[1]).parent.name
    assert place.content() == before
    assert "nothing new" in again.err
    # Catches a finished step that is made again, or kept in silence.
    assert "forecast: finished before with the same data and settings" in again.err


def test_another_folder_process_zone_and_number_of_threads_give_the_same_bytes(
    first: tuple[Place, Answer], tmp_path: Path
) -> None:
    other = Place.make(tmp_path / "far" / "away")
    program = [sys.executable, "-c", "from ehforecast.cli import main; main()", "run", "tiny.yaml"]
    program += ["--engine", "processes:2"]
    surroundings = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C", "HOME": str(tmp_path)}
    surroundings |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "4")
    done = subprocess.run(
        program, cwd=other.folder, env={**os.environ, **surroundings}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    # Catches a path, the order of a set, the clock or the language of a machine in anything kept or published.
    assert other.content() == first[0].content()
    # Catches a relative path that is printed in another form than it was given.
    assert done.stdout == f"Report: reports/{page_of(first[1]).parent.name}/index.html\n"


def test_ingest_forecast_report_equal_run(first: tuple[Place, Answer], tmp_path: Path) -> None:
    steps = Place.make(tmp_path / "steps")
    said = [steps.call(command).out for command in ("ingest", "forecast", "report")]
    # Catches a step that does more or less than its part of the whole.
    whole = {name: data for name, data in first[0].content().items() if not name.endswith("/done.json")}
    assert steps.content() == whole
    # Catches a step that does not print what the next one, or a reader, needs.
    assert said[0] == ""
    assert said[1] == page_of(first[1]).parent.name + "\n"
    assert said[2].startswith("Report: ")


def test_a_kept_run_can_be_reported_again_by_its_id(place: Place, first: tuple[Place, Answer]) -> None:
    before, run_id = place.content(), page_of(first[1]).parent.name
    (place.folder / "tiny.yaml").write_text(CONFIG.replace("[Northmere,", "[Eastholm,"), "utf-8")
    later = place.call("forecast").out.strip()
    # Catches two different runs under one id.
    assert later != run_id
    shutil.rmtree(place.reports)
    (place.folder / "tiny.yaml").write_text(CONFIG, "utf-8")
    # Catches a report of the latest run where another was asked for.
    assert page_of(place.call("report", "--run", run_id)).parent.parent.name == run_id
    assert content(place.reports) == {name: data for name, data in before.items() if name.startswith("reports/")}
    # Catches a latest run that is not the one made last.
    assert page_of(place.call("report")).parent.parent.name == later


def test_private_things_are_the_owners_only(first: tuple[Place, Answer]) -> None:
    paths = [first[0].private, *first[0].private.rglob("*")]
    # Catches a file or folder of the private area that others on the machine may read.
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}


def test_the_record_names_no_place_person_or_time(first: tuple[Place, Answer]) -> None:
    place, answer = first
    run = place.private / "tiny" / "runs" / page_of(answer).parent.name
    kept = "".join((run / name).read_text("utf-8") for name in ("record.json", "forecast/facts.json"))
    # Catches a path of the machine that made the run.
    assert not re.search(r'"(/|[A-Z]:\\)', kept)
    assert str(place.folder) not in kept
    # Catches the name of the person who made it.
    assert f'"{getpass.getuser()}"' not in kept
    # Catches a clock: two equal runs would have two ids. Months of the data are there, days and hours are not.
    assert not re.search(r"\d{4}-\d{2}-\d{2}|\d{2}:\d{2}", kept)


def test_the_record_says_how_the_numbers_came_to_be(first: tuple[Place, Answer]) -> None:
    place, answer = first
    record = json.loads(
        (place.private / "tiny" / "runs" / page_of(answer).parent.name / "record.json").read_text("utf-8")
    )
    # Catches a record without its inputs, their rows, or the settings as resolved.
    assert [(entry["file_name"], entry["rows_in"], entry["rows_used"]) for entry in record["inputs"]] == [(C6, 72, 72)]
    assert record["settings"]["synthetic"]["seed"] == 5
    assert record["settings"]["forecast"]["forecasters"] == ["seasonal_naive", "pooled_smoothing"]
    assert record["versions"]["statsmodels"]


def test_other_settings_are_another_run(place: Place, first: tuple[Place, Answer]) -> None:
    (place.folder / "tiny.yaml").write_text(CONFIG.replace("horizon_months: 12", "horizon_months: 6"), "utf-8")
    page = page_of(place.call("run"))
    # Catches a run that overwrites the report of another.
    assert page.parent.name != page_of(first[1]).parent.name
    assert len(list(place.reports.iterdir())) == 2


def test_other_data_are_another_run_and_the_store_does_not_go_back(place: Place, first: tuple[Place, Answer]) -> None:
    (place.folder / "tiny.yaml").write_text(CONFIG.replace("seed: 5", "seed: 6"), "utf-8")
    # Catches a run that keeps to the data it knew.
    assert page_of(place.call("run")).parent.name != page_of(first[1]).parent.name
    before = place.content()
    (place.folder / "tiny.yaml").write_text(CONFIG, "utf-8")
    answer = place.call("run")
    # Catches a forecast of the later file under the settings of the earlier: the store keeps to the later one.
    assert (answer.code, answer.out) == (5, "")
    assert "has since received a later file" in answer.err
    # Catches a refusal that changes what is kept or published; the invented files are made before they are read.
    assert {name for name, data in place.content().items() if before.get(name) != data} <= {
        f"private/tiny/synthetic/{C6}"
    }


Spoil = Callable[[str], str]


def cell(column: str, value: str) -> Spoil:
    """Another value in a column of the first council row."""

    def spoil(text: str) -> str:
        rows = [line.split(",") for line in text.splitlines()]
        row = next(row for row in rows[1:] if row[2] == "Local authority")
        row[rows[0].index(column)] = value
        return "\n".join(",".join(row) for row in rows) + "\n"

    return spoil


COUNT = "count_is_a_whole_number_of_zero_or_more"
SPOILT: dict[str, tuple[Spoil, str, str]] = {
    "cut short": (lambda text: text[: len(text) // 2], "all", "every_line_has_as_many_fields_as_the_header"),
    "wrong delimiter": (lambda text: text.replace(",", ";"), "all", "fields_are_separated_by_commas"),
    "unknown column": (lambda text: text.replace(",August,", ",Augusta,", 1), "Augusta", "every_column_is_known"),
    "unknown council": (cell("new_la_code", "X06999999"), "new_la_code", "the_area_code_is_in_the_register"),
    "month twice": (lambda text: text + text.splitlines()[-1], "new_la_code", "an_area_appears_once_in_a_year"),
    "negative": (cell("May", "-7777"), "May", COUNT),
    "fraction": (cell("May", "7777.5"), "May", COUNT),
    "text": (cell("May", "about7777"), "May", "a_figure_is_a_number_or_a_known_symbol"),
    "empty": (lambda _: "", "all", "the_file_is_not_empty"),
    "another table": (
        lambda text: text.replace("Month of referral", "Source of referral"),
        "all",
        "the_name_of_the_file_agrees_with_its_content",
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_bad_file_after_a_good_run_changes_nothing(place: Place, tmp_path: Path, kind: str) -> None:
    spoil, column, rule = SPOILT[kind]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / C6).write_text(spoil(place.c6.read_text("utf-8")), "utf-8")
    before = place.content()
    answer = place.call("run", "--data", tmp_path / "data")
    # Catches a bad file that is read after all, or refused under another family's code.
    assert (answer.code, answer.out) == (4, "")
    said = [line for line in answer.err.splitlines() if "rule '" in line]
    # Catches a message that leaves out file, table, column, rule, count or what to do.
    assert said
    pattern = rf"(ehforecast: )?file {C6}, table [^,]+, column .+: rule '[a-z0-9_]+' broken \d+ times?\. .+[.?]"
    assert [line for line in said if not re.fullmatch(pattern, line)] == []
    assert any(f", column {column}: rule '{rule}' broken 1 time. " in line for line in said)
    # Catches a message that repeats what a record says.
    assert "7777" not in answer.err
    # Catches a store or a report that a refused file has touched.
    assert place.content() == before


def test_a_folder_in_place_of_the_file_changes_nothing(place: Place, tmp_path: Path) -> None:
    (tmp_path / "data" / C6).mkdir(parents=True)
    before = place.content()
    answer = place.call("run", "--data", tmp_path / "data")
    # Catches a folder named like the file taken for it, or a traceback.
    assert (answer.code, answer.out) == (4, "")
    assert "table referrals_by_month" in answer.err
    assert place.content() == before


@pytest.mark.parametrize("given", ["nowhere", C6])
def test_data_that_are_not_a_folder_change_nothing(place: Place, tmp_path: Path, given: str) -> None:
    shutil.copy(place.c6, tmp_path)
    before = place.content()
    answer = place.call("run", "--data", tmp_path / given)
    # Catches a mistyped folder answered with invented figures, or with a traceback.
    assert (answer.code, answer.out) == (4, "")
    assert "rule 'the_folder_exists'" in answer.err
    assert place.content() == before


def test_history_too_short_to_test_a_forecast_is_refused(tmp_path: Path) -> None:
    short = Place.make(tmp_path / "short", CONFIG.replace("years: 8", "years: 4"))
    answer = short.call("run")
    # Catches a forecast whose accuracy nobody could have measured.
    assert (answer.code, answer.out) == (6, "")
    assert "48 months of history are too few to test a forecast of 12 months; 60 are needed" in answer.err
    # Catches a report without a forecast.
    assert not short.reports.exists()
