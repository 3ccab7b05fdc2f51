"""Four-weekly panels: thirteen a year, no day lost or counted twice."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.demand.plan.panels import DAYS_BETWEEN, PANELS_A_YEAR, PanelPlan, plan_panels
from ehforecast.errors import SettingsError

pytestmark = pytest.mark.acceptance("plan")

FIRST = date(2024, 4, 10)


@given(first=st.dates(date(2010, 1, 1), date(2030, 1, 1)), begins=st.dates(date(2010, 1, 1), date(2030, 1, 1)))
def test_thirteen_panels_in_any_fifty_two_weeks(first: date, begins: date) -> None:
    found = PanelPlan(first, 10).panels_between(begins, begins + timedelta(days=PANELS_A_YEAR * DAYS_BETWEEN - 1))
    # Catches a panel lost or doubled at an end, before the first one known, or across a year.
    assert len(found) == PANELS_A_YEAR
    assert all((day - first).days % DAYS_BETWEEN == 0 for day in found)


@given(
    begins=st.dates(date(2020, 1, 1), date(2026, 1, 1)),
    before=st.integers(0, DAYS_BETWEEN - 1),
    days=st.integers(1, 500),
)
def test_every_day_is_on_one_agenda(begins: date, before: int, days: int) -> None:
    plan = PanelPlan(FIRST, 10, days_before=before)
    index = pd.date_range(begins, periods=days)
    heard = plan.panel_of(index)
    waits = (heard - index).days.to_numpy()
    # Catches a case heard before it came, without time for its papers, or a panel late.
    assert ((waits >= before) & (waits < before + DAYS_BETWEEN)).all()
    load = plan_panels(plan, index, paths=np.ones((1, days)))
    # Catches days lost or counted twice: a whole agenda is exactly 28 days.
    assert (load.cases == DAYS_BETWEEN).all()
    # Catches whole agendas left out: those of fewer days than between two panels at either end at most.
    assert days - load.cases.sum() < 2 * DAYS_BETWEEN


def test_what_a_panel_cannot_hear_is_left_for_the_next() -> None:
    days = pd.date_range(FIRST + timedelta(days=1), periods=3 * DAYS_BETWEEN)
    paths = np.zeros((2, len(days)))
    paths[0, [0, DAYS_BETWEEN, 2 * DAYS_BETWEEN]] = [14, 8, 5]
    load = plan_panels(PanelPlan(FIRST, 10), days, paths=paths)
    # By hand: 14 come, 10 are heard, 4 left; 8 more, 2 left; 5 more, none left. Catches a backlog forgotten.
    assert load.left_over[0].tolist() == [4, 2, 0]
    # Catches a chance not taken over paths.
    assert load.chance_over_capacity.tolist() == [0.5, 0.5, 0.0]
    # Catches cases waiting from before being heard for nothing.
    assert plan_panels(PanelPlan(FIRST, 10), days, paths=paths, waiting_now=3).left_over[0].tolist() == [7, 5, 0]
    assert load.panels[0] == FIRST + timedelta(days=DAYS_BETWEEN)


def test_the_chance_of_a_full_agenda_is_held_as_often_as_said() -> None:
    rng, chances, over = np.random.default_rng(5), [], []
    days = pd.date_range(FIRST + timedelta(days=1), periods=DAYS_BETWEEN)
    for _ in range(400):
        mean = rng.uniform(0.2, 0.7)
        drawn = rng.poisson(mean, (301, DAYS_BETWEEN)).astype(float)
        load = plan_panels(PanelPlan(FIRST, 12), days, paths=drawn[1:])
        chances.append(load.chance_over_capacity[0])
        over.append(drawn[0].sum() > 12)
    said, came = np.array(chances), np.array(over, dtype=float)
    # Catches a chance on the wrong side of the capacity: mean gap within three standard errors of 400 agendas.
    assert abs(said.mean() - came.mean()) < 3 * np.sqrt((said * (1 - said)).sum()) / len(said)
    # Catches a chance that says the same of every agenda: the base rate's Brier score must be beaten.
    assert ((said - came) ** 2).mean() < 0.8 * came.var()


def test_panels_that_cannot_be_are_refused_by_key() -> None:
    # Catches a panel that hears nobody, and papers due before the panel before.
    with pytest.raises(SettingsError, match=r"key 'panels\.capacity'"):
        PanelPlan(FIRST, 0)
    with pytest.raises(SettingsError, match=r"key 'panels\.days_before'"):
        PanelPlan(FIRST, 5, days_before=28)


def test_days_too_few_for_a_panel_give_none() -> None:
    load = plan_panels(PanelPlan(FIRST, 5), pd.date_range(FIRST, periods=20), paths=np.ones((3, 20)))
    # Catches half an agenda passed off as a quiet panel.
    assert load.panels == ()
    assert load.cases.shape == (3, 0)
