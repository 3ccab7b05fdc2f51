"""The page says what the result says: the same numbers everywhere, absent ones as absent, and words that agree."""

import csv
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from builders import INVENTED_AREAS, InventedArea, make_demand_result

from ehforecast.advisory.statement import ADVISORY_STATEMENT, DEMAND_CANNOT_KNOW, NEVER_USE_FOR
from ehforecast.demand.results import ALL_AREAS, TIED_WITHIN, DemandResult

Node = Any
Read = Callable[[str], Node]
Write = Callable[[DemandResult], Path]


@pytest.fixture(scope="module")
def northmere() -> DemandResult:
    """The first invented area alone, which is quicker to draw."""
    return make_demand_result(INVENTED_AREAS[:1])


def table_rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def area_section(page: Node, name: str) -> Node:
    return next(
        node for node in page.all("section") if node.attrs.get("class") == "area" and node.first("h2").text == name
    )


def month_cells(section: Node) -> list[list[str]]:
    table = next(table for table in section.all("table") if table.attrs.get("class") == "months")
    return [[cell.text for cell in row.all("th", "td")] for row in table.first("tbody").all("tr")]


def in_words(month: str) -> str:
    return pd.Period(month, freq="M").strftime("%B %Y")


@pytest.mark.parametrize("area", [area.name for area in INVENTED_AREAS if not area.refusal])
def test_table_of_months_equals_the_csv(area: str, page: Node, folder: Path) -> None:
    rows = [row for row in table_rows(folder, "forecast.csv") if row["area_name"] == area]
    wanted = [
        [
            in_words(row["month"]),
            f"{int(row['forecast_middle']):,}",
            *(f"{int(row[f'range_{width}_low']):,} to {int(row[f'range_{width}_high']):,}" for width in (50, 80, 95)),
        ]
        for row in rows
    ]
    # Catches a page and a file that disagree about a number, a month or a range.
    assert month_cells(area_section(page, area)) == wanted
    # Catches a horizon that was cut short.
    assert len(rows) == 12


def with_held_share(result: DemandResult, share: float) -> DemandResult:
    """The same result, with another share of months in which the published 80% range held."""
    theirs = (result.accuracy["metric"] == "coverage80") & (result.accuracy["forecaster"] == "pooled_season")
    return replace(result, accuracy=result.accuracy.assign(value=result.accuracy["value"].mask(theirs, share)))


@pytest.mark.parametrize(
    ("share", "promise"),
    [
        (0.80, "In 8 months of 10 like this, the number falls between {} and {} ."),
        (0.66, "The range meant for 8 months of 10 is {} to {} , but in tests it held less often."),
    ],
)
def test_headline_is_the_first_row_of_the_table(
    share: float, promise: str, northmere: DemandResult, write: Write, read: Read
) -> None:
    page = read((write(with_held_share(northmere, share)) / "index.html").read_text("utf-8"))
    for section in (node for node in page.all("section") if node.attrs.get("class") == "area"):
        month, middle, _, likely, _ = month_cells(section)[0]
        low, high = likely.split(" to ")
        said = next(node.text for node in section.all("p") if node.attrs.get("class") == "headline")
        # Catches a headline that says another number than the table below it or the wrong range, or that repeats a
        # promise which its own tests have broken.
        assert said == f"In {month}, expect about {middle} referrals . {promise.format(low, high)}"


def test_summary_agrees_with_the_sections(page: Node) -> None:
    for row in page.first("table").first("tbody").all("tr"):
        name, expected, likely, _, miss, held = [cell.text for cell in row.all("th", "td")]
        section = area_section(page, name)
        # Catches a summary that has slipped by a row.
        assert [expected, likely] == [month_cells(section)[0][1], month_cells(section)[0][3]]
        accuracy = [cell.text for cell in list(section.all("table"))[2].first("tbody").first("tr").all("td")]
        # Catches accuracy of another method or range in the summary.
        assert [miss, held] == [accuracy[0], accuracy[2]]


def test_country_is_rounded_to_tens_and_says_so(page: Node, folder: Path) -> None:
    rows = [row for row in table_rows(folder, "forecast.csv") if row["area_name"] == "All invented councils"]
    counts = [int(value) for row in rows for name, value in row.items() if name.startswith(("forecast_", "range_"))]
    # Catches a forecast that pretends to be finer than the figures it rests on.
    assert [count % 10 for count in counts] == [0] * 12 * 7
    # Catches rounding that is not told.
    assert "to the nearest 10" in area_section(page, "All invented councils").text


def test_absent_months_show_their_mark(page: Node, folder: Path) -> None:
    table = next(t for t in area_section(page, "Northmere").all("table") if t.attrs.get("class") == "grid")
    years = [cell.text for cell in table.first("thead").all("th")]
    cells = {row.first("th").text: [c.text for c in row.all("th", "td")] for row in table.first("tbody").all("tr")}
    # Catches a hidden figure shown as 0, as blank or as a number.
    assert cells["August"][years.index("Year to Mar 2020")] == "[c]"
    assert [cells[month][years.index("Year to Mar 2021")] for month in ("April", "May", "June", "July")] == ["[x]"] * 4
    shown = {row["month"]: row for row in table_rows(folder, "observed.csv") if row["area_name"] == "Northmere"}
    # Catches the same in the file, where a blank would be read as 0 by some programs.
    assert [shown["2019-08"][column] for column in ("observed_count", "absent_because")] == ["[c]", "suppressed"]
    # Catches a table that is shifted by a month: the figure of March 2022 stands where it belongs.
    assert cells["March"][years.index("Year to Mar 2022")] == shown["2022-03"]["observed_count"]


def test_marks_are_explained_if_and_only_if_used(page: Node) -> None:
    glossary = [term.text for term in page.all("dt")]
    # Catches a mark nobody explains, and an explanation of a mark that is nowhere.
    assert [mark for mark in ("[c]", "[x]", "[z]", "[u]") if mark in glossary] == ["[c]", "[x]"]


def test_nothing_is_added_up(result: DemandResult, page: Node) -> None:
    counts = result.observed[result.observed["area_code"] == "X00000001"].set_index("month")["observed_count"]
    years = {
        counts[[str(month) for month in pd.period_range(f"{year}-04", periods=12, freq="M")]].sum()
        for year in range(2016, 2022)
    }
    shown = set(re.findall(r"\d[\d,]*", area_section(page, "Northmere").text))
    # Catches a total from which the hidden month could be worked out.
    assert {f"{total:,.0f}" for total in years} & shown == set()


def test_accuracy_is_told_with_the_months_it_rests_on(page: Node) -> None:
    text = area_section(page, "Northmere").text
    # Catches a hit rate without its number of months, or with the share of another range.
    assert "Its 80% range held in 71 of 108 months (66%)." in text
    # Catches a range that fell short and is not said to.
    assert "less often than the 80% it should be" in text
    # Catches a miss told without the simple method beside it.
    assert "this method was 14% off on average. Taking the same month last year would have been 21% off" in text


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2016-03", "2018-12", ""),
        ("2018-03", "2019-03", "The tests include March 2020, a month of Covid-19, which no method"),
        ("2018-03", "2019-06", "The tests include 4 months of Covid-19 (March 2020 to June 2020), which no method"),
        ("2018-03", "2021-09", "The tests include 17 months of Covid-19 (March 2020 to July 2021), which no method"),
        ("2021-06", "2021-09", "The tests include July 2021, a month of Covid-19, which no method"),
        ("2021-07", "2021-12", ""),
    ],
)
def test_tests_in_covid_are_told(first: str, last: str, told: str, write: Write, read: Read) -> None:
    result = make_demand_result(INVENTED_AREAS[:1])
    changed = replace(result, accuracy=result.accuracy.assign(first_origin=first, last_origin=last))
    section = area_section(read((write(changed) / "index.html").read_text("utf-8")), "Northmere")
    # Catches misses of Covid passed off as those of usual times, and usual times excused by Covid. Forecasts from March
    # 2019 reach March 2020, the first month of Covid; those from June 2021 start in July 2021, its last. And one
    # month of it passed off as all of it.
    assert told in section.text
    assert ("Covid-19" in section.text) is bool(told)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.74, "less often than"), (0.76, "about right"), (0.84, "about right"), (0.86, "more often than")],
)
def test_verdict_on_the_range_follows_the_share(share: float, words: str, write: Write, read: Read) -> None:
    result = with_held_share(make_demand_result(INVENTED_AREAS[:1]), share)
    page = read((write(result) / "index.html").read_text("utf-8"))
    # Catches a verdict that praises a range that fell short, or blames one that held.
    assert words in area_section(page, "Northmere").text


def test_pooled_accuracy_says_that_it_is_pooled(northmere: DemandResult, write: Write, read: Read) -> None:
    pooled = replace(northmere, accuracy=northmere.accuracy[northmere.accuracy["area_code"] == ALL_AREAS])
    section = area_section(read((write(pooled) / "index.html").read_text("utf-8")), "Northmere")
    # Catches accuracy of other places passed off as this area's own.
    assert "All this is for areas tested together" in section.text
    assert "Past accuracy, Northmere, areas tested together: 108 months" in section.text


def test_published_naive_is_not_compared_with_itself(northmere: DemandResult, write: Write, read: Read) -> None:
    areas = northmere.areas.assign(forecaster=northmere.areas["forecaster"].replace("pooled_season", "seasonal_naive"))
    section = area_section(
        read((write(replace(northmere, areas=areas)) / "index.html").read_text("utf-8")), "Northmere"
    )
    # Catches "the same month last year would have been 21% off, so this method did no better" about itself.
    assert "Taking the same month" not in section.text
    # Catches a method that is not named.
    assert "Method: The same month last year." in section.text


def test_every_area_carries_what_it_must(page: Node) -> None:
    for section in (node for node in page.all("section") if node.attrs.get("class") == "area"):
        # Catches an area's pages torn out of the report without date, limits or statement.
        for wanted in ("Data up to March 2022", "It cannot know of", "advice to people, never a decision", "Method:"):
            assert wanted in section.text


def test_page_opens_with_its_statement(page: Node) -> None:
    text = page.first("main").text
    # Catches a page that shows numbers before it says what they are not for.
    assert text.index(ADVISORY_STATEMENT) < text.index("Expect about")
    # Catches a use or a limit that was dropped.
    assert all(words in text for words in (*NEVER_USE_FOR, *(limit.explanation for limit in DEMAND_CANNOT_KNOW)))


def test_refused_area_has_its_reason_and_no_number(page: Node, folder: Path) -> None:
    reason = next(area.refusal for area in INVENTED_AREAS if area.refusal)
    # Catches an area that silently disappears.
    assert reason in page.text
    # Catches a forecast that was refused and is published all the same.
    assert "Wetherdale" not in {row["area_name"] for row in table_rows(folder, "forecast.csv")}


def test_run_source_and_licence_stand_at_the_foot(page: Node) -> None:
    # Catches a page that cannot be traced to its run or its data.
    assert all(words in page.first("footer").text for words in ("run run-1", "Invented. No licence needed."))


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (1.0, "there was 1 referral: below this range."),
        (237.0, "there were 237 referrals: inside this range."),
        (1234.0, "there were 1,234 referrals: above this range."),
    ],
)
def test_year_before_is_placed_beside_the_range(before: float, said: str, write: Write, read: Read) -> None:
    result = make_demand_result(INVENTED_AREAS[:1])
    changed = result.observed.assign(
        observed_count=lambda table: table["observed_count"].where(table["month"] != "2021-04", before)
    )
    section = area_section(
        read((write(replace(result, observed=changed)) / "index.html").read_text("utf-8")), "Northmere"
    )
    # Catches the wrong month, or a place that contradicts the numbers: the range is 200 to 273.
    assert f"In April 2021 {said}" in section.text
    assert month_cells(section)[0][3] == "200 to 273"


@pytest.mark.parametrize("before", [3.0, 250.0, 900.0])
def test_alt_text_agrees_with_the_numbers(before: float, write: Write, read: Read) -> None:
    result = make_demand_result(INVENTED_AREAS[:1])
    changed = result.observed.assign(
        observed_count=lambda table: table["observed_count"].where(table["month"] != "2021-04", before)
    )
    page = read((write(replace(result, observed=changed)) / "index.html").read_text("utf-8"))
    middle = float(month_cells(area_section(page, "Northmere"))[0][1])
    said = page.first("svg").attrs["aria-label"]
    word = "higher than" if middle > before else "lower than" if middle < before else "the same as"
    # Catches a direction word that the data contradict.
    assert f"Middle forecast for April 2022: {middle:.0f}, {word} the {before:.0f} counted a year before." in said


def test_alt_texts_are_short_and_tell_charts_apart(page: Node, read: Read, write: Write) -> None:
    long = read(
        (write(make_demand_result([InventedArea("Stoke under Hill and " * 9)])) / "index.html").read_text("utf-8")
    )
    for drawings in (page, long):
        texts = [svg.attrs["aria-label"] for svg in drawings.all("svg")]
        # Catches a drawing without a text, or one too long to be listened to.
        assert all(0 < len(text) < 250 for text in texts)
        # Catches one text for all charts: each is drawn twice, once for wide and once for narrow screens.
        assert len(set(texts)) == len(texts) / 2
        # Catches a drawing that is taken apart into its lines by a screen reader.
        assert {svg.attrs["role"] for svg in drawings.all("svg")} == {"img"}


def test_extremes_are_the_highest_and_lowest_months(page: Node) -> None:
    section = area_section(page, "Northmere")
    rows = {month: int(middle) for month, middle, *_ in month_cells(section)}
    high, low = re.search(r"highest for (\w+ \d+) \(about \d+\) and lowest for (\w+ \d+)", section.text).groups()  # type: ignore[union-attr]
    # Catches a busiest month that is not the busiest.
    assert (rows[high], rows[low]) == (max(rows.values()), min(rows.values()))
    said = next(svg.attrs["aria-label"] for svg in section.all("svg") if "by month" in svg.attrs["aria-label"])
    high, count, low, least = re.search(r"highest in (\w+ \d+), (\d+), lowest in (\w+ \d+), (\d+)\.", said).groups()  # type: ignore[union-attr]
    # Catches the same in what a screen reader says of the close view.
    assert (rows[high], rows[low]) == (int(count), int(least)) == (max(rows.values()), min(rows.values()))


def test_flat_zero_and_missing_year_read_well(write: Write, read: Read) -> None:
    months = {str(month): "not_available" for month in pd.period_range("2012-04", "2022-03", freq="M")}
    result = make_demand_result([InventedArea("Nil", absent=months)])
    result = with_held_share(replace(result, forecast=result.forecast.assign(forecast_count=0.0)), 0.8)
    text = area_section(read((write(result) / "index.html").read_text("utf-8")), "Nil").text
    # Catches "between 0 and 0", and a comparison with a figure that is not there.
    assert "In 8 months of 10 like this, the number is 0 ." in text
    assert "There is no figure for April 2021 to compare with." in text
    # Catches a highest and a lowest month where all are alike.
    assert "highest for" not in text


def test_months_no_row_speaks_of_are_not_available(result: DemandResult, write: Write, read: Read) -> None:
    recent = replace(result, observed=result.observed[result.observed["month"] >= "2021-06"])
    section = area_section(read((write(recent) / "index.html").read_text("utf-8")), "Ashby Vale")
    table = next(t for t in section.all("table") if t.attrs.get("class") == "grid")
    # Catches a short history drawn as zeros or left blank.
    assert table.first("tbody").first("tr").all("td").__next__().text == "[x]"
    # Catches a crash on a month without a row.
    assert "There is no figure for April 2021 to compare with." in section.text


def test_report_without_any_forecast_still_says_why(result: DemandResult, write: Write, read: Read) -> None:
    refused = replace(
        result,
        areas=result.areas.assign(refusal="Too few figures.", forecaster=""),
        forecast=result.forecast.iloc[:0],
    )
    page = read((write(refused) / "index.html").read_text("utf-8"))
    # Catches a page that fails, or that shows an empty summary, when nothing could be forecast.
    assert page.text.count("Too few figures.") == len(INVENTED_AREAS)
    assert "At a glance" not in page.text


def test_method_that_was_never_scored_together_says_so(result: DemandResult, write: Write, read: Read) -> None:
    own = result.accuracy[(result.accuracy["area_code"] != ALL_AREAS) & (result.accuracy["stage"] == "report")]
    page = read((write(replace(result, accuracy=own)) / "index.html").read_text("utf-8"))
    method = next(node for node in page.all("section") if node.attrs.get("aria-labelledby") == "method").text
    # Catches a blank or an invented miss in the table of methods.
    assert method.count("not scored") == 4
    # Catches a sentence about a choice that was not recorded.
    assert "was chosen on forecasts" not in method


def test_the_rule_of_ties_is_the_one_that_chooses(page: Node) -> None:
    method = next(node for node in page.all("section") if node.attrs.get("aria-labelledby") == "method").text
    # Catches a page that tells another rule of ties than the one methods are chosen by.
    assert f"If a simpler method comes within {TIED_WITHIN:.0%} of it, the simpler one is taken." in method


@pytest.mark.parametrize(
    ("ranges", "told"),
    [
        ("past_errors", "working days of the month; its ranges are learned from past errors. Why"),
        ("native", "working days of the month; its ranges are its own. Why"),
        ("calibrated", "working days of the month. Why"),  # its label says so
    ],
)
def test_where_ranges_come_from_is_told(
    ranges: str, told: str, northmere: DemandResult, write: Write, read: Read
) -> None:
    known = replace(northmere, forecasters=northmere.forecasters.assign(ranges=["native", ranges]))
    # Catches a page that does not say where its ranges come from, or says it of another method.
    assert told in area_section(read((write(known) / "index.html").read_text("utf-8")), "Northmere").text


def test_methods_tried_are_told_with_both_stages(page: Node) -> None:
    table = next(t for t in page.all("table") if t.first("caption").text.startswith("Methods tried"))
    rows = [[cell.text for cell in row.all("th", "td")] for row in table.first("tbody").all("tr")]
    # Catches the months a method was chosen by passed off as its test, or a method that is not owned up to.
    assert rows == [
        ["The same month last year", "100", "19%", "21%", "0"],
        ["Recent level, times the usual season, for the working days of the month", "64", "12%", "14%", "3"],
    ]


def syllables(word: str) -> int:
    """A rough count: groups of vowels, less a silent e."""
    groups = len(re.findall(r"[aeiouy]+", word.lower()))
    silent = word.lower().endswith("e") and not word.lower().endswith(("le", "ee")) and groups > 1
    return max(groups - silent, 1)


def reading_grade(text: str) -> float:
    """Flesch-Kincaid grade."""
    sentences = [sentence for sentence in re.split(r"[.!?:]\s+", text) if re.search(r"[a-zA-Z]", sentence)]
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
    return 0.39 * len(words) / len(sentences) + 11.8 * float(np.mean([syllables(word) for word in words])) - 15.59


def test_prose_is_easy_to_read(page: Node) -> None:
    prose = [node.text for node in page.first("main").all("p", "li", "dd") if "." in node.text]
    # Catches prose that has grown long and heavy: a planner should read it at one go.
    assert reading_grade(" ".join(prose)) <= 9
    # Catches a ruler that finds everything easy.
    assert (
        reading_grade(
            "Methodological heterogeneity necessitates probabilistic recalibration of hierarchical estimators."
        )
        > 15
    )
