"""A board's pack as a page: each part from where it is told, and what was not made said in words."""

import html
import re
from dataclasses import replace

import pandas as pd
import pytest
from board_sample import PARTS, TOLD, released, sound, whole_pack, with_places
from flow_sample import invented_flows
from plans import invented_plan

from ehforecast.advisory.flow_advice import release_flows
from ehforecast.demand.board_results import ALL
from ehforecast.reports.board_charts import places_chart
from ehforecast.reports.board_other_parts import NO_FLOWS, NO_PAST
from ehforecast.reports.board_page import PackParts, answer, board_document, place_document
from ehforecast.reports.board_part_tables import openings_table
from ehforecast.reports.board_parts import NO_PLAN
from ehforecast.reports.board_tables import after_help_table, equality_table
from ehforecast.reports.document import Document, document_files, missing_meanings
from ehforecast.reports.flow_page import flow_document
from ehforecast.reports.flow_watch_tables import themes_table

pytestmark = pytest.mark.acceptance("councils")


def words(document: Document) -> str:
    page = document_files(document)["index.html"].decode()
    text = re.sub(r"<style.*?</style>|<svg.*?</svg>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())


def test_every_part_stands_in_the_order_asked() -> None:
    document = board_document(whole_pack())
    anchors = [section.anchor for section in document.sections]
    placed = [anchors.index(one) for one in ("measures", "places", "scorecard", "panels", "lead", "moves", "rolling",
                                             "check-ins", "groups", "themes", "reviews", "front_door")]  # fmt: skip
    # Catches a part out of the order the board asked for, or left out.
    assert placed == sorted(placed)
    assert len(PARTS) == len(placed)
    assert missing_meanings(document.tables) == []
    # Catches two tables of one name, of which one is lost among the files.
    assert len({table.name for table in document.tables}) == len(document.tables)
    assert len({table.caption for table in document.tables}) == len(document.tables)


def test_figures_of_another_report_are_that_report_s() -> None:
    pack = {table.name: table for table in board_document(whole_pack()).tables}
    flows = {table.name: table for table in flow_document(release_flows(invented_flows(), TOLD)).tables}
    shared = [name for name in pack if name in flows]
    # Row 14. Catches a pack whose figures are not those of the report they come from.
    assert len(shared) > 5
    assert all(pack[name].kept_rows == flows[name].kept_rows for name in shared)


def test_published_figures_among_records_say_what_they_are() -> None:
    said = words(board_document(whole_pack()))
    # Row 6. Catches the department's figures read as the records of the pack.
    assert "These are not the records of the other parts. Their source: Published figures, invented." in said
    same = replace(whole_pack(), past=replace(whole_pack().past, data_source=whole_pack().advice.data_source))
    assert "These are not the records" not in words(board_document(same))


def test_what_was_not_made_is_said() -> None:
    said = words(board_document(PackParts(released(with_places()))))
    # Catches a heading with nothing below it, or a part that vanishes.
    assert [said.count(one) for one in (NO_PLAN, NO_FLOWS, NO_PAST)] == [2, 6, 1]
    gone = dict.fromkeys(("reviews", "review_overlap", "review_ages", "review_change", "themes"), pd.DataFrame())
    bare = release_flows(replace(invented_flows(), **gone), TOLD)
    said = words(board_document(PackParts(released(with_places()), flows=bare)))
    assert said.count(NO_FLOWS) == 2
    here = words(place_document(PackParts(released(with_places()), flows=bare), "locality_1"))
    assert NO_FLOWS in here


def test_a_place_tells_its_own() -> None:
    document = place_document(whole_pack(), "locality_1")
    tables = {table.name: table for table in document.tables}
    assert [*tables] == ["places_months", "themes_locality_1", "measures_here"]
    # Catches another place's months, and the total among the months.
    assert [row[0] for row in tables["places_months"].kept_rows] == ["July 2021"]
    kinds = [str(row[1]) for row in tables["themes_locality_1"].kept_rows]
    # Catches a volume lost among the themes it splits into.
    assert kinds[:3] == ["All"] * 3
    assert "All" not in kinds[3:]
    themes = invented_flows().themes.astype(object)
    themes.loc[themes["value"] == "police", ["count", "share", "low", "high"]] = ["[c]", *[float("nan")] * 3]
    rows = themes_table(replace(invented_flows(), themes=themes), locality="locality_1").kept_rows
    # Catches a hidden share marked as one that was never to be counted.
    assert [[*row[2:3], *row[4:]] for row in rows if row[1] == "Police"] == [["[c]"] * 4]
    assert "about 300 contacts in the last 12 months. In the next 1, about 50 are expected" in document.lead
    bare = place_document(PackParts(released(replace(with_places(), places=pd.DataFrame()))), "locality_1")
    # Catches a page that falls over where nothing was forecast.
    assert bare.lead == "locality_1 had about 300 contacts in the last 12 months."


def test_a_place_with_a_hidden_month_says_so() -> None:
    aside = with_places().places
    aside.loc[aside["place"] == "locality_1", ["low", "value", "high"]] = float("nan")
    hidden = PackParts(released(replace(with_places(), places=aside)))
    # Catches "about nan are expected" of a place with a hidden month, in words, in its table and on the chart.
    assert "How many lie ahead is not told" in place_document(hidden, "locality_1").lead
    ahead = next(table for table in board_document(hidden).tables if table.name == "places_months")
    assert {tuple(row[2:5]) for row in ahead.kept_rows if row[0] == "locality_1"} == {("[c]",) * 3}
    drawn = places_chart(hidden.advice.result)
    assert drawn is not None
    assert "ranges for 1 places" in drawn.alt_text


def test_what_the_board_could_ask_is_said_once() -> None:
    plan = invented_plan()
    far = replace(plan, targets=plan.targets.assign(chance=[0.05, 0.2] + [float("nan")] * (len(plan.targets) - 2)))
    said = words(board_document(PackParts(released(sound()), far)))
    # Catches a line for each target, or the names of those nobody can tell left out.
    assert said.count("Targets that will hardly be met as things are") == 1
    # Catches a pack that names fewer targets than the plan of the same run does under the same words.
    assert [name for name in plan.targets["indicator"][:2] if f"{name} (about" not in said] == []
    assert said.count("What will be done differently?") == 1
    assert "Who will count them, and from when?" in said
    # Catches a number where a word reads better.
    assert "none is more likely to be met than not" in answer(sound(), far)
    assert far.conflicts["indicator"].nunique() == said.count("the strategy's figure is not the official one")


def test_groups_stand_in_an_order_people_know() -> None:
    gap = {"gap": 0.0, "gap_low": -0.1, "gap_high": 0.1, "verdict": "could be chance"}
    rows = [{**sound().shares.iloc[0].to_dict(), **gap, "split": "age", "group": group}
            for group in ("10 to 15", "5 to 9", ALL, "not recorded")]  # fmt: skip
    table = equality_table(replace(sound(), equality=pd.DataFrame(rows)))
    # Catches ages in the order of the alphabet.
    assert [row[0] for row in table.kept_rows] == [
        "Age: everybody", "Age: 5 to 9", "Age: 10 to 15", "Age: not recorded"
    ]  # fmt: skip
    levels = ("targeted", "universal", "not recorded", "universal_plus", ALL)
    came = pd.DataFrame([(level, came, 10.0) for level in levels for came in ("nothing", ALL)],
                        columns=["need_level", "came", "count"])  # fmt: skip
    found = [row[0] for row in after_help_table(replace(sound(), after_help=came)).kept_rows]
    # Catches levels of need out of their order.
    assert found == ["Universal", "Universal_plus", "Targeted", "Not recorded", "All"]


def test_a_hidden_mean_is_marked_and_one_of_few_months_is_not_there_yet() -> None:
    nan = float("nan")
    hubs = pd.DataFrame(
        [("North", "2020-02-01", 24, 12, 60.0, nan, nan, nan, nan, "cannot be told"),
         ("South", "2021-05-01", 24, 1, 60.0, nan, nan, nan, nan, "cannot be told yet")],
        columns=["place", "opens_on", "months_before", "months_after", "before", "after", "ratio", "low", "high",
                 "verdict"],
    )  # fmt: skip
    rows = openings_table(replace(sound(), openings=hubs)).kept_rows
    # Catches a small mean that reads as if the hub were too new to tell, and a new hub as if it hid something.
    assert [row[2:5] for row in rows] == [[60.0, "[c]", "[c]"], [60.0, "not yet", "not yet"]]
