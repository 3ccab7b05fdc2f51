"""One small council for the unit tests of the generator."""

import pytest

from ehforecast.synthetic.council import SyntheticCouncil, draw_council
from ehforecast.synthetic.council_plan import CouncilPlan


@pytest.fixture(scope="session")
def small_plan() -> CouncilPlan:
    return CouncilPlan(seed=3, name="KT", first_month="2019-04", years=4, contacts_a_year=3_000, warm_up_years=2)


@pytest.fixture(scope="session")
def small_council(small_plan: CouncilPlan) -> SyntheticCouncil:
    return draw_council(small_plan)
