"""The main job on the Department for Education's own files: five councils and England, from file to report."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from command_line import Answer, content, ehforecast

from ehforecast.reference.area_codes import AreaRegister
from ehforecast.synthetic.dfe_files import write_referrals_by_month
from ehforecast.synthetic.referrals import draw_referrals, register

pytestmark = pytest.mark.acceptance("skeleton")

AREAS = ["Wandsworth", "Wakefield", "Lewisham", "Walsall", "Westminster", "England"]
AHEAD = [str(month) for month in pd.period_range("2022-04", "2023-03", freq="M")]
SUPPRESSED = ["2021-06", "2021-08"]
"""Wandsworth's months that the publisher hides."""


class Cells(HTMLParser):
    """Text of every cell of every table, row by row."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.is_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
            self.is_cell = True

    def handle_endtag(self, tag: str) -> None:
        self.is_cell = self.is_cell and tag not in {"td", "th"}

    def handle_data(self, data: str) -> None:
        if self.is_cell:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def answer(root: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Answer:
    folder = tmp_path_factory.mktemp("five")
    config = root / "configs" / "five_councils.yaml"
    places = ("--private", folder / "private", "--reports", folder / "reports")
    answer = ehforecast("run", config, "--data", real_data, *places)
    assert answer.code == 0, answer.err
    return answer


@pytest.fixture(scope="module")
def report(answer: Answer) -> Path:
    """Folder of the report."""
    return Path(answer.out.splitlines()[-1].removeprefix("Report: ")).parent / "forecast"


def table(report: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(report / f"{name}.csv", keep_default_na=False)


def test_every_row_of_the_files_is_accounted_for(answer: Answer) -> None:
    counts = re.findall(r"checked \S+: ([\d,]+) rows in, ([\d,]+) used, (.*)", answer.err)
    # Catches rows that vanish between the file and the store: the referrals by month have 1,638, all used.
    assert ("1,638", "1,638", "none set aside") in counts


def test_six_areas_are_forecast_for_the_year_ahead(report: Path) -> None:
    areas, forecast = table(report, "areas"), table(report, "forecast")
    # Catches an area lost, refused, or out of the order asked for.
    assert areas["area_name"].tolist() == AREAS
    assert areas["refusal"].tolist() == [""] * len(AREAS)
    # Catches months other than the twelve after March 2022.
    assert {name: rows["month"].tolist() for name, rows in forecast.groupby("area_name")} == dict.fromkeys(AREAS, AHEAD)


def test_ranges_lie_inside_each_other(report: Path) -> None:
    order = [
        "range_95_low",
        "range_80_low",
        "range_50_low",
        "forecast_middle",
        "range_50_high",
        "range_80_high",
        "range_95_high",
    ]
    counts = table(report, "forecast")[order]
    # Catches quantiles that cross, and a range that reaches below zero.
    assert (counts.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    assert (counts >= 0).all(axis=None)
    # Catches a range of no width: nobody is that sure.
    assert (counts["range_80_high"] > counts["range_80_low"]).all()


def test_forecasts_are_of_the_size_of_what_came_before(report: Path) -> None:
    observed = table(report, "observed").query("absent_because == ''").astype({"observed_count": float})
    last = observed[observed["month"] >= "2021-04"].groupby("area_name")["observed_count"].mean()
    ahead = table(report, "forecast").groupby("area_name")["forecast_middle"].mean()
    # Catches a forecast of another scale or of another area: no year's mean is half or twice the last one's here.
    assert ((ahead / last).between(0.7, 1.4)).all()


def test_suppressed_months_are_absent_and_marked(report: Path) -> None:
    observed = table(report, "observed")
    absent = observed[observed["absent_because"] != ""]
    # Catches a hidden figure filled in, shown as zero, or given another reason.
    assert absent[["area_name", "month", "observed_count", "absent_because"]].to_numpy().tolist() == [
        ["Wandsworth", month, "[c]", "suppressed"] for month in SUPPRESSED
    ]
    page = (report / "index.html").read_text("utf-8")
    rows = [row for row in Cells(page).rows if "[c]" in [cell.strip() for cell in row]]
    # Catches a page that shows the two months as anything else: one row for June and one for August, last column.
    assert [(row[0].strip(), row[-1].strip()) for row in rows] == [("June", "[c]"), ("August", "[c]")]
    # Catches a mark that the reader is not told the meaning of.
    assert "[c]" in re.sub(r"<table.*?</table>", "", page, flags=re.DOTALL)


def test_observed_counts_are_the_published_ones(report: Path, real_data: Path) -> None:
    (path,) = (real_data / "dfe").glob("c6_*.csv")
    published = pd.read_csv(path, dtype=str, keep_default_na=False)
    lewisham = published[published["la_name"] == "Lewisham"].set_index("time_period")
    england = published[published["geographic_level"] == "National"].set_index("time_period")
    observed = table(report, "observed").set_index(["area_name", "month"])["observed_count"]
    # Catches months put into the wrong year, and figures of one area under another's name.
    assert observed["Lewisham", "2014-04"] == lewisham.loc["2015", "April"]
    assert observed["Lewisham", "2015-03"] == lewisham.loc["2015", "March"]
    assert observed["England", "2021-12"] == england.loc["2022", "December"]
    # Catches a history cut short: ten years of months for each of six areas.
    assert len(observed) == 120 * len(AREAS)


def test_every_method_says_how_good_it_was(report: Path) -> None:
    accuracy = table(report, "accuracy")
    later = accuracy[accuracy["stage"] == "report"]
    metrics = {"wape", "mase", "wql", "coverage50", "coverage80", "coverage95"}
    methods = {"seasonal_naive", "pooled_smoothing", "ets", "calendar_regression", "pooled_ensemble"}
    said = later.groupby(["area_code", "forecaster"])["metric"].agg(set).to_dict()
    codes = [*table(report, "areas")["area_code"], "all"]
    # Catches a method, an area or a measure for which the report does not say how past forecasts did.
    assert said.keys() == {(code, method) for code in codes for method in methods}
    assert all(metrics <= found for found in said.values())
    # Catches shares given in per cent, and accuracy over months that were not there.
    assert later.loc[later["metric"].isin(metrics), "value"].astype(float).between(0, 3).all()
    assert later.query("area_name == 'Wandsworth'")["months"].unique().tolist() == [89]
    # Catches a choice made on months that the report is then proud of: a whole horizon lies between.
    choice_ends, report_begins = accuracy.query("stage == 'choice'")["last_origin"].max(), later["first_origin"].min()
    assert pd.Period(choice_ends, "M") + 12 <= pd.Period(report_begins, "M")


def test_the_published_method_beats_last_year_in_the_report(report: Path, record_figure: Callable[..., None]) -> None:
    accuracy = table(report, "accuracy").query("stage == 'report' and metric == 'wape' and area_code == 'all'")
    wape = accuracy.set_index("forecaster")["value"].astype(float)
    published = table(report, "areas")["forecaster"].iloc[0]
    record_figure(f"WAPE, five councils, report stage: {published}", wape[published], "at most 0.9 of last year's")
    record_figure("  same month last year", wape["seasonal_naive"])
    # Catches a method worth less than taking the same month last year: 0.23 against 0.31 over Covid, on 473 months.
    assert wape[published] < 0.9 * wape["seasonal_naive"]


def test_page_is_advice_and_names_its_source(report: Path) -> None:
    page = (report / "index.html").read_text("utf-8")
    # Catches a page without its limits, its licence or its data date.
    assert "never a decision" in page
    assert "Open Government Licence v3.0" in page
    assert "March 2022" in page
    # Catches a page that asks another machine for anything.
    assert not re.search(r"<script|(src|href)=\"(https?:)?//", page)


def test_a_second_report_is_the_same(answer: Answer, report: Path, root: Path, tmp_path: Path) -> None:
    private = report.parent.parent.parent / "private"
    config = root / "configs" / "five_councils.yaml"
    again = ehforecast("report", config, "--private", private, "--reports", tmp_path / "reports")
    # Catches a page that depends on when or where it was written.
    assert again.code == answer.code
    assert content(tmp_path / "reports") == content(report.parent.parent)


def test_synthetic_files_have_the_header_of_the_real_ones(real_data: Path, tmp_path: Path) -> None:
    (real,) = (real_data / "dfe").glob("c6_*.csv")
    invented: AreaRegister = register(2)
    made = write_referrals_by_month(draw_referrals("2014-04", years=1, councils=2, seed=1), invented, folder=tmp_path)
    # Catches a demonstration that would pass where real files fail: the first line is the same to the byte.
    assert made.read_bytes().splitlines()[0] == real.read_bytes().splitlines()[0]
