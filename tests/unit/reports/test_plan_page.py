"""The planner's page: the answer first, every number with its range, labels and both figures of a conflict."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from plans import invented_plan

from ehforecast.advisory.plan_advice import release_plan
from ehforecast.demand.plan_results import PlanResult
from ehforecast.reports.document import Document, missing_meanings
from ehforecast.reports.plan_page import answer, plan_document, write_plan_report
from ehforecast.reports.plan_words import chance_words, likelihood_words, workers_words

pytestmark = pytest.mark.acceptance("plan")


@pytest.fixture(scope="module")
def plan() -> PlanResult:
    return invented_plan()


def document_of(plan: PlanResult) -> Document:
    return plan_document(
        release_plan(plan, purpose="planning", reader="head", run_id="run-1", data_source="Invented figures")
    )


@pytest.fixture(scope="module")
def page(plan: PlanResult, tmp_path_factory: pytest.TempPathFactory) -> str:
    advice = release_plan(plan, purpose="planning", reader="head", run_id="run-1", data_source="Invented figures")
    return write_plan_report(advice, tmp_path_factory.mktemp("plan") / "run-1").read_text("utf-8")


def seen(page: str) -> str:
    """Words on the page, without drawings."""
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", " ", page, flags=re.DOTALL)).split())


def test_the_answer_stands_first_in_frequencies_and_words(plan: PlanResult, page: str) -> None:
    told = plan.workers_for.iloc[0]
    # Catches an answer without the chance in words, or for another promise than the first.
    assert answer(plan).startswith(
        "With the 10 workers in post, Northmere would keep its promise of help within ten days"
    )
    assert likelihood_words(float(told["chance_now"])) in answer(plan)
    assert seen(page).index("With the 10 workers") < seen(page).index("What this report is")


def test_the_chance_of_ten_days_and_the_range_of_workers_are_stated(plan: PlanResult, page: str) -> None:
    # Catches row 2's ten days, or row 21's interval on people, left off the page.
    assert "Chance of keeping the promise (help within ten days)" in seen(page)
    low, high = plan.workers_for.iloc[0][["low", "high"]]
    assert f"lies between {workers_words(low, 16)} and {workers_words(high, 16)} in 8 futures of 10" in seen(page)


def test_the_hours_stand_beside_the_promise_in_the_answer(plan: PlanResult) -> None:
    needed = plan.capacity[plan.capacity["measure"].eq("people_needed") & plan.capacity["level"].eq(0.5)]
    most = f"{needed['value'].max():.0f}"
    # Catches an answer of one number of people where the table by month below asks for another.
    assert re.search(rf"All the hours of work take {most} \(\d+ to \d+\) in the fullest month", answer(plan))
    assert "needs the larger number" in answer(plan)
    monday = next(iter(document_of(plan).sections)).lines
    # Catches a talk about more people that leaves the hours out.
    assert any(line.startswith("Hours: all the hours of work take") for line in monday)


def test_sources_are_called_as_in_the_forecast(plan: PlanResult) -> None:
    first = plan.volume["series"].iloc[0]
    coded = replace(plan, volume=plan.volume.replace({"series": {first: "la_services"}}))
    volume = next(table for table in document_of(coded).tables if table.name == "volume")
    # Catches "la services" beside the forecast's "services of the local authority".
    assert volume.rows[0][1] == "services of the local authority"


def test_numbers_are_as_fine_as_they_are_known_and_said_alike(plan: PlanResult) -> None:
    odd = replace(
        plan,
        drivers=plan.drivers.assign(high=3277.38),
        workers_for=plan.workers_for.assign(workers_now=8.1),
        promises_if=plan.promises_if.assign(share_low_base=0.31, share_high_base=0.87),
    )
    tables = {table.name: table for table in document_of(odd).tables}
    # Catches 3,277.38 families, of which nobody knows the last three figures.
    assert {row[2] for row in tables["drivers"].rows} == {3280.0}
    # Catches 3,280.00 families, which says that they are known to the hundredth.
    assert {tables["drivers"].columns[2].shown(row[2]) for row in tables["drivers"].rows} == {"3,280"}
    # Catches 8.1 in post in the first sentence and 8 in the table.
    assert b",8.1" in tables["workers_for"].csv()
    columns = [column.name for column in tables["promises_if"].columns]
    row = dict(zip(columns, tables["promises_if"].rows[0], strict=True))
    # Catches the range of what is served without the change, which was worked out, left off the page.
    assert (row["share_low_base"], row["share_high_base"]) == (0.31, 0.87)


def test_scenarios_are_called_assumptions_wherever_they_stand(plan: PlanResult) -> None:
    section = next(each for each in document_of(plan).sections if each.anchor == "scenarios")
    # Catches a scenario shown as a forecast: in words, in each table's rows, and on the chart.
    assert "assumption, not a forecast" in section.paragraphs[0]
    for table in section.tables:
        place = [column.name for column in table.columns].index("label")
        assert {row[place] for row in table.rows} == {"assumption, not a forecast"}, table.name
    assert all("assumption, not a forecast" in chart.caption + chart.alt_text for chart in section.charts)


def test_conflicts_and_two_baselines_stand_side_by_side(plan: PlanResult, page: str) -> None:
    official = float(plan.conflicts["official"].iloc[0])
    row = next(table for table in document_of(plan).tables if table.name == "conflicts").rows[0]
    # Catches a figure of a conflict left out.
    assert row[2:4] == (15.4, official)
    # Catches the two averaged somewhere.
    assert f"{(15.4 + official) / 2:.1f}%" not in seen(page)
    stated = next(table for table in document_of(plan).tables if table.name == "stated")
    # Catches health's 2% or 3% dropped.
    assert [each[1] for each in stated.rows if each[0] == "Health"] == [2, 3]
    targets = {row[0]: row[1] for row in next(each for each in document_of(plan).tables if each.name == "targets").rows}
    # Catches one of the two shown as the figure, or an official figure of now replaced by a stated one.
    assert targets["Health"] == "2% and 3%"
    assert targets["CSC return"] != "9%"


def test_the_return_to_the_usual_is_stated(page: str) -> None:
    # Catches the regression to the mean left off beside a base rate.
    assert re.search(r"that alone would give (about \d+% of it|none of it|all of it)", seen(page))


def test_every_chart_has_its_words_and_every_column_its_meaning(plan: PlanResult) -> None:
    document = document_of(plan)
    drawn = [chart for section in document.sections for chart in section.charts]
    # Catches a chart without text for those who cannot see it, or with more than should be read in one go.
    assert {chart.name.split("-")[0] for chart in drawn} == {"staffing", "people", "drivers", "scenarios", "targets"}
    assert all(0 < len(chart.alt_text) <= 260 for chart in drawn)
    assert missing_meanings(document.tables) == []


def test_files_stand_beside_the_page(plan: PlanResult, tmp_path: Path) -> None:
    advice = release_plan(plan, purpose="planning", reader="head", run_id="run-1", data_source="Invented figures")
    folder = write_plan_report(advice, tmp_path / "run-1").parent
    told = json.loads((folder / "metadata.json").read_text("utf-8"))
    # Catches a table that is on the page and in no file.
    assert {f"{name}.csv" for name in told["tables"]} <= {path.name for path in folder.iterdir()}
    # Catches chance in what is written: the same plan gives the same bytes.
    again = write_plan_report(advice, tmp_path / "run-2").parent
    assert all((again / path.name).read_bytes() == path.read_bytes() for path in folder.iterdir())


def test_it_is_easy_to_read(plan: PlanResult) -> None:
    document = document_of(plan)
    prose = [document.lead, *document.statement, *(text for each in document.sections for text in each.paragraphs),
             *(line for each in document.sections for line in each.lines)]  # fmt: skip
    text = " ".join(prose)
    words, sentences = re.findall(r"[A-Za-z']+", text), len(re.findall(r"[.:?](?:\s|$)", text))
    syllables = sum(max(1, len(re.findall(r"[aeiouy]+", word.lower().removesuffix("e")))) for word in words)
    grade = 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59
    # Catches prose above the ninth grade.
    assert grade <= 9, grade


FORBIDDEN = re.compile(
    r"\b(actions?|escalat\w+|priorit\w+|rank(s|ed|ing)?|recommend\w*|unbiased|fair)\b", re.IGNORECASE
)


def test_it_never_speaks_as_if_it_decided(page: str) -> None:
    prose = seen(page).replace("never a decision", "").replace("no further action", "")
    # Catches a plan that tells people what to do.
    assert FORBIDDEN.findall(prose) == []


def test_enough_people_and_full_panels_are_said_otherwise(plan: PlanResult) -> None:
    rich = replace(plan, workers_for=plan.workers_for.assign(workers=8.0, chance_now=0.97))
    full = replace(rich, panels=plan.panels.assign(chance_over=0.9))
    lines = next(each for each in document_of(full).sections if each.anchor == "monday").lines
    # Catches more people asked for where there are enough.
    assert lines[0].startswith("People: the 10 in post are enough")
    # Catches a panel too full that is not spoken of.
    assert any("some families are more likely than not to wait for a later panel" in line for line in lines)
    none = replace(plan, workers_for=plan.workers_for.assign(workers=float("inf")))
    # Catches a number of people made up where none that was tried is enough.
    assert "it takes more than 16" in answer(none)
    assert "more than 6 more workers" in next(iter(document_of(none).sections)).lines[0]


def test_a_plan_of_the_bare_parts_is_a_page(plan: PlanResult) -> None:
    none = pd.DataFrame()
    bare = replace(plan, scenarios=none, panels=none, targets=plan.targets[-1:], stated=none, conflicts=none,
                   drivers=plan.drivers[plan.drivers["driver"].str.startswith("Number of")])  # fmt: skip
    found = [section.anchor for section in document_of(bare).sections]
    # Catches a council without panels or scenarios that gets no page, or empty sections.
    assert found == ["monday", "promise", "people", "drivers", "targets", "assumptions", "limits", "method"]
    later = plan.panels.assign(chance_over=0.2)
    calm = next(each for each in document_of(replace(bare, panels=later)).sections if each.anchor == "monday").lines
    assert any("no panel is more likely than not to be too full" in line for line in calm)


def test_words_for_chances_are_the_governments() -> None:
    # Catches words a step off at either end of the yardstick.
    assert [likelihood_words(chance) for chance in (0.05, 0.15, 0.3, 0.45, 0.65, 0.85, 0.95)] == [
        "a remote chance", "highly unlikely", "unlikely", "a realistic possibility", "likely", "highly likely",
        "almost certain",
    ]  # fmt: skip
    ends = (0.05, 0.1, 0.2, 0.25, 0.35, 0.4, 0.5, 0.55, 0.75, 0.8, 0.9, 0.95)
    # Catches a limit that lies inside one of the yardstick's own bands.
    assert [likelihood_words(end) for end in ends[1:-1:2]] == [likelihood_words(end) for end in ends[2:-1:2]]
    assert len({likelihood_words(end) for end in ends}) == 7
    assert chance_words(0.001) == "fewer than 1 in 100: a remote chance"
