"""Work, people and backlog, held to sums done by hand and to the limits where they are known."""

import numpy as np
import pandas as pd
import pytest

from ehforecast.demand.plan.assumptions import Assumption, certain
from ehforecast.demand.plan.capacity import Volume, WorkSettings, plan_capacity, tornado
from ehforecast.errors import SettingsError

pytestmark = pytest.mark.acceptance("plan")

WEEKS = pd.period_range("2024-01-01", periods=150, freq="W-SUN")


def known(name: str, value: float) -> Assumption:
    return certain(name, value, unit="", reason="counted")


def volume(a_week: float, *, paths: int = 1, series: tuple[str, ...] = ("school", "police")) -> Volume:
    return Volume(series, WEEKS, np.full((paths, len(series), len(WEEKS)), a_week))


def work(**changes: object) -> WorkSettings:
    settings: dict[str, object] = {
        "minutes_per_contact": {"school": known("minutes_school", 30), "police": known("minutes_police", 60)},
        "share_opened": {"school": known("opened_school", 0.5)},
        "weeks_open": known("weeks_open", 20),
        "hours_per_case_week": known("hours_per_case_week", 2),
        "hours_per_worker_week": known("hours_per_worker_week", 25),
        "workers": known("workers", 10),
        "cases_open": known("cases_open", 0),
    }
    return WorkSettings(**(settings | changes))  # type: ignore[arg-type] # built from names


def test_contact_work_is_counted_by_hand() -> None:
    plan = plan_capacity(volume(40), work())
    # By hand: 40 x 30 minutes and 40 x 60 minutes a week are 60 hours. Catches minutes taken for hours.
    assert plan.contact_hours[0, :3] == pytest.approx([60, 60, 60])


def test_open_cases_settle_at_arrivals_times_duration() -> None:
    plan = plan_capacity(volume(40), work())
    # Little's law: 20 opened a week for 20 weeks are 400. Catches cases that never close or close twice.
    assert plan.cases_open[0, -1] == pytest.approx(400, rel=1e-3)
    # 400 cases x 2 hours + 60 hours over 25 hours a worker. Catches case work left out of the people needed.
    assert plan.people_needed[0, -1] == pytest.approx((400 * 2 + 60) / 25, rel=1e-3)
    # Catches weeks of a period counted twice: cases already settled bring the same work each week.
    steady = plan_capacity(volume(40), work(cases_open=known("cases_open", 400)))
    assert steady.case_hours[0] == pytest.approx(np.full(len(WEEKS), 800.0), rel=1e-9)


def test_forty_seven_workers_hold_nine_and_a_half_families_each() -> None:
    """Walsall, review of 2016: 47 practitioners with about 446 families open."""
    open_families = 446.5
    plan = plan_capacity(
        volume(open_families / 20 / 0.5),
        work(workers=known("workers", 47), cases_open=known("cases_open", open_families)),
    )
    # Catches workers, families or weeks on different footings.
    assert plan.families_per_worker[0] == pytest.approx(np.full(len(WEEKS), 9.5), rel=1e-9)


def test_months_of_unequal_length_ask_for_work_by_their_length() -> None:
    months = pd.period_range("2024-01", periods=2, freq="M")
    plan = plan_capacity(
        Volume(("school",), months, np.zeros((1, 1, 2))),
        work(
            minutes_per_contact={"school": known("m", 30)},
            cases_open=known("cases_open", 100),
            weeks_open=known("w", 1e9),
        ),
    )
    # 100 cases for 31 and 29 days. Catches every month taken for four weeks.
    assert plan.case_hours[0] == pytest.approx([100 * 2 * 31 / 7, 100 * 2 * 29 / 7], rel=1e-6)


def test_backlog_is_what_people_cannot_do_and_never_below_nothing() -> None:
    plan = plan_capacity(volume(40), work(share_opened={}, workers=known("workers", 2)))
    # By hand: 60 hours come, 50 can be done, 10 more are left every week.
    assert plan.backlog_hours[0, :3] == pytest.approx([10, 20, 30])
    spare = plan_capacity(volume(40), work(share_opened={}, workers=known("workers", 3)))
    # Catches spare hours saved up for later.
    assert not spare.backlog_hours.any()
    assert spare.chance_enough().eq(1).all()


def test_ranges_carry_both_kinds_of_doubt() -> None:
    rng = np.random.default_rng(1)
    paths = rng.poisson(40, (2000, 2, len(WEEKS))).astype(float)
    sure = plan_capacity(Volume(("school", "police"), WEEKS, paths), work(share_opened={}))
    minutes = {"school": Assumption("s", 20, 30, 40, "minutes", "asked"), "police": known("p", 60)}
    unsure = plan_capacity(
        Volume(("school", "police"), WEEKS, paths), work(share_opened={}, minutes_per_contact=minutes)
    )
    # Variance of volume alone: (0.5^2 + 1^2) x 40 hours; triangular minutes 20/30/40 add (100 / 6) x (40/60)^2.
    by_volume, by_minutes = 1.25 * 40, 100 / 6 * (40 / 60) ** 2
    # Catches parameters drawn once for all paths, or volume's noise averaged away. Standard error 3%.
    assert sure.contact_hours[:, 0].var() == pytest.approx(by_volume, rel=0.12)
    assert unsure.contact_hours[:, 0].var() == pytest.approx(by_volume + by_minutes, rel=0.12)


def test_tornado_puts_the_largest_driver_first() -> None:
    settings = work(
        hours_per_case_week=Assumption("hours_per_case_week", 1, 2, 3, "hours", "asked"),
        weeks_open=Assumption("weeks_open", 19, 20, 21, "weeks", "closed cases of last year"),
    )
    drivers = tornado(volume(40, paths=50), settings)
    # Catches an order by name, and certain numbers listed as drivers.
    assert drivers["driver"].tolist() == ["hours_per_case_week", "weeks_open", "volume"]
    assert drivers["swing"].is_monotonic_decreasing
    # Catches ends mixed up: more hours a case need more people.
    assert (drivers["people_at_high"] >= drivers["people_at_low"]).all()


def test_the_frame_has_every_period_measure_and_quantile() -> None:
    frame = plan_capacity(volume(40, paths=5), work()).to_frame()
    # Catches a measure or a quantile lost on the way to the page.
    assert len(frame) == len(WEEKS) * 6 * 7
    assert frame.columns.tolist() == ["period", "measure", "level", "value"]
    row = frame[(frame["period"] == str(WEEKS[0])) & (frame["measure"] == "contact_hours") & (frame["level"] == 0.5)]
    assert row["value"].tolist() == pytest.approx([60.0])


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"hours_per_worker_week": known("hours_per_worker_week", 0)}, "hours_per_worker_week"),
        ({"workers": known("workers", 0)}, "workers"),
        ({"weeks_open": known("weeks_open", -1)}, "weeks_open"),
        ({"cases_open": known("cases_open", -1)}, "cases_open"),
        ({"share_opened": {"school": known("opened_school", 1.2)}}, "opened_school"),
    ],
)
def test_plans_of_nothing_are_refused_by_key(changes: dict[str, object], key: str) -> None:
    # Catches a division by no staff, or less than no hours, that ends in a confident line.
    with pytest.raises(SettingsError, match=f"key '{key}'"):
        work(**changes)


def test_intervals_the_wrong_way_round_are_refused_by_key() -> None:
    # Catches a range whose ends were swapped by hand.
    with pytest.raises(SettingsError, match="key 'hours': low, central and high"):
        Assumption("hours", 3, 2, 1, "hours", "typed")
    with pytest.raises(SettingsError, match="key 'hours': low, central and high"):
        Assumption("hours", 1, float("nan"), 2, "hours", "typed")
    # Catches a number without a reason.
    with pytest.raises(SettingsError, match=r"key 'hours'.*'reason'"):
        Assumption("hours", 1, 2, 3, "hours", " ")


def test_work_for_a_series_that_is_not_forecast_is_refused() -> None:
    # Catches a misspelt source whose work is silently nothing.
    with pytest.raises(SettingsError, match=r"minutes_per_contact.*no series schol; there are school, police"):
        plan_capacity(volume(40), work(minutes_per_contact={"schol": known("m", 30)}))
