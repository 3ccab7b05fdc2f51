"""From a council's records to a published forecast, through the command line; small counts stay inside."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from command_line import Answer, ehforecast

CONFIG = """\
title: Front door of a made-up council
purpose: planning
records: {layout: plain_tables, pseudonyms: already_made}
synthetic: {seed: 7, first_month: 2019-04, years: 5, contacts_a_year: 400}
forecast:
  measure: contacts
  keys: [locality]
  forecasters: [pooled_smoothing]
  calendar: {covid: kept}
tracking: {mlflow: false}
"""


class Place:
    """A folder with a configuration, and what the command line keeps and publishes there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def call(self, command: str, config: str = CONFIG) -> Answer:
        (self.folder / "made_up.yaml").write_text(config, "utf-8")
        published = ("--reports", self.folder / "reports") if command in {"run", "report"} else ()
        return ehforecast(command, self.folder / "made_up.yaml", "--private", self.folder / "private", *published)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, Answer]:
    """One good run. Tests may not change what it left."""
    place = Place(tmp_path_factory.mktemp("records"))
    return place, place.call("run")


@pytest.fixture(scope="module")
def report(first: tuple[Place, Answer]) -> Path:
    assert first[1].code == 0, first[1].err
    return Path(first[1].out.splitlines()[-1].removeprefix("Report: ")).parent / "forecast"


@pytest.fixture
def place(first: tuple[Place, Answer], tmp_path: Path) -> Place:
    shutil.copytree(first[0].folder, tmp_path / "copy")
    return Place(tmp_path / "copy")


def test_every_level_is_forecast(report: Path) -> None:
    areas = pd.read_csv(report / "areas.csv", keep_default_na=False)
    # Catches a level that was left out, or a name that is a code.
    assert areas["area_name"].tolist() == ["Whole council", *(f"Locality {number}" for number in range(1, 5))]
    assert areas["area_level"].tolist() == ["council", *["locality"] * 4]
    # Catches counts of records shown to the last one.
    assert set(areas["rounded_to"]) == {5}


def test_no_small_count_is_published(report: Path) -> None:
    observed = pd.read_csv(report / "observed.csv", dtype=str, keep_default_na=False)
    hidden = observed[observed["observed_count"] == "[c]"]
    counts = observed.loc[observed["observed_count"] != "[c]", "observed_count"].astype(int)
    # Catches counts that go out as they were recorded.
    assert len(hidden) > 10
    assert ((counts == 0) | ((counts > 7) & (counts % 5 == 0))).all()
    totals = pd.read_csv(report / "totals.csv", dtype=str).set_index("area_code")
    lately = hidden[hidden["month"] > "2023-03"]["area_code"].unique()
    # Catches the sum of a year that gives its hidden month away.
    assert len(lately)
    assert set(totals.loc[lately, "total_before"]) == {"[c]"}


def test_places_are_held_against_each_other(report: Path) -> None:
    bias = pd.read_csv(report / "bias_by_place.csv", na_values="[z]").set_index("group")
    held = pd.read_csv(report / "range_by_place.csv", na_values="[z]").set_index("group")
    # Catches localities of a council's records that are left out of the audit of its forecast.
    assert list(bias.index) == ["Whole council", *(f"Locality {number}" for number in range(1, 5))]
    # Catches places judged on the two dates that five years leave, and a figure that rests on fewer than 100 contacts.
    assert held["standing"]["Whole council"] == "cannot be judged"
    assert set(held["standing"]) == {"cannot be judged", "too small"}
    assert bias["p_adjusted"].isna().all()
    assert bias["periods"].eq(6).all()
    assert bias["bias"].isna().equals(held["standing"] == "too small")
    bias, held = bias.dropna(subset="bias"), held.dropna(subset="inside")
    # Catches shares so exact that counts follow, and a range without its middle.
    assert (bias["lower"] < bias["bias"]).all()
    assert (bias["bias"] == bias["bias"].round(3)).all()
    assert held["inside"].between(held["inside_lower"], held["inside_upper"]).all()
    # Catches a page that does not say what its tables do.
    assert "No place has enough past forecasts to be judged" in (report / "index.html").read_text("utf-8")


def test_past_months_are_not_taken_apart(report: Path) -> None:
    parts = pd.read_csv(report / "parts.csv")
    # Catches parts that add up to a hidden count.
    assert parts["month"].min() == "2024-04"


def test_the_page_says_what_it_rests_on(report: Path) -> None:
    page = (report / "index.html").read_text("utf-8")
    # Catches records taken for published figures, or invented ones for real.
    assert "counted from records as known on 31 March 2024" in page
    assert "The records are invented (synthetic)" in page
    assert "1 to 7 are hidden" in page
    # Catches incomplete months that look complete.
    assert "provisional: records of this month are still coming in" in page
    # Catches a note of the engine that nobody gets to read.
    assert "The periods of &#39;covid&#39;" in page


def test_the_same_records_give_the_same_run(place: Place, report: Path) -> None:
    before = {path.name: path.read_bytes() for path in report.iterdir()}
    run_id = place.call("forecast").out.strip()
    # Catches numbers that depend on chance, on time or on what was there before.
    assert run_id == report.parent.name
    assert place.call("report").code == 0
    assert {
        path.name: path.read_bytes() for path in (place.folder / "reports" / run_id / "forecast").iterdir()
    } == before
    record = json.loads((place.folder / "private/made_up/runs" / run_id / "record.json").read_text("utf-8"))
    # Catches a run that does not say from which extract it was made.
    assert record["data_until"] == "2024-03-31"
    # Catches a run that leaves out an extract it may have read.
    assert "contacts" in [entry["contract"] for entry in record["inputs"]]


def test_weeks_are_forecast_and_kept_but_not_reported(place: Place) -> None:
    config = CONFIG.replace("keys: [locality]", "step: week\n  horizon: 4").replace(
        "pooled_smoothing", "seasonal_naive"
    )
    answer = place.call("forecast", config)
    # Catches a run that cannot be kept because its data end in a week.
    assert answer.code == 0, answer.err
    assert (place.folder / "private/made_up/runs" / answer.out.strip() / "record.json").is_file()
    reported = place.call("report", config)
    # Catches a page of weeks that says months, or a traceback.
    assert (reported.code, reported.out) == (7, "")
    assert "a step of a month" in reported.err


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("keys: [locality]", "keys: [postcode]", 3, "key 'forecast.keys': postcode cannot be told apart here"),
        ("keys: [locality]", "levels: [[source]]", 3, "key 'forecast.levels': source cannot be told apart here"),
        ("pooled_smoothing", "oracle", 3, "key 'forecast.forecasters': no forecaster named oracle"),
        ("covid: kept", "islamic_events: [lent]", 3, "key 'forecast.calendar': no Islamic event lent"),
        ("covid: kept", "covid: forgotten", 3, "key 'forecast.calendar.covid'"),
        ("measure: contacts", "measure: assessments", 3, "key 'forecast.measure'"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_words(place: Place, old: str, new: str, code: int, said: str) -> None:
    answer = place.call("forecast", CONFIG.replace(old, new))
    # Catches a mistyped configuration that runs, or that is refused without its key.
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err


def test_a_forecast_needs_a_section_and_records(tmp_path: Path) -> None:
    without = CONFIG[: CONFIG.index("forecast:")]
    # Catches a traceback where the configuration does not say what to forecast.
    assert "has no section 'forecast'" in Place(tmp_path).call("forecast", without).err
    answer = Place(tmp_path).call("forecast")
    # Catches a forecast from nothing.
    assert answer.code == 5
    assert "run 'ehforecast ingest' first" in answer.err
