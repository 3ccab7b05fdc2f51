"""How families of one small invented council moved, with every part of the result, for tests of door and page."""

from dataclasses import replace
from datetime import date
from functools import cache

import pandas as pd

from ehforecast.demand import case_review
from ehforecast.demand.check_ins import CheckInPlan, check_in_calendar, compare_timings, due_counts, reason_counts
from ehforecast.demand.cohort_watch import COHORTS, watch_cohorts
from ehforecast.demand.flow_moves import FlowSettings, Moves, find_moves
from ehforecast.demand.flow_results import FlowResult
from ehforecast.demand.flow_tables import Contrast, contrast_table, flow_table
from ehforecast.demand.rolling_counts import rolling_table
from ehforecast.demand.themes import theme_table
from ehforecast.synthetic.case_review import draw_case_review
from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan

CHANGE = Contrast("front_door", "A new front door", date(2019, 4, 1), "early_help", "stepped_up")


@cache
def invented_council(seed: int = 1, contacts_a_year: int = 3_000) -> SyntheticCouncil:
    plan = CouncilPlan(seed=seed, contacts_a_year=contacts_a_year, years=3, localities=2, warm_up_years=3)
    return draw_council(plan)


def families_of(council: SyntheticCouncil) -> "pd.Series[str]":
    return council.tables["families"].set_index("person_id")["family_id"]


def moves_of(council: SyntheticCouncil) -> Moves:
    return find_moves(
        council.tables, families=families_of(council), known_on=council.plan.extracted_on, settings=FlowSettings()
    )


@cache
def invented_flows() -> FlowResult:
    council = invented_council()
    tables, families, on = council.tables, families_of(council), council.plan.extracted_on
    moves = moves_of(council)
    calendar = check_in_calendar(tables, CheckInPlan(), families=families, known_on=on)
    counts, trends = watch_cohorts(tables, tuple(COHORTS), first_on=council.plan.starts_on, last_on=on)
    reviews = tuple(
        case_review.Review(name, day, draw_case_review(council.tables, council.truth_tables, on=day))
        for name, day in (("first", date(2019, 9, 30)), ("second", date(2020, 9, 30)))
    )
    closed = moves.rows[moves.rows["origin"] == "early_help_closed"]
    ahead = pd.DataFrame(
        [{"measure": "early_help_started", "month": "2021-04", "level": level, "value": value}
         for level, value in ((0.1, 301.2), (0.5, 312.6), (0.9, 330.0))]
    )  # fmt: skip
    result = FlowResult(
        "Northmere", on.isoformat(), moves.followed_until.isoformat(), moves.settings.as_days(), "year", 1,
        flow_table(moves, by="year"),
        contrasts=contrast_table(moves, (CHANGE,)),
        rolling=rolling_table(tables, families=families, first_on=council.plan.starts_on, last_on=on),
        rolling_ahead=ahead,
        themes=theme_table(tables, families=families, last_on=on),
    )  # fmt: skip
    return replace(
        result,
        reviews=case_review.prevalence(reviews),
        review_overlap=case_review.overlap(reviews),
        review_ages=case_review.age_split(reviews),
        review_change=case_review.change_between(reviews),
        check_ins=due_counts(calendar, first_on=on),
        check_in_reasons=reason_counts(calendar, first_on=on),
        timings=compare_timings(closed),
        cohorts=counts,
        cohort_trends=trends,
        notes=pd.DataFrame({"note": ["A note."]}),
    )
