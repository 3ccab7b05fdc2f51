"""What if: inputs change from their date on, and only then."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.plan.assumptions import Assumption, certain
from ehforecast.demand.plan.capacity import Volume, WorkSettings, plan_capacity
from ehforecast.demand.plan.scenario import (
    LABEL,
    Scenario,
    StaffChange,
    VolumeChange,
    change_volume,
    run_scenario,
    share_of_period,
)
from ehforecast.errors import SettingsError

pytestmark = pytest.mark.acceptance("plan")

MONTHS = pd.period_range("2024-01", periods=12, freq="M")
PATHS = np.random.default_rng(3).poisson(50, (200, 3, 12)).astype(float)
VOLUME = Volume(("north", "south", "west"), MONTHS, PATHS)


def known(name: str, value: float) -> Assumption:
    return certain(name, value, unit="", reason="counted")


WORK = WorkSettings(
    minutes_per_contact={name: Assumption(f"minutes_{name}", 20, 30, 40, "minutes", "asked") for name in VOLUME.series},
    share_opened={"north": known("opened", 0.2)},
    weeks_open=Assumption("weeks_open", 15, 20, 25, "weeks", "closed cases"),
    hours_per_case_week=known("hours_per_case_week", 2),
    hours_per_worker_week=known("hours_per_worker_week", 25),
    workers=known("workers", 20),
    cases_open=known("cases_open", 150),
)
TENTH_MORE = VolumeChange(
    ("north",), Assumption("more", 1.05, 1.1, 1.15, "times", "the school's own guess"), date(2024, 7, 1)
)


def hub_opens(on: date) -> Scenario:
    moved = VolumeChange(("south",), Assumption("hub", 0.7, 0.8, 0.9, "times", "as the first hub"), on, moves_to="west")
    return Scenario("hub", "A hub opens in the west.", volume=(moved,))


def values(frame: pd.DataFrame, measure: str, level: float = 0.5) -> np.ndarray:
    chosen = frame[(frame["measure"] == measure) & (frame["level"] == level)]
    return chosen["value"].to_numpy()


def test_nothing_moves_before_the_date() -> None:
    sick = Scenario("sick", "Absence.", staff=(StaffChange(known("sick", 0.8), date(2024, 7, 1)),))
    for scenario in (hub_opens(date(2024, 7, 1)), Scenario("more", "More.", (TENTH_MORE,)), sick):
        found = run_scenario(scenario, VOLUME, work=WORK)
        before = found.difference[found.difference["period"] < "2024-07"]
        # Catches an effect ahead of its date, in any measure and at any quantile, to the bit.
        assert (before["value"] == 0).all()
        # Catches a scenario that does nothing at all.
        assert (found.difference["value"] != 0).any()
        assert found.label == LABEL == "assumption, not a forecast"


def test_a_month_is_changed_for_its_days_alone() -> None:
    # By hand: from 11 April on there are 20 of 30 days; to 5 May, 5 of 31.
    shares = share_of_period(MONTHS, begins=date(2024, 4, 11), ends=date(2024, 5, 5))
    assert shares[[2, 3, 4, 5]] == pytest.approx([0, 20 / 30, 5 / 31, 0])
    changed = change_volume(VOLUME, [VolumeChange(("north",), known("f", 1.5), date(2024, 4, 11))], seed=1)
    # Catches the whole month changed.
    assert changed.paths[:, 0, 3] == pytest.approx(PATHS[:, 0, 3] * (1 + 0.5 * 20 / 30))
    # Catches other series touched.
    assert (changed.paths[:, 1:] == PATHS[:, 1:]).all()


def test_what_moves_elsewhere_is_neither_lost_nor_made() -> None:
    changed = change_volume(VOLUME, hub_opens(date(2024, 7, 1)).volume, seed=1)
    # Catches contacts lost on the way to another hub.
    assert changed.paths.sum(axis=1) == pytest.approx(PATHS.sum(axis=1))
    assert (changed.paths[:, 1, 6:] < PATHS[:, 1, 6:]).all()


def test_the_difference_is_the_changes_own() -> None:
    found = run_scenario(Scenario("more", "More.", (TENTH_MORE,)), VOLUME, work=WORK)
    both = [values(found.difference, "contact_hours", level) for level in (0.1, 0.9)]
    base = [values(found.base, "contact_hours", level) for level in (0.1, 0.9)]
    # Catches base and scenario drawn with other random numbers: their noise would swamp the difference.
    assert ((both[1] - both[0])[6:] < (base[1] - base[0])[6:] / 3).all()
    # By hand: a tenth of 50 contacts of 30 minutes is 2.5 hours. Standard error below 2% over 200 paths.
    assert values(found.difference, "contact_hours")[6:] == pytest.approx(2.5, rel=0.1)
    assert values(found.changed, "contact_hours")[6] > values(found.base, "contact_hours")[6]


def test_a_scenario_is_the_plan_run_again() -> None:
    scenario = Scenario("more", "More.", (TENTH_MORE,))
    again = plan_capacity(change_volume(VOLUME, scenario.volume, seed=WORK.seed), WORK).to_frame()
    # Catches a result patched instead of inputs changed.
    pd.testing.assert_frame_equal(run_scenario(scenario, VOLUME, work=WORK).changed, again)


def test_fewer_staff_leave_more_undone() -> None:
    absence = Scenario(
        "sick", "Absence.", staff=(StaffChange(known("sick", 0.5), date(2024, 3, 1), date(2024, 4, 30)),)
    )
    found = run_scenario(absence, VOLUME, work=WORK)
    # Catches absence that changes what people are needed for, or is forgotten.
    assert (values(found.difference, "people_needed") == 0).all()
    assert values(found.difference, "backlog_hours")[2] >= 0
    assert values(found.difference, "families_per_worker")[2] > 0
    # Catches absence that never ends.
    assert values(found.difference, "families_per_worker")[5] == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (VolumeChange(("east",), known("f", 1.1), date(2024, 7, 1)), r"scenarios\.x'.*no series east"),
        (
            VolumeChange(("north",), known("f", 1.1), date(2024, 7, 1), moves_to="east"),
            r"scenarios\.x'.*no series east",
        ),
        (VolumeChange(("north",), known("f", 1.1), date(2026, 7, 1)), r"scenarios\.x'.*after the plan ends"),
        (
            VolumeChange(("north",), known("f", 1.1), date(2024, 7, 1), date(2024, 6, 1)),
            r"scenarios\.x'.*before it begins",
        ),
        (VolumeChange(("north",), known("f", -1), date(2024, 7, 1)), r"scenarios\.x'.*below zero"),
    ],
)
def test_changes_that_cannot_be_are_refused_by_key(change: VolumeChange, words: str) -> None:
    # Catches a scenario on a series that does not exist that shows "no difference".
    with pytest.raises(SettingsError, match=words):
        run_scenario(Scenario("x", "X.", (change,)), VOLUME, work=WORK)
