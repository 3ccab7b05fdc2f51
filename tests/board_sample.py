"""A board's pack made by hand, whole enough to pass the door, and with every part of it told."""

from dataclasses import replace
from functools import cache

import pandas as pd
from flow_sample import invented_flows
from past_sample import figures_result
from plans import invented_plan

from ehforecast.advisory.board_advice import BoardAdvice, release_board
from ehforecast.advisory.flow_advice import release_flows
from ehforecast.advisory.letterhead import Letterhead
from ehforecast.advisory.past_advice import release_past
from ehforecast.demand.board_results import ALL, BoardResult
from ehforecast.reports.board_page import PackParts

PARTS = (
    "measures", "places", "scorecard", "panels", "lead_professional", "flows", "rolling", "check_ins", "cohorts",
    "themes", "reviews", "effect",
)  # fmt: skip
TOLD = Letterhead(
    purpose="planning", reader="early help board", run_id="run-1", data_source="Invented. No licence needed."
)


def sound() -> BoardResult:
    """A pack of one measure over two quarters, a year apart."""
    row = {"measure": "needs_met", "split": "locality", "group": ALL, "of": 100.0, "low": 0.4, "high": 0.7}
    shares = pd.DataFrame([{**row, "period": "2020-Q1", "met": 50.0, "value": 0.5},
                           {**row, "period": "2021-Q1", "met": 60.0, "value": 0.6}])  # fmt: skip
    changes = shares.tail(1).assign(earlier_period="2020-Q1", earlier=0.5, change=0.1, change_low=-0.04,
                                    change_high=0.23, verdict="could be chance")  # fmt: skip
    measures = pd.DataFrame([("needs_met", "Needs met", "closed with needs met, of all closed", "families", "last day",
                              30, "higher")],
                            columns=["measure", "words", "definition", "population", "dated_by", "follow_days",
                                     "better"])  # fmt: skip
    words = dict.fromkeys(("strategy", "front_door", "form", "front_door_source", "places", "places_source",
                           "need_levels_source"), "invented")  # fmt: skip
    names = pd.DataFrame([("pathway", "referral", "Social care")], columns=["kind", "common", "local"])
    return BoardResult("Northmere", "2021-06-30", 1, "quarter", ("measures",), words, measures, shares, changes,
                       names=names, notes=pd.DataFrame({"note": []}))  # fmt: skip


def released(result: BoardResult, **told: str) -> BoardAdvice:
    given = {"purpose": "planning", "reader": "board", "run_id": "r", "data_source": "invented"} | told
    return release_board(result, Letterhead(**given))


def with_places() -> BoardResult:
    """The same with two places, a month ahead each, and every part that other reports tell."""
    names = ("locality_1", "locality_2", ALL)
    people = pd.DataFrame({"group": names, "year": 2021, "children": [900.0, 1100.0, 2000.0],
                           "contacts": [300.0, float("nan"), 500.0]})  # fmt: skip
    ahead = [(name, month, 40.0, 50.0, 60.0) for name in names for month in ("2021-07", "total")]
    places = pd.DataFrame(ahead, columns=["place", "month", "low", "value", "high"])
    lately = people.rename(columns={"group": "place", "contacts": "count"})[["place", "count"]]
    row = {"measure": "needs_met", "split": "locality", "group": "locality_1", "period": "2021-Q1", "met": 15.0,
           "of": 20.0, "value": 0.75, "low": 0.5, "high": 0.9}  # fmt: skip
    rows = pd.concat([sound().shares, pd.DataFrame([row])], ignore_index=True)
    per_1000 = people.assign(per_1000=1000 * people["contacts"] / people["children"])
    return replace(sound(), parts=PARTS, people=per_1000, places=places, places_until=lately, shares=rows)


@cache
def whole_pack() -> PackParts:
    """Every part told."""
    past = release_past(figures_result(), replace(TOLD, data_source="Published figures, invented."))
    return PackParts(released(with_places()), invented_plan(), release_flows(invented_flows(), TOLD), past)
