"""Periods: what may be learned from, what must lie before the test, and families on one side only."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ehforecast.errors import SettingsError
from ehforecast.risk.features_known import LOOK_BACK_DAYS
from ehforecast.risk.linked_families import group_of, link_families
from ehforecast.risk.timeline import (
    Span,
    TimelineSettings,
    check_periods_are_filled,
    check_timeline,
    default_timeline,
    find_period,
    follow_up_limit,
    keep_families_apart,
)

FIRST, LAST = date(2018, 4, 1), date(2024, 3, 31)
SOUND = TimelineSettings(
    train=Span(date(2018, 4, 1), date(2020, 3, 31)),
    calibrate=Span(date(2020, 4, 1), date(2021, 3, 31)),
    test=Span(date(2022, 4, 1), date(2023, 3, 31)),
    warm_up_days=0,
)


def refused(settings: TimelineSettings, *, first_on: date = FIRST, followed_until: date = LAST) -> str:
    with pytest.raises(SettingsError) as caught:
        check_timeline(settings, first_on=first_on, followed_until=followed_until)
    return str(caught.value)


def test_a_sound_timeline_is_taken() -> None:
    # Catches checks so strict that nothing passes: the gap here is exactly one window and a day.
    check_timeline(SOUND, first_on=FIRST, followed_until=LAST)
    # Catches a default that its own checks would refuse, or that leaves the last year unused.
    assert default_timeline(FIRST, LAST).test.last_on == date(2023, 4, 1)


def test_an_empty_period_is_refused_by_name() -> None:
    # Catches a period that silently holds no day.
    assert "calibrate is empty" in refused(replace(SOUND, calibrate=Span(date(2021, 3, 31), date(2020, 4, 1))))


def test_periods_that_overlap_or_stand_in_the_wrong_order_are_refused() -> None:
    # Catches one shared day: the last of training is the first of calibration.
    assert "not after" in refused(replace(SOUND, calibrate=Span(date(2020, 3, 31), date(2021, 3, 31))))
    # Catches a test period before the training period.
    assert "test opens on" in refused(replace(SOUND, test=Span(date(2017, 4, 1), date(2018, 3, 31))))


@pytest.mark.parametrize(("last_on", "leaks"), [(date(2021, 3, 31), False), (date(2021, 4, 1), True)])
def test_a_window_that_reaches_into_the_test_period_leaks(last_on: date, leaks: bool) -> None:
    """365 days after 31 March 2021 is 31 March 2022, the day before the test period opens."""
    settings = replace(SOUND, calibrate=Span(date(2020, 4, 1), last_on))
    if leaks:
        # Catches a gap that is one day too short.
        assert "leak" in refused(settings)
    else:
        # Catches a gap demanded one day too long.
        check_timeline(settings, first_on=FIRST, followed_until=LAST)


def test_censoring_at_the_opening_makes_a_gap_unnecessary() -> None:
    # Catches a refusal of the other honest way.
    check_timeline(
        replace(SOUND, calibrate=Span(date(2020, 4, 1), date(2022, 3, 31)), labels="censored"),
        first_on=FIRST,
        followed_until=LAST,
    )


def test_a_window_longer_than_the_data_is_refused() -> None:
    # Catches a test period in which nobody is ever followed to the end of the window.
    assert "whole window" in refused(SOUND, followed_until=date(2023, 3, 31))
    # Catches a test period that goes on after follow-up has ended.
    assert "ends after" in refused(SOUND, followed_until=date(2022, 12, 31))
    # Catches a default timeline that does not fit into two years.
    with pytest.raises(SettingsError):
        default_timeline(date(2022, 4, 1), LAST)


def test_a_training_period_before_all_records_is_refused() -> None:
    # Catches a training period out of which nothing can come.
    assert "before the first record" in refused(SOUND, first_on=date(2020, 4, 1))


def test_the_earliest_people_have_the_whole_look_back() -> None:
    warm = replace(SOUND, train=Span(date(2019, 4, 1), date(2020, 3, 31)), warm_up_days=LOOK_BACK_DAYS)
    # Catches a warm-up demanded one day too long; records begin on 1 April 2018.
    check_timeline(warm, first_on=FIRST, followed_until=LAST)
    # Catches people learned from who cannot have the past of those who are tested.
    words = refused(replace(warm, train=Span(date(2019, 3, 31), date(2020, 3, 31))))
    assert "features look back 365 days" in words
    assert "open it on 2019-04-01" in words
    # Catches a default without a warm-up, whatever the length of the records.
    for first_on in (FIRST, date(2017, 5, 5), date(2019, 7, 1)):
        timeline = default_timeline(first_on, LAST)
        assert (timeline.train.first_on - first_on).days == LOOK_BACK_DAYS
        # Catches a calibration that takes what there is to learn from, or is longer than a year.
        train, calibrate = ((span.last_on - span.first_on).days for span in (timeline.train, timeline.calibrate))
        assert train >= calibrate
        assert calibrate <= 365


def test_numbers_that_mean_nothing_are_refused() -> None:
    # Catches a window of no days, and lots that do not divide anything.
    assert "at least 1 day" in refused(replace(SOUND, horizon_days=0))
    for lots in ((0.5, 0.5, 0.0), (0.5, 0.2, 0.2)):
        # Catches a period that no family could ever belong to, or shares that do not add up.
        assert "lots" in refused(replace(SOUND, lots=lots))


def test_every_fault_is_named_at_once() -> None:
    both = replace(SOUND, horizon_days=0, calibrate=Span(date(2021, 1, 2), date(2021, 1, 1)))
    # Catches a user sent round and round, one fault at a time.
    assert "window" in refused(both)
    assert "calibrate is empty" in refused(both)


def test_a_period_holds_its_first_and_last_day() -> None:
    days = pd.to_datetime(
        pd.Series(["2018-03-31", "2018-04-01", "2020-03-31", "2020-04-01", "2021-04-01", "2023-03-31"])
    )
    found = find_period(days, SOUND)
    # Catches a border day lost or given twice, and a day of the gap put anywhere.
    assert found.isna().tolist() == [True, False, False, False, True, False]
    assert found.dropna().tolist() == ["train", "train", "calibrate", "test"]


def test_training_and_calibration_know_nothing_of_the_test_period() -> None:
    limits = follow_up_limit(pd.Series(["train", "calibrate", "test", None]), SOUND)
    # Catches labels that are learned from a day of the test period.
    assert limits.iloc[:2].tolist() == [pd.Timestamp("2022-03-31")] * 2
    # Catches the test's own follow-up cut with them.
    assert (limits.iloc[2:] > pd.Timestamp(LAST)).all()


def test_a_family_keeps_its_latest_period() -> None:
    period = pd.Series(["train", "train", "calibrate", "test", None], dtype="str")
    group = pd.Series(["F1", "F2", "F2", "F1", "F3"])
    kept, apart = keep_families_apart(period, group, settings=replace(SOUND, families="latest"))
    # Catches the earlier event kept, or the family dropped altogether.
    assert kept.fillna("").tolist() == ["", "", "calibrate", "test", ""]
    # Catches a loss nobody is told of; an event outside all periods is not one.
    assert (apart.set_aside, apart.families_set_aside) == ({"train": 2, "calibrate": 0, "test": 0}, 2)


def test_lots_do_not_look_at_when_events_were() -> None:
    families = pd.Series([f"F{number}" for number in range(3000)])
    everywhere = pd.concat([families] * 3, ignore_index=True)
    period = pd.Series(["train"] * 3000 + ["calibrate"] * 3000 + ["test"] * 3000, dtype="str")
    kept, apart = keep_families_apart(period, everywhere, settings=SOUND)
    # Catches lots that follow the data: shares of 0.5, 0.2, 0.3, five standard errors (0.009) around.
    assert [apart.kept[name] / 3000 for name in ("train", "calibrate", "test")] == pytest.approx(
        [0.5, 0.2, 0.3], abs=0.046
    )
    # Catches lots that depend on who else is there: the same families alone get the same lot.
    alone, _ = keep_families_apart(period[:3000], families, settings=SOUND)
    assert alone.equals(kept[:3000])


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 7), st.sampled_from(["train", "calibrate", "test", None])), min_size=1, max_size=40
    ),
    families=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 7)), max_size=12),
    rule=st.sampled_from(["latest", "by_lot"]),
)
def test_nobody_related_stands_on_two_sides(
    rows: list[tuple[int, str | None]], families: list[tuple[int, int]], rule: str
) -> None:
    table = pd.DataFrame(
        {"family_id": [f"F{f}" for f, _ in families], "person_id": [f"P{p}" for _, p in families]}, dtype="str"
    )
    person = pd.Series([f"P{person}" for person, _ in rows], dtype="str")
    period = pd.Series([name for _, name in rows], dtype="str")
    group = group_of(person, table)
    kept, apart = keep_families_apart(period, group, settings=replace(SOUND, families=rule))  # type: ignore[arg-type]
    sides: dict[str, set[str]] = {}
    for name, who in zip(kept, person, strict=True):
        for family in {f"F{f}" for f, p in families if f"P{p}" == who} | {who}:
            sides.setdefault(family, set()).update({str(name)} - {"nan"})
    # Catches a brother in training and a sister in the test, whatever links them.
    assert all(len(names) <= 1 for names in sides.values())
    # Catches events that vanish: every event in a period is kept there, or counted as set aside there.
    for name in ("train", "calibrate", "test"):
        assert apart.kept[name] + apart.set_aside[name] == int(period.eq(name).sum())
        assert (period[kept.eq(name)] == name).all()


def test_families_that_share_a_person_are_one() -> None:
    rows = [("F2", "P1"), ("F1", "P2"), ("F2", "P2"), ("F3", "P3"), ("F4", "P4"), ("F3", "P4")]
    linked = link_families(pd.DataFrame(rows, columns=["family_id", "person_id"]))
    # Catches links that reach one step only, and names that hang on the order of rows.
    assert linked.to_dict() == {"P1": "F1", "P2": "F1", "P3": "F3", "P4": "F3"}
    # Catches people without a family all put into one.
    alone = group_of(pd.Series(["P9", "P8"]), pd.DataFrame(rows, columns=["family_id", "person_id"]))
    assert alone.tolist() == ["P9", "P8"]


def test_a_period_left_empty_is_refused() -> None:
    # Catches a model tested on nobody.
    with pytest.raises(SettingsError, match="calibrate, test"):
        check_periods_are_filled({"train": 2, "calibrate": 0, "test": 0})
    check_periods_are_filled({"train": 1, "calibrate": 1, "test": 1})
