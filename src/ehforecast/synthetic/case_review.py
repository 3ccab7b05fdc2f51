"""A review of every case of early help that is open on a day, answered as practitioners who know the families would.

What they answer is the truth: a review reads the whole file, and so finds what single records leave out. Shares and the
split by age are those of Walsall's *Comprehensive Review* of September 2016.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from ehforecast.synthetic.council import draw_council
from ehforecast.synthetic.council_plan import CouncilPlan
from ehforecast.synthetic.council_truth import ArrivalTruth, CouncilTruth, FamilyTruth

TROUBLES = ("domestic_abuse", "adult_mental_health", "substance_misuse")

REVIEWED_ON = date(2016, 9, 30)
"""The day of Walsall's review, to the month."""

WALSALL_CASELOAD = CouncilTruth(
    arrivals=replace(ArrivalTruth(), yearly_sd=0.0, break_chance=0.0, monthly_sd=0.0),
    families=replace(
        FamilyTruth(),
        domestic_abuse_by_age=(0.70, 0.245, 0.30, 0.27, 0.20),
        adult_mental_health=0.394,
        substance_misuse=0.116,
        shared_adversity=0.33,
    ),
)
"""A council whose open caseload is Walsall's: found by trial on 40 councils, so that children reviewed, not families
drawn, have its shares. Volume is steady: a council that grows has newer families, and so younger children."""


def walsall_plan(seed: int, *, contacts_a_year: int = 21_000) -> CouncilPlan:
    """A council with about as many open cases as Walsall had (892 children), and two years of records from 2015."""
    return CouncilPlan(seed=seed, first_month="2015-10", years=2, contacts_a_year=contacts_a_year)


def draw_walsall_review(seed: int, *, contacts_a_year: int = 21_000, on: date = REVIEWED_ON) -> pd.DataFrame:
    """The review of one council drawn like Walsall's, as `draw_case_review` gives it."""
    council = draw_council(walsall_plan(seed, contacts_a_year=contacts_a_year), WALSALL_CASELOAD)
    return draw_case_review(council.tables, council.truth_tables, on=on)


def draw_case_review(
    tables: Mapping[str, pd.DataFrame], truth_tables: Mapping[str, pd.DataFrame], *, on: date
) -> pd.DataFrame:
    """One row per child with open early help on a day: ``child, family, age`` (years, when help began) and answers.

    Children whose family is not in the tables are families of their own.
    """
    episodes, day = tables["early_help_episodes"], pd.Timestamp(on)
    is_open = (episodes["started_on"] <= day) & ~(episodes["ended_on"] <= day)
    rows = episodes[is_open].drop_duplicates("person_id")[["episode_id", "person_id"]]
    needs = truth_tables["needs_at_help"].set_index("episode_id").loc[rows["episode_id"]]
    family = rows["person_id"].map(tables["families"].drop_duplicates("person_id").set_index("person_id")["family_id"])
    answers = {name: needs[name].map({True: "yes", False: "no"}).to_numpy() for name in TROUBLES}
    return pd.DataFrame(
        {
            "child": rows["person_id"].to_numpy(),
            "family": family.where(family.notna(), rows["person_id"]).to_numpy(),
            "age": needs["age_years"].to_numpy(),
            **answers,
        }
    )
