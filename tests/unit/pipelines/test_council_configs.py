"""The five councils' configurations: complete, each fact with its source, and no council named in the code."""

import re
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.boards.measures import MEASURES
from ehforecast.demand.plan.capacity import Volume
from ehforecast.demand.plan.scenario import change_volume
from ehforecast.pipelines.plan_inputs import plan_inputs
from ehforecast.pipelines.settings import CouncilSettings, read_council_settings
from ehforecast.vocabulary.need_levels import NeedLevel
from ehforecast.vocabulary.pathways import ContactOutcome

pytestmark = pytest.mark.acceptance("councils")

COUNCILS = ("wandsworth", "wakefield", "lewisham", "walsall", "westminster")


@pytest.fixture(params=COUNCILS)
def council(request: pytest.FixtureRequest, root: Path) -> CouncilSettings:
    return read_council_settings(root / "configs" / f"{request.param}.yaml")


def test_a_configuration_is_complete(council: CouncilSettings) -> None:
    # Catches a configuration that leans on another, or leaves a part of the question out.
    assert None not in (council.forecast, council.figures, council.plan, council.flows, council.pack, council.synthetic)
    pack = council.pack
    assert pack is not None
    # Catches a level of need or a pathway without the council's own word.
    assert set(pack.need_levels.levels) == set(NeedLevel)
    assert set(pack.front_door.pathways) == set(ContactOutcome)
    # Catches a measure that records cannot tell.
    assert set(pack.measures) | {pack.equality_of} <= set(MEASURES)


def test_every_fact_names_its_source(council: CouncilSettings) -> None:
    assert council.plan is not None
    assert council.pack is not None
    sources = [each.source for each in council.plan.indicators.values()]
    sources += [each.source for each in council.plan.promises.values()]
    sources += [each.source for each in (*council.pack.facts, council.pack.places, council.pack.need_levels)]
    # Catches an indicator, promise or name that nobody can look up; an assumption says that it is one.
    named = re.compile("Assumed|Strategy|strategy|Scrutiny|Paper|Review|Children in need|children in need|four levels")
    assert [source for source in sources if not named.search(source)] == []


def test_targets_lie_ahead_of_the_records(council: CouncilSettings) -> None:
    assert council.plan is not None
    assert council.synthetic is not None
    last = pd.Period(council.synthetic.first_month, freq="M") + 12 * council.synthetic.years - 1
    # Catches a target that should have been met already.
    assert all(pd.Timestamp(each.by) > last.end_time for each in council.plan.indicators.values())


def test_scenarios_change_nothing_before_their_day(council: CouncilSettings) -> None:
    assert council.plan is not None
    months = pd.period_range("2017-04", periods=36, freq="M")
    for told in council.plan.scenarios.values():
        for change in told.volume:
            volume = Volume(change.sources, months, np.full((20, len(change.sources), 36), 10.0))
            core = plan_inputs.__globals__["_scenario"]("x", told)
            paths = change_volume(volume, core.volume, seed=1).paths if len(told.volume) == 1 else volume.paths
            before = months.end_time.date < change.begins
            # Row 24. Catches an effect before a hub's opening, or before any other change.
            assert (paths[:, :, before] == 10.0).all()
            assert change.begins - timedelta(days=1) < months[-1].end_time.date()


def test_no_code_names_a_council(root: Path) -> None:
    lines = [
        f"{path.name}: {line.strip()}"
        for path in (root / "src" / "ehforecast" / "pipelines").glob("*pack*.py")
        for line in path.read_text("utf-8").splitlines()
        if any(f'"{name.title()}' in line for name in COUNCILS)
    ]
    # Catches a council's fact in the code, where a configuration should hold it.
    assert lines == []


def test_a_stated_rate_that_differs_from_the_official_one_is_in_the_configuration(root: Path) -> None:
    told = read_council_settings(root / "configs" / "westminster.yaml").plan
    assert told is not None
    stated = {each.period: each.value for each in told.indicators["Social care re-referral"].stated}
    # Row 25. Catches one of the two years lost, without which no conflict can be seen.
    assert stated == {"2014": 15.4, "2018": 10}
